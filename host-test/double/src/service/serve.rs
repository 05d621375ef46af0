//! The services as one thing: a request and a time in, an answer out, and a log of all.

use super::answer::{Answer, Response};
use super::export::{Keys, Lengths};
use super::fault::{self, Armed, Struck};
use super::finish::finish;
use super::handler::{Handler, Moment, Visit};
use super::log::{Entry, Log};
use super::pace;
use super::page::Marks;
use super::request::Request;
use super::sign_in::Mint;
use super::state::State;
use crate::api::{Family, Found, Resource, Route, Site, find, table};
use crate::draw::Draw;
use crate::model::Tenant;
use crate::period::Period;
use crate::scenario::{Fault, Scenario, What};
use crate::terms::{TENANT_ID, Terms};
use bytes::Bytes;
use http::header;
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

/// Sign-in, as it is counted.
const SIGN_IN: Family = Family::new("sign-in");

/// Files of exports, as they are counted.
const FILES: Family = Family::new("files");

/// All services of a tenant. The same tenant, terms, scenario and requests at the same times give the same answers,
/// byte for byte.
pub struct Service {
    handler: Handler,
    /// Where ids, latencies and the like are drawn from.
    draw: Draw,
    state: Mutex<State>,
    watcher: OnceLock<Box<Watcher>>,
}

/// Somebody who is told of each request.
type Watcher = dyn Fn(&http::Request<Bytes>) + Send + Sync;

impl Service {
    /// Serves a tenant on terms, which the scenario may change.
    #[must_use]
    pub fn new(tenant: Arc<Tenant>, terms: Terms, scenario: Scenario) -> Self {
        Self::with_routes(tenant, terms, scenario, table())
    }

    pub(super) fn with_routes(tenant: Arc<Tenant>, mut terms: Terms, scenario: Scenario, routes: Vec<Route>) -> Self {
        scenario.apply(&mut terms);
        if terms.tenant.is_empty() {
            terms.tenant = vec![tenant.id(), tenant.dns_domain().to_owned(), TENANT_ID.to_owned()];
        }
        let draw = Draw::seed(tenant.shape().seed).at("service");
        let (mint, keys) = (Mint::new(draw.at("mint")), Keys::new(draw.at("storage")));
        let handler =
            Handler { tenant, terms, routes, mint, keys, marks: Marks::default(), lengths: Lengths::default() };
        let service = Self { handler, draw, state: Mutex::new(State::default()), watcher: OnceLock::new() };
        for fault in scenario.faults {
            service.inject(fault);
        }
        service
    }

    /// Answers a request with an absolute URI. `now` is the time since 1970 and must not go backwards.
    #[must_use]
    pub fn answer(&self, request: &http::Request<Bytes>, now: Duration) -> Answer {
        if let Some(watcher) = self.watcher.get() {
            watcher(request);
        }
        let mut state = self.state();
        let draw = self.draw.at("request").nth(state.log.entries.len() as u64);
        let sent = Arc::new(AtomicU64::new(0));
        let mut entry = Entry {
            at: now,
            family: None,
            method: request.method().to_string(),
            target: request.uri().to_string(),
            status: None,
            throttled: None,
            fault: None,
            offence: None,
            sent: Arc::clone(&sent),
        };
        let answer = match Request::read(request, &self.handler.terms) {
            Some(request) => {
                entry.target = request.target();
                self.served(&mut state, &request, draw, now, &mut entry, sent)
            }
            None => {
                if request.headers().contains_key(header::AUTHORIZATION) {
                    entry.offence = Some("a token was sent to a host that is none of the services");
                }
                Answer::Refused
            }
        };
        if let Answer::Http(response) = &answer {
            entry.status = Some(response.status.as_u16());
        }
        state.log.entries.push(entry);
        answer
    }

    /// Answers a request at one of the services.
    fn served(
        &self,
        state: &mut State,
        request: &Request<'_>,
        draw: Draw,
        now: Duration,
        entry: &mut Entry,
        sent: Arc<AtomicU64>,
    ) -> Answer {
        let found = self.find(request);
        let content = match &found {
            Found::Route(route, _) => Some(&route.content),
            _ => None,
        };
        let path = request.uri.path();
        let skips = request.parameter("$skip").is_some_and(|skip| skip != "0");
        let device = match &found {
            Found::Route(route, id) if route.is_about_a_device() => Some(id.as_ref()),
            _ => None,
        };
        let struck = Struck { method: request.method.as_str(), path, site: request.site, content, skips, device };
        let (what, skew) = fault::strike(&mut state.armed, &mut state.lasting, &struck, now);
        entry.fault = what.as_ref().map(What::name).or_else(|| (skew != 0).then_some("clock-skew"));
        if what == Some(What::Refuse) {
            return Answer::Refused;
        }
        entry.family = self.family(request.site, &found);
        let after = self.latency(draw);
        if what == Some(What::Reset) {
            if let Found::Route(route, _) = &found {
                // It arrived, so it counts.
                let _ = state.window.take(route.family, self.handler.quota(route), now);
            }
            return Answer::Reset { after };
        }
        let service_now = skewed(now, skew);
        let period = state.frozen.unwrap_or_else(|| Period::containing(service_now));
        let at = Moment {
            now: service_now,
            real_now: now,
            period,
            tenant_now: if state.frozen.is_some() { period.start() } else { service_now },
        };
        let visit = Visit { request, found, what, at, draw };
        let reply = self.handler.reply(&visit, state, entry);
        let answer = finish(reply, request, visit.what, at.now, after, sent);
        match (answer, self.handler.terms.bytes_per_sec) {
            (Answer::Http(response), Some(rate)) => {
                Answer::Http(Response { body: pace::paced(response.body, rate), ..response })
            }
            (answer, _) => answer,
        }
    }

    /// What a path leads to. Sign-in and files have no routes.
    fn find(&self, request: &Request<'_>) -> Found<'_> {
        let segments = request.segments();
        let mut rest = segments.as_slice();
        let mut strip = |names: &[&str]| match rest.split_first() {
            Some((first, behind)) if names.iter().any(|name| name.eq_ignore_ascii_case(first)) => {
                rest = behind;
                true
            }
            _ => false,
        };
        let resources: &[Resource] = match request.site {
            Site::Defender if strip(&["api"]) => {
                strip(&["v1.0"]);
                &[Resource::Defender, Resource::Xdr]
            }
            Site::Graph if strip(&["v1.0", "beta"]) => &[Resource::Graph],
            _ => return Found::Nothing,
        };
        let rest = if request.is_count() { rest.split_last().map_or(rest, |(_, list)| list) } else { rest };
        find(&self.handler.routes, resources, request.method, rest)
    }

    fn family(&self, site: Site, found: &Found<'_>) -> Option<Family> {
        match (site, found) {
            (Site::Login, _) => Some(SIGN_IN),
            (Site::Blob, _) => Some(FILES),
            (_, Found::Route(route, _)) => Some(route.family),
            _ => None,
        }
    }

    fn latency(&self, draw: Draw) -> Duration {
        let (least, most) = self.handler.terms.latency;
        let span = u64::try_from(most.saturating_sub(least).as_micros()).unwrap_or(u64::MAX);
        least + Duration::from_micros(draw.at("latency").below(span.saturating_add(1)))
    }

    /// Every request so far.
    #[must_use]
    pub fn log(&self) -> Log {
        self.state().log.clone()
    }

    /// The terms in force.
    #[must_use]
    pub fn terms(&self) -> &Terms {
        &self.handler.terms
    }

    /// The tenant.
    #[must_use]
    pub fn tenant(&self) -> &Arc<Tenant> {
        &self.handler.tenant
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

    /// Has somebody told of each request before it is looked at. The answer waits until he returns, so a test can let
    /// something happen at a request. Only the first watcher counts.
    pub fn watch(&self, watcher: impl Fn(&http::Request<Bytes>) + Send + Sync + 'static) {
        let _ = self.watcher.set(Box::new(watcher));
    }

    /// Adds a fault, behind those that are there. Its requests are counted from now.
    pub fn inject(&self, fault: Fault) {
        let mut state = self.state();
        let draw = self.draw.at("fault").nth(state.armed.len() as u64);
        state.armed.push(Armed::new(fault, draw));
    }

    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        // A panic in the middle of an answer leaves a log that is short of an entry, nothing worse.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn skewed(now: Duration, secs: i64) -> Duration {
    match u64::try_from(secs) {
        Ok(ahead) => now.saturating_add(Duration::from_secs(ahead)),
        Err(_) => now.saturating_sub(Duration::from_secs(secs.unsigned_abs())),
    }
}
