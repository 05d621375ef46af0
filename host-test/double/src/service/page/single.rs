//! Answers without paging: all rows of a subject, or one row.

use super::body::page;
use super::call::{Call, DEFENDER_JSON, GRAPH_JSON};
use super::cursor::Cursor;
use super::options::{Kept, Options};
use super::{count, link};
use crate::api::Site;
use crate::service::error::ApiError;
use crate::service::reply::Reply;
use crate::wire::{Collection, Position};
use http::StatusCode;
use serde_json::{Map, Value};

/// All rows at once.
pub(in crate::service) fn whole(call: &Call<'_>, rows: &'static Collection, counted: bool) -> Result<Reply, ApiError> {
    let mut head: Vec<(&'static str, Value)> = vec![("@odata.context", link::context(call, rows.context).into())];
    if counted {
        // The number stands in front of the rows, and the rows of one device are few enough to be made twice.
        head.push(("@odata.count", count::rows(call, rows, Options::default())?.into()));
    }
    let cursor = Cursor::open(call, rows, Position::default())?;
    let bent = link::bent(call, None);
    let tail = move |_, _| bent.map(|url| ("@odata.nextLink", url.into())).into_iter().collect();
    Ok(Reply::stream(DEFENDER_JSON, page(&head, cursor, 0, u64::MAX, tail)))
}

/// The only row of a collection.
pub(in crate::service) fn entity(call: &Call<'_>, rows: &'static Collection) -> Result<Reply, ApiError> {
    let mut row = Vec::new();
    let options = Options::read(call, rows, &[])?;
    if !Cursor::open(call, rows, Position::default())?.with(options).next(&mut row) {
        return Err(ApiError::not_found("The resource was not found."));
    }
    Ok(single(call, rows, &row))
}

/// The row of a list that has the id in the path in one of some members.
pub(in crate::service) fn by_id(call: &Call<'_>, rows: &'static Collection, keys: &[&str]) -> Result<Reply, ApiError> {
    let rows = call.expanded(rows)?;
    let everything = Call { id: String::new(), ..*call };
    // Between parentheses the member is named, OData 4.01 part 2 section 4.3.1.
    let named = keys.iter().find_map(|key| {
        let quoted = call.id.strip_prefix(key)?.strip_prefix("='")?.strip_suffix('\'')?;
        Some((key, quoted.replace("''", "'")))
    });
    let (keys, wanted) = named.map_or((keys, call.id.clone()), |(key, wanted)| (std::slice::from_ref(key), wanted));
    let is_it = |row: &Map<String, Value>| {
        keys.iter().any(|key| match row.get(*key) {
            Some(Value::String(text)) => text.eq_ignore_ascii_case(&wanted),
            Some(Value::Number(number)) => number.to_string() == wanted,
            _ => false,
        })
    };
    let options = Options::read(&everything, rows, &[])?;
    let mut cursor = Cursor::open(&everything, rows, Position::default())?;
    let mut row = Vec::new();
    while cursor.next(&mut row) {
        if is_it(&serde_json::from_slice(&row).unwrap_or_default()) {
            return match options.keep(&row) {
                Kept::Part(part) => Ok(single(call, rows, &part)),
                Kept::Whole | Kept::Nothing => Ok(single(call, rows, &row)),
            };
        }
        row.clear();
    }
    Err(ApiError::not_found(format!("Resource '{}' was not found.", call.id.escape_default())))
}

/// One row with the context that a row alone has.
fn single(call: &Call<'_>, rows: &Collection, row: &[u8]) -> Reply {
    let context = Value::from(link::context(call, &format!("{}/$entity", rows.context)));
    let mut body = format!("{{\"@odata.context\":{context}").into_bytes();
    match row.get(1..) {
        Some(b"}") | None => body.push(b'}'),
        Some(members) => {
            body.push(b',');
            body.extend_from_slice(members);
        }
    }
    let media_type = if call.request.site == Site::Graph { GRAPH_JSON } else { DEFENDER_JSON };
    Reply::bytes(StatusCode::OK, media_type, body)
}
