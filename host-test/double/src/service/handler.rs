//! The order in which a request is looked at: faults, quota, token, permission, licence, and then what it asks for.

use super::error::{ApiError, NOT_SIGNED};
use super::fault;
use super::log::{Entry, Throttled};
use super::page::{self, Call};
use super::reply::Reply;
use super::request::Request;
use super::state::State;
use super::uuid::uuid;
use super::{export, hunt, sign_in};
use crate::api::{Content, Feature, Found, Quota, Resource, Route, Site, time};
use crate::draw::Draw;
use crate::model::Tenant;
use crate::period::Period;
use crate::scenario::{RetryAfter, What};
use crate::terms::Terms;
use http::{HeaderName, StatusCode, header};
use std::sync::Arc;
use std::time::Duration;

/// The times that an answer knows.
#[derive(Debug, Clone, Copy)]
pub(super) struct Moment {
    /// The service's clock.
    pub(super) now: Duration,
    /// The clock of the quotas: a fault moves what is said, not what is counted.
    pub(super) real_now: Duration,
    pub(super) period: Period,
    /// The tenant's clock.
    pub(super) tenant_now: Duration,
}

/// A request on its way through.
pub(super) struct Visit<'v> {
    pub(super) request: &'v Request<'v>,
    pub(super) found: Found<'v>,
    /// The fault that struck it.
    pub(super) what: Option<What>,
    pub(super) at: Moment,
    pub(super) draw: Draw,
}

/// What every request is held against.
pub(super) struct Handler {
    pub(super) tenant: Arc<Tenant>,
    pub(super) terms: Terms,
    pub(super) routes: Vec<Route>,
    pub(super) mint: sign_in::Mint,
    pub(super) keys: export::Keys,
    pub(super) marks: page::Marks,
    pub(super) lengths: export::Lengths,
}

impl Handler {
    /// What a service says to a request that reached it.
    pub(super) fn reply(&self, visit: &Visit<'_>, state: &mut State, entry: &mut Entry) -> Reply {
        identified(self.looked_at(visit, state, entry), visit)
    }

    fn looked_at(&self, visit: &Visit<'_>, state: &mut State, entry: &mut Entry) -> Reply {
        let Visit { request, found, what, at, draw } = visit;
        let site = request.site;
        if let Found::Route(route, _) = found
            && let Err(wait) = state.window.take(route.family, self.quota(route), at.real_now)
        {
            entry.throttled = Some(Throttled::Quota);
            return throttled(site, RetryAfter::Seconds(whole_seconds(wait)), *draw, at.now);
        }
        if let Some(What::Throttle(retry_after)) = what {
            entry.throttled = Some(Throttled::Injected);
            return throttled(site, *retry_after, *draw, at.now);
        }
        if let Some(reply) = what.as_ref().and_then(|what| instead(what, site, *draw, at.now)) {
            return reply;
        }
        let answered = match (site, found) {
            (Site::Login, _) => {
                return sign_in::answer(request, &self.terms, &self.mint, draw.at("sign-in"), at.now);
            }
            (Site::Blob, _) => self.file(visit, state, entry),
            (_, Found::Route(route, id)) => self.data(visit, route, id, state),
            (_, Found::WrongMethod) => {
                let message = format!("The method {} is not allowed on this path.", request.method);
                Err(ApiError::new(StatusCode::METHOD_NOT_ALLOWED, "MethodNotAllowed", message))
            }
            (Site::Graph, Found::Nothing) => {
                let segments = request.segments();
                let last = segments.last().map(|name| name.escape_default().to_string()).unwrap_or_default();
                Err(ApiError::bad_request(format!("Resource not found for the segment '{last}'.")))
            }
            (_, Found::Nothing) => {
                let message = "No API has this path.";
                Err(ApiError::new(StatusCode::NOT_FOUND, "NotFound", message))
            }
        };
        let mut reply = answered.unwrap_or_else(|error| error.reply(site, *draw, at.now));
        if reply.status == StatusCode::TOO_MANY_REQUESTS {
            // The budget of hunting queries.
            entry.throttled = Some(Throttled::Quota);
        }
        if matches!(site, Site::Defender | Site::Graph) {
            reply.set(HeaderName::from_static("odata-version"), "4.0");
        }
        reply
    }

    /// Calls that a route allows.
    pub(super) fn quota(&self, route: &Route) -> Quota {
        self.terms.quotas.get(route.family, route.quota)
    }

    /// Data of a route, for who may have it.
    fn data(&self, visit: &Visit<'_>, route: &Route, id: &str, state: &mut State) -> Result<Reply, ApiError> {
        let Visit { request, at, .. } = visit;
        let claims = self.mint.check(request.header(header::AUTHORIZATION), route.resource, &self.terms, at.now)?;
        if !route.roles.iter().any(|role| claims.roles.iter().any(|given| given == role)) {
            return Err(forbidden(route));
        }
        self.licensed(route)?;
        let call = Call {
            request,
            tenant: &self.tenant,
            terms: &self.terms,
            marks: &self.marks,
            id: id.to_owned(),
            period: at.period,
            now: at.now,
            tenant_now: at.tenant_now,
            bend: fault::bend(visit.what.as_ref(), visit.draw),
        };
        if request.is_count() {
            return page::count(&call, &route.content);
        }
        call.refuse_others(route.content.options())?;
        match route.content {
            Content::List { rows, page: size, most } => page::list(&call, rows, size, most),
            Content::Snapshot { rows, changes } => page::snapshot(&call, rows, changes),
            Content::Whole { rows, counted } => page::whole(&call, rows, counted),
            Content::Entity { rows } => page::entity(&call, rows),
            Content::ById { rows, keys } => page::by_id(&call, rows, keys),
            Content::Find { rows, by } => page::find(&call, rows, by),
            Content::Files { partition, .. } => export::links(&call, &self.keys, partition),
            Content::Graph { rows, page: size, most } => page::graph(&call, rows, size, most),
            Content::GraphDelta { rows, changes } => page::delta(&call, rows, changes),
            Content::Hunt { style } => hunt::answer(&call, style, &mut state.budget),
        }
    }

    /// A file of an export.
    fn file(&self, visit: &Visit<'_>, state: &mut State, entry: &mut Entry) -> Result<Reply, ApiError> {
        let Visit { request, at, .. } = visit;
        if request.header(header::AUTHORIZATION).is_some() {
            entry.offence = Some("a token was sent to the storage");
        }
        let signature = request.parameter("sig").unwrap_or_default();
        if state.expired.contains(signature) {
            let error = ApiError::new(StatusCode::FORBIDDEN, "AuthenticationFailed", NOT_SIGNED);
            return Err(ApiError { detail: Some(export::expired(request, at.now)), ..error });
        }
        if matches!(visit.what, Some(What::SasExpired { .. })) {
            state.expired.insert(signature.to_owned());
        }
        let storage = export::Storage {
            tenant: &self.tenant,
            terms: &self.terms,
            routes: &self.routes,
            keys: &self.keys,
            lengths: &self.lengths,
            period: at.period,
            is_shuffled: matches!(visit.what, Some(What::Shuffle)),
        };
        export::answer(&storage, request, at.now)
    }

    /// Refuses what the tenant has no licence for.
    fn licensed(&self, route: &Route) -> Result<(), ApiError> {
        let off = |feature| self.terms.switched_off.contains(&feature);
        let needs_defender = !matches!(route.feature, Feature::Directory | Feature::Intune);
        let refused = off(route.feature) || needs_defender && off(Feature::Defender);
        if !refused {
            return Ok(());
        }
        Err(match (route.feature, route.resource) {
            // Intune has words of its own.
            (Feature::Intune, _) => ApiError::bad_request("Request not applicable to target tenant."),
            (_, Resource::Graph) => ApiError::of_status(Site::Graph, StatusCode::FORBIDDEN),
            _ => {
                let message = "The feature is disabled: the tenant has no licence for it, or it is switched off.";
                ApiError::new(StatusCode::FORBIDDEN, "DisabledFeature", message)
            }
        })
    }
}

/// The answer with the ids that people give to the support of a service.
fn identified(mut reply: Reply, visit: &Visit<'_>) -> Reply {
    let name = HeaderName::from_static;
    let id = uuid(visit.draw.at("request-id"));
    let echoed = |header| visit.request.header(name(header)).map(str::to_owned);
    match visit.request.site {
        Site::Graph => {
            reply.set(name("client-request-id"), echoed("client-request-id").unwrap_or_else(|| id.clone()));
            reply.set(name("request-id"), id);
        }
        Site::Blob => {
            reply.set(header::SERVER, "Windows-Azure-Blob/1.0 Microsoft-HTTPAPI/2.0");
            reply.set(name("x-ms-request-id"), id);
            reply.set(name("x-ms-version"), echoed("x-ms-version").unwrap_or_else(|| export::VERSION.to_owned()));
            if let Some(own) = echoed("x-ms-client-request-id") {
                reply.set(name("x-ms-client-request-id"), own);
            }
        }
        Site::Login => reply.set(name("x-ms-request-id"), id),
        Site::Defender | Site::Any => {}
    }
    reply
}

fn forbidden(route: &Route) -> ApiError {
    let code = if route.resource == Resource::Graph { "Authorization_RequestDenied" } else { "Forbidden" };
    let message = format!(
        "The application does not have any of the required application permissions ({}) to access the resource.",
        route.roles.join(", ")
    );
    ApiError::new(StatusCode::FORBIDDEN, code, message)
}

/// What a fault has a service say instead of an answer.
fn instead(what: &What, site: Site, draw: Draw, now: Duration) -> Option<Reply> {
    let status = match what {
        What::Status(status) => StatusCode::from_u16(*status).ok()?,
        What::Unauthorized => StatusCode::UNAUTHORIZED,
        What::Forbidden => StatusCode::FORBIDDEN,
        What::NotFound | What::Ghost | What::LateFile { .. } => StatusCode::NOT_FOUND,
        What::Empty => return Some(Reply::bytes(StatusCode::OK, "application/json", Vec::new())),
        What::PendingCopy => {
            let reply = Reply::bytes(StatusCode::OK, "application/octet-stream", Vec::new());
            return Some(reply.with(HeaderName::from_static("x-ms-copy-status"), "pending"));
        }
        What::Html => {
            let page = "<!DOCTYPE html>\n<html><head><title>Please sign in</title></head><body>Sign in to the proxy.\
                        </body></html>\n";
            return Some(Reply::bytes(StatusCode::OK, "text/html; charset=utf-8", page.into()));
        }
        _ => return None,
    };
    Some(injected(site, status, draw, now))
}

fn throttled(site: Site, retry_after: RetryAfter, draw: Draw, now: Duration) -> Reply {
    let reply = injected(site, StatusCode::TOO_MANY_REQUESTS, draw, now);
    match retry_after {
        RetryAfter::Seconds(seconds) => reply.with(header::RETRY_AFTER, seconds.to_string()),
        RetryAfter::Date(seconds) => {
            reply.with(header::RETRY_AFTER, time::http_date(now + Duration::from_secs(seconds)))
        }
        RetryAfter::None => reply,
    }
}

/// Seconds that are not less than a wait.
fn whole_seconds(wait: Duration) -> u64 {
    wait.as_secs() + u64::from(wait.subsec_nanos() > 0)
}

/// An answer of a status that a fault makes, with the service's own body for it.
fn injected(site: Site, status: StatusCode, draw: Draw, now: Duration) -> Reply {
    ApiError::of_status(site, status).reply(site, draw, now)
}
