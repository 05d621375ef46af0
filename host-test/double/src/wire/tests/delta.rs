//! The old rows and the changes make the new rows.

use crate::model::{Shape, Tenant};
use crate::period::Period;
use crate::wire::testing::{query, read, tenant};
use crate::wire::{Query, VULNERABILITY_CHANGES, VULNERABILITY_EXPORT};
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use std::sync::Arc;

type State = BTreeMap<String, Map<String, Value>>;

/// What the delta says of a row. When it was last seen moves every day and is no change.
fn members(row: &Value) -> Map<String, Value> {
    let mut members = row.as_object().unwrap().clone();
    for name in ["lastSeenTimestamp", "securityUpdateAvailable", "status", "eventTimestamp"] {
        members.remove(name);
    }
    members
}

fn id(row: &Value) -> String {
    row["id"].as_str().unwrap().to_owned()
}

fn state(tenant: &Arc<Tenant>, period: u32) -> State {
    let rows = read(tenant, VULNERABILITY_EXPORT, query(Period(period), ""));
    let count = rows.len();
    let state: State = rows.iter().map(|row| (id(row), members(row))).collect();
    assert_eq!(state.len(), count, "an id stands for two rows");
    state
}

fn changes(tenant: &Arc<Tenant>, since: u32, period: u32) -> Vec<Value> {
    read(tenant, VULNERABILITY_CHANGES, Query { since: Period(since), ..query(Period(period), "") })
}

#[test]
fn the_changes_lead_from_one_state_to_the_next() {
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    let shapes = (0..5).map(|seed| Shape { seed, devices: 16, ..Shape::default() });
    let small = Shape { seed: 70, devices: 3, users: 2, findings_per_device: 60, ..Shape::default() };
    for tenant in shapes.chain([small]).map(|shape| Arc::new(Tenant::new(shape))) {
        for (since, until) in [(0, 0), (0, 1), (5, 5), (3, 9), (30, 86)] {
            // The period that holds the time asked for is told again: both states lead to the same.
            for start in [since, u32::saturating_sub(since, 1)] {
                let mut rows = state(&tenant, start);
                for change in changes(&tenant, since, until) {
                    let status = change["status"].as_str().unwrap();
                    *seen.entry(status.to_owned()).or_default() += 1;
                    assert!(change["securityUpdateAvailable"].is_boolean());
                    match status {
                        "Fixed" => _ = rows.remove(&id(&change)),
                        "New" | "Updated" => _ = rows.insert(id(&change), members(&change)),
                        other => panic!("{other}"),
                    }
                }
                let wanted = state(&tenant, until);
                let wrong = wanted.iter().find(|(id, row)| rows.get(*id) != Some(row));
                assert_eq!(rows.len(), wanted.len(), "{:?} {since}..={until}", tenant.shape());
                assert!(wrong.is_none(), "{:?} {since}..={until}: {wrong:#?}", tenant.shape());
            }
        }
    }
    assert!(["New", "Fixed", "Updated"].iter().all(|status| seen.contains_key(*status)), "{seen:?}");
}

#[test]
fn a_change_of_one_period_is_a_difference_of_two_states() {
    for seed in 0..4 {
        let tenant = tenant(seed);
        for period in [1, 2, 3, 4, 50, 51] {
            let (before, after) = (state(&tenant, period - 1), state(&tenant, period));
            for change in changes(&tenant, period, period) {
                let (was, is) = (before.get(&id(&change)), after.get(&id(&change)));
                match change["status"].as_str().unwrap() {
                    "Fixed" => assert_eq!(was, Some(&members(&change))),
                    "New" => assert!(is == Some(&members(&change)) && was != is),
                    _ => assert!(is == Some(&members(&change)) && was.is_some() && was != is),
                }
            }
        }
    }
}

#[test]
fn a_move_to_another_group_ends_and_begins_a_row_with_one_id() {
    let tenant = Arc::new(Tenant::new(Shape { devices: 120, ..Shape::default() }));
    let mut moves = 0;
    for change in changes(&tenant, 1, 40).windows(2) {
        if change[0]["eventTimestamp"] == change[1]["eventTimestamp"]
            && change[0]["status"] == "Fixed"
            && change[1]["status"] == "New"
            && change[0]["id"] == change[1]["id"]
        {
            assert_ne!(change[0]["rbacGroupName"], change[1]["rbacGroupName"]);
            moves += 1;
        }
    }
    assert!(moves > 0);
}

#[test]
fn an_upgrade_that_stays_vulnerable_keeps_when_it_was_first_seen() {
    let tenant = tenant(3);
    let (before, after) = (state(&tenant, 0), state(&tenant, 60));
    let key = |row: &Map<String, Value>| {
        ["deviceId", "softwareName", "cveId"].map(|name| row[name].as_str().unwrap_or_default().to_owned())
    };
    let old: BTreeMap<_, _> = before.values().map(|row| (key(row), row)).collect();
    let mut kept = 0;
    for row in after.values().filter(|row| !row["cveId"].is_null()) {
        if let Some(old) = old.get(&key(row))
            && old["softwareVersion"] != row["softwareVersion"]
        {
            assert_eq!(old["firstSeenTimestamp"], row["firstSeenTimestamp"]);
            kept += 1;
        }
    }
    assert!(kept > 0);
}

#[test]
fn a_day_changes_a_few_per_cent_of_the_rows() {
    let tenant = Arc::new(Tenant::new(Shape { devices: 150, ..Shape::default() }));
    for day in [0, 25] {
        let (before, after) = (state(&tenant, day * 4), state(&tenant, day * 4 + 4));
        let gone = before.keys().filter(|id| !after.contains_key(*id)).count();
        let new = after.keys().filter(|id| !before.contains_key(*id)).count();
        for changed in [gone, new] {
            let share = changed * 1000 / before.len();
            assert!((5..150).contains(&share), "day {day}: {share} of a thousand");
        }
    }
}
