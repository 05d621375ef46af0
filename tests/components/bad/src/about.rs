//! What the source says it is.

use test_guest::bindings::pipeline::source::types::{Dataset, Descriptor, Endpoint, Permission, SecretInfo};
use test_guest::mark;

pub(crate) const DATASET: &str = "items";
pub(crate) const STRATEGY: &str = "pages";
pub(crate) const KIND: &str = "item";
pub(crate) const SCHEMA: &str = "items/1";
pub(crate) const SECRET: &str = "client_secret";
pub(crate) const LOGIN_HOST: &str = "login.example.com";
pub(crate) const LOGIN_PATH: &str = "/oauth2/v2.0/token";
pub(crate) const API_HOST: &str = "api.example.com";
pub(crate) const API_PATH: &str = "/v1/items";

const CONFIG_SCHEMA: &str = r#"{"$schema":"https://json-schema.org/draft/2020-12/schema","type":"object",
    "required":["tenant"],"additionalProperties":false,"properties":{
    "tenant":{"type":"string","minLength":1},
    "style":{"type":"string","enum":["plain","fancy"],"default":"plain"}}}"#;

pub(crate) fn descriptor() -> Descriptor {
    let mut endpoints = vec![
        endpoint("POST", LOGIN_HOST, LOGIN_PATH, "sign in"),
        endpoint("GET", API_HOST, API_PATH, "pages of items"),
    ];
    if mark::is("endpoints") {
        endpoints.push(endpoint("DELETE", API_HOST, API_PATH, "tidy up"));
    }
    Descriptor {
        name: "test-source".into(),
        version: if mark::is("descriptor") { "one" } else { env!("CARGO_PKG_VERSION") }.into(),
        description: "Items of a service that does not exist.".into(),
        config_schema: match mark::is("config-schema") {
            true => CONFIG_SCHEMA.replace("\"object\"", "\"thing\""),
            false => CONFIG_SCHEMA.into(),
        },
        secrets: vec![SecretInfo { name: SECRET.into(), description: "Secret of the application.".into() }],
        datasets: vec![Dataset {
            name: DATASET.into(),
            description: "All items.".into(),
            enabled_by_default: true,
            permissions: vec![Permission { api: "Items".into(), name: "Items.Read".into() }],
            kinds: vec![KIND.into()],
            strategies: vec![STRATEGY.into()],
            needs: vec![],
        }],
        endpoints,
        schemas: vec![SCHEMA.into()],
    }
}

fn endpoint(method: &str, host: &str, path: &str, purpose: &str) -> Endpoint {
    Endpoint { host: host.into(), method: method.into(), path: path.into(), purpose: purpose.into() }
}
