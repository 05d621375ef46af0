//! Faults as they strike: which of them do, and what they make of an answer.

use super::answer::{Body, Piece};
use super::lasting::Lasting;
use super::page::{Bend, Leads};
use super::reply::Chunks;
use crate::api::{Content, Site};
use crate::draw::Draw;
use crate::scenario::{Fault, What};
use bytes::Bytes;
use std::time::Duration;

/// A fault and how often it came by.
#[derive(Debug)]
pub(super) struct Armed {
    fault: Fault,
    /// Draws of its own: a fault that is added changes no other one.
    draw: Draw,
    seen: u64,
    struck: u64,
}

impl Armed {
    pub(super) fn new(fault: Fault, draw: Draw) -> Self {
        Self { fault, draw, seen: 0, struck: 0 }
    }

    /// Whether a request meets the conditions. It is counted either way.
    fn strikes(&mut self, request: &Struck<'_>, lasting: &Lasting) -> bool {
        let when = &self.fault.when;
        let selected = when.method.as_deref().is_none_or(|method| method.eq_ignore_ascii_case(request.method))
            && when.path.as_deref().is_none_or(|path| glob(path.as_bytes(), request.path.as_bytes()))
            && applies(&self.fault.what, request)
            && !lasting.has_struck(&self.fault.what, request);
        if !selected {
            return false;
        }
        self.seen += 1;
        // Which devices are gone does not depend on how often somebody asks about them.
        let draw = match (&self.fault.what, request.device) {
            (What::Ghost, Some(device)) => self.draw.at(&device.to_ascii_lowercase()),
            _ => self.draw.nth(self.seen),
        };
        let drawn = draw.below(1 << 32);
        // A share of 2^32: exact for every probability that a person writes.
        #[allow(clippy::cast_precision_loss, reason = "below 2^32 there is none")]
        let unlucky = (drawn as f64) < when.probability * f64::from(u32::MAX) + when.probability;
        let strikes = self.seen >= when.from && when.times.is_none_or(|times| self.struck < times) && unlucky;
        self.struck += u64::from(strikes);
        strikes
    }
}

/// A request as faults see it.
pub(super) struct Struck<'r> {
    pub(super) method: &'r str,
    pub(super) path: &'r str,
    pub(super) site: Site,
    pub(super) content: Option<&'r Content>,
    /// Whether it asks for rows behind others, by `$skip`.
    pub(super) skips: bool,
    /// The device that it is about, if it is about one.
    pub(super) device: Option<&'r str>,
}

/// The fault that strikes a request, and the skew of the clock. Of several faults the first one strikes; the others
/// have seen the request all the same.
pub(super) fn strike(
    armed: &mut [Armed],
    lasting: &mut Lasting,
    request: &Struck<'_>,
    now: Duration,
) -> (Option<What>, i64) {
    let (mut first, mut skew) = (None, 0_i64);
    for fault in armed {
        if fault.strikes(request, lasting) {
            match &fault.fault.what {
                What::ClockSkew { secs } => skew = skew.saturating_add(*secs),
                what => first = first.or_else(|| Some(what.clone())),
            }
        }
    }
    if let Some(what) = &first {
        lasting.strike(what, request, now);
    }
    (first.or_else(|| lasting.met(request, now)), skew)
}

/// Whether an answer is one of several pages.
fn is_page(content: &Content) -> bool {
    use Content::{Graph, GraphDelta, List, Snapshot};
    matches!(content, List { .. } | Snapshot { .. } | Graph { .. } | GraphDelta { .. })
}

/// Whether an answer is rows, in pages or at once.
fn has_rows(content: &Content) -> bool {
    is_page(content) || matches!(content, Content::Whole { .. })
}

/// Whether a fault means anything for a request.
fn applies(what: &What, request: &Struck<'_>) -> bool {
    let content = request.content;
    match what {
        What::Shift { .. } => request.skips && matches!(content, Some(Content::List { .. })),
        What::Duplicate | What::ShortPage { .. } => content.is_some_and(is_page),
        What::Loop | What::ForeignLink => content.is_some_and(has_rows),
        What::EmptyPage => content.is_some_and(|content| is_page(content) && !matches!(content, Content::List { .. })),
        What::Shuffle => {
            let is_result = |content| matches!(content, &Content::Hunt { .. });
            request.site == Site::Blob || content.is_some_and(|content| has_rows(content) || is_result(content))
        }
        What::Ghost => request.device.is_some(),
        What::SasExpired { .. } | What::PendingCopy | What::LateFile { .. } => request.site == Site::Blob,
        _ => true,
    }
}

/// What a fault does to a page.
pub(super) fn bend(what: Option<&What>, draw: Draw) -> Bend {
    match what {
        Some(What::Shift { rows }) => Bend { shift: *rows, ..Bend::default() },
        Some(What::Duplicate) => Bend { again: true, ..Bend::default() },
        Some(What::EmptyPage) => Bend { is_empty: true, ..Bend::default() },
        Some(What::ShortPage { rows }) => Bend { most: Some(*rows), ..Bend::default() },
        Some(What::Shuffle) => Bend { order: Some(draw.at("order")), ..Bend::default() },
        Some(What::Loop) => Bend { link: Leads::Back, ..Bend::default() },
        Some(What::ForeignLink) => Bend { link: Leads::Away, ..Bend::default() },
        _ => Bend::default(),
    }
}

/// How a body ends too early.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    /// As if it were all.
    Well,
    /// The connection is closed.
    Closed,
    /// The connection is reset.
    Reset,
}

/// Cuts a body after `at` bytes, or in the middle of its last chunk if it is shorter.
pub(super) fn cut(body: Chunks, at: u64) -> Chunks {
    Box::new(Cut { body, left: at, ahead: None, done: false })
}

struct Cut {
    body: Chunks,
    left: u64,
    ahead: Option<Vec<u8>>,
    done: bool,
}

impl Iterator for Cut {
    type Item = Vec<u8>;

    fn next(&mut self) -> Option<Vec<u8>> {
        if self.done {
            return None;
        }
        let chunk = match self.ahead.take() {
            Some(chunk) => chunk,
            None => self.body.next()?,
        };
        self.ahead = self.body.find(|chunk| !chunk.is_empty());
        let length = chunk.len() as u64;
        let keep = match &self.ahead {
            Some(_) if length < self.left => length,
            // The last chunk must not get out whole.
            None => self.left.min(length / 2),
            Some(_) => self.left,
        };
        self.left = self.left.saturating_sub(length);
        self.done = keep < length || self.left == 0;
        let keep = usize::try_from(keep).unwrap_or(usize::MAX);
        Some(chunk.into_iter().take(keep).collect())
    }
}

/// A body as pieces.
pub(super) fn pieces(body: Chunks, end: End) -> Body {
    let data = body.filter(|chunk| !chunk.is_empty()).map(|chunk| Piece::Data(Bytes::from(chunk)));
    match end {
        End::Well => Box::new(data),
        End::Closed => Box::new(data.chain(std::iter::once(Piece::Closed))),
        End::Reset => Box::new(data.chain(std::iter::once(Piece::Reset))),
    }
}

/// A body with a pause behind every `every` bytes.
pub(super) fn slow(body: Body, pause: Duration, every: u64) -> Body {
    let size = usize::try_from(every.max(1)).unwrap_or(usize::MAX);
    Box::new(body.flat_map(move |piece| -> Body {
        let Piece::Data(data) = piece else { return Box::new(std::iter::once(piece)) };
        let parts: Vec<Bytes> =
            (0..data.len()).step_by(size).map(|at| data.slice(at..data.len().min(at.saturating_add(size)))).collect();
        Box::new(parts.into_iter().flat_map(move |part| [Piece::Data(part), Piece::Pause(pause)]))
    }))
}

/// Whether a text fits a pattern in which `*` stands for any text, in any case.
fn glob(pattern: &[u8], text: &[u8]) -> bool {
    let (mut p, mut t) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while t < text.len() {
        match pattern.get(p) {
            Some(b'*') => {
                star = Some((p, t));
                p += 1;
            }
            Some(byte) if text.get(t).is_some_and(|other| byte.eq_ignore_ascii_case(other)) => {
                p += 1;
                t += 1;
            }
            // Back to the last star, which takes one byte more.
            _ => match star {
                Some((at, taken)) => {
                    star = Some((at, taken + 1));
                    p = at + 1;
                    t = taken + 1;
                }
                None => return false,
            },
        }
    }
    pattern.get(p..).unwrap_or_default().iter().all(|byte| *byte == b'*')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::When;

    fn request(path: &'static str) -> Struck<'static> {
        Struck { method: "GET", path, site: Site::Defender, content: None, skips: false, device: None }
    }

    fn strikes(when: When, requests: usize) -> Vec<bool> {
        let mut armed = Armed::new(Fault { when, what: What::Reset }, Draw::seed(1));
        (0..requests).map(|_| armed.strikes(&request("/api/machines"), &Lasting::default())).collect()
    }

    #[test]
    fn a_fault_strikes_when_its_conditions_hold() {
        assert_eq!(strikes(When::default(), 3), [true, false, false]);
        assert_eq!(strikes(When { from: 2, times: Some(2), ..When::default() }, 4), [false, true, true, false]);
        assert_eq!(strikes(When { path: Some("/api/x".into()), ..When::default() }, 1), [false]);
        assert_eq!(strikes(When { method: Some("post".into()), ..When::default() }, 1), [false]);
        let some = strikes(When { probability: 0.3, times: None, ..When::default() }, 10_000);
        let count = some.iter().filter(|strikes| **strikes).count();
        assert!((2700..3300).contains(&count), "{count}");
        assert!(strikes(When { probability: 1.0, times: None, ..When::default() }, 1000).iter().all(|struck| *struck));
        assert!(!strikes(When { probability: 0.0, times: None, ..When::default() }, 1000).iter().any(|struck| *struck));
    }

    #[test]
    fn patterns_take_any_text_for_a_star() {
        let fits = |pattern: &str, text: &str| glob(pattern.as_bytes(), text.as_bytes());
        assert!(fits("/api/*/logonusers", "/API/machines/abc/logonUsers"));
        assert!(fits("*", "") && fits("*a*b*", "xxayybzz") && fits("abc", "abc"));
        assert!(!fits("/api/machines", "/api/machines/a") && !fits("a*b", "ac") && !fits("", "a"));
    }

    #[test]
    fn a_cut_body_never_gets_out_whole() {
        let chunks = || Box::new([b"0123".to_vec(), b"4567".to_vec(), b"89".to_vec()].into_iter()) as Chunks;
        let cut_at = |at| cut(chunks(), at).flatten().collect::<Vec<u8>>();
        assert_eq!(cut_at(0), b"");
        assert_eq!(cut_at(4), b"0123");
        assert_eq!(cut_at(6), b"012345");
        assert_eq!(cut_at(10), b"012345678");
        assert_eq!(cut_at(1000), b"012345678");
        assert_eq!(cut(Box::new(std::iter::empty()), 5).count(), 0);
    }

    #[test]
    fn a_slow_body_pauses_between_its_bytes() {
        let body = pieces(Box::new(std::iter::once(b"01234".to_vec())), End::Closed);
        let pause = Duration::from_secs(1);
        let pieces: Vec<Piece> = slow(body, pause, 2).collect();
        let data = |text: &'static str| Piece::Data(Bytes::from_static(text.as_bytes()));
        let wait = || Piece::Pause(pause);
        assert_eq!(pieces, [data("01"), wait(), data("23"), wait(), data("4"), wait(), Piece::Closed]);
    }
}
