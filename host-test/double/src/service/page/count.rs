//! `…/$count`: the number of rows of a list, as plain text. OData 4.01 part 2, section 4.8.

use super::call::Call;
use super::consistency::Consistency;
use super::cursor::Cursor;
use super::options::Options;
use crate::api::{Content, Site};
use crate::service::error::ApiError;
use crate::service::reply::Reply;
use crate::wire::{Collection, Position};
use http::StatusCode;

/// Rows of a list that are wanted.
pub(super) fn rows(call: &Call<'_>, rows: &Collection, options: Options) -> Result<u64, ApiError> {
    let mut cursor = Cursor::open(call, rows, Position::default())?.with(options);
    let (mut count, mut scratch) = (0, Vec::new());
    while cursor.next(&mut scratch) {
        scratch.clear();
        count += 1;
    }
    Ok(count)
}

/// The number alone.
pub(in crate::service) fn count(call: &Call<'_>, content: &Content) -> Result<Reply, ApiError> {
    let (Content::List { rows: list, .. } | Content::Whole { rows: list, .. } | Content::Graph { rows: list, .. }) =
        content
    else {
        return Err(ApiError::bad_request("$count is not supported on this path."));
    };
    call.refuse_others(&["$filter"])?;
    let options = Options::read(call, list, &[])?;
    if call.request.site == Site::Graph {
        let consistency = Consistency::of(call);
        if consistency.is_directory && !consistency.is_eventual {
            let error = ApiError::bad_request("$count is not currently supported.");
            return Err(ApiError { code: "Request_BadRequest", ..error });
        }
        // The number is what is asked for, so the parameter need not say so once more.
        Consistency { is_counted: true, ..consistency }.check(&options)?;
    }
    let number = rows(call, list, options)?;
    Ok(Reply::bytes(StatusCode::OK, "text/plain;charset=utf-8", number.to_string().into_bytes()))
}
