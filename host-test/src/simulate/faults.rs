//! Which faults a seed brings: none, a few, a storm, or one that never passes.

use super::plan::log;
use super::reading::{Dataset, Strategy};
use defender_double::draw::Draw;
use defender_double::scenario::{Fault, FaultKind, RetryAfter, What, When};
use std::time::Duration;

/// Paths that faults strike; nothing stands for all.
const PATHS: [Option<&str>; 18] = [
    None,
    None,
    Some("/api/machines"),
    Some("/api/machines/*/logonusers"),
    Some("/api/machines/*/vulnerabilities"),
    Some("/api/machines/*/recommendations"),
    Some("/api/machines/SoftwareInventoryByMachine"),
    Some(SOFTWARE_FILES),
    Some("/api/machines/SoftwareVulnerabilitiesByMachine"),
    Some(VULNERABILITY_FILES),
    Some(CHANGES),
    Some(TIMELINE),
    Some("/api/vulnerabilities"),
    Some("/api/recommendations"),
    Some("/api/recommendations/*/machineReferences"),
    Some("/v1.0/security/runHuntingQuery"),
    Some("/tvm-export/*"),
    Some("*/token"),
];

const CHANGES: &str = "/api/machines/SoftwareVulnerabilityChangesByMachine";
const TIMELINE: &str = "/api/machines/SoftwareVulnerabilitiesTimeline";
const VULNERABILITY_FILES: &str = "/api/machines/SoftwareVulnerabilitiesExport";
const SOFTWARE_FILES: &str = "/api/machines/SoftwareInventoryExport";

/// Paths for which there is another way where the service refuses them, or they lead nowhere.
const WITH_A_WAY_AROUND: [Option<&str>; 4] = [None, Some(CHANGES), Some(TIMELINE), Some(SOFTWARE_FILES)];

/// Files of exports, whose links expire.
const FILES: [Option<&str>; 2] = [None, Some("/tvm-export/*")];

/// Lists that are read by `$skip`, whose rows can move from one page to the next.
const LISTS: [Option<&str>; 4] =
    [None, Some("/api/machines"), Some("/api/recommendations"), Some("/api/vulnerabilities")];

/// Paths below one device each.
const DEVICES: [Option<&str>; 4] = [
    None,
    Some("/api/machines/*/logonusers"),
    Some("/api/machines/*/vulnerabilities"),
    Some("/api/machines/*/recommendations"),
];

/// Everything that comes in pages.
const PAGES: [Option<&str>; 7] = [
    None,
    Some("/api/machines"),
    Some("/api/recommendations"),
    Some("/api/vulnerabilities"),
    Some("/api/machines/SoftwareInventoryByMachine"),
    Some("/api/machines/SoftwareVulnerabilitiesByMachine"),
    Some(TIMELINE),
];

/// Paths that a kind of fault can strike.
fn paths(kind: FaultKind) -> &'static [Option<&'static str>] {
    match kind {
        FaultKind::SasExpired | FaultKind::PendingCopy | FaultKind::LateFile => &FILES,
        FaultKind::Ghost => &DEVICES,
        FaultKind::ShortPage => &PAGES,
        FaultKind::Shift | FaultKind::Duplicate => &LISTS,
        FaultKind::NotFound | FaultKind::Loop | FaultKind::ForeignLink => &WITH_A_WAY_AROUND,
        _ => &PATHS,
    }
}

/// Requests that the service refuses for good, at once or after a few, or whose next link leads nowhere: those for which a
/// dataset that is read in this way has another one.
pub(super) fn without(draw: Draw, dataset: Dataset, strategy: Strategy) -> Vec<Fault> {
    let paths: &[&str] = match (dataset, strategy, draw.at("which").chance(500)) {
        (Dataset::Software, Strategy::Auto, _) => &[SOFTWARE_FILES],
        (Dataset::Vulnerabilities, Strategy::Auto, false) => &[VULNERABILITY_FILES],
        (Dataset::Vulnerabilities, Strategy::Auto | Strategy::Delta, _) => &[CHANGES, TIMELINE],
        _ => &[],
    };
    let refusals = [What::Status(400), What::NotFound, What::Loop, What::ForeignLink];
    let what = draw.at("what").pick(&refusals).cloned().unwrap_or(What::NotFound);
    let from = log(draw.at("from"), 1, 4);
    let when = |path: &&str| When { path: Some((*path).to_owned()), from, times: None, ..When::default() };
    paths.iter().map(|path| Fault { when: when(path), what: what.clone() }).collect()
}

/// The faults of a draw.
pub(super) fn draw(draw: Draw) -> Vec<Fault> {
    let some = |count: u64, when: fn(Draw, FaultKind) -> When| -> Vec<Fault> {
        let fault = |draw: Draw| {
            let kind = *draw.at("what").at("kind").pick(FaultKind::ALL).unwrap_or(&FaultKind::Status);
            Fault { when: when(draw, kind), what: what(draw.at("what"), kind) }
        };
        (0..count).map(|index| fault(draw.nth(index))).collect()
    };
    let amount = draw.at("amount");
    match draw.at("weather").below(10) {
        // Fair.
        0 | 1 => Vec::new(),
        // Now and then.
        2..=5 => some(1 + amount.below(4), |draw, kind| When {
            from: from(draw, kind),
            times: Some(1 + draw.at("times").below(3)),
            ..somewhere(draw, kind)
        }),
        // A storm.
        6 | 7 => some(2 + amount.below(5), |draw, kind| When {
            probability: per_mille(draw.at("probability"), 5, 250),
            times: None,
            ..somewhere(draw, kind)
        }),
        // A bad hour.
        8 => some(1 + amount.below(3), |draw, kind| When {
            from: from(draw, kind),
            times: Some(log(draw.at("times"), 4, 64)),
            ..somewhere(draw, kind)
        }),
        // Something is broken for good.
        _ => some(1, |draw, kind| When { from: log(draw.at("from"), 1, 16), times: None, ..somewhere(draw, kind) }),
    }
}

fn somewhere(draw: Draw, kind: FaultKind) -> When {
    When { path: path(draw, kind).map(str::to_owned), ..When::default() }
}

fn path(draw: Draw, kind: FaultKind) -> Option<&'static str> {
    draw.at("path").pick(paths(kind)).copied().flatten()
}

/// The first request that a fault strikes. There are few to one path, of whatever tenant.
fn from(draw: Draw, kind: FaultKind) -> u64 {
    log(draw.at("from"), 1, if path(draw, kind).is_some() { 8 } else { 64 })
}

fn per_mille(draw: Draw, least: u64, most: u64) -> f64 {
    f64::from(u32::try_from(log(draw, least, most)).unwrap_or(0)) / 1000.0
}

fn what(draw: Draw, kind: FaultKind) -> What {
    let at = log(draw.at("at"), 1, 1 << 16) - 1;
    match kind {
        FaultKind::Throttle => What::Throttle(retry_after(draw.at("retry after"))),
        FaultKind::Status => What::Status(*draw.at("status").pick(&[400, 408, 500, 502, 503, 504]).unwrap_or(&503)),
        FaultKind::Unauthorized => What::Unauthorized,
        FaultKind::Forbidden => What::Forbidden,
        FaultKind::NotFound => What::NotFound,
        FaultKind::Refuse => What::Refuse,
        FaultKind::Reset => What::Reset,
        FaultKind::Slow => What::Slow { pause: Duration::from_secs(log(draw.at("pause"), 1, 400)), every: 1 + at },
        FaultKind::Truncate => What::Truncate { at },
        FaultKind::ResetBody => What::ResetBody { at },
        FaultKind::CutGzip => What::CutGzip { at },
        FaultKind::Empty => What::Empty,
        FaultKind::Html => What::Html,
        FaultKind::Malformed => What::Malformed { at },
        FaultKind::Duplicate => What::Duplicate,
        FaultKind::EmptyPage => What::EmptyPage,
        FaultKind::ShortPage => What::ShortPage { rows: log(draw.at("rows"), 1, 8) },
        FaultKind::Shuffle => What::Shuffle,
        FaultKind::Ghost => What::Ghost,
        FaultKind::LateFile => What::LateFile { secs: log(draw.at("late"), 1, 300) },
        FaultKind::PendingCopy => What::PendingCopy,
        FaultKind::Loop => What::Loop,
        FaultKind::ForeignLink => What::ForeignLink,
        FaultKind::SasExpired => What::SasExpired { at },
        FaultKind::Shift => What::Shift { rows: 3 - i64::try_from(draw.at("rows").below(7)).unwrap_or(0) },
        FaultKind::ClockSkew => What::ClockSkew { secs: 300 - i64::try_from(draw.at("skew").below(601)).unwrap_or(0) },
    }
}

fn retry_after(draw: Draw) -> RetryAfter {
    // A service may say "at once" and not mean it.
    let seconds = log(draw.at("seconds"), 1, 600) - 1;
    match draw.at("form").below(3) {
        0 => RetryAfter::Seconds(seconds),
        1 => RetryAfter::Date(seconds),
        _ => RetryAfter::None,
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
        let kinds: BTreeSet<FaultKind> = all.iter().flatten().map(|fault| fault.what.kind()).collect();
        assert_eq!(kinds, FaultKind::ALL.iter().copied().collect());
        let throttles: BTreeSet<String> = all
            .iter()
            .flatten()
            .filter_map(|fault| match fault.what {
                What::Throttle(RetryAfter::Seconds(_)) => Some("seconds".to_owned()),
                What::Throttle(RetryAfter::Date(_)) => Some("date".to_owned()),
                What::Throttle(RetryAfter::None) => Some("none".to_owned()),
                _ => None,
            })
            .collect();
        assert_eq!(throttles.len(), 3, "{throttles:?}");
        assert!(all.iter().flatten().all(|fault| fault.when.from >= 1 && fault.when.probability <= 1.0));
        assert!(all.iter().flatten().any(|fault| fault.when.times.is_none() && fault.when.probability == 1.0));
    }
}
