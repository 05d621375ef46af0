//! Advanced queries on objects of the directory: some operators and all counts need the header `ConsistencyLevel:
//! eventual`, and the operators `$count=true` besides.
//!
//! Source: "Advanced query capabilities on Microsoft Entra ID objects" of Microsoft Graph.

use super::call::Call;
use super::options::Options;
use crate::service::error::ApiError;
use http::HeaderName;

/// What a request to Graph says about consistency.
#[derive(Debug, Clone, Copy)]
pub(super) struct Consistency {
    /// Whether it is about objects of the directory: other services of Graph have no such rule.
    pub(super) is_directory: bool,
    pub(super) is_eventual: bool,
    pub(super) is_counted: bool,
}

impl Consistency {
    pub(super) fn of(call: &Call<'_>) -> Self {
        let path = call.request.uri.path().to_ascii_lowercase();
        let header = call.request.header(HeaderName::from_static("consistencylevel"));
        Self {
            is_directory: !path.contains("/security/") && !path.contains("/devicemanagement/"),
            is_eventual: header.is_some_and(|level| level.trim().eq_ignore_ascii_case("eventual")),
            is_counted: call.is_counted(),
        }
    }

    /// Whether the number of rows stands in the answer. Without the header the directory passes over the wish.
    pub(super) fn shows_count(self) -> bool {
        self.is_counted && (self.is_eventual || !self.is_directory)
    }

    /// Refuses operators that the directory does not answer like this.
    pub(super) fn check(self, options: &Options) -> Result<(), ApiError> {
        let Some(used) = options.operators().filter(|_| self.is_directory) else { return Ok(()) };
        let refused =
            |message: String| Err(ApiError { code: "Request_UnsupportedQuery", ..ApiError::bad_request(message) });
        if used.contains {
            return refused("Unsupported Query: the function 'contains' is not supported on this property.".into());
        }
        let advanced = [(used.not_equal, "NotEqualsMatch"), (used.not, "Not"), (used.ends_with, "endsWith")];
        match advanced.iter().find(|(is_used, _)| *is_used) {
            Some((_, operator)) if !(self.is_eventual && self.is_counted) => refused(format!(
                "Operator '{operator}' is not supported because the required parameters might be missing. Try adding \
                 $count=true query parameter and ConsistencyLevel:eventual header. Refer to \
                 https://aka.ms/graph-docs/advanced-queries for more information"
            )),
            _ => Ok(()),
        }
    }
}
