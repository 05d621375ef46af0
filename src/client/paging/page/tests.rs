//! Pages, cut anywhere and damaged in every way.

use std::io::Read;

use proptest::prelude::*;

use super::*;

/// Hands out a text in pieces of one size.
struct Pieces(Vec<u8>, usize, usize);

impl Read for Pieces {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let rest = &self.0[self.1..];
        let n = rest.len().min(self.2).min(buffer.len());
        buffer[..n].copy_from_slice(&rest[..n]);
        self.1 += n;
        Ok(n)
    }
}

type Read1 = (Vec<Result<String, BadRow>>, Result<Option<String>, PageError>);

fn read(text: impl Into<Vec<u8>>, piece: usize, max_row: usize) -> Read1 {
    let mut reader = PageReader::new(Box::new(Pieces(text.into(), 0, piece)), "value", max_row);
    let mut rows = Vec::new();
    loop {
        match reader.advance() {
            Ok(Found::Row) => rows.push(String::from_utf8(reader.row_bytes().to_vec()).map_err(|_| BadRow::Malformed)),
            Ok(Found::Bad(reason)) => rows.push(Err(reason)),
            Ok(Found::End) => return (rows, Ok(reader.into_next_link())),
            Err(error) => return (rows, Err(error)),
        }
    }
}

fn rows(texts: &[&str]) -> Vec<Result<String, BadRow>> {
    texts.iter().map(|text| Ok((*text).to_owned())).collect()
}

#[test]
fn rows_and_link_are_found_in_any_order_and_cut() {
    let link = "https://h/api?a=1&b=\u{e9}";
    let before = format!(r#"{{"@odata.nextLink":"{link}","@odata.count":2,"value":[{{"a":[1]}}, {{"b":"]}}"}}]}}"#);
    let after = format!(
        "\u{feff} {{\"@odata.context\":\"x\",\"value\":[{{\"a\":[1]}},\n{{\"b\":\"]}}\"}}],\"@odata.nextLink\":\"{link}\"}} \n"
    );
    for text in [before, after] {
        for piece in [1, 2, 3, 7, 64, 4096] {
            let (found, end) = read(text.clone(), piece, 1000);
            assert_eq!(found, rows(&[r#"{"a":[1]}"#, r#"{"b":"]}"}"#]), "cut by {piece}");
            assert_eq!(end, Ok(Some(link.to_owned())), "cut by {piece}");
        }
    }
    assert_eq!(read(r#"{"value":[],"@odata.nextLink":null}"#, 5, 10), (vec![], Ok(None)));
}

#[test]
fn bad_elements_do_not_stop_the_others() {
    let long = format!(r#"{{"a":"{}"}}"#, "x".repeat(500_000));
    let deep = format!(r#"{{"a":{}{}}}"#, "[".repeat(200), "]".repeat(200));
    let text = format!(r#"{{"value":[1,{long},null,{deep},"t",{{"ok":1}}]}}"#);
    for piece in [1000, 100_000, 1 << 20] {
        let (found, end) = read(text.clone(), piece, 1000);
        assert_eq!(end, Ok(None));
        assert_eq!(
            found,
            vec![
                Err(BadRow::Malformed),
                Err(BadRow::TooLarge),
                Err(BadRow::Malformed),
                Err(BadRow::TooDeep),
                Err(BadRow::Malformed),
                Ok(r#"{"ok":1}"#.to_owned()),
            ]
        );
    }
    let not_utf8 = [br#"{"value":[{"a":""#.as_slice(), b"\xff", br#""}]}"#.as_slice()].concat();
    assert_eq!(read(not_utf8, 3, 1000).0, vec![Err(BadRow::Malformed)]);
}

#[test]
fn what_is_no_page_is_told_apart() {
    let end = |text: &str| read(text, 3, 1000).1;
    let is_no_json = |end| matches!(end, Err(PageError::NotJson { .. }));
    assert_eq!(end(""), Err(PageError::CutShort));
    assert_eq!(end("  "), Err(PageError::CutShort));
    assert!(is_no_json(end("<html></html>")));
    assert!(is_no_json(end("[]")));
    assert_eq!(end(r#"{"error":null}"#), Err(PageError::NoValue));
    assert_eq!(end(r#"{"value":7,"error":{"code":"x"}}"#), Err(PageError::NoValue));
    assert_eq!(end(r#"{"value":null}"#), Err(PageError::NoValue));
    assert!(is_no_json(end(r#"{"value":[}]}"#)));
    assert!(is_no_json(end(r#"{"value":[]}{}"#)));
    assert!(is_no_json(end(r#"{"value" []}"#)));
    let link = "x".repeat(MAX_LINK);
    assert_eq!(end(&format!(r#"{{"value":[],"@odata.nextLink":"{link}"}}"#)), Err(PageError::TooLong("the next link")));
}

#[test]
fn an_error_is_told_of_wherever_it_stands() {
    for (text, rows) in [
        (r#"{"error":{"code":"ServerBusy"}}"#, 0),
        (r#"{"odata.error":{"code":"ServerBusy"}}"#, 0),
        (r#"{"Error":{"Code":"ServerBusy"}}"#, 0),
        (r#"{"value":[{}],"ERROR":{"CODE":"ServerBusy"},"error":null}"#, 1),
        (r#"{"value":[{}],"@odata.error":{"code":"ServerBusy"}}"#, 1),
        (r#"{"error":{"code":"ServerBusy"},"value":null}"#, 0),
        (r#"{"value":null,"error":{"code":"ServerBusy"}}"#, 0),
        (r#"{"error":{"code":"ServerBusy"},"value":[{},{}]}"#, 2),
        (r#"{"value":[{},{}],"error":{"code":"ServerBusy"},"@odata.nextLink":"l"}"#, 2),
    ] {
        let (found, end) = read(text, 3, 1000);
        let refusal = ServiceError { code: "ServerBusy".into(), ..ServiceError::default() };
        assert_eq!((found.len(), end), (rows, Err(PageError::Refused(refusal))), "{text}");
    }
    assert!(matches!(read(r#"{"value":[],"error":"odd"}"#, 3, 99).1, Err(PageError::Refused(_))));
    assert_eq!(read(r#"{"value":[{}],"error":null}"#, 3, 99).1, Ok(None));
}

#[test]
fn a_link_is_found_in_any_spelling_of_its_name() {
    let names =
        ["@odata.nextLink", "@odata.nextlink", "@nextLink", "@nextlink", "odata.nextLink", "nextLink", "nextlink"];
    for name in names {
        let text = format!(r#"{{"value":[{{}}],"{name}":"l"}}"#);
        assert_eq!(read(text, 5, 100).1, Ok(Some("l".into())), "{name}");
    }
    let named = |first: &str, second: &str| {
        read(format!(r#"{{"@odata.nextLink":{first},"value":[],"nextLink":{second}}}"#), 5, 100).1
    };
    assert_eq!(named("null", r#""l""#), Ok(Some("l".into())));
    assert_eq!(named(r#""l""#, "null"), Ok(Some("l".into())));
    assert_eq!(named(r#""l""#, r#""l""#), Ok(Some("l".into())));
    assert!(matches!(named(r#""l""#, r#""m""#), Err(PageError::NotJson { .. })), "two ways to go on are none");
}

#[test]
fn a_count_is_found_in_any_spelling_of_its_name() {
    for name in ["@odata.count", "@count", "@Count", "odata.count", "count"] {
        for count in ["250", r#""250""#] {
            let text = format!(r#"{{"value":[{{}}],"{name}":{count}}}"#);
            let mut reader = PageReader::new(Box::new(std::io::Cursor::new(text)), "value", 100);
            while !matches!(reader.advance().unwrap(), Found::End) {}
            assert_eq!(reader.count(), Some(250), "{name} {count}");
        }
    }
}

#[test]
fn what_only_looks_like_a_page_is_none() {
    for text in [
        r#"{"value":[,]}"#,
        r#"{"value":[{},]}"#,
        r#"{"value":[,{}]}"#,
        r#"{"value":[{},,{}]}"#,
        r#"{"value":[{} {}]}"#,
        r#"{"value":[{}{}]}"#,
        r#"{"value":[{}],}"#,
        r#"{,"value":[{}]}"#,
        r#"{"a":1,,"value":[{}]}"#,
        r#"{"a":1 "value":[{}]}"#,
        r#"{"value":[{}]"a":1}"#,
        r#"{"value":[{}]} x"#,
        "{\"value\":[{}]}\u{c}",
        r#"{"value":[{}]}]"#,
        r#"{"value":[{}}"#,
        r#"{"value":[{}:{}]}"#,
        r#"{"value":[{}],"value":[{}]}"#,
        r#"{"value":[{}],"value":null}"#,
        r#"{"value":[{}],"a":tru}"#,
        r#"{"value":[{}],"a":[1,]}"#,
        r#"{"value":[{}],"a":{"b":[1}]}}"#,
        r#"{"a":"\x","value":[{}]}"#,
        r#"{"\x":1,"value":[{}]}"#,
        "{\"a\":\"\t\",\"value\":[{}]}",
        r#"{"value":[{}],"@odata.nextLink":null,"@odata.nextLink":"l"}"#,
    ] {
        for piece in [1, 3, 1000] {
            let (_, end) = read(text, piece, 1000);
            assert!(matches!(end, Err(PageError::NotJson { .. } | PageError::NoValue)), "{text} {end:?}");
        }
    }
}

#[test]
fn every_cut_is_noticed() {
    let text = r#"{"value":[{"a":1},{"b":2}],"@odata.nextLink":"l"}"#;
    for end in 0..text.len() {
        assert_eq!(read(&text[..end], 5, 100).1, Err(PageError::CutShort), "cut at {end}");
    }
}

proptest! {
    #[test]
    fn any_bytes_are_read_without_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300), piece in 1usize..50) {
        let _ = read(bytes, piece, 50);
    }

    #[test]
    fn json_like_bytes_are_read_without_panic(text in r#"\{"value":\[([{}\[\]",:\\ a1]|null){0,60}"#, piece in 1usize..9) {
        let _ = read(text, piece, 20);
    }
}
