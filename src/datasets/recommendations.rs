//! Security recommendations: the tenant's catalogue alone, with the machines of each recommendation, or with the
//! recommendations of each machine; or the latter without the catalogue.
//!
//! A recommendation has the same identifier but other numbers in the two places, so they are two assets: the
//! recommendation for the tenant, and the recommendation for a device. Neither overwrites the other.

mod catalogue;
mod on_device;
#[cfg(test)]
mod tests;

use super::{Catalogue, DatasetName, DatasetSpec, Paging, Permission, Route, Strategy, StrategySpec};
use crate::event::{Keys, Kind, Refs, Relation};
use crate::http::Quota;
use crate::record::{Record, field_table};

/// Recommendations, and the machines that they concern.
pub static SPEC: DatasetSpec = DatasetSpec {
    name: DatasetName::Recommendations,
    description: "Security recommendations, and the machines that do not follow them",
    enabled: true,
    permissions: &[Permission::defender("SecurityRecommendation.Read.All")],
    kinds: &[Kind::Recommendation],
    on_devices: true,
    strategies: &[
        StrategySpec {
            name: Strategy::PerRecommendation,
            route: Route {
                path: "/api/recommendations/{id}/machineReferences",
                paging: Paging::Single,
                quota: Quota::ASSUMED,
                purpose: "machines that one recommendation concerns",
            },
            map: on_device::map_reference,
            catalogue: Some(Catalogue { route: LIST, map: catalogue::map, subject_id }),
        },
        StrategySpec {
            name: Strategy::PerDevice,
            route: Route {
                path: "/api/machines/{id}/recommendations",
                paging: Paging::Single,
                quota: Quota::ASSUMED,
                purpose: "recommendations for one machine",
            },
            map: on_device::map_own,
            catalogue: None,
        },
        StrategySpec { name: Strategy::Catalogue, route: LIST, map: catalogue::map, catalogue: None },
    ],
    changes: None,
    automatic: &[Strategy::PerRecommendation, Strategy::PerDevice],
};

/// The catalogue.
const LIST: Route = Route {
    path: "/api/recommendations",
    paging: Paging::Offset { top: 10_000 },
    quota: Quota::ASSUMED,
    purpose: "recommendations for the tenant",
};

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
    }
}

/// The identifier of a catalogue record.
#[must_use]
pub fn subject_id(row: &str) -> Option<String> {
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
    match row.text(Field::RecommendedVersion) {
        Some(version) => format!("{name} (recommended version {version})"),
        None => name.to_owned(),
    }
}
