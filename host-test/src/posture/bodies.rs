//! The members of event documents that the tables read; all else is passed over.

use crate::contract::Event;
use serde::Deserialize;
use serde::de::DeserializeOwned;

/// An envelope around a body.
#[derive(Debug, Deserialize)]
pub(super) struct Document<B> {
    refs: Vec<Reference>,
    pub(super) body: B,
}

#[derive(Debug, Deserialize)]
struct Reference {
    rel: String,
    key: String,
}

impl<B: DeserializeOwned> Document<B> {
    /// Nothing if the document has another shape.
    pub(super) fn read(event: &Event) -> Option<Self> {
        serde_json::from_str(&event.document).ok()
    }
}

impl<B> Document<B> {
    /// The key of the first thing that it relates to in this way: of several, it is the device.
    pub(super) fn target(&self, rel: &str) -> Option<&str> {
        self.refs.iter().find(|reference| reference.rel == rel).map(|reference| reference.key.as_str())
    }
}

/// Body of a device.
#[derive(Debug, Deserialize)]
pub(super) struct DeviceBody {
    pub(super) device: DeviceObject,
    #[serde(default)]
    pub(super) unmapped: DeviceRest,
}

#[derive(Debug, Deserialize)]
pub(super) struct DeviceObject {
    pub(super) hostname: Option<String>,
    pub(super) uid: Option<String>,
    pub(super) os: Option<Named>,
    pub(super) risk_level_id: Option<u8>,
    risk_level: Option<String>,
}

impl DeviceObject {
    /// Its risk as a word; nothing if none is told.
    pub(super) fn risk(&self) -> Option<String> {
        caption(&RISKS, self.risk_level_id, self.risk_level.as_deref())
    }
}

/// Captions of `risk_level_id`.
const RISKS: [&str; 5] = ["Info", "Low", "Medium", "High", "Critical"];

/// Captions of `severity_id`.
const SEVERITIES: [&str; 6] = ["Unknown", "Informational", "Low", "Medium", "High", "Critical"];

/// The caption beside a number; a lean body leaves it to the schema.
fn caption(captions: &[&str], number: Option<u8>, given: Option<&str>) -> Option<String> {
    let known = || captions.get(usize::from(number?)).copied();
    given.or_else(known).map(str::to_owned)
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct DeviceRest {
    pub(super) exposure_level: Option<String>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Named {
    pub(super) name: Option<String>,
}

/// Body of a finding.
#[derive(Debug, Deserialize)]
pub(super) struct FindingBody {
    #[serde(default)]
    pub(super) severity_id: u8,
    severity: Option<String>,
    #[serde(default)]
    pub(super) vulnerabilities: Vec<Vulnerability>,
}

impl FindingBody {
    /// Its severity as a word; nothing if none is known.
    pub(super) fn severity(&self) -> Option<String> {
        caption(&SEVERITIES, Some(self.severity_id), self.severity.as_deref())
    }
}

#[derive(Debug, Deserialize)]
pub(super) struct Vulnerability {
    pub(super) title: Option<String>,
    #[serde(default)]
    pub(super) is_exploit_available: bool,
    #[serde(default)]
    pub(super) is_fix_available: bool,
    pub(super) cve: Option<Cve>,
    #[serde(default)]
    pub(super) affected_packages: Vec<Package>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Cve {
    pub(super) uid: Option<String>,
    #[serde(default)]
    pub(super) cvss: Vec<Cvss>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Cvss {
    pub(super) base_score: f64,
}

/// A product, in a finding or on a device.
#[derive(Debug, Deserialize)]
pub(super) struct Package {
    pub(super) name: Option<String>,
    pub(super) vendor_name: Option<String>,
    pub(super) version: Option<String>,
}

impl Package {
    /// Maker and name, as people say it.
    pub(super) fn product(&self) -> String {
        [&self.vendor_name, &self.name].into_iter().flatten().map(String::as_str).collect::<Vec<_>>().join(" ")
    }
}

/// Body of an installed product.
#[derive(Debug, Deserialize)]
pub(super) struct SoftwareBody {
    sbom: Sbom,
    #[serde(default)]
    pub(super) unmapped: SoftwareRest,
}

#[derive(Debug, Deserialize)]
struct Sbom {
    package: Package,
}

impl SoftwareBody {
    /// The product, as the list of components names it: so do lean bodies too.
    pub(super) fn product(&self) -> &Package {
        &self.sbom.package
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct SoftwareRest {
    pub(super) end_of_support_status: Option<String>,
    pub(super) end_of_support_date: Option<String>,
}
