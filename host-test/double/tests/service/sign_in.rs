use super::client::{API, Client, SCOPE};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD as BASE64};
use bytes::Bytes;
use defender_double::scenario::Scenario;
use defender_double::service::{CLIENT_ID, CLIENT_SECRET, Cloud, FederatedCredential, Terms};
use http::Request;
use ring::digest;
use ring::rand::SystemRandom;
use ring::signature::{RSA_PKCS1_SHA256, RSA_PSS_SHA256, RsaEncoding, RsaKeyPair};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, SubjectPublicKeyInfoDer};
use serde_json::{Value, json};
use std::time::Duration;

/// A key pair for tests. It opens nothing but doubles.
const KEY: &[u8] = include_bytes!("../keys/key.pk8.der");
const CERTIFICATE: &[u8] = include_bytes!("../keys/certificate.pem");
const PUBLIC_KEY: &[u8] = include_bytes!("../keys/public.pem");

fn refusal(client: &Client, pairs: &[(&str, &str)]) -> (u16, String, u64) {
    let got = client.form(pairs);
    let body = got.json();
    let code = body["error_codes"][0].as_u64().unwrap();
    assert!(body["error_description"].as_str().unwrap().starts_with(&format!("AADSTS{code}: ")));
    (got.status.as_u16(), body["error"].as_str().unwrap().to_owned(), code)
}

fn with<'p>(change: &[(&'p str, &'p str)]) -> Vec<(&'p str, &'p str)> {
    let usual = [
        ("grant_type", "client_credentials"),
        ("client_id", CLIENT_ID),
        ("client_secret", CLIENT_SECRET),
        ("scope", SCOPE),
    ];
    let kept = usual.into_iter().filter(|(name, _)| !change.iter().any(|(changed, _)| changed == name));
    kept.chain(change.iter().copied()).collect()
}

#[test]
fn a_secret_gets_a_token_with_roles() {
    let client = Client::new().signed_in(SCOPE);
    let payload = client.token.split('.').nth(1).unwrap();
    let claims: Value = serde_json::from_slice(&BASE64.decode(payload).unwrap()).unwrap();
    assert_eq!(claims["aud"], "https://api.securitycenter.microsoft.com");
    assert_eq!(claims["tid"], client.service.tenant().id());
    assert!(claims["roles"].as_array().unwrap().contains(&json!("Machine.Read.All")));
    assert_eq!(client.get(&format!("{API}/machines?$top=1")).status, 200);
}

#[test]
fn each_mistake_has_its_code() {
    let client = Client::new();
    for (change, wanted) in [
        (&[("client_secret", "wrong")][..], (401, "invalid_client", 7_000_215)),
        (&[("client_secret", "")], (401, "invalid_client", 7_000_218)),
        (&[("client_id", "11111111-1111-1111-1111-111111111111")], (400, "unauthorized_client", 700_016)),
        (&[("client_id", "")], (400, "invalid_request", 900_144)),
        (&[("grant_type", "password")], (400, "unsupported_grant_type", 70003)),
        (&[("scope", "https://api.securitycenter.microsoft.com/Machine.Read")], (400, "invalid_scope", 70011)),
        (&[("scope", "https://unknown.example/.default")], (400, "invalid_resource", 500_011)),
        (&[("scope", "https://graph.microsoft.us/.default")], (400, "invalid_resource", 500_011)),
        (&[("resource", "https://graph.microsoft.com")], (400, "invalid_request", 901_002)),
        (
            &[("scope", "https://graph.microsoft.com/.default https://api.securitycenter.microsoft.com/.default")],
            (400, "invalid_request", 700_022),
        ),
    ] {
        let (status, error, code) = refusal(&client, &with(change));
        assert_eq!((status, error.as_str(), code), wanted, "{change:?}");
    }
    let log = client.service.log();
    assert!(log.entries.iter().all(|entry| !entry.target.contains("wrong")));
}

#[test]
fn tenants_are_known_by_id_and_domain() {
    let client = Client::new();
    let ask = |tenant: &str| {
        let url = format!("https://login.microsoftonline.com/{tenant}/oauth2/v2.0/token");
        let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(with(&[])).finish();
        let body = client.send(Request::post(url).body(Bytes::from(body)).unwrap()).json();
        body["error_codes"][0].as_u64()
    };
    assert_eq!(ask(&client.service.tenant().id()), None);
    assert_eq!(ask(client.service.tenant().dns_domain()), None);
    assert_eq!(ask("22222222-2222-2222-2222-222222222222"), Some(90002));
    assert_eq!(ask("elsewhere.example"), Some(90002));
    assert_eq!(ask("not%20a%20tenant"), Some(900_023));
}

#[test]
fn basic_and_the_older_endpoint_work_too() {
    let client = Client::new();
    let basic = STANDARD.encode(format!("{CLIENT_ID}:{CLIENT_SECRET}"));
    let body = format!("grant_type=client_credentials&scope={SCOPE}");
    let request = Request::post(client.login_url()).header("authorization", format!("Basic {basic}"));
    assert_eq!(client.send(request.body(Bytes::from(body)).unwrap()).status, 200);

    let url = client.login_url().replace("/v2.0", "");
    let resource = "https://api.securitycenter.microsoft.com";
    let body = format!(
        "grant_type=client_credentials&client_id={CLIENT_ID}&client_secret={CLIENT_SECRET}&resource={resource}"
    );
    let got = client.send(Request::post(url).body(Bytes::from(body)).unwrap());
    assert_eq!((got.status.as_u16(), got.json()["expires_in"].as_str()), (200, Some("3599")));
}

#[test]
fn a_secret_can_expire_and_an_application_be_disabled() {
    let client = Client::of_scenario("[application]\nsecret_expires = \"2026-01-05\"");
    assert_eq!(refusal(&client, &with(&[])).2, 7_000_222);
    let client = Client::of_scenario("[application]\ndisabled = true");
    assert_eq!(refusal(&client, &with(&[])).2, 7_000_112);
}

#[test]
fn another_cloud_has_other_hosts_and_audiences() {
    let terms = Terms { cloud: Cloud::GccHigh, ..Terms::default() };
    let client = Client::on(terms, Scenario::default());
    let url = client.login_url().replace(".com", ".us");
    let body =
        |scope: &str| form_urlencoded::Serializer::new(String::new()).extend_pairs(with(&[("scope", scope)])).finish();
    let ask = |scope: &str| client.send(Request::post(&url).body(Bytes::from(body(scope))).unwrap()).status;
    assert_eq!(ask("https://api.securitycenter.microsoft.us/.default"), 200);
    assert_eq!(ask(SCOPE), 400);
}

fn jwt(header: &Value, claims: &Value, padding: &'static dyn RsaEncoding) -> String {
    let part = |value: &Value| BASE64.encode(value.to_string());
    let signed = format!("{}.{}", part(header), part(claims));
    let key = RsaKeyPair::from_pkcs8(KEY).unwrap();
    let mut signature = vec![0; key.public().modulus_len()];
    key.sign(padding, &SystemRandom::new(), signed.as_bytes(), &mut signature).unwrap();
    format!("{signed}.{}", BASE64.encode(signature))
}

fn assertion_code(client: &Client, assertion: &str) -> Option<u64> {
    let body = client.form(&[
        ("grant_type", "client_credentials"),
        ("client_id", CLIENT_ID),
        ("scope", SCOPE),
        ("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"),
        ("client_assertion", assertion),
    ]);
    let body = body.json();
    assert!(body["access_token"].is_string() != body["error"].is_string());
    body["error_codes"][0].as_u64()
}

#[test]
fn certificates_are_verified() {
    let der = CertificateDer::from_pem_slice(CERTIFICATE).unwrap().to_vec();
    let mut terms = Terms::default();
    terms.application.certificates.push(der.clone());
    let client = Client::on(terms, Scenario::default());
    let thumbprint = |algorithm| BASE64.encode(digest::digest(algorithm, &der));
    let now = client.now.get().as_secs();
    let claims = |shift: i64| {
        let now = now.saturating_add_signed(shift);
        json!({ "aud": client.login_url(), "iss": CLIENT_ID, "sub": CLIENT_ID, "jti": "1", "nbf": now, "exp": now + 600 })
    };
    let newer = json!({ "alg": "PS256", "typ": "JWT", "x5t#S256": thumbprint(&digest::SHA256) });
    let older = json!({ "alg": "RS256", "typ": "JWT", "x5t": thumbprint(&digest::SHA1_FOR_LEGACY_USE_ONLY) });
    assert_eq!(assertion_code(&client, &jwt(&newer, &claims(0), &RSA_PSS_SHA256)), None);
    assert_eq!(assertion_code(&client, &jwt(&older, &claims(0), &RSA_PKCS1_SHA256)), None);
    // Signed in another way than the header says.
    assert_eq!(assertion_code(&client, &jwt(&newer, &claims(0), &RSA_PKCS1_SHA256)), Some(700_027));
    assert_eq!(assertion_code(&client, &jwt(&newer, &claims(-4000), &RSA_PSS_SHA256)), Some(500_133));
    assert_eq!(assertion_code(&client, &jwt(&newer, &claims(4000), &RSA_PSS_SHA256)), Some(500_133));
    let unknown = json!({ "alg": "RS256", "x5t": "AAAA" });
    assert_eq!(assertion_code(&client, &jwt(&unknown, &claims(0), &RSA_PKCS1_SHA256)), Some(700_027));
    let mut elsewhere = claims(0);
    elsewhere["aud"] = json!("https://login.microsoftonline.com/other/oauth2/v2.0/token");
    assert_eq!(assertion_code(&client, &jwt(&older, &elsewhere, &RSA_PKCS1_SHA256)), Some(700_023));
    for broken in ["a", "a.b.c", "..", "\u{fc}.\u{fc}.\u{fc}"] {
        assert_eq!(assertion_code(&client, broken), Some(50027), "{broken}");
    }
}

#[test]
fn federated_assertions_have_to_match() {
    let mut terms = Terms::default();
    terms.application.federated.push(FederatedCredential {
        issuer: "https://cluster.example".into(),
        subject: "system:serviceaccount:collector".into(),
        audience: "api://AzureADTokenExchange".into(),
        key: SubjectPublicKeyInfoDer::from_pem_slice(PUBLIC_KEY).unwrap().to_vec(),
    });
    let client = Client::on(terms, Scenario::default());
    let header = json!({ "alg": "RS256" });
    let exp = client.now.get().as_secs() + 600;
    let claims = |subject: &str| {
        json!({
            "iss": "https://cluster.example", "sub": subject, "aud": ["api://AzureADTokenExchange"], "exp": exp,
        })
    };
    let good = jwt(&header, &claims("system:serviceaccount:collector"), &RSA_PKCS1_SHA256);
    assert_eq!(assertion_code(&client, &good), None);
    assert_eq!(assertion_code(&client, &jwt(&header, &claims("someone"), &RSA_PKCS1_SHA256)), Some(70021));
    let (signed, _) = good.rsplit_once('.').unwrap();
    assert_eq!(assertion_code(&client, &format!("{signed}.AAAA")), Some(50012));
    client.pass(Duration::from_secs(3600));
    assert_eq!(assertion_code(&client, &good), Some(500_133));
}

#[test]
fn libraries_find_the_endpoints() {
    let client = Client::new();
    let id = client.service.tenant().id();
    let get = |path: &str| client.get(&format!("https://login.microsoftonline.com/{path}"));
    let v2 = get(&format!("{id}/v2.0/.well-known/openid-configuration")).json();
    let host = "https://login.microsoftonline.com";
    assert_eq!(v2["token_endpoint"], format!("{host}/{id}/oauth2/v2.0/token"));
    assert_eq!(v2["issuer"], format!("{host}/{id}/v2.0"));
    let v1 = get(&format!("{id}/.well-known/openid-configuration")).json();
    assert_eq!(v1["token_endpoint"], format!("{host}/{id}/oauth2/token"));
    assert_eq!(v1["issuer"], format!("https://sts.windows.net/{id}/"));
    for document in [&v1, &v2] {
        let keys = client.get(document["jwks_uri"].as_str().unwrap());
        assert!(keys.json()["keys"].is_array());
    }
    let unknown = get("00000000-0000-4000-8000-000000000000/v2.0/.well-known/openid-configuration");
    assert_eq!((unknown.status.as_u16(), unknown.json()["error_codes"][0].as_u64()), (400, Some(90_002)));
    assert_eq!(
        get("common/v2.0/.well-known/openid-configuration").json()["issuer"],
        format!("{host}/{{tenantid}}/v2.0")
    );
    let asked =
        format!("common/discovery/instance?api-version=1.1&authorization_endpoint={host}/{id}/oauth2/v2.0/authorize");
    let instance = get(&asked).json();
    assert_eq!(instance["tenant_discovery_endpoint"], format!("{host}/{id}/v2.0/.well-known/openid-configuration"));
    let aliases = instance["metadata"][0]["aliases"].as_array().unwrap();
    for alias in aliases {
        let there =
            client.get(&format!("https://{}/{id}/v2.0/.well-known/openid-configuration", alias.as_str().unwrap()));
        assert_eq!(there.status, 200, "{alias}");
    }
    assert_eq!(get("common/discovery/instance").status, 400);
}

#[test]
fn every_name_of_a_resource_is_an_audience() {
    let client = Client::new();
    for (resource, url) in [
        ("https://api.securitycenter.windows.com", "https://api.securitycenter.windows.com/api/machines?$top=1"),
        ("https://api.securitycenter.microsoft.com/", "https://api.security.microsoft.com/api/machines?$top=1"),
        ("fc780465-2017-40d4-a0c5-307022471b92", "https://api.security.microsoft.com/api/machines?$top=1"),
        ("00000003-0000-0000-c000-000000000000", "https://graph.microsoft.com/v1.0/users?$top=1"),
    ] {
        let older = [("resource", resource), ("scope", "")];
        let newer = format!("{resource}/.default");
        let newer = [("scope", newer.as_str())];
        for (endpoint, change) in [("oauth2/token", &older[..]), ("oauth2/v2.0/token", &newer)] {
            let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(with(change)).finish();
            let login = format!("https://login.microsoftonline.com/{}/{endpoint}", client.service.tenant().id());
            let got = client.send(Request::post(login).body(Bytes::from(body)).unwrap());
            let token = got.json()["access_token"].as_str().unwrap_or_else(|| panic!("{resource}: {got:?}")).to_owned();
            let request = Request::get(url).header("authorization", format!("Bearer {token}"));
            assert_eq!(client.send(request.body(Bytes::new()).unwrap()).status, 200, "{resource}");
        }
    }
}
