//! A call, as a line of the tables has it.

use super::quota::{Family, Quota};
use super::resource::{Feature, Resource};
use crate::wire::Collection;
use http::Method;

/// A call.
pub(crate) struct Route {
    pub(crate) method: Method,
    /// Path behind the version; `{id}` stands for one segment or for a part of one.
    pub(crate) path: &'static str,
    pub(crate) resource: Resource,
    /// Permissions; one of them suffices.
    pub(crate) roles: &'static [&'static str],
    pub(crate) feature: Feature,
    pub(crate) family: Family,
    pub(crate) quota: Quota,
    pub(crate) content: Content,
}

impl Route {
    /// Whether the id in its path is that of a device.
    pub(crate) fn is_about_a_device(&self) -> bool {
        self.path.strip_prefix("machines/{id}").is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    }
}

/// What a call answers, and how it pages.
#[derive(Clone, Copy)]
pub(crate) enum Content {
    /// `$top` and `$skip` over the rows of the moment.
    List { rows: &'static Collection, page: u64, most: u64 },
    /// `pageSize` and a next link over the rows of one period.
    Snapshot { rows: &'static Collection, changes: bool },
    /// All rows at once, with their number where the service gives it.
    Whole { rows: &'static Collection, counted: bool },
    /// The only row.
    Entity { rows: &'static Collection },
    /// The row of a list that has the id in one of these members. Between parentheses the id is `member='value'`.
    ById { rows: &'static Collection, keys: &'static [&'static str] },
    /// The rows of a list that have the address or the tag in the path or the query.
    Find { rows: &'static Collection, by: Finder },
    /// Links to the rows of one period as files.
    Files { rows: &'static Collection, partition: Partition },
    /// The paging of Graph.
    Graph { rows: &'static Collection, page: u64, most: u64 },
    /// The rows of Graph that changed since a token was given out.
    GraphDelta { rows: &'static Collection, changes: &'static Collection },
    /// The result of a query in the body.
    Hunt { style: HuntStyle },
}

/// Whose words an answer to a hunting query has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum HuntStyle {
    /// `schema` and `results`.
    Graph,
    /// `Schema` and `Results`: the API of Defender for Endpoint, shut on 1 February 2027.
    Endpoint,
    /// The same with `Stats`: the API of Defender XDR, shut with it.
    Xdr,
}

impl Content {
    /// Options of OData, and parameters that begin like one, that a call understands. All others are refused: an option
    /// that is passed over gives something else than was asked for.
    pub(crate) fn options(&self) -> &'static [&'static str] {
        match self {
            Self::List { .. } => &["$top", "$skip", "$filter", "$select", "$count", "$expand"],
            Self::Snapshot { .. } => &["$top", "$skiptoken"],
            Self::Entity { .. } => &["$select"],
            Self::ById { .. } => &["$select", "$expand"],
            Self::Graph { .. } => &["$top", "$skip", "$skiptoken", "$filter", "$select", "$count", "$expand"],
            Self::GraphDelta { .. } => &["$select", "$skiptoken", "$deltatoken"],
            Self::Whole { .. } | Self::Find { .. } | Self::Files { .. } | Self::Hunt { .. } => &[],
        }
    }
}

/// What machines are found by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Finder {
    /// `findbyip(ip='…',timestamp=…)`.
    Address,
    /// `findbytag?tag=…`.
    Tag,
}

/// How the files of an export divide its rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Partition {
    /// By ranges of devices.
    Devices,
    /// By device groups, named in the path: the newer exports.
    Groups,
}
