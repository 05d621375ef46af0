//! `$filter` and `$select` of a request.

use super::call::Call;
use crate::service::error::ApiError;
use crate::service::odata::{self, Filter, Operators};
use crate::wire::{Collection, Position, Query};
use serde_json::{Map, Value};

/// What a request wants of each row. By default all of it.
#[derive(Debug, Clone, Default)]
pub(super) struct Options {
    filter: Option<Filter>,
    select: Option<Vec<String>>,
}

impl Options {
    /// Reads the options of a call and checks their properties against the first row. `columns` are those that the
    /// service gives if the request names none.
    pub(super) fn read(call: &Call<'_>, rows: &Collection, columns: &[&str]) -> Result<Self, ApiError> {
        let filter = call.request.parameter("$filter").map(Filter::parse).transpose()?;
        let select = call.request.parameter("$select");
        let first = if filter.is_some() || select.is_some() { first(call, rows) } else { None };
        if let (Some(filter), Some(row)) = (&filter, &first) {
            filter.check(row)?;
        }
        let select = match select {
            Some(text) => Some(odata::selected(text, first.as_ref())?),
            None if columns.is_empty() => None,
            None => Some(columns.iter().map(|name| (*name).to_owned()).collect()),
        };
        Ok(Self { filter, select })
    }

    /// Options that only choose columns.
    pub(super) fn columns(select: Option<Vec<String>>) -> Self {
        Self { filter: None, select }
    }

    /// A condition of the double's own.
    pub(super) fn of_filter(text: &str) -> Result<Self, ApiError> {
        Ok(Self { filter: Some(Filter::parse(text)?), select: None })
    }

    pub(super) fn is_empty(&self) -> bool {
        self.filter.is_none() && self.select.is_none()
    }

    /// Operators of the filter, if there is one.
    pub(super) fn operators(&self) -> Option<Operators> {
        self.filter.as_ref().map(Filter::operators)
    }

    /// What is wanted of a row.
    pub(super) fn keep(&self, row: &[u8]) -> Kept {
        if let Some(filter) = &self.filter {
            // A row that is no object would be a fault of the double; it passes as if it were not there.
            let parsed = serde_json::from_slice::<Map<String, Value>>(row);
            if !parsed.is_ok_and(|parsed| filter.keeps(&parsed)) {
                return Kept::Nothing;
            }
        }
        match &self.select {
            None => Kept::Whole,
            Some(names) => odata::cut(row, names).map_or(Kept::Nothing, Kept::Part),
        }
    }
}

/// What is wanted of a row.
pub(super) enum Kept {
    Nothing,
    Whole,
    Part(Vec<u8>),
}

/// The first row of a collection.
pub(super) fn first(call: &Call<'_>, rows: &Collection) -> Option<Map<String, Value>> {
    let query = Query { period: call.period, since: call.period, subject: &call.id, from: Position::default() };
    let mut row = Vec::new();
    (rows.open)(call.tenant, query)?.next(&mut row)?;
    serde_json::from_slice(&row).ok()
}
