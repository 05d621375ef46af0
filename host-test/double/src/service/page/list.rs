//! `$top` and `$skip`: rows are counted off at the moment of each request, so they move when the tenant changes.

use super::body::page;
use super::call::{Call, DEFENDER_JSON};
use super::cursor::Cursor;
use super::options::Options;
use super::{count, link};
use crate::api::{Finder, time};
use crate::service::error::ApiError;
use crate::service::reply::Reply;
use crate::wire::{Collection, Position};
use http::StatusCode;

/// A page of a list. With `$top` there is no next link; without it there is one behind a full page.
pub(in crate::service) fn list(
    call: &Call<'_>,
    rows: &'static Collection,
    size: u64,
    most: u64,
) -> Result<Reply, ApiError> {
    let rows = call.expanded(rows)?;
    let top = call.number("$top")?;
    if let Some(top) = top.filter(|top| *top > most) {
        let message = format!("The limit of '{most}' for Top query has been exceeded. The value is '{top}'.");
        return Err(ApiError::odata(message));
    }
    let asked = call.number("$skip")?.unwrap_or(0);
    let size = call.bend.size(top.unwrap_or(size));
    let moved = asked.saturating_add_signed(call.bend.shift);
    let skip = if call.bend.again { moved.saturating_sub(size) } else { moved };
    let options = Options::read(call, rows, &[])?;
    let name = format!(
        "{}#{}#{}#{}",
        call.request.uri.path().to_ascii_lowercase(),
        call.period.0,
        rows.context,
        call.request.parameter("$filter").unwrap_or_default()
    );
    let (known, from) = call.marks.before(&name, skip);
    let cursor = Cursor::open(call, rows, from)?.with(options.clone());
    let mut head = vec![("@odata.context", link::context(call, rows.context).into())];
    if call.is_counted() {
        head.push(("@odata.count", count::rows(call, rows, options)?.into()));
    }
    let next = top.is_none().then(|| link::on(call, &[("$skip", asked.saturating_add(size).to_string())], &[]));
    let (on, off) = (link::bent(call, next), link::bent(call, None));
    let marks = call.marks.clone();
    let body = page(&head, cursor, skip - known, size, move |written, at| {
        if let Some(at) = at {
            marks.set(&name, skip + written, at);
        }
        let shown = if at.is_some() { on } else { off };
        shown.map(|url| ("@odata.nextLink", url.into())).into_iter().collect()
    });
    Ok(Reply::stream(DEFENDER_JSON, body))
}

/// Machines by address or by tag: all at once.
pub(in crate::service) fn find(call: &Call<'_>, rows: &'static Collection, by: Finder) -> Result<Reply, ApiError> {
    let quoted = |text: &str| text.replace('\'', "''");
    let condition = match by {
        Finder::Address => {
            let (address, time) = address(&call.id).ok_or_else(|| {
                ApiError::bad_request("Call it as findbyip(ip='10.0.0.1',timestamp=2026-01-01T00:00:00Z).")
            })?;
            if address.parse::<std::net::IpAddr>().is_err() {
                return Err(ApiError::new(StatusCode::BAD_REQUEST, "InvalidIpAddress", "The address is not valid."));
            }
            let days = call.tenant_now.saturating_sub(time).as_secs() / 86_400;
            if days > 30 {
                return Err(ApiError::bad_request("The timestamp has to lie in the past 30 days."));
            }
            format!("ipAddresses/any(a: a/ipAddress eq '{0}') or lastIpAddress eq '{0}'", quoted(address))
        }
        Finder::Tag => {
            let tag = call.request.parameter("tag").filter(|tag| !tag.is_empty());
            let tag = tag.ok_or_else(|| ApiError::bad_request("The parameter 'tag' is missing."))?;
            let prefix = call.request.parameter("useStartsWithFilter").is_some_and(|v| v.eq_ignore_ascii_case("true"));
            match prefix {
                true => format!("machineTags/any(t: startswith(t,'{}'))", quoted(tag)),
                false => format!("machineTags/any(t: t eq '{}')", quoted(tag)),
            }
        }
    };
    let options = Options::of_filter(&condition)?;
    let everything = Call { id: String::new(), marks: call.marks, ..*call };
    let cursor = Cursor::open(&everything, rows, Position::default())?.with(options);
    let head = [("@odata.context", link::context(call, rows.context).into())];
    Ok(Reply::stream(DEFENDER_JSON, page(&head, cursor, 0, u64::MAX, |_, _| Vec::new())))
}

/// Address and time of `ip='…',timestamp=…`.
fn address(arguments: &str) -> Option<(&str, std::time::Duration)> {
    let (ip, time) = arguments.split_once(',')?;
    let ip = ip.trim().strip_prefix("ip=")?.trim_matches('\'');
    let time = time.trim().strip_prefix("timestamp=")?.trim_matches('\'');
    Some((ip, time::read(time)?))
}
