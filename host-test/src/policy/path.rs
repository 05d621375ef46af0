//! Path patterns: literal segments, `{name}` for exactly one segment, and `{name...}` at the end for one or more.
//!
//! By default nothing fits that servers may read in different ways: no empty and no dot segments, no backslash, and no
//! codes that stand for a separator, a dot, a percent sign or a zero. The one exception is an identifier in the place of
//! `{name}`: it may hold an encoded slash, backslash or percent sign, because whoever decodes it comes to the same
//! place, however often that is done and wherever it is cut, unless a part of it is empty or dots.

/// A published path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pattern(Vec<Segment>);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Segment {
    Literal(String),
    Any,
    Rest,
}

impl Pattern {
    /// Reads a published path; nothing if it is not one.
    pub fn parse(path: &str) -> Option<Self> {
        if !is_plain(path) {
            return None;
        }
        let segments = path.strip_prefix('/')?;
        let count = segments.split('/').count();
        segments
            .split('/')
            .enumerate()
            .map(|(index, segment)| match (segment.strip_prefix('{'), segment.strip_suffix('}')) {
                (Some(_), Some(name)) if name.ends_with("...") => {
                    (name.len() > 4 && index + 1 == count).then_some(Segment::Rest)
                }
                (Some(_), Some(_)) if segment.len() > 2 => Some(Segment::Any),
                _ if segment.contains(['{', '}']) => None,
                _ => Some(Segment::Literal(segment.to_owned())),
            })
            .collect::<Option<Vec<_>>>()
            .map(Self)
    }

    /// Whether a path is an instance of the pattern, and means the same to everybody.
    pub fn fits(&self, path: &str) -> bool {
        let Some(path) = path.strip_prefix('/') else { return false };
        let mut segments = path.split('/');
        for wanted in &self.0 {
            let fits = match (wanted, segments.next()) {
                (_, None) => false,
                (Segment::Literal(literal), Some(segment)) => literal == segment,
                (Segment::Any, Some(segment)) => is_identifier(segment),
                (Segment::Rest, Some(segment)) => return is_plain_segment(segment) && segments.all(is_plain_segment),
            };
            if !fits {
                return false;
            }
        }
        segments.next().is_none()
    }
}

/// Whether a path means the same to everybody: absolute, no empty and no dot segments, nothing that a server could
/// decode into a separator or a dot segment, no backslash.
pub(super) fn is_plain(path: &str) -> bool {
    let Some(rest) = path.strip_prefix('/') else { return false };
    rest.is_empty() || rest.split('/').all(is_plain_segment)
}

fn is_plain_segment(segment: &str) -> bool {
    let lower = segment.to_ascii_lowercase();
    let is_ambiguous = ["%2f", "%5c", "%2e", "%00", "%25", "\\"].iter().any(|code| lower.contains(code));
    !is_ambiguous && !matches!(segment, "" | "." | "..")
}

/// How often an identifier is decoded; one that holds codes in codes in codes is none.
const DECODED_MAX: usize = 4;

/// Whether a segment can be nothing but one identifier, even to a server that decodes too early or too often.
fn is_identifier(segment: &str) -> bool {
    if is_plain_segment(segment) {
        return true;
    }
    let lower = segment.to_ascii_lowercase();
    if ["%2e", "%00", "\\"].iter().any(|code| lower.contains(code)) {
        return false;
    }
    let mut text = segment.as_bytes().to_vec();
    for _ in 0..DECODED_MAX {
        let parts = |text: &[u8]| {
            text.split(|byte| matches!(byte, b'/' | b'\\')).all(|part| !matches!(part, b"" | b"." | b".."))
        };
        if !parts(&text) || text.contains(&0) {
            return false;
        }
        let decoded: Vec<u8> = percent_encoding::percent_decode(&text).collect();
        if decoded == text {
            return true;
        }
        text = decoded;
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_placeholder_is_exactly_one_segment() {
        let pattern = Pattern::parse("/api/machines/{id}/logonusers").unwrap();
        assert!(pattern.fits("/api/machines/1/logonusers"));
        for path in ["/api/machines/logonusers", "/api/machines/1/2/logonusers", "/api/machines/1/logonusers/x", ""] {
            assert!(!pattern.fits(path), "{path}");
        }
        assert!(Pattern::parse("/").unwrap().fits("/"));
    }

    #[test]
    fn an_identifier_may_hold_an_encoded_separator_and_nothing_that_leads_elsewhere() {
        let pattern = Pattern::parse("/api/machines/{id}/logonusers").unwrap();
        let fits = |id: &str| pattern.fits(&format!("/api/machines/{id}/logonusers"));
        for id in ["pkg%2Fsub", "a%5cb", "50%25", "a%252Fb", "a..b%2fc", "c%2B%2B%20tool", "a%2Fb%2Fc"] {
            assert!(fits(id), "{id}");
        }
        for id in [
            "..%2Fx",
            "x%2F..",
            "%2e%2e",
            "a%2e",
            "a%2F",
            "%2Fa",
            "a%2F%2Fb",
            "a%2F.%2Fb",
            "..%5Cx",
            "a%00",
            "a%2500",
            "%252e%252e%252fx",
            "a%25252525252Fb",
            "a\\b",
            "..%255cx",
        ] {
            assert!(!fits(id), "{id}");
        }
        assert!(!pattern.fits("/api%2Fmachines/1/logonusers") && !pattern.fits("/api/machines%2F1/logonusers"));
        assert!(!Pattern::parse("/{file...}").unwrap().fits("/a%2Fb"), "only in the place of one segment");
    }

    #[test]
    fn a_rest_is_one_segment_or_more() {
        let pattern = Pattern::parse("/files/{file...}").unwrap();
        assert!(pattern.fits("/files/1") && pattern.fits("/files/1/2/3.gz"));
        assert!(!pattern.fits("/files") && !pattern.fits("/files/") && !pattern.fits("/others/1"));
        assert_eq!(Pattern::parse("/{file...}/x"), None, "only at the end");
    }

    #[test]
    fn odd_patterns_allow_nothing() {
        for path in ["api", "", "/a/{}/b", "/a/x{id}", "/{...}/a", "/a//b", "/a/../b", "/a/{id"] {
            assert_eq!(Pattern::parse(path), None, "{path}");
        }
    }
}
