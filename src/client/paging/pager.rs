//! Which address comes next.

use std::collections::HashSet;
use std::hash::{BuildHasherDefault, DefaultHasher, Hash, Hasher};

use super::position::Next;
use super::route::Paging;
use crate::error::{Cause, SourceError};
use crate::wire::{Link, Origin};

/// Walks the pages of one collection.
#[derive(Debug)]
pub(super) struct Pager {
    origin: Origin,
    hosts: Vec<&'static str>,
    path: String,
    query: String,
    paging: Paging,
    next: Next,
    visited: HashSet<u64, BuildHasherDefault<DefaultHasher>>,
    /// Whether the service has said with a link what follows. Then it says so wherever something does.
    has_links: bool,
    /// How many rows the service said that there are.
    count: Option<u64>,
}

/// What was read of a page.
#[derive(Clone, Debug, Default)]
pub(super) struct PageRead {
    /// The link that it gave.
    pub(super) link: Option<String>,
    /// Its rows, the seam left out.
    pub(super) rows: u64,
    /// Their fingerprint.
    pub(super) digest: u64,
    /// The name of its last row.
    pub(super) last: u64,
    /// How many rows it said that there are in all pages.
    pub(super) count: Option<u64>,
}

impl Pager {
    /// A pager at its first page, or where a checkpoint left it. `hosts` are those of the service: a link may lead from
    /// any of them to any other.
    ///
    /// # Errors
    /// `invalid-checkpoint` if the place is a link that would not have been followed.
    pub(super) fn new(
        origin: Origin,
        hosts: Vec<&'static str>,
        path: String,
        paging: Paging,
        next: Next,
    ) -> Result<Self, SourceError> {
        let has_links = matches!(next, Next::Link(..));
        let (query, visited) = Default::default();
        let mut pager = Self { origin, hosts, path, query, paging, next, visited, has_links, count: None };
        match &mut pager.next {
            Next::Link(link, before) => {
                let (link, before) = (std::mem::take(link), *before);
                let trusted = pager.trusted(&link, None);
                let link = trusted.map_err(|why| invalid_checkpoint(&format!("an address that {why}")))?;
                pager.next = Next::Link(link, before);
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
    pub(super) fn next(&self) -> Next {
        self.next.clone()
    }

    /// Whether the page begins behind the rows that were read.
    pub(super) fn is_at_offset(&self) -> bool {
        matches!(self.next, Next::Skip(_, None))
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

    /// Moves on after a page.
    ///
    /// A link wins over an offset. Without one, an offset ends on an empty page only: neither a short page nor the end of
    /// links is a promise that nothing follows. A service may give fewer rows than it was asked for, and fewer than it
    /// gave before. Where it gives one, the seam fills a page of its own, and what is behind it is asked for without. That
    /// is one request more for each list; only where links were followed to their end is a page with the seam the end.
    ///
    /// # Errors
    /// `protocol` if the link leads to another service, or in a circle, or if there are rows that no page had.
    pub(super) fn advance(&mut self, read: PageRead) -> Result<(), SourceError> {
        let PageRead { link, rows, digest, last, count } = read;
        let has_seam = self.seam().is_some();
        self.count = count.or(self.count);
        let before = match self.next {
            Next::Skip(before, _) | Next::Link(_, before) => before,
            Next::Start | Next::File(..) | Next::Shard(..) | Next::End => 0,
        };
        // An empty text is no link, but another way to say that there is none.
        self.next = match (link.filter(|link| !link.trim().is_empty()), self.paging) {
            (Some(link), _) => {
                let here = self.url();
                let link = self.trusted(&link, here.as_deref()).map_err(|why| {
                    self.refuse(&format!("the next link {why}"), "The link was not followed. Please report it.")
                })?;
                // A link that leads to the page it stands on is the smallest circle.
                if let Some(here) = here {
                    let _ = self.visit(&here);
                }
                self.visit(&link)?;
                self.has_links = true;
                Next::Link(link, before + rows)
            }
            (None, Paging::Offset { .. }) if rows > 0 => {
                self.visit(&(rows, digest))?;
                Next::Skip(before + rows, Some(last).filter(|_| before + rows > 1))
            }
            (None, Paging::Offset { .. }) if has_seam && !self.has_links => Next::Skip(before, None),
            (None, _) => Next::End,
        };
        if self.next == Next::End { self.hold_to_count(before, before + rows) } else { Ok(()) }
    }

    /// Holds what came against what the service said that there is: all of it where one answer gives all, and most of it
    /// where rows come and go while pages are read.
    fn hold_to_count(&self, before: u64, total: u64) -> Result<(), SourceError> {
        let Some(count) = self.count else { return Ok(()) };
        let lacking = count.saturating_sub(total);
        if lacking == 0 || before > 0 && lacking.saturating_mul(20) <= count {
            return Ok(());
        }
        Err(self.refuse(
            &format!("the service says that there are {count} rows, and gave {total}"),
            "Try again later; if it stays, please report it.",
        ))
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

    /// The address to call for a link, if it leads to the service that the token is for. `here` is the page that it
    /// stands on.
    fn trusted(&self, link: &str, here: Option<&str>) -> Result<String, &'static str> {
        let here = here.and_then(|here| Link::read(here, None).ok());
        let link = Link::read(link, here.as_ref())?;
        let origin = link.origin();
        let is_same = origin.scheme() == "https" && self.hosts.contains(&origin.authority());
        if *origin != self.origin && !is_same {
            return Err("leads to another host, which must not get the token");
        }
        if link.path().starts_with("/api/") { Ok(link.to_string()) } else { Err("leads out of the API") }
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
    use proptest::prelude::*;

    const MAIN: &str = "api.security.microsoft.com";
    const REGION: &str = "eu.api.security.microsoft.com";

    fn hosts() -> Vec<&'static str> {
        vec![MAIN, REGION]
    }

    fn read(link: Option<String>, rows: u64, digest: u64, last: u64) -> PageRead {
        PageRead { link, rows, digest, last, count: None }
    }

    fn pager(paging: Paging) -> Pager {
        pager_at(MAIN, paging)
    }

    fn pager_at(host: &str, paging: Paging) -> Pager {
        Pager::new(Origin::https(host), hosts(), "/api/machines".into(), paging, Next::Start).unwrap()
    }

    #[test]
    fn offsets_overlap_by_a_row_and_end_on_an_empty_page() {
        let mut pager = pager(Paging::Offset { top: 10 });
        assert_eq!(pager.url().unwrap(), "https://api.security.microsoft.com/api/machines?$top=10");
        pager.advance(read(None, 10, 1, 71)).unwrap();
        pager.advance(read(None, 4, 2, 72)).unwrap();
        assert_eq!(pager.url().unwrap(), "https://api.security.microsoft.com/api/machines?$top=10&$skip=13");
        assert_eq!(pager.seam(), Some(72));
        pager.advance(read(None, 0, 3, 0)).unwrap();
        assert_eq!(pager.url().unwrap(), "https://api.security.microsoft.com/api/machines?$top=10&$skip=14");
        assert_eq!(pager.seam(), None, "the page may have had no room for more");
        pager.advance(read(None, 0, 3, 0)).unwrap();
        assert_eq!(pager.url(), None);
    }

    /// Reads a list of so many rows from a service that gives at most so many rows a page, the last number for ever after.
    /// Says what was found and how often was asked.
    fn read_list(length: u64, most: &[usize], is_broken_off: bool) -> (Vec<u64>, usize) {
        let mut pager = pager(Paging::Offset { top: 10 });
        let (mut found, mut asked) = (Vec::<u64>::new(), 0);
        while let Some(url) = pager.url() {
            let skip = url.split_once("$skip=").map_or(0, |(_, skip)| skip.parse().unwrap());
            let page: Vec<u64> = (skip..length).take(most[asked.min(most.len() - 1)]).collect();
            asked += 1;
            let new = match pager.seam() {
                Some(seam) => {
                    assert_eq!(page[0], seam, "{length} rows, {most:?} a page");
                    &page[1..]
                }
                None => &page[..],
            };
            found.extend(new);
            let last = page.last().copied().unwrap_or_default();
            pager.advance(read(None, new.len() as u64, 7 * last + 1, last)).unwrap();
            if is_broken_off {
                let (origin, path, paging) = (Origin::https(MAIN), "/api/machines".into(), pager.paging);
                pager = Pager::new(origin, hosts(), path, paging, pager.next()).unwrap();
            }
        }
        (found, asked)
    }

    #[test]
    fn a_list_is_read_to_its_end_whatever_fits_on_a_page() {
        let lists = [(0, 5), (1, 5), (1, 1), (2, 1), (9, 1), (9, 2), (9, 3), (9, 8), (9, 9), (9, 50)];
        for ((length, most), is_broken_off) in lists.into_iter().flat_map(|list| [(list, false), (list, true)]) {
            let (found, asked) = read_list(length, &[most], is_broken_off);
            assert_eq!(found, (0..length).collect::<Vec<_>>(), "{length} rows, {most} a page");
            assert!(most == 1 || asked <= length as usize / most + 9, "{length} rows, {most} a page: {asked}");
        }
    }

    proptest! {
        #[test]
        fn a_list_is_read_to_its_end_however_pages_shrink_and_grow(
            length in 0_u64..30,
            most in prop::collection::vec(1_usize..5, 1..40),
            is_broken_off: bool,
        ) {
            let (found, _) = read_list(length, &most, is_broken_off);
            prop_assert_eq!(found, (0..length).collect::<Vec<_>>());
        }
    }

    #[test]
    fn the_end_of_links_is_the_end_where_nothing_new_follows() {
        let mut pager = pager(Paging::Offset { top: 10 });
        pager.advance(read(Some(format!("https://{MAIN}/api/machines?t=1")), 1, 1, 71)).unwrap();
        pager.advance(read(None, 1, 2, 72)).unwrap();
        assert_eq!(pager.next(), Next::Skip(2, Some(72)));
        pager.advance(read(None, 0, 3, 0)).unwrap();
        assert_eq!(pager.next(), Next::End);
    }

    #[test]
    fn a_count_far_above_the_rows_is_no_end() {
        let ends = |paging, pages: &[u64], count| {
            let mut pager = pager(paging);
            let mut left = pages.len();
            pages.iter().try_for_each(|rows| {
                left -= 1;
                let link = (left > 0).then(|| format!("https://{MAIN}/api/x?t={left}"));
                pager.advance(PageRead { link, rows: *rows, count: Some(count), ..PageRead::default() })
            })
        };
        for (paging, pages, count, is_whole) in [
            (Paging::Single, &[1][..], 250, false),
            (Paging::Single, &[1], 1, true),
            (Paging::Single, &[3], 2, true),
            (Paging::Single, &[0], 1, false),
            (Paging::NextLink { page_size: 5 }, &[50, 49], 100, true),
            (Paging::NextLink { page_size: 5 }, &[50, 44], 100, false),
            (Paging::NextLink { page_size: 5 }, &[50], 100, false),
        ] {
            let end = ends(paging, pages, count);
            assert_eq!(end.is_ok(), is_whole, "{pages:?} of {count}: {end:?}");
        }
    }

    #[test]
    fn every_page_is_asked_for_alike() {
        let mut pager = pager(Paging::Offset { top: 10 }).with("&$filter=a%20ge%201".into());
        assert!(pager.url().unwrap().ends_with("/api/machines?$top=10&$filter=a%20ge%201"));
        pager.advance(read(None, 10, 1, 71)).unwrap();
        assert!(pager.url().unwrap().ends_with("/api/machines?$top=10&$skip=9&$filter=a%20ge%201"));
    }

    #[test]
    fn a_link_wins_and_is_followed() {
        let mut pager = pager(Paging::Offset { top: 10 });
        let link = "https://eu.api.security.microsoft.com/api/machines?$skiptoken=a";
        pager.advance(read(Some(link.into()), 10, 1, 71)).unwrap();
        assert_eq!((pager.url().as_deref(), pager.seam()), (Some(link), None));
        pager.advance(read(None, 3, 2, 72)).unwrap();
        assert_eq!(pager.next(), Next::Skip(13, Some(72)), "an offset may follow a link that ended");
    }

    #[test]
    fn circles_are_noticed() {
        let mut by_link = pager(Paging::NextLink { page_size: 5 });
        let link = |n: u8| Some(format!("https://api.security.microsoft.com/api/x?t={n}"));
        by_link.advance(read(link(1), 5, 1, 0)).unwrap();
        by_link.advance(read(link(2), 5, 2, 0)).unwrap();
        assert_eq!(by_link.advance(read(link(1), 5, 3, 0)).unwrap_err().cause, Cause::Protocol);
        let mut by_itself = pager(Paging::NextLink { page_size: 5 });
        let first = by_itself.url();
        assert_eq!(
            by_itself.advance(read(first, 5, 1, 0)).unwrap_err().cause,
            Cause::Protocol,
            "to the page it stands on"
        );
        let origin = Origin::https("api.security.microsoft.com");
        let paging = Paging::NextLink { page_size: 5 };
        let mut resumed =
            Pager::new(origin, hosts(), "/api/x".into(), paging, Next::Link(link(1).unwrap(), 5)).unwrap();
        assert_eq!(resumed.advance(read(link(1), 5, 1, 0)).unwrap_err().cause, Cause::Protocol, "after a restart");
        let mut by_offset = pager(Paging::Offset { top: 5 });
        by_offset.advance(read(None, 5, 77, 0)).unwrap();
        assert!(by_offset.advance(read(None, 5, 77, 0)).unwrap_err().message.contains("circle"));
    }

    #[test]
    fn the_hosts_of_the_service_are_one_service_in_both_directions() {
        for (from, to) in [(MAIN, MAIN), (MAIN, REGION), (REGION, MAIN), (REGION, REGION)] {
            let mut pager = pager_at(from, Paging::NextLink { page_size: 5 });
            pager.advance(read(Some(format!("https://{to}/api/machines?t=1")), 5, 1, 0)).unwrap();
            assert_eq!(pager.url(), Some(format!("https://{to}/api/machines?t=1")), "from {from}");
        }
    }

    #[test]
    fn other_spellings_of_a_link_are_that_link() {
        let expected = "https://api.security.microsoft.com/api/machines?$skiptoken=a%20b";
        for link in [
            "https://API.security.microsoft.com:443/api/machines?$skiptoken=a%20b",
            "https://api.security.microsoft.com./api/machines?$skiptoken=a b",
            "/api/machines?$skiptoken=a b",
            "?$skiptoken=a b",
            "machines?$skiptoken=a%20b",
        ] {
            let mut pager = pager(Paging::NextLink { page_size: 5 });
            pager.advance(read(Some(link.into()), 5, 1, 0)).unwrap();
            assert_eq!(pager.url().as_deref(), Some(expected), "{link}");
        }
    }

    #[test]
    fn an_empty_link_is_the_end_of_links() {
        for link in ["", " "] {
            let mut by_link = pager(Paging::NextLink { page_size: 5 });
            by_link.advance(read(Some(link.into()), 5, 1, 0)).unwrap();
            assert_eq!(by_link.url(), None);
            let mut by_offset = pager(Paging::Offset { top: 5 });
            by_offset.advance(read(Some(link.into()), 5, 1, 7)).unwrap();
            assert_eq!(by_offset.next(), Next::Skip(5, Some(7)));
        }
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
            "https://api.security.microsoft.com/api/../elsewhere",
            "https://api.security.microsoft.com/api/%2e%2e/elsewhere",
            "//evil.example/api/machines",
            "/elsewhere",
            "ftp:machines",
        ] {
            let mut pager = pager(Paging::NextLink { page_size: 5 });
            let error = pager.advance(read(Some(link.into()), 5, 1, 0)).unwrap_err();
            assert_eq!(error.cause, Cause::Protocol, "{link}");
            let origin = Origin::https("api.security.microsoft.com");
            let paging = Paging::NextLink { page_size: 5 };
            let resumed = Pager::new(origin, hosts(), "/api/x".into(), paging, Next::Link(link.into(), 0));
            assert_eq!(resumed.unwrap_err().cause, Cause::InvalidCheckpoint, "{link}");
        }
    }
}
