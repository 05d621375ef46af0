//! What the sign-in service means when it refuses, as a table.

use http::StatusCode;
use serde_json::Value;

use crate::error::{Cause, SourceError};

/// A code of the sign-in service and its cure. Source: "Microsoft Entra authentication and authorization error codes".
struct Diagnosis {
    code: u64,
    cause: Cause,
    meaning: &'static str,
    remedy: &'static str,
}

const fn refused(code: u64, meaning: &'static str, remedy: &'static str) -> Diagnosis {
    Diagnosis { code, cause: Cause::Unauthenticated, meaning, remedy }
}

const fn passing(code: u64, cause: Cause, meaning: &'static str) -> Diagnosis {
    Diagnosis { code, cause, meaning, remedy: "Try again later; it passes by itself." }
}

const SECRET_CURE: &str =
    "In the app registration, under Certificates & secrets, check that the secret is there and not expired.";

static DIAGNOSES: [Diagnosis; 26] = [
    refused(
        7_000_215,
        "the client secret is wrong, often because the secret's id was pasted instead of its value",
        "Copy the column Value, not Secret ID. It is shown only once, so create a new secret if it is lost.",
    ),
    refused(
        7_000_222,
        "the client secret has expired",
        "Create a new secret in the app registration and pass its value.",
    ),
    refused(7_000_218, "the request held no credential", "Pass the secret `client_secret`."),
    refused(
        700_016,
        "the application is not known in this tenant",
        "Check `client_id` and `tenant_id`, and give admin consent if the application is registered in another tenant.",
    ),
    refused(
        700_027,
        "the client assertion's signature was not accepted",
        "Register the certificate with the application.",
    ),
    refused(700_030, "the certificate's subject is not authorised", "Register the certificate with the application."),
    refused(50_012, "the assertion or certificate was not accepted", "Check the registered certificate and its dates."),
    refused(
        500_133,
        "the assertion is outside its time of validity",
        "Set the clock of the machine, or renew the assertion.",
    ),
    refused(
        90_002,
        "the tenant does not exist in this cloud",
        "Check `tenant_id`, and that `cloud` is the one the tenant lives in.",
    ),
    refused(
        900_023,
        "`tenant_id` is neither a tenant's GUID nor a domain of one",
        "Copy the directory (tenant) id from the overview page of the app registration.",
    ),
    refused(90_038, "the tenant lives in another national cloud", "Set `cloud` to the one the tenant lives in."),
    refused(
        500_011,
        "the Defender API is not known in this tenant",
        "Check that the tenant has Defender for Endpoint, and `cloud` and `auth.scope` if they are set.",
    ),
    refused(
        500_014,
        "the Defender API is disabled in this tenant, most likely because its subscription has lapsed",
        "Renew the licence of Defender for Endpoint, or enable the API's enterprise application; a retry does not help.",
    ),
    refused(700_022, "`auth.scope` names several APIs", "Set one scope that ends in `/.default`, or none."),
    refused(70_011, "`auth.scope` is not a valid scope", "Set one scope that ends in `/.default`, or none."),
    refused(
        650_057,
        "the application does not ask for the Defender API",
        "Add its permissions to the application and consent.",
    ),
    refused(65_001, "nobody consented to the application's permissions", "Give admin consent in the app registration."),
    refused(7_000_112, "the application is disabled", "Enable it under Enterprise applications."),
    refused(70_001, "the application is disabled or not known", "Check `client_id` and enable the application."),
    refused(
        53_003,
        "Conditional Access blocks the application",
        "Exempt the application or allow its network location.",
    ),
    refused(
        50_196,
        "the application asked for tokens in a loop",
        "Stop other instances with the same `client_id`, then wait.",
    ),
    passing(90_006, Cause::Unavailable, "the sign-in service failed for a moment"),
    passing(90_012, Cause::Timeout, "the sign-in service timed out"),
    passing(90_024, Cause::Throttled, "the sign-in service is over its budget"),
    passing(90_033, Cause::Unavailable, "the directory is not available for a moment"),
    passing(90_055, Cause::Throttled, "the tenant asks for too many tokens"),
];

/// Turns a refusal into the error to report. `text` is the body, as far as it was read: the error of RFC 6749 section
/// 5.2, with Entra's codes. Where it is not that, a code is found in whatever text it is.
#[must_use]
pub(super) fn diagnose(status: StatusCode, text: &[u8]) -> SourceError {
    let body: Value = serde_json::from_slice(text).unwrap_or_default();
    let listed = body["error_codes"][0].as_u64().or_else(|| code_in(body["error_description"].as_str()?));
    let code = listed.or_else(|| code_in(&String::from_utf8_lossy(text)));
    let is_guid = |id: &&str| id.len() == 36 && id.bytes().all(|b| b.is_ascii_hexdigit() || b == b'-');
    let trace = body["trace_id"].as_str().filter(is_guid);
    let trace = trace.map(|id| format!(", trace id {id}")).unwrap_or_default();
    let head = format!("Sign-in failed with HTTP {}", status.as_u16());

    if let Some(found) = code.and_then(|code| DIAGNOSES.iter().find(|diagnosis| diagnosis.code == code)) {
        let message = format!("{head} AADSTS{}{trace}: {}.", found.code, found.meaning);
        return SourceError::new(found.cause, message, found.remedy);
    }
    let code = code.map(|code| format!(" AADSTS{code}")).unwrap_or_default();
    let (cause, meaning, remedy) = match (status.as_u16(), body["error"].as_str()) {
        (429, _) => (Cause::Throttled, "too many requests for tokens", "Try again later."),
        (500..=599, _) | (_, Some("temporarily_unavailable")) => {
            (Cause::Unavailable, "the sign-in service is not available", "Try again later.")
        }
        (_, Some("invalid_client")) => (Cause::Unauthenticated, "the credentials were not accepted", SECRET_CURE),
        (_, Some("unauthorized_client")) => (
            Cause::Unauthenticated,
            "the application may not sign in this way",
            "Check `client_id` and `tenant_id`, and give admin consent.",
        ),
        (_, Some("invalid_scope" | "invalid_resource")) => {
            (Cause::Unauthenticated, "the scope was not accepted", "Check `cloud` and `auth.scope`.")
        }
        (_, Some(_)) => (
            Cause::Unauthenticated,
            "the request was refused",
            "Look the code up in Entra's list of error codes, or in the sign-in log of the tenant by the trace id.",
        ),
        (_, None) => (
            Cause::Protocol,
            "the answer is not one of the sign-in service",
            "Check `endpoints.login`, and for a proxy on the way that answers itself.",
        ),
    };
    SourceError::new(cause, format!("{head}{code}{trace}: {meaning}."), remedy)
}

/// The code that a text names first, where nothing else tells it.
fn code_in(description: &str) -> Option<u64> {
    let (_, behind) = description.split_once("AADSTS")?;
    behind.split(|it: char| !it.is_ascii_digit()).next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn diagnose_text(status: u16, text: &str) -> SourceError {
        diagnose(StatusCode::from_u16(status).unwrap(), text.as_bytes())
    }

    #[test]
    fn a_pasted_secret_id_gets_its_cure() {
        let error = diagnose_text(
            401,
            r#"{"error":"invalid_client","error_description":"AADSTS7000215: no","error_codes":[7000215],
                "trace_id":"11111111-1111-1111-1111-111111111111"}"#,
        );
        assert_eq!(error.cause, Cause::Unauthenticated);
        assert!(error.message.contains("AADSTS7000215"), "{error}");
        assert!(error.message.contains("11111111-1111"), "{error}");
        assert!(error.remedy.contains("Value"), "{error}");
    }

    #[test]
    fn unknown_codes_fall_back_to_the_error_word() {
        let cause = |status, text: &str| diagnose_text(status, text).cause;
        assert_eq!(cause(400, r#"{"error":"invalid_scope","error_codes":[1]}"#), Cause::Unauthenticated);
        assert_eq!(cause(400, r#"{"error":"temporarily_unavailable"}"#), Cause::Unavailable);
        assert_eq!(cause(503, "<html>"), Cause::Unavailable);
        assert_eq!(cause(429, ""), Cause::Throttled);
        assert_eq!(cause(200, "<html>"), Cause::Protocol);
        assert_eq!(cause(400, r#"{"error":"invalid_request","error_codes":[90055]}"#), Cause::Throttled);
    }

    #[test]
    fn a_code_is_found_in_the_description_where_there_is_no_list() {
        let error =
            diagnose_text(400, r#"{"error":"invalid_client","error_description":"AADSTS500014: it is disabled."}"#);
        assert!(error.message.contains("AADSTS500014") && error.remedy.contains("licence"), "{error}");
        let error = diagnose_text(400, r#"{"error":"invalid_client","error_description":"AADSTS: no number"}"#);
        assert!(!error.message.contains("AADSTS"), "{error}");
    }

    #[test]
    fn a_code_is_found_in_any_text() {
        for (text, code, cure) in [
            (
                r#"{"error":{"code":"invalid_client","message":"AADSTS7000222: expired"}}"#,
                "AADSTS7000222",
                "new secret",
            ),
            ("<html>AADSTS90002: tenant not found</html>", "AADSTS90002", "`tenant_id`"),
            (r#"{"error":"AADSTS500014","error_codes":[]}"#, "AADSTS500014", "licence"),
            ("AADSTS700016", "AADSTS700016", "`client_id`"),
        ] {
            let error = diagnose_text(400, text);
            assert_eq!(error.cause, Cause::Unauthenticated, "{text}");
            assert!(error.message.contains(code) && error.remedy.contains(cure), "{error}");
        }
        let unknown = diagnose_text(400, "<html>AADSTS1: odd</html>");
        assert!(unknown.cause == Cause::Protocol && unknown.message.contains("AADSTS1:"), "{unknown}");
    }

    #[test]
    fn codes_are_listed_once() {
        for (position, diagnosis) in DIAGNOSES.iter().enumerate() {
            assert!(DIAGNOSES[..position].iter().all(|other| other.code != diagnosis.code), "{}", diagnosis.code);
        }
    }
}
