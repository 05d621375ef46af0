//! What libraries for signing in ask before they sign in: OpenID Connect metadata of a tenant, and which hosts are one
//! cloud ("instance discovery"). Every MSAL client reads at least the first.
//!
//! Sources: OpenID Connect Discovery 1.0, section 4; the answers of the public service.

use super::refused::Refused;
use super::tenant::known_tenant;
use crate::api::Cloud;
use crate::service::reply::Reply;
use crate::service::request::Request;
use crate::terms::Terms;
use http::{Method, StatusCode, header};
use serde_json::{Value, json};

/// A document beside the token endpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Document {
    /// Metadata of the endpoint with `scope`.
    V2,
    /// Metadata of the older endpoint, with `resource`.
    V1,
    /// Hosts of a cloud.
    Instance,
    /// Public keys of tokens.
    Keys,
}

/// The document that a path names; none if it is no such path.
fn document(segments: &[&str]) -> Option<Document> {
    Some(match segments {
        [_, "v2.0", ".well-known", "openid-configuration"] => Document::V2,
        [_, ".well-known", "openid-configuration"] => Document::V1,
        ["common", "discovery", "instance"] => Document::Instance,
        [_, "discovery", "v2.0", "keys"] | [_, "discovery", "keys"] => Document::Keys,
        _ => return None,
    })
}

/// Answers a request for a document; none if it is for none.
pub(super) fn answer(request: &Request<'_>, segments: &[&str], terms: &Terms) -> Option<Result<Reply, Refused>> {
    document(segments).map(|document| describe(document, request, segments, terms))
}

fn describe(document: Document, request: &Request<'_>, segments: &[&str], terms: &Terms) -> Result<Reply, Refused> {
    if request.method != Method::GET && request.method != Method::HEAD {
        return Err(Refused::request("invalid_request", 900_561, "The endpoint only accepts GET requests."));
    }
    let tenant = segments.first().copied().unwrap_or_default();
    let id = terms.tenant.first().map_or("", String::as_str);
    let body = match document {
        Document::Instance => instance(request, terms)?,
        // The tokens of the double are for itself alone, as Microsoft says of its own: nobody else can check them.
        Document::Keys => json!({ "keys": [] }),
        Document::V1 | Document::V2 => {
            // The names of no tenant in particular have metadata too.
            if !["common", "organizations", "consumers"].contains(&tenant) {
                known_tenant(terms, tenant)?;
            }
            let id = if tenant == id || terms.tenant.iter().any(|known| known == tenant) { id } else { "{tenantid}" };
            metadata(&request.origin(), tenant, id, document == Document::V2, terms.cloud)
        }
    };
    let reply = Reply::json(StatusCode::OK, &body).with(header::CACHE_CONTROL, "max-age=86400, private");
    Ok(reply.with(header::ACCESS_CONTROL_ALLOW_ORIGIN, "*"))
}

/// Metadata of a tenant.
fn metadata(origin: &str, tenant: &str, id: &str, is_v2: bool, cloud: Cloud) -> Value {
    let (oauth, issuer, keys) = if is_v2 {
        (format!("{origin}/{tenant}/oauth2/v2.0"), format!("{origin}/{id}/v2.0"), "discovery/v2.0/keys")
    } else {
        (format!("{origin}/{tenant}/oauth2"), format!("https://sts.windows.net/{id}/"), "discovery/keys")
    };
    let (instance, graph) = match cloud {
        Cloud::Commercial | Cloud::Gcc => ("microsoftonline.com", "graph.microsoft.com"),
        Cloud::GccHigh => ("microsoftonline.us", "graph.microsoft.us"),
        Cloud::Dod => ("microsoftonline.us", "dod-graph.microsoft.us"),
    };
    json!({
        "token_endpoint": format!("{oauth}/token"),
        "token_endpoint_auth_methods_supported": ["client_secret_post", "private_key_jwt", "client_secret_basic"],
        "jwks_uri": format!("{origin}/{tenant}/{keys}"),
        "response_modes_supported": ["query", "fragment", "form_post"],
        "subject_types_supported": ["pairwise"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "response_types_supported": ["code", "id_token", "code id_token", "id_token token"],
        "scopes_supported": ["openid", "profile", "email", "offline_access"],
        "issuer": issuer,
        "request_uri_parameter_supported": false,
        "userinfo_endpoint": format!("https://{graph}/oidc/userinfo"),
        "authorization_endpoint": format!("{oauth}/authorize"),
        "device_authorization_endpoint": format!("{oauth}/devicecode"),
        "http_logout_supported": true,
        "frontchannel_logout_supported": true,
        "end_session_endpoint": format!("{oauth}/logout"),
        "claims_supported": ["sub", "iss", "cloud_instance_name", "aud", "exp", "iat", "tid", "ver"],
        "tenant_region_scope": "EU",
        "cloud_instance_name": instance,
        "cloud_graph_host_name": "graph.windows.net",
        "msgraph_host": graph,
    })
}

/// Which hosts are one cloud, and where the metadata of the authority that was asked about lies.
fn instance(request: &Request<'_>, terms: &Terms) -> Result<Value, Refused> {
    let endpoint = request.parameter("authorization_endpoint").unwrap_or_default();
    let tenant = endpoint.split_once("://").and_then(|(_, rest)| rest.split('/').nth(1)).unwrap_or_default();
    if tenant.is_empty() {
        let message = "The request must contain the parameter 'authorization_endpoint', with a tenant in its path.";
        return Err(Refused::request("invalid_request", 900_144, message));
    }
    if !["common", "organizations", "consumers"].contains(&tenant) {
        known_tenant(terms, tenant)?;
    }
    let cloud = |network: &str, cache: &str, aliases: &[&str]| json!({ "preferred_network": network, "preferred_cache": cache, "aliases": aliases });
    let version = if endpoint.contains("/v2.0/") { "/v2.0" } else { "" };
    Ok(json!({
        "tenant_discovery_endpoint": format!("{}/{tenant}{version}/.well-known/openid-configuration", request.origin()),
        "api-version": "1.1",
        "metadata": [
            cloud("login.microsoftonline.com", "login.windows.net",
                &["login.microsoftonline.com", "login.windows.net", "login.microsoft.com", "sts.windows.net"]),
            cloud("login.microsoftonline.us", "login.microsoftonline.us",
                &["login.microsoftonline.us"]),
        ],
    }))
}
