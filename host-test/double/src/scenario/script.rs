//! The script as TOML. Its reference is in `docs/double.md`.

use super::fault::Fault;
use super::fault_section::FaultSection;
use super::nearest::nearest;
use crate::api::{Cloud, Family, Feature, Quota, Resource, families, is_permission, permissions, time};
use crate::terms::{ClientSecret, FederatedCredential, Terms};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::num::NonZeroU64;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Why a script cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ScenarioError {
    /// The file cannot be read.
    #[error("cannot read the scenario {file}: {cause}; check the path given to --scenario")]
    Unreadable {
        /// The file.
        file: String,
        /// What the system said.
        cause: String,
    },
    /// A line is wrong.
    #[error("{file} line {line}: {problem}")]
    Line {
        /// The file.
        file: String,
        /// The line, counted from 1.
        line: usize,
        /// What is wrong and what would be right.
        problem: String,
    },
    /// Something in it makes no sense.
    #[error("{file}: {problem}")]
    Content {
        /// The file.
        file: String,
        /// What is wrong and what would be right.
        problem: String,
    },
}

/// The file.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct File {
    terms: TermsSection,
    roles: RolesSection,
    application: ApplicationSection,
    quotas: BTreeMap<String, QuotaSection>,
    hunting: HuntingSection,
    fault: Vec<FaultSection>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct TermsSection {
    cloud: Option<CloudName>,
    token_life_secs: Option<u64>,
    switched_off: Option<Vec<FeatureName>>,
    next_link_host: Option<String>,
    export_files: Option<u32>,
    snapshot_periods: Option<u32>,
    latency_ms: Option<[u64; 2]>,
    bytes_per_sec: Option<NonZeroU64>,
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum CloudName {
    Commercial,
    Gcc,
    GccHigh,
    Dod,
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum FeatureName {
    Defender,
    VulnerabilityManagement,
    Hunting,
    Intune,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct RolesSection {
    defender: Option<Vec<String>>,
    xdr: Option<Vec<String>>,
    graph: Option<Vec<String>>,
    without: Vec<String>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct ApplicationSection {
    client_id: Option<String>,
    disabled: Option<bool>,
    client_secret: Option<String>,
    secret_expires: Option<String>,
    certificates: Vec<PathBuf>,
    federated: Vec<FederatedSection>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct FederatedSection {
    issuer: String,
    subject: String,
    #[serde(default = "default_audience")]
    audience: String,
    key: PathBuf,
}

fn default_audience() -> String {
    "api://AzureADTokenExchange".into()
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
struct QuotaSection {
    per_minute: Option<u32>,
    per_hour: Option<u32>,
}

#[derive(Debug, Clone, Copy, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct HuntingSection {
    rows: Option<u32>,
    bytes: Option<u64>,
    rows_per_quarter: Option<u64>,
}

/// A script that was read and makes sense, with its file for what it points to.
#[derive(Debug, Clone, Default)]
pub(super) struct Script {
    file: File,
    quotas: Vec<(Family, Quota)>,
    certificates: Vec<Vec<u8>>,
    federated: Vec<FederatedCredential>,
    secret_expires: Option<Duration>,
}

/// Reads a script. `path` is named in errors, and what the script points to is relative to it.
pub(super) fn read(path: &Path, text: &str) -> Result<(Script, Vec<Fault>), ScenarioError> {
    let name = path.display().to_string();
    let file: File = toml::from_str(text).map_err(|error| {
        let start = error.span().map_or(0, |span| span.start);
        let before = text.get(..start).unwrap_or(text);
        let line = before.bytes().filter(|byte| *byte == b'\n').count() + 1;
        ScenarioError::Line { file: name.clone(), line, problem: suggest(error.message()) }
    })?;
    let content = |problem: String| ScenarioError::Content { file: name.clone(), problem };
    let fault = |(index, section): (usize, &FaultSection)| {
        section.fault().map_err(|problem| content(format!("fault {}: {problem}", index + 1)))
    };
    let faults = file.fault.iter().enumerate().map(fault).collect::<Result<_, _>>()?;
    let script = script(path, file).map_err(content)?;
    Ok((script, faults))
}

fn script(path: &Path, file: File) -> Result<Script, String> {
    let folder = path.parent().unwrap_or(Path::new(""));
    let known = families();
    let quotas = file.quotas.iter().map(|(name, section)| {
        let (family, quota) = known.get(name.as_str()).copied().ok_or_else(|| {
            let near = nearest(name, known.keys().copied());
            format!(
                "quotas.{name}: no API has this name{}",
                near.map(|n| format!("; did you mean `{n}`?")).unwrap_or_default()
            )
        })?;
        let per_minute = section.per_minute.unwrap_or(quota.per_minute);
        Ok((family, Quota { per_minute, per_hour: section.per_hour.unwrap_or(quota.per_hour) }))
    });
    let quotas = quotas.collect::<Result<_, String>>()?;
    let der = |key: &PathBuf| {
        let file = folder.join(key);
        let text = std::fs::read_to_string(&file)
            .map_err(|error| format!("cannot read {}: {error}; check the path", file.display()))?;
        pem(&text).ok_or_else(|| format!("{} is no PEM file with a certificate or a public key", file.display()))
    };
    let certificates = file.application.certificates.iter().map(der).collect::<Result<_, _>>()?;
    let federated = file.application.federated.iter().map(|section| {
        let (issuer, subject) = (section.issuer.clone(), section.subject.clone());
        Ok(FederatedCredential { issuer, subject, audience: section.audience.clone(), key: der(&section.key)? })
    });
    let federated = federated.collect::<Result<_, String>>()?;
    let secret_expires = match &file.application.secret_expires {
        None => None,
        Some(text) => Some(
            time::read(text)
                .ok_or_else(|| "application.secret_expires: write a time as 2026-01-01T00:00:00Z".to_owned())?,
        ),
    };
    check_roles(&file.roles)?;
    Ok(Script { file, quotas, certificates, federated, secret_expires })
}

/// Refuses permissions that no service has, or not the one that they are given for.
fn check_roles(roles: &RolesSection) -> Result<(), String> {
    let unknown = |role: &str, known: &dyn Fn(&str) -> bool, what: &str| {
        if known(role) {
            return Ok(());
        }
        let near = nearest(role, permissions().filter(|name| known(name)));
        let near = near.map(|n| format!("; did you mean `{n}`?")).unwrap_or_default();
        Err(format!("roles: {what} has a permission `{role}`{near}"))
    };
    let services = [
        (Resource::Defender, &roles.defender, "no API of Defender for Endpoint"),
        (Resource::Xdr, &roles.xdr, "no API of Defender XDR"),
        (Resource::Graph, &roles.graph, "no API of Microsoft Graph"),
    ];
    for (resource, named, what) in services {
        for role in named.iter().flatten() {
            unknown(role, &|name| is_permission(resource, name), what)?;
        }
    }
    roles.without.iter().try_for_each(|role| unknown(role, &|name| permissions().any(|known| known == name), "no API"))
}

impl Script {
    /// Changes the terms as the script says.
    pub(super) fn apply(&self, terms: &mut Terms) {
        let section = &self.file.terms;
        if let Some(cloud) = section.cloud {
            terms.cloud = match cloud {
                CloudName::Commercial => Cloud::Commercial,
                CloudName::Gcc => Cloud::Gcc,
                CloudName::GccHigh => Cloud::GccHigh,
                CloudName::Dod => Cloud::Dod,
            };
        }
        if let Some(secs) = section.token_life_secs {
            terms.token_life = Duration::from_secs(secs);
        }
        if let Some(features) = &section.switched_off {
            let feature = |name: &FeatureName| match name {
                FeatureName::Defender => Feature::Defender,
                FeatureName::VulnerabilityManagement => Feature::VulnerabilityManagement,
                FeatureName::Hunting => Feature::Hunting,
                FeatureName::Intune => Feature::Intune,
            };
            terms.switched_off = features.iter().map(feature).collect();
        }
        terms.next_link_host = section.next_link_host.clone().or_else(|| terms.next_link_host.take());
        terms.export_files = section.export_files.or(terms.export_files);
        terms.snapshot_periods = section.snapshot_periods.unwrap_or(terms.snapshot_periods);
        if let Some([least, most]) = section.latency_ms {
            terms.latency = (Duration::from_millis(least), Duration::from_millis(most.max(least)));
        }
        terms.bytes_per_sec = section.bytes_per_sec.or(terms.bytes_per_sec);
        self.apply_roles(terms);
        self.apply_application(terms);
        for (family, quota) in &self.quotas {
            terms.quotas.set(*family, *quota);
        }
        let hunting = &self.file.hunting;
        terms.hunting.rows = hunting.rows.unwrap_or(terms.hunting.rows);
        terms.hunting.bytes = hunting.bytes.unwrap_or(terms.hunting.bytes);
        terms.hunting.rows_per_quarter = hunting.rows_per_quarter.unwrap_or(terms.hunting.rows_per_quarter);
    }

    fn apply_roles(&self, terms: &mut Terms) {
        let roles = &self.file.roles;
        let services =
            [(Resource::Defender, &roles.defender), (Resource::Xdr, &roles.xdr), (Resource::Graph, &roles.graph)];
        for (resource, named) in services {
            if let Some(named) = named {
                terms.roles.insert(resource, named.iter().cloned().collect());
            }
        }
        for given in terms.roles.values_mut() {
            given.retain(|role| !roles.without.contains(role));
        }
    }

    fn apply_application(&self, terms: &mut Terms) {
        let section = &self.file.application;
        let application = &mut terms.application;
        application.client_id = section.client_id.clone().unwrap_or_else(|| std::mem::take(&mut application.client_id));
        application.disabled = section.disabled.unwrap_or(application.disabled);
        if let Some(value) = &section.client_secret {
            application.secrets = vec![ClientSecret { value: value.clone(), expires: None }];
        }
        if let Some(expires) = self.secret_expires {
            application.secrets.iter_mut().for_each(|secret| secret.expires = Some(expires));
        }
        application.certificates.extend(self.certificates.iter().cloned());
        application.federated.extend(self.federated.iter().cloned());
    }
}

/// The DER of the first certificate or public key of a PEM file.
fn pem(text: &str) -> Option<Vec<u8>> {
    use rustls::pki_types::pem::PemObject;
    use rustls::pki_types::{CertificateDer, SubjectPublicKeyInfoDer};
    CertificateDer::from_pem_slice(text.as_bytes())
        .map(|der| der.to_vec())
        .or_else(|_| SubjectPublicKeyInfoDer::from_pem_slice(text.as_bytes()).map(|der| der.to_vec()))
        .ok()
}

/// A message of the parser about an unknown name, with the nearest known one.
fn suggest(message: &str) -> String {
    let message = message.lines().next().unwrap_or_default();
    let names: Vec<&str> = message.split('`').skip(1).step_by(2).collect();
    match (message.starts_with("unknown"), names.split_first()) {
        (true, Some((wrong, known))) => match nearest(wrong, known.iter().copied()) {
            Some(near) => format!("`{wrong}` is unknown; did you mean `{near}`?"),
            None => message.to_owned(),
        },
        _ => message.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::fault::{RetryAfter, What};
    use super::*;

    fn parse(text: &str) -> Result<(Script, Vec<Fault>), String> {
        read(Path::new("s.toml"), text).map_err(|error| error.to_string())
    }

    #[test]
    fn a_script_changes_terms_and_brings_faults() {
        let (script, faults) = parse(
            r#"
            [terms]
            cloud = "gcc_high"
            token_life_secs = 60
            switched_off = ["vulnerability-management"]
            next_link_host = "eu.api.security.microsoft.com"
            export_files = 3
            snapshot_periods = 1
            latency_ms = [0, 0]
            bytes_per_sec = 5000
            [roles]
            without = ["Machine.Read.All"]
            [application]
            client_secret = "other"
            secret_expires = "2026-01-02"
            [quotas.machines]
            per_minute = 7
            [hunting]
            rows = 10
            [[fault]]
            kind = "throttle"
            retry_after = "date"
            secs = 30
            path = "/api/machines*"
            from = 3
            times = 2
            [[fault]]
            kind = "reset"
            probability = 0.01
            [[fault]]
            kind = "shift"
            rows = -2
            times = "always"
            "#,
        )
        .unwrap();
        let mut terms = Terms::default();
        script.apply(&mut terms);
        assert_eq!((terms.cloud, terms.token_life.as_secs(), terms.export_files), (Cloud::GccHigh, 60, Some(3)));
        assert!(!terms.roles[&Resource::Defender].contains("Machine.Read.All"));
        assert!(terms.roles[&Resource::Defender].contains("Software.Read.All"));
        assert_eq!(terms.application.secrets[0].value, "other");
        assert!(terms.application.secrets[0].expires.is_some());
        let (machines, usual) = families()["machines"];
        assert_eq!(terms.quotas.get(machines, usual), Quota { per_minute: 7, per_hour: 1500 });
        assert_eq!(faults[0].what, What::Throttle(RetryAfter::Date(30)));
        assert_eq!((faults[0].when.from, faults[0].when.times), (3, Some(2)));
        assert_eq!((faults[1].when.probability, faults[1].when.times), (0.01, None));
        assert_eq!((&faults[2].what, faults[2].when.times), (&What::Shift { rows: -2 }, None));
    }

    #[test]
    fn every_kind_has_a_name_of_its_own_and_defaults() {
        for kind in [
            "throttle",
            "status",
            "unauthorized",
            "forbidden",
            "not-found",
            "refuse",
            "reset",
            "slow",
            "truncate",
            "reset-body",
            "cut-gzip",
            "empty",
            "html",
            "malformed",
            "duplicate",
            "shift",
            "loop",
            "foreign-link",
            "empty-page",
            "short-page",
            "shuffle",
            "ghost",
            "late-file",
            "pending-copy",
            "sas-expired",
            "clock-skew",
        ] {
            let more = match kind {
                "status" => "status = 503",
                "shift" => "rows = 1",
                "clock-skew" => "secs = 1",
                _ => "",
            };
            let (_, faults) = parse(&format!("[[fault]]\nkind = \"{kind}\"\n{more}")).unwrap();
            assert_eq!(faults[0].what.name(), kind);
        }
    }

    #[test]
    fn mistakes_are_one_line_with_a_way_out() {
        for (text, wanted) in [
            ("[[fault]]\nkind = \"trottle\"", "s.toml: fault 1: kind: `trottle` is unknown; did you mean `throttle`?"),
            ("[[fault]]\nkind = \"reset\"\npat = \"x\"", "did you mean `path`?"),
            ("[term]\nx=1", "did you mean `terms`?"),
            ("[quotas.machine]\nper_minute = 1", "did you mean `machines`?"),
            ("[roles]\nwithout = [\"Machines.Read.All\"]", "did you mean `Machine.Read.All`?"),
            ("[[fault]]\nkind = \"reset\"\nat = 5", "`at` means nothing to `reset`"),
            ("[[fault]]\nkind = \"status\"", "`status` has to be"),
            ("[[fault]]\nkind = \"status\"\nstatus = 200", "`status` has to be"),
            ("[[fault]]\nkind = \"short-page\"\nrows = 0", "`empty-page`"),
            ("[[fault]]\nkind = \"reset\"\nprobability = 2.0", "between 0 and 1"),
            ("[[fault]]\nkind = \"reset\"\nfrom = 0", "from 1"),
            ("[application]\ncertificates = [\"nowhere.pem\"]", "cannot read nowhere.pem"),
            ("[application]\nsecret_expires = \"soon\"", "2026-01-01T00:00:00Z"),
            ("[[fault]\n", "s.toml line 1: "),
            ("[[fault]]", "missing field `kind`"),
        ] {
            let error = parse(text).unwrap_err();
            assert!(error.contains(wanted) && !error.contains('\n'), "{text}: {error}");
        }
    }
}
