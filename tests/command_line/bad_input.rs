//! Bad input: one clear line on the standard error, and the right code.

use crate::support::program::{Output, Program};
use std::path::Path;

const GOOD: &str = r#"
[source.config]
tenant_id = "11111111-2222-4333-8444-555555555555"
client_id = "00000000-0000-4000-8000-000000000001"
[source.secrets]
client_secret = { env = "SAMPLE_SECRET" }
"#;

/// The hand-made tenant has no files.
const BY_PAGES: &str = "datasets.software.strategy=bulk";
const FINDINGS_BY_PAGES: &str = "datasets.vulnerabilities.strategy=bulk";

/// Runs, and checks that it fails well: nothing on the standard output, one line of error, no panic.
fn fails(folder: &Path, args: &[&str], code: i32, parts: &[&str]) -> String {
    let output = Program::new().current_dir(folder).args(args).run();
    let Output { code: found, stdout, stderr } = output;
    assert_eq!(found, code, "{args:?}: {stderr}");
    assert_eq!(stdout, "", "{args:?}");
    let errors: Vec<&str> = stderr.lines().filter(|line| line.starts_with("error: ")).collect();
    assert_eq!(errors.len(), 1, "{args:?}: {stderr}");
    for part in parts {
        assert!(errors[0].contains(part), "{args:?}: {part:?} in {stderr}");
    }
    assert!(!stderr.contains("panicked") && !stderr.contains("RUST_BACKTRACE"), "{stderr}");
    stderr
}

fn folder(files: &[(&str, &[u8])]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    for (name, content) in files {
        std::fs::write(folder.path().join(name), content).expect("written");
    }
    folder
}

#[test]
fn configurations() {
    let with = |more: &str| format!("{GOOD}{more}");
    for (text, parts) in [
        ("[source\n".to_owned(), &["c.toml line 1", "TOML"][..]),
        ("[source.config]\ntenant_id = \"a\"b\n".to_owned(), &["c.toml line 2", "TOML"]),
        (with("[sandbx]\n"), &["c.toml line 7", "sandbx", "did you mean `sandbox`?"]),
        (with("[sandbox]\nmemory_byte = 1\n"), &["line 8", "did you mean `memory_bytes`?"]),
        (with("[sandbox]\nmemory_bytes = \"much\"\n"), &["line 8", "memory_bytes", "whole number"]),
        (with("").replace("client_id", "clientid"), &["clientid", "client_id"]),
        (with("").replace("tenant_id", "# tenant_id"), &["tenant_id"]),
        (with("[source.config.datasets.vulnerabilities]\nstratgy = \"bulk\"\n"), &["stratgy", "strategy"]),
        (with("[source.config.datasets.vulnerabilities]\nstrategy = \"fast\"\n"), &["strategy", "bulk", "per_device"]),
        (with("[source.config.filters]\nstale_days = 0\n"), &["stale_days", "1 to 180"]),
        (with("[source.config.endpoints]\ndefender = \"http://example.com\"\n"), &["endpoints.defender"]),
        (
            with("").replace("{ env = \"SAMPLE_SECRET\" }", "{ env = \"NO_SUCH_VARIABLE\" }"),
            &["client_secret", "NO_SUCH_VARIABLE"],
        ),
        (
            with("[source.config.limits]\nmax_record_bytes = 16777216\n"),
            &["`limits.max_record_bytes` is 16777216", "276824064 bytes", "sandbox.memory_bytes"],
        ),
        (with("").replace("{ env = \"SAMPLE_SECRET\" }", "{ file = \"none.txt\" }"), &["client_secret", "none.txt"]),
        (with("").replace("client_secret =", "client_secrt ="), &["client_secrt"]),
    ] {
        let folder = folder(&[("c.toml", text.as_bytes())]);
        let verb: &[&str] = if text.contains("NO_SUCH_VARIABLE") || text.contains("none.txt") {
            &["check", "--config", "c.toml"]
        } else {
            &["validate", "--config", "c.toml"]
        };
        fails(folder.path(), verb, 2, parts);
    }
    let folder = folder(&[("c.toml", GOOD.as_bytes())]);
    for verb in ["validate", "run", "check", "plan"] {
        fails(folder.path(), &[verb, "--config", "missing.toml"], 2, &["missing.toml", "--config"]);
    }
    assert_eq!(Program::new().current_dir(folder.path()).args(["validate", "--config", "c.toml"]).run().code, 0);
}

#[test]
fn validate_tells_every_mistake_and_where_it_is() {
    let text =
        GOOD.replace("[source.secrets]", "tenant = \"x\"\n[source.secrets]") + "[sandbox]\nmax_in_flight = 0\n[snk]\n";
    let folder = folder(&[("c.toml", text.as_bytes())]);
    let output = Program::new().current_dir(folder.path()).args(["validate", "--config", "c.toml"]).run();
    let stderr = output.stderr;
    assert!(output.code == 2 && stderr.ends_with("error: c.toml: 3 mistakes, see above\n"), "{stderr}");
    let lines: Vec<&str> = stderr.lines().filter(|line| line.contains(" column ")).collect();
    let parts =
        ["source.config.tenant: unknown", "sandbox.max_in_flight: must be a whole number from 1 to", "snk: unknown"];
    assert_eq!(lines.len(), parts.len(), "{stderr}");
    assert!(
        lines.iter().zip(parts).all(|(line, part)| line.starts_with("error: c.toml line ") && line.contains(part)),
        "{stderr}"
    );
    // What only the component can tell has a place too, for every verb.
    let odd = GOOD.replace("tenant_id = \"", "tenant_id = \"not a tenant ");
    std::fs::write(folder.path().join("odd.toml"), odd).expect("written");
    for verb in ["validate", "plan"] {
        fails(
            folder.path(),
            &[verb, "--config", "odd.toml"],
            2,
            &["odd.toml line 3 column 1 [source.config]", "tenant_id"],
        );
    }
    let nowhere = format!("{GOOD}[sink]\npath = \"no/such/folder/x\"\n");
    std::fs::write(folder.path().join("nowhere.toml"), nowhere).expect("written");
    fails(folder.path(), &["validate", "--config", "nowhere.toml"], 2, &["sink.path", "no/such/folder"]);
    let unread = format!("{GOOD}[sandbox]\nca_file = \"none.pem\"\n");
    std::fs::write(folder.path().join("unread.toml"), unread).expect("written");
    fails(folder.path(), &["validate", "--config", "unread.toml"], 2, &["none.pem", "sandbox.ca_file"]);
}

#[test]
fn the_schema_of_the_file_takes_what_validate_takes() {
    let output = Program::new().args(["describe", "--schema", "host"]).run();
    let schema: serde_json::Value = serde_json::from_str(&output.stdout).expect("JSON");
    let takes = |config: serde_json::Value| jsonschema::draft202012::is_valid(&schema, &config);
    let source = serde_json::json!({ "config": { "tenant_id": "t", "client_id": "c" } });
    assert!(takes(serde_json::json!({ "source": source.clone(), "sandbox": { "cache": false } })));
    assert!(!takes(serde_json::json!({ "source": source, "sandbox": { "cach": false } })));
    assert!(!takes(serde_json::json!({ "source": { "config": { "tenant_id": "t" } } })));
}

#[test]
fn a_literal_secret_is_refused_and_not_shown() {
    for value in ["\"hush-hush\"", "{ value = \"hush-hush\" }", "[\"hush-hush\"]", "\"hush-hush"] {
        let text = GOOD.replace("{ env = \"SAMPLE_SECRET\" }", value);
        let folder = folder(&[("c.toml", text.as_bytes())]);
        for verb in ["validate", "run"] {
            let stderr = fails(folder.path(), &[verb, "--config", "c.toml"], 2, &["line 6"]);
            assert!(!stderr.contains("hush"), "{stderr}");
        }
    }
}

#[test]
fn a_secret_in_the_place_of_a_name_is_not_shown() {
    // As the sign-in service makes them, and as people do.
    for secret in ["Hu8h7.Q~husHHUSh0123456789-hushhushhush", "Hush-hush7", "hush_hush", "HUSH7HUSH", "hush/hush"] {
        let hidden = |stderr: &str| assert!(!stderr.to_lowercase().contains("hush"), "{secret}: {stderr}");
        for (reference, may_be_valid) in [
            (format!("{{ env = \"{secret}\" }}"), true),
            (format!("{{ file = \"{secret}\" }}"), true),
            (format!("\"{secret}\""), false),
            (format!("{{ secret = \"{secret}\" }}"), false),
            (format!("{{ \"{secret}\" = \"X\" }}"), false),
        ] {
            let text = GOOD.replace("{ env = \"SAMPLE_SECRET\" }", &reference);
            let folder = folder(&[("c.toml", text.as_bytes())]);
            let verbs: &[&str] = if may_be_valid { &["check", "run"] } else { &["validate", "check", "run"] };
            for verb in verbs {
                hidden(&fails(folder.path(), &[verb, "--config", "c.toml"], 2, &["client_secret"]));
            }
            let replayed =
                Program::new().current_dir(folder.path()).args(["validate", "--config", "c.toml", "-vv"]).run();
            hidden(&replayed.stderr);
        }
        // In the place of a member and of a name that only the component knows.
        for odd in [
            GOOD.replace("[source.secrets]", &format!("\"{secret}\" = 1\n[source.secrets]")),
            GOOD.replace("client_secret =", &format!("\"{secret}\" =")),
        ] {
            let folder = folder(&[("c.toml", odd.as_bytes())]);
            for verb in ["validate", "plan", "check", "permissions"] {
                let program = Program::new().current_dir(folder.path()).env("SAMPLE_SECRET", "s");
                let output = program.args([verb, "--config", "c.toml"]).run();
                // Words that are short and of small letters are taken for names.
                assert!(
                    secret == "hush_hush" || !output.stderr.to_lowercase().contains("hush"),
                    "{verb}: {}",
                    output.stderr
                );
            }
        }
        // Among what the component is told, and from the command line.
        let named = GOOD.replace("[source.secrets]", &format!("client_secret = \"{secret}\"\n[source.secrets]"));
        let folder = folder(&[("c.toml", named.as_bytes()), ("good.toml", GOOD.as_bytes())]);
        hidden(&fails(folder.path(), &["validate", "--config", "c.toml"], 2, &["client_secret"]));
        std::fs::write(folder.path().join("sample.har"), crate::support::HANDMADE).expect("written");
        let set = format!("client_secret={secret}");
        hidden(&fails(folder.path(), &["replay", "sample.har", "--set", &set], 2, &["client_secret"]));
    }
}

#[test]
fn components() {
    let with = |name: &str| format!("[source]\ncomponent = \"{name}\"\n{GOOD}");
    let folder = folder(&[
        ("text.toml", with("text.wasm").as_bytes()),
        ("text.wasm", b"not a component"),
        ("module.toml", with("module.wasm").as_bytes()),
        ("module.wasm", b"\0asm\x01\0\0\0"),
        ("empty.toml", with("empty.wasm").as_bytes()),
        ("empty.wasm", b"\0asm\x0d\0\x01\0"),
        ("cut.toml", with("cut.wasm").as_bytes()),
        ("cut.wasm", &source_host::engine::EMBEDDED[..100_000]),
        ("none.toml", with("none.wasm").as_bytes()),
    ]);
    for (config, parts) in [
        ("text.toml", &["text.wasm", "not WebAssembly"][..]),
        ("module.toml", &["module.wasm", "not a component"]),
        ("empty.toml", &["empty.wasm", "pipeline:source/source"]),
        ("cut.toml", &["cut.wasm", "compiled"]),
        ("none.toml", &["none.wasm", "source.component"]),
    ] {
        fails(folder.path(), &["validate", "--config", config], 2, parts);
        fails(folder.path(), &["describe", "--config", config], 2, parts);
    }
}

#[test]
fn recordings() {
    let sample = crate::support::HANDMADE;
    let folder = folder(&[
        ("cut.har", &sample[..sample.len() / 2]),
        ("text.har", b"not a recording"),
        ("empty.har", br#"{"log":{"version":"1.2","entries":[]}}"#),
        ("other.har", br#"{"hello":1}"#),
        ("sample.har", sample),
    ]);
    std::fs::create_dir(folder.path().join("folder")).expect("a folder");
    for (path, parts) in [
        ("cut.har", &["cut.har line"][..]),
        ("text.har", &["text.har line 1"]),
        ("empty.har", &["empty.har"]),
        ("other.har", &["other.har"]),
        ("none.har", &["none.har", "check the path"]),
        ("folder", &["folder", ".har"]),
    ] {
        fails(folder.path(), &["replay", path], 2, parts);
    }
    for (args, parts) in [
        (&["--datasets", "device"][..], &["--datasets", "did you mean `devices`?"][..]),
        (&["--datasets", "everything"], &["everything", "known are devices"]),
        (&["--set", "format"], &["--set", "="]),
        (&["--set", "frmat=ocsf"], &["frmat", "format"]),
        (&["--set", "format=xml"], &["format", "native"]),
        (&["--set", "tenant_id.x=1"], &["tenant_id"]),
        (&["--set", "a..b=1"], &["--set"]),
        (&["--config", "none.toml"], &["none.toml"]),
        (&["--out", "no/such/folder/x"], &["no/such/folder/x"]),
    ] {
        fails(folder.path(), &[&["replay", "sample.har"], args].concat(), 2, parts);
    }
}

#[test]
fn usage() {
    let folder = folder(&[]);
    for args in [&["replya"][..], &["replay"], &["run"], &["replay", "x", "--match", "some"], &["--no-such"]] {
        let Output { code, stdout, stderr } = Program::new().current_dir(folder.path()).args(args).run();
        assert_eq!((code, stdout.as_str()), (2, ""), "{args:?}");
        assert!(stderr.starts_with("error: "), "{stderr}");
    }
}

#[test]
fn an_unrecorded_request_fails_the_run_and_names_itself() {
    let text = String::from_utf8_lossy(crate::support::HANDMADE)
        .replace("SoftwareInventoryByMachine?pageSize=200000\"", "SoftwareInventoryByMachine?pageSize=7\"");
    let folder = folder(&[("other.har", text.as_bytes())]);
    let args = ["replay", "other.har", "--datasets", "software", "--set", BY_PAGES];
    let parts =
        ["no recorded answer for GET https://api.security.microsoft.com/api/machines/SoftwareInventoryByMachine"];
    let stderr = fails(folder.path(), &args, 1, &parts);
    assert!(stderr.contains("--match path"), "{stderr}");
}

#[test]
fn an_answer_that_is_no_json_fails_the_run() {
    let text = String::from_utf8_lossy(crate::support::HANDMADE);
    let start = text.find("SoftwareInventoryByMachine?pageSize").expect("recorded");
    let body = start + text[start..].find("\"text\": \"").expect("a body") + 9;
    let broken = format!("{}<html>{}", &text[..body], &text[body..]);
    let folder = folder(&[("broken.har", broken.as_bytes())]);
    let args = ["replay", "broken.har", "--set", BY_PAGES, "--set", FINDINGS_BY_PAGES];
    let Output { code, stdout, stderr } = Program::new().current_dir(folder.path()).args(args).run();
    assert_eq!(code, 1, "{stderr}");
    assert!(stderr.contains("not read completely: software"), "{stderr}");
    assert!(stderr.contains("SoftwareInventoryByMachine") && stderr.contains("JSON"), "{stderr}");
    assert!(stdout.lines().all(|line| line.starts_with('{') && line.ends_with('}')), "no partial event");
    assert!(stdout.contains("\"kind\":\"vulnerability\"") && !stdout.contains("\"kind\":\"software\""));
}
