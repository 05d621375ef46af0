use super::client::{API, Client, SCOPE};
use bytes::Bytes;
use flate2::read::GzDecoder;
use http::Request;
use serde_json::Value;
use std::collections::BTreeSet;
use std::io::Read;
use std::time::Duration;

fn lines(file: &[u8]) -> Vec<String> {
    let mut text = String::new();
    GzDecoder::new(file).read_to_string(&mut text).unwrap();
    text.lines().map(str::to_owned).collect()
}

fn links(client: &Client, export: &str) -> Vec<String> {
    let listing = client.get(&format!("{API}/machines/{export}"));
    assert_eq!(listing.status, 200, "{listing:?}");
    assert_eq!(listing.json()["generatedTime"], "2026-01-11T00:00:00Z");
    listing.json()["exportFiles"].as_array().unwrap().iter().map(|url| url.as_str().unwrap().to_owned()).collect()
}

#[test]
fn files_hold_the_rows_of_the_pages() {
    let client = Client::new().signed_in(SCOPE);
    for (export, pages) in [
        ("SoftwareVulnerabilitiesExport", "SoftwareVulnerabilitiesByMachine"),
        ("SoftwareInventoryExport", "SoftwareInventoryByMachine"),
    ] {
        let links = links(&client, export);
        assert!(links.len() >= 4);
        let mut rows = Vec::new();
        for link in &links {
            assert!(link.contains("?sv=") && link.contains("&se=") && link.contains("&sig="), "{link}");
            let file = client.get(link);
            assert_eq!((file.status.as_u16(), file.header("content-encoding")), (200, None));
            assert_eq!(file.header("content-length"), Some(file.body.len().to_string().as_str()));
            let lines = lines(&file.body);
            assert!(!lines.is_empty(), "{link}");
            rows.extend(lines.iter().map(|line| serde_json::from_str::<Value>(line).unwrap()));
        }
        assert_eq!(rows, client.get(&format!("{API}/machines/{pages}")).rows());
    }
}

#[test]
fn newer_exports_are_cut_by_device_group() {
    let client = Client::new().signed_in(SCOPE);
    let links = links(&client, "HardwareFirmwareInventoryExport");
    let groups: BTreeSet<&str> =
        links.iter().map(|link| link.split("_RbacGroupId=").nth(1).unwrap().split('/').next().unwrap()).collect();
    assert!(groups.len() == links.len() && groups.contains("0"));
    for link in &links {
        assert_eq!(client.get(link).status, 200);
    }
}

#[test]
fn a_link_is_good_alone_and_for_its_time() {
    let client = Client::new().signed_in(SCOPE);
    let link = links(&client, "SoftwareInventoryExport").remove(0);
    let with_token = Request::get(&link).header("authorization", format!("Bearer {}", client.token));
    let refused = client.send(with_token.body(Bytes::new()).unwrap());
    assert_eq!(refused.status, 400);
    assert_eq!(client.service.log().offences().count(), 1);
    let forged = client.get(&link.replace("&sig=", "&sig=x"));
    let text = String::from_utf8(forged.body).unwrap();
    assert!(forged.status == 403 && text.contains("<Code>AuthenticationFailed</Code>"), "{text}");
    let longer = link.replace("se=2026-01-11T01", "se=2027-01-11T01");
    assert_ne!(longer, link);
    assert_eq!(client.get(&longer).status, 403);
    assert_eq!(client.get(link.split_once('?').unwrap().0).status, 403);
    client.pass(Duration::from_secs(3601));
    assert_eq!(client.get(&link).status, 403);
    assert!(
        client
            .service
            .log()
            .entries
            .iter()
            .all(|entry| !entry.target.contains("sig=") || entry.target.contains("sig=..."))
    );
}

#[test]
fn a_link_can_live_for_six_hours() {
    let client = Client::new().signed_in(SCOPE);
    let listing = |query: &str| client.get(&format!("{API}/machines/SoftwareInventoryExport?{query}"));
    let link = listing("sasValidHours=6").json()["exportFiles"][0].as_str().unwrap().to_owned();
    assert_eq!(listing("sasValidHours=7").status, 400);
    assert_eq!(listing("sasValidHours=0").status, 400);
    client.pass(Duration::from_secs(5 * 3600));
    assert_eq!(client.get(&link).status, 200);
}

#[test]
fn a_part_of_a_file() {
    let client = Client::new().signed_in(SCOPE);
    let link = links(&client, "SoftwareVulnerabilitiesExport").remove(0);
    let whole = client.get(&link).body;
    let range = Request::get(&link).header("range", "bytes=10-19").body(Bytes::new()).unwrap();
    let part = client.send(range);
    assert_eq!((part.status.as_u16(), part.body.as_slice()), (206, &whole[10..20]));
    assert_eq!(part.header("content-range"), Some(format!("bytes 10-19/{}", whole.len()).as_str()));
}
