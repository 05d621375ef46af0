//! Tokens: how one is asked for, and how long it is used.

use http::{Method, StatusCode};
use serde::Deserialize;
use serde_json::Value;

use super::permission::Api;
use super::secret::Secret;
use super::token_life::Told;
use super::{refusals, token_claims};
use crate::error::{Cause, SourceError};
use crate::wire::{Origin, Receive, Request, percent_encode, read_bounded};

/// Name of the secret that [`Grant`] needs.
pub const CLIENT_SECRET: &str = "client_secret";

/// What a token request is called in messages.
pub const PLACE: &str = "POST /{tenant}/oauth2/v2.0/token (sign-in)";

/// Most of an answer of the token endpoint that is read.
const MAX_ANSWER_BYTES: usize = 64 << 10;

/// Longest time before its end at which a token is renewed.
const RENEW_EARLY_MS: u64 = 5 * 60 * 1000;

/// Everything that a token request holds, but for the audience.
pub struct Grant {
    url: String,
    client_id: String,
    client_secret: Secret,
    /// Scopes of the APIs, in the order of [`Api::ALL`].
    scopes: [String; Api::ALL.len()],
}

impl Grant {
    /// The grant of an application in a tenant of the sign-in service at `login`. `scopes` are those of the APIs, in the
    /// order of [`Api::ALL`].
    #[must_use]
    pub fn new(
        login: &Origin,
        tenant: &str,
        client_id: String,
        client_secret: Secret,
        scopes: [String; Api::ALL.len()],
    ) -> Self {
        Self { url: format!("{login}/{tenant}/oauth2/v2.0/token"), client_id, client_secret, scopes }
    }
}

/// The current tokens, at most one for each API. Neither they nor the grant have `Debug`.
pub struct TokenCache {
    grant: Grant,
    tokens: [Option<Token>; Api::ALL.len()],
}

struct Token {
    text: Secret,
    renew_at_ms: u64,
}

/// What is read of an answer, RFC 6749 section 5.1.
#[derive(Deserialize)]
struct Answer {
    access_token: String,
    #[serde(default)]
    expires_in: Value,
    #[serde(default)]
    expires_on: Value,
}

impl TokenCache {
    /// A cache without tokens.
    #[must_use]
    pub fn new(grant: Grant) -> Self {
        Self { grant, tokens: [None, None] }
    }

    /// The `Authorization` header, while the token is fresh.
    #[must_use]
    pub fn bearer(&self, api: Api, now_ms: u64) -> Option<String> {
        let token = self.tokens[api as usize].as_ref().filter(|token| now_ms < token.renew_at_ms)?;
        Some(format!("Bearer {}", token.text.expose()))
    }

    /// Drops the token, because the service refused it.
    pub fn forget(&mut self, api: Api) {
        self.tokens[api as usize] = None;
    }

    /// The roles in the token.
    #[must_use]
    pub fn roles(&self, api: Api) -> Option<Vec<String>> {
        token_claims::roles(self.tokens[api as usize].as_ref()?.text.expose())
    }

    /// The request for a token.
    ///
    /// # Errors
    /// `invalid-config` if the sign-in address is not a URL.
    pub fn request(&self, api: Api) -> Result<Request, SourceError> {
        let grant = &self.grant;
        let mut form = String::from("grant_type=client_credentials");
        for (name, value) in [
            ("client_id", &*grant.client_id),
            ("scope", &*grant.scopes[api as usize]),
            ("client_secret", grant.client_secret.expose()),
        ] {
            form.extend(["&", name, "="]);
            percent_encode(&mut form, value);
        }
        let uri = grant.url.parse().map_err(|_| {
            SourceError::new(
                Cause::InvalidConfig,
                "The sign-in address is not a valid URL.",
                "Check `endpoints.login` and `tenant_id`.",
            )
        })?;
        let headers = vec![
            ("content-type", "application/x-www-form-urlencoded".to_owned()),
            ("accept", "application/json".to_owned()),
        ];
        Ok(Request { method: Method::POST, uri, headers, body: form.into_bytes() })
    }

    /// Takes the answer to [`TokenCache::request`] and returns the `Authorization` header. It is `now` by the clock that
    /// [`TokenCache::bearer`] is asked with, and by the clock on the wall, both in milliseconds.
    ///
    /// # Errors
    /// The diagnosis of a refusal; `protocol` for an answer that is no token.
    pub fn accept(
        &mut self,
        api: Api,
        status: StatusCode,
        body: Box<dyn Receive>,
        (now_ms, wall_ms): (u64, i64),
    ) -> Result<String, SourceError> {
        let text = read_bounded(body, MAX_ANSWER_BYTES);
        if status != StatusCode::OK {
            return Err(refusals::diagnose(status, text.as_deref().unwrap_or_default()));
        }
        let text = text.ok_or_else(|| {
            SourceError::new(
                Cause::Unavailable,
                format!("{PLACE}: the connection was lost while the answer came."),
                "Try again later.",
            )
        })?;
        let is_token = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_graphic());
        let answer = serde_json::from_slice::<Answer>(&text).ok().filter(|answer| is_token(&answer.access_token));
        let Some(Answer { access_token: token, expires_in, expires_on }) = answer else {
            if text.len() >= MAX_ANSWER_BYTES {
                let message = format!("{PLACE}: the answer is longer than {} KiB.", MAX_ANSWER_BYTES >> 10);
                let remedy = "Give the application fewer roles and groups; nothing else makes a token that long. A retry \
                              does not help.";
                return Err(SourceError::new(Cause::Protocol, message, remedy));
            }
            // A proxy may answer with a success what the service answered with a refusal.
            let body: Value = serde_json::from_slice(&text).unwrap_or_default();
            return Err(refusals::diagnose(status, if body["error"].is_null() { &[] } else { &text }));
        };
        let told = Told { expires_in: &expires_in, expires_on: &expires_on, exp: token_claims::expiry(&token) };
        let lives_ms = told.secs(wall_ms).saturating_mul(1000);
        // A token that lives shortly is still used for most of its life.
        let renew_at_ms = now_ms.saturating_add(lives_ms - RENEW_EARLY_MS.min(lives_ms / 5));
        let token = Token { text: Secret::new(&token), renew_at_ms };
        let bearer = format!("Bearer {}", token.text.expose());
        self.tokens[api as usize] = Some(token);
        Ok(bearer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cache() -> TokenCache {
        let scopes = ["https://api.securitycenter.microsoft.com/.default", "https://graph.microsoft.com/.default"];
        let login = Origin::https("login.microsoftonline.com");
        let secret = Secret::new("s~1&2\n");
        TokenCache::new(Grant::new(&login, "contoso.example", "app".into(), secret, scopes.map(str::to_owned)))
    }

    fn accept(cache: &mut TokenCache, text: &'static str, now_ms: u64) -> Result<String, SourceError> {
        cache.accept(Api::Defender, StatusCode::OK, Box::new(text.as_bytes()), (now_ms, 0))
    }

    #[test]
    fn the_request_is_as_documented() {
        let request = cache().request(Api::Defender).unwrap();
        assert_eq!(request.uri, "https://login.microsoftonline.com/contoso.example/oauth2/v2.0/token");
        assert_eq!(
            String::from_utf8_lossy(&request.body),
            "grant_type=client_credentials&client_id=app\
             &scope=https%3A%2F%2Fapi.securitycenter.microsoft.com%2F.default&client_secret=s~1%262"
        );
        let request = cache().request(Api::Graph).unwrap();
        assert!(
            String::from_utf8_lossy(&request.body).contains("&scope=https%3A%2F%2Fgraph.microsoft.com%2F.default&")
        );
    }

    #[test]
    fn a_token_is_kept_and_renewed_early() {
        let mut cache = cache();
        assert_eq!(cache.bearer(Api::Defender, 0), None);
        accept(&mut cache, r#"{"token_type":"Bearer","expires_in":3599,"access_token":"abc"}"#, 1000).unwrap();
        assert_eq!(cache.bearer(Api::Defender, 1000).as_deref(), Some("Bearer abc"));
        assert!(cache.bearer(Api::Defender, 1000 + 3_298_999).is_some());
        assert!(cache.bearer(Api::Defender, 1000 + 3_299_000).is_none());
        accept(&mut cache, r#"{"expires_in":"10","access_token":"short"}"#, 0).unwrap();
        assert!(cache.bearer(Api::Defender, 7999).is_some());
        assert!(cache.bearer(Api::Defender, 8000).is_none());
        assert_eq!(cache.bearer(Api::Graph, 0), None, "a token is for one audience");
        cache.forget(Api::Graph);
        assert!(cache.bearer(Api::Defender, 0).is_some());
        cache.forget(Api::Defender);
        assert_eq!(cache.bearer(Api::Defender, 0), None);
    }

    #[test]
    fn an_answer_that_is_no_token_is_refused() {
        for text in
            ["", "<html>", "{}", r#"{"expires_in":1,"access_token":""}"#, r#"{"expires_in":1,"access_token":"a\nb"}"#]
        {
            let error = accept(&mut cache(), text, 0).unwrap_err();
            assert_eq!(error.cause, Cause::Protocol, "{text}");
        }
    }
    #[test]
    fn a_token_whose_life_is_untold_is_used_all_the_same() {
        let mut cache = cache();
        accept(&mut cache, r#"{"access_token":"abc"}"#, 0).unwrap();
        assert!(cache.bearer(Api::Defender, 479_999).is_some());
        assert!(cache.bearer(Api::Defender, 480_000).is_none());
        accept(&mut cache, r#"{"expires_in":18446744073709551615,"access_token":"abc"}"#, 1).unwrap();
        assert!(cache.bearer(Api::Defender, 1 << 60).is_some());
    }

    #[test]
    fn an_answer_that_is_too_long_is_named() {
        let text = format!(r#"{{"access_token":"{}"}}"#, "a".repeat(MAX_ANSWER_BYTES));
        let error = accept(&mut cache(), text.leak(), 0).unwrap_err();
        assert!(error.to_string().contains("64 KiB"), "{error}");
    }
}
