//! When an asset is gone, and when it is not: one test for each line of the table in `docs/inventory.md`.

use crate::script::{
    Read, Row, World, address, application, complete, cve, device, finding, gone, key, merged, software, user,
};
use source_host::contract::{Completeness, Operation};
use source_host::inventory::Rules;

const AT_ONCE: Rules = Rules { grace_runs: 0, max_delete_percent: 100, allow_mass_delete: false };

fn devices(numbers: impl IntoIterator<Item = usize>) -> Vec<Row> {
    numbers.into_iter().map(|number| device(&format!("d{number}"), 1)).collect()
}

fn deleted(id: &str) -> (Operation, String) {
    (Operation::Delete, key("device", id))
}

#[test]
fn what_is_known_is_not_news() {
    let mut world = World::new();
    let rows = [device("a", 1), device("b", 1)];
    assert_eq!(world.news(&[complete("devices", &rows)]).len(), 2, "markers are kept out");
    assert_eq!(world.news(&[complete("devices", &rows)]), []);
    let changed = [device("a", 2), device("b", 1)];
    assert_eq!(world.news(&[complete("devices", &changed)]), [(Operation::Upsert, key("device", "a"))]);
    assert_eq!(world.news(&[complete("devices", &changed)]), []);
    // The same content with another relation is news too, and the old relation is gone.
    let related = [merged_nothing("a"), device("b", 1)];
    assert_eq!(world.news(&[complete("devices", &related)]).len(), 1);
    let shown = world.reader().show(&key("device", "a")).expect("readable").expect("known");
    assert_eq!(shown.relations.len(), 1);
    assert_eq!(world.news(&[complete("devices", &changed)]).len(), 1);
    assert_eq!(world.reader().show(&key("device", "a")).expect("readable").expect("known").relations, []);
}

fn merged_nothing(id: &str) -> Row {
    Row { refs: vec![("member_of", key("device_group", "1"))], ..device(id, 2) }
}

#[test]
fn grace_counts_complete_snapshots_in_a_row() {
    for grace_runs in [0, 1, 3] {
        let mut world = World::with(Rules { grace_runs, ..AT_ONCE });
        world.run(&[complete("devices", &devices(0..3))]);
        for _ in 0..grace_runs {
            assert_eq!(world.news(&[complete("devices", &devices(0..2))]), []);
        }
        assert_eq!(world.news(&[complete("devices", &devices(0..2))]), [deleted("d2")]);
        assert_eq!(world.news(&[complete("devices", &devices(0..2))]), [], "one tombstone");
        assert_eq!(world.state("device", "d2"), "deleted");
    }
}

#[test]
fn a_sighting_starts_the_count_anew() {
    let mut world = World::with(Rules { grace_runs: 1, ..AT_ONCE });
    world.run(&[complete("devices", &devices(0..3))]);
    for _ in 0..3 {
        assert_eq!(world.news(&[complete("devices", &devices(0..2))]), []);
        // Even one in a read that was not complete.
        assert_eq!(world.news(&[complete("devices", &devices(2..3)).but(Completeness::Partial)]), []);
    }
    world.run(&[complete("devices", &devices(0..2))]);
    assert_eq!(world.news(&[complete("devices", &devices(0..2))]), [deleted("d2")]);
}

#[test]
fn nothing_is_gone_after_the_first_complete_snapshot() {
    let mut world = World::with(AT_ONCE);
    assert_eq!(world.run(&[complete("devices", &devices(0..5)).but(Completeness::Partial)]).new, 5);
    assert_eq!(world.news(&[complete("devices", &devices(0..2))]), [], "there was no complete one before");
    assert_eq!(world.news(&[complete("devices", &devices(0..2))]).len(), 3);
}

#[test]
fn only_a_complete_read_concludes_anything() {
    for completeness in [
        Completeness::Partial,
        Completeness::Forbidden,
        Completeness::Skipped,
        Completeness::Unchanged,
        Completeness::Changes,
    ] {
        let mut world = World::with(AT_ONCE);
        world.run(&[complete("devices", &devices(0..3))]);
        for _ in 0..3 {
            assert_eq!(world.news(&[complete("devices", &[]).but(completeness)]), [], "{completeness:?}");
        }
        assert_eq!(world.state("device", "d0"), "active");
    }
    // The account says complete, but no end was marked: as if the dataset had been read for another one alone.
    let mut world = World::with(AT_ONCE);
    world.run(&[complete("devices", &devices(0..3))]);
    assert_eq!(world.news(&[complete("devices", &[]).outside()]), []);
    // The end was marked, but the account says partial.
    let mut script = world.next(&[complete("devices", &[])]);
    script.receipt.datasets[0].completeness = Completeness::Partial;
    let mut inventory = world.open();
    crate::script::play(&script, None, &mut world.consumer, &mut inventory).expect("it works");
    drop(inventory);
    world.agree();
    assert_eq!(world.state("device", "d0"), "active");
}

#[test]
fn changes_belong_to_the_dataset_that_they_name() {
    let mut world = World::with(AT_ONCE);
    let (devices, found) =
        (complete("devices", &devices(0..1)), [finding("d0", "CVE-1", 1), finding("d0", "CVE-2", 1)]);
    let changes = |rows: &[Row]| complete("cves", rows).but(Completeness::Changes);
    let of_devices = || complete("vulnerabilities", &found);
    world.run(&[devices.clone(), of_devices(), complete("cves", &[cve("CVE-1", 1)])]);
    // Of two datasets with one kind, and behind a snapshot that has no end.
    let more = of_devices().but(Completeness::Changes);
    world.run(&[devices.clone(), more, changes(&[cve("CVE-2", 1)])]);
    world.run(&[devices.clone(), of_devices().but(Completeness::Partial), changes(&[cve("CVE-3", 1)])]);
    for _ in 0..3 {
        assert_eq!(world.news(&[devices.clone(), of_devices(), changes(&[])]), []);
    }
    for id in ["CVE-1", "CVE-2", "CVE-3"] {
        assert_eq!(world.state("vulnerability", id), "active", "{id}");
    }
    // A CVE that no device has any more is left out of the whole, and nothing is said of it.
    let rest = complete("cves", &[cve("CVE-1", 1), cve("CVE-2", 1)]).filtered("not_exposed", 9);
    assert_eq!(world.news(&[devices.clone(), of_devices(), rest]), []);
    assert_eq!(world.state("vulnerability", "CVE-3"), "out_of_scope");
    assert_eq!(world.news(&[devices, of_devices(), changes(&[cve("CVE-3", 1)])]), [], "the consumer never lost it");
    assert_eq!(world.state("vulnerability", "CVE-3"), "active");
}

#[test]
fn too_many_at_once_are_refused_until_they_are_allowed() {
    let mut world = World::with(Rules { grace_runs: 0, max_delete_percent: 20, allow_mass_delete: false });
    world.run(&[complete("devices", &devices(0..100))]);
    let account = world.run(&[complete("devices", &devices(0..79))]);
    assert_eq!((account.deleted, account.refused.len()), (0, 1));
    let line = account.refused[0].to_string();
    for part in ["21 of 100 device", "devices", "21 %", "limit 20 %", "--allow-mass-delete"] {
        assert!(line.contains(part) && line.lines().count() == 1, "{line}");
    }
    // The service has nothing newer: what was refused can be allowed all the same.
    world.rules.allow_mass_delete = true;
    assert_eq!(world.run(&[complete("devices", &[]).but(Completeness::Unchanged)]).deleted, 21);
    world.rules.allow_mass_delete = false;
    assert_eq!(world.run(&[complete("devices", &devices(0..64))]).deleted, 15, "18 percent");
    // A kind that nearly vanishes is not hidden by another that is plenty.
    let mut rows = devices(0..64);
    rows.extend((0..20).map(|number| address(&format!("d{number}"), 1)));
    world.run(&[complete("devices", &rows)]);
    let account = world.run(&[complete("devices", &rows[..69])]);
    assert_eq!((account.deleted, account.refused[0].kind.as_str()), (0, "ip_address"));
}

#[test]
fn a_few_may_always_go_and_all_never() {
    let mut world = World::with(Rules { grace_runs: 0, max_delete_percent: 1, allow_mass_delete: false });
    world.run(&[complete("devices", &devices(0..12))]);
    assert_eq!(world.run(&[complete("devices", &devices(0..2))]).deleted, 10);
    let account = world.run(&[complete("devices", &[])]);
    assert_eq!((account.deleted, account.refused.len()), (0, 1), "an empty answer is not believed");
    assert_eq!(world.run(&[complete("devices", &devices(0..2))]).refused, []);
}

#[test]
fn what_is_on_devices_is_in_doubt_with_them() {
    let on_devices = |count: usize| -> Vec<Row> { (0..count).map(|n| finding(&format!("d{n}"), "c", 1)).collect() };
    let all = || complete("devices", &devices(0..3));
    for (doubtful, reason) in [
        (all().but(Completeness::Partial), "not read completely"),
        (complete("devices", &[]).but(Completeness::Forbidden), "not read completely"),
        (complete("devices", &[]), "empty"),
    ] {
        let mut world = World::with(AT_ONCE);
        world.run(&[all(), complete("vulnerabilities", &on_devices(3))]);
        let account = world.run(&[doubtful, complete("vulnerabilities", &on_devices(2))]);
        assert_eq!(account.deleted, 0);
        assert!(account.held[0].to_string().contains(reason), "{:?}", account.held);
        assert_eq!(account.held[0].missing, 1);
        let account = world.run(&[all(), complete("vulnerabilities", &on_devices(2))]);
        assert_eq!(account.deleted, 1, "{:?}", account);
    }
    // Deletions that are refused for devices are refused for what is on them.
    let mut world = World::with(Rules { grace_runs: 0, max_delete_percent: 50, allow_mass_delete: false });
    world.run(&[complete("devices", &devices(0..40)), complete("vulnerabilities", &on_devices(4))]);
    let account = world.run(&[complete("devices", &devices(0..4)), complete("vulnerabilities", &on_devices(3))]);
    assert_eq!((account.deleted, account.refused.len(), account.held.len()), (0, 1, 1), "{account:?}");
    // Devices that did not change are as good as read.
    world.run(&[complete("devices", &devices(0..40))]);
    let unchanged = complete("devices", &[]).but(Completeness::Unchanged);
    assert_eq!(world.run(&[unchanged, complete("vulnerabilities", &on_devices(3))]).deleted, 1);
}

#[test]
fn a_record_that_was_rejected_may_be_the_missing_one() {
    let mut world = World::with(AT_ONCE);
    world.run(&[complete("devices", &devices(0..3))]);
    let account = world.run(&[Read { rejected: 1, ..complete("devices", &devices(0..2)) }]);
    assert!(account.deleted == 0 && account.held[0].reason.contains("1 records that were rejected"), "{account:?}");
    assert_eq!(world.run(&[complete("devices", &devices(0..2))]).deleted, 1);
}

#[test]
fn filtered_is_not_deleted() {
    let mut world = World::with(AT_ONCE);
    let all = [device("a", 1), address("a", 1), device("b", 1), address("b", 1)];
    world.run(&[complete("devices", &all)]);
    // One device is filtered, with its address. An address of a device that is there is gone.
    let account = world.run(&[complete("devices", &[device("a", 1)]).filtered("stale", 1)]);
    assert_eq!((account.out_of_scope, account.deleted), (2, 1), "{account:?}");
    assert_eq!(world.state("device", "b"), "out_of_scope");
    assert_eq!(world.state("ip_address", "a/1"), "deleted");
    // When it comes back as it was, the consumer has it already.
    let back = [device("a", 1), device("b", 1), address("b", 1)];
    assert_eq!(world.news(&[complete("devices", &back).filtered("stale", 1)]), []);
    assert_eq!(world.state("device", "b"), "active");
    // When nothing is filtered any more and it is still not there, it is gone.
    world.run(&[complete("devices", &[device("a", 1)]).filtered("stale", 1)]);
    assert_eq!(
        world.news(&[complete("devices", &[device("a", 1)])]),
        [deleted("b"), (Operation::Delete, key("ip_address", "b/1"))]
    );
}

#[test]
fn a_filter_hides_what_is_on_the_device_and_nothing_else() {
    let mut world = World::with(AT_ONCE);
    let both = [finding("a", "c1", 1), finding("a", "c2", 1), finding("b", "c1", 1)];
    world.run(&[complete("devices", &[device("a", 1), device("b", 1)]), complete("vulnerabilities", &both)]);
    let account = world.run(&[
        complete("devices", &[device("a", 1)]).filtered("tag", 1),
        complete("vulnerabilities", &both[..1]).filtered("device_filtered", 1),
    ]);
    assert_eq!((account.out_of_scope, account.deleted), (2, 1));
    assert_eq!(world.state("vulnerability", "a/c2"), "deleted", "its device was there, it was not");
    assert_eq!(world.state("vulnerability", "b/c1"), "out_of_scope");
    // A reason that can hide anything hides everything; rows without an identity hide nothing.
    world.run(&[complete("devices", &[device("a", 1)]), complete("vulnerabilities", &both[..2])]);
    let below = Read { tolerated: vec![("device_below_minimum", 1)], ..complete("vulnerabilities", &both[..1]) };
    world.run(&[complete("devices", &[device("a", 1)]), below]);
    assert_eq!(world.state("vulnerability", "a/c2"), "out_of_scope");
    let no_cve = complete("vulnerabilities", &both[..1]).filtered("no_cve", 5);
    world.run(&[complete("devices", &[device("a", 1)]), no_cve]);
    assert_eq!(world.state("vulnerability", "a/c2"), "deleted");
}

#[test]
fn another_configuration_need_not_see_what_this_one_saw() {
    let mut world = World::with(AT_ONCE);
    world.run(&[complete("devices", &devices(0..3))]);
    world.config = r#"{"filters":{"stale_days":3}}"#.into();
    let account = world.run(&[complete("devices", &devices(0..2))]);
    assert_eq!((account.deleted, account.out_of_scope), (0, 1));
    assert_eq!(world.run(&[complete("devices", &devices(0..2))]).deleted, 0, "it was never seen with this one");
    assert_eq!(world.run(&[complete("devices", &devices(0..1))]).deleted, 1, "this one was");
    // How a dataset is read is no such thing.
    world.config = r#"{"filters":{"stale_days":3},"http":{"timeout_secs":5}}"#.into();
    world.run(&[complete("devices", &devices(0..3))]);
    assert_eq!(world.run(&[complete("devices", &devices(0..1))]).deleted, 2);
}

#[test]
fn merged_devices_are_closed_at_once() {
    let mut world = World::new();
    world.run(&[complete("devices", &[device("a", 1), device("b", 1)])]);
    let rows = [merged("a", "b"), device("b", 1)];
    let upsert = (Operation::Upsert, key("device", "a"));
    assert_eq!(world.news(&[complete("devices", &rows)]), [upsert.clone(), deleted("a")]);
    assert_eq!(world.state("device", "a"), "merged");
    assert_eq!(world.news(&[complete("devices", &rows)]), [], "it stays on the list for a while");
    for _ in 0..3 {
        assert_eq!(world.news(&[complete("devices", &rows[1..])]), [], "and then leaves it without a word");
    }
    assert_eq!(world.state("device", "a"), "merged");
    assert_eq!(world.news(&[complete("devices", &[device("a", 1), device("b", 1)])]), [upsert], "split again");
    assert_eq!(world.state("device", "a"), "active");
}

#[test]
fn what_the_source_deletes_is_deleted_at_once_and_once() {
    let mut world = World::new();
    let rows = [finding("a", "c1", 1), finding("a", "c2", 1)];
    world.run(&[complete("vulnerabilities", &rows)]);
    let delta = || complete("vulnerabilities", &[gone(finding("a", "c1", 1))]).outside();
    let expected = (Operation::Delete, rows[0].key.clone());
    assert_eq!(world.news(&[delta()]), std::slice::from_ref(&expected));
    assert_eq!(world.news(&[delta()]), [], "windows overlap");
    assert_eq!(world.news(&[complete("vulnerabilities", &rows[1..])]), []);
    assert_eq!(world.news(&[complete("vulnerabilities", &rows)]), [(Operation::Upsert, rows[0].key.clone())]);
    // One that was never told of may be known to the consumer from before.
    let unknown = gone(finding("x", "c", 1));
    assert_eq!(world.news(&[complete("vulnerabilities", std::slice::from_ref(&unknown)).outside()]).len(), 1);
    assert_eq!(world.news(&[complete("vulnerabilities", &[unknown]).outside()]), []);
}

#[test]
fn an_asset_is_gone_when_no_dataset_has_it() {
    let mut world = World::with(AT_ONCE);
    let two =
        |software: &[Row], findings: &[Row]| [complete("software", software), complete("vulnerabilities", findings)];
    let (app, other) = (application("p", 1), application("q", 1));
    let both = [app.clone(), other.clone()];
    // Told of by both, in the words of each: news the first time, and never again.
    assert_eq!(world.news(&two(&both, &both)).len(), 4);
    assert_eq!(world.news(&two(&both, &both)), []);
    assert_eq!(world.news(&two(std::slice::from_ref(&other), &both)), [], "one has it");
    assert_eq!(
        world.news(&two(std::slice::from_ref(&other), std::slice::from_ref(&other))),
        [(Operation::Delete, app.key.clone())]
    );
    // Hidden from one, gone from the other: it may be there.
    world.run(&two(&both, &both));
    let [software, findings] = two(std::slice::from_ref(&other), std::slice::from_ref(&other));
    world.run(&[software.filtered("a_reason_of_tomorrow", 1), findings]);
    assert_eq!(world.state("application", "p"), "out_of_scope");
}

#[test]
fn a_dataset_that_started_over_is_judged_by_its_last_snapshot() {
    let mut world = World::with(AT_ONCE);
    world.run(&[complete("software", &[software("a", "p", 1), software("a", "q", 1)])]);
    let broken = complete("software", &[software("a", "p", 1)]).but(Completeness::Partial);
    let mut script = world.next(&[broken, complete("software", &[software("a", "q", 1)])]);
    script.receipt.datasets.remove(0);
    let mut inventory = world.open();
    crate::script::play(&script, None, &mut world.consumer, &mut inventory).expect("it works");
    drop(inventory);
    world.agree();
    assert_eq!(world.state("software", "a/p"), "deleted");
}

#[test]
fn deleted_assets_are_forgotten_in_the_end() {
    let mut world = World::with(AT_ONCE);
    let beside = Row { refs: vec![("part_of", key("device", "d1"))], ..application("p", 1) };
    world.run(&[complete("devices", &devices(0..3)), complete("software", &[beside, software("d1", "p", 1)])]);
    world.run(&[complete("devices", &devices(0..1))]);
    assert_eq!((world.state("device", "d1"), world.state("device", "d2")), ("deleted".into(), "deleted".into()));
    world.now += std::time::Duration::from_secs(91 * 24 * 3600);
    world.run(&[]);
    assert_eq!(world.state("device", "d2"), "unknown");
    assert_eq!(world.state("software", "d1/p"), "unknown");
    let relations = world.reader().show(&key("application", "p")).expect("readable").expect("known").relations;
    assert_eq!(relations[0].key, key("device", "d1"), "the name of what something relates to stays");
}

#[test]
fn a_way_that_sees_something_else_is_like_another_configuration() {
    let mut world = World::with(AT_ONCE);
    let read = |count: usize, strategy| {
        let users: Vec<Row> = (0..count).map(|number| user(&format!("u{number}"), 1)).collect();
        [complete("devices", &devices(0..1)), complete("device_users", &users).by(strategy)]
    };
    let gone = |id: &str| (Operation::Delete, key("user", id));
    world.run(&read(9, "per_device"));
    // Most were not seen for a month. Nobody may conclude that they are gone.
    assert_eq!(world.news(&read(3, "hunting")), []);
    assert_eq!((world.state("user", "u2"), world.state("user", "u3")), ("active".into(), "out_of_scope".into()));
    // Those that this way saw before are missed by it, whatever the other one sees in between.
    assert_eq!(world.news(&read(2, "hunting")), [gone("u2")]);
    assert_eq!(world.news(&read(9, "per_device")), [(Operation::Upsert, key("user", "u2"))]);
    assert_eq!(world.news(&read(8, "per_device")), [gone("u8")]);
    // Another way to the same rows is no other scope.
    let mut world = World::with(AT_ONCE);
    world.run(&[complete("devices", &devices(0..3)).by("files")]);
    assert_eq!(world.news(&[complete("devices", &devices(0..2)).by("bulk")]), [deleted("d2")]);
}
