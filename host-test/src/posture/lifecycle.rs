//! Product versions past their support.

use super::bodies::{Document, SoftwareBody};
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

/// A version of a product whose support has ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lifecycle {
    /// Maker, name and version.
    pub name: String,
    /// Defender's word: `EOS Software` or `EOS Version`.
    pub status: String,
    /// When its support ended, year, month and day; nothing if unknown.
    pub ended: Option<String>,
    /// Devices that have it.
    pub devices: usize,
}

#[derive(Debug, Default)]
pub(super) struct Lifecycles {
    by_name: BTreeMap<String, (Lifecycle, BTreeSet<String>)>,
}

impl Lifecycles {
    pub(super) fn note(&mut self, document: Option<Document<SoftwareBody>>) {
        let Some(document) = document else { return };
        let (product, unmapped) = (document.body.product(), &document.body.unmapped);
        // `Upcoming EOS …` is not yet.
        let Some(status) = unmapped.end_of_support_status.as_ref().filter(|status| status.starts_with("EOS")) else {
            return;
        };
        let version = product.version.as_deref().unwrap_or_default();
        let name = format!("{} {version}", product.product()).trim_end().to_owned();
        let ended = unmapped.end_of_support_date.as_deref().and_then(|date| date.get(..10));
        let (_, devices) = self.by_name.entry(name.clone()).or_insert_with(|| {
            let lifecycle = Lifecycle { name, status: status.clone(), ended: ended.map(str::to_owned), devices: 0 };
            (lifecycle, BTreeSet::new())
        });
        devices.extend(document.target("installed_on").map(str::to_owned));
    }

    pub(super) fn ranked(&self) -> Vec<Lifecycle> {
        let counted = |(lifecycle, devices): &(Lifecycle, BTreeSet<String>)| Lifecycle {
            devices: devices.len(),
            ..lifecycle.clone()
        };
        let mut ranked: Vec<Lifecycle> = self.by_name.values().map(counted).collect();
        ranked.sort_by(|a, b| Reverse(a.devices).cmp(&Reverse(b.devices)).then_with(|| a.name.cmp(&b.name)));
        ranked
    }
}
