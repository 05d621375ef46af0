//! What recordings of other tools look like, and what is made of them.

use super::*;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use std::io::Write;
use std::path::Path;
use std::time::Duration;
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

const ONE: &str = r#"{"log":{"version":"1.2","entries":[{"startedDateTime":"2024-03-05T18:21:25.317Z",
    "request":{"method":"GET","url":"https://a.example/x?y=1"},
    "response":{"status":200,"headers":[{"name":":status","value":"200"},{"name":"content-length","value":"9"},
    {"name":"ETag","value":"e"}],"content":{"mimeType":"application/json","text":"{}"}}}]}}"#;

#[test]
fn an_exchange_is_read_without_transfer_headers() {
    let exchanges = parse(ONE.as_bytes(), "x.har").unwrap();
    let exchange = &exchanges[0];
    assert_eq!((exchange.method.as_str(), exchange.url.path()), ("GET", "/x"));
    assert_eq!(exchange.started, Some(Duration::from_millis(1_709_662_885_317)));
    assert_eq!(exchange.headers.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>(), ["etag"]);
    assert_eq!(exchange.body, "{}");
}

#[test]
fn damage_is_named_with_place_and_cure() {
    let error = |text: &str| parse(text.as_bytes(), "x.har").unwrap_err().to_string();
    assert_eq!(
        error(&ONE[..200]),
        "x.har line 3 column 54: the file is cut off; record it again or fetch an undamaged copy"
    );
    assert!(error("{\"log\":{}}").contains("not HAR, missing field `entries`"));
    assert!(error("<html>").contains("x.har line 1 column 1: not JSON"));
    assert!(error("{\"log\":\"hush\"}").contains("not HAR, a member has the wrong type"));
    assert!(!error("{\"log\":\"hush\"}").contains("hush"));
    assert!(error("{\"log\":{\"entries\":[]}}").contains("x.har holds no exchanges"));
    let utf_16: Vec<u8> = ONE.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let utf_16 = parse(&[&[0xff, 0xfe], utf_16.as_slice()].concat(), "x.har").unwrap_err().to_string();
    assert!(utf_16.contains("the file is UTF-16"), "{utf_16}");
}

#[test]
fn folders_are_read_in_the_order_of_names() {
    let folder = tempfile::tempdir().unwrap();
    assert!(matches!(read_paths(&[folder.path()], MOST_BYTES), Err(HarError::EmptyFolder { .. })));
    std::fs::write(folder.path().join("b.har"), ONE.replace("/x?", "/b?")).unwrap();
    std::fs::write(folder.path().join("a.HAR"), ONE.replace("/x?", "/a?")).unwrap();
    std::fs::write(folder.path().join("notes.txt"), "no").unwrap();
    let paths: Vec<String> = read_paths(&[folder.path()], MOST_BYTES)
        .unwrap()
        .iter()
        .map(|exchange| exchange.url.path().to_owned())
        .collect();
    assert_eq!(paths, ["/a", "/b"]);
    assert!(matches!(read_paths(&["no/such.har"], MOST_BYTES), Err(HarError::Unreadable { .. })));
}
/// So many entries with a body.
fn recording(entries: usize, body: &str) -> String {
    let body = serde_json::to_string(body).unwrap();
    let entry = format!(
        r#"{{"request":{{"method":"GET","url":"https://a.example/"}},"response":{{"status":200,"content":{{"text":{body}}}}}}}"#
    );
    format!(r#"{{"log":{{"entries":[{}]}}}}"#, vec![entry; entries].join(","))
}

#[test]
fn everything_that_is_held_counts() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.har");
    let fits = |text: &str, most| {
        std::fs::write(&path, text).unwrap();
        // The file itself counts while it is read.
        read_paths(&[&path], most + text.len() as u64)
    };
    let error = |text: &str, most| fits(text, most).unwrap_err().to_string();
    let many = error(&recording(1000, ""), 100 * 1024);
    assert!(many.contains("x.har entry 96: its address and headers would make"), "{many}");
    assert!(many.contains(" bytes of memory") && many.contains("--max-recording-bytes"), "{many}");
    let long = error(&recording(3, &" ".repeat(40_000)), 100 * 1024);
    assert!(long.contains("x.har entry 2: its decoded body would make"), "{long}");
    assert!(fits(&recording(3, &" ".repeat(40_000)), 130 * 1024).is_ok());
    let query = recording(10, "").replace("https://a.example/", &format!("https://a.example/?{}", "&".repeat(1000)));
    assert!(error(&query, 100 * 1024).contains("entry 0: its address and headers"), "parts of an address");
    let headers = vec![r#"{"name":"x","value":""}"#; 900].join(",");
    let headed = ONE.replace("{\"name\":\"ETag\"", &format!("{headers},{{\"name\":\"ETag\""));
    assert!(error(&headed, 100 * 1024).contains("entry 0: its address and headers"), "900 headers");
    let headed = headed.replace(&headers, &vec![headers.as_str(); 40].join(","));
    let why = only(&headed).omitted.unwrap();
    assert_eq!(why, "x.har entry 0: response.headers has more than 1000 members", "36000 headers");
}

#[test]
fn the_bound_is_one_for_all_files() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["a.har", "b.har", "c.har"] {
        std::fs::write(folder.path().join(name), recording(1, &" ".repeat(30_000))).unwrap();
    }
    assert_eq!(read_paths(&[folder.path()], 150_000).unwrap().len(), 3, "a file counts while it is read");
    let error = read_paths(&[folder.path()], 100_000).unwrap_err();
    assert!(matches!(error, HarError::TooLarge { index: 0, .. }) && error.to_string().contains("c.har"), "{error}");
    let error = read_paths(&[folder.path()], 10_000).unwrap_err();
    assert!(matches!(error, HarError::FileTooLarge { limit_bytes: 10_000, .. }), "{error}");
}

/// The only exchange of a recording.
fn only(text: &str) -> Exchange {
    let mut exchanges = parse(text.as_bytes(), "x.har").unwrap();
    assert_eq!(exchanges.len(), 1, "{text}");
    exchanges.remove(0)
}

/// A recording of one entry with this `response.content`.
fn with_content(content: &str) -> String {
    ONE.replace(r#"{"mimeType":"application/json","text":"{}"}"#, content)
        .replace(r#"{"name":"content-length","value":"9"},"#, "")
}

#[test]
fn members_that_a_replay_does_not_use_may_be_anything() {
    for odd in ["null", "true", "-7", "200.5", "1e999", r#""x""#, "[[]]", r#"{"a":{"b":[null]}}"#] {
        let log = format!(
            r#"{{"log":{{"version":{odd},"creator":{odd},"browser":{odd},"pages":{odd},"comment":{odd},"entries":[{{
            "startedDateTime":{odd},"time":{odd},"cache":{odd},"timings":{odd},"pageref":{odd},"connection":{odd},
            "request":{{"method":"GET","url":"https://a.example/x","httpVersion":{odd},"headers":{odd},"cookies":{odd},
            "queryString":{odd},"postData":{odd},"headersSize":{odd},"bodySize":{odd}}},
            "response":{{"status":200,"statusText":{odd},"httpVersion":{odd},"headers":{odd},"cookies":{odd},
            "redirectURL":{odd},"headersSize":{odd},"bodySize":{odd},
            "content":{{"size":{odd},"mimeType":{odd},"compression":{odd},"encoding":null,"text":"{{}}"}}}}}}]}},"x":{odd}}}"#
        );
        assert_eq!(only(&log).body, "{}", "{odd}");
        // A list of headers holds some that are none.
        let headers = format!(r#"[{{"name":"ETag","value":"e"}},{odd},{{"name":{odd}}},{{"name":"x","value":{odd}}}]"#);
        let answer = |headers: &str| format!(r#""statusText":{odd},"httpVersion":{odd},"headers":{headers}"#);
        let listed = log.replace(&answer(odd), &answer(&headers));
        assert_eq!(only(&listed).headers["etag"], "e", "{odd}");
    }
}

#[test]
fn headers_are_read_in_each_spelling() {
    let from = ONE.find(r#"[{"name":":status""#).unwrap();
    let to = ONE.find(r#","content":"#).unwrap();
    let headers = concat!(
        r#"[{"name":"Retry-After","value":168},{"name":"X-A","value":["b","c",null]},"#,
        r#"{"name":"content-length","value":2}]"#
    );
    let exchange = only(&ONE.replace(&ONE[from..to], headers));
    assert_eq!(exchange.headers["retry-after"], "168");
    assert_eq!(exchange.headers.get_all("x-a").iter().collect::<Vec<_>>(), ["b", "c"]);
    assert_eq!(exchange.headers.len(), 3);
}

#[test]
fn methods_statuses_and_addresses_are_read_in_each_spelling() {
    for method in ["get", "Get", "GET"] {
        assert_eq!(only(&ONE.replace("GET", method)).method, "GET");
    }
    for status in [r#""status":200.0"#, r#""status":"200""#] {
        assert_eq!(only(&ONE.replace(r#""status":200"#, status)).status, 200);
    }
    let url = only(&ONE.replace("/x?y=1", "/x y?$filter=a eq 'b'&z=\u{e4}")).url.to_string();
    assert_eq!(url, "https://a.example/x%20y?$filter=a%20eq%20'b'&z=%C3%A4");
    assert_eq!(only(&format!("\u{feff}{ONE}")).body, "{}", "a byte order mark");
}

#[test]
fn entries_that_no_request_can_meet_are_ignored() {
    let others = [
        "file:///C:/a b.html",
        "data:text/html,a",
        "blob:https://a.example/1",
        "chrome-extension://a/b",
        "ws://a.example/",
        "about:blank",
        "https://",
        "https://a b.example/",
        "http://[::1",
        "/x",
        "",
        "%",
    ];
    for other in others {
        let text = ONE.replace("https://a.example/x?y=1", other);
        assert!(parse(text.as_bytes(), "x.har").unwrap().is_empty(), "{other}");
    }
    assert_eq!(
        parse(ONE.replace("[{\"startedDateTime\"", "[null,{\"startedDateTime\"").as_bytes(), "x.har").unwrap().len(),
        1
    );
    for (member, others) in [
        (r#""url":"https://a.example/x?y=1""#, [r#""url":null"#, r#""url":7"#, r#""u":1"#]),
        (r#""method":"GET""#, [r#""method":null"#, r#""method":"G T""#, r#""m":1"#]),
        (r#""status":200"#, [r#""status":0"#, r#""status":null"#, r#""status":"""#]),
        (r#""status":200"#, [r#""status":-1"#, r#""status":42"#, r#""status":200.5"#]),
        (r#""response":{"#, [r#""response":null,"r":{"#, r#""response":7,"r":{"#, r#""r":{"#]),
        (r#""request":{"#, [r#""request":null,"r":{"#, r#""request":7,"r":{"#, r#""r":{"#]),
    ] {
        for other in others {
            let text = ONE.replace(member, other);
            assert_ne!(text, ONE);
            assert!(parse(text.as_bytes(), "x.har").unwrap().is_empty(), "{other}");
        }
    }
}

#[test]
fn a_body_that_is_missing_or_damaged_costs_its_entry_and_is_named() {
    for (content, why) in [
        ("{}", "x.har entry 0 holds no body; let the recorder keep bodies"),
        ("null", "x.har entry 0 holds no body; let the recorder keep bodies"),
        ("7", "x.har entry 0 holds no body; let the recorder keep bodies"),
        (r#"{"size":-1,"mimeType":"x"}"#, "x.har entry 0 holds no body; let the recorder keep bodies"),
        (r#"{"text":7}"#, "x.har entry 0 holds no body: content.text is no text"),
        (r#"{"text":"\ud800"}"#, "x.har entry 0 holds no body: content.text is no text"),
        (r#"{"text":"?","encoding":"base64"}"#, "x.har entry 0: content.text is not valid base64"),
        (r#"{"text":"00","encoding":"hex"}"#, r#"x.har entry 0: content.encoding "hex" is unknown"#),
        (
            r#"{"_file":"a.json"}"#,
            r#"x.har entry 0 has its body in the file "a.json", which is not in the folder of the recording"#,
        ),
    ] {
        let exchange = only(&with_content(content));
        assert_eq!((exchange.omitted.as_deref(), exchange.body.len()), (Some(why), 0), "{content}");
    }
}

/// A recording whose only body is in a file.
fn attached(file: &str) -> String {
    with_content(&format!(r#"{{"size":2,"_file":{}}}"#, serde_json::to_string(file).unwrap()))
}

/// An archive with these files.
fn archive(path: &Path, files: &[(&str, &[u8])]) {
    let mut zip = ZipWriter::new(std::fs::File::create(path).unwrap());
    for (name, bytes) in files {
        zip.start_file(*name, SimpleFileOptions::default()).unwrap();
        zip.write_all(bytes).unwrap();
    }
    zip.finish().unwrap();
}

#[test]
fn attached_bodies_are_read_from_folders_and_archives() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("x.har"), attached("a.json")).unwrap();
    std::fs::write(folder.path().join("a.json"), "[1]").unwrap();
    let body = |name: &str| read_file(&folder.path().join(name)).unwrap().remove(0);
    assert_eq!(body("x.har").body, "[1]");
    for (har, file, named) in [("har.har", "a.json", "a.json"), ("in/x.HAR", "in/r/a.json", "r/a.json")] {
        let recording = attached(named);
        let path = folder.path().join("x.zip");
        archive(&path, &[(file, b"[2]"), (har, recording.as_bytes()), ("readme.txt", b"")]);
        assert_eq!(body("x.zip").body, "[2]", "{har}");
        archive(&path, &[(har, recording.as_bytes())]);
        let why = body("x.zip").omitted.unwrap();
        assert!(why.contains(&format!("x.zip/{har} entry 0 has its body")), "{why}");
        assert!(why.contains("not in the archive"), "{why}");
    }
}

#[test]
fn bodies_outside_of_the_recording_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("secret.json"), "[]").unwrap();
    let inner = folder.path().join("in");
    std::fs::create_dir(&inner).unwrap();
    for file in ["../secret.json", "/none", "../none"] {
        let path = inner.join("x.har");
        std::fs::write(&path, attached(file)).unwrap();
        let line = read_file(&path).unwrap_err().to_string();
        assert!(line.contains("entry 0") && line.contains("outside of the folder"), "{line}");
        archive(&path, &[("har.har", attached(file).as_bytes())]);
        let line = read_file(&path).unwrap_err().to_string();
        assert!(line.contains("har.har entry 0") && line.contains("outside of the archive"), "{line}");
    }
}

#[test]
fn attached_bodies_and_archives_are_within_the_bound() {
    let folder = tempfile::tempdir().unwrap();
    let (plain, zipped) = (folder.path().join("x.har"), folder.path().join("x.zip"));
    let (long, recording) = (vec![b' '; 100_000], attached("a.json"));
    std::fs::write(&plain, &recording).unwrap();
    std::fs::write(folder.path().join("a.json"), &long).unwrap();
    archive(&zipped, &[("har.har", recording.as_bytes()), ("a.json", &long)]);
    for path in [&plain, &zipped] {
        let error = read_paths(&[path], 90_000).unwrap_err();
        assert!(matches!(error, HarError::TooLarge { index: 0, what: "body", .. }), "{error}");
        assert_eq!(read_paths(&[path], 210_000).unwrap()[0].body.len(), 100_000);
        assert!(matches!(read_paths(&[path], 150), Err(HarError::FileTooLarge { .. })));
    }
    archive(&zipped, &[("har.har", &long)]);
    assert!(matches!(read_paths(&[&zipped], 90_000), Err(HarError::FileTooLarge { .. })), "a member that inflates");
}

#[test]
fn archives_that_are_none_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.zip");
    let line = || read_file(&path).unwrap_err().to_string();
    archive(&path, &[("a.json", b"{}")]);
    assert!(line().contains("holds no .har file; name a HAR file"), "{}", line());
    archive(&path, &[]);
    assert!(line().contains("holds no .har file"), "{}", line());
    archive(&path, &[("har.har", ONE.as_bytes())]);
    let whole = std::fs::read(&path).unwrap();
    std::fs::write(&path, &whole[..whole.len() / 2]).unwrap();
    assert!(line().contains("a zip archive that cannot be read: it is damaged or cut off; unpack it"), "{}", line());
}

#[test]
fn bytes_are_read_as_each_recorder_writes_them() {
    for content in [
        format!(r#"{{"encoding":"base64","text":"{}"}}"#, STANDARD.encode([0x1f, 0, 0xff])),
        r#"{"text":"{\"type\":\"Buffer\",\"data\":[31,0,255]}"}"#.to_owned(),
    ] {
        assert_eq!(only(&with_content(&content)).body, [0x1f, 0, 0xff].as_slice(), "{content}");
    }
    let file = [0x1f, 0x8b, 8, 0, 0x80, 0xff];
    let text =
        |bytes: &[u8]| serde_json::to_string(&bytes.iter().map(|byte| char::from(*byte)).collect::<String>()).unwrap();
    let exchange = only(&with_content(&format!(r#"{{"text":{}}}"#, text(&file))));
    assert_eq!(exchange.body, file.as_slice(), "a file in Latin-1");
    let lossy = text(&file).replace('\u{ff}', "\u{fffd}");
    let why = only(&with_content(&format!(r#"{{"text":{lossy}}}"#))).omitted.unwrap();
    assert_eq!(why, "x.har entry 0: content.text is a gzip file that was stored as text and lost bytes");
    for list in ["[256]", "[-1]", "[1,]", "[1]]", "[1"] {
        let content = format!(r#"{{"text":"{{\"type\":\"Buffer\",\"data\":{list}}}"}}"#);
        let why = only(&with_content(&content)).omitted.unwrap();
        assert_eq!(why, "x.har entry 0: content.text is not a valid list of bytes", "{list}");
    }
}
