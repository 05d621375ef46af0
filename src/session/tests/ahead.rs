//! Requests that are sent before their turn.

use super::*;

const LIST: &str = "/api/machines/SoftwareVulnerabilitiesExport";
const FILES: u8 = 6;

/// As many devices as files, each with a finding.
fn tenant() -> Service {
    let service = Service::new();
    let devices: Vec<_> = (1..=FILES).map(device).collect();
    service.on(DEVICES, [Reply::page(&devices)]);
    service.on(&format!("/api/machines?$top=10000&$skip={}", FILES - 1), last_page(device(FILES)));
    let link = |n: u8| format!(r#""https://a.blob.core.windows.net/{n}?sig=s""#);
    let links: Vec<_> = (1..=FILES).map(link).collect();
    service.on(LIST, [Reply::ok(format!(r#"{{"exportFiles":[{}],"generatedTime":"t"}}"#, links.join(",")))]);
    for n in 1..=FILES {
        service.on(&of_device(n, "vulnerabilities"), [Reply::page(&[cve(n)])]);
        service.on(&format!("/{n}?sig=s"), [Reply::ok(row(n))]);
    }
    service
}

fn row(n: u8) -> String {
    let id = id(n);
    format!(
        r#"{{"id":"{id}_p_{n}","deviceId":"{id}","softwareVendor":"v","softwareName":"p","softwareVersion":"1","cveId":"CVE-2026-000{n}"}}"#
    )
}

fn given(service: &Service, strategy: &str, max_in_flight: u8) -> Given {
    let config = config("devices,vulnerabilities").replace("per_device", strategy);
    let member = format!(r#","http":{{"max_in_flight":{max_in_flight}}}}}"#);
    let config = format!("{}{member}", config.strip_suffix('}').unwrap());
    Given::of(service, open(service, &config, None), MANY)
}

/// Requests for the findings of one device, or for a file.
fn asked(service: &Service) -> Vec<String> {
    let is_ours = |line: &&String| line.ends_with("/vulnerabilities") || line.ends_with("sig=s");
    service.log.borrow().iter().filter(is_ours).cloned().collect()
}

#[test]
fn as_many_as_allowed_are_under_way_and_nothing_else_changes() {
    for strategy in ["files", "per_device"] {
        let alone = tenant();
        let expected = given(&alone, strategy, 1);
        assert_eq!(alone.most_in_flight(), 1, "{strategy}");
        for max_in_flight in [2, 4, 16] {
            let service = tenant();
            let given = given(&service, strategy, max_in_flight);
            assert_eq!(service.most_in_flight(), usize::from(max_in_flight.min(FILES)), "{strategy}");
            assert_eq!(asked(&service), asked(&alone), "each once, in the same order");
            assert_eq!(given.identities(), expected.identities());
            assert_eq!(given.receipt("vulnerabilities"), expected.receipt("vulnerabilities"));
        }
    }
}

#[test]
fn whoever_has_to_wait_gives_up_what_was_asked_ahead() {
    for (strategy, third) in [("files", "/3?sig=s".to_owned()), ("per_device", of_device(3, "vulnerabilities"))] {
        let service = tenant();
        let good = if strategy == "files" { Reply::ok(row(3)) } else { Reply::page(&[cve(3)]) };
        service.on(&third, [Reply::status(503), good]);
        let given = given(&service, strategy, 4);
        let receipt = given.receipt("vulnerabilities");
        assert_eq!((receipt.completeness, receipt.emitted), (Completeness::Complete, u64::from(FILES)), "{strategy}");
        let asked = asked(&service);
        let times: Vec<_> = (1..=FILES)
            .map(|n| {
                let path = if strategy == "files" { format!("/{n}?sig=s") } else { of_device(n, "vulnerabilities") };
                asked.iter().filter(|line| **line == path).count()
            })
            .collect();
        // A file that is late holds up no other.
        let expected = if strategy == "files" { [1, 1, 2, 1, 1, 1] } else { [1, 1, 2, 2, 2, 1] };
        assert_eq!(times, expected, "{strategy}: those behind it are asked again, in their turn");
        if strategy == "per_device" {
            assert_eq!(receipt.calls, asked.len() as u64, "what was sent counts");
        }
    }
}

#[test]
fn nobody_is_asked_ahead_before_somebody_was_answered() {
    let service = tenant();
    for n in 1..=FILES {
        service.on(&of_device(n, "vulnerabilities"), [Reply::status(403)]);
    }
    assert_eq!(given(&service, "per_device", 4).receipt("vulnerabilities").completeness, Completeness::Forbidden);
    assert_eq!(asked(&service).len(), 1);
}

#[test]
fn no_more_is_under_way_than_a_checkpoint_may_leave_out() {
    let service = tenant();
    let devices: Vec<_> = (1..=40).map(device).collect();
    service.on(DEVICES, [Reply::page(&devices)]);
    service.on("/api/machines?$top=10000&$skip=39", last_page(device(40)));
    for n in 1..=40 {
        service.on(&of_device(n, "vulnerabilities"), [Reply::page(&[cve(1)])]);
    }
    let mut session = open(&service, &config("devices,vulnerabilities"), None);
    let mut before = 0;
    loop {
        match session.next(MANY).unwrap() {
            Step::Batch(_) => {
                let now = asked(&service).len();
                // A hundredth of the hour's limit of 1,500: what a restart assumes to have been sent.
                assert!(now - before <= 15, "{before} to {now}");
                before = now;
            }
            Step::Wait(wait) => service.pass(wait.millis),
            Step::Finished(_) => break,
        }
    }
    assert_eq!(before, 40);
}
