//! What a run found, in the few tables that a person asks for first: the riskiest devices, the weaknesses that are
//! exploited, the software past its support.
//!
//! Reads the OCSF bodies of events, whatever version; what other bodies say is counted by kind and passed over. Keeps
//! a line for each device, exploitable CVE and product version, so it is for the demo and small tenants.

mod bodies;
mod devices;
mod lifecycle;
mod weaknesses;

use crate::contract::{Event, Operation};
use crate::sink::{Sink, SinkError};
use bodies::Document;
use devices::Devices;
use lifecycle::Lifecycles;
use std::collections::BTreeMap;
use weaknesses::Weaknesses;

pub use devices::Device;
pub use lifecycle::Lifecycle;
pub use weaknesses::Weakness;

/// The best of a ranking, and how many there are.
#[derive(Debug, PartialEq, Eq)]
pub struct Top<T> {
    /// The first ones, the worst in front.
    pub first: Vec<T>,
    /// All that there are.
    pub all: usize,
}

impl<T> Top<T> {
    fn of(ranked: Vec<T>, most: usize) -> Self {
        let all = ranked.len();
        Self { first: ranked.into_iter().take(most).collect(), all }
    }
}

/// Collects what events say. A sink that keeps a picture instead of the events.
#[derive(Debug, Default)]
pub struct Posture {
    kinds: BTreeMap<String, u64>,
    devices: Devices,
    weaknesses: Weaknesses,
    lifecycles: Lifecycles,
}

impl Posture {
    /// Looks at one event.
    pub fn note(&mut self, event: &Event) {
        if event.operation != Operation::Upsert {
            return;
        }
        *self.kinds.entry(event.kind.clone()).or_default() += 1;
        match event.kind.as_str() {
            "device" => self.devices.note(&event.key, Document::read(event)),
            "software" => self.lifecycles.note(Document::read(event)),
            "vulnerability" => {
                if let Some(finding) = Document::read(event) {
                    self.devices.note_finding(&finding);
                    self.weaknesses.note(&finding);
                }
            }
            _ => {}
        }
    }

    /// Assets by kind.
    pub fn kinds(&self) -> &BTreeMap<String, u64> {
        &self.kinds
    }

    /// Devices with a risk, or with a critical finding, the worst in front: by risk, exploitable critical findings,
    /// critical findings, exposure, name.
    pub fn riskiest_devices(&self, most: usize) -> Top<Device> {
        Top::of(self.devices.ranked(), most)
    }

    /// CVEs for which an exploit is known, on any device: by severity, score, number of devices, name.
    pub fn exploitable(&self, most: usize) -> Top<Weakness> {
        Top::of(self.weaknesses.ranked(), most)
    }

    /// Product versions whose support has ended, those on most devices in front.
    pub fn past_support(&self, most: usize) -> Top<Lifecycle> {
        Top::of(self.lifecycles.ranked(), most)
    }
}

impl Sink for Posture {
    fn deliver(&mut self, events: &[Event]) -> Result<(), SinkError> {
        events.iter().for_each(|event| self.note(event));
        Ok(())
    }

    fn make_durable(&mut self) -> Result<(), SinkError> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn event(kind: &str, key: &str, refs: Value, body: Value) -> Event {
        Event {
            kind: kind.into(),
            operation: Operation::Upsert,
            key: key.into(),
            observed_at: String::new(),
            content_hash: String::new(),
            document: json!({ "refs": refs, "body": body }).to_string(),
        }
    }

    fn device(key: &str, risk: u8, exposure: &str) -> Event {
        let body = json!({ "device": { "hostname": format!("host-{key}"), "os": { "name": "Windows 11" },
            "risk_level_id": risk, "risk_level": "word" }, "unmapped": { "exposureLevel": exposure } });
        event("device", key, json!([]), body)
    }

    fn finding(device: &str, cve: &str, severity: u8, exploit: bool) -> Event {
        let body = json!({ "severity_id": severity, "severity": "word", "vulnerabilities": [{ "title": cve,
            "is_exploit_available": exploit, "is_fix_available": true, "cve": { "uid": cve, "cvss": [{ "base_score": 9.8 }] },
            "affected_packages": [{ "name": "office", "vendor_name": "microsoft" }] }] });
        event(
            "vulnerability",
            "f",
            json!([{ "rel": "affects", "key": device }, { "rel": "affects", "key": "s" }]),
            body,
        )
    }

    fn software(device: &str, status: &str) -> Event {
        let body = json!({ "sbom": { "package": { "name": "office", "vendor_name": "microsoft", "version": "1" } },
            "unmapped": { "endOfSupportStatus": status, "endOfSupportDate": "2021-05-11T00:00:00+00:00" } });
        event("software", "s", json!([{ "rel": "installed_on", "key": device }]), body)
    }

    fn posture(events: &[Event]) -> Posture {
        let mut posture = Posture::default();
        posture.deliver(events).unwrap();
        posture
    }

    #[test]
    fn devices_are_ranked_by_risk_then_by_what_can_be_exploited() {
        let merged = event("device", "m", json!([{ "rel": "merged_into", "key": "a" }]), json!({ "device": {} }));
        let posture = posture(&[
            device("quiet", 0, "None"),
            device("a", 2, "Low"),
            device("b", 3, "Low"),
            device("c", 2, "High"),
            merged,
            finding("a", "CVE-1", 5, true),
            finding("quiet", "CVE-1", 4, false),
        ]);
        let Top { first, all } = posture.riskiest_devices(2);
        assert_eq!(all, 3, "neither the quiet one nor the one that was merged into another");
        assert_eq!(first.iter().map(|device| device.name.as_str()).collect::<Vec<_>>(), ["host-b", "host-a"]);
        assert_eq!((first[1].findings, first[1].critical, first[1].exploitable_critical), (1, 1, 1));
    }

    #[test]
    fn a_weakness_counts_devices_not_rows() {
        let posture = posture(&[
            finding("a", "CVE-1", 3, true),
            finding("a", "CVE-1", 3, true),
            finding("b", "CVE-1", 3, true),
            finding("b", "CVE-2", 5, true),
            finding("b", "CVE-3", 5, false),
        ]);
        let found: Vec<_> = posture.exploitable(9).first.into_iter().map(|it| (it.cve, it.devices)).collect();
        assert_eq!(found, [("CVE-2".to_owned(), 1), ("CVE-1".to_owned(), 2)]);
    }

    #[test]
    fn only_what_is_past_its_support_is_told() {
        let posture = posture(&[
            software("a", "EOS Version"),
            software("b", "EOS Version"),
            software("b", "Upcoming EOS Version"),
            software("b", "None"),
        ]);
        let Top { first, all } = posture.past_support(5);
        assert_eq!(all, 1);
        assert_eq!(
            (first[0].name.as_str(), first[0].ended.as_deref(), first[0].devices),
            ("microsoft office 1", Some("2021-05-11"), 2)
        );
    }

    #[test]
    fn lean_bodies_leave_words_to_their_numbers() {
        let lean = |event: Event| {
            let document = event.document.replace(r#","risk_level":"word""#, "").replace(r#""severity":"word","#, "");
            assert_ne!(document, event.document);
            Event { document, ..event }
        };
        let given = posture(&[device("a", 3, "Low"), finding("a", "CVE-1", 4, true)]);
        let posture = posture(&[lean(device("a", 3, "Low")), lean(finding("a", "CVE-1", 4, true))]);
        for (posture, risk, severity) in [(given, "word", "word"), (posture, "High", "High")] {
            assert_eq!(posture.riskiest_devices(1).first[0].risk, risk);
            assert_eq!(posture.exploitable(1).first[0].severity, severity);
        }
    }

    #[test]
    fn what_is_not_understood_is_counted_and_no_more() {
        let posture =
            posture(&[event("device", "k", json!([]), json!({ "device": 7 })), event("x", "k", json!(1), json!(2))]);
        assert_eq!(posture.kinds().values().sum::<u64>(), 2);
        assert_eq!(posture.riskiest_devices(1).all, 0);
    }
}
