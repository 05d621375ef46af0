//! Devices, and what was found on them.

use super::bodies::{DeviceBody, Document, FindingBody};
use std::cmp::Reverse;
use std::collections::HashMap;

/// OCSF `severity_id` of a critical finding.
const CRITICAL: u8 = 5;

/// A device at risk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Device {
    /// Its host name, or its identifier.
    pub name: String,
    /// Its operating system; empty if unknown.
    pub os: String,
    /// Risk as Defender rates it by alerts; empty if none.
    pub risk: String,
    /// Exposure as Defender rates it by weaknesses; empty if unknown.
    pub exposure: String,
    /// Findings on it.
    pub findings: usize,
    /// Critical ones.
    pub critical: usize,
    /// Critical ones for which an exploit is known.
    pub exploitable_critical: usize,
    risk_level: u8,
}

#[derive(Debug, Default)]
pub(super) struct Devices {
    by_key: HashMap<String, Device>,
    found: HashMap<String, Found>,
}

#[derive(Debug, Default, Clone, Copy)]
struct Found {
    findings: usize,
    critical: usize,
    exploitable_critical: usize,
}

impl Devices {
    pub(super) fn note(&mut self, key: &str, document: Option<Document<DeviceBody>>) {
        let Some(document) = document.filter(|document| document.target("merged_into").is_none()) else { return };
        let DeviceBody { device, unmapped } = document.body;
        let about = Device {
            risk: device.risk().unwrap_or_default(),
            risk_level: device.risk_level_id.unwrap_or_default(),
            name: device.hostname.or(device.uid).unwrap_or_default(),
            os: device.os.and_then(|os| os.name).unwrap_or_default(),
            exposure: unmapped.exposure_level.unwrap_or_default(),
            findings: 0,
            critical: 0,
            exploitable_critical: 0,
        };
        self.by_key.insert(key.to_owned(), about);
    }

    pub(super) fn note_finding(&mut self, finding: &Document<FindingBody>) {
        let Some(device) = finding.target("affects") else { return };
        let found = self.found.entry(device.to_owned()).or_default();
        let is_critical = finding.body.severity_id == CRITICAL;
        found.findings += 1;
        found.critical += usize::from(is_critical);
        let exploitable = finding.body.vulnerabilities.iter().any(|it| it.is_exploit_available);
        found.exploitable_critical += usize::from(is_critical && exploitable);
    }

    pub(super) fn ranked(&self) -> Vec<Device> {
        let with_findings = self.by_key.iter().map(|(key, device)| {
            let Found { findings, critical, exploitable_critical } = self.found.get(key).copied().unwrap_or_default();
            Device { findings, critical, exploitable_critical, ..device.clone() }
        });
        let mut ranked: Vec<Device> =
            with_findings.filter(|device| device.risk_level > 0 || device.critical > 0).collect();
        ranked.sort_by(|a, b| a.rank().cmp(&b.rank()).then_with(|| a.name.cmp(&b.name)));
        ranked
    }
}

impl Device {
    fn rank(&self) -> impl Ord + use<> {
        let exposure = ["None", "Low", "Medium", "High"].iter().position(|word| *word == self.exposure);
        Reverse((self.risk_level, self.exploitable_critical, self.critical, exposure))
    }
}
