//! Refused sign-in.

use http::StatusCode;

/// Refused sign-in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Refused {
    pub(super) status: StatusCode,
    /// Word of OAuth 2.0.
    pub(super) error: &'static str,
    /// Number behind AADSTS.
    pub(super) code: u32,
    pub(super) message: String,
}

impl Refused {
    /// 400, the status that Microsoft documents.
    pub(super) fn request(error: &'static str, code: u32, message: impl Into<String>) -> Self {
        Self { status: StatusCode::BAD_REQUEST, error, code, message: message.into() }
    }

    /// 401, recorded where the application is known and cannot prove who it is.
    pub(super) fn client(code: u32, message: impl Into<String>) -> Self {
        Self { status: StatusCode::UNAUTHORIZED, error: "invalid_client", code, message: message.into() }
    }
}
