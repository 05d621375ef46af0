//! The demo, and the verbs that only print.

use crate::support::program::{Output, Program};
use crate::support::terminal::on_terminal;
use crate::support::{DATASETS, envelope, schemas};

#[test]
fn without_arguments_the_sample_tenant_is_shown() {
    let Output { code, stdout, stderr } = Program::new().run();
    assert_eq!(code, 0, "{stderr}");
    let kinds: Vec<String> = stdout
        .lines()
        .map(|line| envelope(line)["kind"].as_str().expect("every line is an event").to_owned())
        .collect();
    for kind in ["device", "ip_address", "user", "application", "software", "vulnerability", "recommendation"] {
        assert!(kinds.iter().any(|found| found == kind), "no {kind}");
    }
    schemas::check_all(stdout.lines());
    for dataset in DATASETS {
        assert!(stderr.lines().any(|line| line.starts_with(dataset) && line.contains("complete")), "{stderr}");
    }
    assert!(!stdout.contains("replaying") && !stderr.contains("\"schema\""), "text and results are kept apart");
}

#[test]
fn events_can_go_into_a_file() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("events.ndjson");
    let Output { code, stdout, stderr } = Program::new().arg("--out").arg(&path).run();
    assert_eq!((code, stdout.as_str()), (0, ""), "{stderr}");
    let file = std::fs::read_to_string(&path).expect("the file is there");
    assert_eq!(file, Program::new().run().stdout, "the same as on the standard output, and the same each time");
}

#[test]
fn describe_prints_what_the_source_is() {
    let Output { code, stdout, .. } = Program::new().args(["describe", "--json"]).run();
    assert_eq!(code, 0);
    let descriptor = envelope(&stdout);
    let named = |enabled: bool| -> Vec<_> {
        let datasets = descriptor["datasets"].as_array().into_iter().flatten();
        datasets.filter(|it| it["enabled_by_default"] == enabled).map(|it| it["name"].clone()).collect()
    };
    assert_eq!(named(true), DATASETS);
    assert_eq!(named(false), ["cves"]);
    for endpoint in descriptor["endpoints"].as_array().into_iter().flatten() {
        let method = endpoint["method"].as_str().unwrap_or_default();
        let is_sign_in = endpoint["path"].as_str().is_some_and(|path| path.ends_with("/oauth2/v2.0/token"));
        let is_query = endpoint["purpose"].as_str().is_some_and(|purpose| purpose.starts_with("query: "));
        assert!(method == "GET" || (method == "POST" && (is_sign_in || is_query)), "{endpoint}");
    }
    let Output { code, stdout, .. } = Program::new().args(["describe", "--schema"]).run();
    assert_eq!(code, 0);
    let schema = envelope(&stdout);
    let validator = jsonschema::draft202012::new(&schema).expect("the schema is valid");
    let config = |text: &str| envelope(text);
    assert!(
        validator.is_valid(&config(r#"{"tenant_id":"t","client_id":"c","datasets":{"software":{"enabled":false}}}"#))
    );
    assert!(!validator.is_valid(&config(r#"{"tenant_id":"t"}"#)));
    assert!(!validator.is_valid(&config(r#"{"tenant_id":"t","client_id":"c","formt":"ocsf"}"#)));
    let Output { code, stdout, .. } = Program::new().arg("describe").run();
    assert!(code == 0 && stdout.contains("Machine.Read.All"), "{stdout}");
}

#[test]
fn help_is_a_result() {
    for args in [&["--help"][..], &["--version"], &["help", "replay"]] {
        let Output { code, stdout, stderr } = Program::new().args(args).run();
        assert_eq!((code, stderr.as_str()), (0, ""), "{args:?}");
        assert!(!stdout.is_empty());
    }
}

#[test]
fn a_person_sees_what_was_found_and_how_to_get_the_events() {
    let folder = tempfile::tempdir().expect("a folder");
    let Some(shown) = on_terminal(folder.path(), &["--out", "events.ndjson"]) else { return };
    for heading in ["Riskiest devices", "Weaknesses with a known exploit", "Software past its support"] {
        assert!(shown.contains(heading), "{heading} in {shown}");
    }
    assert!(!shown.contains("\"schema\""), "no events: {shown}");
    let file = std::fs::read_to_string(folder.path().join("events.ndjson")).expect("the file is there");
    assert_eq!(file, Program::new().run().stdout, "and the same events as in a pipe");
    let riskiest = file.lines().map(envelope).find(|event| event["body"]["device"]["risk_level_id"] == 3);
    let riskiest = riskiest.expect("a device of high risk");
    // A long name is cut where the page is narrow.
    let name = riskiest["body"]["device"]["hostname"].as_str().and_then(|name| name.split('.').next()).expect("a text");
    assert!(shown.contains(name), "{name} in {shown}");
    let Some(shown) = on_terminal(folder.path(), &[]) else { return };
    assert!(shown.contains("--out events.ndjson"), "{shown}");
}
