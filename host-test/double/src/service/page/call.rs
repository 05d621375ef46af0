//! A request that may be answered with rows, and what all styles of paging ask of it.

use super::marks::Marks;
use crate::api::expanded;
use crate::draw::Draw;
use crate::model::Tenant;
use crate::period::Period;
use crate::service::error::ApiError;
use crate::service::odata::ODataError;
use crate::service::request::Request;
use crate::terms::Terms;
use crate::wire::Collection;
use std::sync::Arc;
use std::time::Duration;

/// Media type of Defender's JSON, as recorded.
pub(in crate::service) const DEFENDER_JSON: &str =
    "application/json; odata.metadata=minimal; odata.streaming=true; charset=utf-8";

/// Media type of Graph's JSON.
pub(in crate::service) const GRAPH_JSON: &str =
    "application/json;odata.metadata=minimal;odata.streaming=true;IEEE754Compatible=false;charset=utf-8";

/// A request that may be answered with rows.
pub(in crate::service) struct Call<'c> {
    pub(in crate::service) request: &'c Request<'c>,
    pub(in crate::service) tenant: &'c Arc<Tenant>,
    pub(in crate::service) terms: &'c Terms,
    pub(in crate::service) marks: &'c Marks,
    /// Id in the path.
    pub(in crate::service) id: String,
    /// State of the tenant.
    pub(in crate::service) period: Period,
    /// The service's time, since 1970.
    pub(in crate::service) now: Duration,
    /// The tenant's time: the same, unless its state is frozen.
    pub(in crate::service) tenant_now: Duration,
    pub(in crate::service) bend: Bend,
}

/// What a fault does to a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(in crate::service) struct Bend {
    /// Rows that `$skip` has moved by.
    pub(in crate::service) shift: i64,
    /// The page before this one is served again.
    pub(in crate::service) again: bool,
    /// Where the next link leads.
    pub(in crate::service) link: Leads,
    /// The page has no rows, and a next link to those that it should have.
    pub(in crate::service) is_empty: bool,
    /// Rows that the page has at most.
    pub(in crate::service) most: Option<u64>,
    /// The rows are in another order.
    pub(in crate::service) order: Option<Draw>,
}

impl Bend {
    /// Rows of a page that should have so many.
    pub(super) fn size(&self, asked: u64) -> u64 {
        if self.is_empty { 0 } else { self.most.map_or(asked, |most| most.min(asked)) }
    }
}

/// Where a next link leads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(in crate::service) enum Leads {
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
    pub(super) fn number(&self, name: &str) -> Result<Option<u64>, ApiError> {
        let Some(text) = self.request.parameter(name) else { return Ok(None) };
        let number = text.trim().parse().map_err(|_| {
            ApiError::odata(format!("Invalid value '{}' for {name} query option found.", text.escape_default()))
        })?;
        Ok(Some(number))
    }

    /// The rows with what `$expand` adds to them.
    pub(super) fn expanded(&self, rows: &'static Collection) -> Result<&'static Collection, ApiError> {
        let Some(property) = self.request.parameter("$expand") else { return Ok(rows) };
        expanded(rows, property.trim()).ok_or_else(|| {
            let shown = property.escape_default();
            ApiError::odata(format!("The property '{shown}' cannot be expanded on this path."))
        })
    }

    /// Whether the number of rows is asked for.
    pub(super) fn is_counted(&self) -> bool {
        self.request.parameter("$count").is_some_and(|count| count.eq_ignore_ascii_case("true"))
    }

    /// Refuses every option of OData but these, rather than answering something else than was asked for, and options
    /// that make no sense.
    pub(in crate::service) fn refuse_others(&self, known: &[&str]) -> Result<(), ApiError> {
        let mut seen: Vec<&str> = Vec::new();
        for (name, value) in self.request.query.iter().filter(|(name, _)| name.starts_with('$')) {
            let shown = name.escape_default();
            if !known.iter().any(|option| option.eq_ignore_ascii_case(name)) {
                return Err(ApiError::odata(format!("The query option '{shown}' is not supported on this path.")));
            }
            if seen.iter().any(|before| before.eq_ignore_ascii_case(name)) {
                let message = format!(
                    "Query option '{shown}' was specified more than once, but it must be specified at most once."
                );
                return Err(ApiError::odata(message));
            }
            let is_flag = name.eq_ignore_ascii_case("$count");
            if is_flag && !["true", "false"].iter().any(|flag| flag.eq_ignore_ascii_case(value)) {
                let value = value.escape_default();
                return Err(ApiError::odata(format!("Invalid value '{value}' for $count query option found.")));
            }
            seen.push(name);
        }
        Ok(())
    }
}

impl From<ODataError> for ApiError {
    fn from(error: ODataError) -> Self {
        Self::odata(error.to_string())
    }
}
