//! Rows of a collection as pages, in each of the services' styles.

mod body;
mod cursor;
mod graph;
mod link;
mod list;
mod marks;
mod options;
mod single;
mod snapshot;

pub(super) use cursor::open;
pub(super) use graph::{delta, graph};
pub(super) use list::{find, list};
pub(super) use marks::Marks;
pub(super) use single::{by_id, entity, whole};
pub(super) use snapshot::snapshot;

use super::error::ApiError;
use super::odata::ODataError;
use super::request::Request;
use super::route;
use super::terms::Terms;
use crate::model::Tenant;
use crate::period::Period;
use crate::wire::Collection;
use std::sync::Arc;
use std::time::Duration;

/// Media type of Defender's JSON, as recorded.
pub(super) const DEFENDER_JSON: &str = "application/json; odata.metadata=minimal; odata.streaming=true; charset=utf-8";

/// Media type of Graph's JSON.
pub(super) const GRAPH_JSON: &str =
    "application/json;odata.metadata=minimal;odata.streaming=true;IEEE754Compatible=false;charset=utf-8";

/// A request that may be answered with rows.
pub(super) struct Call<'c> {
    pub(super) request: &'c Request<'c>,
    pub(super) tenant: &'c Arc<Tenant>,
    pub(super) terms: &'c Terms,
    pub(super) marks: &'c Marks,
    /// Id in the path.
    pub(super) id: String,
    /// State of the tenant.
    pub(super) period: Period,
    /// The service's time, since 1970.
    pub(super) now: Duration,
    /// The tenant's time: the same, unless its state is frozen.
    pub(super) tenant_now: Duration,
    pub(super) bend: Bend,
}

/// What a fault does to a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Bend {
    /// Rows that `$skip` has moved by.
    pub(super) shift: i64,
    /// The page before this one is served again.
    pub(super) again: bool,
    /// Where the next link leads.
    pub(super) link: Leads,
}

/// Where a next link leads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Leads {
    /// On.
    #[default]
    On,
    /// To the page it stands on.
    Back,
    /// To a host of somebody else.
    Away,
}

impl Call<'_> {
    /// An option that is a number.
    fn number(&self, name: &str) -> Result<Option<u64>, ApiError> {
        let Some(text) = self.request.parameter(name) else { return Ok(None) };
        let number = text.trim().parse().map_err(|_| {
            ApiError::odata(format!("Invalid value '{}' for {name} query option found.", text.escape_default()))
        })?;
        Ok(Some(number))
    }

    /// The rows with what `$expand` adds to them.
    fn expanded(&self, rows: &'static Collection) -> Result<&'static Collection, ApiError> {
        let Some(property) = self.request.parameter("$expand") else { return Ok(rows) };
        route::expanded(rows, property.trim()).ok_or_else(|| {
            let shown = property.escape_default();
            ApiError::odata(format!("The property '{shown}' cannot be expanded on this path."))
        })
    }

    /// Refuses options that the services have and the double has not, rather than answering something else.
    fn refuse(&self, names: &[&str]) -> Result<(), ApiError> {
        match names.iter().find(|name| self.request.parameter(name).is_some()) {
            Some(name) => Err(ApiError::odata(format!("The query option '{name}' is not supported on this path."))),
            None => Ok(()),
        }
    }
}

impl From<ODataError> for ApiError {
    fn from(error: ODataError) -> Self {
        Self::odata(error.to_string())
    }
}
