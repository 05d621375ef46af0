//! One run of the built-in source against a small tenant, on tape.

use defender_double::model::{Shape, Tenant};
use defender_double::period::Period;
use defender_double::scenario::Scenario;
use defender_double::service::{CLIENT_ID, CLIENT_SECRET, Service, Terms};
use source_host::clock::Clock;
use source_host::record::RecordTransport;
use source_host::simulate;
use source_host::testing::Harness;
use std::path::Path;
use std::sync::Arc;

/// Small enough to be read, large enough for something of everything.
const SHAPE: Shape =
    Shape { seed: 2026, devices: 12, users: 10, software_per_device: 4, findings_per_device: 6, recommendations: 7 };

/// A day on which devices have come and gone.
const PERIOD: Period = Period::of_day(14);

/// Writes the recording, and says how many exchanges are in it.
///
/// # Errors
/// What the run failed with, and what keeps the file from being written.
pub(crate) fn record(path: &Path) -> Result<usize, Box<dyn std::error::Error>> {
    let tenant = Arc::new(Tenant::new(SHAPE));
    let config = format!(r#"{{"tenant_id":"{}","client_id":"{CLIENT_ID}"}}"#, tenant.id());
    let clock = Clock::virtual_at(PERIOD.start());
    let service = Arc::new(Service::new(tenant, Terms::default(), Scenario::default()));
    let network = Arc::new(simulate::network(service, clock.clone()));
    let (transport, tape) = RecordTransport::new(network, clock.clone());
    let run = Harness::new(transport).clock(clock).secret("client_secret", CLIENT_SECRET).config(config).run();
    match run.error {
        Some(error) => Err(error.into()),
        None => {
            let exchanges = tape.len();
            tape.write_file(path)?;
            Ok(exchanges)
        }
    }
}
