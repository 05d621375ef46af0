//! Taking secrets out: what is known, and what stands where secrets do.

use super::jwt;
use super::layers::{self, TooDeep};
use super::mark::REDACTED;
use super::search::{Known, Searcher};
use super::shapes::{self, Place};
use std::ops::Range;

/// How often a text is gone over. What remains when a secret is gone can, with what stands beside it, be one again.
const ROUNDS: usize = 3;

/// Takes secrets out of texts.
#[derive(Debug, Clone, Copy)]
pub struct Redactor<'a> {
    searcher: &'a Searcher,
}

/// A text without its secrets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Redacted {
    /// There were none.
    Clean,
    /// The text without them.
    Changed(Vec<u8>),
    /// They could not be taken out, or it cannot be said whether there are any.
    Unclear,
}

/// An address without credentials: user information and the values of secret parameters.
pub fn redact_url(url: &str) -> String {
    Redactor::new(&Known::default().searcher()).text(url, Place::Url)
}

impl<'a> Redactor<'a> {
    /// Takes out what a searcher finds.
    pub fn new(searcher: &'a Searcher) -> Self {
        Self { searcher }
    }

    /// A short text without secrets. What is unclear goes as a whole.
    pub fn text(&self, text: &str, place: Place<'_>) -> String {
        match self.bytes(text.as_bytes(), place) {
            Redacted::Clean => text.to_owned(),
            Redacted::Changed(bytes) => String::from_utf8_lossy(&bytes).into_owned(),
            Redacted::Unclear => REDACTED.to_owned(),
        }
    }

    /// Some bytes without secrets.
    pub fn bytes(&self, bytes: &[u8], place: Place<'_>) -> Redacted {
        let mut changed: Option<Vec<u8>> = None;
        for round in 0..=ROUNDS {
            let text = changed.as_deref().unwrap_or(bytes);
            let Ok(found) = self.found(text, (round == 0).then_some(place)) else { return Redacted::Unclear };
            if found.is_empty() {
                return changed.map_or(Redacted::Clean, Redacted::Changed);
            }
            changed = Some(without(text, &found));
        }
        Redacted::Unclear
    }

    /// What has to go, in order and apart. Shapes are looked for in one round alone: what stands there afterwards is
    /// no secret any more.
    fn found(&self, text: &[u8], place: Option<Place<'_>>) -> Result<Vec<(Range<usize>, String)>, TooDeep> {
        let (mut places, mut tokens) = (Vec::new(), Vec::new());
        layers::walk(text, |layer| {
            self.searcher.places(layer, |range, _| places.push(layer.source(range)));
            for range in place.map(|place| shapes::ranges(text, layer, place)).unwrap_or_default() {
                let value = std::str::from_utf8(&layer.bytes[range.clone()]).unwrap_or_default();
                let source = layer.source(range);
                // What an answer gives is needed in a replay; what a request shows is not.
                if place == Some(Place::Body) {
                    tokens.extend(jwt::without_secrets(value, self.searcher).map(|rest| (source.clone(), rest)));
                }
                places.push(source);
            }
        })?;
        places.sort_by_key(|range| (range.start, range.end));
        let mut apart: Vec<Range<usize>> = Vec::new();
        for range in places {
            match apart.last_mut() {
                Some(last) if range.start < last.end || range == *last => last.end = last.end.max(range.end),
                _ => apart.push(range),
            }
        }
        let rest = |range: &Range<usize>| tokens.iter().find(|(token, _)| token == range).map(|(_, rest)| rest.clone());
        Ok(apart
            .into_iter()
            .map(|range| (range.clone(), rest(&range).unwrap_or_else(|| REDACTED.to_owned())))
            .collect())
    }
}

fn without(text: &[u8], found: &[(Range<usize>, String)]) -> Vec<u8> {
    let (mut out, mut from) = (Vec::with_capacity(text.len()), 0);
    for (range, instead) in found {
        out.extend_from_slice(&text[from..range.start]);
        out.extend_from_slice(instead.as_bytes());
        from = range.end;
    }
    out.extend_from_slice(&text[from..]);
    out
}
