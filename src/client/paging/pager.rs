//! Which address comes next.

use std::collections::HashSet;
use std::hash::{BuildHasherDefault, DefaultHasher, Hash, Hasher};

use super::position::{Behind, Next, Seam};
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
    /// Whether a page had room for one row only, as far as is known.
    is_scarce: bool,
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
        let is_scarce = match next {
            Next::Skip(_, Behind::Seam(seam)) => seam.more > 0,
            Next::Skip(_, Behind::Row(_) | Behind::Last(_)) => true,
            _ => false,
        };
        let (query, visited, count) = Default::default();
        let mut pager = Self { origin, hosts, path, query, paging, next, visited, has_links, is_scarce, count };
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

    /// The row in front of the page, where the page begins behind it.
    pub(super) fn row_in_front(&self) -> Option<u64> {
        if let Next::Skip(_, Behind::Row(name)) = self.next { Some(name) } else { None }
    }

    /// The address of the next page; `None` at the end.
    pub(super) fn url(&self) -> Option<String> {
        let base = || format!("{}{}", self.origin, self.path);
        match (&self.next, self.paging) {
            (Next::End | Next::File(..) | Next::Shard(..), _) => None,
            (Next::Link(link, _), _) => Some(link.clone()),
            (Next::Start, Paging::Offset { top }) => Some(format!("{}?$top={top}{}", base(), self.query)),
            (Next::Skip(rows, _), Paging::Offset { top }) => {
                let skip = rows.saturating_sub(self.seam().map_or(0, |seam| 1 + seam.more));
                let skip = if skip == 0 { String::new() } else { format!("&$skip={skip}") };
                Some(format!("{}?$top={top}{skip}{}", base(), self.query))
            }
            // `$top` would make the service leave the next link out, so the page size goes by its own name here.
            (_, Paging::NextLink { page_size }) => Some(format!("{}?pageSize={page_size}{}", base(), self.query)),
            (_, Paging::Single | Paging::Files | Paging::Shards { .. }) => Some(base()),
        }
    }

    /// The rows that the next page has to begin with: the one that the page before ended with or, behind a page that was
    /// asked for without that, the one in front of it.
    pub(super) fn seam(&self) -> Option<Seam> {
        match self.next {
            Next::Skip(_, Behind::Seam(seam)) => Some(seam),
            Next::Skip(_, Behind::Last(name)) => Some(Seam::of(name)),
            _ => None,
        }
    }

    /// Moves on after a page.
    ///
    /// A link wins over an offset. Without one, an offset ends on an empty page only: neither a short page nor the end of
    /// links is a promise that nothing follows. A service may give fewer rows than it was asked for, and fewer than it
    /// gave before. Where it gives one, the seam fills a page of its own, and what is behind it is asked for without. That
    /// is one request more for each list; only where links were followed to their end is a page with the seam the end.
    /// Where a page had room for one row only, the last row is asked for once more at the end: that there is nothing behind
    /// it may be because a row before it went.
    ///
    /// # Errors
    /// `protocol` if the link leads to another service, or in a circle, or if there are rows that no page had.
    pub(super) fn advance(&mut self, read: PageRead) -> Result<(), SourceError> {
        let PageRead { link, rows, digest, last, count } = read;
        let (here, in_front) = (self.url(), self.row_in_front());
        self.count = count.or(self.count);
        let before = match self.next {
            Next::Skip(before, _) | Next::Link(_, before) => before,
            Next::Start | Next::File(..) | Next::Shard(..) | Next::End => 0,
        };
        // An empty text is no link, but another way to say that there is none.
        self.next = match (link.filter(|link| !link.trim().is_empty()), self.paging) {
            (Some(link), _) => {
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
                let is_first = before + rows == 1;
                self.is_scarce |= in_front.is_some() || is_first;
                let behind = match in_front {
                    Some(first) => Behind::Seam(Seam { first, more: rows, last }),
                    None if is_first => Behind::Row(last),
                    None => Behind::Seam(Seam::of(last)),
                };
                Next::Skip(before + rows, behind)
            }
            (None, _) => match self.next {
                Next::Skip(_, Behind::Seam(seam)) if !self.has_links => Next::Skip(before, Behind::Row(seam.last)),
                Next::Skip(_, Behind::Row(name)) if self.is_scarce => Next::Skip(before, Behind::Last(name)),
                _ => Next::End,
            },
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
mod tests;
