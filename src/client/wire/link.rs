//! Addresses that a service gives, written one way before anybody judges where they lead.
//!
//! What a service means is told apart from how it spells it: an explicit default port, upper case and the dot of the root
//! name the same host, a relative address is one of the page that it stands on (RFC 3986 section 5), and blanks and
//! letters beyond ASCII stand for their bytes. Whatever is judged is what is called: nobody parses the text again.

use std::fmt::{self, Write as _};

use super::origin::{Origin, canonical_authority};

/// An absolute address, ready to be called.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    origin: Origin,
    path: String,
    /// With its question mark; empty if there is none.
    query: String,
}

impl Link {
    /// Reads an address. `base` is the one of the answer that it stands in; without it only absolute ones are read.
    ///
    /// # Errors
    /// What is wrong with it, fit to follow "the link". Its text is not repeated: it may hold anything.
    #[inline(never)]
    pub fn read(text: &str, base: Option<&Self>) -> Result<Self, &'static str> {
        let text = text.trim_matches(|letter: char| letter.is_ascii_whitespace() || letter.is_ascii_control());
        let text = text.split('#').next().unwrap_or_default();
        let scheme = scheme(text);
        let (origin, rest) = match (scheme, text.strip_prefix("//"), base) {
            (Some(("https", rest)), ..) => origin("https", rest)?,
            (Some(("http", rest)), ..) => origin("http", rest)?,
            (Some(_), ..) => return Err("is not an HTTP address"),
            (None, Some(rest), Some(base)) => origin(base.origin.scheme(), rest)?,
            (None, None, Some(base)) => (base.origin.clone(), text),
            (None, _, None) => return Err("is not absolute"),
        };
        let (path, query) = rest.split_at(rest.find('?').unwrap_or(rest.len()));
        let is_absolute = scheme.is_some() || text.starts_with('/');
        let path = match base {
            Some(base) if !is_absolute && path.is_empty() => base.path.clone(),
            Some(base) if !is_absolute => {
                let folder = base.path.rfind('/').map_or("/", |end| &base.path[..=end]);
                without_dots(&[folder, &encoded(path)].concat())?
            }
            _ if path.is_empty() => "/".to_owned(),
            _ => without_dots(&encoded(path))?,
        };
        let link = Self { origin, path, query: encoded(query) };
        if link.to_string().parse::<http::Uri>().is_err() {
            return Err("is not a URL");
        }
        Ok(link)
    }

    /// Where it leads.
    #[must_use]
    pub fn origin(&self) -> &Origin {
        &self.origin
    }

    /// Its path, without the query.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }
}

impl fmt::Display for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}{}", self.origin, self.path, self.query)
    }
}

/// The scheme in lower case, and what follows its colon and two slashes; `None` for a relative address.
fn scheme(text: &str) -> Option<(&'static str, &str)> {
    let (scheme, rest) = text.split_once(':')?;
    let is_scheme = scheme.starts_with(|first: char| first.is_ascii_alphabetic())
        && scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte));
    let known = ["https", "http"].into_iter().find(|known| scheme.eq_ignore_ascii_case(known));
    is_scheme.then(|| known.and_then(|known| Some((known, rest.strip_prefix("//")?))).unwrap_or(("", rest)))
}

fn origin<'t>(scheme: &'static str, rest: &'t str) -> Result<(Origin, &'t str), &'static str> {
    let (authority, rest) = rest.split_at(rest.find(['/', '?']).unwrap_or(rest.len()));
    let authority = canonical_authority(scheme, authority).ok_or("names no host that can be called")?;
    Ok((Origin::of(scheme, authority), rest))
}

/// The same with every byte that an address cannot hold as its code. What is encoded already stays so.
fn encoded(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_graphic() && !b"\"<>\\^`{|}".contains(&byte) {
            out.push(char::from(byte));
        } else {
            let _ = write!(out, "%{byte:02X}");
        }
    }
    out
}

/// The path without dot segments, RFC 3986 section 5.2.4.
fn without_dots(path: &str) -> Result<String, &'static str> {
    let mut kept: Vec<&str> = Vec::new();
    let mut segments = path.split('/').skip(1).peekable();
    while let Some(segment) = segments.next() {
        let is_last = segments.peek().is_none();
        match segment {
            "." | ".." => {
                if segment == ".." {
                    kept.pop();
                }
                if is_last {
                    kept.push("");
                }
            }
            // Servers do not agree on what these are.
            _ if is_dots_in_disguise(segment) => return Err("has dot segments in disguise"),
            _ => kept.push(segment),
        }
    }
    Ok(kept.iter().flat_map(|segment| ["/", segment]).collect())
}

fn is_dots_in_disguise(segment: &str) -> bool {
    let plain = segment.to_ascii_lowercase().replace("%2e", ".").replace("%5c", "/").replace("%2f", "/");
    plain != segment && plain.split('/').any(|part| matches!(part, "." | ".."))
}

#[cfg(test)]
mod tests {
    use super::*;

    const BASE: &str = "https://api.example.com/api/machines?$top=5";

    fn read(text: &str) -> Result<String, &'static str> {
        let base = Link::read(BASE, None).unwrap();
        Link::read(text, Some(&base)).map(|link| link.to_string())
    }

    #[test]
    fn a_host_has_one_spelling() {
        for text in [
            "https://api.example.com/api/x?t=1",
            "HTTPS://API.Example.COM/api/x?t=1",
            "https://api.example.com:443/api/x?t=1",
            "https://api.example.com./api/x?t=1",
            "https://API.example.com.:443/api/x?t=1",
            " https://api.example.com/api/x?t=1\n",
            "https://api.example.com/api/x?t=1#here",
            "//api.example.com/api/x?t=1",
            "https://api.example.com/api/./y/../x?t=1",
        ] {
            assert_eq!(read(text).as_deref(), Ok("https://api.example.com/api/x?t=1"), "{text}");
        }
        assert_eq!(read("http://127.0.0.1:80/f").as_deref(), Ok("http://127.0.0.1/f"));
        assert_eq!(read("https://api.example.com:8443/f").as_deref(), Ok("https://api.example.com:8443/f"));
        assert_eq!(read("https://api.example.com?t=1").as_deref(), Ok("https://api.example.com/?t=1"));
    }

    #[test]
    fn relative_ones_are_of_the_page_that_they_stand_on() {
        for (text, expected) in [
            ("/api/x?t=1", "https://api.example.com/api/x?t=1"),
            ("?$skiptoken=a", "https://api.example.com/api/machines?$skiptoken=a"),
            ("machines?$skiptoken=a", "https://api.example.com/api/machines?$skiptoken=a"),
            ("./machines?t=a:b", "https://api.example.com/api/machines?t=a:b"),
            ("../v2/machines", "https://api.example.com/v2/machines"),
            ("../../../x", "https://api.example.com/x"),
            ("x/.", "https://api.example.com/api/x/"),
        ] {
            assert_eq!(read(text).as_deref(), Ok(expected), "{text}");
            assert!(Link::read(text, None).is_err(), "{text}");
        }
    }

    #[test]
    fn what_an_address_cannot_hold_is_encoded_and_nothing_twice() {
        assert_eq!(
            read("/api/x?$filter=name eq 'Büro|1'&t=a%20b%zz").as_deref(),
            Ok("https://api.example.com/api/x?$filter=name%20eq%20'B%C3%BCro%7C1'&t=a%20b%zz")
        );
        assert_eq!(read("/api/a b\\c").as_deref(), Ok("https://api.example.com/api/a%20b%5Cc"));
    }

    #[test]
    fn what_leads_nowhere_is_refused() {
        for text in [
            "ftp://api.example.com/x",
            "javascript:alert(1)",
            "https:/api.example.com/x",
            "https:api.example.com/x",
            "https:///x",
            "https://a@api.example.com/x",
            "https://api.example.com:/x",
            "https://api.example.com:0x1bb/x",
            "https://api.example.com\\@evil.example/x",
            "https://api .example.com/x",
            "https://ápi.example.com/x",
            "/api/%2e%2e/x",
            "/api/..%2Fx",
            "/api/..\\x",
        ] {
            assert!(read(text).is_err(), "{text}: {:?}", read(text));
        }
    }
}
