//! The token endpoint: what a form asks for, and who asks.

use super::assertion::{self, Endpoint};
use super::audience;
use super::metadata;
use super::refused::Refused;
use super::tenant::{known_tenant, shown};
use super::token::{Claims, Mint};
use crate::api::Resource;
use crate::draw::Draw;
use crate::service::error::refusal;
use crate::service::reply::Reply;
use crate::service::request::Request;
use crate::terms::{Application, Terms};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::{Method, StatusCode, header};
use serde_json::json;
use std::time::Duration;

/// The two versions of the endpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Version {
    /// `oauth2/token` with `resource`.
    V1,
    /// `oauth2/v2.0/token` with `scope`.
    V2,
}

/// Answers a request at a login host.
pub(in crate::service) fn answer(
    request: &Request<'_>,
    terms: &Terms,
    mint: &Mint,
    draw: Draw,
    now: Duration,
) -> Reply {
    match issue(request, terms, mint, draw, now) {
        Ok(reply) => reply,
        Err(refused) => refusal(refused.status, refused.error, refused.code, &refused.message, draw, now),
    }
}

fn issue(request: &Request<'_>, terms: &Terms, mint: &Mint, draw: Draw, now: Duration) -> Result<Reply, Refused> {
    let segments = request.segments();
    let segments: Vec<&str> = segments.iter().map(String::as_str).collect();
    if let Some(answer) = metadata::answer(request, &segments, terms) {
        return answer;
    }
    let (tenant, version) = match segments.as_slice() {
        [tenant, "oauth2", "v2.0", "token"] => ((*tenant).to_owned(), Version::V2),
        [tenant, "oauth2", "token"] => ((*tenant).to_owned(), Version::V1),
        _ => {
            let message = "The path is not that of a token endpoint.";
            return Err(Refused {
                status: StatusCode::NOT_FOUND,
                ..Refused::request("invalid_request", 90015, message)
            });
        }
    };
    if request.method != Method::POST {
        return Err(Refused::request("invalid_request", 900_561, "The endpoint only accepts POST requests."));
    }
    let form = Form::read(request)?;
    known_tenant(terms, &tenant)?;
    match form.need("grant_type")? {
        "client_credentials" => {}
        other => {
            let message = format!("The grant type '{}' is not supported here.", shown(other));
            return Err(Refused::request("unsupported_grant_type", 70003, message));
        }
    }
    let application = registered(terms, form.client_id()?)?;
    let (audience, resource) = requested(&form, version, terms)?;
    let endpoint = Endpoint { tenant: &terms.tenant, called: request.uri.to_string() };
    authenticate(&form, application, &endpoint, now)?;
    let roles = terms.roles.get(&resource).into_iter().flatten().cloned().collect();
    let claims = Claims::new(audience, terms, roles, draw, now);
    let lifetime = terms.token_life.as_secs();
    let token = mint.sign(&claims);
    let body = match version {
        Version::V2 => json!({
            "token_type": "Bearer", "expires_in": lifetime, "ext_expires_in": lifetime, "access_token": token,
        }),
        // The older endpoint writes its numbers as texts.
        Version::V1 => json!({
            "token_type": "Bearer",
            "expires_in": lifetime.to_string(),
            "ext_expires_in": lifetime.to_string(),
            "expires_on": claims.exp.to_string(),
            "not_before": claims.nbf.to_string(),
            "resource": audience,
            "access_token": token,
        }),
    };
    Ok(Reply::json(StatusCode::OK, &body).with(header::CACHE_CONTROL, "no-store, no-cache"))
}

/// The form in the body, and what the `Authorization` header adds to it.
struct Form {
    pairs: Vec<(String, String)>,
}

impl Form {
    fn read(request: &Request<'_>) -> Result<Self, Refused> {
        let mut pairs: Vec<(String, String)> = form_urlencoded::parse(request.body).into_owned().collect();
        if let Some(basic) = request.header(header::AUTHORIZATION).and_then(|value| value.strip_prefix("Basic ")) {
            let decoded = STANDARD.decode(basic.trim()).ok().and_then(|bytes| String::from_utf8(bytes).ok());
            let Some((id, secret)) = decoded.as_deref().and_then(|text| text.split_once(':')) else {
                return Err(Refused::client(7_000_218, "The Authorization header is no valid HTTP Basic."));
            };
            // Both are form-encoded before they are joined, RFC 6749 section 2.3.1.
            let plain = |text: &str| {
                let text = text.replace('+', " ");
                percent_encoding::percent_decode_str(&text).decode_utf8_lossy().into_owned()
            };
            pairs.push(("client_id".into(), plain(id)));
            pairs.push(("client_secret".into(), plain(secret)));
        }
        Ok(Self { pairs })
    }

    fn get(&self, name: &str) -> Option<&str> {
        let found = self.pairs.iter().find(|(key, value)| key == name && !value.is_empty());
        found.map(|(_, value)| value.as_str())
    }

    fn need(&self, name: &'static str) -> Result<&str, Refused> {
        self.get(name).ok_or_else(|| {
            Refused::request("invalid_request", 900_144, format!("The body must contain the parameter '{name}'."))
        })
    }

    fn client_id(&self) -> Result<&str, Refused> {
        self.need("client_id")
    }
}

fn registered<'t>(terms: &'t Terms, client_id: &str) -> Result<&'t Application, Refused> {
    let application = &terms.application;
    if !application.client_id.eq_ignore_ascii_case(client_id) {
        let message = format!("No application with the id '{}' is registered in this tenant.", shown(client_id));
        return Err(Refused::request("unauthorized_client", 700_016, message));
    }
    if application.disabled {
        return Err(Refused::request("unauthorized_client", 7_000_112, "The application is disabled."));
    }
    Ok(application)
}

/// Audience and service that a token is asked for.
fn requested(form: &Form, version: Version, terms: &Terms) -> Result<(&'static str, Resource), Refused> {
    let resource = match version {
        Version::V1 => form.need("resource")?,
        Version::V2 => {
            if form.get("resource").is_some() {
                let message = "The parameter 'resource' is not supported here; use 'scope'.";
                return Err(Refused::request("invalid_request", 901_002, message));
            }
            let mut scopes = form.need("scope")?.split_whitespace();
            let scope = scopes.next().unwrap_or_default();
            if scopes.next().is_some() {
                let message = "The scope names more than one resource; ask for one token each.";
                return Err(Refused::request("invalid_request", 700_022, message));
            }
            scope.strip_suffix("/.default").ok_or_else(|| {
                let message = format!("The scope '{}' is not valid: it has to end in '/.default'.", shown(scope));
                Refused::request("invalid_scope", 70011, message)
            })?
        }
    };
    audience::known(terms.cloud, resource).ok_or_else(|| {
        let message = format!("The resource principal '{}' was not found in the tenant.", shown(resource));
        Refused::request("invalid_resource", 500_011, message)
    })
}

/// Proves the application, by the first kind of proof that is there.
fn authenticate(form: &Form, application: &Application, endpoint: &Endpoint<'_>, now: Duration) -> Result<(), Refused> {
    if let Some(assertion) = form.get("client_assertion") {
        return match form.get("client_assertion_type") {
            Some("urn:ietf:params:oauth:client-assertion-type:jwt-bearer") => {
                assertion::verify(assertion, application, endpoint, now)
            }
            _ => Err(Refused::request(
                "invalid_request",
                900_144,
                "The parameter 'client_assertion_type' is missing or unknown.",
            )),
        };
    }
    let Some(secret) = form.get("client_secret") else {
        let message = "The body must contain 'client_assertion' or 'client_secret'.";
        return Err(Refused::client(7_000_218, message));
    };
    match application.secrets.iter().find(|known| known.value == secret) {
        None => Err(Refused::client(
            7_000_215,
            "Invalid client secret: send its value, not its id, and of the right application.",
        )),
        Some(known) if known.expires.is_some_and(|end| end <= now) => {
            Err(Refused::client(7_000_222, "The client secret has expired."))
        }
        Some(_) => Ok(()),
    }
}
