//! Access tokens: JWTs that the double signs with a key of its own. Clients have to treat them as opaque, but may look
//! at the roles.

use super::audience;
use crate::api::Resource;
use crate::draw::Draw;
use crate::service::error::ApiError;
use crate::service::uuid::uuid;
use crate::terms::Terms;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use http::StatusCode;
use ring::hmac;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::time::Duration;

/// What a token says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::service) struct Claims {
    pub(in crate::service) aud: String,
    pub(in crate::service) iss: String,
    pub(in crate::service) iat: u64,
    pub(in crate::service) nbf: u64,
    pub(in crate::service) exp: u64,
    pub(in crate::service) appid: String,
    pub(in crate::service) idtyp: String,
    /// Left out where the application has no permission: a token is issued all the same.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(in crate::service) roles: Vec<String>,
    pub(in crate::service) tid: String,
    pub(in crate::service) uti: String,
    pub(in crate::service) ver: String,
}

impl Claims {
    /// A token for an audience, from now.
    pub(super) fn new(audience: &str, terms: &Terms, roles: Vec<String>, draw: Draw, now: Duration) -> Self {
        let tenant = terms.tenant.first().cloned().unwrap_or_default();
        Self {
            aud: audience.into(),
            iss: format!("https://sts.windows.net/{tenant}/"),
            iat: now.as_secs(),
            nbf: now.as_secs(),
            exp: now.as_secs() + terms.token_life.as_secs(),
            appid: terms.application.client_id.clone(),
            idtyp: "app".into(),
            roles,
            tid: tenant,
            uti: uuid(draw.at("uti")),
            ver: "1.0".into(),
        }
    }
}

/// Signs tokens and knows its own again.
pub(in crate::service) struct Mint(hmac::Key);

impl Mint {
    /// The key of a tenant.
    pub(in crate::service) fn new(draw: Draw) -> Self {
        let key: Vec<u8> = (0..4).flat_map(|part| draw.nth(part).bits().to_be_bytes()).collect();
        Self(hmac::Key::new(hmac::HMAC_SHA256, &key))
    }

    /// The token of claims.
    pub(super) fn sign(&self, claims: &Claims) -> String {
        let header = BASE64.encode(br#"{"typ":"JWT","alg":"HS256","kid":"double"}"#);
        // Numbers and texts alone: nothing that JSON cannot write.
        let payload = BASE64.encode(serde_json::to_vec(claims).unwrap_or_default());
        let signed = format!("{header}.{payload}");
        let tag = BASE64.encode(hmac::sign(&self.0, signed.as_bytes()));
        format!("{signed}.{tag}")
    }

    /// Checks the token of an `Authorization` header for a service, and gives what it says.
    pub(in crate::service) fn check(
        &self,
        header: Option<&str>,
        resource: Resource,
        terms: &Terms,
        now: Duration,
    ) -> Result<Claims, ApiError> {
        let refused = |message: &str| {
            let code = if resource == Resource::Graph { "InvalidAuthenticationToken" } else { "Unauthorized" };
            ApiError::new(StatusCode::UNAUTHORIZED, code, message)
        };
        let token = header.and_then(|value| value.strip_prefix("Bearer ")).map(str::trim);
        let token = token.ok_or_else(|| refused("The Authorization header with a bearer token is missing."))?;
        let claims = self.open(token).ok_or_else(|| refused("The token is not valid: its signature does not fit."))?;
        if audience::known(terms.cloud, &claims.aud).is_none_or(|(_, service)| service != resource) {
            return Err(refused("The token was issued for another audience; ask for one with this service's scope."));
        }
        if claims.exp <= now.as_secs() {
            return Err(refused("The lifetime of the token is over."));
        }
        // Entra ID and its services allow five minutes between their clocks.
        if claims.nbf > now.as_secs() + 300 {
            return Err(refused("The token is not valid yet."));
        }
        Ok(claims)
    }

    fn open(&self, token: &str) -> Option<Claims> {
        let (signed, tag) = token.rsplit_once('.')?;
        hmac::verify(&self.0, signed.as_bytes(), &BASE64.decode(tag).ok()?).ok()?;
        serde_json::from_value(payload(token)?).ok()
    }
}

/// The payload of a JWT.
pub(super) fn payload(token: &str) -> Option<Value> {
    serde_json::from_slice(&BASE64.decode(token.split('.').nth(1)?).ok()?).ok()
}
