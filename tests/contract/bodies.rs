//! Bodies in pieces, packed, broken off, and not what they should be.

use crate::support::service::{
    MACHINES, SOFTWARE, VULNERABILITIES, handmade_behind, handmade_body, handmade_with, harness,
};
use crate::support::{closed_snapshots, complete, dataset, finished, handmade_run};
use flate2::Compression;
use flate2::write::{DeflateEncoder, GzEncoder};
use source_host::contract::Completeness;
use source_host::testing::{FakeTransport, Reply, TestRun};
use std::io::Write;

fn undisturbed() -> String {
    complete(handmade_run()).ndjson()
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).and_then(|()| encoder.finish()).expect("memory takes everything")
}

fn gzip_in_two_members(bytes: &[u8]) -> Vec<u8> {
    let (first, second) = bytes.split_at(bytes.len() / 3);
    [gzip(first), gzip(second)].concat()
}

fn raw_deflate(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).and_then(|()| encoder.finish()).expect("memory takes everything")
}

#[test]
fn single_bytes_make_a_page_too() {
    let network = handmade_with(|_, reply| reply.chunk_bytes(1));
    assert_eq!(complete(harness(&network)).ndjson(), undisturbed());
}

#[test]
fn packed_bodies_are_unpacked() {
    let expected = undisturbed();
    for (coding, pack) in [
        ("gzip", gzip as fn(&[u8]) -> Vec<u8>),
        ("gzip", gzip_in_two_members),
        ("deflate", raw_deflate),
        ("GZIP", gzip),
    ] {
        for chunk in [1, 1000] {
            let network = handmade_with(move |seen, reply| {
                if seen.url.host() != Some("api.security.microsoft.com") {
                    return reply;
                }
                let body = handmade_body(seen.path_and_query());
                reply.body(pack(&body)).header("content-encoding", coding).chunk_bytes(chunk)
            });
            assert_eq!(complete(harness(&network)).ndjson(), expected, "{coding} in chunks of {chunk}");
            let asked = network.requests();
            assert!(
                asked.iter().all(|seen| !seen.header("accept-encoding").contains("br")),
                "only what can be unpacked"
            );
        }
    }
}

/// The page of that address is broken once, then whole.
fn broken_once(path: &str, broken: Reply) -> (FakeTransport, Vec<u8>) {
    let body = handmade_body(path);
    let network = FakeTransport::new().answer({
        let (path, body) = (path.to_owned(), body.clone());
        let turn = std::sync::atomic::AtomicUsize::new(0);
        move |seen| {
            let first = seen.path_and_query() == path && turn.fetch_add(1, std::sync::atomic::Ordering::Relaxed) == 0;
            match (first, seen.path_and_query() == path) {
                (true, _) => Some(broken.clone()),
                (_, true) => Some(Reply::json(body.clone())),
                _ => None,
            }
        }
    });
    (handmade_behind(network), body)
}

/// Keys and hashes, in order. Times differ, because a repeat waits.
fn identities(run: &TestRun) -> Vec<(String, String)> {
    run.sink.events.iter().map(|event| (event.key.clone(), event.content_hash.clone())).collect()
}

#[test]
fn a_body_that_breaks_off_anywhere_is_read_again() {
    let expected = identities(&complete(handmade_run()));
    for path in [MACHINES, SOFTWARE, VULNERABILITIES] {
        let body = handmade_body(path);
        let step = body.len() / 12;
        for at in (0..body.len()).step_by(step).chain([1, body.len() - 1]) {
            let whole = || Reply::json(body.clone()).chunk_bytes(700);
            for broken in [whole().reset_after(at), whole().truncated_after(at), Reply::json(body[..at].to_vec())] {
                let (network, _) = broken_once(path, broken);
                let run = complete(harness(&network));
                assert_eq!(identities(&run), expected, "{path} broke off after {at} bytes");
                assert_eq!(run.waits.len(), 1, "{path} broke off after {at} bytes");
            }
        }
    }
}

#[test]
fn a_packed_body_that_breaks_off_is_read_again() {
    let expected = identities(&complete(handmade_run()));
    for pack in [gzip as fn(&[u8]) -> Vec<u8>, gzip_in_two_members] {
        let packed = pack(&handmade_body(VULNERABILITIES));
        for at in (1..packed.len()).step_by(packed.len() / 9).chain([packed.len() - 1, packed.len() - 8]) {
            let broken = Reply::json(packed[..at].to_vec()).header("content-encoding", "gzip").chunk_bytes(100);
            let (network, _) = broken_once(VULNERABILITIES, broken);
            let run = complete(harness(&network));
            assert_eq!(identities(&run), expected, "broke off after {at} of {} bytes", packed.len());
        }
    }
}

#[test]
fn damage_in_a_packed_body_is_noticed() {
    let mut packed = gzip(&handmade_body(VULNERABILITIES));
    let checksum = packed.len() - 6;
    packed[checksum] ^= 1;
    let network = handmade_behind(FakeTransport::new().on(
        "GET",
        VULNERABILITIES,
        Reply::json(packed).header("content-encoding", "gzip"),
    ));
    let run = finished(harness(&network).datasets(&["vulnerabilities"]));
    assert_eq!(dataset(&run, "vulnerabilities").completeness, Completeness::Partial);
    assert!(closed_snapshots(&run).is_empty());
}

#[test]
fn what_breaks_off_every_time_is_partial_and_true() {
    let body = handmade_body(MACHINES);
    let broken = Reply::json(body.clone()).reset_after(body.len() * 2 / 3);
    let network = handmade_behind(FakeTransport::new().on("GET", MACHINES, broken));
    let run = finished(harness(&network).datasets(&["devices"]));
    let account = dataset(&run, "devices");
    assert_eq!(account.completeness, Completeness::Partial);
    assert!((1..13).contains(&account.emitted), "{account:?}");
    assert!(account.duplicates > 0, "rows that came again are accounted for: {account:?}");
    assert!(closed_snapshots(&run).is_empty());
    let all = identities(&complete(handmade_run().datasets(&["devices"])));
    assert!(identities(&run).iter().all(|event| all.contains(event)), "what was emitted is true");
}

#[test]
fn an_answer_that_is_no_collection_is_never_an_empty_one() {
    for body in [
        "",
        " \n",
        "<!DOCTYPE html><html><body>Sign in to the proxy</body></html>",
        "{}",
        "[]",
        "null",
        "OK",
        r#"{"value":null}"#,
        r#"{"value":{}}"#,
        r#"{"value":"x"}"#,
        r#"{"error":{"code":"InternalServerError"}}"#,
        r#"{"value":["#,
        r#"{"value":[]"#,
        r#"{"value":[}"#,
        r#"{"value":[]]"#,
        "\u{feff}",
    ] {
        let network = handmade_behind(FakeTransport::new().on("GET", MACHINES, Reply::json(body)));
        let run = finished(harness(&network).datasets(&["devices"]));
        let account = dataset(&run, "devices");
        assert_eq!(account.completeness, Completeness::Partial, "{body:?} {account:?}");
        assert_eq!((account.received, account.emitted), (0, 0), "{body:?}");
        assert!(account.failure.is_some() && closed_snapshots(&run).is_empty(), "{body:?}");
    }
}

#[test]
fn an_empty_collection_is_complete() {
    for body in [r#"{"value":[]}"#, "\u{feff}{ \"value\" : [ ] , \"x\" : 1 }", r#"{"@odata.nextLink":null,"value":[]}"#]
    {
        let network = handmade_behind(FakeTransport::new().on("GET", MACHINES, Reply::json(body)));
        let run = complete(harness(&network).datasets(&["devices"]));
        assert_eq!((dataset(&run, "devices").received, run.sink.count), (0, 2), "{body}: nothing but its markers");
    }
}

#[test]
fn a_coding_that_nobody_asked_for_is_named() {
    let reply = Reply::json(handmade_body(MACHINES)).header("content-encoding", "br");
    let network = handmade_behind(FakeTransport::new().on("GET", MACHINES, reply));
    let run = finished(harness(&network).datasets(&["devices"]));
    let failure = dataset(&run, "devices").failure.as_ref().expect("a failure");
    assert!(failure.message.contains("`br`"), "{failure:?}");
}
