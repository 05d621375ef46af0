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
    let open = client.get(link.split_once('?').unwrap().0);
    assert_eq!((open.status.as_u16(), open.header("x-ms-error-code")), (409, Some("PublicAccessNotPermitted")));
    client.pass(Duration::from_secs(3601));
    let over = client.get(&link);
    let text = String::from_utf8(over.body).unwrap();
    assert_eq!(over.status, 403);
    assert!(text.contains("<AuthenticationErrorDetail>Signature not valid in the specified key time frame: Key start [Sun, 11 Jan 2026 00:00:00 GMT] - Key expiry [Sun, 11 Jan 2026 01:00:00 GMT] - Current ["), "{text}");
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
fn parts_are_those_of_azure() {
    let client = Client::new().signed_in(SCOPE);
    let link = links(&client, "SoftwareVulnerabilitiesExport").remove(0);
    let whole = client.get(&link).body;
    let length = whole.len();
    let ask = |headers: &[(&str, &str)]| {
        let request = headers.iter().fold(Request::get(&link), |request, (name, value)| request.header(*name, *value));
        client.send(request.body(Bytes::new()).unwrap())
    };
    // What is asked for in Azure's own header goes before the other one.
    for headers in [&[("range", "bytes=10-19")][..], &[("x-ms-range", "bytes=10-19"), ("range", "bytes=0-1")]] {
        let part = ask(headers);
        assert_eq!((part.status.as_u16(), part.body.as_slice()), (206, &whole[10..20]));
        assert_eq!(part.header("content-range"), Some(format!("bytes 10-19/{length}").as_str()));
        assert_eq!(part.header("content-length"), Some("10"));
    }
    let rest = ask(&[("x-ms-range", "bytes=5-")]);
    assert_eq!((rest.status.as_u16(), rest.body.as_slice()), (206, &whole[5..]));
    let beyond = ask(&[("x-ms-range", &format!("bytes={}-{}", length - 2, length + 100))]);
    assert_eq!(beyond.body, whole[length - 2..]);
    let behind = ask(&[("range", &format!("bytes={length}-"))]);
    assert_eq!((behind.status.as_u16(), behind.header("x-ms-error-code")), (416, Some("InvalidRange")));
    assert_eq!(behind.header("content-range"), Some(format!("bytes */{length}").as_str()));
    assert_eq!(ask(&[("x-ms-range", "bytes=9-3")]).header("x-ms-error-code"), Some("InvalidHeaderValue"));
    assert_eq!(ask(&[("range", "bytes=-3")]).status, 200, "the last bytes cannot be asked for");
}

#[test]
fn files_have_the_properties_and_conditions_of_azure() {
    let client = Client::new().signed_in(SCOPE);
    let link = links(&client, "SoftwareVulnerabilitiesExport").remove(0);
    let ask = |method: &str, headers: &[(&str, &str)]| {
        let request = Request::builder().method(method).uri(&link);
        let request = headers.iter().fold(request, |request, (name, value)| request.header(*name, *value));
        client.send(request.body(Bytes::new()).unwrap())
    };
    let whole = ask("GET", &[("x-ms-client-request-id", "mine"), ("x-ms-version", "2026-02-06")]);
    let etag = whole.header("etag").unwrap().to_owned();
    let modified = whole.header("last-modified").unwrap().to_owned();
    assert_eq!(
        (whole.header("x-ms-client-request-id"), whole.header("x-ms-version")),
        (Some("mine"), Some("2026-02-06"))
    );
    assert!(whole.header("x-ms-request-id").is_some() && whole.header("x-ms-blob-type") == Some("BlockBlob"));
    let head = ask("HEAD", &[]);
    assert_eq!((head.status.as_u16(), head.body.len(), head.header("etag")), (200, 0, Some(etag.as_str())));
    assert_eq!(head.header("content-length"), Some(whole.body.len().to_string().as_str()));
    for (name, value, status) in [
        ("if-match", etag.as_str(), 200),
        ("if-match", "\"other\"", 412),
        ("if-none-match", etag.as_str(), 304),
        ("if-none-match", "\"other\"", 200),
        ("if-modified-since", modified.as_str(), 304),
        ("if-unmodified-since", modified.as_str(), 200),
        ("if-unmodified-since", "Thu, 01 Jan 2026 00:00:00 GMT", 412),
    ] {
        let got = ask("GET", &[(name, value)]);
        assert_eq!(got.status.as_u16(), status, "{name}: {value}");
        assert!(status != 304 || got.body.is_empty() && got.header("content-length").is_none());
    }
    for method in ["PUT", "DELETE"] {
        let got = ask(method, &[]);
        assert_eq!(
            (got.status.as_u16(), got.header("x-ms-error-code")),
            (403, Some("AuthorizationPermissionMismatch"))
        );
    }
    let list = client.get(&format!("{link}&comp=metadata"));
    assert_eq!((list.status.as_u16(), list.header("x-ms-error-code")), (400, Some("InvalidQueryParameterValue")));
    let missing = client.get(&link.replace("part-00000", "part-00999"));
    assert_eq!(missing.status, 403, "the signature is that of a path");
}
