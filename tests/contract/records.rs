//! Rows that are not what they should be: counted, and never the end of the stream. Where one is no JSON object, the page
//! that it stands in is not complete.

use crate::support::service::{MACHINES, SOFTWARE, VULNERABILITIES, handmade_behind, harness, machine_row, page};
use crate::support::{closed_snapshots, complete, dataset, finished, tally, upserts};
use source_host::contract::{Completeness, DatasetReceipt};
use source_host::testing::{FakeTransport, Reply, TestRun};

/// One page of machines, of which the last one is `last`; it repeats at the end of the list, where there are others.
fn machines(body: impl Into<bytes::Bytes>, last: &str) -> TestRun {
    let run = damaged(body, last);
    assert_eq!(dataset(&run, "devices").completeness, Completeness::Complete, "{:?}", run.receipt);
    run
}

/// The same where the page need not be whole.
fn damaged(body: impl Into<bytes::Bytes>, last: &str) -> TestRun {
    let rest = vec![page(&[last], None), page(&[], None)];
    let network = FakeTransport::new().in_turn("GET", "$skip=", rest).on("GET", MACHINES, Reply::json(body));
    let network = handmade_behind(network);
    finished(harness(&network).datasets(&["devices"]))
}

/// An answer that is no list of objects is not complete, whatever was read of it.
fn is_no_page(run: &TestRun, account: &DatasetReceipt) {
    assert_eq!(account.completeness, Completeness::Partial, "{account:?}");
    let message = account.failure.as_ref().map(|failure| failure.message.as_str()).unwrap_or_default();
    assert!(message.contains("GET /api/machines") && message.contains("row"), "{message:?}");
    assert!(closed_snapshots(run).is_empty());
}

fn list(rows: &[&str]) -> String {
    format!(r#"{{"value":[{}]}}"#, rows.join(","))
}

#[test]
fn bad_rows_are_counted_by_reason() {
    let deep = format!(r#"{{"id":"d","x":{}1{}}}"#, "[".repeat(200), "]".repeat(200));
    let long = format!(r#"{{"id":"l","x":"{}"}}"#, "y".repeat(3 << 20));
    let (first, last) = (machine_row(1), machine_row(2));
    let rows = list(&[
        &first,
        "null",
        "7",
        r#""text""#,
        "[]",
        "true",
        "{}",
        r#"{"id":null}"#,
        r#"{"id":""}"#,
        r#"{"id":{}}"#,
        &deep,
        &long,
        r#"{"id":"a" "b"}"#,
        r#"{"id":"a",}"#,
        &last,
    ]);
    let run = damaged(rows, &last);
    let account = dataset(&run, "devices");
    is_no_page(&run, account);
    assert_eq!((account.received, account.emitted), (15, 2), "{account:?}");
    assert_eq!(tally(&account.rejected, "too_deep"), 1, "{account:?}");
    assert_eq!(tally(&account.rejected, "too_large"), 1, "{account:?}");
    assert_eq!(tally(&account.rejected, "no_identity"), 4, "{account:?}");
    assert_eq!(tally(&account.rejected, "malformed"), 7, "{account:?}");
    assert_eq!(upserts(&run, "device"), 2);
    assert!(run.peak_memory_bytes < 8 << 20, "{}", run.peak_memory_bytes);
}

#[test]
fn bytes_that_are_no_text_are_counted() {
    let mut body = format!(r#"{{"value":[{},{{"id":"x","computerDnsName":""#, machine_row(1)).into_bytes();
    body.extend([0xff, 0xfe, 0xc3]);
    body.extend(format!(r#""}},{}]}}"#, machine_row(2)).into_bytes());
    let run = machines(body, &machine_row(2));
    let account = dataset(&run, "devices");
    assert_eq!((account.received, account.emitted), (3, 3), "{account:?}");
    assert_eq!(tally(&account.tolerated, "unreadable_character"), 3, "they cost themselves, not their record");
}

#[test]
fn members_of_another_type_cost_themselves_only() {
    let members = [
        r#""computerDnsName":7"#,
        r#""firstSeen":"0001-01-01T00:00:00Z""#,
        r#""lastSeen":"yesterday""#,
        r#""lastSeen":1768456800"#,
        r#""osPlatform":[]"#,
        r#""osBuild":"many""#,
        r#""osBuild":99999999999999999999999999999999"#,
        r#""isAadJoined":"perhaps""#,
        r#""machineTags":"x""#,
        r#""machineTags":[1,null,{}]"#,
        r#""ipAddresses":{"a":1}"#,
        r#""vmMetadata":"none""#,
        r#""rbacGroupId":"12","rbacGroupName":{}"#,
        r#""riskScore":99"#,
        r#""exposureLevel":true"#,
        r#""version":-0.0e-99999"#,
        r#""agentVersion":"\u0000\ud83d\ude00""#,
        r#""healthStatus":"""#,
        r#""onboardingStatus":null"#,
        r#""newColumn":[{"deep":null}]"#,
        r#""computerDnsName":"first","computerDnsName":"second""#,
    ];
    for (number, member) in members.iter().enumerate() {
        let odd = format!(r#"{{"id":"{number:040x}",{member}}}"#);
        let run = machines(list(&[&odd, &machine_row(100)]), &machine_row(100));
        let account = dataset(&run, "devices");
        assert_eq!((account.received, account.emitted), (2, 2), "{member} {account:?}");
        let document = run.documents().find(|document| document.contains(&format!("{number:040x}"))).expect("an event");
        for kept in ["yesterday", "perhaps", "many", r#""a":1"#, "deep", "99999999999"] {
            assert!(!member.contains(kept) || document.contains(kept), "{kept} in {document}");
        }
    }
}

#[test]
fn a_number_beyond_all_bounds_costs_its_row() {
    let run = damaged(list(&[r#"{"id":"a","version":1e400}"#, &machine_row(1)]), &machine_row(1));
    let account = dataset(&run, "devices");
    assert_eq!((account.emitted, tally(&account.rejected, "malformed")), (1, 1), "{account:?}");
}

#[test]
fn half_a_character_is_no_character() {
    let run = machines(
        list(&[r#"{"id":"a","computerDnsName":"\ud800"}"#, r#"{"id":"b\udc00"}"#, &machine_row(1)]),
        &machine_row(1),
    );
    let account = dataset(&run, "devices");
    assert_eq!(account.received, 3);
    assert!(account.emitted >= 1 && upserts(&run, "device") as u64 == account.emitted, "{account:?}");
}

#[test]
fn addresses_are_kept_or_dropped_by_rule() {
    let row = format!(
        r#"{{"id":"{:040x}","lastIpAddress":"10.0.0.1","ipAddresses":[
            {{"ipAddress":"127.0.0.1","macAddress":null,"type":"SoftwareLoopback"}},{{"ipAddress":"::1"}},
            {{"ipAddress":"0.0.0.0"}},{{"ipAddress":""}},{{"ipAddress":null}},{{"ipAddress":"not one"}},null,5,
            {{"ipAddress":"FE80:0:0::1"}},{{"ipAddress":"169.254.1.2"}},{{"ipAddress":"10.0.0.1"}},
            {{"ipAddress":"2001:DB8::A","macAddress":"00000000000000E0"}},{{"ipAddress":"2001:db8:0::a"}}]}}"#,
        1
    );
    let run = machines(list(&[&row, &machine_row(100)]), &machine_row(100));
    let keys: Vec<&str> = run.sink.events.iter().filter(|e| e.kind == "ip_address").map(|e| e.key.as_str()).collect();
    assert_eq!(keys.len(), 4, "link-local ones are kept, spellings of one are one: {keys:?}");
    assert!(!keys.iter().any(|key| key.ends_with("127.0.0.1") || key.ends_with("0.0.0.0")), "{keys:?}");
}

#[test]
fn bad_rows_of_exports_are_counted() {
    for (path, name) in [(SOFTWARE, "software"), (VULNERABILITIES, "vulnerabilities")] {
        let good = format!(
            r#"{{"id":"i","deviceId":"{:040x}","softwareVendor":"v","softwareName":"n","softwareVersion":"1","cveId":"CVE-2025-1"}}"#,
            1
        );
        let rows = ["{}", "null", r#"{"deviceId":""}"#, &good, r#"{"deviceId":5,"softwareName":"#, "\"x\"}"];
        let network = handmade_behind(FakeTransport::new().on("GET", path, Reply::json(list(&rows[..4]))));
        let run = finished(harness(&network).datasets(&[name]));
        let account = dataset(&run, name);
        is_no_page(&run, account);
        assert_eq!((account.received, account.emitted), (4, 1), "{account:?}");
    }
}

#[test]
fn filtered_rows_are_counted_and_never_gone() {
    let run = complete(crate::support::handmade_run().set(r#"filters.exclude_platforms=["mobile"]"#));
    let devices = dataset(&run, "devices");
    let filtered: u64 = devices.filtered.iter().map(|tally| tally.count).sum();
    assert_eq!((devices.received, devices.emitted, filtered), (13, 11, 2), "{devices:?}");
    assert!(run.sink.events.iter().all(|event| !matches!(event.operation, source_host::contract::Operation::Delete)));
}
