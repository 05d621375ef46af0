//! Recommendations on devices: asked for one recommendation after the other, or one device after the other.
//!
//! Both lead to the same keys, and the catalogue is read first in either case, so that nothing but the number of
//! requests speaks for one or the other: one for each recommendation, or one for each device. As the rows of the two
//! are not the same, each change of the way makes every recommendation on a device look different once. So the way
//! changes only for half the requests.

use super::way::Choice;
use crate::catalog::{DatasetName, Strategy};
use crate::config::Selection;

/// What is said of the way before a run.
pub const RULE: &str = "`per_recommendation`, or by `per_device` where it takes half the requests and devices are read";

/// What the way depends on.
#[derive(Clone, Copy, Debug, Default)]
pub struct Known<'a> {
    /// Number of recommendations.
    pub recommendations: u64,
    /// Number of devices, where all of them are known and may be asked about.
    pub devices: Option<u64>,
    /// The way of the last run that read everything; empty if none did.
    pub last: &'a str,
}

/// Whether the way is ours to choose.
#[must_use]
pub fn is_ours(selection: &Selection) -> bool {
    selection.dataset.name == DatasetName::Recommendations && selection.wanted == Strategy::Auto
}

/// The way, once the catalogue is read.
#[must_use]
pub fn by_number(selection: &Selection, known: Known<'_>) -> Choice {
    let Known { recommendations, devices, last } = known;
    let is_less = match devices {
        Some(devices) if last == Strategy::PerDevice.as_str() => devices <= recommendations.saturating_mul(2),
        Some(devices) => devices.saturating_mul(2) <= recommendations,
        None => false,
    };
    let (way, reason) = match (is_less, devices) {
        (true, _) => (Strategy::PerDevice, "fewer devices than recommendations"),
        (false, Some(_)) => (Strategy::PerRecommendation, "not much fewer devices than recommendations"),
        (false, None) => (Strategy::PerRecommendation, "the devices are not all known, or not all to be asked about"),
    };
    Choice { strategy: selection.dataset.by(way).unwrap_or(selection.strategy), reason: reason.into() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;

    fn way(recommendations: u64, devices: Option<u64>, last: &str) -> Strategy {
        let config = Config::parse(r#"{"tenant_id":"t","client_id":"c"}"#).unwrap();
        let selection = config.datasets.iter().find(|selection| is_ours(selection)).unwrap();
        by_number(selection, Known { recommendations, devices, last }).strategy.name
    }

    #[test]
    fn half_the_requests_are_worth_a_change() {
        use Strategy::{PerDevice, PerRecommendation};
        for (devices, last, expected) in [
            (Some(400), "", PerDevice),
            (Some(401), "", PerRecommendation),
            (Some(401), "per_recommendation", PerRecommendation),
            (Some(800), "per_device", PerDevice),
            (Some(1600), "per_device", PerDevice),
            (Some(1601), "per_device", PerRecommendation),
            (Some(0), "", PerDevice),
            (None, "", PerRecommendation),
            (None, "per_device", PerRecommendation),
        ] {
            assert_eq!(way(800, devices, last), expected, "{devices:?} {last}");
        }
        assert_eq!(way(0, Some(1), ""), PerRecommendation);
    }
}
