use super::client::{API, Client, Got, SCOPE};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use defender_double::period::{LENGTH, Period};
use serde_json::Value;
use std::time::Duration;

fn client() -> Client {
    Client::new().signed_in(SCOPE)
}

/// All pages from a link on.
fn pages(client: &Client, url: String) -> Vec<Got> {
    let (mut pages, mut next) = (Vec::new(), Some(url));
    while let Some(url) = next {
        let page = client.get(&url);
        assert_eq!(page.status, 200, "{url}: {page:?}");
        next = page.next();
        pages.push(page);
    }
    pages
}

#[test]
fn top_and_skip_walk_a_list_without_links() {
    let client = client();
    let all = client.get(&format!("{API}/machines"));
    assert_eq!(all.next(), None);
    assert_eq!(all.json()["@odata.context"], format!("{API}/$metadata#Machines"));
    assert_eq!(all.header("odata-version"), Some("4.0"));
    let mut walked = Vec::new();
    loop {
        let page = client.get(&format!("{API}/machines?$top=7&$skip={}", walked.len()));
        assert_eq!(page.next(), None);
        let ids = page.ids();
        walked.extend(ids.clone());
        if ids.len() < 7 {
            break;
        }
    }
    assert_eq!(walked, all.ids());
    assert!(walked.len() > 20);
    let beyond = client.get(&format!("{API}/machines?$top=7&$skip=100000"));
    assert_eq!((beyond.status.as_u16(), beyond.rows().len()), (200, 0));
    assert_eq!(client.get(&format!("{API}/machines?$top=0")).rows().len(), 0);
    for (query, status) in [("$top=10001", 400), ("$top=x", 400), ("$skip=-1", 400), ("$orderby=id", 400)] {
        assert_eq!(client.get(&format!("{API}/machines?{query}")).status, status, "{query}");
    }
}

#[test]
fn without_top_a_default_page_has_a_link() {
    let client = client();
    let pages = pages(&client, format!("{API}/deviceavinfo"));
    assert!(pages.iter().rev().skip(1).all(|page| page.rows().len() == 20));
}

#[test]
fn weaknesses_are_listed_by_8000_and_by_when_they_were_updated() {
    let client = client();
    let list = |query: &str| client.get(&format!("{API}/vulnerabilities?{query}"));
    let all = list("$top=8000").rows();
    assert!(all.len() > 50, "{}", all.len());
    assert_eq!(list("$top=8001").status, 400);
    let mut times: Vec<&str> = all.iter().map(|row| row["updatedOn"].as_str().unwrap()).collect();
    times.sort_unstable();
    for time in [times[times.len() / 2], times[times.len() - 1], "2026-01-09T00:00:00.000Z"] {
        let since: Vec<Value> = all.iter().filter(|row| row["updatedOn"].as_str().unwrap() >= time).cloned().collect();
        let filter = format!("$top=8000&$filter=updatedOn%20ge%20{time}");
        assert_eq!(list(&filter).rows(), since, "{time}");
        assert_eq!(list(&format!("{filter}&$skip=1")).rows(), since[1..], "{time}");
    }
    assert!(list("$top=8000&$filter=updatedOn%20ge%202026-02-01T00:00:00Z").rows().is_empty(), "not yet");
    client.pass(LENGTH * 80);
    let later = Client::sign_in(&client, SCOPE);
    let client = Client { token: later, ..client };
    let news = client.get(&format!("{API}/vulnerabilities?$top=8000&$filter=updatedOn%20ge%202026-01-11T12:00:00Z"));
    assert!(!news.rows().is_empty(), "{news:?}");
}

#[test]
fn filters_and_columns() {
    let client = client();
    let all = client.get(&format!("{API}/machines")).rows();
    let of = |query: &str| client.get(&format!("{API}/machines?{query}"));
    let windows = |row: &&Value| row["osPlatform"].as_str().unwrap().starts_with("Windows");
    let some = of("$filter=startswith(osPlatform,'Windows')");
    assert_eq!(some.rows().len(), all.iter().filter(windows).count());
    assert_eq!(of(&format!("$filter=id%20eq%20'{}'", all[3]["id"].as_str().unwrap())).rows(), [all[3].clone()]);
    let slim = of("$select=id,computerDnsName&$top=1").rows();
    assert_eq!(slim[0].as_object().unwrap().len(), 2);
    let counted = of("$count=true&$top=1&$filter=startswith(osPlatform,'Windows')").json();
    assert_eq!(counted["@odata.count"], some.rows().len());
    for query in ["$filter=nothing%20eq%201", "$filter=id%20eq", "$select=nothing"] {
        let got = of(query);
        assert_eq!((got.status.as_u16(), got.code().as_str()), (400, "ODataError"), "{query}");
    }
    // A page of a filtered list goes on where the one before it ended.
    let first = of("$filter=startswith(osPlatform,'Windows')&$top=2").ids();
    let second = of("$filter=startswith(osPlatform,'Windows')&$top=2&$skip=2").ids();
    assert_eq!([first, second].concat(), some.ids()[..4]);
}

#[test]
fn an_export_is_a_frozen_snapshot() {
    let client = client();
    let url = format!("{API}/machines/SoftwareVulnerabilitiesByMachine");
    let whole = client.get(&url);
    assert!(whole.next().is_none() && whole.rows().len() > 100);
    let first = client.get(&format!("{url}?pageSize=50"));
    assert_eq!(first.rows().len(), 50);
    let link = first.next().unwrap();
    assert!(link.contains("pagesize=50") && link.contains("$skiptoken="), "{link}");
    let token: String = form_urlencoded::parse(link.split_once('?').unwrap().1.as_bytes())
        .find(|(name, _)| name == "$skiptoken")
        .unwrap()
        .1
        .into_owned();
    let token: Value = serde_json::from_slice(&STANDARD.decode(token).unwrap()).unwrap();
    assert_eq!(token["ExportDefinition"]["TimePath"], "2026-01-11/0000/");
    assert!(token["ExportFileIndex"].is_number() && token["LineStoppedAt"].is_number());
    // The tenant moves on, the snapshot does not.
    client.pass(LENGTH);
    let client = client.signed_in(SCOPE);
    let mut rows = first.rows();
    rows.extend(pages(&client, link.clone()).iter().flat_map(Got::rows));
    assert_eq!(rows, whole.rows());
    client.pass(LENGTH * 5);
    let client = client.signed_in(SCOPE);
    let late = client.get(&link);
    assert_eq!((late.status.as_u16(), late.code().as_str()), (400, "BadRequest"));
}

#[test]
fn top_suppresses_the_link_of_an_export() {
    let client = client();
    let url = format!("{API}/machines/SoftwareInventoryByMachine");
    let top = client.get(&format!("{url}?$top=5"));
    assert_eq!((top.rows().len(), top.next()), (5, None));
    for query in ["pageSize=200001", "pageSize=0", "$skiptoken=x", "$skiptoken=eyJ9"] {
        assert_eq!(client.get(&format!("{url}?{query}")).status, 400, "{query}");
    }
}

#[test]
fn changes_need_a_time_within_two_weeks() {
    let client = client();
    let url = format!("{API}/machines/SoftwareVulnerabilityChangesByMachine");
    let missing = client.get(&url);
    assert_eq!((missing.status.as_u16(), missing.code().as_str()), (400, "MissingRequiredParameter"));
    assert_eq!(client.get(&format!("{url}?sinceTime=2025-12-01T00:00:00Z")).status, 400);
    assert_eq!(client.get(&format!("{url}?sinceTime=soon")).status, 400);
    let whole = client.get(&format!("{url}?sinceTime=2026-01-04T00:00:00Z"));
    assert!(whole.rows().len() > 3, "{}", whole.rows().len());
    let size = whole.rows().len() / 5 + 1;
    let first = client.get(&format!("{url}?sinceTime=2026-01-04T00:00:00Z&pageSize={size}"));
    let link = first.next().unwrap();
    assert!(link.contains("/SoftwareVulnerabilitiesTimeline?"), "{link}");
    let mut rows = first.rows();
    rows.extend(pages(&client, link).iter().flat_map(Got::rows));
    assert_eq!(rows, whole.rows());
}

#[test]
fn a_frozen_tenant_does_not_move() {
    let client = client();
    client.service.set_period(Some(Period(3)));
    let before = client.get(&format!("{API}/machines")).rows();
    client.pass(Duration::from_secs(86_400 * 30));
    let client = client.signed_in(SCOPE);
    assert_eq!(client.get(&format!("{API}/machines")).rows(), before);
    client.service.set_period(None);
    assert_ne!(client.get(&format!("{API}/machines")).rows(), before);
}

#[test]
fn the_same_requests_give_the_same_bytes() {
    let run = || {
        let client = client();
        let urls = ["machines?$top=3", "recommendations", "machines/SoftwareInventoryByMachine?pageSize=9", "nothing"];
        let bodies: Vec<Vec<u8>> = urls.iter().map(|url| client.get(&format!("{API}/{url}")).body).collect();
        (bodies, client.token.clone(), client.service.log().to_string())
    };
    assert_eq!(run(), run());
}
