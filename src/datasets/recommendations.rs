//! Security recommendations: the tenant's catalogue alone, with the machines of each recommendation, or with the
//! recommendations of each machine; or the latter without the catalogue.
//!
//! A recommendation has the same identifier but other numbers in the two places, so they are two assets: the
//! recommendation for the tenant, and the recommendation for a device. Neither overwrites the other.

pub(super) mod catalogue;
pub(super) mod on_device;
#[cfg(test)]
mod tests;

use defender_rows::event::{Keys, Refs, Relation};
use defender_rows::record::{Record, field_table};

field_table! {
    /// Members of a recommendation. Source: "Recommendation resource type".
    Field {
        Id = "id",
        ProductName = "productName",
        RecommendationName = "recommendationName",
        Weaknesses = "weaknesses",
        Vendor = "vendor",
        RecommendedVersion = "recommendedVersion",
        RecommendedVendor = "recommendedVendor",
        RecommendedProgram = "recommendedProgram",
        RecommendationCategory = "recommendationCategory",
        SubCategory = "subCategory",
        SeverityScore = "severityScore",
        PublicExploit = "publicExploit",
        ActiveAlert = "activeAlert",
        AssociatedThreats = "associatedThreats",
        RemediationType = "remediationType",
        Status = "status",
        ConfigScoreImpact = "configScoreImpact",
        ExposureImpact = "exposureImpact",
        ExposedMachinesCount = "exposedMachinesCount",
        ExposedCriticalDevices = "exposedCriticalDevices",
        TotalMachineCount = "totalMachineCount",
        NonProductivityImpactedAssets = "nonProductivityImpactedAssets",
        RelatedComponent = "relatedComponent",
        HasUnpatchableCve = "hasUnpatchableCve",
        Tags = "tags",
    }
}

/// An attribute, its number, and the one of its caption.
type Status = ((&'static str, i64), (&'static str, &'static str));

/// `compliance` that somebody follows, or does not.
const PASS: Status = (("status_id", 1), ("status", "Pass"));
/// See [`PASS`].
const FAIL: Status = (("status_id", 3), ("status", "Fail"));

/// The identifier of a catalogue record.
#[must_use]
pub(super) fn subject_id(row: &str) -> Option<String> {
    Some(Record::<Field>::parse(row).ok()?.text(Field::Id)?.into_owned())
}

/// Vendor and product in a software recommendation's identifier, `va-_-<vendor>-_-<product>`.
fn product(id: &str) -> Option<(&str, &str)> {
    let (vendor, product) = id.strip_prefix("va-_-")?.split_once("-_-")?;
    (!vendor.is_empty() && !product.is_empty() && !product.contains("-_-")).then_some((vendor, product))
}

/// Adds the product that a recommendation is about, if it is about one.
fn affects_product(refs: Refs, keys: Keys<'_>, id: &str) -> Refs {
    match product(id) {
        Some((vendor, product)) => refs.with(Relation::Affects, &keys.application(vendor, product)),
        None => refs,
    }
}

/// What to do, in one sentence: the recommendation's name and the version to reach.
fn advice(row: &Record<'_, Field>, id: &str) -> String {
    let name = row.text(Field::RecommendationName);
    let name = name.as_deref().unwrap_or(id);
    // In the sentence it is for people; as a value it stays under its name.
    match row.peek(Field::RecommendedVersion).and_then(|value| value.text().flatten()) {
        Some(version) => format!("{name} (recommended version {version})"),
        None => name.to_owned(),
    }
}
