//! Which faults a seed brings: none, a few, a storm, or one that never passes.

use super::plan::log;
use defender_double::draw::Draw;
use defender_double::scenario::{Fault, RetryAfter, What, When};
use std::time::Duration;

/// Paths that faults strike; nothing stands for all.
const PATHS: [Option<&str>; 14] = [
    None,
    None,
    Some("/api/machines"),
    Some("/api/machines/*/logonusers"),
    Some("/api/machines/*/vulnerabilities"),
    Some("/api/machines/*/recommendations"),
    Some("/api/machines/SoftwareInventoryByMachine"),
    Some("/api/machines/SoftwareVulnerabilitiesByMachine"),
    Some("/api/machines/SoftwareVulnerabilitiesExport"),
    Some("/api/machines/SoftwareVulnerabilityChangesByMachine"),
    Some("/api/machines/SoftwareVulnerabilitiesTimeline"),
    Some("/api/recommendations"),
    Some("/api/recommendations/*/machineReferences"),
    Some("*/token"),
];

/// The faults of a draw.
pub(super) fn draw(draw: Draw) -> Vec<Fault> {
    let some = |count: u64, when: fn(Draw) -> When| -> Vec<Fault> {
        (0..count).map(|index| draw.nth(index)).map(|draw| Fault { when: when(draw), what: what(draw) }).collect()
    };
    let amount = draw.at("amount");
    match draw.at("weather").below(10) {
        // Fair.
        0 | 1 => Vec::new(),
        // Now and then.
        2..=5 => some(1 + amount.below(4), |draw| When {
            from: log(draw.at("from"), 1, 64),
            times: Some(1 + draw.at("times").below(3)),
            ..somewhere(draw)
        }),
        // A storm.
        6 | 7 => some(2 + amount.below(5), |draw| When {
            probability: per_mille(draw.at("probability"), 5, 250),
            times: None,
            ..somewhere(draw)
        }),
        // A bad hour.
        8 => some(1 + amount.below(3), |draw| When {
            from: log(draw.at("from"), 1, 64),
            times: Some(log(draw.at("times"), 4, 64)),
            ..somewhere(draw)
        }),
        // Something is broken for good.
        _ => some(1, |draw| When { from: log(draw.at("from"), 1, 16), times: None, ..somewhere(draw) }),
    }
}

fn somewhere(draw: Draw) -> When {
    let path = draw.at("path").pick(&PATHS).copied().flatten();
    When { path: path.map(str::to_owned), ..When::default() }
}

fn per_mille(draw: Draw, least: u64, most: u64) -> f64 {
    f64::from(u32::try_from(log(draw, least, most)).unwrap_or(0)) / 1000.0
}

fn what(draw: Draw) -> What {
    let draw = draw.at("what");
    let at = log(draw.at("at"), 1, 1 << 16) - 1;
    let seconds = log(draw.at("seconds"), 1, 600);
    match draw.at("kind").below(23) {
        0 => What::Throttle(RetryAfter::Seconds(seconds)),
        1 => What::Throttle(RetryAfter::Date(seconds)),
        2 => What::Throttle(RetryAfter::None),
        3 => What::Status(500),
        4 => What::Status(*draw.at("status").pick(&[408, 500, 502, 503, 504]).unwrap_or(&503)),
        5 => What::Unauthorized,
        6 => What::Forbidden,
        7 => What::NotFound,
        8 => What::Refuse,
        9 => What::Reset,
        10 => What::Slow { pause: Duration::from_secs(log(draw.at("pause"), 1, 400)), every: 1 + at },
        11 => What::Truncate { at },
        12 => What::ResetBody { at },
        13 => What::CutGzip { at },
        14 => What::Empty,
        15 => What::Html,
        16 => What::Malformed { at },
        17 => What::Duplicate,
        18 => What::Loop,
        19 => What::ForeignLink,
        20 => What::SasExpired { at },
        21 => What::Shift { rows: 3 - i64::try_from(draw.at("rows").below(7)).unwrap_or(0) },
        _ => What::ClockSkew { secs: 300 - i64::try_from(draw.at("skew").below(601)).unwrap_or(0) },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_kind_of_fault_comes_up_and_some_seeds_have_none() {
        let all: Vec<Vec<Fault>> = (0..2000).map(|seed| draw(Draw::seed(seed))).collect();
        assert!(all.iter().any(Vec::is_empty));
        let names: BTreeSet<&str> = all.iter().flatten().map(|fault| fault.what.name()).collect();
        assert_eq!(names.len(), 20, "{names:?}");
        assert!(all.iter().flatten().all(|fault| fault.when.from >= 1 && fault.when.probability <= 1.0));
        assert!(all.iter().flatten().any(|fault| fault.when.times.is_none() && fault.when.probability == 1.0));
    }
}
