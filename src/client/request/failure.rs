//! What an answer that is not a success means, and one that never came.

use http::StatusCode;
use serde_json::Value;

use crate::error::{Cause, SourceError};
use crate::sign_in::{Api, Permission};
use crate::wire::{Receive, TransportError, read_bounded};

/// The error body of the Defender API: `{"error":{"code","message","target"}}`. The message is not kept: its text is
/// not stable and may hold what was asked for. Source: "Common Microsoft Defender for Endpoint API errors".
#[derive(Debug, Default, PartialEq, Eq)]
pub struct ServiceError {
    /// Error code, such as `Forbidden`; empty if the body is something else.
    pub code: String,
    /// Correlation id to quote to support; empty if absent.
    pub target: String,
}

impl ServiceError {
    /// Most of an error body that is looked at.
    const MAX_BYTES: usize = 16 << 10;

    /// Reads what can be read; never fails.
    #[must_use]
    pub fn read(body: Box<dyn Receive>) -> Self {
        let Some(bytes) = read_bounded(body, Self::MAX_BYTES) else { return Self::default() };
        let body: Value = serde_json::from_slice(&bytes).unwrap_or_default();
        let text = |name: &str, allowed: fn(u8) -> bool| kept(body["error"][name].as_str(), allowed);
        Self {
            code: text("code", |byte| byte.is_ascii_alphabetic()),
            target: text("target", |byte| byte.is_ascii_hexdigit() || b"-_.|".contains(&byte)),
        }
    }
}

/// Keeps a short text that is made of the allowed bytes alone. Codes are words and targets are hexadecimal, so that a
/// token, which some proxies echo, is neither.
fn kept(text: Option<&str>, allowed: fn(u8) -> bool) -> String {
    text.filter(|text| text.len() <= 64 && text.bytes().all(allowed)).unwrap_or_default().to_owned()
}

/// Turns a status that is final into the error to report.
///
/// `place` says what was asked, for example "GET /api/machines (dataset `devices`)"; `permission` is the grant that it
/// needs.
#[must_use]
pub fn status_error(status: StatusCode, service: &ServiceError, place: &str, permission: Permission) -> SourceError {
    let mut answer = format!("HTTP {}", status.as_u16());
    if !service.code.is_empty() {
        answer = format!("{answer} {}", service.code);
    }
    if !service.target.is_empty() {
        answer = format!("{answer}, correlation id {}", service.target);
    }
    let error = |cause, why: &str, remedy: String| SourceError::new(cause, format!("{place}: {answer}{why}."), remedy);
    match (status.as_u16(), service.code.as_str()) {
        (401, _) => error(
            Cause::Unauthenticated,
            ": a fresh token was refused",
            "Check that `cloud` and `auth.scope` belong to the tenant's Defender, and that the application is enabled.".into(),
        ),
        (403, "DisabledFeature") => error(
            Cause::NotLicensed,
            ": the feature is switched off or not licensed in this tenant",
            "Check the tenant's Defender plan, or switch the dataset off.".into(),
        ),
        (403, _) => error(
            Cause::Forbidden,
            ": the application lacks a permission",
            format!(
                "Grant the application permission `{}` of {} with admin consent, or switch the dataset off.",
                permission.name,
                permission.api.as_str()
            ),
        ),
        (404, _) => error(
            Cause::NotFound,
            ": nothing under that address",
            "Often passing. If it stays, check that the tenant has Defender for Endpoint and that the device still exists."
                .into(),
        ),
        (300..=399, _) => error(
            Cause::Protocol,
            ": a redirect, which is never followed",
            "Set `endpoints.defender` to the host that the service wants to be called at.".into(),
        ),
        (400 | 413, _) if permission.api == Api::Graph => error(
            Cause::LimitExceeded,
            ": the query was refused, most often because it gives or takes too much",
            "Try again later; if it stays, read the dataset by another strategy and report it.".into(),
        ),
        (429, _) => error(
            Cause::Throttled,
            " on every attempt",
            "Run less often, or find out what else uses the tenant's API quota.".into(),
        ),
        (408 | 504, _) => error(Cause::Timeout, " on every attempt", "Try again later.".into()),
        (500..=599, _) => error(Cause::Unavailable, " on every attempt", "Try again later; see the service health page.".into()),
        _ => error(
            Cause::Protocol,
            ": the request was refused",
            "Please report it; the service may have changed. The dataset can be switched off meanwhile.".into(),
        ),
    }
}

/// The error for an answer that never came, with what to check for each phase that can fail.
#[must_use]
pub fn transport_error(place: &str, url: &str, error: &TransportError) -> SourceError {
    let host = url.split('/').nth(2).unwrap_or_default();
    let (cause, remedy) = match error {
        TransportError::Denied => (
            Cause::Unavailable,
            format!("Let the pipeline host allow `{host}`; with the bundled host, under `[sandbox.hosts]`."),
        ),
        TransportError::NameNotResolved => (
            Cause::Unavailable,
            format!("Check `cloud` and `endpoints`, and the DNS of the pipeline host for `{host}`."),
        ),
        TransportError::ConnectionFailed => {
            (Cause::Unavailable, format!("Allow outbound HTTPS (port 443) to `{host}`, or configure a proxy."))
        }
        TransportError::TlsFailed => (
            Cause::Unavailable,
            format!(
                "If a proxy inspects TLS on the way to `{host}`, give its certificate authority to the pipeline host."
            ),
        ),
        TransportError::TimedOut => (Cause::Timeout, "Try again later, or raise `http.timeout_secs`.".to_owned()),
        TransportError::ConnectionLost | TransportError::Other(_) => {
            (Cause::Unavailable, "Try again later.".to_owned())
        }
    };
    SourceError::new(cause, format!("{place}: {error}."), remedy)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &'static str) -> ServiceError {
        ServiceError::read(Box::new(text.as_bytes()))
    }

    #[test]
    fn codes_are_kept_and_texts_are_not() {
        let error = read(r#"{"error":{"code":"Forbidden","message":"token eyJ0 refused","target":"|abc-1."}}"#);
        assert_eq!((error.code.as_str(), error.target.as_str()), ("Forbidden", "|abc-1."));
        assert_eq!(read(r#"{"error":{"code":"see https://x/?sig=abc","target":null}}"#), ServiceError::default());
        let echo = r#"{"error":{"code":"eyJ0.eyJh.c2ln","target":"eyJ0.eyJh.c2ln"}}"#;
        assert_eq!(read(echo), ServiceError::default(), "a token is neither");
        assert_eq!(read("<html>"), ServiceError::default());
    }

    #[test]
    fn each_status_has_its_cause() {
        let cause = |status: u16, code: &str| {
            let service = ServiceError { code: code.into(), target: String::new() };
            status_error(StatusCode::from_u16(status).unwrap(), &service, "GET /x", Permission::defender("P.Read.All"))
                .cause
        };
        assert_eq!(cause(401, "Unauthorized"), Cause::Unauthenticated);
        assert_eq!(cause(403, "Forbidden"), Cause::Forbidden);
        assert_eq!(cause(403, "DisabledFeature"), Cause::NotLicensed);
        assert_eq!(cause(404, "ResourceNotFound"), Cause::NotFound);
        assert_eq!(cause(429, ""), Cause::Throttled);
        assert_eq!(cause(503, ""), Cause::Unavailable);
        assert_eq!(cause(504, ""), Cause::Timeout);
        assert_eq!(cause(302, ""), Cause::Protocol);
        assert_eq!(cause(400, "BadRequest"), Cause::Protocol);
        let query = Permission::graph("ThreatHunting.Read.All");
        let error = |status| status_error(status, &ServiceError::default(), "POST /x", query);
        assert_eq!(error(StatusCode::BAD_REQUEST).cause, Cause::LimitExceeded);
        assert!(error(StatusCode::FORBIDDEN).remedy.contains("`ThreatHunting.Read.All` of Microsoft Graph"));
    }
}
