//! Every kind of reference to a secret signs in at the double, which knows the right one; and what goes wrong is told without
//! it.

use crate::support::double::Running;
use crate::support::program::{Output, Program};
use std::path::Path;

const SECRET: &str = "double-secret";

fn check(folder: &Path, double: &Running, reference: &str) -> Output {
    let config = double.config();
    let (before, behind) = config.split_once("client_secret = ").expect("a reference");
    let (_, behind) = behind.split_once('\n').expect("a line");
    std::fs::write(folder.join("c.toml"), format!("{before}client_secret = {reference}\n{behind}")).expect("written");
    let credentials = folder.join("credentials").display().to_string();
    let program = Program::new().current_dir(folder).env("CREDENTIALS_DIRECTORY", &credentials);
    program.args(["check", "--config", "c.toml"]).run()
}

#[test]
fn each_kind_of_reference_signs_in() {
    let folder = tempfile::tempdir().expect("a folder");
    let double = Running::start(folder.path(), &[]);
    std::fs::create_dir(folder.path().join("credentials")).expect("made");
    for name in ["kept.secret", "credentials/defender"] {
        std::fs::write(folder.path().join(name), format!("{SECRET}\n")).expect("written");
    }
    for reference in [
        "{ file = \"kept.secret\" }",
        "{ credential = \"defender\" }",
        "{ exec = [\"/bin/cat\", \"kept.secret\"], timeout_secs = 60 }",
    ] {
        let output = check(folder.path(), &double, reference);
        assert_eq!(output.code, 0, "{reference}: {}", output.stderr);
        assert!(!output.stderr.contains(SECRET) && !output.stdout.contains(SECRET));
    }
}

#[test]
fn what_cannot_be_fetched_is_told_and_what_to_do() {
    let folder = tempfile::tempdir().expect("a folder");
    let double = Running::start(folder.path(), &[]);
    for (reference, part) in [
        ("{ credential = \"other\" }", "LoadCredential="),
        ("{ exec = [\"/bin/false\"] }", "the program failed (exit status: 1)"),
        ("{ exec = [\"/bin/sh\", \"-c\", \"echo double-secret; exit 7\"] }", "exit status: 7"),
        ("{ exec = [\"./double-secret\"] }", "cannot be started"),
        ("{ exec = [\"/bin/true\"] }", "is empty"),
    ] {
        let output = check(folder.path(), &double, reference);
        assert!(output.code == 2 && output.stderr.contains(part), "{reference}: {} {}", output.code, output.stderr);
        assert!(
            output.stderr.contains("secret client_secret: ") && !output.stderr.contains(SECRET),
            "{}",
            output.stderr
        );
    }
}
