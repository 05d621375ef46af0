//! Pages: followed to their end, and not beyond.

use crate::support::service::{API, MACHINES, SOFTWARE, asked, handmade_behind, harness, machine_row, page};
use crate::support::{closed_snapshots, complete, dataset, finished, upserts};
use source_host::contract::Completeness;
use source_host::testing::{FakeTransport, Reply};

fn rows(numbers: std::ops::Range<u32>) -> Vec<String> {
    numbers.map(machine_row).collect()
}

fn list(rows: &[String], link: Option<&str>) -> Reply {
    page(&rows.iter().map(String::as_str).collect::<Vec<_>>(), link)
}

#[test]
fn offsets_go_on_until_a_page_holds_nothing_new() {
    let network = handmade_behind(
        FakeTransport::new()
            .on("GET", "$skip=5", list(&[], None))
            .on("GET", "$skip=4", list(&rows(4..5), None))
            .on("GET", "$skip=2", list(&rows(2..5), None))
            .on("GET", MACHINES, list(&rows(0..3), None)),
    );
    let run = complete(harness(&network).datasets(&["devices"]));
    let account = dataset(&run, "devices");
    assert_eq!((account.received, account.emitted, account.pages), (5, 5, 4), "{account:?}");
}

#[test]
fn a_link_is_followed_where_one_is_given() {
    for host in ["https://api.security.microsoft.com", "https://api.securitycenter.microsoft.com"] {
        let link = format!("{host}/api/machines?$skiptoken=a%2Bb%3D");
        let network = handmade_behind(
            FakeTransport::new()
                .on("GET", "$skiptoken=a%2Bb%3D", list(&rows(3..5), None))
                .on("GET", "$skip=4", list(&rows(4..5), None))
                .on("GET", MACHINES, list(&rows(0..3), Some(&link))),
        );
        let run = complete(harness(&network).datasets(&["devices"]));
        assert_eq!(upserts(&run, "device"), 5, "{host}");
        assert!(network.requests().iter().any(|seen| seen.url == link.as_str()), "as it was given: {link}");
    }
}

#[test]
fn a_link_to_elsewhere_is_refused_and_gets_no_token() {
    for link in [
        "https://evil.example/api/machines?$skiptoken=x",
        "http://api.security.microsoft.com/api/machines?$skiptoken=x",
        "https://api.security.microsoft.com.evil.example/api/machines",
        "https://user@evil.example/api/machines",
        "https://api.security.microsoft.com:444/api/machines",
        "https://login.microsoftonline.com/api/machines",
        "https://api.security.microsoft.com/elsewhere",
        "//evil.example/api/machines",
        "javascript:alert(1)",
        "/elsewhere",
    ] {
        let network = handmade_behind(FakeTransport::new().on("GET", MACHINES, list(&rows(0..3), Some(link))));
        let run = finished(harness(&network).datasets(&["devices"]));
        let account = dataset(&run, "devices");
        assert_eq!((account.completeness, account.emitted), (Completeness::Partial, 3), "{link}");
        assert!(account.failure.is_some() && closed_snapshots(&run).is_empty(), "{link}");
        assert_eq!(network.requests().len(), 2, "{link}: a token and one page");
    }
}

#[test]
fn a_relative_link_is_of_the_page_that_it_stands_on_and_an_empty_one_is_none() {
    for link in [Some("/api/machines?$skiptoken=x"), Some("?$skiptoken=x"), Some("")] {
        let network = handmade_behind(
            FakeTransport::new()
                .on("GET", "$skiptoken=x", list(&rows(3..5), None))
                .on("GET", "$skip=5", list(&[], None))
                .on("GET", "$skip=4", list(&rows(4..5), None))
                .on("GET", "$skip=2", list(&rows(2..5), None))
                .on("GET", MACHINES, list(&rows(0..3), link)),
        );
        let run = complete(harness(&network).datasets(&["devices"]));
        assert_eq!(upserts(&run, "device"), 5, "{link:?}");
        assert_eq!(asked(&network, "$skiptoken=x"), usize::from(link != Some("")), "{link:?}");
    }
}

#[test]
fn a_link_that_the_sandbox_does_not_know_is_stopped_there_too() {
    // The host is right, the path is of the API, but it is not on the list that the source publishes.
    let link = format!("{API}/api/machines/isolate?$skiptoken=x");
    let network = handmade_behind(FakeTransport::new().on("GET", MACHINES, list(&rows(0..3), Some(&link))));
    let run = finished(harness(&network).datasets(&["devices"]));
    assert_eq!(dataset(&run, "devices").completeness, Completeness::Partial);
    assert_eq!(asked(&network, "isolate"), 0);
}

#[test]
fn circles_end() {
    let own = format!("{API}/api/machines/SoftwareInventoryByMachine?$skiptoken=1");
    let other = format!("{API}/api/machines/SoftwareInventoryByMachine?$skiptoken=2");
    let row = |number: u32| {
        format!(
            r#"{{"deviceId":"{number:040x}","softwareVendor":"v","softwareName":"n{number}","softwareVersion":"1"}}"#
        )
    };
    for (first_leads_to, second_leads_to) in [(&own, &own), (&own, &other)] {
        let network = handmade_behind(
            FakeTransport::new()
                .on("GET", "$skiptoken=1", list(&[row(1)], Some(second_leads_to)))
                .on("GET", "$skiptoken=2", list(&[row(2)], Some(&own)))
                .on("GET", SOFTWARE, list(&[row(0)], Some(first_leads_to))),
        );
        let run = finished(harness(&network).datasets(&["software"]));
        let account = dataset(&run, "software");
        assert_eq!(account.completeness, Completeness::Partial, "{account:?}");
        assert!(network.requests().len() <= 5, "{}", network.requests().len());
        assert!(account.failure.as_ref().is_some_and(|failure| failure.message.contains("circle")), "{account:?}");
    }
}

#[test]
fn a_service_that_ignores_the_offset_is_noticed() {
    let network = handmade_behind(FakeTransport::new().on("GET", MACHINES, list(&rows(0..4), None)));
    let run = finished(harness(&network).datasets(&["devices"]));
    let account = dataset(&run, "devices");
    assert_eq!((account.completeness, account.emitted), (Completeness::Partial, 4), "{account:?}");
    assert!(account.failure.as_ref().is_some_and(|failure| failure.message.contains("rows moved")), "{account:?}");
    assert_eq!(asked(&network, MACHINES), 8, "started over three times");
    assert!(closed_snapshots(&run).is_empty());
}

#[test]
fn a_machine_on_two_pages_is_one_machine() {
    let network = handmade_behind(
        FakeTransport::new()
            .on("GET", "$skip=7", list(&[], None))
            .on("GET", "$skip=6", list(&rows(4..5), None))
            .on("GET", "$skip=3", list(&[rows(3..4), rows(2..5)].concat(), None))
            .on("GET", MACHINES, list(&rows(0..4), None)),
    );
    let run = complete(harness(&network).datasets(&["devices"]));
    let account = dataset(&run, "devices");
    assert_eq!((account.received, account.emitted, account.duplicates), (7, 5, 2), "{account:?}");
    assert_eq!(upserts(&run, "device"), 5);
}

#[test]
fn identifiers_differ_in_case_only_and_are_one_machine() {
    let upper = rows(171..173).iter().map(|row| row.replace('a', "A").replace("\"A", "\"a")).collect::<Vec<_>>();
    let lower = format!(r#"{{"id":"{:040x}"}}"#, 0xabc);
    let same = format!(r#"{{"id":"{:040X}"}}"#, 0xabc);
    assert_ne!(lower, same);
    let rest = vec![list(&upper[..1], None), list(&[], None)];
    let network = handmade_behind(FakeTransport::new().in_turn("GET", "$skip=", rest).on(
        "GET",
        MACHINES,
        list(&[vec![lower, same], upper[..1].to_vec()].concat(), None),
    ));
    let run = complete(harness(&network).datasets(&["devices"]));
    assert_eq!(dataset(&run, "devices").duplicates, 1);
}

#[test]
fn the_identifier_of_a_device_cannot_lead_elsewhere() {
    let odd = r#"{"id":"../../api/alerts?x=1#y","computerDnsName":"odd","onboardingStatus":"Onboarded"}"#.to_owned();
    let network = handmade_behind(
        FakeTransport::new()
            .on("GET", "/logonusers", page(&[], None))
            .on("GET", "$skip=", list(std::slice::from_ref(&odd), None))
            .on("GET", MACHINES, list(&[odd], None)),
    );
    let run = finished(harness(&network).datasets(&["device_users"]));
    assert_eq!(dataset(&run, "device_users").calls, 1);
    // The segment is escaped, and the sandbox refuses it besides.
    for seen in network.requests().iter().filter(|seen| seen.url.host() == Some("api.security.microsoft.com")) {
        assert!(seen.url.path() == "/api/machines", "{}", seen.url);
    }
}
