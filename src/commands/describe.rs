//! What the source is before anything is configured, read off the tables.

use defender_client::sign_in::{Api, CLIENT_SECRET, Permission};
use defender_rows::event::OcsfVersion;

use crate::catalog::{self, CLOUDS, DatasetSpec, StrategySpec};
use crate::config::json_schema;
use crate::ocsf::class;

/// See `descriptor` in `wit/types.wit`.
#[derive(Debug)]
pub struct Descriptor {
    /// Name of the source.
    pub name: &'static str,
    /// Its version.
    pub version: &'static str,
    /// One sentence.
    pub description: &'static str,
    /// JSON Schema of the configuration.
    pub config_schema: String,
    /// Name and description of each secret.
    pub secrets: Vec<(&'static str, &'static str)>,
    /// Every dataset.
    pub datasets: Vec<Dataset>,
    /// Every request.
    pub endpoints: Vec<Endpoint>,
    /// Values of `schema` in documents.
    pub schemas: Vec<String>,
}

/// See `dataset` in `wit/types.wit`.
#[derive(Debug)]
pub struct Dataset {
    /// Name in the configuration.
    pub name: &'static str,
    /// What it holds.
    pub description: &'static str,
    /// Whether it is read when the configuration does not mention it.
    pub enabled: bool,
    /// Grants it needs.
    pub permissions: Vec<Permission>,
    /// Kinds of events.
    pub kinds: Vec<&'static str>,
    /// Ways to read it.
    pub strategies: Vec<&'static str>,
    /// Datasets that are read first.
    pub needs: Vec<&'static str>,
}

/// See `endpoint` in `wit/types.wit`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoint {
    /// Host name; `*.` in front stands for one further name.
    pub host: &'static str,
    /// HTTP method.
    pub method: &'static str,
    /// Path with `{name}` for one segment, and `{name...}` for all that follow.
    pub path: &'static str,
    /// What it is for.
    pub purpose: &'static str,
}

/// The descriptor of this source.
#[must_use]
pub fn descriptor() -> Descriptor {
    let mut schemas = vec!["source/snapshot/1".to_owned()];
    for version in OcsfVersion::ALL {
        for event_type in class::ALL {
            let schema = format!("ocsf/{}/{}", version.as_str(), event_type.class_uid);
            if !schemas.contains(&schema) {
                schemas.push(schema);
            }
        }
    }
    schemas.extend(catalog::ALL.iter().map(|dataset| format!("native/{}", dataset.name.as_str())));
    Descriptor {
        name: env!("CARGO_PKG_NAME"),
        version: env!("CARGO_PKG_VERSION"),
        description: "Devices, users, software, vulnerabilities and recommendations of a Microsoft Defender for \
                      Endpoint tenant, read-only.",
        config_schema: json_schema().to_string(),
        secrets: vec![(
            CLIENT_SECRET,
            "Value of a client secret of the app registration, for `auth.kind` = `client_secret`.",
        )],
        datasets: catalog::ALL.iter().map(|spec| dataset(spec)).collect(),
        endpoints: endpoints(),
        schemas,
    }
}

fn dataset(spec: &'static DatasetSpec) -> Dataset {
    let needs_devices = spec.strategies.iter().any(StrategySpec::needs_devices);
    Dataset {
        name: spec.name.as_str(),
        description: spec.description,
        enabled: spec.enabled,
        permissions: all_permissions(spec),
        kinds: spec.kinds.iter().map(|kind| kind.as_str()).collect(),
        strategies: spec.strategy_names(),
        needs: if needs_devices { vec![catalog::devices::SPEC.name.as_str()] } else { Vec::new() },
    }
}

/// The grants of all strategies, those of the first in front.
fn all_permissions(spec: &'static DatasetSpec) -> Vec<Permission> {
    let mut all: Vec<Permission> = Vec::new();
    for permission in spec.strategies.iter().flat_map(|strategy| strategy.permissions(spec)) {
        if !all.contains(permission) {
            all.push(*permission);
        }
    }
    all
}

/// Sign-in at every login host, and every route at every host of its API.
fn endpoints() -> Vec<Endpoint> {
    let mut endpoints = Vec::new();
    let mut add = |endpoint: Endpoint| {
        if !endpoints.contains(&endpoint) {
            endpoints.push(endpoint);
        }
    };
    for cloud in &CLOUDS {
        add(Endpoint { host: cloud.login, method: "POST", path: "/{tenant}/oauth2/v2.0/token", purpose: "Sign in." });
    }
    for cloud in &CLOUDS {
        for route in catalog::routes() {
            let hosts: Vec<_> = match route.api() {
                Api::Defender => cloud.defender_hosts().collect(),
                Api::Graph => vec![cloud.graph],
            };
            for host in hosts {
                add(Endpoint { host, method: route.method(), path: route.path, purpose: route.purpose });
            }
        }
    }
    for cloud in &CLOUDS {
        let (host, path) = (cloud.blobs, "/{file...}");
        add(Endpoint { host, method: "GET", path, purpose: "files of an export, at addresses that the API gave" });
    }
    endpoints
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_request_is_published_and_nothing_writes() {
        let descriptor = descriptor();
        let has = |host: &str, method: &str, path: &str| {
            descriptor.endpoints.iter().any(|e| (e.host, e.method, e.path) == (host, method, path))
        };
        assert!(has("login.microsoftonline.us", "POST", "/{tenant}/oauth2/v2.0/token"));
        assert!(has("api.security.microsoft.com", "GET", "/api/machines"));
        assert!(has("eu.api.security.microsoft.com", "GET", "/api/machines/{id}/logonusers"));
        assert!(has("api-gov.securitycenter.microsoft.us", "GET", "/api/recommendations/{id}/machineReferences"));
        assert!(has("dod-graph.microsoft.us", "POST", "/v1.0/security/runHuntingQuery"));
        for endpoint in &descriptor.endpoints {
            let is_sign_in = endpoint.host.starts_with("login.");
            assert_eq!(endpoint.method != "GET", is_sign_in || endpoint.purpose.starts_with("query: "), "{endpoint:?}");
        }
    }
}
