//! The script for Azure CLI, run with a command `az` that keeps account of what it was asked.

use super::{NAME, permissions, printed};
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Stdio};

/// A directory with the two APIs. What it is asked goes to `calls`, one line each. The first consent is too early.
const AZ: &str = r#"#!/bin/sh
printf '%s' "$1" >> calls
last=$1
shift_one=$1
shift
for argument in "$@"; do printf ' <%s>' "$argument" >> calls; last=$argument; done
echo >> calls
case "$shift_one $1 $2" in
    "cloud show --query") cat cloud ;;
    "ad app list") [ -e no-list ] && exit 1; cat same-name ;;
    "ad app create") echo app-1 ;;
    "ad sp create") echo principal-1 ;;
    "ad sp show")
        case "$last" in
            *"value=='"*) printf '%s' "$last" | sed "s/.*value=='\([^']*\)'.*/id-of-\1/" ;;
            *) [ -e no-api ] && exit 3; echo resource-1 ;;
        esac ;;
    "ad app credential") echo the-secret ;;
    "account show --query") echo tenant-1 ;;
    "rest --method POST") if [ -e early ]; then rm early; exit 1; fi ;;
esac
"#;

struct Directory(tempfile::TempDir);

struct Ran {
    code: Option<i32>,
    stdout: String,
    stderr: String,
    calls: Vec<String>,
}

impl Directory {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let directory = Self(folder);
        for (program, text) in [("az", AZ), ("sleep", "#!/bin/sh\n")] {
            directory.write(program, text);
            fs::set_permissions(directory.path().join(program), fs::Permissions::from_mode(0o755)).unwrap();
        }
        directory.write("cloud", "AzureCloud\n");
        directory.write("same-name", "");
        directory
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    fn write(&self, name: &str, text: &str) {
        fs::write(self.path().join(name), text).unwrap();
    }

    fn run(&self, script: &str) -> Ran {
        self.write("script", script);
        let path = format!("{}:{}", self.path().display(), std::env::var("PATH").unwrap());
        let output = Command::new("sh").arg("script").current_dir(self.path()).env("PATH", path).output().unwrap();
        let calls = fs::read_to_string(self.path().join("calls")).unwrap_or_default();
        Ran {
            code: output.status.code(),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
            calls: calls.lines().map(str::to_owned).collect(),
        }
    }
}

fn script(credential: &[&str]) -> String {
    named(NAME, credential)
}

fn named(name: &str, credential: &[&str]) -> String {
    printed(&[&["--format", "az", "--name", name, "--datasets", "devices,device_users"][..], credential].concat())
}

#[test]
fn it_makes_the_registration_grants_and_consents() {
    let directory = Directory::new();
    directory.write("early", "");
    let ran = directory.run(&script(&["--client-secret", "it's secret"]));
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    assert_eq!(ran.stdout, "tenant_id = \"tenant-1\"\nclient_id = \"app-1\"\n");
    let made: Vec<&String> = ran.calls.iter().filter(|call| call.contains("<create>")).collect();
    assert!(made.len() == 2 && made[0].contains(&format!("<--display-name> <{NAME}>")), "{made:?}");
    let consents: Vec<&String> = ran.calls.iter().filter(|call| call.starts_with("rest ")).collect();
    // One of them twice, as the directory was not ready for it.
    assert_eq!(consents.len(), 4, "{consents:?}");
    for role in ["Machine.Read.All", "User.Read.All", "ThreatHunting.Read.All"] {
        assert!(
            consents.iter().any(|call| call.contains(&format!("\"appRoleId\":\"id-of-{role}\""))),
            "{role}: {consents:?}"
        );
        let shown = format!("<--api-permissions> <id-of-{role}=Role>");
        assert!(ran.calls.iter().any(|call| call.contains(&shown)), "{role}: {:?}", ran.calls);
    }
    let secret = directory.path().join("it's secret");
    assert_eq!(fs::read_to_string(&secret).unwrap(), "the-secret\n");
    assert_eq!(fs::metadata(&secret).unwrap().permissions().mode() & 0o777, 0o600);
    assert!(!ran.stdout.contains("the-secret") && !ran.stderr.contains("the-secret"));
}

#[test]
fn it_adds_a_certificate_or_a_federated_credential() {
    let certificate = Directory::new().run(&script(&["--certificate", "it's.pem"]));
    assert!(certificate.calls.iter().any(|call| call.contains("<--cert> <@it's.pem>")), "{:?}", certificate.calls);
    let federated =
        Directory::new().run(&script(&["--federated", "https://issuer.example", "system:serviceaccount:a:b"]));
    let parameters = "\"subject\":\"system:serviceaccount:a:b\"";
    assert!(federated.calls.iter().any(|call| call.contains(parameters)), "{:?}", federated.calls);
    assert_eq!((certificate.code, federated.code), (Some(0), Some(0)), "{}{}", certificate.stderr, federated.stderr);
}

#[test]
fn it_makes_nothing_where_it_must_not() {
    let makes = |ran: &Ran| ran.calls.iter().any(|call| call.contains("<create>"));
    let there = Directory::new();
    there.write("same-name", "app-0\n");
    let ran = there.run(&script(&[]));
    assert!(ran.code == Some(1) && ran.stderr.contains("--name") && !makes(&ran), "{}", ran.stderr);
    let elsewhere = Directory::new();
    elsewhere.write("cloud", "AzureUSGovernment\n");
    let ran = elsewhere.run(&script(&[]));
    assert!(ran.code == Some(1) && ran.stderr.contains("az cloud set") && !makes(&ran), "{}", ran.stderr);
    let unlicensed = Directory::new();
    unlicensed.write("no-api", "");
    let ran = unlicensed.run(&script(&[]));
    assert!(ran.code == Some(1) && ran.stderr.contains("never set up") && !makes(&ran), "{}", ran.stderr);
    let unasked = Directory::new();
    unasked.write("no-list", "");
    let ran = unasked.run(&script(&[]));
    assert!(ran.code != Some(0) && !makes(&ran), "{}", ran.stderr);
    let kept = Directory::new();
    kept.write("s", "mine");
    let ran = kept.run(&script(&["--client-secret", "s"]));
    assert!(ran.code == Some(1) && ran.stderr.contains("there already") && !makes(&ran), "{}", ran.stderr);
    assert_eq!(fs::read_to_string(kept.path().join("s")).unwrap(), "mine");
}

#[test]
fn shellcheck_has_nothing_to_say() {
    if Command::new("shellcheck").arg("--version").stdout(Stdio::null()).status().is_err() {
        assert!(std::env::var_os("SHELLCHECK").is_none(), "SHELLCHECK is set, and there is no shellcheck");
        eprintln!("skipped: there is no shellcheck on this machine");
        return;
    }
    let credentials: [&[&str]; 4] =
        [&[], &["--client-secret", "it's"], &["--certificate", "c.pem"], &["--federated", "https://i.example", "it's"]];
    for credential in credentials {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("script.sh");
        // It warns of what it takes for slips in names.
        fs::write(&file, named("Somebody's source", credential)).unwrap();
        let output = Command::new("shellcheck").arg(&file).output().unwrap();
        assert!(output.status.success(), "{credential:?}: {}", String::from_utf8_lossy(&output.stdout));
    }
    assert_eq!(permissions(&["--format", "az", "--federated", "one"]).code, 2);
}
