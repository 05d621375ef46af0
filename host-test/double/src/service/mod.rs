//! Requests to answers.

mod answer;
mod host;
mod log;
mod quota;
mod route;
mod terms;

pub use answer::{Answer, Body, Piece, Response};
pub use host::{Cloud, Site};
pub use log::{Entry, HOUR, Log, MINUTE, Throttled};
pub use quota::{Family, Quota, Quotas};
pub use terms::{
    Application, CLIENT_ID, CLIENT_SECRET, ClientSecret, Feature, FederatedCredential, Hunting, Resource,
    TENANT_DOMAIN, TENANT_ID, Terms,
};

use crate::model::Tenant;
use crate::period::Period;
use crate::scenario::{Fault, Scenario};
use bytes::Bytes;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// All services of a tenant. The same tenant, terms, scenario and requests at the same times give the same answers,
/// byte for byte.
pub struct Service {
    tenant: Arc<Tenant>,
    terms: Terms,
    state: Mutex<State>,
}

/// What changes from request to request.
struct State {
    log: Log,
    faults: Vec<Fault>,
    frozen: Option<Period>,
}

impl Service {
    /// Serves a tenant on terms, which the scenario may change.
    #[must_use]
    pub fn new(tenant: Arc<Tenant>, mut terms: Terms, scenario: Scenario) -> Self {
        scenario.apply(&mut terms);
        let state = State { log: Log::default(), faults: scenario.faults, frozen: None };
        Self { tenant, terms, state: Mutex::new(state) }
    }

    /// Answers a request with an absolute URI. `now` is the time since 1970 and must not go backwards.
    #[must_use]
    pub fn answer(&self, request: &http::Request<Bytes>, now: Duration) -> Answer {
        let _ = (request, now, &self.tenant, &self.terms);
        Answer::Refused
    }

    /// Every request so far.
    #[must_use]
    pub fn log(&self) -> Log {
        self.state().log.clone()
    }

    /// The terms in force.
    #[must_use]
    pub fn terms(&self) -> &Terms {
        &self.terms
    }

    /// The tenant.
    #[must_use]
    pub fn tenant(&self) -> &Arc<Tenant> {
        &self.tenant
    }

    /// The state of the tenant that is served from now on. None: the one of the time of each request.
    pub fn set_period(&self, period: Option<Period>) {
        self.state().frozen = period;
    }

    /// The state of the tenant that is served at a time.
    #[must_use]
    pub fn period(&self, now: Duration) -> Period {
        self.state().frozen.unwrap_or_else(|| Period::containing(now))
    }

    /// Adds a fault, behind those that are there. Its requests are counted from now.
    pub fn inject(&self, fault: Fault) {
        self.state().faults.push(fault);
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // A panic in the middle of an answer leaves a log that is short of an entry, nothing worse.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
