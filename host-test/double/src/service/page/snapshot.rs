//! `pageSize` and next links over the rows of one period: what was read first stays what is read.

use super::body::page;
use super::call::{Call, DEFENDER_JSON, Leads};
use super::cursor::Cursor;
use super::link;
use crate::api::{SNAPSHOT_MOST, SNAPSHOT_PAGE, time};
use crate::period::Period;
use crate::service::error::ApiError;
use crate::service::reply::Reply;
use crate::wire::{Collection, Position};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD as BASE64, STANDARD_NO_PAD};
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// How far back changes can be asked for.
const CHANGES_REACH: Duration = Duration::from_secs(14 * 86_400);

/// Where the changes go on: their next link has another path than their first request.
const TIMELINE: &str = "SoftwareVulnerabilitiesTimeline";

/// What `$skiptoken` holds. The service's own has these members too.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Token {
    export_definition: Definition,
    export_file_index: u32,
    line_stopped_at: u32,
    /// Empty pages before: a link from one leads to another address than its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    empty_pages: Option<u32>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Definition {
    time_path: String,
}

/// A page of an export, or of the changes since `sinceTime`.
pub(in crate::service) fn snapshot(
    call: &Call<'_>,
    rows: &'static Collection,
    changes: bool,
) -> Result<Reply, ApiError> {
    let top = call.number("$top")?;
    let size = call.number("pageSize")?.unwrap_or(SNAPSHOT_PAGE);
    let size = top.unwrap_or(size);
    if size == 0 || size > SNAPSHOT_MOST {
        let name = if top.is_some() { "$top" } else { "pageSize" };
        return Err(ApiError::bad_request(format!("'{name}' has to lie between 1 and {SNAPSHOT_MOST}.")));
    }
    let (period, from, empty) = match call.request.parameter("$skiptoken") {
        Some(token) => read(call, token)?,
        None => (call.period, Position::default(), 0),
    };
    let empty = empty + u32::from(call.bend.is_empty);
    let since = if changes { since(call, period)? } else { period };
    let cursor = Cursor::between(call, rows, from, since, period)?;
    let head = [("@odata.context", link::context(call, rows.context).into())];
    // With `$top` the service gives that many rows and no next link.
    let next = top.is_none().then(|| next(call, period, size, changes, empty));
    let own = call.request.uri.to_string();
    let (again, off) = (call.bend.again, link::bent(call, None));
    let bent = (call.bend.link != Leads::On).then(|| off.clone()).flatten();
    let most = call.bend.size(size);
    let body = page(&head, cursor, 0, most, move |_, at| {
        let url = match (at, next) {
            (Some(_), _) if bent.is_some() => bent,
            (Some(_), _) if again => Some(own),
            (Some(at), Some(next)) => Some(next(at)),
            _ => off,
        };
        url.map(|url| ("@odata.nextLink", url.into())).into_iter().collect()
    });
    Ok(Reply::stream(DEFENDER_JSON, body))
}

/// Makes the link to the rest.
fn next(
    call: &Call<'_>,
    period: Period,
    size: u64,
    changes: bool,
    empty: u32,
) -> impl FnOnce(Position) -> String + Send + use<> {
    const MARK: &str = "TOKEN";
    let path = call.request.uri.path();
    let path = match (changes, path.rsplit_once('/')) {
        (true, Some((folder, _))) => format!("{folder}/{TIMELINE}"),
        _ => path.to_owned(),
    };
    let set = [("pagesize", size.to_string()), ("$skiptoken", MARK.to_owned())];
    let link = link::to(call, &path, &set, &[]);
    let time_path = time::folder(period.start());
    move |at| {
        let token = Token {
            export_definition: Definition { time_path },
            export_file_index: at.subject,
            line_stopped_at: at.row,
            empty_pages: (empty > 0).then_some(empty),
        };
        let token = BASE64.encode(serde_json::to_vec(&token).unwrap_or_default());
        let token: String = form_urlencoded::byte_serialize(token.as_bytes()).collect();
        link::fill(&link, MARK, &token)
    }
}

/// Period and place of a token, if its snapshot is still kept.
fn read(call: &Call<'_>, token: &str) -> Result<(Period, Position, u32), ApiError> {
    let broken = || ApiError::bad_request("The $skiptoken is not valid.");
    let bytes = STANDARD_NO_PAD.decode(token.trim_end_matches('=')).map_err(|_| broken())?;
    let token: Token = serde_json::from_slice(&bytes).map_err(|_| broken())?;
    let start = moment(&token.export_definition.time_path).ok_or_else(broken)?;
    let period = Period::containing(start);
    if period.start() != start || period > call.period {
        return Err(broken());
    }
    if period.0.saturating_add(call.terms.snapshot_periods) < call.period.0 {
        let message = "The $skiptoken has expired: its snapshot is not kept any more. Start from the first page.";
        return Err(ApiError::bad_request(message));
    }
    let at = Position { subject: token.export_file_index, row: token.line_stopped_at };
    Ok((period, at, token.empty_pages.unwrap_or(0)))
}

/// The moment of a path such as `2026-01-01/0600/`.
fn moment(folder: &str) -> Option<Duration> {
    let (day, clock) = folder.strip_suffix('/')?.split_once('/')?;
    let (hour, minute) = clock.split_at_checked(2)?;
    time::read(&format!("{day}T{hour}:{minute}:00Z"))
}

/// The period that changes are asked from.
fn since(call: &Call<'_>, period: Period) -> Result<Period, ApiError> {
    let text = call.request.parameter("sinceTime");
    let text = text.ok_or_else(|| {
        let message = "The parameter 'sinceTime' is required.";
        ApiError { code: "MissingRequiredParameter", ..ApiError::bad_request(message) }
    })?;
    // A plus sign in a query is a space; clients that forget so mean the offset.
    let since = time::read(text).or_else(|| time::read(&text.replace(' ', "+")));
    let since = since.ok_or_else(|| ApiError::bad_request("'sinceTime' is no time as 2026-01-01T00:00:00Z."))?;
    if since + CHANGES_REACH < call.tenant_now {
        return Err(ApiError::bad_request("'sinceTime' may lie at most 14 days back."));
    }
    Ok(Period::containing(since).min(period))
}
