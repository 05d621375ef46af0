//! Runs against a tenant where nothing goes wrong, one after another on one virtual clock: what was planned, and what
//! came of it.

use super::network;
use super::reading::Dataset;
use crate::clock::Clock;
use crate::contract::{Receipt, Report};
use crate::engine::CallError;
use crate::runner::RunError;
use crate::testing::{Harness, TestRun};
use defender_double::model::Tenant;
use defender_double::scenario::Scenario;
use defender_double::service::{CLIENT_ID, CLIENT_SECRET, Entry, Service, Terms};
use serde_json::{Map, Value};
use std::sync::Arc;
use std::time::Duration;

/// The built-in source and a tenant, between two runs.
pub struct Rehearsal {
    service: Arc<Service>,
    clock: Clock,
    config: String,
    checkpoint: Option<String>,
}

/// What a run came to.
#[derive(Debug, Clone)]
pub struct Rehearsed {
    /// The account that the source gave.
    pub receipt: Receipt,
    /// How long it took on the virtual clock.
    pub elapsed: Duration,
    /// Most linear memory that the component had, in bytes.
    pub peak_memory_bytes: u64,
    /// What went over the network, by dataset, in the order of reading.
    pub traffic: Vec<Traffic>,
}

/// What went over the network for one dataset.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Traffic {
    /// The dataset.
    pub dataset: &'static str,
    /// Files that were asked for.
    pub downloads: u64,
    /// Requests that were answered with 429.
    pub refused: u64,
    /// From its first request to the first one of the next dataset, or to the end of the run.
    pub took: Duration,
}

impl Rehearsal {
    /// A tenant at a time since 1970, and what is configured beside tenant and application.
    pub fn new(tenant: Arc<Tenant>, terms: Terms, start: Duration, mut config: Map<String, Value>) -> Self {
        config.insert("tenant_id".into(), tenant.id().into());
        config.insert("client_id".into(), CLIENT_ID.into());
        let service = Arc::new(Service::new(tenant, terms, Scenario::default()));
        let config = Value::Object(config).to_string();
        Self { service, clock: Clock::virtual_at(start), config, checkpoint: None }
    }

    /// Lets time pass, for the tenant as well.
    pub fn pass(&self, time: Duration) {
        self.clock.advance(time);
    }

    /// Requests that the service has seen so far.
    pub fn requests(&self) -> usize {
        self.service.log().entries.len()
    }

    /// What the next run is planned to cost. `online` gives the source its secret, so that it may count.
    pub fn plan(&self, online: bool) -> Result<Report, CallError> {
        self.harness().plan(online)
    }

    /// The next run, whose events are counted and dropped.
    pub fn run(&mut self) -> Result<Rehearsed, RunError> {
        let first = self.requests();
        let TestRun { receipt, error, elapsed, peak_memory_bytes, .. } = self.harness().discard_events().run();
        if let Some(error) = error {
            return Err(error);
        }
        let stopped = || RunError::Call(CallError::Transport("the run did not come to its end".into()));
        let receipt = receipt.ok_or_else(stopped)?;
        self.checkpoint = Some(receipt.checkpoint.clone());
        let log = self.service.log();
        let traffic = traffic(log.entries.get(first..).unwrap_or_default(), self.clock.now());
        Ok(Rehearsed { receipt, elapsed, peak_memory_bytes, traffic })
    }

    fn harness(&self) -> Harness {
        let network = network(Arc::clone(&self.service), self.clock.clone());
        let harness = Harness::new(network).clock(self.clock.clone()).secret("client_secret", CLIENT_SECRET);
        let harness = harness.config(self.config.clone());
        match &self.checkpoint {
            Some(checkpoint) => harness.checkpoint(checkpoint.clone()),
            None => harness,
        }
    }
}

/// Sums up the requests of a run that ended at a time.
fn traffic(entries: &[Entry], ended: Duration) -> Vec<Traffic> {
    let mut sums: Vec<(Traffic, Duration)> = Vec::new();
    for entry in entries {
        // `host/path?query`
        let path = entry.target.split_once('/').map_or("", |(_, rest)| rest);
        let path = path.split('?').next().unwrap_or_default();
        let Some(dataset) = Dataset::of_path(path) else { continue };
        if sums.last().is_none_or(|(last, _)| last.dataset != dataset.name()) {
            if let Some((last, began)) = sums.last_mut() {
                last.took += entry.at.saturating_sub(*began);
            }
            let fresh = Traffic { dataset: dataset.name(), downloads: 0, refused: 0, took: Duration::ZERO };
            sums.push((fresh, entry.at));
        }
        if let Some((sum, _)) = sums.last_mut() {
            sum.downloads += u64::from(path.starts_with("tvm-export/"));
            sum.refused += u64::from(entry.status == Some(429));
        }
    }
    if let Some((last, began)) = sums.last_mut() {
        last.took += ended.saturating_sub(*began);
    }
    sums.into_iter().map(|(traffic, _)| traffic).collect()
}
