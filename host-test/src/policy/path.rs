//! Path patterns: literal segments and `{name}`, which stands for exactly one segment.

/// A published path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pattern(Vec<Segment>);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Segment {
    Literal(String),
    Any,
}

impl Pattern {
    /// Reads a published path; nothing if it is not one.
    pub fn parse(path: &str) -> Option<Self> {
        if !is_plain(path) {
            return None;
        }
        path.strip_prefix('/')?
            .split('/')
            .map(|segment| match (segment.strip_prefix('{'), segment.strip_suffix('}')) {
                (Some(_), Some(_)) if segment.len() > 2 => Some(Segment::Any),
                _ if segment.contains(['{', '}']) => None,
                _ => Some(Segment::Literal(segment.to_owned())),
            })
            .collect::<Option<Vec<_>>>()
            .map(Self)
    }

    /// Whether a path is an instance of the pattern. Only for paths that mean the same to everybody.
    pub fn fits(&self, path: &str) -> bool {
        let Some(path) = path.strip_prefix('/') else { return false };
        let mut wanted = self.0.iter();
        let every_segment_fits = path.split('/').all(|segment| match wanted.next() {
            Some(Segment::Literal(literal)) => literal == segment,
            Some(Segment::Any) => !segment.is_empty(),
            None => false,
        });
        every_segment_fits && wanted.next().is_none()
    }
}

/// Whether a path means the same to everybody: absolute, no empty and no dot segments, nothing that a server could
/// decode into a separator or a dot segment, no backslash.
pub(super) fn is_plain(path: &str) -> bool {
    let Some(rest) = path.strip_prefix('/') else { return false };
    if rest.is_empty() {
        return true;
    }
    let lower = path.to_ascii_lowercase();
    let ambiguous = ["%2f", "%5c", "%2e", "%00", "%25"].iter().any(|code| lower.contains(code)) || path.contains('\\');
    !ambiguous && rest.split('/').all(|segment| !matches!(segment, "" | "." | ".."))
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
    fn odd_patterns_allow_nothing() {
        for path in ["api", "", "/a/{}/b", "/a/x{id}", "/a//b", "/a/../b", "/a/{id"] {
            assert_eq!(Pattern::parse(path), None, "{path}");
        }
    }
}
