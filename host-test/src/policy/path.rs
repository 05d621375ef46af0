//! Path patterns: literal segments, `{name}` for exactly one segment, and `{name...}` at the end for one or more.

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

    /// Whether a path is an instance of the pattern. Only for paths that mean the same to everybody.
    pub fn fits(&self, path: &str) -> bool {
        let Some(path) = path.strip_prefix('/') else { return false };
        let mut segments = path.split('/');
        for wanted in &self.0 {
            let fits = match (wanted, segments.next()) {
                (_, None) => false,
                (Segment::Literal(literal), Some(segment)) => literal == segment,
                (Segment::Any, Some(segment)) => !segment.is_empty(),
                (Segment::Rest, Some(segment)) => return !segment.is_empty() && segments.all(|rest| !rest.is_empty()),
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
