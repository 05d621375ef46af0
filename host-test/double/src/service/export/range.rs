//! Parts of a file: `x-ms-range`, which the SDKs of Azure send, goes before `Range`.
//!
//! Sources: "Get Blob" and "Specifying the range header for Blob Storage operations" of Azure's REST API.

use crate::service::error::ApiError;
use crate::service::request::Request;
use http::{HeaderName, StatusCode, header};

/// First and last byte that are asked for; without a last one all that follow.
pub(super) type Range = (u64, Option<u64>);

/// What a request asks for. A `Range` that nobody understands is as good as none, as RFC 9110 says; Azure's own header
/// has to be right.
pub(super) fn asked(request: &Request<'_>) -> Result<Option<Range>, ApiError> {
    if let Some(text) = request.header(HeaderName::from_static("x-ms-range")) {
        let message = "The value for one of the HTTP headers is not in the correct format.";
        let wrong = || ApiError::new(StatusCode::BAD_REQUEST, "InvalidHeaderValue", message);
        return read(text).ok_or_else(wrong).map(Some);
    }
    Ok(request.header(header::RANGE).and_then(read))
}

/// `bytes=a-b` or `bytes=a-`. Azure knows neither the last so many bytes nor several ranges.
fn read(range: &str) -> Option<Range> {
    let (first, last) = range.strip_prefix("bytes=")?.split_once('-')?;
    let first: u64 = first.parse().ok()?;
    match last {
        "" => Some((first, None)),
        last => last.parse().ok().filter(|last| first <= *last).map(|last| (first, Some(last))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_have_a_begin() {
        assert_eq!(read("bytes=0-3"), Some((0, Some(3))));
        assert_eq!(read("bytes=4-"), Some((4, None)));
        for range in ["bytes=3-2", "bytes=-5", "lines=1-2", "bytes=a-b", "bytes=0-1,4-5", "bytes=", ""] {
            assert_eq!(read(range), None, "{range}");
        }
    }
}
