//! What an answer that is not a success means, and one that never came.

use http::StatusCode;
use serde_json::Value;

use super::limit::Limit;
use crate::error::{Cause, SourceError};
use crate::sign_in::{Api, Permission};
use crate::wire::{Receive, TransportError, read_bounded};

/// The error body of the Defender API, `{"error":{"code","message","target"}}`, and of Microsoft Graph, which gives
/// `innerError.request-id` in the place of the target. Names count in any case. The message is not kept: its text is not
/// stable and may hold what was asked for. Source: "Common Microsoft Defender for Endpoint API errors", and "Microsoft
/// Graph error responses".
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ServiceError {
    /// Error code, such as `Forbidden`; empty if the body is something else.
    pub code: String,
    /// Correlation id to quote to support; empty if absent.
    pub target: String,
    /// Request id to quote to support; empty if absent.
    pub request_id: String,
    /// Which limit of the service binds, as far as the message says so.
    pub limit: Limit,
}

/// The status that stands for a code, where an answer came with another one. Codes that are not in the table are taken
/// for a fault of the service that passes. Source: the same, and "Microsoft Graph error responses".
const STATUS_OF_CODE: [(u16, &[&str]); 7] = [
    (
        400,
        &[
            "BadRequest",
            "ODataError",
            "InvalidInput",
            "InvalidRequestBody",
            "InvalidRequest",
            "MissingRequiredParameter",
        ],
    ),
    (401, &["Unauthorized", "Unauthenticated", "InvalidAuthenticationToken"]),
    (403, &["Forbidden", "DisabledFeature", "DisallowedOperation", "AccessDenied"]),
    (404, &["NotFound", "ResourceNotFound", "ItemNotFound"]),
    (429, &["TooManyRequests", "Throttled", "RequestThrottled", "QuotaExceeded", "ActivityLimitReached"]),
    (503, &["ServiceUnavailable", "ServiceNotAvailable", "ServerBusy"]),
    (504, &["GatewayTimeout", "Timeout", "RequestTimeout", "OperationTimedOut"]),
];

impl ServiceError {
    /// The status that it stands for, where it came without one. A code that is the number of a status is that status.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        if let Some(status) = self.code.parse().ok().filter(|status| (400..600).contains(status)) {
            return StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        }
        let is_known = |(_, codes): &&(u16, &[&str])| codes.iter().any(|code| code.eq_ignore_ascii_case(&self.code));
        let status = STATUS_OF_CODE.iter().find(is_known).map_or(500, |(status, _)| *status);
        StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }
}

impl ServiceError {
    /// Most of an error body that is looked at.
    const MAX_BYTES: usize = 16 << 10;

    /// Reads what can be read; never fails.
    #[must_use]
    pub fn read(body: Box<dyn Receive>) -> Self {
        let Some(bytes) = read_bounded(body, Self::MAX_BYTES) else { return Self::default() };
        Self::within(&serde_json::from_slice(&bytes).unwrap_or_default()).unwrap_or_default()
    }

    /// Whether a member of an answer says what went wrong: its name as OData 4 and OData 3 have it, in any case.
    #[must_use]
    pub fn is_named(name: &str) -> bool {
        ["error", "odata.error", "@odata.error"].iter().any(|it| name.eq_ignore_ascii_case(it))
    }

    /// The error that stands in an answer, beside other members or alone; `None` where there is none.
    #[must_use]
    pub fn within(answer: &Value) -> Option<Self> {
        let mut members = answer.as_object().into_iter().flatten();
        members.find_map(|(name, error)| Self::told(error).filter(|_| Self::is_named(name)))
    }

    /// What such a member says; `None` if it says that nothing went wrong.
    #[must_use]
    pub fn told(error: &Value) -> Option<Self> {
        let is_none = error.is_null() || *error == Value::Bool(false) || error.as_str() == Some("");
        (!is_none).then(|| Self::of(error))
    }

    /// The same of the member `error` alone.
    #[must_use]
    pub fn of(error: &Value) -> Self {
        let code = member(error, "code");
        Self {
            code: code.as_u64().map_or_else(|| kept(code, is_code), |number| number.to_string()),
            target: kept(member(error, "target"), is_id),
            request_id: kept(member(member(error, "innerError"), "request-id"), is_id),
            limit: Limit::read(member(error, "message").as_str().unwrap_or_default()),
        }
    }
}

/// A member of an object, its name in any case.
fn member<'a>(object: &'a Value, name: &str) -> &'a Value {
    let mut members = object.as_object().into_iter().flatten();
    members.find(|(it, _)| it.eq_ignore_ascii_case(name)).map_or(&Value::Null, |(_, value)| value)
}

/// Keeps a short text of the kind that is expected. Codes are words and ids are hexadecimal, so that a token, which some
/// proxies echo, is neither.
fn kept(text: &Value, is_kind: fn(&str) -> bool) -> String {
    text.as_str().filter(|text| text.len() <= 64 && is_kind(text)).unwrap_or_default().to_owned()
}

/// Whether it is made of words, each with a number behind it or none, or of numbers: `Error_429.Throttle`.
fn is_code(text: &str) -> bool {
    text.split(['_', '.', '-']).all(|word| {
        let number = word.trim_start_matches(|letter: char| letter.is_ascii_alphabetic());
        !word.is_empty() && number.len() <= 7 && number.bytes().all(|byte| byte.is_ascii_digit())
    })
}

fn is_id(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_hexdigit() || b"-_.|".contains(&byte))
}

/// What was asked for and with what, for the words about an answer that is no success.
#[derive(Clone, Copy, Debug)]
pub struct Asked<'a> {
    /// For example "GET /api/machines".
    pub place: &'a str,
    /// The grant that it needs.
    pub permission: Permission,
    /// Whether the token holds that grant; `None` if that is not known.
    pub is_granted: Option<bool>,
}

/// Turns a status that is final into the error to report. `answered` is the status that came, where the error stood in
/// an answer with another one.
#[must_use]
pub fn status_error(status: StatusCode, answered: StatusCode, service: &ServiceError, asked: Asked<'_>) -> SourceError {
    let Asked { place, permission, is_granted } = asked;
    let mut answer = format!("HTTP {}", answered.as_u16());
    if answered != status {
        answer.push_str(" with the error");
    }
    if !service.code.is_empty() {
        answer = format!("{answer} {}", service.code);
    }
    if !service.target.is_empty() {
        answer = format!("{answer}, correlation id {}", service.target);
    }
    if !service.request_id.is_empty() {
        answer = format!("{answer}, request id {}", service.request_id);
    }
    let is_told = !service.code.is_empty();
    let error = |cause, why: &str, remedy: String| SourceError {
        is_told,
        ..SourceError::new(cause, format!("{place}: {answer}{why}."), remedy)
    };
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
        (403, _) if is_granted == Some(true) => error(
            Cause::Forbidden,
            ": the service refuses it, although the token holds the permission",
            format!(
                "`{}` is granted, so something else is missing: most likely the plan or add-on that the data needs. Also \
                 check whether access is limited to device groups, and wait if consent is younger than an hour.",
                permission.name
            ),
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
            Cause::Refused,
            ": the request was refused",
            "Please report it; the service may have changed. The dataset can be switched off meanwhile.".into(),
        ),
    }
}

/// Why the storage service did not give a file; `None` if it did. `copy_status` is its word about a copy of the file,
/// which is listed before it is whole. Source: "Get Blob" of the Blob service REST API.
#[must_use]
pub(super) fn storage_error(status: StatusCode, copy_status: Option<&str>, place: &str) -> Option<SourceError> {
    let copy_status = copy_status.map(str::trim).filter(|status| !status.eq_ignore_ascii_case("success"));
    let (cause, what, remedy) = match (status.as_u16(), copy_status) {
        (200, None) => return None,
        (200, Some(_)) => (
            Cause::Unavailable,
            "the storage service has not copied it yet (`x-ms-copy-status`)".to_owned(),
            "Try again later; the service makes new files every few hours.",
        ),
        (status, _) => {
            let (cause, remedy) = match status {
                400 | 401 | 403 | 404 | 410 => (
                    Cause::NotFound,
                    "Most likely the file was listed before it was there, or its address expired, which is good for an \
                     hour. Try again later, and check the pipeline host's clock.",
                ),
                408 | 504 => (Cause::Timeout, "Try again later."),
                409 | 412 | 429 | 500..=599 => (Cause::Unavailable, "Try again later."),
                _ => (Cause::Protocol, "Check for a proxy on the way that answers itself."),
            };
            (cause, format!("the storage service answered {status}"), remedy)
        }
    };
    Some(SourceError::new(cause, format!("GET {place}: {what}."), remedy))
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
        TransportError::Misconfigured => (
            Cause::Unavailable,
            format!(
                "Look at what the pipeline host says: most likely its proxy refused `{host}`; with the bundled host, \
                 `sandbox.proxy`. A retry does not help."
            ),
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
        TransportError::HeaderTooLarge => (
            Cause::Protocol,
            format!(
                "Find out which proxy on the way to `{host}` adds to the header, or raise the bound of the pipeline host; \
                 a retry does not help."
            ),
        ),
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

    fn asked(permission: Permission) -> Asked<'static> {
        Asked { place: "GET /x", permission, is_granted: None }
    }

    #[test]
    fn codes_are_kept_and_texts_are_not() {
        let error = read(r#"{"error":{"code":"Forbidden","message":"token eyJ0 refused","target":"|abc-1."}}"#);
        assert_eq!((error.code.as_str(), error.target.as_str()), ("Forbidden", "|abc-1."));
        assert_eq!(read(r#"{"error":{"code":"see https://x/?sig=abc","target":null}}"#), ServiceError::default());
        let echo = r#"{"error":{"code":"eyJ0.eyJh.c2ln","target":"eyJ0.eyJh.c2ln"}}"#;
        assert_eq!(read(echo), ServiceError::default(), "a token is neither");
        assert_eq!(read("<html>"), ServiceError::default());
        assert_eq!(read("\u{feff}{\"error\":{\"code\":\"Forbidden\"}}").code, "Forbidden");
    }

    #[test]
    fn codes_of_every_kind_and_both_ids_are_told() {
        let told = |error: &str| {
            let service = ServiceError::of(&serde_json::from_str(error).unwrap());
            let permission = Permission::graph("ThreatHunting.Read.All");
            (
                service.status().as_u16(),
                status_error(service.status(), StatusCode::OK, &service, asked(permission)).message,
            )
        };
        let id = "12345678-1234-1234-1234-123456789abc";
        for (error, status, words) in [
            (
                r#"{"code":"Error_429.Throttle","target":"|0badc0de-12."}"#,
                500,
                "Error_429.Throttle, correlation id |0badc0de-12.",
            ),
            (r#"{"code":"403"}"#, 403, "with the error 403: "),
            (r#"{"code":429}"#, 429, "with the error 429 on"),
            (r#"{"code":"7"}"#, 500, "with the error 7 on"),
            (r#"{"Code":"Forbidden","Target":"|ab."}"#, 403, "Forbidden, correlation id |ab."),
            (r#"{"code":"AADSTS7000222"}"#, 500, "AADSTS7000222"),
        ] {
            let (found, message) = told(error);
            assert!(found == status && message.contains(words), "{error}: {found} {message}");
        }
        for spelling in ["innerError", "innererror"] {
            for code in ["TooManyRequests", "BadRequest"] {
                let (_, message) = told(&format!(r#"{{"code":"{code}","{spelling}":{{"request-id":"{id}"}}}}"#));
                assert!(message.contains(&format!("{code}, request id {id}")), "{message}");
            }
        }
        for secret in ["ab~8Q_x", "a1b2c3", "123456789", "word.", "ümlaut"] {
            assert_eq!(ServiceError::of(&serde_json::json!({ "code": secret })).code, "", "{secret}");
        }
    }

    #[test]
    fn each_status_has_its_cause() {
        let cause = |status: u16, code: &str| {
            let service = ServiceError { code: code.into(), ..ServiceError::default() };
            let status = StatusCode::from_u16(status).unwrap();
            status_error(status, status, &service, asked(Permission::defender("P.Read.All"))).cause
        };
        assert_eq!(cause(401, "Unauthorized"), Cause::Unauthenticated);
        assert_eq!(cause(403, "Forbidden"), Cause::Forbidden);
        assert_eq!(cause(403, "DisabledFeature"), Cause::NotLicensed);
        assert_eq!(cause(404, "ResourceNotFound"), Cause::NotFound);
        assert_eq!(cause(429, ""), Cause::Throttled);
        assert_eq!(cause(503, ""), Cause::Unavailable);
        assert_eq!(cause(504, ""), Cause::Timeout);
        assert_eq!(cause(302, ""), Cause::Protocol);
        assert_eq!(cause(400, "BadRequest"), Cause::Refused);
        let query = Permission::graph("ThreatHunting.Read.All");
        let error = |status| status_error(status, status, &ServiceError::default(), asked(query));
        assert_eq!(error(StatusCode::BAD_REQUEST).cause, Cause::LimitExceeded);
        assert!(error(StatusCode::FORBIDDEN).remedy.contains("`ThreatHunting.Read.All` of Microsoft Graph"));
    }

    #[test]
    fn a_grant_that_is_there_is_not_asked_for() {
        let is_granted = |is_granted| {
            let asked = Asked { is_granted, ..asked(Permission::defender("P.Read.All")) };
            status_error(StatusCode::FORBIDDEN, StatusCode::FORBIDDEN, &ServiceError::default(), asked)
        };
        assert!(is_granted(Some(true)).message.contains("holds the permission"));
        for unsure in [None, Some(false)] {
            assert!(is_granted(unsure).remedy.starts_with("Grant the application permission `P.Read.All`"));
        }
    }

    #[test]
    fn an_error_in_an_answer_with_another_status_is_that_error() {
        let status = |code: &str| ServiceError { code: code.into(), ..ServiceError::default() }.status().as_u16();
        assert_eq!(
            ["toomanyrequests", "Forbidden", "ResourceNotFound", "BadRequest"].map(status),
            [429, 403, 404, 400]
        );
        assert_eq!(["", "SomethingNew", "InternalServerError"].map(status), [500; 3], "may pass");
        let service = read(r#"{"error":{"code":"TooManyRequests","target":"|ab-12."}}"#);
        let error = status_error(service.status(), StatusCode::OK, &service, asked(Permission::defender("P")));
        assert_eq!(error.cause, Cause::Throttled);
        assert!(error.message.contains("HTTP 200 with the error TooManyRequests, correlation id |ab-12."), "{error}");
    }
}
