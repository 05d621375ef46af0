//! CVEs for which an exploit is known.

use super::bodies::{Document, FindingBody};
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

/// A CVE that can be exploited, wherever it was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Weakness {
    /// Its identifier.
    pub cve: String,
    /// Severity as a word.
    pub severity: String,
    /// CVSS base score in tenths, 0 to 100, so that it has an order; nothing if unknown.
    pub score_tenths: Option<u16>,
    /// The product it was found in first.
    pub product: String,
    /// Devices that have it.
    pub devices: usize,
    /// Whether the vendor has a fix.
    pub has_fix: bool,
    severity_level: u8,
}

#[derive(Debug, Default)]
pub(super) struct Weaknesses {
    by_cve: BTreeMap<String, (Weakness, BTreeSet<String>)>,
}

impl Weaknesses {
    pub(super) fn note(&mut self, finding: &Document<FindingBody>) {
        let body = &finding.body;
        for it in body.vulnerabilities.iter().filter(|it| it.is_exploit_available) {
            let Some(cve) = it.cve.as_ref().and_then(|cve| cve.uid.as_ref()).or(it.title.as_ref()) else { continue };
            let scores = it.cve.iter().flat_map(|cve| &cve.cvss).map(|cvss| cvss.base_score);
            let score = scores.fold(None, |most: Option<f64>, score| Some(most.map_or(score, |most| most.max(score))));
            let (_, devices) = self.by_cve.entry(cve.clone()).or_insert_with(|| {
                let weakness = Weakness {
                    cve: cve.clone(),
                    severity: body.severity().unwrap_or_default(),
                    score_tenths: score.map(tenths),
                    product: it.affected_packages.first().map(|package| package.product()).unwrap_or_default(),
                    devices: 0,
                    has_fix: it.is_fix_available,
                    severity_level: body.severity_id,
                };
                (weakness, BTreeSet::new())
            });
            devices.extend(finding.target("affects").map(str::to_owned));
        }
    }

    pub(super) fn ranked(&self) -> Vec<Weakness> {
        let counted = |(weakness, devices): &(Weakness, BTreeSet<String>)| Weakness {
            devices: devices.len(),
            ..weakness.clone()
        };
        let mut ranked: Vec<Weakness> = self.by_cve.values().map(counted).collect();
        ranked.sort_by(|a, b| {
            let rank = |it: &Weakness| Reverse((it.severity_level, it.score_tenths, it.devices));
            rank(a).cmp(&rank(b)).then_with(|| a.cve.cmp(&b.cve))
        });
        ranked
    }
}

/// Scores have one decimal.
fn tenths(score: f64) -> u16 {
    // In range by the clamp.
    (score.clamp(0.0, 10.0) * 10.0).round() as u16
}
