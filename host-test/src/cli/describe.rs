//! `describe`: what a source is.

use super::args::{Describe, Schema};
use super::exit::Exit;
use super::job;
use super::out::{Form, print, print_json};
use crate::clock::Clock;
use crate::config::{Sandbox, Settings, of_file};
use crate::contract::{Dataset, Descriptor, Permission, one_line};
use crate::engine::Source;
use crate::replay::{ReplayOptions, ReplayTransport};
use serde_json::{Value, json};
use std::fmt::Write as _;
use std::path::Path;
use std::sync::Arc;

/// The JSON Schema of an event of the built-in component. Made of the events of the test runs, which are all held to it:
/// `tests/documentation/`.
const EVENTS: &str = include_str!("../../../docs/events.schema.json");

pub(super) async fn run(args: Describe) -> Result<(), Exit> {
    if args.events {
        return print(EVENTS, Form::Json);
    }
    let settings = args.config.as_deref().map(Settings::load).transpose()?;
    let source = offline(settings.as_ref()).await?;
    let descriptor = source.descriptor();
    if let Some(what) = args.schema {
        print_json(&match what {
            Schema::Source => schema(descriptor),
            Schema::Host => of_file(schema(descriptor)),
        })
    } else if args.json {
        print_json(&to_json(descriptor))
    } else {
        print(&to_text(descriptor), Form::Text)
    }
}

/// A source that cannot reach anything.
pub(super) async fn offline(settings: Option<&Settings>) -> Result<Source, Exit> {
    let sandbox = settings.map(|settings| settings.sandbox.clone()).unwrap_or_default();
    unconnected(&sandbox, settings.and_then(|settings| settings.component.as_deref())).await
}

/// The same from its component alone.
pub(super) async fn unconnected(sandbox: &Sandbox, component: Option<&Path>) -> Result<Source, Exit> {
    let engine = job::engine(sandbox)?;
    let component = job::component(&engine, component)?;
    let nothing = ReplayTransport::new(Vec::new(), ReplayOptions::default());
    let options = job::sandbox_options(sandbox, Arc::new(nothing), Clock::real());
    Ok(Source::start(&component, &options).await?)
}

/// The schema as JSON; as text if the component's is not JSON.
pub(super) fn schema(descriptor: &Descriptor) -> Value {
    serde_json::from_str(&descriptor.config_schema).unwrap_or_else(|_| descriptor.config_schema.clone().into())
}

fn to_json(descriptor: &Descriptor) -> Value {
    let dataset = |dataset: &Dataset| {
        json!({
            "name": dataset.name,
            "description": dataset.description,
            "enabled_by_default": dataset.enabled_by_default,
            "permissions": permissions(&dataset.permissions),
            "kinds": dataset.kinds,
            "strategies": dataset.strategies,
            "needs": dataset.needs,
        })
    };
    json!({
        "name": descriptor.name,
        "version": descriptor.version,
        "description": descriptor.description,
        "config_schema": schema(descriptor),
        "secrets": descriptor.secrets.iter()
            .map(|secret| json!({ "name": secret.name, "description": secret.description })).collect::<Vec<_>>(),
        "datasets": descriptor.datasets.iter().map(dataset).collect::<Vec<_>>(),
        "endpoints": descriptor.endpoints.iter()
            .map(|it| json!({ "host": it.host, "method": it.method, "path": it.path, "purpose": it.purpose }))
            .collect::<Vec<_>>(),
        "schemas": descriptor.schemas,
    })
}

pub(super) fn permissions(permissions: &[Permission]) -> Value {
    permissions.iter().map(|permission| json!({ "api": permission.api, "name": permission.name })).collect()
}

fn to_text(descriptor: &Descriptor) -> String {
    let one = |text: &String| one_line(text);
    let list = |texts: &[String]| texts.iter().map(one).collect::<Vec<_>>().join(", ");
    let (name, version) = (one(&descriptor.name), one(&descriptor.version));
    let mut out = format!("{name} {version}\n{}\n", one(&descriptor.description));
    out.push_str("\nDatasets:\n");
    for dataset in &descriptor.datasets {
        let state = if dataset.enabled_by_default { "on" } else { "off" };
        let _ = writeln!(out, "  {} ({state}): {}", one(&dataset.name), one(&dataset.description));
        let needed: Vec<_> =
            dataset.permissions.iter().map(|grant| format!("{} on {}", grant.name, grant.api)).collect();
        let _ = writeln!(out, "    permissions: {}", list(&needed));
        let _ = writeln!(out, "    kinds: {}", list(&dataset.kinds));
        if dataset.strategies.len() > 1 {
            let _ = writeln!(out, "    strategies: {}", list(&dataset.strategies));
        }
        if !dataset.needs.is_empty() {
            let _ = writeln!(out, "    reads first: {}", list(&dataset.needs));
        }
    }
    out.push_str("\nSecrets:\n");
    for secret in &descriptor.secrets {
        let _ = writeln!(out, "  {}: {}", one(&secret.name), one(&secret.description));
    }
    out.push_str("\nRequests (nothing else is let through):\n");
    for endpoint in &descriptor.endpoints {
        let url = format!("https://{}{}", endpoint.host, endpoint.path);
        let _ = writeln!(out, "  {} {}  {}", one(&endpoint.method), one(&url), one(&endpoint.purpose));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract::{Endpoint, SecretInfo};

    fn descriptor(config_schema: &str) -> Descriptor {
        let grant = || Permission { api: "WindowsDefenderATP".into(), name: "Machine.Read.All".into() };
        Descriptor {
            name: "some-source".into(),
            version: "1.2.3".into(),
            description: "Reads something.".into(),
            config_schema: config_schema.into(),
            secrets: vec![SecretInfo { name: "client_secret".into(), description: "The value.".into() }],
            datasets: vec![Dataset {
                name: "devices".into(),
                description: "Machines".into(),
                enabled_by_default: true,
                permissions: vec![grant()],
                kinds: vec!["device".into()],
                strategies: vec!["list".into(), "each".into()],
                needs: vec!["tenants".into()],
            }],
            endpoints: vec![Endpoint {
                host: "api.example".into(),
                method: "GET".into(),
                path: "/api/machines".into(),
                purpose: "Read.".into(),
            }],
            schemas: vec![],
        }
    }

    #[test]
    fn everything_that_matters_is_shown() {
        let text = to_text(&descriptor("{}"));
        for line in [
            "some-source 1.2.3",
            "  devices (on): Machines",
            "    permissions: Machine.Read.All on WindowsDefenderATP",
            "    strategies: list, each",
            "    reads first: tenants",
            "  client_secret: The value.",
            "  GET https://api.example/api/machines  Read.",
        ] {
            assert!(text.lines().any(|it| it == line), "{line}\n{text}");
        }
    }

    #[test]
    fn the_schema_is_json_inside_of_json() {
        let json = to_json(&descriptor(r#"{"type":"object"}"#));
        assert_eq!(json["config_schema"]["type"], "object");
        assert_eq!(json["datasets"][0]["permissions"][0]["api"], "WindowsDefenderATP");
        assert_eq!(schema(&descriptor("not json")), "not json");
    }
}
