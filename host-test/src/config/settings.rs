//! What the configuration file says, checked.

use super::document::{Document, Section, to_json};
use super::error::ConfigError;
use super::secrets::{self, SecretRef};
use crate::engine::{CompileLimits, SandboxOptions};
use crate::inventory::Rules;
use crate::policy::Aliases;
use crate::transport::{LiveOptions, Proxy};
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// A checked configuration.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Component to run instead of the built-in one.
    pub component: Option<PathBuf>,
    /// What is handed to the component.
    pub config: Map<String, Value>,
    /// Where its secrets are.
    pub secrets: BTreeMap<String, SecretRef>,
    /// Limits and network.
    pub sandbox: Sandbox,
    /// Where the position is kept, or the inventory with the position in it.
    pub state_path: PathBuf,
    /// With an inventory: the rules by which something is gone.
    pub inventory: Option<Rules>,
    /// Where events go.
    pub sink: SinkSettings,
    /// Time between the starts of two runs; nothing for a single run.
    pub interval: Option<Duration>,
}

/// Limits and network of the component.
#[derive(Debug, Clone)]
pub struct Sandbox {
    /// Most linear memory.
    pub memory_bytes: u64,
    /// Longest time for one call.
    pub call_timeout: Duration,
    /// Most requests in flight.
    pub max_in_flight: usize,
    /// Most events of a batch.
    pub max_batch_events: u32,
    /// Most bytes of a batch.
    pub max_batch_bytes: u32,
    /// Authorities and proxy.
    pub network: LiveOptions,
    /// Hosts that stand for published hosts.
    pub hosts: Aliases,
    /// Whether compiled components are kept.
    pub cache: bool,
    /// Where, if not in the user's usual place.
    pub cache_dir: Option<PathBuf>,
    /// Most that compiling a component from a file may take.
    pub compile: CompileLimits,
}

impl Default for Sandbox {
    fn default() -> Self {
        Self {
            memory_bytes: SandboxOptions::MEMORY_BYTES,
            call_timeout: SandboxOptions::CALL_TIMEOUT,
            max_in_flight: SandboxOptions::MAX_IN_FLIGHT,
            max_batch_events: crate::runner::DEFAULT_LIMITS.max_events,
            max_batch_bytes: crate::runner::DEFAULT_LIMITS.max_bytes,
            network: LiveOptions::default(),
            hosts: Aliases::default(),
            cache: true,
            cache_dir: None,
            compile: CompileLimits::default(),
        }
    }
}

/// Where events go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SinkSettings {
    /// The standard output.
    Stdout,
    /// A file that is added to.
    File(PathBuf),
}

const SECTIONS: [&str; 5] = ["source", "sandbox", "state", "sink", "schedule"];
pub(super) const SANDBOX: [&str; 13] = [
    "memory_bytes",
    "call_timeout_secs",
    "connect_timeout_secs",
    "max_in_flight",
    "max_batch_events",
    "max_batch_bytes",
    "ca_file",
    "proxy",
    "hosts",
    "cache",
    "cache_dir",
    "compile_memory_bytes",
    "compile_timeout_secs",
];

pub(super) const MOST_MEMORY: u64 = 4 * 1024 * 1024 * 1024;
pub(super) const MOST_COMPILE_MEMORY: u64 = 1 << 40;
pub(super) const MOST_SECS: u64 = 31 * 24 * 3600;
pub(super) const MOST_GRACE_RUNS: u64 = 1000;
pub(super) const MOST_IN_FLIGHT: u32 = 1024;
pub(super) const MOST_BATCH_EVENTS: u32 = 1_000_000;
/// A batch has to pass the boundary in one call, whose size the engine bounds too.
pub(super) const MOST_BATCH_BYTES: u32 = 64 * 1024 * 1024;

impl Settings {
    /// Reads a file.
    pub fn load(file: &Path) -> Result<Self, ConfigError> {
        Self::parse(file, &Self::text(file)?)
    }

    /// The text of a file.
    pub fn text(file: &Path) -> Result<String, ConfigError> {
        std::fs::read_to_string(file)
            .map_err(|error| ConfigError::Unreadable { file: file.display().to_string(), cause: error.to_string() })
    }

    /// The component that a text names, whatever else is wrong in it.
    #[must_use]
    pub fn component_named(file: &Path, text: &str) -> Option<PathBuf> {
        let document = Document { file, text };
        let table = document.parse().ok()?;
        let source = Section::root(document, table.get_ref()).section("source", "source").ok()??;
        source.path("component").ok()?
    }

    /// Reads a text; `file` is for messages and relative paths.
    pub fn parse(file: &Path, text: &str) -> Result<Self, ConfigError> {
        let document = Document { file, text };
        let table = document.parse()?;
        let root = Section::root(document, table.get_ref());
        root.allow(&SECTIONS)?;
        let source = root.section("source", "source")?;
        let Some(source) = source else {
            return Err(root.mistake("source", 0..0, "is missing; add a [source.config] section"));
        };
        source.allow(&["component", "config", "secrets"])?;
        let secrets = source.section("secrets", "source.secrets")?;
        let (path, inventory) = state(root, file)?;
        Ok(Self {
            component: source.path("component")?,
            config: config(source)?,
            secrets: secrets.map(secrets::references).transpose()?.unwrap_or_default(),
            sandbox: root.section("sandbox", "sandbox")?.map(sandbox).transpose()?.unwrap_or_default(),
            state_path: path,
            inventory,
            sink: root.section("sink", "sink")?.map(sink).transpose()?.unwrap_or(SinkSettings::Stdout),
            interval: root.section("schedule", "schedule")?.map(interval).transpose()?,
        })
    }
}

/// The mistakes that take more than a schema to see: addresses, members that do not go together, references to secrets.
/// One of each part of the file at most, but all of the secrets.
pub(super) fn beyond_schema(root: Section<'_>, file: &Path) -> Vec<ConfigError> {
    let mut found = Vec::new();
    let mut keep = |result: Result<(), ConfigError>| found.extend(result.err());
    let source = root.section("source", "source");
    let sandbox = root.section("sandbox", "sandbox").ok().flatten();
    match &source {
        Ok(Some(source)) => keep(config(*source).map(drop)),
        Ok(None) => keep(Err(root.mistake("source", 0..0, "is missing; add a [source.config] section"))),
        Err(error) => keep(Err(error.clone())),
    }
    keep(state(root, file).map(drop));
    keep(sandbox.map_or(Ok(()), |section| proxy(section).map(drop)));
    keep(
        sandbox.map_or(Ok(()), |section| {
            section.section("hosts", "sandbox.hosts")?.map_or(Ok(()), |it| hosts(it).map(drop))
        }),
    );
    keep(root.section("sink", "sink").and_then(|section| section.map_or(Ok(()), |it| sink(it).map(drop))));
    keep(root.section("schedule", "schedule").and_then(|section| section.map_or(Ok(()), |it| interval(it).map(drop))));
    if let Ok(Some(secrets)) =
        source.and_then(|source| source.map_or(Ok(None), |it| it.section("secrets", "source.secrets")))
    {
        found.extend(secrets::mistakes(secrets));
    }
    found
}

fn config(source: Section<'_>) -> Result<Map<String, Value>, ConfigError> {
    let Some(config) = source.section("config", "source.config")? else { return Ok(Map::new()) };
    config
        .members()
        .map(|(name, value)| {
            let json = to_json(value.get_ref());
            let json = json.ok_or_else(|| config.mistake(name, value.span(), "holds a number that JSON does not have"));
            Ok((name.to_owned(), json?))
        })
        .collect()
}

fn sandbox(section: Section<'_>) -> Result<Sandbox, ConfigError> {
    section.allow(&SANDBOX)?;
    let default = Sandbox::default();
    let seconds = |name| Ok(section.positive(name, MOST_SECS)?.map(Duration::from_secs));
    let small =
        |name, most: u32| Ok(section.positive(name, most.into())?.map(|number| u32::try_from(number).unwrap_or(most)));
    Ok(Sandbox {
        memory_bytes: section.positive("memory_bytes", MOST_MEMORY)?.unwrap_or(default.memory_bytes),
        call_timeout: seconds("call_timeout_secs")?.unwrap_or(default.call_timeout),
        max_in_flight: small("max_in_flight", MOST_IN_FLIGHT)?.map_or(default.max_in_flight, |number| number as usize),
        max_batch_events: small("max_batch_events", MOST_BATCH_EVENTS)?.unwrap_or(default.max_batch_events),
        max_batch_bytes: small("max_batch_bytes", MOST_BATCH_BYTES)?.unwrap_or(default.max_batch_bytes),
        network: LiveOptions {
            ca_file: section.path("ca_file")?,
            proxy: proxy(section)?,
            connect_timeout: seconds("connect_timeout_secs")?,
        },
        hosts: section.section("hosts", "sandbox.hosts")?.map(hosts).transpose()?.unwrap_or_default(),
        cache: section.boolean("cache")?.unwrap_or(default.cache),
        cache_dir: section.path("cache_dir")?,
        compile: CompileLimits {
            memory_bytes: section
                .positive("compile_memory_bytes", MOST_COMPILE_MEMORY)?
                .unwrap_or(default.compile.memory_bytes),
            time: seconds("compile_timeout_secs")?.unwrap_or(default.compile.time),
        },
    })
}

fn proxy(section: Section<'_>) -> Result<Option<Proxy>, ConfigError> {
    let Some(address) = section.string("proxy")? else { return Ok(None) };
    Proxy::parse(address).map(Some).map_err(|error| section.mistake("proxy", section.span("proxy"), error.to_string()))
}

fn hosts(section: Section<'_>) -> Result<Aliases, ConfigError> {
    let mut pairs = Vec::new();
    for (from, value) in section.members() {
        let given = value.get_ref();
        let hosts = match given.as_array() {
            Some(hosts) => hosts.iter().map(|to| to.get_ref().as_str()).collect(),
            None => vec![given.as_str()],
        };
        for to in hosts {
            let why = "must be the published host in quotes, or a list of such hosts";
            let to = to.ok_or_else(|| section.mistake(from, value.span(), why))?;
            let pair = (from.to_owned(), to.to_owned());
            Aliases::parse([pair.clone()]).map_err(|error| section.mistake(from, value.span(), error.to_string()))?;
            pairs.push(pair);
        }
    }
    Aliases::parse(pairs).map_err(|error| section.mistake("hosts", 0..0, error.to_string()))
}

fn state(root: Section<'_>, file: &Path) -> Result<(PathBuf, Option<Rules>), ConfigError> {
    let Some(section) = root.section("state", "state")? else { return Ok((file.with_extension("state.json"), None)) };
    section.allow(&["path", "inventory", "grace_runs", "max_delete_percent"])?;
    let path = section.path("path")?;
    let (grace_runs, max_delete_percent) =
        (section.whole("grace_runs", MOST_GRACE_RUNS)?, section.whole("max_delete_percent", 100)?);
    if section.boolean("inventory")?.unwrap_or(false) {
        let default = Rules::default();
        let rules = Rules {
            grace_runs: grace_runs.and_then(|runs| runs.try_into().ok()).unwrap_or(default.grace_runs),
            max_delete_percent: max_delete_percent
                .and_then(|percent| percent.try_into().ok())
                .unwrap_or(default.max_delete_percent),
            ..default
        };
        return Ok((path.unwrap_or_else(|| file.with_extension("inventory.db")), Some(rules)));
    }
    for (name, given) in [("grace_runs", grace_runs), ("max_delete_percent", max_delete_percent)] {
        if given.is_some() {
            return Err(section.mistake(name, section.span(name), "needs inventory = true in this section; add that"));
        }
    }
    Ok((path.unwrap_or_else(|| file.with_extension("state.json")), None))
}

fn sink(section: Section<'_>) -> Result<SinkSettings, ConfigError> {
    section.allow(&["type", "path"])?;
    let path = section.path("path")?;
    match (section.string("type")?, path) {
        (Some("stdout") | None, None) => Ok(SinkSettings::Stdout),
        (Some("file") | None, Some(path)) => Ok(SinkSettings::File(path)),
        (Some("file"), None) => {
            Err(section.mistake("path", section.span("type"), "is missing; name the file to write to"))
        }
        (Some("stdout"), Some(_)) => {
            Err(section.mistake("path", section.span("path"), "does not fit type = \"stdout\"; remove one of them"))
        }
        (Some(_), _) => Err(section.mistake("type", section.span("type"), "must be \"stdout\" or \"file\"")),
    }
}

fn interval(section: Section<'_>) -> Result<Duration, ConfigError> {
    section.allow(&["interval_secs"])?;
    match section.positive("interval_secs", MOST_SECS)? {
        Some(seconds) => Ok(Duration::from_secs(seconds)),
        None => Err(section.mistake("interval_secs", 0..0, "is missing; add it, or remove [schedule] for single runs")),
    }
}

#[cfg(test)]
mod tests;
