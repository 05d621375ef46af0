//! What is planned is what the run costs: within a tenth, in tenants of several sizes, for the first run and for the ones
//! that follow.

use defender_double::model::{Shape, Tenant};
use defender_double::period::Period;
use defender_double::service::Terms;
use serde_json::{Map, Value, json};
use source_host::contract::{Estimate, Report};
use source_host::simulate::{Rehearsal, Rehearsed};
use std::sync::Arc;
use std::time::Duration;

const DAY: Duration = Duration::from_secs(24 * 3600);

fn shape(devices: u32, findings_per_device: u32, recommendations: u32) -> Shape {
    Shape { seed: 3, devices, users: devices, software_per_device: 12, findings_per_device, recommendations }
}

fn rehearsal(shape: Shape, config: Value) -> Rehearsal {
    let Value::Object(config) = config else { panic!("no object: {config}") };
    Rehearsal::new(Arc::new(Tenant::new(shape)), Terms::default(), Period::of_day(20).start(), config)
}

fn is_near(planned: u64, found: u64) -> bool {
    planned.abs_diff(found) * 10 <= found
}

/// Holds a plan against the run that came of it. Minutes are whole ones, so one of them is no difference.
fn hold(title: &str, plan: &Report, run: &Rehearsed) {
    let of_plan: Vec<&str> = plan.estimates.iter().map(|estimate| estimate.dataset.as_str()).collect();
    let of_run: Vec<&str> = run.receipt.datasets.iter().map(|account| account.dataset.as_str()).collect();
    assert_eq!(of_plan, of_run, "{title}");
    let (mut calls, mut minutes) = ((0, 0), (0, 0));
    for ((estimate, account), traffic) in plan.estimates.iter().zip(&run.receipt.datasets).zip(&run.traffic) {
        let Estimate { dataset, calls: Some(planned), minutes: Some(wait), .. } = estimate else {
            panic!("{title}: {estimate:?}")
        };
        assert!(is_near(*planned, account.calls), "{title}: {dataset}: {planned} calls, but {}", account.calls);
        let took = traffic.took.as_secs() / 60;
        assert!(is_near(*wait, took) || wait.abs_diff(took) <= 1, "{title}: {dataset}: {wait} minutes, but {took}");
        calls = (calls.0 + planned, calls.1 + account.calls);
        minutes = (minutes.0 + wait, minutes.1 + took);
    }
    println!("{title}: planned {calls:?} calls, {minutes:?} minutes");
    assert!(is_near(calls.0, calls.1), "{title}: {calls:?} calls");
    let found = run.elapsed.as_secs() / 60;
    assert!(is_near(minutes.0, found) || minutes.0.abs_diff(found) <= 1, "{title}: {} {found} minutes", minutes.0);
}

/// Three days, a run on each: the first is planned online, the others by what the checkpoint tells.
fn three_days(title: &str, shape: Shape, config: Value) {
    let mut rehearsal = rehearsal(shape, config);
    for day in 0..3 {
        let asked = rehearsal.requests();
        let plan = rehearsal.plan(day == 0).expect("a plan");
        let asked = rehearsal.requests() - asked;
        assert!(asked <= if day == 0 { 8 } else { 0 }, "{title}: {asked} requests on day {day}");
        let run = rehearsal.run().expect("a run");
        hold(&format!("{title}, day {day}"), &plan, &run);
        rehearsal.pass(DAY);
    }
}

#[test]
fn a_small_tenant() {
    three_days("small", shape(30, 20, 15), json!({}));
}

#[test]
fn requests_about_each_device_of_a_middle_one() {
    let per_device = json!({ "strategy": "per_device" });
    let config = json!({ "datasets": {
        "device_users": per_device, "vulnerabilities": per_device, "recommendations": per_device,
    } });
    three_days("per device", shape(700, 5, 40), config);
}

#[test]
fn lists_of_several_pages() {
    let off = json!({ "enabled": false });
    let config = json!({ "datasets": { "device_users": off, "software": off, "vulnerabilities": off } });
    three_days("lists", shape(12_000, 1, 20), config);
}

#[test]
fn a_budget_that_binds() {
    three_days("a tenth of the limits", shape(400, 5, 300), json!({ "budget": { "share_percent": 10 } }));
}

#[test]
fn hunting_and_filters() {
    let config = json!({
        "datasets": { "device_users": { "strategy": "hunting" }, "recommendations": { "strategy": "per_device" } },
        "filters": { "exclude_platforms": ["mobile"], "min_exposure": "high", "stale_days": 9 },
    });
    three_days("hunting", shape(500, 5, 40), config);
}

#[test]
fn devices_that_are_asked_about_in_rounds() {
    let users = json!({ "strategy": "per_device", "calls_per_run": 150 });
    let config = json!({ "datasets": { "devices": { "enabled": false }, "device_users": users } });
    three_days("rounds", shape(400, 5, 20), config);
}

#[test]
fn what_nobody_has_counted_stays_open_without_secrets() {
    let rehearsal = rehearsal(shape(30, 20, 15), Value::Object(Map::new()));
    let plan = rehearsal.plan(false).expect("a plan");
    assert_eq!(rehearsal.requests(), 0);
    let open = |estimate: &&Estimate| estimate.calls.is_none() && estimate.rows.is_none() && estimate.bytes.is_none();
    let open: Vec<&str> = plan.estimates.iter().filter(open).map(|estimate| estimate.dataset.as_str()).collect();
    assert_eq!(open, ["devices", "device_users", "recommendations"]);
}
