//! Hunting queries: a table, and the few operators that a collector needs to read it in shards. Anything else is
//! refused rather than answered wrongly.

use super::error::ApiError;
use super::page::{Call, GRAPH_JSON, open};
use super::reply::Reply;
use super::route::hunting_table;
use crate::draw::Draw;
use crate::wire::{Position, Query};
use http::{StatusCode, header};
use serde::Deserialize;
use serde_json::{Map, Value, json};
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

/// A query, understood.
#[derive(Debug, PartialEq, Eq, Default)]
struct Plan {
    table: String,
    /// Number of shards, and the one that is wanted.
    shard: Option<(u64, u64)>,
    take: Option<u64>,
    columns: Option<Vec<String>>,
    count: bool,
}

/// A result, or how long to wait for the next budget.
pub(super) fn answer(call: &Call<'_>, budget: &mut Budget) -> Result<Reply, ApiError> {
    let body: Body = serde_json::from_slice(call.request.body)
        .map_err(|_| ApiError::bad_request("The body has to be {\"Query\":\"...\"}."))?;
    let plan = parse(&body.query)?;
    let unknown = || ApiError::bad_request(format!("'{}' is no table of this tenant.", plan.table.escape_default()));
    let rows = hunting_table(&plan.table).ok_or_else(unknown)?;
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
    let most = plan.take.unwrap_or(u64::MAX).min(u64::from(limits.rows));
    let (mut results, mut count, mut schema, mut row) = (Vec::new(), 0_u64, None, Vec::new());
    while plan.count || count < most {
        row.clear();
        if source.next(&mut row).is_none() {
            break;
        }
        budget.used += 1;
        let mut value: Map<String, Value> = serde_json::from_slice(&row).unwrap_or_default();
        if plan.shard.is_some_and(|(shards, wanted)| shard(&value, shards) != wanted) {
            continue;
        }
        count += 1;
        if plan.count {
            continue;
        }
        if let Some(columns) = &plan.columns {
            if let Some(unknown) = columns.iter().find(|column| !value.contains_key(*column)) {
                let message = format!("'project' operator: Failed to resolve '{}'.", unknown.escape_default());
                return Err(ApiError::bad_request(message));
            }
            value.retain(|name, _| columns.contains(name));
        }
        schema.get_or_insert_with(|| describe(&value));
        if count > 1 {
            results.push(b',');
        }
        // A value that was JSON before, into memory.
        let _ = serde_json::to_writer(&mut results, &value);
        if results.len() as u64 > limits.bytes {
            let message = "The result is larger than 50 MB. Project fewer columns or read fewer rows.";
            return Err(ApiError::bad_request(message));
        }
    }
    if plan.count {
        results = json!({ "Count": count }).to_string().into_bytes();
        schema = Some(json!([{ "name": "Count", "type": "Int64" }]));
    }
    let schema = schema.unwrap_or_else(|| json!([]));
    let mut body = format!("{{\"schema\":{schema},\"results\":[").into_bytes();
    body.append(&mut results);
    body.extend_from_slice(b"]}");
    Ok(Reply::bytes(StatusCode::OK, GRAPH_JSON, body))
}

/// Columns of a row with the types that Graph names.
fn describe(row: &Map<String, Value>) -> Value {
    let kind = |value: &Value| match value {
        // KQL has no narrow booleans: they come as 0 and 1.
        Value::Bool(_) => "SByte",
        Value::Number(number) if number.is_f64() => "Double",
        Value::Number(_) => "Int64",
        Value::Array(_) | Value::Object(_) => "Object",
        Value::String(text) if super::time::read(text).is_some() => "DateTime",
        Value::String(_) | Value::Null => "String",
    };
    row.iter().map(|(name, value)| json!({ "name": name, "type": kind(value) })).collect()
}

/// The shard of a row. The service's own function is not known; only that it divides the rows.
fn shard(row: &Map<String, Value>, shards: u64) -> u64 {
    let id = row.get("DeviceId").and_then(Value::as_str).unwrap_or_default();
    Draw::seed(0).at(id).below(shards)
}

fn parse(query: &str) -> Result<Plan, ApiError> {
    let refused = |stage: &str| {
        let shown: String = stage.trim().chars().take(80).collect();
        ApiError::bad_request(format!(
            "The double does not understand '{}'. It knows a table, 'where hash(DeviceId, n) == k', 'project', 'take', \
             'limit' and 'count'.",
            shown.escape_default()
        ))
    };
    let mut stages = query.split('|').map(str::trim);
    let table = stages.next().unwrap_or_default();
    if table.is_empty() || !table.chars().all(|c| c.is_ascii_alphanumeric()) {
        return Err(refused(table));
    }
    let mut plan = Plan { table: table.to_owned(), ..Plan::default() };
    for stage in stages {
        let (operator, rest) = stage.split_once(char::is_whitespace).unwrap_or((stage, ""));
        match operator {
            "take" | "limit" => {
                let number = rest.trim().parse().map_err(|_| refused(stage))?;
                plan.take = Some(plan.take.map_or(number, |before| before.min(number)));
            }
            "project" => plan.columns = Some(rest.split(',').map(|name| name.trim().to_owned()).collect()),
            "count" if rest.is_empty() => plan.count = true,
            "where" => plan.shard = Some(parse_shard(rest).ok_or_else(|| refused(stage))?),
            _ => return Err(refused(stage)),
        }
    }
    Ok(plan)
}

/// `hash(DeviceId, n) == k`.
fn parse_shard(condition: &str) -> Option<(u64, u64)> {
    let condition: String = condition.chars().filter(|c| !c.is_whitespace()).collect();
    let (shards, wanted) = condition.strip_prefix("hash(DeviceId,")?.split_once(")==")?;
    let (shards, wanted) = (shards.parse().ok()?, wanted.parse().ok()?);
    (wanted < shards).then_some((shards, wanted))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn queries_are_understood_or_refused() {
        let plan = parse("DeviceInfo | where hash(DeviceId, 8) == 3 | project DeviceId, OSPlatform | take 10").unwrap();
        assert_eq!((plan.table.as_str(), plan.shard, plan.take), ("DeviceInfo", Some((8, 3)), Some(10)));
        assert_eq!(plan.columns, Some(vec!["DeviceId".into(), "OSPlatform".into()]));
        assert!(parse("DeviceInfo\n| count").unwrap().count);
        for query in
            ["", "print 1", "DeviceInfo | summarize count()", "DeviceInfo | where hash(DeviceId, 2) == 2", "A|take x"]
        {
            assert!(parse(query).is_err(), "{query}");
        }
    }

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
