//! `simulate` as people meet it.

use crate::support::program::Program;
use std::collections::BTreeSet;

fn simulate(args: &[&str]) -> (i32, String, String) {
    let output = Program::new().arg("simulate").args(args).run();
    (output.code, output.stdout, output.stderr)
}

#[test]
fn bad_arguments_are_one_line_and_code_2() {
    let folder = tempfile::tempdir().expect("a folder");
    let broken = folder.path().join("broken.toml");
    std::fs::write(&broken, "[[fault]]\nwhat = \"no such thing\"\n").expect("written");
    let broken = broken.display().to_string();
    for (args, part) in [
        (&["--seeds", "9..3"][..], "write the smaller one first"),
        (&["--seeds", "x"], "`x` is no seed"),
        (&["--seeds", "1..2", "--days", "0"], "1..=366"),
        (&["--jobs", "0"], "--jobs"),
        (&["--devices", "0"], "--devices"),
        (&["--dump", "x"], "hashes, steps"),
        (&["--meta", "--json"], "--json"),
        (&["--scenario", "no/such.toml"], "no/such.toml"),
        (&["--scenario", &broken], "broken.toml"),
    ] {
        let (code, stdout, stderr) = simulate(args);
        assert_eq!((code, stdout.as_str()), (2, ""), "{args:?}: {stderr}");
        assert!(stderr.contains(part) && !stderr.contains("panicked"), "{args:?}: {stderr}");
        assert_eq!(stderr.lines().filter(|line| line.starts_with("error: ")).count(), 1, "{args:?}: {stderr}");
    }
}

#[test]
fn a_report_says_what_happened() {
    let (code, stdout, stderr) = simulate(&["--seeds", "1..3", "--days", "1"]);
    assert_eq!(code, 0, "{stdout}{stderr}");
    for name in
        ["seeds", "runs", "restarts", "requests", "events", "facts compared", "faults", "429", "waits", "virtual time"]
    {
        assert!(stdout.lines().any(|line| line.starts_with(name)), "{name} in {stdout}");
    }
    assert!(stdout.ends_with("violations      none\n"), "{stdout}");
    let (code, json, _) = simulate(&["--seeds", "1..3", "--days", "1", "--jobs", "1", "--json"]);
    let json: serde_json::Value = serde_json::from_str(&json).expect("JSON");
    assert_eq!((code, &json["seeds"], &json["failed"]), (0, &3.into(), &serde_json::json!([])));
    assert!(stdout.contains(json["hash"].as_str().expect("a hash")), "another number of threads, the same bytes");
}

#[test]
fn a_seed_that_fails_prints_the_command_that_shows_it_again() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("strict.toml");
    std::fs::write(&path, "[quotas.machines]\nper_minute = 1\n").expect("written");
    let path = path.display().to_string();
    let args = ["--seeds", "1..8", "--days", "1", "--devices", "20", "--scenario", &path, "--strict-quota"];
    let (code, stdout, stderr) = simulate(&args);
    assert_eq!(code, 1, "{stdout}{stderr}");
    assert!(stderr.contains("seeds failed"), "{stderr}");
    let command = stdout.lines().map(str::trim).find_map(|line| line.strip_prefix("source-host simulate "));
    let again: Vec<&str> = command.expect("a command").split(' ').map(|word| word.trim_matches('\'')).collect();
    assert_eq!(BTreeSet::from_iter(&again[2..]), BTreeSet::from_iter(&args[2..]));
    let (code, only, _) = simulate(&again);
    assert_eq!(code, 1, "{only}");
    let violations =
        |text: &str| text.lines().filter(|line| line.contains("quota · ")).map(str::to_owned).collect::<Vec<_>>();
    assert!(!violations(&only).is_empty() && violations(&only).iter().all(|line| stdout.contains(line)));
}

#[test]
fn two_processes_give_the_same_bytes() {
    let args = ["--seeds", "3..6", "--days", "1"];
    let (code, stdout, stderr) = simulate(&[&args[..], &["--meta"]].concat());
    assert_eq!((code, stdout.as_str()), (0, "4 seeds, each in two processes: the same bytes\n"), "{stderr}");
    let (code, hashes, _) = simulate(&[&args[..], &["--dump", "hashes"]].concat());
    let seeds: Vec<&str> = hashes.lines().filter_map(|line| line.split_once(' ')).map(|(seed, _)| seed).collect();
    assert_eq!((code, seeds), (0, vec!["3", "4", "5", "6"]));
    assert!(hashes.lines().all(|line| line.len() == 2 + 64), "{hashes}");
    let (code, steps, _) = simulate(&["--seeds", "3", "--days", "1", "--dump", "steps"]);
    let kinds: BTreeSet<&str> = steps.lines().filter_map(|line| line.split(' ').nth(1)).collect();
    assert_eq!((code, kinds), (0, BTreeSet::from(["checkpoint", "event", "request"])));
}

#[test]
fn seeds_that_fail_fail_in_two_processes_as_well() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("strict.toml");
    std::fs::write(&path, "[quotas.machines]\nper_minute = 1\n").expect("written");
    let path = path.display().to_string();
    let args = ["--seeds", "1..4", "--days", "1", "--devices", "20", "--scenario", &path, "--strict-quota", "--meta"];
    let (code, stdout, stderr) = simulate(&args);
    assert_eq!((code, stdout.as_str()), (1, ""), "{stderr}");
    assert!(stderr.contains("both processes give the same bytes, and seeds fail"), "{stderr}");
}

#[test]
fn what_no_seed_reached_is_a_failure() {
    let args = ["--seeds", "1", "--days", "1", "--coverage"];
    let (code, stdout, stderr) = simulate(&args);
    assert_eq!(code, 1, "{stdout}{stderr}");
    assert!(stdout.contains("second start at") && stdout.contains("  never\n"), "{stdout}");
    let error = stderr.lines().find(|line| line.starts_with("error: ")).expect("an error");
    let (code, json, _) = simulate(&[&args[..], &["--json"]].concat());
    let json: serde_json::Value = serde_json::from_str(&json).expect("JSON");
    let never = json["never_reached"].as_array().expect("a list");
    assert_eq!(code, 1);
    assert!(never.iter().all(|one| error.contains(one.as_str().expect("a text"))), "{error}");
    let row = json["coverage"].as_array().expect("a list").first().expect("a row");
    assert!(row["group"].is_string() && row["name"].is_string() && row["times"].is_u64() && row["seeds"].is_u64());
}
