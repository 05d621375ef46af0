//! Hunting queries: what a query comes to within the limits of a result and the budget of a tenant.

use super::error::ApiError;
use super::kql::{self, Plan, Step, Value};
use super::page::{Call, DEFENDER_JSON, GRAPH_JSON, open};
use super::reply::Reply;
use super::shuffle;
use super::timespan::Timespan;
use crate::api::HuntStyle;
use crate::draw::Draw;
use crate::wire::{Position, Query};
use http::{StatusCode, header};
use serde::Deserialize;
use serde_json::{Map, Value as Json, json};
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

/// The body of a request. Names are as Microsoft writes them; the services take them in any case.
#[derive(Deserialize)]
struct Body {
    #[serde(rename = "Query", alias = "query")]
    query: String,
    #[serde(rename = "Timespan", alias = "timespan", default)]
    timespan: Option<String>,
}

/// A result, or how long to wait for the next budget.
pub(super) fn answer(call: &Call<'_>, style: HuntStyle, budget: &mut Budget) -> Result<Reply, ApiError> {
    let body: Body = serde_json::from_slice(call.request.body)
        .map_err(|_| ApiError::bad_request("The body has to be {\"Query\":\"...\"}."))?;
    let plan = Plan::of(&body.query)?;
    let span = match (&body.timespan, style) {
        (Some(text), HuntStyle::Graph) => Timespan::read(text, call.tenant_now).ok_or_else(|| {
            ApiError::bad_request(format!("'{}' is no interval as P7D or 2026-01-01/P7D.", text.escape_default()))
        })?,
        // The older APIs do not have it.
        _ => Timespan::usual(call.tenant_now),
    };
    let limits = call.terms.hunting;
    if let Some(wait) = budget.exhausted(call.now, limits.rows_per_quarter) {
        let seconds = wait.as_secs().max(1);
        let message = format!("The CPU quota of the tenant is used up. It is free again in {seconds} seconds.");
        let error = ApiError::new(StatusCode::TOO_MANY_REQUESTS, "TooManyRequests", message);
        let draw = Draw::seed(call.now.as_secs());
        return Ok(error.reply(call.request.site, draw, call.now).with(header::RETRY_AFTER, seconds.to_string()));
    }
    let found = rows(call, &plan, span, budget)?;
    let mut results = Vec::new();
    for (nth, row) in found.iter().enumerate() {
        if nth > 0 {
            results.push(b',');
        }
        kql::write(row, &plan.columns, &mut results);
        if results.len() as u64 > limits.bytes {
            let message = "The result is larger than 50 MB. Project fewer columns or read fewer rows.";
            return Err(ApiError::bad_request(message));
        }
    }
    let capital = style != HuntStyle::Graph;
    let (name, of) = if capital { ("Name", "Type") } else { ("name", "type") };
    let columns = plan.columns.iter().map(|column| json!({ name: column.name, of: column.of.wire_name() }));
    let schema: Json = columns.collect();
    let stats = json!({ "ExecutionTime": 0.1, "dataset_statistics": [{ "table_row_count": found.len(), "table_size": results.len() }] });
    let head = match style {
        HuntStyle::Graph => format!("{{\"schema\":{schema},\"results\":["),
        HuntStyle::Endpoint => format!("{{\"Schema\":{schema},\"Results\":["),
        HuntStyle::Xdr => format!("{{\"Stats\":{stats},\"Schema\":{schema},\"Results\":["),
    };
    let mut body = head.into_bytes();
    body.append(&mut results);
    body.extend_from_slice(b"]}");
    let media_type = if capital { DEFENDER_JSON } else { GRAPH_JSON };
    Ok(Reply::bytes(StatusCode::OK, media_type, body))
}

/// Rows of a result.
fn rows(call: &Call<'_>, plan: &Plan, span: Timespan, budget: &mut Budget) -> Result<Vec<kql::Row>, ApiError> {
    let limit = call.terms.hunting.rows as usize;
    let query = Query { period: call.period, since: call.period, subject: "", from: Position::default() };
    let mut source = open(plan.table.rows, call.tenant, query)?;
    let (first, rest) = plan.steps.split_at(plan.steps.iter().take_while(|step| step.is_row_by_row()).count());
    // Before anything is left out of the rows, their devices are those of the table.
    if let Some(shard) = plan.shard() {
        source.narrow(shard);
    }
    // Nobody looks at more rows than the result can have.
    let most = match rest.first() {
        None => limit,
        Some(Step::Take(most)) => *most,
        Some(_) => usize::MAX,
    };
    let now = i64::try_from(call.tenant_now.as_nanos() / 100).unwrap_or(i64::MAX);
    let timestamp = plan.source.iter().position(|column| column.name == "Timestamp");
    let (mut rows, mut text) = (Vec::new(), Vec::new());
    while rows.len() < most {
        text.clear();
        if source.next(&mut text).is_none() {
            break;
        }
        budget.used += 1;
        let row: Map<String, Json> = serde_json::from_slice(&text).unwrap_or_default();
        let row = kql::read(&row, &plan.source);
        let is_within = match timestamp.and_then(|place| row.get(place)) {
            Some(Value::Time(ticks)) => span.has(*ticks),
            // What has no time is of now.
            _ => true,
        };
        if is_within {
            rows.extend(first.iter().try_fold(row, |row, step| step.row(row, now)));
        }
    }
    let mut rows = rest.iter().fold(rows, |rows, step| step.rows(rows, now));
    rows.truncate(limit);
    // Without `order by` the rows come in any order.
    if let Some(order) = call.bend.order.filter(|_| !plan.steps.iter().any(|step| matches!(step, Step::Order(_)))) {
        shuffle::rows(&mut rows, order);
    }
    Ok(rows)
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
