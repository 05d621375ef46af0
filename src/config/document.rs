//! The configuration as it is written: the one statement of its members, their bounds, defaults and meaning.
//!
//! The JSON Schema is made of these types, a document is checked against that schema, and what passed is read into them.
//! A doc comment here is the description of the member there. The members below `datasets` follow from the catalogue.

use std::borrow::Cow;
use std::collections::BTreeMap;

use defender_client::wire::Origin;
use defender_rows::event::OcsfVersion;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};

use crate::catalog::{ALL, CLOUDS, Changes, DatasetName, DatasetSpec};

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(title = "Configuration of the Microsoft Defender source", description = "")]
pub(super) struct Document {
    /// Microsoft Entra tenant: its GUID or a verified domain.
    #[schemars(length(min = 1))]
    pub(super) tenant_id: String,
    /// Application (client) id of the app registration.
    #[schemars(length(min = 1))]
    pub(super) client_id: String,
    #[serde(default)]
    pub(super) auth: Auth,
    /// The national cloud that the tenant lives in.
    #[serde(default = "Document::cloud")]
    #[schemars(schema_with = "clouds")]
    pub(super) cloud: String,
    #[serde(default)]
    pub(super) endpoints: Endpoints,
    /// A label that every event carries, to tell instances apart.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String", length(min = 1))]
    pub(super) instance: Option<String>,
    #[serde(default)]
    pub(super) datasets: Datasets,
    #[serde(default)]
    pub(super) filters: Filters,
    /// Shape of event bodies.
    #[serde(default)]
    pub(super) format: BodyFormat,
    /// How much OCSF bodies say: `full` has a caption beside each id and what consumers look for in a second place; `lean`
    /// says everything once.
    #[serde(default)]
    pub(super) body: BodyDetail,
    /// Version of OCSF that bodies are written for.
    #[serde(default = "Document::ocsf_version")]
    #[schemars(schema_with = "ocsf_versions")]
    pub(super) ocsf_version: String,
    #[serde(default)]
    pub(super) http: Http,
    #[serde(default)]
    pub(super) budget: Budget,
    #[serde(default)]
    pub(super) limits: Limits,
}

impl Document {
    fn cloud() -> String {
        CLOUDS[0].name.to_owned()
    }

    fn ocsf_version() -> String {
        OcsfVersion::default().as_str().to_owned()
    }
}

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Auth {
    /// How the application proves who it is; the secret itself is passed as the secret `client_secret`.
    pub(super) kind: AuthKind,
    /// Scope of the token; by default the one of the cloud.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String", length(min = 1))]
    pub(super) scope: Option<String>,
}

#[derive(Debug, Default, Deserialize, JsonSchema, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum AuthKind {
    #[default]
    ClientSecret,
}

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Endpoints {
    /// Sign-in origin instead of the cloud's own.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String", url)]
    pub(super) login: Option<Origin>,
    /// Defender API origin instead of the cloud's own.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String", url)]
    pub(super) defender: Option<Origin>,
    /// Microsoft Graph origin instead of the cloud's own.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String", url)]
    pub(super) graph: Option<Origin>,
    /// Origin of export files instead of the cloud's blob storage.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String", url)]
    pub(super) blob: Option<Origin>,
}

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Filters {
    /// Platforms left out, as Defender spells them; the words `mobile` and `iot` stand for whole families.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(inner(length(min = 1)))]
    pub(super) exclude_platforms: Vec<String>,
    /// What a device must have to be taken.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) require: Vec<Required>,
    /// Least risk score of devices that requests are made about one by one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "risks")]
    pub(super) min_risk: Option<String>,
    /// Least exposure level of devices that requests are made about one by one. With `min_risk`, either is enough.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "exposures")]
    pub(super) min_exposure: Option<String>,
    /// Devices not seen for more than this many days are left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "u32", range(min = 1, max = 180))]
    pub(super) stale_days: Option<u32>,
    /// Only devices with one of these tags.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(inner(length(min = 1)))]
    pub(super) include_tags: Vec<String>,
    /// No devices with one of these tags.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(inner(length(min = 1)))]
    pub(super) exclude_tags: Vec<String>,
    /// Only devices in one of these device groups, by name.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(inner(length(min = 1)))]
    pub(super) include_device_groups: Vec<String>,
    /// No devices in one of these device groups, by name.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(inner(length(min = 1)))]
    pub(super) exclude_device_groups: Vec<String>,
}

#[derive(Debug, Deserialize, JsonSchema, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Required {
    DnsName,
    IpAddress,
}

#[derive(Debug, Default, Deserialize, JsonSchema, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum BodyFormat {
    #[default]
    Ocsf,
    Native,
}

#[derive(Debug, Default, Deserialize, JsonSchema, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum BodyDetail {
    #[default]
    Full,
    Lean,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Http {
    /// Longest wait for an answer to begin, and for each further part of it. A whole body may take as long, and a second
    /// more for each 1,000 bytes.
    #[schemars(range(min = 1, max = 3600))]
    pub(super) timeout_secs: u64,
    /// How often a request is sent before its dataset is given up as partial, and more often where the limit of a minute
    /// or an hour may bind; 1: never again.
    #[schemars(range(min = 1, max = 20))]
    pub(super) max_attempts: u32,
    /// Longest single wait that the service may ask for.
    #[schemars(range(min = 1, max = 86_400))]
    pub(super) max_wait_secs: u64,
    /// Requests under way at the same time: for files, and for subjects that are asked about one by one.
    #[schemars(range(min = 1, max = 16))]
    pub(super) max_in_flight: u32,
}

impl Default for Http {
    fn default() -> Self {
        Self { timeout_secs: 300, max_attempts: 6, max_wait_secs: 3600, max_in_flight: 4 }
    }
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Budget {
    /// Share of each limit that Microsoft states for calls in a minute and in an hour; others may need the rest.
    #[schemars(range(min = 1, max = 100))]
    pub(super) share_percent: u32,
}

impl Default for Budget {
    fn default() -> Self {
        Self { share_percent: 90 }
    }
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Limits {
    /// Longest record taken; a longer one is counted as rejected.
    #[schemars(range(min = 1024, max = 16_777_216))]
    pub(super) max_record_bytes: u32,
    /// Share of records, in per cent, that may be of no use before their dataset counts as partial.
    #[schemars(range(min = 0, max = 100))]
    pub(super) max_rejected_percent: u64,
    /// Rows that one hunting query gives at most; more are read in several queries.
    #[schemars(range(min = 1, max = 100_000))]
    pub(super) query_rows: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self { max_record_bytes: 1 << 20, max_rejected_percent: 5, query_rows: 100_000 }
    }
}

/// What is said of the datasets, by their names.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Datasets(BTreeMap<String, Dataset>);

impl Datasets {
    /// What is said of one.
    pub(super) fn of(&self, name: DatasetName) -> Dataset {
        self.0.get(name.as_str()).cloned().unwrap_or_default()
    }
}

/// What is said of a dataset. Which of the members it has, and their bounds, the catalogue says.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Dataset {
    pub(super) enabled: Option<bool>,
    pub(super) strategy: Option<String>,
    pub(super) baseline_days: Option<u32>,
    pub(super) calls_per_run: Option<u64>,
}

impl Dataset {
    /// Days from one full read to the next, unless the user says otherwise.
    pub(super) const BASELINE_DAYS: u32 = 7;
    /// Requests of a run about users: as many as the hour's limit leaves at the default share, so that a run never waits
    /// for an hour to pass.
    pub(super) const CALLS_PER_RUN: u64 = 1350;

    fn schema(spec: &DatasetSpec) -> Schema {
        let mut schema = json_schema!({ "type": "object", "properties": {}, "additionalProperties": false });
        let mut add = |name: &str, member: Schema| {
            if let Some(properties) = schema.get_mut("properties").and_then(serde_json::Value::as_object_mut) {
                properties.insert(name.to_owned(), member.into());
            }
        };
        add("enabled", json_schema!({ "type": "boolean", "description": spec.description, "default": spec.enabled }));
        let strategies = spec.strategy_names();
        if let [first, _, ..] = strategies[..] {
            let description = "How the dataset is read.";
            add(
                "strategy",
                json_schema!({ "type": "string", "enum": strategies, "description": description, "default": first }),
            );
        }
        if let Some(Changes { reach_days, .. }) = &spec.changes {
            add(
                "baseline_days",
                json_schema!({
                    "type": "integer", "minimum": 1, "maximum": reach_days, "default": Self::BASELINE_DAYS,
                    "description": "Days after which everything is read again, where changes alone are read in between.",
                }),
            );
        }
        if spec.name == DatasetName::DeviceUsers {
            add(
                "calls_per_run",
                json_schema!({
                    "type": "integer", "minimum": 1, "maximum": 1_000_000, "default": Self::CALLS_PER_RUN,
                    "description": "Requests about one device each that a run makes at most; where there are more devices, \
                                    the next run goes on.",
                }),
            );
        }
        schema
    }
}

impl JsonSchema for Datasets {
    fn schema_name() -> Cow<'static, str> {
        "Datasets".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let properties = ALL.iter().map(|spec| (spec.name.as_str().to_owned(), Dataset::schema(spec).into()));
        let properties: serde_json::Map<_, _> = properties.collect();
        json_schema!({ "type": "object", "properties": properties, "additionalProperties": false })
    }
}

fn clouds(_: &mut SchemaGenerator) -> Schema {
    words(CLOUDS.iter().map(|cloud| cloud.name))
}

fn ocsf_versions(_: &mut SchemaGenerator) -> Schema {
    words(OcsfVersion::ALL.iter().map(|version| version.as_str()))
}

fn risks(_: &mut SchemaGenerator) -> Schema {
    words(["informational", "low", "medium", "high"])
}

fn exposures(_: &mut SchemaGenerator) -> Schema {
    words(["low", "medium", "high"])
}

fn words(words: impl IntoIterator<Item = &'static str>) -> Schema {
    json_schema!({ "type": "string", "enum": words.into_iter().collect::<Vec<_>>() })
}
