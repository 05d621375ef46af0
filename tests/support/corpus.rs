//! Events of every kind, in every form that they come in: what the documentation is made of and consumers are given.
//!
//! They are of the hand-made tenant, which has every oddity, read in each way, and of a tenant of the double, read wholly
//! and a day later by its changes, without an inventory and with one. The same bytes each time.

use super::remembered::{descriptor, enter};
use super::{HANDMADE_TENANT, complete, finished, handmade, handmade_run, in_pages};
use defender_double::model::{Shape, Tenant};
use defender_double::period::Period;
use defender_double::scenario::Scenario;
use defender_double::service::{CLIENT_ID, CLIENT_SECRET, Service, Terms};
use serde_json::Value;
use source_host::clock::Clock;
use source_host::contract::{Event, Operation, Receipt};
use source_host::inventory::{Inventory, Rules};
use source_host::replay::ReplayOptions;
use source_host::simulate;
use source_host::testing::{Harness, TestRun};
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

/// Large enough for something of everything.
const SHAPE: Shape =
    Shape { seed: 7, devices: 30, users: 25, software_per_device: 8, findings_per_device: 12, recommendations: 12 };

/// A day on which devices have come and gone.
const PERIOD: Period = Period::of_day(14);

/// A way of reading that yields other events than the default.
const PER_DEVICE: [&str; 3] =
    ["datasets.vulnerabilities.strategy=per_device", "datasets.recommendations.strategy=per_device", "instance=north"];

/// Every version of OCSF that is offered, the default in front.
pub fn versions() -> Vec<String> {
    let schema: Value = serde_json::from_str(&descriptor().config_schema).expect("the schema is JSON");
    let member = &schema["properties"]["ocsf_version"];
    let text = |value: &Value| value.as_str().expect("a text").to_owned();
    let mut versions: Vec<String> = member["enum"].as_array().expect("the versions").iter().map(text).collect();
    versions.sort_by_key(|version| *version != member["default"]);
    versions
}

/// The columns without which a row cannot be used.
const IDENTITY: [&str; 9] = [
    "id",
    "deviceId",
    "machineId",
    "cveId",
    "softwareVendor",
    "softwareName",
    "softwareVersion",
    "ipAddresses",
    "ipAddress",
];

/// The events of all runs, written for a version of OCSF. No two have the same `run` and `seq`.
pub fn events(version: &str) -> Vec<Event> {
    let version = format!("ocsf_version={version}");
    let whole = || handmade_run().set(&version);
    let per_device = PER_DEVICE.iter().fold(whole(), |run, change| run.set(change));
    let sparse_per_device = PER_DEVICE.iter().fold(sparse().set(&version), |run, change| run.set(change));
    let runs = [
        complete(whole()),
        complete(per_device),
        complete(whole().datasets(&["cves"])),
        complete(whole().set("body=lean")),
        complete(whole().set("body=lean").datasets(&["cves"])),
        complete(sparse().set(&version)),
        complete(sparse_per_device),
        complete(sparse().set(&version).datasets(&["cves"])),
    ];
    // They are one run of one tenant in several ways, so they would have one name.
    let mut events: Vec<Event> = (0_u32..).zip(runs).flat_map(|(number, run)| renamed(run, number).0).collect();
    events.extend(two_days(&version).into_iter().flat_map(|run| run.sink.events));
    events.extend(tombstones(|| complete(whole())));
    events
}

/// The hand-made tenant, where every row says who it is and nothing else: what is not in its events need never be there.
fn sparse() -> Harness {
    let mut exchanges = handmade();
    for exchange in &mut exchanges {
        let Ok(mut answer) = serde_json::from_slice::<Value>(&exchange.body) else { continue };
        if let Some(rows) = answer.get_mut("value").and_then(Value::as_array_mut) {
            rows.iter_mut().for_each(keep_identity);
            exchange.body = answer.to_string().into();
        }
    }
    in_pages(Harness::replay(exchanges, ReplayOptions::default()))
}

fn keep_identity(value: &mut Value) {
    match value {
        Value::Object(members) => {
            members.retain(|name, _| IDENTITY.contains(&name.as_str()));
            members.values_mut().for_each(keep_identity);
        }
        Value::Array(elements) => elements.iter_mut().for_each(keep_identity),
        _ => {}
    }
}

/// Events and receipt of a run, with a number behind its name; not with 0.
fn renamed(run: TestRun, number: u32) -> (Vec<Event>, Receipt) {
    let receipt = run.receipt.expect("it finished");
    let name = if number == 0 { receipt.run.clone() } else { format!("{}{number}", receipt.run) };
    let again = |event: Event| Event { document: event.document.replace(&receipt.run, &name), ..event };
    (run.sink.events.into_iter().map(again).collect(), Receipt { run: name.clone(), ..receipt.clone() })
}

/// What a sink gets in two runs, a day apart, with an inventory: a realistic file.
pub fn delivered() -> Vec<Event> {
    let config = format!(r#"{{"tenant_id":"{}"}}"#, Tenant::new(SHAPE).id());
    let runs = two_days("format=ocsf").map(|run| (run.sink.events, run.receipt.expect("it finished")));
    remembered(&config, runs.to_vec()).concat()
}

/// One line for each event.
pub fn ndjson(events: &[Event]) -> String {
    events.iter().map(|event| format!("{}\n", event.document)).collect()
}

/// Two runs against the double, the second a day later from the position of the first.
fn two_days(version: &str) -> [TestRun; 2] {
    let tenant = Arc::new(Tenant::new(SHAPE));
    let config = format!(
        r#"{{"tenant_id":"{}","client_id":"{CLIENT_ID}","datasets":{{"cves":{{"enabled":true}}}}}}"#,
        tenant.id()
    );
    let clock = Clock::virtual_at(PERIOD.start());
    let service = Arc::new(Service::new(tenant, Terms::default(), Scenario::default()));
    let run = |checkpoint: Option<String>| {
        let network = simulate::network(Arc::clone(&service), clock.clone());
        let harness = Harness::new(network).clock(clock.clone()).secret("client_secret", CLIENT_SECRET);
        let harness = harness.config(config.clone()).set(version);
        finished(checkpoint.into_iter().fold(harness, Harness::checkpoint))
    };
    let first = run(None);
    clock.advance(Duration::from_secs(24 * 3600));
    let second = run(first.receipt.as_ref().map(|receipt| receipt.checkpoint.clone()));
    [first, second]
}

/// What an inventory says of a tenant whose every fifth asset of each kind is not there the next time.
fn tombstones(run: impl Fn() -> TestRun) -> Vec<Event> {
    let (first, mut second) = (renamed(run(), 8), renamed(run(), 9));
    let mut count = HashMap::<String, usize>::new();
    second.0.retain(|event| {
        let count = count.entry(event.kind.clone()).or_default();
        *count += 1;
        event.operation != Operation::Upsert || !(*count).is_multiple_of(5)
    });
    let config = format!(r#"{{"tenant_id":"{HANDMADE_TENANT}"}}"#);
    remembered(&config, vec![first, second]).pop().expect("two runs")
}

/// What an inventory delivers of runs that end an hour apart.
fn remembered(config: &str, runs: Vec<(Vec<Event>, Receipt)>) -> Vec<Vec<Event>> {
    let folder = tempfile::tempdir().expect("a folder");
    let about = descriptor();
    let deliver = |(number, (events, receipt)): (u64, (Vec<Event>, Receipt))| {
        let clock = Clock::virtual_at(PERIOD.start() + Duration::from_secs(number * 3600));
        let rules = Rules { grace_runs: 0, ..Rules::default() };
        let path = folder.path().join("x.db");
        enter(Inventory::open(path, rules, &about, config, clock).expect("it opens"), events, &receipt)
    };
    (0..).zip(runs).map(deliver).collect()
}
