//! Rows against what the service declares of itself: the OData metadata document, read in 2026.

use crate::model::{Advice, Tenant};
use crate::period::Period;
use crate::wire::testing::{query, read, tenant};
use crate::wire::{self, Collection, Query};
use serde_json::{Map, Value};
use std::collections::BTreeSet;
use std::sync::Arc;

const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/reference/defender-edm.json");

/// Collections, the type of their rows, and declared members that no answer was ever seen to have: `commands` and the like
/// come in calls that the double does not have.
const TYPES: &[(&Collection, &str, &[&str])] = &[
    (&wire::MACHINES, "Machine", &[]),
    (&wire::LOGON_USERS, "User", &[]),
    (&wire::SOFTWARE_INVENTORY, "AssetSoftware", &[]),
    (&wire::VULNERABILITY_EXPORT, "AssetVulnerability", &[]),
    (&wire::VULNERABILITY_CHANGES, "DeltaAssetVulnerability", &[]),
    (&wire::VULNERABILITIES, "PublicVulnerabilityDto", &[]),
    (&wire::RECOMMENDATIONS, "Recommendation", &[]),
    (&wire::SOFTWARE, "PublicProductDto", &[]),
    (&wire::RECOMMENDATION_MACHINES, "PublicAssetDto", &[]),
    (&wire::MACHINES_VULNERABILITIES, "PublicAssetVulnerabilityDto", &[]),
    (&wire::NON_CPE_SOFTWARE, "AssetNonCpeSoftware", &[]),
    (&wire::SECURE_CONFIGURATION, "AssetConfiguration", &[]),
    (&wire::EXPOSURE_BY_GROUP, "ConfigurationScore", &[]),
    (&wire::REMEDIATION_TASKS, "RemediationTask", &["requesterNotes"]),
];

/// Ids for collections that hang on something.
fn subjects(tenant: &Arc<Tenant>, collection: &Collection, period: Period) -> Vec<String> {
    match collection.context {
        "Users" => tenant.devices(period).map(|device| device.id()).collect(),
        "MachineReferences" => {
            let products = (0..tenant.catalogue().products().len() as u32).map(Advice::Product);
            products.map(|advice| tenant.advice_id(advice)).collect()
        }
        _ => vec![String::new()],
    }
}

/// Values that are no word of their enumeration, at any depth.
fn strangers(edm: &Value, of: &str, value: &Value, found: &mut BTreeSet<String>) {
    let of = of.strip_prefix("Collection(").and_then(|of| of.strip_suffix(')')).unwrap_or(of);
    match value {
        Value::Array(items) => items.iter().for_each(|item| strangers(edm, of, item, found)),
        Value::Object(members) => {
            for (name, of) in properties(edm, of) {
                members.get(&name).into_iter().for_each(|value| strangers(edm, &of, value, found));
            }
        }
        Value::String(word) => {
            let words = edm["enums"][of].as_array();
            if words.is_some_and(|words| !words.iter().any(|known| known == word)) {
                found.insert(format!("{of}: {word}"));
            }
        }
        _ => {}
    }
}

/// Declared members with their types.
fn properties(edm: &Value, of: &str) -> Vec<(String, String)> {
    let declared = &edm["types"][of];
    let base = declared["base"].as_str().map(|base| properties(edm, base)).unwrap_or_default();
    let own = declared["properties"].as_object().into_iter().flatten();
    let later = declared["added_by_2026_08"].as_array().into_iter().flatten().filter_map(Value::as_str);
    let own = own.map(|(name, of)| (name.clone(), of.as_str().unwrap_or_default().to_owned()));
    base.into_iter().chain(own).chain(later.map(|name| (name.to_owned(), String::new()))).collect()
}

#[test]
#[allow(clippy::print_stderr, reason = "a test says what it skips")]
fn rows_have_what_the_service_declares() {
    let Ok(text) = std::fs::read_to_string(FILE) else {
        eprintln!("SKIPPED: the service's metadata is not beside the checkout");
        return;
    };
    let edm: Value = serde_json::from_str(&text).unwrap();
    let (tenant, period) = (tenant(1), Period(40));
    let mut wrong = Vec::new();
    for (collection, of, unseen) in TYPES {
        let since = if collection.context == wire::VULNERABILITY_CHANGES.context { Period(20) } else { period };
        let rows = |subject: &String| match (collection.open)(&tenant, query(period, subject)) {
            Some(_) => read(&tenant, **collection, Query { since, ..query(period, subject) }),
            None => Vec::new(),
        };
        let rows: Vec<Value> = subjects(&tenant, collection, period).iter().flat_map(rows).collect();
        assert!(!rows.is_empty(), "{of}");
        let seen: BTreeSet<&String> = rows.iter().filter_map(Value::as_object).flat_map(Map::keys).collect();
        let declared = properties(&edm, of);
        let missing = declared.iter().filter(|(name, _)| !seen.contains(name) && !unseen.contains(&name.as_str()));
        wrong.extend(missing.map(|(name, _)| format!("{of}.{name} is never there")));
        let mut words = BTreeSet::new();
        rows.iter().for_each(|row| strangers(&edm, of, row, &mut words));
        wrong.extend(words.into_iter().map(|word| format!("{of}: no such word, {word}")));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
