//! Whether a file holds our lines, and where its half line begins.
//!
//! A file is added to if it is empty, or if its first and its last whole line are events. What stands behind the last
//! whole line was left by a crash if it begins as an event does; then it may be cut off. By default a file is not ours.

use serde::Deserialize;
use std::borrow::Cow;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};

/// Longest line that is looked at. A record of the largest size that a source takes makes a shorter one.
const MOST_LINE_BYTES: u64 = 128 * 1024 * 1024;
const BLOCK_BYTES: u64 = 64 * 1024;

/// How the bundled source begins an event. Where there is a whole line, that line says how its source does.
const BEGINNING: &[u8] = br#"{"schema":"#;

/// A file of events.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Content {
    /// Bytes of whole lines.
    pub(super) whole: u64,
    /// Bytes of all.
    pub(super) length: u64,
}

/// Why a file is not one of events.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum Foreign {
    /// A whole line is something else.
    #[error("it holds lines that are no events")]
    Line,
    /// What stands behind the last whole line is not the beginning of one.
    #[error("its end is neither a whole line nor the beginning of an event")]
    End,
}

/// The members by which an event is known; see `event.document` in `wit/types.wit`.
#[derive(Deserialize)]
struct Envelope<'a> {
    #[serde(borrow, rename = "key")]
    _key: Cow<'a, str>,
    #[serde(borrow, rename = "run")]
    _run: Cow<'a, str>,
    #[serde(rename = "seq")]
    _seq: u64,
}

/// Looks at both ends of a file.
///
/// # Errors
/// What the system says if the file cannot be read.
pub(super) fn read(file: &mut File) -> io::Result<Result<Content, Foreign>> {
    let length = file.metadata()?.len();
    let whole = line_start(file, length)?;
    let content = Content { whole, length };
    let beginning = if whole == 0 {
        BEGINNING.to_vec()
    } else {
        let last = line_start(file, whole - 1)?;
        let (Some(first), Some(last)) = (first_line(file, whole)?, part(file, last, whole)?) else {
            return Ok(Err(Foreign::Line));
        };
        if !is_event(&first) || !is_event(&last) {
            return Ok(Err(Foreign::Line));
        }
        let name = memchr::memchr(b':', &last).map_or(0, |colon| colon + 1);
        last[..name].to_vec()
    };
    let Some(half) = part(file, whole, length)? else { return Ok(Err(Foreign::End)) };
    let is_ours =
        if half.len() < beginning.len() { beginning.starts_with(&half) } else { half.starts_with(&beginning) };
    // A document that is complete has to be an event, wherever its line end is.
    let is_other = || serde_json::from_slice::<serde::de::IgnoredAny>(&half).is_ok() && !is_event(&half);
    Ok(if half.is_empty() || is_ours && !is_other() { Ok(content) } else { Err(Foreign::End) })
}

fn is_event(line: &[u8]) -> bool {
    serde_json::from_slice::<Envelope<'_>>(line).is_ok()
}

/// Where the line begins that a place in the file belongs to: behind the last line end before it.
fn line_start(file: &mut File, before: u64) -> io::Result<u64> {
    let mut end = before;
    while end > 0 {
        let start = end.saturating_sub(BLOCK_BYTES);
        let block = bytes(file, start, end)?;
        if let Some(at) = memchr::memrchr(b'\n', &block) {
            return Ok(start + at as u64 + 1);
        }
        end = start;
    }
    Ok(0)
}

/// The first line, of a file that has a line end before `end`.
fn first_line(file: &mut File, end: u64) -> io::Result<Option<Vec<u8>>> {
    let mut size = BLOCK_BYTES.min(end);
    loop {
        let mut start = bytes(file, 0, size)?;
        if let Some(at) = memchr::memchr(b'\n', &start) {
            start.truncate(at);
            return Ok(Some(start));
        }
        if size == end || size > MOST_LINE_BYTES {
            return Ok(None);
        }
        size = (size * 8).min(end);
    }
}

/// A part of the file, unless it is longer than any line of ours.
fn part(file: &mut File, start: u64, end: u64) -> io::Result<Option<Vec<u8>>> {
    if end - start > MOST_LINE_BYTES { Ok(None) } else { bytes(file, start, end).map(Some) }
}

fn bytes(file: &mut File, start: u64, end: u64) -> io::Result<Vec<u8>> {
    file.seek(SeekFrom::Start(start))?;
    let mut bytes = Vec::new();
    file.take(end - start).read_to_end(&mut bytes)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    const EVENT: &str = r#"{"schema":"s/1","key":"a:b","run":"r","seq":7,"body":{}}"#;

    fn read_text(text: &str) -> Result<Content, Foreign> {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(text.as_bytes()).unwrap();
        read(&mut file).unwrap()
    }

    #[test]
    fn only_what_began_as_an_event_may_be_cut() {
        let long = format!(r#"{{"schema":"s/1","key":"{}"#, "x".repeat(300_000));
        for half in ["", "{", r#"{"sch"#, r#"{"schema":"#, r#"{"schema":"s/1","ke"#, &long, EVENT] {
            for before in [String::new(), format!("{EVENT}\n"), format!("{EVENT}\n{EVENT}\n")] {
                let (whole, length) = (before.len() as u64, (before.len() + half.len()) as u64);
                assert_eq!(read_text(&format!("{before}{half}")), Ok(Content { whole, length }), "{before}{half:.40}");
            }
        }
        for half in ["x", "[", " ", "\0\0\0", r#"{"a"#, r#"{"precious":"document"}"#, r#"{"schema":"s/1"}"#, "{}"] {
            for before in [String::new(), format!("{EVENT}\n")] {
                assert_eq!(read_text(&format!("{before}{half}")), Err(Foreign::End), "{before}{half}");
            }
        }
    }

    #[test]
    fn lines_of_others_are_seen_at_both_ends() {
        let long = format!("{}\n", "x".repeat(200_000));
        for other in ["x\n", "{}\n", "\n", "[source]\nformat = 1\n", r#"{"key":1,"run":"r","seq":1}"#, &long] {
            let other = format!("{}\n", other.trim_end_matches('\n'));
            for text in [other.clone(), format!("{other}{EVENT}\n"), format!("{EVENT}\n{other}")] {
                assert_eq!(read_text(&text), Err(Foreign::Line), "{text:.60}");
            }
        }
        let other_order = r#"{"body":{},"key":"a","run":"r","seq":1}"#;
        assert!(read_text(&format!("{other_order}\n{{\"body\":{{\"x")).is_ok(), "other sources, other orders");
        assert_eq!(read_text(&format!("{other_order}\n{EVENT}")), Err(Foreign::End));
        let wide = EVENT.replace("{}", &format!(r#""{}""#, "x".repeat(1_000_000)));
        assert!(read_text(&format!("{wide}\n{wide}\n")).is_ok());
    }
}
