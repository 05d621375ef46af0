//! How a collection is walked: by pages, by files or by queries.

use super::files::Files;
use super::pager::Pager;
use super::position::Next;
use super::shards::Shards;
use super::wanted::Wanted;

/// How a collection is walked.
pub(super) enum Walk {
    /// Page after page.
    Pages(Pager),
    /// File after file.
    Files(Files),
    /// Query after query.
    Shards(Shards),
}

impl Walk {
    /// The path, for messages.
    pub(super) fn path(&self) -> &str {
        match self {
            Self::Pages(pager) => pager.path(),
            Self::Files(files) => files.path(),
            Self::Shards(shards) => shards.path(),
        }
    }

    /// How it is asked, for messages.
    pub(super) fn method(&self) -> &'static str {
        if matches!(self, Self::Shards(_)) { "POST" } else { "GET" }
    }

    /// What to ask for next; `None` when everything was read.
    pub(super) fn wanted(&self) -> Option<Wanted> {
        match self {
            Self::Pages(pager) => pager.url().map(Wanted::Page),
            Self::Files(files) => files.wanted(),
            Self::Shards(shards) => shards.wanted().map(|(url, body)| Wanted::Result(url, body)),
        }
    }

    /// Where it goes on.
    pub(super) fn next(&self) -> Next {
        match self {
            Self::Pages(pager) => pager.next(),
            // What a file is read to is not known here: see `Collection::position`.
            Self::Files(files) if files.is_over() => Next::End,
            Self::Files(_) => Next::Start,
            Self::Shards(shards) => shards.at().map_or(Next::End, |(of, at)| Next::Shard(of, at)),
        }
    }
}
