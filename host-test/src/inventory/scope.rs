//! What a snapshot could have contained: the part of the configuration that decides it, and the reasons for which the
//! source left rows out. Only what a snapshot could have contained can be missed by it.

use crate::contract::{DatasetReceipt, total};
use serde_json::Value;
use sha2::{Digest, Sha256};

/// Members of `source.config` that say how to read and how to write, not what is read. Any other member, known or not,
/// is taken to narrow what a snapshot contains.
const NOT_SCOPE: [&str; 9] =
    ["auth", "body", "client_id", "datasets", "endpoints", "format", "http", "instance", "ocsf_version"];

/// Stands for everything in the configuration that decides which assets a snapshot of a dataset contains.
pub(super) fn fingerprint(config: &str, dataset: &str) -> String {
    // Maps are sorted by name, so that order and spacing of the file do not matter.
    let mut config: Value = serde_json::from_str(config).unwrap_or(Value::Null);
    let own = config.get_mut("datasets").and_then(|datasets| datasets.get_mut(dataset));
    let mut own = own.map(Value::take).unwrap_or_default();
    if let Some(own) = own.as_object_mut() {
        own.remove("enabled");
    }
    if let Some(members) = config.as_object_mut() {
        members.retain(|name, _| !NOT_SCOPE.contains(&name.as_str()));
    }
    let own = if own.as_object().is_some_and(serde_json::Map::is_empty) { Value::Null } else { own };
    let digest = Sha256::digest(format!("{config}\n{own}"));
    digest.iter().take(16).map(|byte| format!("{byte:02x}")).collect()
}

/// Ways to a dataset whose snapshots may hold something else than those of the others: logons of 30 days instead of
/// those of half a year; recommendations of which nobody says that the two ways to them agree. Where the source chooses
/// the way, the configuration alone does not tell.
const APART: [(&str, &str); 2] = [("device_users", "hunting"), ("recommendations", "per_device")];

/// The same for the way that a dataset was read; none where that makes no difference.
pub(super) fn apart(config: &str, account: &DatasetReceipt) -> Option<String> {
    let (dataset, strategy) = (account.dataset.as_str(), account.strategy.as_str());
    APART.contains(&(dataset, strategy)).then(|| format!("{} {strategy}", fingerprint(config, dataset)))
}

/// What may be missing from a snapshot although it is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Hidden {
    /// Nothing.
    Nothing,
    /// Devices, with everything on them.
    Devices,
    /// Any asset.
    Anything,
}

/// Reasons in receipts, and what they can hide.
const REASONS: [(&str, Hidden); 9] = [
    // A row without a CVE was never a finding: the CVE is part of the key.
    ("no_cve", Hidden::Nothing),
    ("device_filtered", Hidden::Devices),
    ("device_group", Hidden::Devices),
    ("no_dns_name", Hidden::Devices),
    ("no_ip_address", Hidden::Devices),
    ("platform", Hidden::Devices),
    ("stale", Hidden::Devices),
    ("tag", Hidden::Devices),
    // What no device has any more is as true as before.
    ("not_exposed", Hidden::Anything),
];

/// Oddity in receipts that means that something was not asked for.
const NOT_ASKED: &str = "device_below_minimum";

/// What the account of a dataset says may be missing.
pub(super) fn hidden(account: &DatasetReceipt) -> Hidden {
    let filtered = account.filtered.iter().filter(|tally| tally.count > 0).map(|tally| {
        let known = REASONS.iter().find(|(name, _)| *name == tally.name);
        known.map_or(Hidden::Anything, |(_, hidden)| *hidden)
    });
    let asked = account.tolerated.iter().filter(|tally| tally.count > 0 && tally.name == NOT_ASKED);
    filtered.chain(asked.map(|_| Hidden::Anything)).max().unwrap_or(Hidden::Nothing)
}

/// Whether an asset may be among records that could not be used.
pub(super) fn rejected(account: &DatasetReceipt) -> u64 {
    total(&account.rejected)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract::{Completeness, Tally};

    fn account() -> DatasetReceipt {
        DatasetReceipt {
            dataset: "d".into(),
            strategy: "s".into(),
            reason: String::new(),
            completeness: Completeness::Complete,
            received: 0,
            emitted: 0,
            events: vec![],
            filtered: vec![],
            rejected: vec![],
            duplicates: 0,
            tolerated: vec![],
            pages: 0,
            calls: 0,
            waits: 0,
            waited_ms: 0,
            bytes: 0,
            failure: None,
        }
    }

    #[test]
    fn only_what_narrows_a_snapshot_counts() {
        let of = |config: &str| fingerprint(config, "devices");
        let base = of(r#"{"tenant_id":"t","filters":{"stale_days":3},"datasets":{"devices":{"enabled":true}}}"#);
        for same in [
            r#"{"filters":{"stale_days":3},"tenant_id":"t"}"#,
            r#"{"tenant_id":"t","filters":{"stale_days":3},"http":{"timeout_secs":9},"format":"native","body":"lean"}"#,
            r#"{"tenant_id":"t","filters":{"stale_days":3},"datasets":{"software":{"enabled":false}}}"#,
        ] {
            assert_eq!(of(same), base, "{same}");
        }
        for other in [
            r#"{"tenant_id":"u","filters":{"stale_days":3}}"#,
            r#"{"tenant_id":"t","filters":{"stale_days":4}}"#,
            r#"{"tenant_id":"t","filters":{"stale_days":3},"datasets":{"devices":{"strategy":"x"}}}"#,
            r#"{"tenant_id":"t","filters":{"stale_days":3},"a_member_of_tomorrow":1}"#,
            "not json",
        ] {
            assert_ne!(of(other), base, "{other}");
        }
    }

    #[test]
    fn only_a_way_that_sees_something_else_is_apart() {
        let by = |config: &str, dataset: &str, strategy: &str| {
            apart(config, &DatasetReceipt { dataset: dataset.into(), strategy: strategy.into(), ..account() })
        };
        for (dataset, same) in [
            ("vulnerabilities", "bulk"),
            ("vulnerabilities", "files"),
            ("vulnerabilities", "delta"),
            ("device_users", "per_device"),
            ("recommendations", "per_recommendation"),
        ] {
            assert_eq!(by("{}", dataset, same), None, "{dataset} {same}");
        }
        let hunting = by("{}", "device_users", "hunting");
        assert!(hunting.is_some() && hunting != Some(fingerprint("{}", "device_users")));
        assert_ne!(hunting, by(r#"{"filters":{}}"#, "device_users", "hunting"));
        assert!(by("{}", "recommendations", "per_device").is_some());
    }

    #[test]
    fn the_worst_reason_counts() {
        let tally = |name: &str, count| Tally { name: name.into(), count };
        let account = |filtered, tolerated| DatasetReceipt { filtered, tolerated, ..account() };
        for (filtered, tolerated, expected) in [
            (vec![], vec![tally("unknown_word", 3)], Hidden::Nothing),
            (vec![tally("no_cve", 2), tally("stale", 0)], vec![], Hidden::Nothing),
            (vec![tally("no_cve", 2), tally("stale", 1)], vec![], Hidden::Devices),
            (vec![tally("a_reason_of_tomorrow", 1), tally("stale", 1)], vec![], Hidden::Anything),
            (vec![], vec![tally("device_below_minimum", 1)], Hidden::Anything),
        ] {
            assert_eq!(hidden(&account(filtered, tolerated)), expected);
        }
    }
}
