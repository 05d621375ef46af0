//! Checkpoints as they are written, and as they are not.

use defender_client::error::Cause;
use defender_client::paging::{Next, PagePosition};
use defender_client::request::{Budget, Family, Quota};

use super::*;
use crate::config::{Config, Fingerprints};
use crate::diagnose::DatasetReceipt;
use crate::plan::{Cursor, Cursors};

fn config(member: &str) -> Config {
    Config::parse(&format!(r#"{{"tenant_id":"t","client_id":"c"{member}}}"#)).unwrap()
}

fn checkpoint() -> Checkpoint {
    let position = PagePosition { next: Next::Start, rows: 7, digest: u64::MAX };
    let mut checkpoint = Checkpoint::empty(&config(""));
    let family = Family { name: "/api/machines", quota: Quota::ASSUMED };
    checkpoint.budget.spend(&family, 1_000_000).unwrap();
    checkpoint.budget.saved();
    checkpoint.cursors.set(
        "vulnerabilities",
        Cursor { snapshot: "2026-01-01T06:00:00Z".into(), since_ms: 5, baseline_ms: -1, ..Cursor::default() },
    );
    checkpoint.cursors.set("device_users", Cursor { strategy: "hunting".into(), ..Cursor::default() });
    checkpoint.run = Some(Run {
        id: "01HF7YAT00000G000000000002".into(),
        started_ms: 1,
        life: 12,
        sign_in_calls: 2,
        opened: 1,
        done: vec![DatasetReceipt::new("devices", "bulk")],
        current: Some(Current {
            receipt: DatasetReceipt::new("device_users", "per_device"),
            position: Position::Subjects { after: "aa".into(), at: position },
            began_ms: Some(1),
        }),
    });
    checkpoint
}

#[test]
fn what_was_written_is_read() {
    let text = checkpoint().write();
    assert_eq!(Checkpoint::read(&text, &config("")).unwrap().write(), text);
    let between = Checkpoint { run: None, ..checkpoint() };
    assert_eq!(Checkpoint::read(&between.write(), &config("")).unwrap().write(), between.write());
}

#[test]
fn others_are_told_apart() {
    let text = checkpoint().write();
    let message = |text: &str, config: &Config| {
        let error = Checkpoint::read(text, config).unwrap_err();
        assert_eq!(error.cause, Cause::InvalidCheckpoint);
        error.message
    };
    let (same, other) = (config(""), config(r#","filters":{"stale_days":9}"#));
    assert!(message(&text, &other).contains("another configuration"));
    assert!(message(&text, &config(r#","cloud":"gcc""#)).contains("another tenant or cloud"));
    assert!(message(&text.replace("\"version\":3", "\"version\":4"), &same).contains("layout 4"));
    assert!(message(r#"{"position":"of another source"}"#, &same).contains("of another source"));
    assert!(message(&text[..60], &same).contains("damaged"));
    for older in [1, 2] {
        assert!(message(&text.replace("\"version\":3", &format!("\"version\":{older}")), &same).contains("damaged"));
    }
    assert!(message("", &same).contains("damaged"));
    assert!(message(&"x".repeat(layout::MAX_BYTES + 1), &same).contains("bytes long"));
}

#[test]
fn between_runs_the_configuration_may_change_and_the_tenant_may_not() {
    let between = Checkpoint { run: None, ..checkpoint() }.write();
    let read = Checkpoint::read(&between, &config(r#","filters":{"stale_days":9}"#)).unwrap();
    assert_eq!(read.cursors, Cursors::default(), "everything is read again");
    assert_ne!(read.budget, Budget::new(90), "what was sent was sent");
    assert!(Checkpoint::read(&between, &config(r#","cloud":"gcc""#)).is_err());
}

#[test]
fn what_was_told_stays_told_where_only_the_form_of_events_changes() {
    let between = Checkpoint { run: None, ..checkpoint() };
    let told = |read: &Checkpoint| read.cursors.get("vulnerabilities").map(|cursor| cursor.told_until_ms());
    for form in [r#","body":"lean""#, r#","ocsf_version":"1.9.0""#, r#","instance":"i""#, r#","format":"native""#] {
        let read = Checkpoint::read(&between.write(), &config(form)).unwrap();
        assert_eq!(told(&read), told(&between), "{form}");
        assert!(
            read.cursors.get("vulnerabilities").unwrap().is_remapped && read.round.is_none(),
            "all is read: {form}"
        );
        assert_eq!(read.figures, between.figures, "there is as much to read: {form}");
        assert!(Checkpoint::read(&checkpoint().write(), &config(form)).is_err(), "within a run it may not change");
    }
    // Who did not say which records were told says nothing of what was told.
    let mut older = between.clone();
    older.owner.records.clear();
    let read = Checkpoint::read(&older.write(), &config(r#","body":"lean""#)).unwrap();
    assert_eq!(told(&read), None);
}

#[test]
fn after_another_mapping_everything_is_read_again() {
    for mapping in [None, Some("map-1"), Some("map-1000")] {
        let read = Checkpoint::read(&checkpoint().by_mapping(mapping).write(), &config("")).unwrap();
        assert_eq!((read.run, read.round), (None, None), "a run that would end with some of each");
        let cursor = |name: &str| read.cursors.get(name).unwrap().clone();
        let told_ms = cursor("vulnerabilities").told_ms;
        assert_eq!(cursor("vulnerabilities"), Cursor { is_remapped: true, told_ms, ..Cursor::default() });
        assert_eq!(told_ms, Some(1_767_247_200_000), "what was told stays told");
        assert_eq!(cursor("device_users").strategy, "hunting");
        assert_ne!(read.budget, Budget::new(90), "what was sent was sent");
    }
    let read = Checkpoint::read(&checkpoint().write(), &config("")).unwrap();
    assert!(!read.cursors.get("vulnerabilities").unwrap().is_remapped && read.run.is_some());
}

/// Texts of layout 2, which has no checksum, that parse and cannot be. `at` is what is put in the place of what.
#[test]
fn what_contradicts_itself_is_refused_without_a_checksum_too() {
    let config = Config::parse(
        r#"{"tenant_id":"t","client_id":"c","datasets":{"device_users":{"enabled":false},"software":{"enabled":false},
            "vulnerabilities":{"strategy":"per_device"},"recommendations":{"enabled":false}}}"#,
    )
    .unwrap();
    let good = include_str!("../tests/fixtures/checkpoint-2.json").trim();
    let Fingerprints { tenant, config: of_config, .. } = &config.fingerprints;
    let good = good.replace("5d11c98142d19c1c", tenant).replace("10a60e1487591d02", of_config);
    assert!(Checkpoint::read(&good, &config).is_ok(), "{:?}", Checkpoint::read(&good, &config));
    let huge = u64::MAX.to_string();
    for (of, at) in [
        (r#""received":2"#, r#""received":3"#),
        (r#""emitted":2"#, r#""emitted":1"#),
        (r#""received":1,"emitted":1"#, r#""received":2,"emitted":2"#),
        (r#""received":2"#, &format!(r#""received":{huge}"#)),
        (r#""device":2"#, &format!(r#""device":{huge}"#)),
        (r#""device":2"#, r#""device":2,"device":2"#),
        (r#""events":{"device":2,"ip_address":2}"#, r#""events":[]"#),
        (r#""pages":2"#, r#""pages":-2"#),
        (r#""calls":2"#, r#""calls":"2""#),
        (r#""dataset":"devices""#, r#""dataset":"vulnerabilities""#),
        (r#""dataset":"devices""#, r#""dataset":"device""#),
        (r#""dataset":"devices""#, r#""dataset":"software""#),
        (r#""dataset":"vulnerabilities""#, r#""dataset":"devices""#),
        (r#""dataset":"vulnerabilities""#, r#""dataset":"recommendations""#),
        (r#""strategy":"bulk""#, r#""strategy":"roster""#),
        (r#""strategy":"bulk""#, r#""strategy":"files""#),
        (r#""strategy":"per_device""#, r#""strategy":"bulk""#),
        (r#""strategy":"per_device""#, r#""strategy":"roster""#),
        (r#""strategy":"per_device""#, r#""strategy":"none""#),
        (r#""after":"#, r#""before":"#),
        (r#""after":"#, r#""survey":7,"after":"#),
        (r#""rows":0"#, r#""snapshot":"t","file":9,"rows":0"#),
        (r#""rows":0"#, r#""shards":4,"shard":1,"rows":0"#),
        (r#""rows":0"#, r#""skip":9,"rows":0"#),
        (r#""rows":0"#, &format!(r#""rows":{huge}"#)),
        (r#""done":["#, r#""done":{},"x":["#),
        (r#""current":{"#, r#""current":[],"x":{"#),
        ("01HF7YAT00000G000000000002", "01HF7YAT00000G00000000000"),
        ("01HF7YAT00000G000000000002", "01HF7YAT00000G00000000000 "),
        (r#""started_ms":1700000000000"#, r#""started_ms":-1"#),
        (r#""started_ms":1700000000000"#, r#""started_ms":9223372036854775807"#),
        (r#""sign_in_calls":1"#, &format!(r#""sign_in_calls":{huge}"#)),
        ("[1700000000,2]", "[18446744073709551615,2]"),
        (r#"{"version":2,"#, r#"{ "version":2,"#),
        (r#"{"version":2,"#, r#"{"checksum":"0000000000000000","version":2,"#),
    ] {
        assert!(good.contains(of), "{of}");
        let damaged = good.replacen(of, at, 1);
        let read = Checkpoint::read(&damaged, &config);
        assert_eq!(read.map_err(|error| error.cause), Err(Cause::InvalidCheckpoint), "{of} became {at}");
    }
}
