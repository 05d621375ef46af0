//! A configuration that holds.

use std::collections::BTreeMap;

use defender_client::error::{Cause, SourceError};
use defender_client::request::HttpConfig;
use defender_client::sign_in::{Grant, Secret};
use defender_client::wire::{BlobHosts, Origin};
use defender_rows::event::{Detail, Format, OcsfVersion, TenantId};
use defender_rows::hash::{Sha256, hex};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::checking::{checked, invalid};
use super::document::{BodyDetail, BodyFormat, Dataset, Document};
use super::filters::FilterConfig;
use super::room;
use super::selection::Selection;
use crate::catalog::{ALL, CLOUDS, Cloud, DatasetName, DatasetSpec, cloud};

/// Name and version, as services like to see them.
const USER_AGENT: &str = concat!(env!("CARGO_PKG_NAME"), "/", env!("CARGO_PKG_VERSION"));

/// A valid configuration.
#[derive(Debug)]
pub struct Config {
    /// Whose assets are read.
    pub tenant: TenantId,
    /// Application (client) id.
    pub client_id: String,
    /// Scope of the token for the Defender API.
    pub scope: String,
    /// The national cloud.
    pub cloud: &'static Cloud,
    /// Where tokens come from.
    pub login: Origin,
    /// Where data comes from.
    pub defender: Origin,
    /// Where hunting queries are sent.
    pub graph: Origin,
    /// Where export files may be.
    pub blobs: BlobHosts,
    /// Label that every event carries.
    pub instance: Option<String>,
    /// Enabled datasets with the strategy of each, in the order of reading.
    pub datasets: Vec<Selection>,
    /// Which devices are wanted.
    pub filters: FilterConfig,
    /// Shape of bodies.
    pub format: Format,
    /// Version of OCSF bodies.
    pub ocsf_version: OcsfVersion,
    /// How much they say.
    pub body: Detail,
    /// How requests are made and repeated.
    pub http: HttpConfig,
    /// Share of the service's limits that may be used, in per cent.
    pub budget_share_percent: u32,
    /// Requests about one device each that a run makes for users.
    pub user_calls_per_run: u64,
    /// Most rows that one hunting query gives.
    pub query_rows: u64,
    /// Longest record taken, in bytes.
    pub max_record_bytes: usize,
    /// Share of records that may be of no use in a dataset that is complete, in per cent.
    pub max_rejected_percent: u64,
    /// What positions belong to.
    pub fingerprints: Fingerprints,
}

/// Whose positions are whose: sixteen hexadecimal digits each.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq, Serialize)]
pub struct Fingerprints {
    /// Of tenant and cloud.
    pub tenant: String,
    /// Of everything that decides what a position of one configuration means under another.
    pub config: String,
    /// Of what of it decides which records are told, whatever form they are told in. Empty where an earlier version did not
    /// say.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub records: String,
}

/// Members that decide which records are told.
const RECORDS: [&str; 3] = ["filters.", "endpoints.defender", "endpoints.graph"];
/// Members that decide what events of the same records look like.
const FORM: [&str; 4] = ["format", "body", "ocsf_version", "instance"];

impl Config {
    /// Reads a JSON text.
    ///
    /// # Errors
    /// `invalid-config` naming the member, what is wrong with it and what would be right.
    pub fn parse(text: &str) -> Result<Self, SourceError> {
        let given = checked(text)?;
        let document = Document::deserialize(&given).map_err(|_| {
            SourceError::new(
                Cause::Internal,
                "The configuration passed every check and could not be read.",
                "Please report it, with the configuration.",
            )
        })?;
        let Document { endpoints, http, limits, .. } = document;
        let tenant = TenantId::parse(&document.tenant_id).map_err(|why| {
            let remedy = "Copy the directory (tenant) id from the overview page of the app registration.";
            invalid(format!("`tenant_id` {why}."), remedy)
        })?;
        let cloud = cloud(&document.cloud).unwrap_or(&CLOUDS[0]);
        let select = |spec: &'static DatasetSpec| Selection::of(spec, &document.datasets.of(spec.name));
        let datasets = ALL.into_iter().filter_map(select).collect::<Vec<_>>();
        if datasets.is_empty() {
            return Err(invalid("Every dataset is switched off.", "Set `enabled` to `true` for one of `datasets`."));
        }
        let max_record_bytes = limits.max_record_bytes as usize;
        room::check(max_record_bytes)?;
        let users = document.datasets.of(DatasetName::DeviceUsers);
        Ok(Self {
            client_id: document.client_id,
            scope: document.auth.scope.unwrap_or_else(|| cloud.scope.to_owned()),
            login: endpoints.login.unwrap_or_else(|| Origin::https(cloud.login)),
            defender: endpoints.defender.unwrap_or_else(|| Origin::https(cloud.defender)),
            graph: endpoints.graph.unwrap_or_else(|| Origin::https(cloud.graph)),
            blobs: endpoints.blob.map_or(BlobHosts::Below(cloud.blobs), BlobHosts::At),
            instance: document.instance,
            filters: FilterConfig::of(document.filters),
            format: match document.format {
                BodyFormat::Ocsf => Format::Ocsf,
                BodyFormat::Native => Format::Native,
            },
            body: match document.body {
                BodyDetail::Full => Detail::Full,
                BodyDetail::Lean => Detail::Lean,
            },
            ocsf_version: OcsfVersion::by_name(&document.ocsf_version).unwrap_or_default(),
            http: HttpConfig {
                user_agent: USER_AGENT,
                timeout_ms: http.timeout_secs * 1000,
                max_attempts: http.max_attempts,
                max_wait_ms: http.max_wait_secs * 1000,
                max_in_flight: http.max_in_flight as usize,
            },
            budget_share_percent: document.budget.share_percent,
            user_calls_per_run: users.calls_per_run.unwrap_or(Dataset::CALLS_PER_RUN),
            query_rows: limits.query_rows,
            max_record_bytes,
            max_rejected_percent: limits.max_rejected_percent,
            fingerprints: Fingerprints {
                tenant: fingerprint(&tenant, cloud, &[], &Value::Null, &[]),
                config: fingerprint(&tenant, cloud, &datasets, &given, &[&RECORDS, &FORM]),
                records: fingerprint(&tenant, cloud, &datasets, &given, &[&RECORDS]),
            },
            tenant,
            cloud,
            datasets,
        })
    }

    /// Whether the list of devices is read whatever else is.
    #[must_use]
    pub fn reads_devices(&self) -> bool {
        let lists = |it: &Selection| it.dataset.name == DatasetName::Devices || it.strategy.needs_devices();
        self.datasets.iter().any(lists)
    }

    /// What a token request holds.
    #[must_use]
    pub fn grant(&self, secret: Secret) -> Grant {
        let scopes = [self.scope.clone(), self.graph_scope()];
        Grant::new(&self.login, self.tenant.as_str(), self.client_id.clone(), secret, scopes)
    }

    /// Scope of the token for Microsoft Graph: that of the cloud, whatever the host that stands in for it.
    #[must_use]
    pub fn graph_scope(&self) -> String {
        format!("https://{}/.default", self.cloud.graph)
    }
}

/// Covers what decides which rows come in which order and, with members for that, what becomes of them; not how hard to
/// try.
fn fingerprint(tenant: &TenantId, cloud: &Cloud, datasets: &[Selection], given: &Value, covered: &[&[&str]]) -> String {
    let mut digest = Sha256::default();
    let mut add = |part: &str| {
        digest.update(&(part.len() as u64).to_le_bytes());
        digest.update(part.as_bytes());
    };
    add(tenant.as_str());
    add(cloud.name);
    for selection in datasets {
        add(selection.dataset.name.as_str());
        add(selection.wanted.as_str());
    }
    let mut members = BTreeMap::new();
    flatten(String::new(), given, &mut members);
    for (path, parts) in
        members.iter().filter(|(path, _)| covered.iter().copied().flatten().any(|it| path.starts_with(it)))
    {
        add(path);
        parts.iter().for_each(|part| add(part));
    }
    hex(&digest.finish()[..8])
}

/// Every member by its path, with the texts that it is made of.
fn flatten(path: String, value: &Value, members: &mut BTreeMap<String, Vec<String>>) {
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    match value {
        Value::Object(group) => {
            let dot = if path.is_empty() { "" } else { "." };
            group.iter().for_each(|(name, member)| flatten(format!("{path}{dot}{name}"), member, members));
        }
        Value::Array(items) => drop(members.insert(path, items.iter().map(text).collect())),
        single => drop(members.insert(path, vec![text(single)])),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINIMAL: &str = r#"{"tenant_id":"Contoso.example","client_id":"c"}"#;

    #[test]
    fn defaults_hold() {
        let config = Config::parse(MINIMAL).unwrap();
        assert_eq!(config.tenant.as_str(), "contoso.example");
        assert_eq!(config.defender.to_string(), "https://api.security.microsoft.com");
        assert_eq!(config.scope, "https://api.securitycenter.microsoft.com/.default");
        let enabled = config.datasets.iter().map(|selection| selection.dataset.name.as_str());
        assert_eq!(
            enabled.collect::<Vec<_>>(),
            ["devices", "device_users", "software", "vulnerabilities", "recommendations"]
        );
        assert_eq!(config.datasets[3].baseline_days, 7);
        assert_eq!(config.http.max_attempts, 6);
        assert_eq!(config.max_record_bytes, 1 << 20);
    }

    #[test]
    fn a_cloud_brings_its_hosts_and_scope() {
        let config = Config::parse(r#"{"tenant_id":"t","client_id":"c","cloud":"gcc"}"#).unwrap();
        assert_eq!(config.login.authority(), "login.microsoftonline.com");
        assert_eq!(config.defender.authority(), "api-gcc.securitycenter.microsoft.us");
        assert_eq!(config.graph_scope(), "https://graph.microsoft.com/.default");
        let config = r#"{"tenant_id":"t","client_id":"c","cloud":"dod","endpoints":{"graph":"http://127.0.0.1:1"}}"#;
        let config = Config::parse(config).unwrap();
        assert_eq!(config.graph.to_string(), "http://127.0.0.1:1");
        assert_eq!(config.graph_scope(), "https://dod-graph.microsoft.us/.default");
    }

    #[test]
    fn the_fingerprint_follows_what_matters() {
        let print = |text: &str| Config::parse(text).unwrap().fingerprints.config;
        let base = print(MINIMAL);
        assert_eq!(base.len(), 16);
        assert_eq!(base, print(r#"{"client_id":"other","tenant_id":"contoso.EXAMPLE","http":{"max_attempts":2}}"#));
        assert_ne!(base, print(r#"{"tenant_id":"contoso.example","client_id":"c","filters":{"stale_days":9}}"#));
        assert_ne!(
            base,
            print(r#"{"tenant_id":"contoso.example","client_id":"c","datasets":{"software":{"enabled":false}}}"#)
        );
        assert_ne!(base, print(r#"{"tenant_id":"contoso.example","client_id":"c","body":"lean"}"#));
        assert_ne!(base, print(r#"{"tenant_id":"fabrikam.example","client_id":"c"}"#));
    }

    #[test]
    fn what_events_look_like_does_not_decide_which_records_are_told() {
        let print = |more: &str| {
            let text = format!(r#"{{"tenant_id":"contoso.example","client_id":"c"{more}}}"#);
            Config::parse(&text).unwrap().fingerprints
        };
        let base = print("");
        for form in [r#""format":"native""#, r#""body":"lean""#, r#""ocsf_version":"1.9.0""#, r#""instance":"i""#] {
            let other = print(&format!(",{form}"));
            assert!(other.config != base.config && other.records == base.records, "{form}");
        }
        for records in [r#""filters":{"stale_days":9}"#, r#""datasets":{"vulnerabilities":{"strategy":"per_device"}}"#]
        {
            assert_ne!(print(&format!(",{records}")).records, base.records, "{records}");
        }
    }

    #[test]
    fn at_least_one_dataset_must_be_on() {
        let off: Vec<_> = ALL.iter().map(|spec| format!(r#""{}":{{"enabled":false}}"#, spec.name.as_str())).collect();
        let text = format!(r#"{{"tenant_id":"t","client_id":"c","datasets":{{{}}}}}"#, off.join(","));
        assert!(Config::parse(&text).unwrap_err().message.contains("switched off"));
    }
}
