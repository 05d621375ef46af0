//! Which address comes next.

use std::collections::HashSet;
use std::hash::{BuildHasherDefault, DefaultHasher, Hash, Hasher};

use super::position::Next;
use super::route::Paging;
use crate::error::{Cause, SourceError};
use crate::wire::Origin;

/// Walks the pages of one collection.
#[derive(Debug)]
pub(super) struct Pager {
    origin: Origin,
    aliases: &'static [&'static str],
    path: String,
    query: String,
    paging: Paging,
    next: Next,
    visited: HashSet<u64, BuildHasherDefault<DefaultHasher>>,
}

impl Pager {
    /// A pager at its first page, or where a checkpoint left it. `aliases` are hosts of the same service that a link
    /// may point to.
    ///
    /// # Errors
    /// `invalid-checkpoint` if the place is a link that would not have been followed.
    pub(super) fn new(
        origin: Origin,
        aliases: &'static [&'static str],
        path: String,
        paging: Paging,
        next: Next,
    ) -> Result<Self, SourceError> {
        let pager = Self { origin, aliases, path, query: String::new(), paging, next, visited: HashSet::default() };
        match &pager.next {
            Next::Link(link, _) => {
                pager.trust(link).map_err(|why| invalid_checkpoint(&format!("an address that {why}")))?
            }
            Next::File(..) | Next::Shard(..) => return Err(invalid_checkpoint("no page, where pages are read")),
            Next::Start | Next::Skip(..) | Next::End => {}
        }
        Ok(pager)
    }

    /// The same with further parameters in each request; links hold them already.
    pub(super) fn with(self, query: String) -> Self {
        Self { query, ..self }
    }

    /// The path that is read, for messages.
    pub(super) fn path(&self) -> &str {
        &self.path
    }

    /// Where it goes on.
    pub(super) fn next(&self) -> &Next {
        &self.next
    }

    /// The address of the next page; `None` at the end.
    pub(super) fn url(&self) -> Option<String> {
        let base = || format!("{}{}", self.origin, self.path);
        match (&self.next, self.paging) {
            (Next::End | Next::File(..) | Next::Shard(..), _) => None,
            (Next::Link(link, _), _) => Some(link.clone()),
            (Next::Start, Paging::Offset { top }) => Some(format!("{}?$top={top}{}", base(), self.query)),
            (Next::Skip(skip, seam), Paging::Offset { top }) => {
                let skip = skip.saturating_sub(u64::from(seam.is_some()));
                Some(format!("{}?$top={top}&$skip={skip}{}", base(), self.query))
            }
            // `$top` would make the service leave the next link out, so the page size goes by its own name here.
            (_, Paging::NextLink { page_size }) => Some(format!("{}?pageSize={page_size}{}", base(), self.query)),
            (_, Paging::Single | Paging::Files | Paging::Shards { .. }) => Some(base()),
        }
    }

    /// The name of the row that the next page has to begin with. An offset counts the rows before it, so a row that
    /// comes or goes there moves all others, and one of them would be passed over. A page therefore begins with the row
    /// that the page before ended with: if it is not there, the list moved.
    pub(super) fn seam(&self) -> Option<u64> {
        match self.next {
            Next::Skip(_, seam) => seam,
            _ => None,
        }
    }

    /// Moves on after a page of `rows` rows, the seam left out, whose content has the fingerprint `digest` and whose
    /// last row has the name `last`.
    ///
    /// A link wins over an offset. Without one, an offset ends on a page without new rows only: neither a short page nor
    /// the end of links is a promise that nothing follows.
    ///
    /// # Errors
    /// `protocol` if the link leads to another service, or in a circle.
    pub(super) fn advance(
        &mut self,
        link: Option<String>,
        rows: u64,
        digest: u64,
        last: u64,
    ) -> Result<(), SourceError> {
        let before = match self.next {
            Next::Skip(before, _) | Next::Link(_, before) => before,
            Next::Start | Next::File(..) | Next::Shard(..) | Next::End => 0,
        };
        self.next = match (link, self.paging) {
            (Some(link), _) => {
                self.trust(&link).map_err(|why| {
                    self.refuse(&format!("the next link {why}"), "The link was not followed. Please report it.")
                })?;
                // A link that leads to the page it stands on is the smallest circle.
                if let Some(here) = self.url() {
                    let _ = self.visit(&here);
                }
                self.visit(&link)?;
                Next::Link(link, before + rows)
            }
            (None, Paging::Offset { .. }) if rows > 0 => {
                self.visit(&(rows, digest))?;
                Next::Skip(before + rows, Some(last))
            }
            (None, _) => Next::End,
        };
        Ok(())
    }

    fn visit(&mut self, page: &impl Hash) -> Result<(), SourceError> {
        let mut hasher = DefaultHasher::new();
        page.hash(&mut hasher);
        if self.visited.insert(hasher.finish()) {
            return Ok(());
        }
        Err(self.refuse("the pages go in a circle", "Try again later; if it stays, please report it."))
    }

    fn refuse(&self, what: &str, remedy: &str) -> SourceError {
        SourceError::new(Cause::Protocol, format!("GET {}: {what}.", self.path), remedy)
    }

    /// Whether a link leads to the service that the token is for.
    fn trust(&self, link: &str) -> Result<(), &'static str> {
        let Ok(uri) = link.parse::<http::Uri>() else { return Err("is not a URL") };
        let (Some(scheme), Some(authority)) = (uri.scheme_str(), uri.authority()) else {
            return Err("is not absolute");
        };
        let authority = authority.as_str().to_ascii_lowercase();
        let is_origin = scheme == self.origin.scheme() && authority == self.origin.authority();
        let is_alias = scheme == "https" && self.aliases.contains(&authority.as_str());
        if !is_origin && !is_alias {
            return Err("leads to another host, which must not get the token");
        }
        if uri.path().starts_with("/api/") { Ok(()) } else { Err("leads out of the API") }
    }
}

pub(super) fn invalid_checkpoint(holds: &str) -> SourceError {
    SourceError::new(
        Cause::InvalidCheckpoint,
        format!("The checkpoint holds {holds}."),
        "Start over without the checkpoint; with the bundled host, `--reset-state`.",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALIASES: &[&str] = &["api.securitycenter.microsoft.com"];

    fn pager(paging: Paging) -> Pager {
        let origin = Origin::https("api.security.microsoft.com");
        Pager::new(origin, ALIASES, "/api/machines".into(), paging, Next::Start).unwrap()
    }

    #[test]
    fn offsets_overlap_by_a_row_and_end_where_nothing_new_comes() {
        let mut pager = pager(Paging::Offset { top: 10 });
        assert_eq!(pager.url().unwrap(), "https://api.security.microsoft.com/api/machines?$top=10");
        pager.advance(None, 10, 1, 71).unwrap();
        pager.advance(None, 4, 2, 72).unwrap();
        assert_eq!(pager.url().unwrap(), "https://api.security.microsoft.com/api/machines?$top=10&$skip=13");
        assert_eq!(pager.seam(), Some(72));
        pager.advance(None, 0, 3, 0).unwrap();
        assert_eq!(pager.url(), None);
    }

    #[test]
    fn every_page_is_asked_for_alike() {
        let mut pager = pager(Paging::Offset { top: 10 }).with("&$filter=a%20ge%201".into());
        assert!(pager.url().unwrap().ends_with("/api/machines?$top=10&$filter=a%20ge%201"));
        pager.advance(None, 10, 1, 71).unwrap();
        assert!(pager.url().unwrap().ends_with("/api/machines?$top=10&$skip=9&$filter=a%20ge%201"));
    }

    #[test]
    fn a_link_wins_and_is_followed_as_given() {
        let mut pager = pager(Paging::Offset { top: 10 });
        let link = "https://API.securitycenter.microsoft.com/api/machines?$skiptoken=a";
        pager.advance(Some(link.into()), 10, 1, 71).unwrap();
        assert_eq!((pager.url().as_deref(), pager.seam()), (Some(link), None));
        pager.advance(None, 3, 2, 72).unwrap();
        assert_eq!(pager.next(), &Next::Skip(13, Some(72)), "an offset may follow a link that ended");
    }

    #[test]
    fn circles_are_noticed() {
        let mut by_link = pager(Paging::NextLink { page_size: 5 });
        let link = |n: u8| Some(format!("https://api.security.microsoft.com/api/x?t={n}"));
        by_link.advance(link(1), 5, 1, 0).unwrap();
        by_link.advance(link(2), 5, 2, 0).unwrap();
        assert_eq!(by_link.advance(link(1), 5, 3, 0).unwrap_err().cause, Cause::Protocol);
        let mut by_itself = pager(Paging::NextLink { page_size: 5 });
        let first = by_itself.url();
        assert_eq!(by_itself.advance(first, 5, 1, 0).unwrap_err().cause, Cause::Protocol, "to the page it stands on");
        let origin = Origin::https("api.security.microsoft.com");
        let paging = Paging::NextLink { page_size: 5 };
        let mut resumed =
            Pager::new(origin, ALIASES, "/api/x".into(), paging, Next::Link(link(1).unwrap(), 5)).unwrap();
        assert_eq!(resumed.advance(link(1), 5, 1, 0).unwrap_err().cause, Cause::Protocol, "after a restart");
        let mut by_offset = pager(Paging::Offset { top: 5 });
        by_offset.advance(None, 5, 77, 0).unwrap();
        assert!(by_offset.advance(None, 5, 77, 0).unwrap_err().message.contains("circle"));
    }

    #[test]
    fn foreign_links_are_refused() {
        for link in [
            "https://evil.example/api/machines",
            "http://api.security.microsoft.com/api/machines",
            "https://api.security.microsoft.com:8443/api/machines",
            "https://api.security.microsoft.com@evil.example/api/machines",
            "https://api.security.microsoft.com.evil.example/api/machines",
            "https://api.security.microsoft.com/elsewhere",
            "/api/machines?$skip=5",
            "not a link",
            "",
        ] {
            let mut pager = pager(Paging::NextLink { page_size: 5 });
            let error = pager.advance(Some(link.into()), 5, 1, 0).unwrap_err();
            assert_eq!(error.cause, Cause::Protocol, "{link}");
            let origin = Origin::https("api.security.microsoft.com");
            let paging = Paging::NextLink { page_size: 5 };
            let resumed = Pager::new(origin, ALIASES, "/api/x".into(), paging, Next::Link(link.into(), 0));
            assert_eq!(resumed.unwrap_err().cause, Cause::InvalidCheckpoint, "{link}");
        }
    }
}
