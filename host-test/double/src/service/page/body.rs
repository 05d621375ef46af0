//! The body of a page, written while it is read.

use super::cursor::Cursor;
use crate::draw::Draw;
use crate::service::reply::Chunks;
use crate::service::shuffle;
use crate::wire::Position;
use serde_json::Value;

/// Bytes that are worth a chunk.
const CHUNK: usize = 64 * 1024;

/// Members of the envelope behind the rows, of the number of rows on the page and of the place of the next row.
type Tail = Box<dyn FnOnce(u64, Option<Position>) -> Vec<(&'static str, Value)> + Send>;

/// A page of rows.
struct Page {
    head: Option<Vec<u8>>,
    rows: Cursor,
    skip: u64,
    most: u64,
    written: u64,
    tail: Option<Tail>,
}

/// A page of at most `most` rows behind the next `skip`. `head` are the members in front of the rows.
pub(super) fn page(
    head: &[(&'static str, Value)],
    rows: Cursor,
    skip: u64,
    most: u64,
    tail: impl FnOnce(u64, Option<Position>) -> Vec<(&'static str, Value)> + Send + 'static,
) -> Chunks {
    let mut start = vec![b'{'];
    for (name, value) in head {
        start.extend_from_slice(format!("\"{name}\":{value},").as_bytes());
    }
    start.extend_from_slice(b"\"value\":[");
    Box::new(Page { head: Some(start), rows, skip, most, written: 0, tail: Some(Box::new(tail)) })
}

impl Page {
    /// Appends the next rows in another order. Whether there may be more.
    fn shuffled(&mut self, order: Draw, out: &mut Vec<u8>) -> bool {
        let mut window: Vec<Vec<u8>> = Vec::new();
        let left = usize::try_from(self.most - self.written).unwrap_or(usize::MAX);
        let more = loop {
            if window.len() >= left.min(shuffle::WINDOW) {
                break true;
            }
            let mut row = Vec::new();
            if !self.rows.next(&mut row) {
                break false;
            }
            window.push(row);
        };
        shuffle::rows(&mut window, order.nth(self.written));
        for row in window {
            if self.written > 0 {
                out.push(b',');
            }
            out.extend_from_slice(&row);
            self.written += 1;
        }
        more
    }
}

impl Iterator for Page {
    type Item = Vec<u8>;

    fn next(&mut self) -> Option<Vec<u8>> {
        self.tail.as_ref()?;
        let mut out = self.head.take().unwrap_or_default();
        let skip = std::mem::take(&mut self.skip);
        let mut more = self.rows.skip(skip);
        while more && self.written < self.most {
            if let Some(order) = self.rows.order() {
                more = self.shuffled(order, &mut out);
                continue;
            }
            let before = out.len();
            if self.written > 0 {
                out.push(b',');
            }
            more = self.rows.next(&mut out);
            if !more {
                out.truncate(before);
                break;
            }
            self.written += 1;
            if out.len() >= CHUNK {
                return Some(out);
            }
        }
        let next = self.rows.at();
        // Whether there is another row only shows when it is read.
        let next = (more && self.rows.next(&mut Vec::new())).then_some(next);
        let tail = self.tail.take()?;
        out.push(b']');
        for (name, value) in tail(self.written, next) {
            out.extend_from_slice(format!(",\"{name}\":{value}").as_bytes());
        }
        out.push(b'}');
        Some(out)
    }
}
