//! What an event says that happened, and when.

use super::*;
use crate::datasets::history::History;
use crate::datasets::testing::Doc;

/// 2026-11-19T00:00:00Z.
const TOLD_MS: i64 = 1_795_046_400_000;

fn run(told_until_ms: Option<i64>) -> Run {
    let mut run = Run::ocsf();
    run.history = History::new(told_until_ms);
    run
}

fn change(status: &str, first_seen: &str) -> String {
    with(json!({ "status": status, "eventTimestamp": "2026-11-20T06:00:00.123456Z", "firstSeenTimestamp": first_seen }))
}

/// Activity, time, its spelling, and when the finding was created and modified.
fn said(doc: &Doc) -> (i64, i64, Option<&str>, Option<i64>, Option<i64>) {
    let time = |path| doc.at(path).as_i64();
    (
        time("/activity_id").unwrap(),
        time("/time").unwrap(),
        doc.at("/metadata/original_time").as_str(),
        time("/finding_info/created_time"),
        time("/finding_info/modified_time"),
    )
}

#[test]
fn an_export_tells_of_beginnings_and_of_nothing_else() {
    let (old, new) = ("2020-07-26 02:13:43", "2026-11-19 12:00:00");
    let (old_ms, new_ms) = (1_595_729_623_000, 1_795_089_600_000);
    for (told, first_seen, expected) in [
        (None, Some(old), (1, old_ms, Some(old), Some(old_ms), None)),
        (None, None, (1, COLLECTED_MS, None, None, None)),
        (Some(TOLD_MS), Some(old), (2, COLLECTED_MS, None, Some(old_ms), None)),
        (Some(TOLD_MS), Some(new), (1, new_ms, Some(new), Some(new_ms), None)),
        (Some(TOLD_MS), None, (2, COLLECTED_MS, None, None, None)),
    ] {
        let docs = run(told).emit(map, &with(json!({ "firstSeenTimestamp": first_seen })), T);
        assert_eq!(said(&docs[0]), expected, "{told:?} {first_seen:?}");
        assert_eq!(docs[0].at("/finding_info/last_seen_time"), 1_795_169_614_847_i64);
    }
}

#[test]
fn a_change_tells_when_it_happened() {
    let (first, first_ms) = ("2020-07-26 02:13:43", Some(1_595_729_623_000));
    let (at, at_ms) = (Some("2026-11-20T06:00:00.123456Z"), 1_795_154_400_123);
    for (status, first_seen, expected) in [
        ("New", first, (1, at_ms, at, first_ms, Some(at_ms))),
        ("New", "", (1, at_ms, at, Some(at_ms), Some(at_ms))),
        ("Updated", first, (2, at_ms, at, first_ms, Some(at_ms))),
        ("Whatever", first, (2, at_ms, at, first_ms, Some(at_ms))),
        ("Fixed", first, (3, at_ms, at, first_ms, Some(at_ms))),
        ("Fixed", "", (3, at_ms, at, None, Some(at_ms))),
    ] {
        let docs = run(Some(TOLD_MS)).change(map, &change(status, first_seen));
        assert_eq!(said(&docs[0]), expected, "{status} {first_seen}");
    }
    // The window of changes begins before the end of what was told.
    let docs = run(Some(at_ms)).change(map, &change("New", first));
    assert_eq!(said(&docs[0]).0, 2);
    // A change without a time is one all the same.
    let row = with(json!({ "status": "Updated", "firstSeenTimestamp": null }));
    let docs = run(Some(TOLD_MS)).change(map, &row);
    assert_eq!(said(&docs[0]), (2, COLLECTED_MS, None, None, None));
    assert_eq!(docs[0].at("/metadata/log_name"), "machines.software_vulnerability_changes");
}

#[test]
fn a_closed_finding_says_so() {
    let docs = run(Some(TOLD_MS)).change(map, &change("Fixed", ""));
    let expected = "Closed: CVE-2020-16011 in google chrome 81.0.4044.138 on srv-7.contoso.example";
    assert_eq!(docs[0].at("/message"), expected);
    assert_eq!((docs[0].at("/status_id"), docs[0].at("/status")), (&json!(4), &json!("Resolved")));
    let docs = run(Some(TOLD_MS)).change(map, &change("New", ""));
    assert_eq!(docs[0].at("/message"), expected.trim_start_matches("Closed: "));
}

/// What is first detected in a tenant after it was told is new on each of its devices.
#[test]
fn a_record_of_the_catalogue_is_new_on_a_device_where_it_is_new_in_the_tenant() {
    for (told, first_detected, activity) in [
        (None, json!("2020-01-01T00:00:00Z"), 1),
        (Some(TOLD_MS), json!("2020-01-01T00:00:00Z"), 2),
        (Some(TOLD_MS), json!("2026-11-19T12:00:00Z"), 1),
        (Some(TOLD_MS), json!(null), 2),
    ] {
        let row = json!({ "id": "CVE-2026-1000", "firstDetected": first_detected }).to_string();
        let docs = run(told).emit(per_device::map, &row, D);
        assert_eq!(said(&docs[0]), (activity, COLLECTED_MS, None, None, None), "{told:?} {row}");
        let docs = run(told).emit(crate::datasets::cves::map, &row, T);
        assert_eq!(docs[0].at("/type_uid"), 502_102, "a CVE is no finding, and is never created");
    }
}

/// Identity and content of a finding are the same whatever is said of it, and whenever.
#[test]
fn no_activity_and_no_time_of_reading_is_part_of_the_hash() {
    let rows: [(MapFn, String, Subject<'static>); 2] =
        [(map, row().to_string(), T), (per_device::map, json!({ "id": "CVE-2026-1000" }).to_string(), D)];
    for (map, row, subject) in rows {
        let told = |told, collected_ms| {
            let mut run = run(told);
            run.events.collected_at(collected_ms);
            run.emit(map, &row, subject).remove(0)
        };
        let (created, updated) = (told(None, COLLECTED_MS), told(Some(TOLD_MS), COLLECTED_MS + 86_400_000));
        assert_eq!((said(&created).0, said(&updated).0), (1, 2));
        assert_eq!(created.event.key, updated.event.key);
        assert_eq!(created.event.content_hash, updated.event.content_hash);
        assert_eq!(created.at("/metadata/uid"), updated.at("/metadata/uid"));
    }
}

#[test]
fn the_release_of_the_system_is_not_guessed_from_a_number() {
    let os = |platform: &str, version: Json| {
        let docs = Run::ocsf().emit(map, &with(json!({ "osPlatform": platform, "osVersion": version })), T);
        let text = |path| docs[0].at(path).as_str().map(str::to_owned);
        (text("/device/os/version"), text("/device/os/build"), text("/unmapped/osVersion"))
    };
    let some = |text: &str| Some(text.to_owned());
    assert_eq!(os("Windows11", json!("10.0.22631.4460")), (None, some("22631"), some("10.0.22631.4460")));
    assert_eq!(os("macOS", json!("14.6")), (some("14.6"), None, None));
    assert_eq!(os("Windows11", json!(null)), (None, None, None));
    // Devices that differ in nothing else are not taken for each other.
    let mut run = Run::ocsf();
    for build in ["22621", "22631"] {
        let row = with(json!({ "osVersion": format!("10.0.{build}") }));
        assert_eq!(run.emit(map, &row, T)[0].at("/device/os/build"), build);
    }
}
