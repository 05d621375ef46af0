//! Assertions: JWTs in place of a secret, signed with a registered certificate or by a trusted identity provider.

use super::refused::Refused;
use crate::terms::{Application, FederatedCredential};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use ring::digest;
use rustls::pki_types::{CertificateDer, SignatureVerificationAlgorithm, SubjectPublicKeyInfoDer};
use serde_json::{Map, Value};
use std::time::Duration;

/// Time that the clocks of both sides may differ by.
const SKEW: u64 = 300;

/// The endpoint that an assertion has to be meant for.
pub(super) struct Endpoint<'e> {
    /// Names of the tenant.
    pub(super) tenant: &'e [String],
    /// URL that was called.
    pub(super) called: String,
}

/// A JWT, taken apart.
struct Assertion<'j> {
    header: Map<String, Value>,
    claims: Map<String, Value>,
    signed: &'j str,
    signature: Vec<u8>,
}

impl<'j> Assertion<'j> {
    fn read(jwt: &'j str) -> Option<Self> {
        let (signed, signature) = jwt.rsplit_once('.')?;
        let (header, claims) = signed.split_once('.')?;
        let object = |part: &str| serde_json::from_slice(&BASE64.decode(part).ok()?).ok();
        Some(Self {
            header: object(header)?,
            claims: object(claims)?,
            signed,
            signature: BASE64.decode(signature).ok()?,
        })
    }

    fn claim(&self, name: &str) -> &str {
        self.claims.get(name).and_then(Value::as_str).unwrap_or_default()
    }

    /// Whether `aud` is, or has, one of these.
    fn is_for(&self, fits: impl Fn(&str) -> bool) -> bool {
        match self.claims.get("aud") {
            Some(Value::String(audience)) => fits(audience),
            Some(Value::Array(audiences)) => audiences.iter().filter_map(Value::as_str).any(fits),
            _ => false,
        }
    }

    fn algorithm(&self) -> Option<&'static dyn SignatureVerificationAlgorithm> {
        match self.header.get("alg")?.as_str()? {
            "RS256" => Some(webpki::ring::RSA_PKCS1_2048_8192_SHA256),
            "PS256" => Some(webpki::ring::RSA_PSS_2048_8192_SHA256_LEGACY_KEY),
            _ => None,
        }
    }

    /// Whether a key made the signature: that of a certificate, or a bare public key.
    fn signed_by(&self, key: &[u8]) -> bool {
        let Some(algorithm) = self.algorithm() else { return false };
        let (message, signature) = (self.signed.as_bytes(), self.signature.as_slice());
        let certificate = CertificateDer::from(key);
        if let Ok(certificate) = webpki::EndEntityCert::try_from(&certificate) {
            return certificate.verify_signature(algorithm, message, signature).is_ok();
        }
        let key = SubjectPublicKeyInfoDer::from(key);
        webpki::RawPublicKeyEntity::try_from(&key)
            .is_ok_and(|key| key.verify_signature(algorithm, message, signature).is_ok())
    }

    /// Refuses what is not valid now. Assertions without `nbf` are valid from ever.
    fn check_time(&self, now: Duration) -> Result<(), Refused> {
        let seconds = |name: &str| self.claims.get(name).and_then(Value::as_f64);
        let now = now.as_secs_f64();
        let skew = f64::from(u32::try_from(SKEW).unwrap_or(0));
        let over = seconds("exp").is_none_or(|end| end + skew <= now);
        if over || seconds("nbf").is_some_and(|start| start > now + skew) {
            let message = "The assertion is not within its valid time range; check the clock and the times in it.";
            return Err(Refused::client(500_133, message));
        }
        Ok(())
    }
}

/// Checks an assertion.
pub(super) fn verify(
    jwt: &str,
    application: &Application,
    endpoint: &Endpoint<'_>,
    now: Duration,
) -> Result<(), Refused> {
    let Some(assertion) = Assertion::read(jwt) else {
        return Err(Refused::request("invalid_request", 50027, "The client assertion is no JWT."));
    };
    let issuer = assertion.claim("iss");
    if issuer.eq_ignore_ascii_case(&application.client_id) {
        return certificate(&assertion, application, endpoint, now);
    }
    federated(&assertion, &application.federated, now)
}

fn certificate(
    assertion: &Assertion<'_>,
    application: &Application,
    endpoint: &Endpoint<'_>,
    now: Duration,
) -> Result<(), Refused> {
    if !assertion.claim("sub").eq_ignore_ascii_case(&application.client_id) {
        return Err(Refused::client(700_021, "The assertion's 'sub' is not the client id."));
    }
    let thumbprint = |name: &str, algorithm: &'static digest::Algorithm| {
        let given = assertion.header.get(name).and_then(Value::as_str)?.trim_end_matches('=');
        let fits = |der: &&Vec<u8>| BASE64.encode(digest::digest(algorithm, der)) == given;
        application.certificates.iter().find(fits)
    };
    let known =
        thumbprint("x5t#S256", &digest::SHA256).or_else(|| thumbprint("x5t", &digest::SHA1_FOR_LEGACY_USE_ONLY));
    let Some(der) = known else {
        let message = "The thumbprint in the assertion is not that of a certificate of this application.";
        return Err(Refused::client(700_027, message));
    };
    if !assertion.signed_by(der) {
        return Err(Refused::client(700_027, "The client assertion failed signature validation."));
    }
    if !assertion.is_for(|audience| is_endpoint(audience, endpoint)) {
        return Err(Refused::client(700_023, "The assertion's 'aud' is not this token endpoint."));
    }
    assertion.check_time(now)
}

/// The URL of the token endpoint under any name of the tenant, at the real host or at the one that was called.
fn is_endpoint(audience: &str, endpoint: &Endpoint<'_>) -> bool {
    let path = |url: &str| {
        url.split_once("://").and_then(|(_, rest)| rest.split_once('/')).map(|(h, p)| (h.to_owned(), p.to_owned()))
    };
    let (Some((host, path_given)), Some((called, _))) = (path(audience), path(&endpoint.called)) else { return false };
    let real = ["login.microsoftonline.com", "login.microsoftonline.us", "login.windows.net", "sts.windows.net"];
    let known_host = real.contains(&host.as_str()) || host.eq_ignore_ascii_case(&called);
    let known_path = endpoint.tenant.iter().any(|tenant| {
        ["/oauth2/v2.0/token", "/oauth2/token", "/v2.0", "/", ""]
            .iter()
            .any(|rest| path_given == format!("{tenant}{rest}"))
    });
    known_host && known_path
}

fn federated(assertion: &Assertion<'_>, known: &[FederatedCredential], now: Duration) -> Result<(), Refused> {
    let fits = |one: &&FederatedCredential| {
        one.issuer == assertion.claim("iss")
            && one.subject == assertion.claim("sub")
            && assertion.is_for(|aud| aud == one.audience)
    };
    let Some(credential) = known.iter().find(fits) else {
        let message = "No federated identity credential has the issuer, subject and audience of the assertion.";
        return Err(Refused::client(70021, message));
    };
    if !assertion.signed_by(&credential.key) {
        return Err(Refused::client(50012, "The federated assertion's signature was not made by its issuer."));
    }
    assertion.check_time(now)
}
