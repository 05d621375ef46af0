//! Memory is bounded by the longest row and one batch, never by the page.

mod support;

#[path = "memory/devices.rs"]
mod devices;
#[path = "memory/records.rs"]
mod records;

use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;
use source_host::testing::{Reply, TestRun};
use std::io::Write as _;
use std::time::Instant;
use support::service::{MACHINES, SOFTWARE, VULNERABILITIES, handmade_behind, harness, page};
use support::{dataset, finished};

/// What the component may have at most, in bytes.
const MOST: u64 = 8 << 20;
/// Unit in which linear memory grows.
const WASM_PAGE: u64 = 64 << 10;
const ROWS: usize = 10_000;

/// A page of rows, made while it is read.
fn generated(rows: usize, row: impl Fn(usize) -> String + Clone + Send + Sync + 'static) -> Reply {
    Reply::generated(move || {
        let row = row.clone();
        let body = (0..rows).map(move |number| {
            let comma = if number == 0 { r#"{"@odata.context":"c","value":["# } else { "," };
            Bytes::from(format!("{comma}{}", row(number)))
        });
        body.chain(std::iter::once(Bytes::from_static(b"]}")))
    })
}

/// The same rows as the lines of a gzip file, made while it is read.
fn zipped(rows: usize, row: fn(usize) -> String) -> Reply {
    Reply::generated(move || {
        let mut numbers = 0..rows;
        let mut file = Some(GzEncoder::new(Vec::new(), Compression::fast()));
        std::iter::from_fn(move || {
            let mut zip = file.take()?;
            for number in numbers.by_ref().take(200) {
                writeln!(zip, "{}", row(number)).expect("memory takes everything");
            }
            if numbers.is_empty() {
                return Some(zip.finish().expect("memory takes everything").into());
            }
            let chunk = std::mem::take(zip.get_mut());
            file = Some(zip);
            Some(chunk.into())
        })
    })
}

/// A row of about a kilobyte, as Microsoft says that they are.
fn vulnerability(number: usize) -> String {
    let (device, cve) = (number / 50, number % 50);
    format!(
        r#"{{"id":"{device:040x}_microsoft_edge_131.0.2903.{cve}_CVE-2025-{cve:05}","deviceId":"{device:040x}","rbacGroupId":7,"rbacGroupName":"Servers","deviceName":"host-{device}.contoso.example","osPlatform":"WindowsServer2022","osVersion":"21H2","osArchitecture":"x64","softwareVendor":"microsoft","softwareName":"edge_chromium-based","softwareVersion":"131.0.2903.{cve}","cveId":"CVE-2025-{cve:05}","vulnerabilitySeverityLevel":"High","cvssScore":8.8,"recommendedSecurityUpdate":"January 2026 Security Updates","recommendedSecurityUpdateId":"5099001","recommendedSecurityUpdateUrl":"https://catalog.update.microsoft.com/v7/site/Search.aspx?q=KB5099001","diskPaths":["C:\\Program Files (x86)\\Microsoft\\Edge\\Application\\msedge.exe"],"registryPaths":["HKEY_LOCAL_MACHINE\\SOFTWARE\\WOW6432Node\\Microsoft\\Windows\\CurrentVersion\\Uninstall\\Microsoft Edge"],"firstSeenTimestamp":"2025-12-11 09:04:31","lastSeenTimestamp":"2026-01-15 01:55:02.1230000","exploitabilityLevel":"NoExploit","recommendationReference":"va-_-microsoft-_-edge_chromium-based","securityUpdateAvailable":true,"cveMitigationStatus":null}}"#
    )
}

fn software(number: usize) -> String {
    let (device, product) = (number / 100, number % 100);
    format!(
        r#"{{"deviceId":"{device:040x}","rbacGroupName":"Servers","deviceName":"host-{device}.contoso.example","osPlatform":"WindowsServer2022","softwareVendor":"vendor","softwareName":"product-{product}","softwareVersion":"1.{product}","numberOfWeaknesses":0,"diskPaths":["C:\\Program Files\\product-{product}\\product.exe"],"registryPaths":[],"softwareFirstSeenTimestamp":"2025-11-04 06:22:10","endOfSupportStatus":"None","endOfSupportDate":null}}"#
    )
}

fn peak(path: &str, name: &str, rows: usize, row: fn(usize) -> String) -> u64 {
    let network = handmade_behind(source_host::testing::FakeTransport::new().on("GET", path, generated(rows, row)));
    let run: TestRun = finished(harness(&network).datasets(&[name]).discard_events());
    let account = dataset(&run, name);
    assert_eq!((account.emitted, account.received), (rows as u64, rows as u64), "{account:?}");
    assert!(account.bytes > 400 * rows as u64, "{account:?}");
    println!("{name}: {rows} rows, {} bytes, peak {} bytes", account.bytes, run.peak_memory_bytes);
    run.peak_memory_bytes
}

#[test]
fn a_page_ten_times_as_long_takes_no_more() {
    for (path, name, row) in
        [(VULNERABILITIES, "vulnerabilities", vulnerability as fn(usize) -> String), (SOFTWARE, "software", software)]
    {
        let (short, long) = (peak(path, name, ROWS, row), peak(path, name, 10 * ROWS, row));
        assert!(long <= short + WASM_PAGE, "{name}: {short} bytes became {long}");
        assert!(long <= MOST, "{name}: {long} bytes");
    }
}

#[test]
fn a_gzip_export_of_a_gigabyte_takes_as_little() {
    const GIGABYTE: u64 = 1 << 30;
    let rows = usize::try_from(GIGABYTE).expect("it fits") / vulnerability(0).len() + ROWS;
    let list =
        Reply::json(r#"{"exportFiles":["https://a.blob.core.windows.net/1.json.gz?sig=s"],"generatedTime":"t"}"#);
    let network = source_host::testing::FakeTransport::new()
        .on("GET", "/api/machines/SoftwareVulnerabilitiesExport", list)
        .on("GET", "https://a.blob.core.windows.net/1.json.gz", zipped(rows, vulnerability));
    let began = Instant::now();
    let harness = harness(&handmade_behind(network)).datasets(&["vulnerabilities"]).discard_events();
    let run = finished(harness.set("datasets.vulnerabilities.strategy=files"));
    let account = dataset(&run, "vulnerabilities");
    assert_eq!((account.emitted, account.received), (rows as u64, rows as u64), "{account:?}");
    assert!(account.bytes >= GIGABYTE, "{account:?}");
    let (bytes, peak, secs) = (account.bytes, run.peak_memory_bytes, began.elapsed().as_secs());
    println!("{rows} rows, {bytes} bytes, peak {peak} bytes, {secs} s");
    assert!(peak <= MOST, "{peak} bytes");
}

#[test]
fn long_rows_cost_their_length_and_no_more() {
    // The longest row that is taken, many times over.
    let row = |number: usize| {
        let filling = "x".repeat(1_000_000);
        format!(r#"{{"id":"{number:040x}","computerDnsName":"pc-{number}","newColumn":"{filling}"}}"#)
    };
    let network = |rows: usize| {
        handmade_behind(
            source_host::testing::FakeTransport::new()
                .in_turn("GET", "$skip=", vec![page(&[&row(rows - 1)], None), page(&[], None)])
                .on("GET", MACHINES, generated(rows, row)),
        )
    };
    let peak = |rows: usize| {
        let run = finished(harness(&network(rows)).datasets(&["devices"]).discard_events());
        assert_eq!(dataset(&run, "devices").emitted, rows as u64);
        run.peak_memory_bytes
    };
    let (few, many) = (peak(10), peak(100));
    println!("{few} and {many} bytes");
    assert!(many <= few + WASM_PAGE, "{few} bytes became {many}");
    assert!(many <= 32 << 20, "{many} bytes");
}

/// More devices than the host lets a component hold things: none of them may stay behind with it.
#[test]
fn requests_leave_nothing_behind_in_the_host() {
    const DEVICES: usize = 4_200;
    let row = |number: usize| format!(r#"{{"id":"{number:040x}","computerDnsName":"pc-{number}"}}"#);
    let network = source_host::testing::FakeTransport::new()
        .on("GET", "/logonusers", page(&[], None))
        .in_turn("GET", "$skip=", vec![page(&[&row(DEVICES - 1)], None), page(&[], None)])
        .on("GET", MACHINES, generated(DEVICES, row));
    let harness = harness(&handmade_behind(network)).datasets(&["device_users"]).discard_events();
    let harness = harness.set("datasets.device_users.strategy=per_device");
    let run = finished(harness.set("datasets.device_users.calls_per_run=1000000"));
    assert_eq!(dataset(&run, "device_users").calls, DEVICES as u64);
}

#[test]
fn a_host_that_takes_little_at_a_time_costs_no_more() {
    let network = |rows: usize| {
        handmade_behind(source_host::testing::FakeTransport::new().on(
            "GET",
            VULNERABILITIES,
            generated(rows, vulnerability),
        ))
    };
    let run = |limit: u32| {
        let harness = harness(&network(2_000)).datasets(&["vulnerabilities"]).discard_events();
        finished(harness.limits(limit, u32::MAX)).peak_memory_bytes
    };
    assert!(run(1) <= run(1000) + WASM_PAGE);
}
