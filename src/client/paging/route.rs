//! The ways in which requests hand out their rows.

/// How a route hands out its rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Paging {
    /// `$top` and `$skip`; a `@odata.nextLink`, should there be one, wins. A page begins with the last row of the page
    /// before, which shows that the list stood still. Where it holds nothing else, what is behind that row is asked for
    /// without it, and an empty page is the end.
    Offset {
        /// Largest `$top` that the route takes.
        top: u32,
    },
    /// `pageSize`, then `@odata.nextLink` until there is none.
    NextLink {
        /// Largest `pageSize` that the route takes.
        page_size: u32,
    },
    /// Everything in one answer.
    Single,
    /// A list of files in blob storage, then each of them.
    Files,
    /// One hunting query of Microsoft Graph for each shard of what the rows are about; as many shards as it takes.
    Shards {
        /// The query, in KQL, around the condition that picks a shard.
        query: (&'static str, &'static str),
        /// The column whose hash says in which shard a row is.
        by: &'static str,
    },
}
