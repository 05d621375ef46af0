//! What must never be written down: credentials, cookies, tokens and the signatures of storage addresses.

use super::model::Header;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use serde_json::{Value, json};

/// What stands where a secret was.
pub const REDACTED: &str = "[REDACTED]";

const HEADERS: [&str; 7] = [
    "authorization",
    "cookie",
    "set-cookie",
    "proxy-authorization",
    "x-ms-authorization-auxiliary",
    "x-api-key",
    "ocp-apim-subscription-key",
];

const PARAMETERS: [&str; 13] = [
    "access_token",
    "assertion",
    "client_assertion",
    "client_secret",
    "code",
    "id_token",
    "key",
    "password",
    "refresh_token",
    "secret",
    "sig",
    "signature",
    "token",
];

const MEMBERS: [&str; 5] =
    ["\"access_token\"", "\"refresh_token\"", "\"id_token\"", "\"client_secret\"", "\"client_assertion\""];

/// Headers without credentials. Addresses in them lose their signatures.
pub fn redact_headers(headers: &mut [Header]) {
    for header in headers {
        let name = header.name.to_ascii_lowercase();
        if HEADERS.contains(&name.as_str()) {
            header.value = REDACTED.into();
        } else {
            header.value = redact_signatures(&header.value);
        }
    }
}

/// An address without credentials: user information and the values of secret parameters.
pub fn redact_url(url: &str) -> String {
    let url = match (url.find("://"), url.find('@')) {
        (Some(scheme), Some(at)) if !url[scheme + 3..at].contains(['/', '?', '#']) => {
            format!("{}{REDACTED}{}", &url[..scheme + 3], &url[at..])
        }
        _ => url.to_owned(),
    };
    match url.split_once('?') {
        Some((path, query)) => format!("{path}?{}", redact_form(query)),
        None => url,
    }
}

/// A form or a query without the values of secret parameters.
pub fn redact_form(form: &str) -> String {
    let redact = |pair: &str| match pair.split_once('=') {
        Some((name, _)) if PARAMETERS.contains(&name.to_ascii_lowercase().as_str()) => format!("{name}={REDACTED}"),
        _ => pair.to_owned(),
    };
    form.split('&').map(redact).collect::<Vec<_>>().join("&")
}

/// A text body without tokens and without the signatures of storage addresses. Everything else keeps its bytes.
pub fn redact_body(text: &str) -> String {
    let mut text = redact_signatures(text);
    for member in MEMBERS {
        text = redact_member(&text, member);
    }
    text
}

fn redact_member(text: &str, member: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(member) {
        let (before, after) = rest.split_at(at + member.len());
        out.push_str(before);
        rest = after;
        let Some(value) = after.trim_start().strip_prefix(':').map(str::trim_start) else { continue };
        let Some(inside) = value.strip_prefix('"') else { continue };
        out.push_str(&after[..after.len() - inside.len()]);
        let (value, behind) = inside.split_at(end_of_string(inside));
        match roles(value) {
            Some(roles) => out.extend([REDACTED, ".", &roles, ".", REDACTED]),
            None => out.push_str(REDACTED),
        }
        rest = behind;
    }
    out.push_str(rest);
    out
}

/// The middle of a token that says which roles another one grants, and nothing else. What a source does may depend on
/// them, and a replay has to do the same. The blank keeps it from looking like a token to who searches for some.
fn roles(token: &str) -> Option<String> {
    let [_, claims, _] = token.split('.').collect::<Vec<_>>()[..] else { return None };
    let claims: Value = serde_json::from_slice(&BASE64.decode(claims).ok()?).ok()?;
    let roles: Vec<&str> = claims.get("roles")?.as_array()?.iter().filter_map(Value::as_str).collect();
    Some(BASE64.encode(format!(" {}", json!({ "roles": roles }))))
}

/// Where a JSON string ends whose opening quote is already gone.
fn end_of_string(text: &str) -> usize {
    let mut escaped = false;
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'"' => return at,
            _ => {}
        }
    }
    text.len()
}

/// `sig=…` is what makes a storage address a key. It occurs with `&` spelt as such or as an escape.
fn redact_signatures(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("sig=") {
        let (before, after) = rest.split_at(at + 4);
        out.push_str(before);
        let starts_parameter =
            ["?sig=", "&sig=", "\\u0026sig=", "&amp;sig="].iter().any(|start| before.ends_with(start));
        rest = after;
        if starts_parameter {
            let end = after.find(|c: char| matches!(c, '&' | '"' | '\\' | '<' | '#') || c.is_whitespace());
            out.push_str(REDACTED);
            rest = &after[end.unwrap_or(after.len())..];
        }
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_lose_users_and_secret_parameters() {
        assert_eq!(
            redact_url("https://s.example/c/f.gz?sv=1&SIG=a%2Fb&se=2"),
            "https://s.example/c/f.gz?sv=1&SIG=[REDACTED]&se=2"
        );
        assert_eq!(redact_url("https://u:p@s.example/a"), "https://[REDACTED]@s.example/a");
        assert_eq!(redact_url("https://s.example/a@b?$top=1"), "https://s.example/a@b?$top=1");
    }

    #[test]
    fn forms_keep_what_helps() {
        assert_eq!(
            redact_form("grant_type=client_credentials&client_id=c&client_secret=hush&client_assertion=jwt"),
            "grant_type=client_credentials&client_id=c&client_secret=[REDACTED]&client_assertion=[REDACTED]"
        );
    }

    #[test]
    fn bodies_keep_everything_else() {
        let body = r#"{ "token_type": "Bearer", "access_token" : "a\"b", "expires_in":3599, "access_token":1 }"#;
        assert_eq!(
            redact_body(body),
            r#"{ "token_type": "Bearer", "access_token" : "[REDACTED]", "expires_in":3599, "access_token":1 }"#
        );
        let files = r#"["https://s/x?sv=1&sig=abc%3D","https://s/y?sig=q\u0026se=1\u0026sig=z","design=1&x"]"#;
        assert_eq!(
            redact_body(files),
            r#"["https://s/x?sv=1&sig=[REDACTED]","https://s/y?sig=[REDACTED]\u0026se=1\u0026sig=[REDACTED]","design=1&x"]"#
        );
        assert_eq!(redact_body(r#"{"access_token":"cut off"#), r#"{"access_token":"[REDACTED]"#);
    }

    #[test]
    fn a_token_keeps_its_roles_alone() {
        let token = |claims: &str| format!("eyJhbGciOiJSUzI1NiJ9.{}.c2lnbmF0dXJl", BASE64.encode(claims));
        let redacted = |claims: &str| redact_body(&format!(r#"{{"access_token":"{}"}}"#, token(claims)));
        let kept = BASE64.encode(r#" {"roles":["A.Read.All","B"]}"#);
        assert!(!kept.contains("eyJ"));
        assert_eq!(
            redacted(r#"{"aud":"x","roles":["A.Read.All",7,"B"],"oid":"hush"}"#),
            format!(r#"{{"access_token":"{REDACTED}.{kept}.{REDACTED}"}}"#)
        );
        assert_eq!(redacted(r#"{"aud":"x"}"#), format!(r#"{{"access_token":"{REDACTED}"}}"#));
    }

    #[test]
    fn headers_lose_credentials() {
        let mut headers = [
            Header { name: "Authorization".into(), value: "Bearer x".into() },
            Header { name: "Location".into(), value: "https://s/x?sig=abc".into() },
            Header { name: "ETag".into(), value: "e".into() },
        ];
        redact_headers(&mut headers);
        assert_eq!(
            headers.map(|header| header.value),
            [REDACTED.to_owned(), format!("https://s/x?sig={REDACTED}"), "e".into()]
        );
    }
}
