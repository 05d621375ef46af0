//! Answers that are nearly what they should be.

use defender_rows::json::mended;
use proptest::prelude::*;
use serde_json::Value;
use serde_json::value::RawValue;

use super::*;

/// What became of the list of devices and of the vulnerabilities of one device, if that is the answer about the latter.
fn with_vulnerabilities(body: &str) -> Given {
    let service = service();
    service.on(&of_device(1, "vulnerabilities"), [Reply::ok(body.to_owned())]);
    run(&service, "devices,vulnerabilities")
}

#[test]
fn what_is_no_list_of_objects_is_never_complete() {
    let row = cve(1);
    for (list, emitted) in [
        (",".to_owned(), 2),
        (format!("{row},"), 3),
        (format!(",{row}"), 2),
        (format!("{row},,{row}"), 3),
        (format!("{row} {row}"), 3),
        ("1".to_owned(), 2),
        ("1,".to_owned(), 2),
        (format!("null,{row}"), 3),
        (format!("[],{row}"), 3),
        (format!(r#"{{"id":"a" "b"}},{row}"#), 3),
        (format!(r#"{{"id":"a",}},{row}"#), 3),
        // What is taken for the row ends too early: nothing behind it can be trusted.
        (format!(r#"{{"id":"a","b":[1}}]}},{row}"#), 2),
    ] {
        let given = with_vulnerabilities(&format!(r#"{{"value":[{list}]}}"#));
        let receipt = given.receipt("vulnerabilities");
        assert_eq!((receipt.completeness, receipt.emitted), (Completeness::Partial, emitted), "{list} {receipt:?}");
        let failure = receipt.failure.as_ref().unwrap();
        assert_eq!(failure.cause, "protocol", "{list}");
        let is_told = failure.message.contains("/api/machines/") && failure.message.contains("row");
        assert!(is_told, "the address and the place: {}", failure.message);
        assert_eq!(given.count("snapshot"), 3, "no end of the snapshot: {list}");
        assert_eq!(given.receipt("devices").completeness, Completeness::Complete);
    }
}

#[test]
fn what_stands_around_the_rows_does_no_harm() {
    let row = cve(1);
    let body = format!("\u{feff}\r\n{{ \"a\" : {{\"b\":[1,null]}} ,\t\"value\" :[ {row} ] , \"@odata.count\":1 }}\n ");
    let given = with_vulnerabilities(&body);
    assert_eq!(given.receipt("vulnerabilities").completeness, Completeness::Complete);
}

/// Half a character, a zero, bytes of no character: the service takes names as machines give them.
#[test]
fn an_unreadable_spot_costs_a_character_and_not_the_record() {
    for spot in [r"\ud800", r"\udc00", r"\u0000", "\0", "\u{1}", r"\x", r"\q", r"\u12", r"\U"] {
        let row = cve(1).replacen('{', &format!(r#"{{"odd":"x{spot}y","#), 1);
        let given = with_vulnerabilities(&format!(r#"{{"value":[{row},{}]}}"#, cve(2)));
        let receipt = given.receipt("vulnerabilities");
        assert_eq!((receipt.completeness, receipt.rejected.sum()), (Completeness::Complete, 0), "{spot:?}");
        assert_eq!(receipt.tolerated.get("unreadable_character"), 1, "{spot:?}");
        let told = given.events.iter().any(|event| event.document.contains(r"x\ufffdy"));
        assert!(told, "{spot:?}");
    }
}

/// A list of devices in which one row is damaged is not whole, and what goes by it is not either.
#[test]
fn a_damaged_list_of_devices_is_not_whole() {
    let service = service();
    service.on(DEVICES, [Reply::ok(format!(r#"{{"value":[{},{{"id":}},{}]}}"#, device(1), device(2)))]);
    service.on("/api/machines?$top=10000&$skip=2", last_page(device(2)));
    let given = run(&service, "devices,vulnerabilities");
    for name in ["devices", "vulnerabilities"] {
        assert_eq!(given.receipt(name).completeness, Completeness::Partial, "{name}");
    }
    assert_eq!(given.receipt("vulnerabilities").emitted, 3, "what is known is asked about");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    /// A page in which some characters were replaced, taken out or put in.
    #[test]
    fn what_serde_json_refuses_is_never_complete(
        changes in prop::collection::vec((any::<prop::sample::Index>(), 0_usize..3, "[]\\[{},:\"\\\\0-9.eE+ tfnu\u{1}\u{c}é-]{0,2}"), 1..3),
        rows in 0_u8..3,
    ) {
        let rows: Vec<_> = (1..=rows).map(cve).collect();
        let text = format!(r#"{{"@odata.context":"c","value":[{}],"@odata.count":{}}}"#, rows.join(","), rows.len());
        let mut characters: Vec<char> = text.chars().collect();
        for (at, length, other) in changes {
            let at = at.index(characters.len());
            let end = characters.len().min(at + length);
            characters.splice(at..end, other.chars());
        }
        let body: String = characters.into_iter().collect();
        let given = with_vulnerabilities(&body);
        if given.receipt("vulnerabilities").completeness == Completeness::Complete {
            // A control character or an escape of nothing in a text is lost, and the row is not; elsewhere it is no JSON in
            // any spelling.
            let body = mended(body.as_bytes()).map_or(body, |(text, _)| text);
            // serde_json knows no escapes for half characters in a tree; as a text they are JSON.
            prop_assert!(serde_json::from_str::<&RawValue>(&body).is_ok(), "{}", body);
            let page: Result<Value, _> = serde_json::from_str(&body);
            let is_list = page.map_or(true, |page| page["value"].as_array().is_some_and(|rows| rows.iter().all(Value::is_object)));
            prop_assert!(is_list, "{}", body);
        }
    }
}
