//! What is kept of each device, so that a million of them fit into the memory that a component has by default. That holds
//! against the double as well: `cargo run --release -p source-host --example million`.

use super::support::service::{MACHINES, handmade_behind, harness, page};
use super::support::{dataset, finished};
use super::{generated, software};
use source_host::contract::Completeness;
use source_host::engine::SandboxOptions;
use source_host::testing::{FakeTransport, Reply};

/// As many devices as a component has to have room for.
const MILLION: usize = 1_000_000;
/// A part of them that is read sooner. What a device takes depends on how full the table is by which it is found, and with
/// a quarter of the devices that is a quarter as large.
const QUARTER: usize = MILLION / 4;
/// What a device takes at most, in bytes.
const MOST_OF_DEVICE: u64 = 60;
/// What the component has beside the devices, in bytes: of that, it leaves 4 MiB free.
const MOST_BESIDE: u64 = 6 << 20;

/// A device with all that is kept of one, and with a name as long as Windows allows.
fn machine(number: usize) -> String {
    let id = (number as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let (platform, group, day) =
        (["Windows11", "WindowsServer2022", "Ubuntu"][number % 3], number % 90, number % 28 + 1);
    let (risk, exposure) = (["None", "Low", "Medium", "High"][number % 4], ["Low", "Medium", "High"][number % 3]);
    format!(
        r#"{{"id":"{id:016x}{number:024x}","computerDnsName":"desktop-{number:07}.corp.contoso.example","osPlatform":"{platform}","version":"2{}H2","rbacGroupId":{group},"rbacGroupName":"Group {group}","lastSeen":"2026-01-{day:02}T03:04:05.678Z","riskScore":"{risk}","exposureLevel":"{exposure}","deviceValue":"Normal","onboardingStatus":"Onboarded"}}"#,
        number % 5
    )
}

/// A list of so many devices.
fn listed(network: FakeTransport, count: usize) -> FakeTransport {
    let rest = vec![page(&[&machine(count - 1)], None), page(&[], None)];
    network.in_turn("GET", "$skip=", rest).on("GET", MACHINES, generated(count, machine))
}

/// The result of each query: one account on each of the first devices.
fn hunted(network: FakeTransport, rows: usize) -> FakeTransport {
    let row = |number: usize| {
        let device = machine(number);
        let id = device.split('"').nth(3).unwrap_or_default();
        format!(
            r#"{{"deviceId":"{id}","accountSid":"S-1-5-21-1-{number}","accountDomain":"contoso","accountName":"user{number}","lastSeen":"2026-01-02T03:04:05.1234567Z","logonTypes":"Interactive","isLocalAdmin":1,"deviceName":"other"}}"#
        )
    };
    let result = move || {
        let rows = (0..rows).map(move |number| format!("{}{}", if number == 0 { "" } else { "," }, row(number)).into());
        let begin = std::iter::once(r#"{"schema":[{"name":"deviceId","type":"String"}],"results":["#.into());
        begin.chain(rows).chain(std::iter::once("]}".into()))
    };
    network.on("POST", "/v1.0/security/runHuntingQuery", Reply::generated(result))
}

/// Peak of linear memory of a run.
fn peak(network: FakeTransport, datasets: &[&str], settings: &[&str]) -> u64 {
    let harness = harness(&handmade_behind(network)).datasets(datasets).discard_events();
    let run = finished(settings.iter().fold(harness, |harness, setting| harness.set(setting)));
    for account in &run.receipt.as_ref().expect("the run is finished").datasets {
        println!("{account:?}");
        assert!(matches!(account.completeness, Completeness::Complete | Completeness::Portion), "{account:?}");
    }
    println!("{datasets:?} {settings:?}: {} bytes", run.peak_memory_bytes);
    run.peak_memory_bytes
}

#[test]
fn a_million_devices_are_hunted_over() {
    let network = hunted(listed(FakeTransport::new(), MILLION), 500);
    let peak = peak(network, &["devices", "device_users"], &["datasets.device_users.strategy=hunting"]);
    assert!(peak <= SandboxOptions::MEMORY_BYTES, "{peak} bytes");
}

#[test]
fn no_way_keeps_more_of_a_device() {
    const { assert!(MOST_BESIDE + MOST_OF_DEVICE * MILLION as u64 <= SandboxOptions::MEMORY_BYTES) };
    let network = || listed(FakeTransport::new(), QUARTER);
    let ways: [(FakeTransport, &[&str], &[&str]); 5] = [
        (network(), &["devices"], &[]),
        (hunted(network(), 500), &["devices", "device_users"], &["datasets.device_users.strategy=hunting"]),
        (
            network().on("GET", "/logonusers", page(&[], None)),
            &["devices", "device_users"],
            &["datasets.device_users.strategy=per_device", "datasets.device_users.calls_per_run=50"],
        ),
        (
            network().on("GET", "InventoryByMachine", generated(500, software)),
            &["devices", "software"],
            &["filters.include_tags=[\"nobody\"]"],
        ),
        (
            hunted(network(), 500),
            &["devices", "device_users"],
            &["datasets.device_users.strategy=hunting", "filters.exclude_platforms=[\"Windows11\"]"],
        ),
    ];
    for (network, datasets, settings) in ways {
        let peak = peak(network, datasets, settings);
        let bound = MOST_BESIDE + MOST_OF_DEVICE * QUARTER as u64;
        assert!(peak <= bound, "{datasets:?} {settings:?}: {peak} bytes, {bound} are the bound");
    }
}

#[test]
fn more_devices_than_there_is_memory_for_end_their_datasets_in_words_and_no_others() {
    let network =
        hunted(listed(FakeTransport::new(), QUARTER), 500).on("GET", "InventoryByMachine", generated(500, software));
    let harness =
        harness(&handmade_behind(network)).datasets(&["devices", "device_users", "software"]).discard_events();
    let run = finished(harness.set("datasets.device_users.strategy=hunting").memory_bytes(12 << 20));
    let account = dataset(&run, "devices");
    let failure = account.failure.as_ref().expect("it failed");
    println!("{account:?}");
    assert_eq!(account.completeness, Completeness::Partial);
    assert!((50_000..QUARTER as u64).contains(&account.emitted), "{account:?}");
    let message = &failure.message;
    assert!(message.contains("`devices`") && message.contains(&account.received.to_string()), "{message}");
    assert!(failure.remedy.contains("`sandbox.memory_bytes`"), "{failure:?}");
    assert_eq!(dataset(&run, "device_users").completeness, Completeness::Skipped);
    assert_eq!(dataset(&run, "software").completeness, Completeness::Complete);
}
