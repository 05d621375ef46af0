//! The paging of Microsoft Graph: opaque next links, and delta links to what changed since.

use super::body::page;
use super::call::{Call, GRAPH_JSON, Leads};
use super::consistency::Consistency;
use super::cursor::Cursor;
use super::options::{Options, first};
use super::{count, link};
use crate::period::Period;
use crate::service::error::ApiError;
use crate::service::odata;
use crate::service::reply::Reply;
use crate::wire::{Collection, Position};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use http::StatusCode;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Objects on a page of changes; the service chooses it.
const DELTA_PAGE: u64 = 200;

/// Periods for which a delta link is good: 7 days.
const DELTA_LIFE: u32 = 7 * crate::period::PER_DAY;

/// What a user has if the request selects nothing.
const USER_COLUMNS: &[&str] = &[
    "businessPhones",
    "displayName",
    "givenName",
    "id",
    "jobTitle",
    "mail",
    "mobilePhone",
    "officeLocation",
    "preferredLanguage",
    "surname",
    "userPrincipalName",
];

/// What a next or delta link remembers.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Token {
    /// Earliest period of changes; none: everything is listed.
    since: Option<u32>,
    /// Period that is listed.
    period: u32,
    at: Position,
    /// Columns of the first request of a round.
    select: Option<Vec<String>>,
    /// Empty pages before: a link from one leads to another address than its own.
    #[serde(default, skip_serializing_if = "is_zero")]
    empty: u32,
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "as serde calls it")]
fn is_zero(number: &u32) -> bool {
    *number == 0
}

impl Token {
    fn write(&self) -> String {
        BASE64.encode(serde_json::to_vec(self).unwrap_or_default())
    }

    fn read(text: &str) -> Result<Self, ApiError> {
        let token = BASE64.decode(text).ok().and_then(|bytes| serde_json::from_slice(&bytes).ok());
        token.ok_or_else(|| ApiError::bad_request("Badly formed token."))
    }
}

/// A page of a collection.
pub(in crate::service) fn graph(
    call: &Call<'_>,
    rows: &'static Collection,
    size: u64,
    most: u64,
) -> Result<Reply, ApiError> {
    let rows = call.expanded(rows)?;
    let security = call.request.uri.path().to_ascii_lowercase().contains("/security/");
    if !security && call.request.parameter("$skip").is_some() {
        return Err(ApiError::odata("'$skip' is not supported by the service."));
    }
    let size = match call.number("$top")? {
        None => size,
        Some(top) if (1..=most).contains(&top) => top,
        Some(top) => {
            let message = format!("Invalid page size specified: '{top}'. Must be between 1 and {most} inclusive.");
            return Err(ApiError { code: "Request_UnsupportedQuery", ..ApiError::bad_request(message) });
        }
    };
    let token = call.request.parameter("$skiptoken").map(Token::read).transpose()?;
    let (from, skip) = match &token {
        Some(token) => (token.at, 0),
        None => (Position::default(), call.number("$skip")?.unwrap_or(0)),
    };
    let columns = if rows.context == "users" { USER_COLUMNS } else { &[] };
    let options = Options::read(call, rows, columns)?;
    let mut head = vec![("@odata.context", link::context(call, rows.context).into())];
    let consistency = Consistency::of(call);
    consistency.check(&options)?;
    if consistency.shows_count() && token.is_none() {
        head.push(("@odata.count", count::rows(call, rows, options.clone())?.into()));
    }
    let cursor = Cursor::open(call, rows, from)?.with(options);
    let (links, period) = (Links::new(call), call.period.0);
    let empty = token.map_or(0, |token| token.empty) + u32::from(call.bend.is_empty);
    let size = call.bend.size(size);
    let body = page(&head, cursor, skip, size, move |_, at| {
        links.next(at.map(|at| Token { since: None, period, at, select: None, empty }), None)
    });
    Ok(Reply::stream(GRAPH_JSON, body))
}

/// A page of a round of changes. The first round lists everything.
pub(in crate::service) fn delta(
    call: &Call<'_>,
    rows: &'static Collection,
    changes: &'static Collection,
) -> Result<Reply, ApiError> {
    let token = match (call.request.parameter("$skiptoken"), call.request.parameter("$deltatoken")) {
        (Some(token), _) => Token::read(token)?,
        (None, Some("latest")) => {
            Token { since: Some(call.period.0), period: call.period.0, at: END, select: select(call, rows)?, empty: 0 }
        }
        (None, Some(token)) => {
            let last = Token::read(token)?;
            if last.period.saturating_add(DELTA_LIFE) < call.period.0 {
                let message = "The delta token has expired. Start over without a token.";
                return Err(ApiError::new(StatusCode::GONE, "SyncStateNotFound", message));
            }
            // What changed in the period of the last round was told by it.
            let since = last.period.saturating_add(1);
            let at = if since > call.period.0 { END } else { Position::default() };
            Token { since: Some(since), period: call.period.0, at, select: last.select, empty: 0 }
        }
        (None, None) => {
            Token { since: None, period: call.period.0, at: Position::default(), select: select(call, rows)?, empty: 0 }
        }
    };
    let (source, since) = match token.since {
        None => (rows, token.period),
        Some(since) => (changes, since.min(token.period)),
    };
    let head = [("@odata.context", link::context(call, &format!("{}/$delta", rows.context)).into())];
    let cursor = Cursor::between(call, source, token.at, Period(since), Period(token.period))?;
    let cursor = cursor.with(Options::columns(token.select.clone()));
    let links = Links::new(call);
    let most = if token.at == END { 0 } else { call.bend.size(DELTA_PAGE) };
    let empty = token.empty + u32::from(call.bend.is_empty);
    let body = page(&head, cursor, 0, most, move |_, at| {
        let done = Token { at: Position::default(), since: None, empty: 0, ..token.clone() };
        links.next(at.map(|at| Token { at, empty, ..token }), Some(done))
    });
    Ok(Reply::stream(GRAPH_JSON, body))
}

/// Behind every row.
const END: Position = Position { subject: u32::MAX, row: u32::MAX };

/// Columns of a round, fixed by its first request. `members` brings its annotation along.
fn select(call: &Call<'_>, rows: &Collection) -> Result<Option<Vec<String>>, ApiError> {
    let Some(text) = call.request.parameter("$select") else {
        return Ok((rows.context == "users").then(|| USER_COLUMNS.iter().map(|name| (*name).to_owned()).collect()));
    };
    let mut names: Vec<String> = text.split(',').map(|name| name.trim().to_owned()).collect();
    let members = names.iter().any(|name| name.eq_ignore_ascii_case("members"));
    names.retain(|name| !name.eq_ignore_ascii_case("members"));
    let mut names = odata::selected(&names.join(","), first(call, rows).as_ref())?;
    // The id of an object is always there.
    names.extend(["id".to_owned()]);
    if members {
        names.push("members@delta".to_owned());
    }
    Ok(Some(names))
}

/// Links of a page, made before the page is.
struct Links {
    next: String,
    delta: String,
    again: bool,
    own: String,
    bent: Option<String>,
}

const MARK: &str = "TOKEN";

impl Links {
    fn new(call: &Call<'_>) -> Self {
        // What the first request of a round said lives in the token.
        let round: &[&str] =
            if call.request.uri.path().to_ascii_lowercase().ends_with("/delta") { &["$select"] } else { &[] };
        let without = |name: &'static str| [round, &[name, "$skip", "$count"]].concat();
        Self {
            next: link::on(call, &[("$skiptoken", MARK.into())], &without("$deltatoken")),
            delta: link::on(call, &[("$deltatoken", MARK.into())], &without("$skiptoken")),
            again: call.bend.again,
            own: call.request.uri.to_string(),
            bent: (call.bend.link != Leads::On).then(|| link::bent(call, None)).flatten(),
        }
    }

    fn next(self, next: Option<Token>, done: Option<Token>) -> Vec<(&'static str, Value)> {
        let link = match (next, done) {
            _ if self.bent.is_some() => self.bent.map(|url| ("@odata.nextLink", url)),
            (Some(_), _) if self.again => Some(("@odata.nextLink", self.own)),
            (Some(token), _) => Some(("@odata.nextLink", link::fill(&self.next, MARK, &token.write()))),
            (None, Some(token)) => Some(("@odata.deltaLink", link::fill(&self.delta, MARK, &token.write()))),
            (None, None) => None,
        };
        link.map(|(name, url)| (name, url.into())).into_iter().collect()
    }
}
