//! A run of the built-in source against a small tenant, on tape, and the changes that the next one asks for.

use bytes::Bytes;
use defender_double::model::{Shape, Tenant};
use defender_double::period::Period;
use defender_double::scenario::Scenario;
use defender_double::service::{CLIENT_ID, CLIENT_SECRET, Service, Terms};
use futures_util::future::BoxFuture;
use source_host::clock::Clock;
use source_host::record::RecordTransport;
use source_host::simulate;
use source_host::testing::Harness;
use source_host::transport::{Body, Timeouts, Transport, TransportError};
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
    let network: Arc<dyn Transport> = Arc::new(simulate::network(service, clock.clone()));
    let (transport, tape) = RecordTransport::new(Arc::clone(&network), clock.clone());
    let transport = Arc::new(transport);
    let run = |only: &'static str, checkpoint: Option<String>| {
        let network = Partly { recorded: Arc::clone(&transport), only, rest: Arc::clone(&network) };
        let harness = Harness::new(network).clock(clock.clone()).secret("client_secret", CLIENT_SECRET);
        let harness = harness.config(config.clone());
        let run = checkpoint.into_iter().fold(harness, Harness::checkpoint).run();
        match (run.error, run.receipt) {
            (Some(error), _) => Err(error.to_string()),
            (None, receipt) => Ok(receipt.map(|receipt| receipt.checkpoint)),
        }
    };
    let checkpoint = run("", None)?;
    // The next run asks for changes, and for the rest as the first one did.
    run("SoftwareVulnerabilityChanges", checkpoint)?;
    Ok(tape.write_file(path)?.exchanges)
}

/// Records what is asked of some path.
struct Partly {
    recorded: Arc<RecordTransport>,
    only: &'static str,
    rest: Arc<dyn Transport>,
}

impl Transport for Partly {
    fn send(
        &self,
        request: http::Request<Bytes>,
        timeouts: Timeouts,
    ) -> BoxFuture<'_, Result<http::Response<Body>, TransportError>> {
        match request.uri().path().contains(self.only) {
            true => self.recorded.send(request, timeouts),
            false => self.rest.send(request, timeouts),
        }
    }
}
