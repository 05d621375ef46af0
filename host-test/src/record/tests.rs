use super::*;
use crate::testing::{FakeTransport, Reply};
use crate::transport::DEFAULT_TIMEOUTS;

#[tokio::test]
async fn complete_exchanges_are_kept_and_can_be_replayed() {
    let network = FakeTransport::new().on("GET", "/a?", Reply::json("{\"value\":[1,2]}").chunk_bytes(3)).on(
        "GET",
        "/b?",
        Reply::json("{\"value\":[1,2]}").truncated_after(4),
    );
    let clock = Clock::virtual_at(Duration::from_secs(1_700_000_000));
    let (transport, tape) = RecordTransport::new(Arc::new(network), clock.clone());
    for path in ["/a", "/b"] {
        let url = format!("https://api.example{path}?sig=hush");
        let request = http::Request::get(url).header("authorization", "hush").body(Bytes::new()).unwrap();
        let _ = transport.send(request, DEFAULT_TIMEOUTS).await.unwrap().into_body().collect().await;
    }
    assert_eq!(tape.len(), 1);
    let folder = tempfile::tempdir().unwrap();
    let written = tape.write(&folder.path().join("new"), clock.now()).unwrap();
    assert!(written.path.ends_with("new/2023-11-14T22-13-20-000Z.har"));
    assert!(!std::fs::read_to_string(&written.path).unwrap().contains("hush"));
    assert_eq!(har::read_file(&written.path).unwrap()[0].body, "{\"value\":[1,2]}");
}

const SECRET: &str = "cAnArY~sEcReT.8Q/x+1";
const TOKEN: &str = "eyJhbGciOiJub25lIn0.eyJjYW5hcnkiOiJ0b2tlbiJ9.c2lnLWNhbmFyeS10b2tlbg";
const SIGNATURE: &str = "cAnArY/SiGnAtUrE+0123456789abcdefghijklmnopqr=";
const FORM: &str = "application/x-www-form-urlencoded";

/// An answer, and the request that it answers.
fn exchange(request: http::request::Builder, sent: &str, headers: &[(&str, &str)], body: impl Into<Bytes>) -> Recorded {
    let mut response = http::Response::new(body.into());
    for (name, value) in headers {
        let name = http::HeaderName::from_bytes(name.as_bytes()).unwrap();
        response.headers_mut().append(name, http::HeaderValue::from_str(value).unwrap());
    }
    let request = request.body(Bytes::copy_from_slice(sent.as_bytes())).unwrap();
    Recorded { started: Duration::from_secs(1), took: Duration::ZERO, request, response }
}

fn sign_in(headers: &[(&str, &str)], body: impl Into<Bytes>) -> Recorded {
    let request = http::Request::post("https://login.example/t/oauth2/v2.0/token").header("content-type", FORM);
    exchange(request, &format!("grant_type=client_credentials&client_secret={}", form(SECRET)), headers, body)
}

fn get(headers: &[(&str, &str)], body: impl Into<Bytes>) -> Recorded {
    let request = http::Request::get("https://api.example/api/x").header("authorization", format!("Bearer {TOKEN}"));
    exchange(request, "", headers, body)
}

fn form(text: &str) -> String {
    text.bytes()
        .map(|byte| if byte.is_ascii_alphanumeric() { char::from(byte).to_string() } else { format!("%{byte:02X}") })
        .collect()
}

fn escaped(text: &str) -> String {
    text.chars().map(|letter| format!("\\u{:04x}", u32::from(letter))).collect()
}

fn gzip(text: &str) -> Vec<u8> {
    let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    std::io::Write::write_all(&mut packer, text.as_bytes()).unwrap();
    packer.finish().unwrap()
}

/// What is written of some exchanges, and what is said about them.
fn written(exchanges: Vec<Recorded>, hidden: &[&str]) -> (String, Written) {
    let tape = Tape::default();
    exchanges.into_iter().for_each(|recorded| tape.keep(recorded));
    hidden.iter().for_each(|value| assert!(tape.hide("a secret", value)));
    let folder = tempfile::tempdir().unwrap();
    let written = tape.write_file(&folder.path().join("x.har")).unwrap();
    (std::fs::read_to_string(&written.path).unwrap(), written)
}

/// Where none of the values is, in whatever spelling; what is packed is looked into by the reader of recordings.
fn holds_none(name: &str, text: &str) {
    let mut known = Known::default();
    for value in [SECRET, TOKEN, SIGNATURE] {
        known.add("a secret", value);
    }
    let searcher = known.searcher();
    assert_eq!(searcher.find(text.as_bytes()), None, "{name}: {text}");
    for exchange in har::parse(text.as_bytes(), name).unwrap() {
        assert_eq!(searcher.find(&exchange.body), None, "{name}");
        assert!(!exchange.body.windows(6).any(|piece| piece.eq_ignore_ascii_case(b"cAnArY")), "{name}");
    }
    assert!(!text.to_ascii_lowercase().contains("canary"), "{name}: {text}");
}

#[test]
fn nothing_secret_is_written_whatever_the_answer_does_with_it() {
    let token = format!(r#"{{"token_type":"Bearer","expires_in":3599,"access_token":"{TOKEN}"}}"#);
    let link = format!("https://blob.example/f.gz?sv=1&sig={}&se=2", form(SIGNATURE));
    let blob = || exchange(http::Request::get(&link), "", &[], gzip("{}"));
    let cut = |text: &str| {
        let packed = gzip(text);
        packed[..packed.len() - 6].to_vec()
    };
    let cases: Vec<(&str, Recorded)> = vec![
        ("a token's answer", sign_in(&[], token.clone())),
        ("a secret that is echoed", get(&[], format!(r#"{{"error":{{"message":"{SECRET} {TOKEN}"}}}}"#))),
        ("the same in a header", get(&[("x-echo", SECRET), ("location", &link)], "{}")),
        ("the same in the name of a member", get(&[], format!(r#"{{"{SECRET}":1,"{}":2}}"#, escaped(TOKEN)))),
        ("a token's answer that is not UTF-8", sign_in(&[], [token.as_bytes(), &[0xff]].concat())),
        ("a token's answer that is cut", sign_in(&[("content-encoding", "gzip")], cut(&token))),
        ("another answer that is cut", get(&[("content-encoding", "gzip")], cut(&token))),
        ("a coding that nobody knows", get(&[("content-encoding", "br")], token.clone())),
        ("a member's name that is escaped", sign_in(&[], token.replace("access_token", "access\\u005ftoken"))),
        ("a token's answer in a form", sign_in(&[("content-type", FORM)], format!("access_token={TOKEN}&x=1"))),
        ("a signature in capitals", get(&[], format!(r#"["{}"]"#, link.replace("sig=", "SIG=")))),
        ("a signature's name that is encoded", get(&[], format!(r#"["{}"]"#, link.replace("sig=", "s%69g=")))),
        ("a secret in percent", get(&[], format!(r#"{{"m":"{}"}}"#, form(SECRET).to_lowercase().replace("%2e", ".")))),
        ("a secret in escapes", get(&[], format!(r#"{{"m":"{}"}}"#, escaped(SECRET)))),
        ("a secret in both", get(&[], format!(r#"{{"m":"{}"}}"#, escaped(&form(SECRET))))),
        ("a secret in base64", get(&[], format!(r#"{{"m":"{}"}}"#, base64(&format!("app:{SECRET}"))))),
        ("a secret in hex", get(&[], SECRET.bytes().map(|byte| format!("{byte:02X}")).collect::<String>())),
        ("a secret in HTML", get(&[], format!("<p>{}</p>", SECRET.replace('/', "&#x2F;").replace('+', "&plus;")))),
        ("a packed answer", get(&[("content-encoding", "gzip")], gzip(&format!("[\"{SECRET}\"]")))),
        ("a packed file", get(&[], gzip(&format!("{{\"a\":\"{SECRET}\"}}\n")))),
        ("a file packed twice", get(&[], [gzip(SECRET), gzip(TOKEN)].concat())),
        ("bytes", get(&[], [&[0xff, 0xfe], SECRET.as_bytes()].concat())),
        ("wide letters", get(&[], SECRET.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<_>>())),
        ("another kind of archive", get(&[], [b"PK\x03\x04", SECRET.as_bytes()].concat())),
        ("escapes without end", get(&[], format!("%{}41", "25".repeat(40)))),
        ("a request's own address", blob()),
        ("a request's own body", exchange(http::Request::post("https://api.example/run"), SECRET, &[], "{}")),
        ("two codings", get(&[("content-encoding", "gzip, gzip")], gzip_twice(SECRET))),
    ];
    let kinds = cases.len();
    for (name, recorded) in cases {
        // The token comes last: what it is must be known of the answers before it.
        let (text, written) = written(vec![recorded, blob(), sign_in(&[], token.clone())], &[SECRET]);
        holds_none(name, &text);
        assert_eq!(written.exchanges, 3, "{name}: an answer without its body is still there");
    }
    assert_eq!(kinds, 28);
}

fn base64(text: &str) -> String {
    use base64::Engine;
    base64::engine::general_purpose::STANDARD.encode(text)
}

fn gzip_twice(text: &str) -> Vec<u8> {
    let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    std::io::Write::write_all(&mut packer, &gzip(text)).unwrap();
    packer.finish().unwrap()
}

#[test]
fn what_is_left_out_is_said_and_named_in_a_replay() {
    let packed = gzip("{\"value\":[]}");
    let (text, written) = written(vec![get(&[("content-encoding", "gzip")], packed[..10].to_vec())], &[]);
    assert_eq!(written.omitted.len(), 1);
    let line = &written.omitted[0];
    assert!(line.starts_with("the answer to GET https://api.example/api/x is left out of the recording: "), "{line}");
    assert!(line.contains("gzip stream is damaged or cut off") && text.contains("the body of the answer is left out"));
    let exchanges = har::parse(text.as_bytes(), "x.har").unwrap();
    assert!(exchanges[0].omitted.as_deref().unwrap().contains("cut off") && exchanges[0].body.is_empty());
}

#[test]
fn what_holds_no_secret_is_kept_as_it_is() {
    let bodies = [b"{\"value\":[1]}".to_vec(), gzip("{}\n"), vec![0xff, 0, 1], Vec::new()];
    for body in bodies {
        // An empty body that was sent in parts is one, too.
        let answer = get(&[("transfer-encoding", "chunked")], body.clone());
        let (text, written) = written(vec![answer], &[SECRET]);
        let exchange = har::parse(text.as_bytes(), "x.har").unwrap().remove(0);
        assert_eq!((exchange.body.as_ref(), exchange.omitted), (body.as_slice(), None));
        assert!(written.omitted.is_empty());
    }
}

#[cfg(unix)]
#[test]
fn nobody_else_can_read_a_recording() {
    use std::os::unix::fs::PermissionsExt;
    let tape = Tape::default();
    tape.keep(get(&[], "{}"));
    let folder = tempfile::tempdir().unwrap();
    let written = tape.write_file(&folder.path().join("x.har")).unwrap();
    assert_eq!(std::fs::metadata(written.path).unwrap().permissions().mode() & 0o777, 0o600);
}
