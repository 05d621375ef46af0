//! Simulations: a source against the double of the service, on one virtual clock, with everything going wrong that can,
//! and an oracle that knows what should have come of it.
//!
//! A seed means a tenant, a schedule of faults, a configuration of the source and the points at which the host is
//! killed. The same seed gives the same requests and the same events, byte for byte, on every machine; a day takes a
//! fraction of a second, whatever it is that has to be waited for.
//!
//! | file | idea |
//! |---|---|
//! | `plan`, `faults` | what a seed means |
//! | `reading` | datasets, strategies, paths: what the source documents |
//! | `seed` | one seed, day by day |
//! | `life` | one life of the host, from the stored checkpoint to its end |
//! | `site`, `fuse` | places that a host passes; where it is killed, and where a second one comes |
//! | `lock`, `second` | one host at a time; a second one that starts beside it |
//! | `network`, `tape` | the double as the network; what went over it |
//! | `delivery`, `pipe` | the way of events to the consumer; one whose reader can die |
//! | `journal`, `warehouse` | what survives the host; an inventory that is told the same |
//! | `trace` | everything that came out, as one hash |
//! | `guest_log` | log lines, to look for secrets |
//! | `oracle` | what has to hold |
//! | `sabotage` | switching safeguards off, to see the oracle fail |
//! | `reach`, `reached`, `batches` | what can be reached; what a seed really reached |
//! | `crew`, `report`, `coverage` | many seeds; what they came to, and what they reached |
//! | `rehearsal` | runs without faults, planned and measured |

mod batches;
mod coverage;
mod crew;
mod delivery;
mod faults;
mod fuse;
mod guest_log;
mod journal;
mod life;
mod lock;
mod network;
mod oracle;
mod pipe;
mod plan;
mod reach;
mod reached;
mod reading;
mod rehearsal;
mod report;
mod sabotage;
mod second;
mod seed;
mod site;
mod tape;
mod trace;
mod warehouse;

pub use coverage::Coverage;
pub use crew::{simulate_all, simulate_each};
pub use oracle::{Line, Property, Violation, due};
pub use rehearsal::{Rehearsal, Rehearsed, Traffic};
pub use report::{Report, SeedReport};
pub use sabotage::{Locking, Sabotage};
pub use seed::simulate;

use crate::clock::Clock;
use crate::transport::Transport;
use defender_double::scenario::Scenario;
use defender_double::service::Service;
use std::sync::Arc;

/// The services of a tenant as a network inside the process, whose answers take their time on a virtual clock. Nothing
/// goes wrong but what the services' own script says.
pub fn network(service: Arc<Service>, clock: Clock) -> impl Transport {
    let fuse = Arc::new(fuse::Fuse::never());
    network::Network { service, clock, fuse, tape: Arc::default(), page_rows: None, saboteur: Default::default() }
}

/// The client secret that the source has in the simulation of a seed, for tests that let it leak.
pub fn client_secret(seed: u64) -> String {
    let plan = plan::Plan::of(seed, &Options::default());
    plan.sign_in(&plan.terms).1.value
}

/// What can be said about a simulation beside its seed.
#[derive(Debug, Clone)]
pub struct Options {
    /// Virtual days, with one run each; for some seeds runs that follow each other sooner.
    pub days: u32,
    /// Devices of every tenant; by default a few, drawn from the seed.
    pub devices: Option<u32>,
    /// What goes wrong; by default drawn from the seed.
    pub scenario: Option<Scenario>,
    /// Whether a request that the service refused for its quota is a violation.
    pub strict_quota: bool,
    /// Whether a report has every step, rather than the hash over them alone.
    pub keep_steps: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self { days: 2, devices: None, scenario: None, strict_quota: false, keep_steps: false }
    }
}
