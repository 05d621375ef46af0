//! Which way a dataset is read in this run, and why.
//!
//! | way | requests for `V` rows | why not always |
//! |---|---|---|
//! | `files` | 1, and downloads that no quota binds | the blob storage has to be reachable |
//! | `bulk` | `V` / 200,000, each up to 200 MB | more requests, and the state of the tenant that it shows is not known |
//! | `delta` | twice `D` / 200,000 for `D` changed rows | says nothing of what did not change, and goes 14 days back |
//!
//! So everything is read by files, at first and every few days, and changes in between; pages are for those who cannot
//! reach the files. Where there are no files, everything is read by pages.

use std::borrow::Cow;

use super::cursors::Cursor;
use crate::catalog::{Changes, DAY_MS, PERIOD_MS, Strategy, StrategySpec};
use crate::config::{Config, Selection};

/// How a dataset is read in this run.
#[derive(Clone, Debug)]
pub struct Choice {
    /// The way.
    pub strategy: &'static StrategySpec,
    /// Why, in words for a person; empty where the configuration says so.
    pub reason: Cow<'static, str>,
}

/// Why a dataset is read that would be read by its changes, or not at all.
const REMAPPED: &str = "another version of the source or another form of bodies makes other events of the same records, so all are read once";

/// Chooses. `run_ms` is the start of the run, so that a run that goes on chooses as it did before.
#[must_use]
pub fn choose(selection: &Selection, config: &Config, cursor: Option<&Cursor>, run_ms: i64) -> Choice {
    let dataset = selection.dataset;
    let is_ours = matches!(selection.wanted, Strategy::Auto | Strategy::Delta);
    let is_remapped = cursor.is_some_and(|cursor| cursor.is_remapped);
    let Some(whole) = dataset.whole().filter(|_| is_ours) else {
        let reason = if is_remapped { REMAPPED } else { "" };
        return Choice { strategy: selection.strategy, reason: reason.into() };
    };
    let full = |reason: &'static str| Choice { strategy: whole, reason: reason.into() };
    if is_remapped {
        return full(REMAPPED);
    }
    let (Some(delta), Some(changes)) = (dataset.by(Strategy::Delta), &dataset.changes) else {
        return full("one request, however many rows");
    };
    if dataset.on_devices && config.filters.needs_machine_records() {
        return full("a filter on devices can let unchanged rows in");
    }
    let is_ahead = |cursor: &Cursor| cursor.since_ms.max(cursor.baseline_ms) > run_ms;
    let is_past = |time_ms: i64, days: u32| run_ms - time_ms >= i64::from(days) * DAY_MS;
    match cursor {
        None => full("nothing was read before"),
        Some(cursor) if is_ahead(cursor) => full("the clock was set back since the last run"),
        Some(cursor) if is_past(cursor.since_ms, changes.reach_days) => full("the last changes are too long ago"),
        Some(cursor) if is_past(cursor.baseline_ms, selection.baseline_days) => full("a full read is due"),
        Some(_) => Choice { strategy: delta, reason: "everything was read before".into() },
    }
}

/// From when on changes have to be asked for after a read that shows the tenant as it was at `read_ms` or later.
///
/// The start of a period, so that runs of one period ask alike; and earlier by the overlap. What is told twice does no
/// harm.
#[must_use]
pub fn changes_since(read_ms: i64, changes: &Changes) -> i64 {
    read_ms - read_ms.rem_euclid(PERIOD_MS) - changes.overlap_ms
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::DatasetSpec;
    use crate::catalog::{cves, vulnerabilities};

    const NOW: i64 = 1_795_204_800_120;
    const HOUR_MS: i64 = 3_600_000;

    fn chosen(members: &str, dataset: &str, cursor: Option<&Cursor>) -> (&'static str, Cow<'static, str>) {
        let config = format!(r#"{{"tenant_id":"t","client_id":"c"{members}}}"#);
        let config = Config::parse(&config).unwrap();
        let selection = config.datasets.iter().find(|selection| selection.dataset.name.as_str() == dataset).unwrap();
        let Choice { strategy, reason } = choose(selection, &config, cursor, NOW);
        (strategy.name.as_str(), reason)
    }

    fn since_of(dataset: &DatasetSpec, read_ms: i64) -> i64 {
        changes_since(read_ms, dataset.changes.as_ref().unwrap())
    }

    fn because(reason: &'static str) -> Cow<'static, str> {
        reason.into()
    }

    fn cursor(since_days: i64, baseline_days: i64) -> Cursor {
        let ago = |days: i64| NOW - days * DAY_MS;
        Cursor {
            snapshot: "t1".into(),
            since_ms: ago(since_days),
            baseline_ms: ago(baseline_days),
            ..Cursor::default()
        }
    }

    #[test]
    fn everything_first_and_weekly_and_changes_in_between() {
        let by = |cursor: Option<Cursor>| chosen("", "vulnerabilities", cursor.as_ref());
        assert_eq!(by(None), ("files", because("nothing was read before")));
        assert_eq!(by(Some(cursor(1, 6))), ("delta", because("everything was read before")));
        assert_eq!(by(Some(cursor(1, 7))), ("files", because("a full read is due")));
        let seldom = r#","datasets":{"vulnerabilities":{"baseline_days":13,"strategy":"delta"}}"#;
        let by = |cursor: Cursor| chosen(seldom, "vulnerabilities", Some(&cursor));
        assert_eq!(by(cursor(12, 12)).0, "delta");
        assert_eq!(by(cursor(13, 12)), ("files", because("the last changes are too long ago")));
    }

    /// A clock that was ahead in the last run and was put right: nobody knows when that was, nor what changed since.
    #[test]
    fn a_last_run_in_the_future_is_no_start_for_changes() {
        for dataset in ["vulnerabilities", "cves"] {
            let enabled = r#","datasets":{"cves":{"enabled":true}}"#;
            let by = |since_days, baseline_days| chosen(enabled, dataset, Some(&cursor(since_days, baseline_days)));
            let whole = chosen(enabled, dataset, None).0;
            for (since, baseline) in [(-1, -1), (1, -1), (-1, 1), (-300, -300)] {
                let because = because("the clock was set back since the last run");
                assert_eq!(by(since, baseline), (whole, because), "{dataset} {since} {baseline}");
            }
            assert_eq!(by(0, 0).0, "delta", "it ran just now");
        }
    }

    #[test]
    fn what_the_configuration_names_is_what_is_read() {
        for strategy in ["bulk", "files", "per_device"] {
            let member = format!(r#","datasets":{{"vulnerabilities":{{"strategy":"{strategy}"}}}}"#);
            assert_eq!(chosen(&member, "vulnerabilities", Some(&cursor(1, 1))), (strategy, because("")));
        }
        assert_eq!(chosen("", "devices", None), ("bulk", because("")));
        assert_eq!(chosen("", "software", Some(&cursor(1, 1))).0, "files");
    }

    #[test]
    fn everything_is_read_once_after_the_mapping_changed() {
        let mut cursors = crate::plan::Cursors::default();
        cursors.set("vulnerabilities", cursor(1, 1));
        cursors.remap();
        let remapped = cursors.get("vulnerabilities").unwrap();
        assert_eq!((remapped.since_ms, &*remapped.snapshot), (0, ""));
        for (members, dataset, way) in [
            ("", "vulnerabilities", "files"),
            (r#","filters":{"stale_days":9}"#, "vulnerabilities", "files"),
            (r#","datasets":{"vulnerabilities":{"strategy":"delta"}}"#, "vulnerabilities", "files"),
            (r#","datasets":{"vulnerabilities":{"strategy":"bulk"}}"#, "vulnerabilities", "bulk"),
            ("", "software", "files"),
            (r#","datasets":{"cves":{"enabled":true}}"#, "cves", "bulk"),
        ] {
            assert_eq!(chosen(members, dataset, Some(remapped)), (way, because(REMAPPED)), "{members} {dataset}");
        }
    }

    #[test]
    fn a_filter_on_devices_makes_changes_useless() {
        let filters = r#","filters":{"stale_days":9}"#;
        assert_eq!(chosen(filters, "vulnerabilities", Some(&cursor(1, 1))).0, "files");
        let by_row = r#","filters":{"exclude_platforms":["Linux"]}"#;
        assert_eq!(chosen(by_row, "vulnerabilities", Some(&cursor(1, 1))).0, "delta");
    }

    #[test]
    fn changes_are_asked_for_from_the_start_of_a_period_and_one_earlier() {
        for (read, since) in [(12 * HOUR_MS, 6), (12 * HOUR_MS + 1, 6), (18 * HOUR_MS - 1, 6), (18 * HOUR_MS, 12)] {
            assert_eq!(since_of(&vulnerabilities::SPEC, read), since * HOUR_MS);
        }
        assert_eq!(since_of(&vulnerabilities::SPEC, -1), -2 * PERIOD_MS);
        assert_eq!(since_of(&cves::SPEC, 5 * DAY_MS + 7 * HOUR_MS), 2 * DAY_MS + 6 * HOUR_MS);
    }

    #[test]
    fn cves_are_read_by_pages_and_know_no_filter_on_devices() {
        let with =
            |more: &str| format!(r#","datasets":{{"cves":{{"enabled":true{more}}}}},"filters":{{"stale_days":9}}"#);
        let by = |more: &str, cursor: Option<Cursor>| chosen(&with(more), "cves", cursor.as_ref());
        assert_eq!(by("", None), ("bulk", because("nothing was read before")));
        assert_eq!(by("", Some(cursor(4, 6))), ("delta", because("everything was read before")));
        assert_eq!(by("", Some(cursor(4, 7))), ("bulk", because("a full read is due")));
        let seldom = r#","baseline_days":30"#;
        assert_eq!(by(seldom, Some(cursor(29, 29))).0, "delta");
        assert_eq!(by(seldom, Some(cursor(30, 29))), ("bulk", because("the last changes are too long ago")));
        assert_eq!(by(r#","strategy":"bulk""#, Some(cursor(4, 6))), ("bulk", because("")));
        assert_eq!(by(r#","strategy":"delta""#, None), ("bulk", because("nothing was read before")));
    }
}
