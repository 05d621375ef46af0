use super::client::{API, Client, SCOPE};
use bytes::Bytes;
use defender_double::scenario::{Fault, RetryAfter, What, When};
use defender_double::service::{Answer, Piece, Throttled};
use flate2::read::{DeflateDecoder, GzDecoder};
use http::Request;
use serde_json::Value;
use std::io::Read;
use std::time::Duration;

fn client() -> Client {
    Client::new().signed_in(SCOPE)
}

const LIST: &str = "https://api.security.microsoft.com/api/machines?$top=5&$skip=5";

#[test]
fn throttling_says_when_to_come_back_in_each_form() {
    let client = client();
    let header = |form| {
        client.fault(What::Throttle(form));
        let got = client.get(LIST);
        assert_eq!(got.status, 429);
        got.header("retry-after").map(str::to_owned)
    };
    assert_eq!(header(RetryAfter::Seconds(7)).as_deref(), Some("7"));
    assert_eq!(header(RetryAfter::Date(60)).as_deref(), Some("Sun, 11 Jan 2026 00:01:00 GMT"));
    assert_eq!(header(RetryAfter::None), None);
    assert_eq!(client.get(LIST).status, 200);
    assert_eq!(client.service.log().throttled(Throttled::Injected), 3);
}

#[test]
fn statuses_have_the_body_of_their_service() {
    let client = client();
    for (what, status, code) in [
        (What::Status(503), 503, "ServiceUnavailable"),
        (What::Status(500), 500, "InternalServerError"),
        (What::Unauthorized, 401, "Unauthorized"),
        (What::Forbidden, 403, "Forbidden"),
        (What::NotFound, 404, "ResourceNotFound"),
    ] {
        client.fault(what);
        let got = client.get(LIST);
        assert_eq!((got.status.as_u16(), got.code().as_str()), (status, code));
    }
    client.fault(What::Status(503));
    let login = client.form(&[]);
    assert_eq!((login.status.as_u16(), login.json()["error"].as_str()), (503, Some("temporarily_unavailable")));
}

#[test]
fn connections_are_refused_and_reset() {
    let client = client();
    let ask = || client.answer(Request::get(LIST).body(Bytes::new()).unwrap());
    client.fault(What::Refuse);
    assert!(matches!(ask(), Answer::Refused));
    client.fault(What::Reset);
    assert!(matches!(ask(), Answer::Reset { .. }));
    let log = client.service.log();
    let faults: Vec<_> = log.entries.iter().filter_map(|entry| entry.fault).collect();
    assert_eq!(faults, ["refuse", "reset"]);
}

#[test]
fn bodies_break_in_their_ways() {
    let client = client();
    let whole = client.get(LIST).body;
    let struck = |what| {
        client.fault(what);
        client.get(LIST)
    };
    let got = struck(What::Truncate { at: 100 });
    assert_eq!((got.body.as_slice(), got.broken), (&whole[..100], Some(Piece::Closed)));
    let got = struck(What::ResetBody { at: u64::MAX });
    assert!(got.body.len() < whole.len() && got.broken == Some(Piece::Reset));
    let got = struck(What::Malformed { at: 100 });
    assert!(got.broken.is_none() && serde_json::from_slice::<Value>(&got.body).is_err());
    let got = struck(What::Slow { pause: Duration::from_secs(1), every: 100 });
    assert!(got.body == whole && got.pauses >= whole.len() / 100);
    let got = struck(What::Empty);
    assert!(got.status == 200 && got.body.is_empty());
    let got = struck(What::Html);
    assert!(got.status == 200 && got.header("content-type").unwrap().starts_with("text/html"));
    let got = struck(What::CutGzip { at: 50 });
    assert_eq!((got.header("content-encoding"), got.body.len(), got.broken.clone()), (Some("gzip"), 50, None));
    assert!(GzDecoder::new(got.body.as_slice()).read_to_end(&mut Vec::new()).is_err());
}

#[test]
fn pages_come_twice_and_move() {
    let client = client();
    let all = client.get(&format!("{API}/machines")).ids();
    client.fault(What::Duplicate);
    assert_eq!(client.get(LIST).ids(), all[..5]);
    client.fault(What::Shift { rows: 2 });
    assert_eq!(client.get(LIST).ids(), all[7..12]);
    client.fault(What::Shift { rows: -2 });
    assert_eq!(client.get(LIST).ids(), all[3..8]);
    assert_eq!(client.get(LIST).ids(), all[5..10]);
    client.fault(What::Shift { rows: 2 });
    assert_eq!(client.get(&format!("{API}/machines?$top=5")).ids(), all[..5], "nothing comes before the first page");
    assert_eq!(client.get(LIST).ids(), all[7..12]);

    let url = format!("{API}/machines/SoftwareInventoryByMachine?pageSize=5");
    let plain = client.get(&url);
    client.fault(What::Duplicate);
    let first = client.get(&url);
    assert_eq!(first.next().as_deref(), Some(url.as_str()));
    let again = client.get(&url);
    assert_eq!((again.rows(), again.next()), (first.rows(), plain.next()));
}

#[test]
fn links_lead_back_and_away() {
    let client = client();
    for url in [LIST.to_owned(), format!("{API}/machines/SoftwareInventoryByMachine?pageSize=5")] {
        client.fault(What::Loop);
        assert_eq!(client.get(&url).next(), Some(url.clone()));
        client.fault(What::ForeignLink);
        let link = client.get(&url).next().unwrap();
        assert!(link.starts_with("https://api.security.microsoft.com.attacker.example/api/machines"), "{link}");
    }
}

#[test]
fn an_empty_page_leads_on_to_the_rows() {
    let client = Client::new().signed_in(super::client::GRAPH_SCOPE);
    let graph = super::client::GRAPH;
    for first in [format!("{graph}/users?$top=20"), format!("{graph}/users/delta"), format!("{graph}/groups")] {
        let whole = client.get(&first);
        client.service.inject(Fault { when: When { times: Some(2), ..When::default() }, what: What::EmptyPage });
        let (mut url, mut seen) = (first.clone(), vec![first.clone()]);
        for _ in 0..2 {
            let empty = client.get(&url);
            assert!(empty.status == 200 && empty.rows().is_empty());
            url = empty.next().unwrap();
            assert!(!seen.contains(&url), "an empty page is no loop");
            seen.push(url.clone());
        }
        assert_eq!(client.get(&url).ids(), whole.ids(), "{first}");
    }
    let client = self::client();
    let url = format!("{API}/machines/SoftwareInventoryByMachine?pageSize=5");
    let whole = client.get(&url).rows();
    client.fault(What::EmptyPage);
    let empty = client.get(&url);
    assert!(empty.rows().is_empty());
    assert_eq!(client.get(&empty.next().unwrap()).rows(), whole);
}

#[test]
fn a_page_has_fewer_rows_than_were_asked_for() {
    let client = client();
    let when = || When { times: Some(2), ..When::default() };
    let all = client.get(&format!("{API}/machines")).ids();
    client.service.inject(Fault { when: when(), what: What::ShortPage { rows: 1 } });
    assert_eq!(client.get(LIST).ids(), all[5..6]);
    let first = client.get(&format!("{API}/machines"));
    assert_eq!((first.ids(), first.next().unwrap().ends_with("$skip=1")), (all[..1].to_vec(), true));
    assert_eq!(client.get(LIST).ids(), all[5..10]);

    let url = format!("{API}/machines/SoftwareInventoryByMachine?pageSize=5");
    let whole = client.get(&url).rows();
    client.service.inject(Fault { when: when(), what: What::ShortPage { rows: 2 } });
    let (mut url, mut rows) = (url, Vec::new());
    for _ in 0..3 {
        let page = client.get(&url);
        rows.extend(page.rows());
        url = page.next().unwrap();
    }
    assert_eq!((rows.len(), &rows[..5]), (9, &whole[..]));
}

#[test]
fn rows_come_in_another_order_each_time() {
    let client = client();
    let sorted = |mut ids: Vec<String>| {
        ids.sort_unstable();
        ids
    };
    let plain = client.get(LIST).ids();
    client.service.inject(Fault { when: When { times: Some(2), ..When::default() }, what: What::Shuffle });
    let (one, two) = (client.get(LIST).ids(), client.get(LIST).ids());
    assert!(one != plain && two != plain && one != two);
    assert_eq!((sorted(one), sorted(two)), (sorted(plain.clone()), sorted(plain)));

    let listing = client.get(&format!("{API}/machines/SoftwareVulnerabilitiesExport"));
    let link = listing.json()["exportFiles"][0].as_str().unwrap().to_owned();
    let lines = |body: Vec<u8>| {
        let mut text = String::new();
        GzDecoder::new(body.as_slice()).read_to_string(&mut text).unwrap();
        text.lines().map(str::to_owned).collect::<Vec<String>>()
    };
    let plain = lines(client.get(&link).body);
    client.service.inject(Fault { when: When { times: Some(2), ..When::default() }, what: What::Shuffle });
    let (one, two) = (lines(client.get(&link).body), lines(client.get(&link).body));
    assert_eq!(one, two, "a file is never written twice");
    assert!(one != plain && sorted(one) == sorted(plain));
}

#[test]
fn what_is_known_of_a_ghost_is_that_it_is_listed() {
    let client = client();
    let all = client.get(&format!("{API}/machines")).ids();
    client.service.inject(Fault { when: When { from: 2, ..When::default() }, what: What::Ghost });
    let users = |id: &str| client.get(&format!("{API}/machines/{id}/logonusers")).status.as_u16();
    assert_eq!([users(&all[0]), users(&all[1]), users(&all[2])], [200, 404, 200]);
    // For good, in any spelling, whatever is asked about it.
    assert_eq!((users(&all[1].to_uppercase()), users(&all[0])), (404, 200));
    let about = |rest: &str| client.get(&format!("{API}/machines/{}{rest}", all[1]));
    assert_eq!((about("").status.as_u16(), about("/recommendations").code().as_str()), (404, "ResourceNotFound"));
    assert_eq!(client.get(&format!("{API}/machines")).ids(), all);
    let faults: Vec<_> = client.service.log().entries.iter().filter_map(|entry| entry.fault).collect();
    assert_eq!(faults, ["ghost"; 4]);
}

#[test]
fn a_share_of_the_devices_are_ghosts_however_often_they_are_asked_about() {
    let client = client();
    let all = client.get(&format!("{API}/machines")).ids();
    let when = When { probability: 0.5, times: None, ..When::default() };
    client.service.inject(Fault { when, what: What::Ghost });
    let gone = || {
        let is_gone = |id: &&String| client.get(&format!("{API}/machines/{id}/logonusers")).status == 404;
        all.iter().take(40).filter(is_gone).count()
    };
    let first = gone();
    assert!((8..32).contains(&first) && gone() == first, "{first} of 40");
}

#[test]
fn a_file_comes_late() {
    let client = client();
    let listing = client.get(&format!("{API}/machines/SoftwareVulnerabilitiesExport"));
    let links = listing.json()["exportFiles"].clone();
    let get = |place: usize| client.get(links[place].as_str().unwrap());
    client.service.inject(Fault { when: When { times: None, ..When::default() }, what: What::LateFile { secs: 10 } });
    assert_eq!((get(0).status.as_u16(), get(0).header("x-ms-error-code")), (404, Some("BlobNotFound")));
    client.now.set(client.now.get() + Duration::from_secs(9));
    assert_eq!([get(0).status.as_u16(), get(1).status.as_u16()], [404, 404]);
    client.now.set(client.now.get() + Duration::from_secs(1));
    assert_eq!([get(0).status.as_u16(), get(1).status.as_u16()], [200, 404], "each from its own first request on");
    client.now.set(client.now.get() + Duration::from_secs(9));
    assert_eq!([get(0).status.as_u16(), get(1).status.as_u16()], [200, 200]);
}

#[test]
fn a_file_is_still_being_copied() {
    let client = client();
    let listing = client.get(&format!("{API}/machines/SoftwareVulnerabilitiesExport"));
    let link = listing.json()["exportFiles"][0].as_str().unwrap().to_owned();
    client.fault(What::PendingCopy);
    // It waits for a file.
    assert_eq!(client.get(LIST).status, 200);
    let got = client.get(&link);
    assert_eq!((got.status.as_u16(), got.body.len(), got.header("x-ms-copy-status")), (200, 0, Some("pending")));
    assert!(!client.get(&link).body.is_empty());
}

#[test]
fn a_link_to_a_file_expires_while_it_is_read() {
    let client = client();
    let listing = client.get(&format!("{API}/machines/SoftwareVulnerabilitiesExport"));
    let link = listing.json()["exportFiles"][0].as_str().unwrap().to_owned();
    client.fault(What::SasExpired { at: 64 });
    // It waits for a file.
    assert_eq!(client.get(LIST).status, 200);
    let got = client.get(&link);
    assert_eq!((got.body.len(), got.broken), (64, Some(Piece::Reset)));
    assert_eq!(client.get(&link).status, 403);
}

#[test]
fn a_skewed_clock_shows_in_dates_and_tokens() {
    let client = client();
    let when = When { times: None, ..When::default() };
    client.service.inject(Fault { when, what: What::ClockSkew { secs: -7200 } });
    assert_eq!(client.get(LIST).header("date"), Some("Sat, 10 Jan 2026 22:00:00 GMT"));
    // The token is from two hours ahead.
    assert_eq!(client.get(LIST).status, 401);
    let client = client.signed_in(SCOPE);
    assert_eq!(client.get(LIST).status, 200);
}

#[test]
fn encodings_are_those_of_the_wire() {
    let mut client = client();
    let plain = client.get(LIST).body;
    client.accept_encoding = Some("gzip,deflate");
    let raw = client.get(LIST);
    assert_eq!(raw.header("content-encoding"), Some("deflate"));
    let mut read = Vec::new();
    DeflateDecoder::new(raw.body.as_slice()).read_to_end(&mut read).unwrap();
    assert_eq!(read, plain);
    client.accept_encoding = Some("gzip");
    let packed = client.get(LIST);
    let mut read = Vec::new();
    GzDecoder::new(packed.body.as_slice()).read_to_end(&mut read).unwrap();
    assert_eq!(read, plain);
}
