//! `permissions`: what an app registration needs, and what makes one. The shell script is run, with a command `az` that
//! keeps account; of the others the form is read by a parser of the language.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "in a test it says what failed")]

mod support;

#[path = "registration/azure_cli.rs"]
mod azure_cli;

use serde_json::{Value, json};
use support::program::{Output, Program};

/// A name that is no word of any language here.
const NAME: &str = "It's \"$(id)\" `${x}` \u{2019}";

fn permissions(arguments: &[&str]) -> Output {
    Program::new().arg("permissions").args(arguments).run()
}

fn printed(arguments: &[&str]) -> String {
    let output = permissions(arguments);
    assert_eq!(output.code, 0, "{arguments:?}: {}", output.stderr);
    output.stdout
}

fn config(extra: &str) -> (tempfile::TempDir, String) {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("c.toml");
    let text = format!(
        "[source.config]\ntenant_id = \"11111111-1111-1111-1111-111111111111\"\n\
         client_id = \"22222222-2222-2222-2222-222222222222\"\n{extra}\n"
    );
    std::fs::write(&path, text).expect("written");
    (folder, path.display().to_string())
}

fn grants(text: &str) -> Vec<(String, String)> {
    let found: Value = serde_json::from_str(text).expect("JSON");
    let of = |grant: &Value, member: &str| grant[member].as_str().unwrap().to_owned();
    found["permissions"].as_array().unwrap().iter().map(|grant| (of(grant, "api"), of(grant, "name"))).collect()
}

#[test]
fn the_least_that_a_configuration_needs() {
    let table = printed(&[]);
    assert!(table.lines().all(|line| line.chars().count() <= 100), "{table}");
    assert_eq!(table.lines().count(), 7, "a heading and six grants: {table}");
    // Without a configuration every way counts, with one the way that it takes.
    let (_folder, path) = config("datasets.device_users.strategy = \"hunting\"");
    let names = |text: &str| grants(text).into_iter().map(|(_, name)| name).collect::<Vec<_>>();
    let all = names(&printed(&["--format", "json"]));
    let by_hunting = names(&printed(&["--config", &path, "--format", "json"]));
    assert!(all.contains(&"User.Read.All".to_owned()) && !by_hunting.contains(&"User.Read.All".to_owned()));
    assert!(by_hunting.contains(&"ThreatHunting.Read.All".to_owned()), "{by_hunting:?}");
    // What another dataset needs is read too, and its grant is needed.
    let unconfigured = names(&printed(&["--format", "json", "--datasets", "device_users"]));
    assert_eq!(unconfigured, ["Machine.Read.All", "User.Read.All", "ThreatHunting.Read.All"]);
    let users = ["--config", &path, "--format", "json", "--datasets", "device_users"];
    assert_eq!(names(&printed(&users)), ["Machine.Read.All", "ThreatHunting.Read.All"]);
    let set = ["--config", &path, "--format", "json", "--set", "datasets.vulnerabilities.enabled=false"];
    assert!(!names(&printed(&set)).contains(&"Vulnerability.Read.All".to_owned()));
}

#[test]
fn a_manifest_has_the_ids_of_the_public_cloud_and_of_no_other() {
    let manifest: Value = serde_json::from_str(&printed(&["--format", "manifest", "--datasets", "devices"])).unwrap();
    let machines = json!({ "id": "ea8291d3-4b9a-44b5-bc3a-6cea3026dc79", "type": "Role" });
    let defender = json!({ "resourceAppId": "fc780465-2017-40d4-a0c5-307022471b92", "resourceAccess": [machines] });
    assert_eq!(manifest, json!({ "requiredResourceAccess": [defender] }));
    let (_folder, path) = config("cloud = \"gcc_high\"");
    let refused = permissions(&["--config", &path, "--format", "manifest"]);
    assert!(refused.code == 2 && refused.stderr.contains("gcc_high"), "{}", refused.stderr);
}

#[test]
fn each_cloud_is_named_as_the_tool_names_it() {
    let names = [
        ("commercial", "AzureCloud", "https://graph.microsoft.com/", "-Environment Global ", "\"global\""),
        ("gcc", "AzureCloud", "https://graph.microsoft.com/", "-Environment Global ", "\"global\""),
        ("gcc_high", "AzureUSGovernment", "https://graph.microsoft.us/", "-Environment USGov ", "\"usgovernmentl4\""),
        ("dod", "AzureUSGovernment", "https://dod-graph.microsoft.us/", "-Environment USGovDoD ", "\"usgovernmentl5\""),
    ];
    for (cloud, az, graph, powershell, terraform) in names {
        let (_folder, path) = config(&format!("cloud = \"{cloud}\""));
        let form = |form: &str| printed(&["--config", &path, "--format", form]);
        let script = form("az");
        assert!(script.contains(&format!("!= {az} ]")) && script.contains(graph), "{cloud}: {script}");
        assert!(form("powershell").contains(powershell), "{cloud}");
        assert!(form("terraform").contains(&format!("environment = {terraform}")), "{cloud}");
    }
}

#[test]
fn credentials_go_with_what_makes_a_registration() {
    let refused = |arguments: &[&str]| {
        let output = permissions(arguments);
        assert!(output.code == 2 && output.stdout.is_empty(), "{arguments:?}: {}", output.stdout);
        output.stderr
    };
    assert!(refused(&["--certificate", "c.pem"]).contains("give --format az"));
    assert!(refused(&["--format", "manifest", "--federated", "https://i", "s"]).contains("--federated"));
    assert!(refused(&["--format", "terraform", "--client-secret", "s"]).contains("in its state"));
    assert!(refused(&["--format", "az", "--client-secret", "s", "--certificate", "c"]).contains("cannot be used with"));
    assert!(refused(&["--datasets", "device"]).contains("did you mean `devices`?"));
    assert!(refused(&["--set", "a=1"]).contains("--config"));
}

/// Every block of the configuration, by type and labels.
fn blocks(text: &str) -> Vec<(String, Vec<String>, hcl::Body)> {
    let body = hcl::parse(text).unwrap_or_else(|error| panic!("{error}: {text}"));
    let of = |block: &hcl::Block| {
        let labels = block.labels.iter().map(|label| label.as_str().to_owned()).collect();
        (block.identifier.to_string(), labels, block.body.clone())
    };
    body.blocks().map(of).collect()
}

#[test]
fn terraform_makes_it_with_its_grants_and_credential() {
    let forms: [(&[&str], &str); 3] = [
        (&[], ""),
        (&["--certificate", "it's ${a}.pem"], "azuread_application_certificate"),
        (
            &["--federated", "https://issuer.example", "repo:a/b:ref:refs/heads/main"],
            "azuread_application_federated_identity_credential",
        ),
    ];
    for (credential, resource) in forms {
        let text = printed(&[&["--format", "terraform", "--name", NAME][..], credential].concat());
        let blocks = blocks(&text);
        let made: Vec<&str> =
            blocks.iter().filter(|(kind, ..)| kind == "resource").map(|(_, it, _)| it[0].as_str()).collect();
        let mut expected = vec![
            "azuread_application",
            "azuread_service_principal",
            "azuread_app_role_assignment",
            "azuread_app_role_assignment",
        ];
        expected.extend(Some(resource).filter(|it| !it.is_empty()));
        assert_eq!(made, expected);
        let (_, _, application) =
            blocks.iter().find(|(_, labels, _)| labels.first().is_some_and(|it| it == "azuread_application")).unwrap();
        // What is in the name is text, also where the language would fill something in.
        let name = application.attributes().find(|it| it.key() == "display_name").unwrap();
        let written = hcl::eval::Evaluate::evaluate(name.expr(), &hcl::eval::Context::new()).unwrap();
        assert_eq!(written, hcl::Value::from(NAME));
        assert_eq!(application.blocks().filter(|it| it.identifier() == "required_resource_access").count(), 2);
    }
}

#[test]
fn powershell_is_powershell() {
    let mut parser = tree_sitter::Parser::new();
    parser.set_language(&tree_sitter_powershell::LANGUAGE.into()).unwrap();
    let forms: [(&[&str], &str); 4] = [
        (&[], "New-MgServicePrincipalAppRoleAssignment"),
        (&["--client-secret", "it's"], "Add-MgApplicationPassword"),
        (&["--certificate", "it's.pem"], "-KeyCredentials"),
        (&["--federated", "https://issuer.example", NAME], "New-MgApplicationFederatedIdentityCredential"),
    ];
    for (credential, command) in forms {
        let text = printed(&[&["--format", "powershell", "--name", NAME][..], credential].concat());
        let tree = parser.parse(&text, None).unwrap();
        assert!(!tree.root_node().has_error(), "{credential:?}: {}\n{text}", tree.root_node().to_sexp());
        assert!(text.contains(command), "{text}");
        for (_, role) in grants(&printed(&["--format", "json"])) {
            assert!(text.contains(&format!("'{role}'")), "{role}: {text}");
        }
    }
    // The parser does see a mistake.
    assert!(parser.parse("if ($a {", None).unwrap().root_node().has_error());
}
