//! What rests on a device goes with it, in the same run, and does not come back without it.

use crate::script::{
    Read, Row, World, address, application, complete, device, finding, gone, key, merged, software, user,
};
use source_host::contract::{Completeness, Operation};
use source_host::inventory::{Account, Rules};
use source_host::store::Store;

const AT_ONCE: Rules = Rules { grace_runs: 0, max_delete_percent: 100, allow_mass_delete: false };

fn logon(on: &str, account: &str, content: u64) -> Row {
    let refs = vec![("logged_on", key("device", on)), ("part_of", key("user", account))];
    Row { key: key("user", &format!("{on}/{account}")), refs, ..user(account, content) }
}

/// The four datasets that tell of these devices: an address, a log-on, a product and a finding on each.
fn tenant(ids: &[&str]) -> Vec<Read> {
    let rows = |row: fn(&str) -> Row| ids.iter().map(move |id| row(id));
    let devices: Vec<Row> = rows(|id| device(id, 1)).chain(rows(|id| address(id, 1))).collect();
    let users: Vec<Row> = std::iter::once(user("ann", 1)).chain(rows(|id| logon(id, "ann", 1))).collect();
    let products: Vec<Row> = std::iter::once(application("p", 1)).chain(rows(|id| software(id, "p", 1))).collect();
    let findings: Vec<Row> = rows(|id| finding(id, "c", 1)).collect();
    vec![
        complete("devices", &devices),
        complete("device_users", &users),
        complete("software", &products),
        complete("vulnerabilities", &findings),
    ]
}

/// Everything that rests on a device.
fn on(id: &str) -> Vec<String> {
    let mut keys = vec![
        key("ip_address", &format!("{id}/1")),
        key("software", &format!("{id}/p")),
        key("user", &format!("{id}/ann")),
        key("vulnerability", &format!("{id}/c")),
    ];
    keys.sort();
    keys
}

/// Keys of tombstones, in the order of keys, of what is no device.
fn tombstones(news: &[(Operation, String)]) -> Vec<String> {
    let deleted = news.iter().filter(|(operation, key)| *operation == Operation::Delete && !key.contains(":device:"));
    let mut keys: Vec<String> = deleted.map(|(_, key)| key.clone()).collect();
    keys.sort();
    keys
}

/// Two devices, of which the second goes: merged, or missed by a complete list.
fn ways_to_go() -> [Vec<Row>; 2] {
    [vec![device("a", 1), merged("b", "a"), address("a", 1)], vec![device("a", 1), address("a", 1)]]
}

#[test]
fn everything_on_a_device_goes_in_the_run_in_which_it_does() {
    for devices in ways_to_go() {
        let mut world = World::with(AT_ONCE);
        world.run(&tenant(&["a", "b"]));
        let mut reads = tenant(&["a"]);
        reads[0] = complete("devices", &devices);
        assert_eq!(tombstones(&world.news(&reads)), on("b"));
        assert_eq!(world.news(&reads), [], "and once");
        for (kind, id) in [("user", "ann"), ("application", "p"), ("device", "a"), ("vulnerability", "a/c")] {
            assert_eq!(world.state(kind, id), "active", "{kind} {id}");
        }
    }
}

#[test]
fn it_goes_whatever_became_of_the_other_datasets() {
    for devices in ways_to_go() {
        for completeness in [
            Completeness::Unchanged,
            Completeness::Forbidden,
            Completeness::Partial,
            Completeness::Skipped,
            Completeness::Changes,
            Completeness::Portion,
        ] {
            let mut world = World::with(AT_ONCE);
            world.run(&tenant(&["a", "b"]));
            let mut reads = vec![complete("devices", &devices)];
            reads.extend(["device_users", "software", "vulnerabilities"].map(|it| complete(it, &[]).but(completeness)));
            assert_eq!(tombstones(&world.news(&reads)), on("b"), "{completeness:?}");
        }
        let mut world = World::with(AT_ONCE);
        world.run(&tenant(&["a", "b"]));
        assert_eq!(tombstones(&world.news(&[complete("devices", &devices)])), on("b"), "nothing else was read");
    }
    // Who was merged is known from a list that was read in part, too.
    let mut world = World::with(AT_ONCE);
    world.run(&tenant(&["a", "b"]));
    let part = complete("devices", &[merged("b", "a")]).but(Completeness::Partial);
    assert_eq!(tombstones(&world.news(&[part])), on("b"));
}

#[test]
fn grace_is_that_of_the_device() {
    let mut world = World::with(Rules { grace_runs: 1, ..AT_ONCE });
    world.run(&tenant(&["a", "b"]));
    assert_eq!(world.news(&tenant(&["a"])[..1]), []);
    assert_eq!(tombstones(&world.news(&tenant(&["a"])[..1])), on("b"), "nobody missed the findings twice");
}

#[test]
fn what_is_still_told_of_it_is_not_delivered_until_it_comes_back() {
    for devices in ways_to_go() {
        let mut world = World::with(AT_ONCE);
        world.run(&tenant(&["a", "b"]));
        // Told as before, told otherwise, and told for the first time.
        let mut rows = devices.clone();
        rows.extend([address("b", 2), Row { key: key("ip_address", "b/2"), ..address("b", 1) }]);
        let findings = [finding("a", "c", 1), finding("b", "c", 1), finding("b", "d", 1)];
        let reads = [complete("devices", &rows), complete("vulnerabilities", &findings)];
        let told = |account: &Account| account.to_string().contains("about devices that are gone");
        world.run(&reads);
        for _ in 0..3 {
            let before = world.consumer.log.len();
            let account = world.run(&reads);
            assert_eq!(world.consumer.log[before..], []);
            assert_eq!((account.withheld, told(&account)), (4, true), "{account:?}");
        }
        for (kind, id) in [("ip_address", "b/1"), ("vulnerability", "b/c"), ("software", "b/p")] {
            assert_eq!(world.state(kind, id), "deleted", "{kind} {id}");
        }
        // Changes and what comes outside of snapshots are no other.
        let changes = complete("vulnerabilities", &[finding("b", "e", 1)]).but(Completeness::Changes);
        assert_eq!(world.news(&[changes]), []);
        // As itself again, and everything on it.
        let before = world.consumer.log.len();
        let account = world.run(&tenant(&["a", "b"]));
        let mut back: Vec<String> = world.consumer.log[before..].iter().map(|(_, key)| key.clone()).collect();
        back.retain(|key| !key.contains(":device:"));
        back.sort();
        assert_eq!((back, account.withheld, told(&account)), (on("b"), 0, false));
    }
}

#[test]
fn nothing_new_of_a_merged_device_stands_behind_its_tombstone() {
    let mut world = World::new();
    world.run(&[complete("devices", &[device("a", 1), device("b", 1)])]);
    let rows =
        [device("a", 1), merged("b", "a"), address("b", 1), Row { key: key("ip_address", "b/2"), ..address("b", 1) }];
    let expected = [(Operation::Upsert, key("device", "b")), (Operation::Delete, key("device", "b"))];
    assert_eq!(world.news(&[complete("devices", &rows)]), expected);
    // In front of it there may be some.
    let mut world = World::new();
    world.run(&[complete("devices", &[device("a", 1), device("b", 1)])]);
    let rows = [address("b", 1), device("a", 1), merged("b", "a")];
    let news = world.news(&[complete("devices", &rows)]);
    assert_eq!(news.last(), Some(&(Operation::Delete, key("ip_address", "b/1"))), "{news:?}");
}

#[test]
fn each_has_a_number_of_its_own_behind_all_others() {
    let mut world = World::with(AT_ONCE);
    world.run(&tenant(&["a", "b", "c"]));
    let mut reads = tenant(&["a"]);
    reads[0] = complete("devices", &[device("a", 1), address("a", 1), merged("b", "a")]);
    world.run(&reads);
    let mut orders: Vec<(String, u64)> = Vec::new();
    for document in &world.consumer.documents {
        let document: serde_json::Value = serde_json::from_str(document).expect("JSON");
        let run = document["run"].as_str().expect("a text").to_owned();
        orders.push((run, document["seq"].as_u64().expect("a number")));
    }
    assert!(orders.is_sorted_by(|one, next| one < next), "{orders:?}");
}

#[test]
fn what_does_not_rest_on_that_device_alone_stays() {
    let mut world = World::with(AT_ONCE);
    let both =
        |row: Row, other: &str| Row { refs: [row.refs, vec![("affects", key("device", other))]].concat(), ..row };
    let recommendation = |id: &str| Row {
        key: key("vulnerability", id),
        refs: vec![("affects", key("application", "p"))],
        ..finding("x", "x", 1)
    };
    let findings = [
        both(finding("a", "c", 1), "b"),
        both(finding("b", "c", 1), "c"),
        // Of a product, which is no device; and of a device that nobody told of.
        recommendation("r"),
        finding("z", "c", 1),
        // On a device and a product of it.
        Row {
            refs: vec![("affects", key("device", "b")), ("affects", key("software", "a/p"))],
            ..finding("b", "d", 1)
        },
    ];
    let devices = [device("a", 1), device("b", 1), device("c", 1)];
    let first = [
        complete("devices", &devices),
        complete("software", &[application("p", 1), application("q", 1)]),
        complete("vulnerabilities", &findings),
    ];
    world.run(&first);
    let unchanged = || complete("vulnerabilities", &[]).but(Completeness::Unchanged);
    let news =
        world.news(&[complete("devices", &devices[..1]), complete("software", &[application("q", 1)]), unchanged()]);
    let expected = [key("application", "p"), key("vulnerability", "b/c"), key("vulnerability", "b/d")];
    assert_eq!(tombstones(&news), expected);
    // A row about a device that is there and one that is gone is delivered.
    let changed = [both(finding("a", "c", 2), "b")];
    let changes = complete("vulnerabilities", &changed).but(Completeness::Changes);
    assert_eq!(world.news(&[changes]), [(Operation::Upsert, key("vulnerability", "a/c"))]);
    let last = world.news(&[complete("devices", &[merged("a", "q")]), unchanged()]);
    assert_eq!(tombstones(&last), [key("vulnerability", "a/c")]);
}

#[test]
fn a_device_that_is_filtered_takes_nothing_along() {
    let mut world = World::with(AT_ONCE);
    world.run(&tenant(&["a", "b"]));
    let left = [device("a", 1), address("a", 1)];
    assert_eq!(world.news(&[complete("devices", &left).filtered("tag", 1)]), []);
    assert_eq!(world.state("device", "b"), "out_of_scope");
    // What the source says of it meanwhile is believed.
    let findings = [finding("a", "c", 1), finding("b", "c", 1), finding("b", "d", 1)];
    assert_eq!(world.news(&[complete("vulnerabilities", &findings)]).len(), 1);
    // Gone from where it was out of scope, it takes along what is out of scope with it.
    world.run(&[complete("devices", &left), complete("vulnerabilities", &findings)]);
    assert_eq!(world.state("device", "b"), "deleted");
    assert_eq!(world.state("vulnerability", "b/d"), "deleted");
    assert_eq!(world.state("ip_address", "b/1"), "deleted");
}

#[test]
fn the_brake_counts_devices_and_not_what_goes_with_them() {
    let rules = Rules { grace_runs: 0, max_delete_percent: 20, allow_mass_delete: false };
    let devices = |count: usize| (0..count).map(|number| device(&format!("d{number}"), 1));
    // Every finding, log-on and address is on the last of the devices.
    let burdened = |count: usize| -> Vec<String> { (100 - count..100).map(|number| format!("d{number}")).collect() };
    let (ids, mut world) = (burdened(15), World::with(rules));
    let addresses: Vec<Row> = ids.iter().map(|id| address(id, 1)).collect();
    let findings: Vec<Row> = ids.iter().map(|id| finding(id, "c", 1)).collect();
    let all: Vec<Row> = devices(100).chain(addresses.clone()).collect();
    let first = [complete("devices", &all), complete("vulnerabilities", &findings)];
    world.run(&first);
    // Too many devices: nothing goes, also nothing on them.
    let few: Vec<Row> = devices(70).collect();
    let account = world.run(&[complete("devices", &few), complete("vulnerabilities", &findings)]);
    assert_eq!((account.deleted, account.refused.len()), (0, 1), "{account:?}");
    assert_eq!(account.refused[0].kind, "device");
    world.run(&first);
    // 15 of 100 devices, and with them all addresses and findings there are.
    let most: Vec<Row> = devices(85).collect();
    let account = world.run(&[complete("devices", &most), complete("vulnerabilities", &[])]);
    assert_eq!((account.deleted, account.refused.len(), account.held.len()), (45, 0, 0), "{account:?}");
    // Addresses that go while their devices stay are counted as ever.
    let mut world = World::with(rules);
    world.run(&first);
    let account = world.run(&[complete("devices", &devices(100).collect::<Vec<_>>())]);
    assert_eq!((account.deleted, account.refused[0].kind.as_str()), (0, "ip_address"));
}

#[test]
fn a_device_that_the_source_deletes_takes_along_what_is_on_it() {
    let mut world = World::with(AT_ONCE);
    world.run(&tenant(&["a", "b"]));
    let delta = complete("devices", &[gone(device("b", 1))]).but(Completeness::Changes);
    assert_eq!(tombstones(&world.news(&[delta])), on("b"));
}

/// A merge is committed with its batch, what follows from it at the end of a run: which need not be the same.
fn merged_and_killed() -> World {
    let mut world = World::with(AT_ONCE);
    world.run(&tenant(&["a", "b"]));
    let script = world.next(&[complete("devices", &[merged("b", "a")]).but(Completeness::Partial)]);
    let mut inventory = world.open();
    let news = inventory.admit(script.events).expect("it is entered");
    source_host::sink::Sink::deliver(&mut world.consumer, &news).expect("delivered");
    inventory.save("run-2#1").expect("it is saved");
    drop(inventory);
    world.agree();
    assert_eq!((world.state("device", "b"), world.state("software", "b/p")), ("merged".into(), "active".into()));
    world
}

#[test]
fn a_run_that_was_killed_behind_the_merge_loses_nothing() {
    let mut world = merged_and_killed();
    assert_eq!(tombstones(&world.news(&[])), on("b"));
    // Unless the device is back by then.
    let mut world = merged_and_killed();
    assert_eq!(tombstones(&world.news(&[complete("devices", &[device("b", 1)]).but(Completeness::Partial)])), [""; 0]);
}

#[test]
fn what_earlier_versions_left_behind_goes_at_the_end_of_the_next_run() {
    let mut world = merged_and_killed();
    let old = rusqlite::Connection::open(world.path()).expect("it opens");
    old.execute_batch("DROP TABLE departed; PRAGMA user_version = 2").expect("as it was");
    drop(old);
    assert_eq!(tombstones(&world.news(&tenant(&["a"])[2..])), on("b"));
}
