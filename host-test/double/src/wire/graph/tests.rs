//! Properties of Graph's rows: ids join, and a delta leads from one state to the next.

use crate::model::{Shape, Tenant};
use crate::period::Period;
use crate::wire::testing::{query, read, tenant};
use crate::wire::{
    Collection, DIRECTORY_DEVICE_CHANGES, DIRECTORY_DEVICES, GROUP_CHANGES, GROUP_MEMBERS, GROUPS, GROUPS_WITH_MEMBERS,
    MACHINES, MANAGED_DEVICES, ORGANIZATION, Query, SECURE_SCORES, SECURITY_ALERTS, SECURITY_INCIDENTS,
    SECURITY_INCIDENTS_WITH_ALERTS, USER_CHANGES, USERS,
};
use serde_json::{Map, Value};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

type Objects = BTreeMap<String, Map<String, Value>>;

fn text(row: &Value, name: &str) -> String {
    row[name].as_str().unwrap_or_default().to_owned()
}

/// What a delta says of an object: without its members, and without what it does not look at.
fn properties(row: &Value) -> Map<String, Value> {
    let mut row = row.as_object().unwrap().clone();
    row.remove("signInActivity");
    row.remove("members@delta");
    row
}

fn objects(tenant: &Arc<Tenant>, collection: Collection, period: u32) -> Objects {
    let rows = read(tenant, collection, query(Period(period), ""));
    let objects: Objects = rows.iter().map(|row| (text(row, "id"), properties(row))).collect();
    assert_eq!(objects.len(), rows.len(), "an id stands for two objects");
    objects
}

fn changes(tenant: &Arc<Tenant>, collection: Collection, since: u32, until: u32) -> Vec<Value> {
    read(tenant, collection, Query { since: Period(since), ..query(Period(until), "") })
}

/// Applies a delta to objects. Gives how many came, changed and went.
fn apply(objects: &mut Objects, changes: &[Value]) -> [usize; 3] {
    let mut counts = [0; 3];
    for change in changes {
        if let Some(removed) = change.get("@removed") {
            assert!(removed["reason"] == "changed" || removed["reason"] == "deleted");
            counts[2] += usize::from(objects.remove(&text(change, "id")).is_some());
            continue;
        }
        match objects.insert(text(change, "id"), properties(change)) {
            None => counts[0] += 1,
            Some(old) => counts[1] += usize::from(old != properties(change)),
        }
    }
    counts
}

const SPANS: [(u32, u32); 6] = [(1, 1), (1, 4), (5, 33), (20, 120), (121, 260), (7, 6)];

#[test]
fn the_changes_of_a_directory_lead_from_one_state_to_the_next() {
    let kinds = [
        ("users", USERS, USER_CHANGES),
        ("devices", DIRECTORY_DEVICES, DIRECTORY_DEVICE_CHANGES),
        ("groups", GROUPS, GROUP_CHANGES),
    ];
    for (name, all, changed) in kinds {
        let mut total = [0; 3];
        for seed in 0..6 {
            let tenant = Arc::new(Tenant::new(Shape { seed, users: 120, ..Shape::default() }));
            for (since, until) in SPANS {
                let mut state = objects(&tenant, all, since - 1);
                let counts = apply(&mut state, &changes(&tenant, changed, since, until));
                assert!(state == objects(&tenant, all, until), "{name}, seed {seed}, {since}..={until}");
                (0..3).for_each(|place| total[place] += counts[place]);
            }
            // From nothing, everything is new.
            let mut state = Objects::new();
            apply(&mut state, &changes(&tenant, changed, 0, 9));
            assert!(state == objects(&tenant, all, 9), "{name}, seed {seed}");
        }
        assert!(total.iter().all(|count| *count > 0), "{name}: {total:?} came, changed, went");
    }
}

type Memberships = BTreeMap<String, BTreeSet<String>>;

fn apply_members(state: &mut Memberships, changes: &[Value]) -> [usize; 2] {
    let mut counts = [0; 2];
    for change in changes {
        if change.get("@removed").is_some() {
            state.remove(&text(change, "id"));
            continue;
        }
        let members = state.entry(text(change, "id")).or_default();
        for member in change["members@delta"].as_array().into_iter().flatten() {
            match member.get("@removed") {
                None => counts[0] += usize::from(members.insert(text(member, "id"))),
                Some(_) => {
                    assert!(members.remove(&text(member, "id")), "left a group that it was not in");
                    counts[1] += 1;
                }
            }
        }
    }
    counts
}

fn memberships(tenant: &Arc<Tenant>, period: u32) -> Memberships {
    let mut state = Memberships::new();
    apply_members(&mut state, &read(tenant, GROUPS_WITH_MEMBERS, query(Period(period), "")));
    state
}

#[test]
fn the_changes_of_groups_lead_from_their_members_to_the_next() {
    let (mut total, mut repeated) = ([0; 2], 0);
    for seed in 0..6 {
        let tenant = Arc::new(Tenant::new(Shape { seed, users: 130, ..Shape::default() }));
        for (since, until) in SPANS {
            let mut state = memberships(&tenant, since - 1);
            let counts = apply_members(&mut state, &changes(&tenant, GROUP_CHANGES, since, until));
            assert!(state == memberships(&tenant, until), "seed {seed}, {since}..={until}");
            (0..2).for_each(|place| total[place] += counts[place]);
        }
        // One call for each group says the same.
        let period = Period(50);
        let state = memberships(&tenant, period.0);
        for (group, members) in &state {
            let rows = read(&tenant, GROUP_MEMBERS, query(period, group));
            assert_eq!(rows.iter().map(|row| text(row, "id")).collect::<BTreeSet<_>>(), *members);
        }
        repeated += read(&tenant, GROUPS_WITH_MEMBERS, query(period, "")).len() - state.len();
        assert!((GROUP_MEMBERS.open)(&tenant, query(period, "x")).is_none());
    }
    assert!(total.iter().all(|count| *count > 0), "{total:?}");
    assert!(repeated > 0, "no group is large enough to come as several rows");
}

#[test]
fn members_are_there_and_join() {
    for seed in 0..5 {
        let tenant = tenant(seed);
        for period in [0, 30, 150] {
            let mut known: BTreeSet<String> = BTreeSet::new();
            for collection in [USERS, DIRECTORY_DEVICES, GROUPS] {
                known.extend(objects(&tenant, collection, period).into_keys());
            }
            for (group, members) in memberships(&tenant, period) {
                assert!(members.is_subset(&known), "{group}");
                assert!(!members.contains(&group));
            }
        }
    }
}

#[test]
fn devices_join_defender_and_intune_by_their_device_id() {
    let mut joined = [0; 3];
    for seed in 0..5 {
        let tenant = tenant(seed);
        for period in [0, 13, 80] {
            let devices = objects(&tenant, DIRECTORY_DEVICES, period);
            let ids: BTreeSet<String> =
                devices.values().map(|row| row["deviceId"].as_str().unwrap().to_owned()).collect();
            assert_eq!(ids.len(), devices.len());
            let machines = read(&tenant, MACHINES, query(Period(period), ""));
            for machine in machines.iter().filter(|row| !row["aadDeviceId"].is_null()) {
                assert!(ids.contains(&text(machine, "aadDeviceId")), "seed {seed}, {machine}");
                joined[0] += 1;
            }
            let users = objects(&tenant, USERS, period);
            for managed in read(&tenant, MANAGED_DEVICES, query(Period(period), "")) {
                let (device, user) = (text(&managed, "azureADDeviceId"), text(&managed, "userId"));
                assert!(ids.contains(&device) || device.starts_with("00000000-"), "{managed}");
                assert!(text(&managed, "lastSyncDateTime").ends_with("-08:00"));
                if !user.is_empty() {
                    assert_eq!(users[&user]["userPrincipalName"], managed["userPrincipalName"]);
                    joined[1] += 1;
                }
                joined[2] += usize::from(ids.contains(&device));
            }
        }
    }
    assert!(joined.iter().all(|count| *count > 10), "{joined:?}");
}

#[test]
fn alerts_join_devices_and_incidents_and_the_newest_come_first() {
    for seed in 0..5 {
        let tenant = tenant(seed);
        let period = Period(60);
        let alerts = read(&tenant, SECURITY_ALERTS, query(period, ""));
        assert!(alerts.windows(2).all(|pair| text(&pair[0], "createdDateTime") >= text(&pair[1], "createdDateTime")));
        let mut machines: BTreeSet<String> = BTreeSet::new();
        for past in 0..=period.0 {
            machines.extend(tenant.devices(Period(past)).map(|device| device.id()));
        }
        let incidents = objects(&tenant, SECURITY_INCIDENTS, period.0);
        let mut named = BTreeSet::new();
        for alert in &alerts {
            let device = &alert["evidence"][0];
            assert_eq!(device["@odata.type"], "#microsoft.graph.security.deviceEvidence");
            assert!(machines.contains(device["mdeDeviceId"].as_str().unwrap()));
            if let Some(incident) = alert["incidentId"].as_str() {
                assert!(incidents.contains_key(incident));
                named.insert(incident.to_owned());
            }
        }
        assert_eq!(named.len(), incidents.len(), "an incident has no alert");
        let with_alerts = read(&tenant, SECURITY_INCIDENTS_WITH_ALERTS, query(period, ""));
        let inside: usize = with_alerts.iter().map(|row| row["alerts"].as_array().unwrap().len()).sum();
        assert_eq!(inside, alerts.iter().filter(|alert| !alert["incidentId"].is_null()).count());
    }
}

#[test]
fn there_is_one_organization_and_a_score_for_each_of_ninety_days() {
    let tenant = tenant(3);
    let rows = read(&tenant, ORGANIZATION, query(Period(5), ""));
    assert_eq!((rows.len(), text(&rows[0], "id")), (1, tenant.id()));
    let scores = read(&tenant, SECURE_SCORES, query(Period(41), ""));
    assert_eq!(scores.len(), 90);
    assert_eq!(text(&scores[0], "createdDateTime"), "2026-01-11T00:00:00Z");
    assert!(scores.windows(2).all(|pair| text(&pair[0], "createdDateTime") > text(&pair[1], "createdDateTime")));
    // A day that is over does not change any more.
    let later = read(&tenant, SECURE_SCORES, query(Period(45), ""));
    assert_eq!(later[1]["currentScore"], scores[0]["currentScore"]);
    assert!(scores.iter().all(|row| row["currentScore"].as_f64() <= row["maxScore"].as_f64()));
}
