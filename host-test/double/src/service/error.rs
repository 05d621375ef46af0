//! Errors in the words of each service.

use super::reply::Reply;
use super::uuid::uuid;
use crate::api::{Site, time};
use crate::draw::Draw;
use http::{HeaderName, StatusCode, header};
use serde_json::json;
use std::time::Duration;

/// Why a request gets no data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ApiError {
    pub(super) status: StatusCode,
    /// Word for programs.
    pub(super) code: &'static str,
    /// Sentence for people.
    pub(super) message: String,
    /// What the storage says beside it, where it does.
    pub(super) detail: Option<String>,
    /// Length of the file that lacks the part that was asked for.
    pub(super) length: Option<u64>,
}

/// What the storage says of every signature that does not hold.
pub(super) const NOT_SIGNED: &str = "Server failed to authenticate the request. Make sure the value of Authorization header is \
                                     formed correctly including the signature.";

impl ApiError {
    /// An error with its code.
    pub(super) fn new(status: StatusCode, code: &'static str, message: impl Into<String>) -> Self {
        Self { status, code, message: message.into(), detail: None, length: None }
    }

    /// 400 with the code that Defender has for options of the query.
    pub(super) fn odata(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "ODataError", message)
    }

    /// 400.
    pub(super) fn bad_request(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "BadRequest", message)
    }

    /// 404 for something that does not exist.
    pub(super) fn not_found(message: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, "ResourceNotFound", message)
    }

    /// The error that a status means without anything special having happened.
    pub(super) fn of_status(site: Site, status: StatusCode) -> Self {
        let (code, message) = match (site, status.as_u16()) {
            (Site::Graph, 401) => ("InvalidAuthenticationToken", "Access token validation failure."),
            (_, 401) => ("Unauthorized", "The token is missing, expired or not meant for this service."),
            (Site::Graph, 403) => ("Authorization_RequestDenied", "The application lacks the permission."),
            (_, 403) => ("Forbidden", "The application lacks the permission."),
            (Site::Graph, 404) => ("Request_ResourceNotFound", "The resource does not exist."),
            (Site::Blob, 404) => ("BlobNotFound", "The specified blob does not exist."),
            (_, 404) => ("ResourceNotFound", "The resource does not exist."),
            (_, 429) => ("TooManyRequests", "Too many requests were made to this API."),
            (_, 400) => ("BadRequest", "The request is not valid."),
            (Site::Graph, 500) => ("generalException", "The service failed."),
            (_, 500) => ("InternalServerError", "The service failed."),
            (_, 502) => ("BadGateway", "A server behind the gateway failed."),
            (_, 503) => ("ServiceUnavailable", "The service is not available for a while."),
            (_, 504) => ("GatewayTimeout", "A server behind the gateway did not answer in time."),
            _ => ("Error", "The request failed."),
        };
        Self::new(status, code, message)
    }

    /// The answer of a service. `draw` gives the ids for the support.
    pub(super) fn reply(&self, site: Site, draw: Draw, now: Duration) -> Reply {
        match site {
            Site::Blob => blob(self, draw, now),
            Site::Login => login_trouble(self, draw, now),
            Site::Graph => {
                // What is common to all services has other words there.
                let code = match self.code {
                    "ODataError" => "BadRequest",
                    "ResourceNotFound" => "Request_ResourceNotFound",
                    code => code,
                };
                let (id, date) = (uuid(draw.at("request-id")), time::iso(now).trim_end_matches('Z').to_owned());
                let inner = json!({ "date": date, "request-id": id, "client-request-id": id });
                let error = json!({ "code": code, "message": self.message, "innerError": inner });
                self.challenged(Reply::json(self.status, &json!({ "error": error })))
            }
            Site::Defender | Site::Any => {
                let target = format!("|{}.", &uuid(draw.at("target")).replace('-', "")[..16]);
                let error = json!({ "code": self.code, "message": self.message, "target": target });
                self.challenged(Reply::json(self.status, &json!({ "error": error })))
            }
        }
    }

    fn challenged(&self, reply: Reply) -> Reply {
        if self.status == StatusCode::UNAUTHORIZED {
            reply.with(header::WWW_AUTHENTICATE, "Bearer error=\"invalid_token\"")
        } else {
            reply
        }
    }
}

/// An error of Azure Storage.
fn blob(error: &ApiError, draw: Draw, now: Duration) -> Reply {
    let escape = |text: &str| text.replace('&', "&amp;").replace('<', "&lt;");
    let id = uuid(draw.at("request-id"));
    let detail = error.detail.as_deref().map(escape);
    let detail = detail.map(|text| format!("<AuthenticationErrorDetail>{text}</AuthenticationErrorDetail>"));
    let detail = detail.unwrap_or_default();
    let body = format!(
        "\u{feff}<?xml version=\"1.0\" encoding=\"utf-8\"?><Error><Code>{}</Code><Message>{}\nRequestId:{id}\nTime:{}\
         </Message>{detail}</Error>",
        error.code,
        escape(&error.message),
        time::iso(now),
    );
    let reply = Reply::bytes(error.status, "application/xml", body.into_bytes());
    let reply = reply.with(HeaderName::from_static("x-ms-error-code"), error.code);
    match error.length {
        Some(length) => reply.with(header::CONTENT_RANGE, format!("bytes */{length}")),
        None => reply,
    }
}

/// Trouble of Entra ID that is not about the sign-in: its other errors have a type of their own.
fn login_trouble(error: &ApiError, draw: Draw, now: Duration) -> Reply {
    let (code, word) = match error.status.as_u16() {
        429 => (90055, "temporarily_unavailable"),
        404 => (90_002, "invalid_request"),
        401 => (7_000_215, "invalid_client"),
        403 => (53_003, "access_denied"),
        400 => (900_144, "invalid_request"),
        _ => (90_033, "temporarily_unavailable"),
    };
    refusal(error.status, word, code, &error.message, draw, now)
}

/// An error body of Entra ID.
pub(super) fn refusal(status: StatusCode, error: &str, code: u32, message: &str, draw: Draw, now: Duration) -> Reply {
    let (trace, correlation, stamp) = (uuid(draw.at("trace")), uuid(draw.at("correlation")), time::spaced(now));
    let description =
        format!("AADSTS{code}: {message} Trace ID: {trace} Correlation ID: {correlation} Timestamp: {stamp}");
    let body = json!({
        "error": error,
        "error_description": description,
        "error_codes": [code],
        "timestamp": stamp,
        "trace_id": trace,
        "correlation_id": correlation,
        "error_uri": format!("https://login.microsoftonline.com/error?code={code}"),
    });
    Reply::json(status, &body).with(header::CACHE_CONTROL, "no-store, no-cache")
}
