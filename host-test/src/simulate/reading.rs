//! Which datasets a source reads, and how. Facts about the source that its documentation states, as tables.

use serde_json::{Value, json};
use strum::VariantArray;

/// A dataset. In the order of reading.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, VariantArray)]
pub(crate) enum Dataset {
    Devices,
    DeviceUsers,
    Software,
    Vulnerabilities,
    Cves,
    Recommendations,
}

/// A way to read one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Strategy {
    Auto,
    Bulk,
    Files,
    Delta,
    Hunting,
    PerDevice,
    PerRecommendation,
    Catalogue,
}

impl Dataset {
    /// All of them, in the order of reading.
    pub(crate) const ALL: &'static [Self] = Self::VARIANTS;

    /// The name in configurations, receipts and snapshot marks.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Devices => "devices",
            Self::DeviceUsers => "device_users",
            Self::Software => "software",
            Self::Vulnerabilities => "vulnerabilities",
            Self::Cves => "cves",
            Self::Recommendations => "recommendations",
        }
    }

    /// The dataset of a name.
    pub(crate) fn named(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|dataset| dataset.name() == name)
    }

    /// The dataset that tells of an asset, by its kind and its key.
    pub(crate) fn of_asset(kind: &str, key: &str) -> Option<Self> {
        // What is on a device has the device in front.
        let is_on_device = key.splitn(4, ':').nth(3).is_some_and(|id| id.contains('/'));
        Some(match kind {
            "device" | "ip_address" => Self::Devices,
            "user" => Self::DeviceUsers,
            "application" | "software" => Self::Software,
            "vulnerability" if is_on_device => Self::Vulnerabilities,
            "vulnerability" => Self::Cves,
            "recommendation" => Self::Recommendations,
            _ => return None,
        })
    }

    /// The dataset that a path of the Defender API, or of its files, serves.
    pub(crate) fn of_path(path: &str) -> Option<Self> {
        let segments: Vec<&str> = path.trim_matches('/').split('/').collect();
        Some(match segments[..] {
            ["api", "machines"] => Self::Devices,
            ["api", "machines", "SoftwareInventoryByMachine" | "SoftwareInventoryExport"] => Self::Software,
            ["api", "machines", "SoftwareVulnerabilitiesByMachine" | "SoftwareVulnerabilitiesExport"] => {
                Self::Vulnerabilities
            }
            ["api", "machines", "SoftwareVulnerabilityChangesByMachine" | "SoftwareVulnerabilitiesTimeline"] => {
                Self::Vulnerabilities
            }
            ["tvm-export", "softwareinventoryexport", ..] => Self::Software,
            ["tvm-export", "softwarevulnerabilitiesexport", ..] => Self::Vulnerabilities,
            ["api", "machines", _, "logonusers"] | ["v1.0", "security", "runHuntingQuery"] => Self::DeviceUsers,
            ["api", "machines", _, "vulnerabilities"] => Self::Vulnerabilities,
            ["api", "vulnerabilities"] => Self::Cves,
            ["api", "machines", _, "recommendations"] => Self::Recommendations,
            ["api", "recommendations"] | ["api", "recommendations", _, "machineReferences"] => Self::Recommendations,
            _ => return None,
        })
    }

    /// The ways that `auto` can choose, where it can be said.
    pub(crate) fn ways(self) -> &'static [Strategy] {
        match self {
            Self::Devices => &[],
            Self::Software => &[Strategy::Files, Strategy::Bulk],
            Self::DeviceUsers => &[Strategy::PerDevice, Strategy::Hunting],
            Self::Vulnerabilities => &[Strategy::Files, Strategy::Bulk, Strategy::Delta],
            Self::Cves => &[Strategy::Bulk, Strategy::Delta],
            Self::Recommendations => &[Strategy::PerRecommendation, Strategy::PerDevice],
        }
    }

    /// The ways to read it, the default first.
    pub(crate) fn strategies(self) -> &'static [Strategy] {
        match self {
            Self::Devices => &[Strategy::Bulk],
            Self::Software => &[Strategy::Auto, Strategy::Bulk, Strategy::Files],
            Self::DeviceUsers => &[Strategy::Auto, Strategy::PerDevice, Strategy::Hunting],
            Self::Vulnerabilities => {
                &[Strategy::Auto, Strategy::Bulk, Strategy::Files, Strategy::Delta, Strategy::PerDevice]
            }
            Self::Cves => &[Strategy::Auto, Strategy::Bulk, Strategy::Delta],
            Self::Recommendations => {
                &[Strategy::Auto, Strategy::PerRecommendation, Strategy::PerDevice, Strategy::Catalogue]
            }
        }
    }
}

impl Strategy {
    /// The name in configurations and receipts.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Bulk => "bulk",
            Self::Files => "files",
            Self::Delta => "delta",
            Self::Hunting => "hunting",
            Self::PerDevice => "per_device",
            Self::PerRecommendation => "per_recommendation",
            Self::Catalogue => "catalogue",
        }
    }
}

/// A shape of event bodies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Format {
    /// Rows as the service gives them.
    Native,
    /// A version of OCSF.
    Ocsf(&'static str),
}

impl Format {
    /// All of them.
    pub(crate) const ALL: [Self; 6] = [
        Self::Native,
        Self::Ocsf("1.5.0"),
        Self::Ocsf("1.6.0"),
        Self::Ocsf("1.7.0"),
        Self::Ocsf("1.8.0"),
        Self::Ocsf("1.9.0"),
    ];

    /// The member `format` of the configuration.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Native => "native",
            Self::Ocsf(_) => "ocsf",
        }
    }
}

/// The datasets that are read, each with its strategy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Reading(pub(crate) Vec<(Dataset, Strategy)>);

impl Reading {
    /// How a dataset is read; nothing if it is not.
    pub(crate) fn strategy(&self, dataset: Dataset) -> Option<Strategy> {
        self.0.iter().find(|(read, _)| *read == dataset).map(|(_, strategy)| *strategy)
    }

    /// The same with another strategy for a dataset, if that is read.
    pub(crate) fn with(&self, dataset: Dataset, strategy: Strategy) -> Self {
        let other = |(read, given): &(Dataset, Strategy)| (*read, if *read == dataset { strategy } else { *given });
        Self(self.0.iter().map(other).collect())
    }

    /// The member `datasets` of the configuration.
    pub(crate) fn config(&self) -> Value {
        let member = |dataset: Dataset| {
            let mut member = json!({ "enabled": self.strategy(dataset).is_some() });
            if let Some(strategy) = self.strategy(dataset).filter(|_| dataset.strategies().len() > 1) {
                member["strategy"] = strategy.name().into();
            }
            (dataset.name().to_owned(), member)
        };
        Value::Object(Dataset::ALL.iter().copied().map(member).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::{Randomness, SandboxOptions, Source};
    use crate::testing::{FakeTransport, embedded};
    use std::collections::BTreeSet;
    use std::sync::Arc;

    #[tokio::test]
    async fn the_tables_say_what_the_source_publishes() {
        let mut options = SandboxOptions::new(Arc::new(FakeTransport::new()));
        options.randomness = Randomness::Fixed;
        let source = Source::start(&embedded().unwrap(), &options).await.unwrap();
        let about = source.descriptor();
        assert_eq!(about.datasets.len(), Dataset::ALL.len());
        for (published, dataset) in about.datasets.iter().zip(Dataset::ALL.iter().copied()) {
            assert_eq!(published.name, dataset.name());
            assert_eq!(Dataset::named(&published.name), Some(dataset));
            let strategies: Vec<&str> = dataset.strategies().iter().map(|strategy| strategy.name()).collect();
            assert_eq!(published.strategies, strategies);
            let of = |kind: &str, id: &str| Dataset::of_asset(kind, &format!("mde:t:{kind}:{id}")) == Some(dataset);
            assert!(published.kinds.iter().all(|kind| of(kind, "a") || of(kind, "a/b")));
            assert_eq!(published.enabled_by_default, dataset != Dataset::Cves);
        }
        let schema: Value = serde_json::from_str(&about.config_schema).unwrap();
        let versions = Format::ALL.into_iter().filter_map(|format| match format {
            Format::Ocsf(version) => Some(version),
            Format::Native => None,
        });
        assert_eq!(schema["properties"]["ocsf_version"]["enum"], json!(versions.collect::<Vec<_>>()));
        let formats: BTreeSet<&str> = Format::ALL.into_iter().map(Format::name).collect();
        let published = schema["properties"]["format"]["enum"].as_array().unwrap();
        assert_eq!(published.iter().filter_map(Value::as_str).collect::<BTreeSet<_>>(), formats);
        for endpoint in about.endpoints.iter().filter(|endpoint| endpoint.path.starts_with("/api/")) {
            assert!(Dataset::of_path(&endpoint.path).is_some(), "{}", endpoint.path);
        }
    }

    #[test]
    fn only_what_is_read_is_switched_on() {
        let reading = Reading(vec![(Dataset::Recommendations, Strategy::PerDevice)]);
        let config = reading.config();
        assert_eq!(config["recommendations"], json!({ "enabled": true, "strategy": "per_device" }));
        assert_eq!(config["devices"], json!({ "enabled": false }));
    }
}
