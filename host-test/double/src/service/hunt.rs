//! Hunting queries: what a query comes to within the limits of a result and the budget of a tenant.

use super::error::ApiError;
use super::kql::{Pipeline, Row, Stage};
use super::page::{Call, GRAPH_JSON, open};
use super::reply::Reply;
use crate::api::{hunting_table, time};
use crate::draw::Draw;
use crate::wire::{Position, Query};
use http::{StatusCode, header};
use serde::Deserialize;
use serde_json::{Value, json};
use std::time::Duration;

/// Length of the cycle in which CPU is counted.
const QUARTER: Duration = Duration::from_secs(15 * 60);

/// The budget of a tenant, in rows looked at.
#[derive(Debug, Default)]
pub(super) struct Budget {
    quarter: u64,
    used: u64,
}

impl Budget {
    /// Time until the next cycle, if this one is used up.
    fn exhausted(&mut self, now: Duration, most: u64) -> Option<Duration> {
        let quarter = now.as_secs() / QUARTER.as_secs();
        if quarter != self.quarter {
            *self = Self { quarter, used: 0 };
        }
        let end = Duration::from_secs((quarter + 1) * QUARTER.as_secs());
        (self.used >= most).then(|| end.saturating_sub(now))
    }
}

/// The body of a request. Names are as Microsoft writes them; Graph takes them in any case.
#[derive(Deserialize)]
struct Body {
    #[serde(rename = "Query", alias = "query")]
    query: String,
}

/// A result, or how long to wait for the next budget.
pub(super) fn answer(call: &Call<'_>, budget: &mut Budget) -> Result<Reply, ApiError> {
    let body: Body = serde_json::from_slice(call.request.body)
        .map_err(|_| ApiError::bad_request("The body has to be {\"Query\":\"...\"}."))?;
    let query = Pipeline::parse(&body.query)?;
    let unknown = || ApiError::bad_request(format!("'{}' is no table of this tenant.", query.table.escape_default()));
    let rows = hunting_table(&query.table).ok_or_else(unknown)?;
    let limits = call.terms.hunting;
    if let Some(wait) = budget.exhausted(call.now, limits.rows_per_quarter) {
        let seconds = wait.as_secs().max(1);
        let message = format!("The CPU quota of the tenant is used up. It is free again in {seconds} seconds.");
        let error = ApiError::new(StatusCode::TOO_MANY_REQUESTS, "TooManyRequests", message);
        let draw = Draw::seed(call.now.as_secs());
        return Ok(error.reply(call.request.site, draw, call.now).with(header::RETRY_AFTER, seconds.to_string()));
    }
    let mut source = open(
        rows,
        call.tenant,
        Query { period: call.period, since: call.period, subject: "", from: Position::default() },
    )?;
    let (first, rest) = query.stages.split_at(query.stages.iter().take_while(|stage| stage.is_row_by_row()).count());
    // Before anything is left out of the rows, their devices are those of the table.
    if let Some(shard) = first.iter().take_while(|stage| matches!(stage, Stage::Where(_))).find_map(Stage::shard) {
        source.narrow(shard);
    }
    // Nobody looks at more rows than the result can have.
    let most = match rest.first() {
        None => limits.rows as usize,
        Some(Stage::Take(most)) => *most,
        Some(_) => usize::MAX,
    };
    let (mut rows, mut text) = (Vec::new(), Vec::new());
    while rows.len() < most {
        text.clear();
        if source.next(&mut text).is_none() {
            break;
        }
        budget.used += 1;
        let mut row: Row = serde_json::from_slice(&text).unwrap_or_default();
        let mut is_wanted = true;
        for stage in first {
            is_wanted = is_wanted && stage.filter(&mut row)?;
        }
        if is_wanted {
            rows.push(row);
        }
    }
    let mut rows = rest.iter().try_fold(rows, |rows, stage| stage.apply(rows))?;
    rows.truncate(limits.rows as usize);
    let (schema, mut results) = (rows.first().map(describe), Vec::new());
    for (nth, row) in rows.iter().enumerate() {
        if nth > 0 {
            results.push(b',');
        }
        // A value that was JSON before, into memory.
        let _ = serde_json::to_writer(&mut results, row);
        if results.len() as u64 > limits.bytes {
            let message = "The result is larger than 50 MB. Project fewer columns or read fewer rows.";
            return Err(ApiError::bad_request(message));
        }
    }
    let schema = schema.unwrap_or_else(|| json!([]));
    let mut body = format!("{{\"schema\":{schema},\"results\":[").into_bytes();
    body.append(&mut results);
    body.extend_from_slice(b"]}");
    Ok(Reply::bytes(StatusCode::OK, GRAPH_JSON, body))
}

/// Columns of a row with the types that Graph names.
fn describe(row: &Row) -> Value {
    let kind = |value: &Value| match value {
        // KQL has no narrow booleans: they come as 0 and 1.
        Value::Bool(_) => "SByte",
        Value::Number(number) if number.is_f64() => "Double",
        Value::Number(_) => "Int64",
        Value::Array(_) | Value::Object(_) => "Object",
        Value::String(text) if time::read(text).is_some() => "DateTime",
        Value::String(_) | Value::Null => "String",
    };
    row.iter().map(|(name, value)| json!({ "name": name, "type": kind(value) })).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_budget_is_free_again_in_the_next_quarter() {
        let mut budget = Budget::default();
        let at = Duration::from_secs;
        assert_eq!(budget.exhausted(at(1000), 10), None);
        budget.used = 10;
        assert_eq!(budget.exhausted(at(1000), 10), Some(at(800)));
        assert_eq!(budget.exhausted(at(1800), 10), None);
    }
}
