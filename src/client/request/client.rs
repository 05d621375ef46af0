//! A request with everything that a good client does around it: a token, a second token after a 401, repeats with waits,
//! and an error that names the cure when that did not help.
//!
//! Requests whose turn is yet to come can be sent ahead, so that their answers are there when it has come. That is all
//! there is of doing things at once: answers are read one after another.

use std::rc::Rc;

use http::{Method, StatusCode};

use super::budget::{Budget, Exhausted, Family};
use super::call::{Answer, Attempt, Call, Wait, WaitReason};
use super::failure::{Asked, ServiceError, status_error, storage_error, transport_error};
use super::http_config::HttpConfig;
use super::limit::Limit;
use super::patience::{self, Patience, Retry};
use crate::error::{Cause, SourceError};
use crate::sign_in::{self, Api, Grant, TokenCache};
use crate::wire::{Clock, Entropy, InFlight, Request, Transport, TransportError, content_coding, retry_after};

/// What was used, for the receipt.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    /// Requests sent to the service.
    pub calls: u64,
    /// Requests sent to the sign-in service.
    pub sign_in_calls: u64,
}

/// What has to be supplied from outside.
pub struct Collaborators {
    /// Sends requests.
    pub transport: Box<dyn Transport>,
    /// Tells the time.
    pub clock: Rc<dyn Clock>,
    /// Gives random numbers.
    pub entropy: Box<dyn Entropy>,
}

/// The client of one session.
pub struct Client {
    transport: Box<dyn Transport>,
    clock: Rc<dyn Clock>,
    entropy: Box<dyn Entropy>,
    config: HttpConfig,
    tokens: TokenCache,
    usage: Usage,
    budget: Budget,
    /// Wall clock and monotonic clock at the start, for a time that both outlives the session and never goes back.
    started_ms: (u64, u64),
}

impl Client {
    /// A client that has sent nothing yet.
    #[must_use]
    pub fn new(collaborators: Collaborators, config: HttpConfig, grant: Grant, budget: Budget) -> Self {
        let Collaborators { transport, clock, entropy } = collaborators;
        let started_ms = (u64::try_from(clock.wall_ms()).unwrap_or_default(), clock.monotonic_ms());
        let tokens = TokenCache::new(grant);
        Self { transport, clock, entropy, config, tokens, usage: Usage::default(), budget, started_ms }
    }

    /// Requests that may be under way at the same time.
    #[must_use]
    pub fn max_in_flight(&self) -> usize {
        self.config.max_in_flight
    }

    /// What may still be sent.
    pub fn budget(&mut self) -> &mut Budget {
        &mut self.budget
    }

    /// What was sent so far.
    #[must_use]
    pub fn usage(&self) -> Usage {
        self.usage
    }

    /// Milliseconds since the epoch.
    #[must_use]
    pub fn wall_ms(&self) -> i64 {
        self.clock.wall_ms()
    }

    /// Milliseconds since some moment, never going back.
    #[must_use]
    pub fn monotonic_ms(&self) -> u64 {
        self.clock.monotonic_ms()
    }

    /// The roles in the current token for an API; `None` without a token or when it cannot be read.
    #[must_use]
    pub fn roles(&self, api: Api) -> Option<Vec<String>> {
        self.tokens.roles(api)
    }

    /// Sends a call whose turn is yet to come, if that takes neither a wait nor a sign-in, which are for the call whose
    /// turn it is. Whether it was sent: what is sent counts, whether or not its turn ever comes.
    pub fn send_ahead(&mut self, call: &mut Call) -> bool {
        let mut bearer = None;
        if let Some(family) = call.family {
            bearer = self.tokens.bearer(call.permission.api, self.clock.monotonic_ms());
            // More than a checkpoint may leave out is not sent before there is one.
            if bearer.is_none() || self.budget.is_due() || self.spend(&family).is_err() {
                return false;
            }
        }
        call.sent = self.send(call, bearer);
        call.sent.is_some()
    }

    /// Gets the token that a call needs, without sending the call.
    ///
    /// # Errors
    /// Why there is none: never [`Attempt::Answer`].
    pub fn sign_in(&mut self, call: &mut Call) -> Result<(), Attempt> {
        match self.pending(call) {
            Some(wait) => Err(Attempt::Wait(wait)),
            None => self.bearer(call).map(drop),
        }
    }

    /// Tries once, or says how long to wait first.
    pub fn attempt(&mut self, call: &mut Call) -> Attempt {
        loop {
            if let Some(wait) = self.pending(call) {
                return Attempt::Wait(wait);
            }
            if call.sent.is_none() {
                // The token may have to be fetched first, which may take long: the budget is asked last.
                let mut bearer = None;
                if let Some(family) = call.family {
                    bearer = match self.bearer(call) {
                        Ok(bearer) => Some(bearer),
                        Err(attempt) => return attempt,
                    };
                    if let Err(exhausted) = self.spend(&family) {
                        return Attempt::Wait(self.exhausted(call, &exhausted));
                    }
                }
                call.sent = self.send(call, bearer);
            }
            let Some(sent) = call.sent.take() else {
                return Attempt::Failed(SourceError::new(
                    Cause::Protocol,
                    format!("{}: the address to call is not a valid URL.", call.place),
                    "Check `endpoints.defender`; if the service sent the address, please report it.",
                ));
            };
            let response = match sent.wait() {
                Ok(response) => response,
                Err(error) => {
                    let failure = transport_error(&call.place, &call.url, &error);
                    // Of another file it may be smaller.
                    let is_of_file = error.may_pass() || error == TransportError::HeaderTooLarge;
                    if call.family.is_none() && is_of_file {
                        return Attempt::Missed(failure, None);
                    }
                    let tried = self.transport_failed(call, &error, failure);
                    return tried.map_or_else(Attempt::Failed, Attempt::Wait);
                }
            };
            let asked_ms = self.asked_ms(response.retry_after.as_deref());
            let body = content_coding::decoded(response.content_encoding.as_deref(), response.body);
            if call.family.is_none()
                && let Some(error) = storage_error(response.status, response.copy_status.as_deref(), &call.place)
            {
                return Attempt::Missed(error, asked_ms);
            }
            if response.status == StatusCode::OK {
                return match body {
                    Ok(body) => Attempt::Answer(Answer { body, at_ms: self.clock.wall_ms() }),
                    Err(coding) => {
                        let error = unknown_coding(&call.place, &coding);
                        if call.family.is_none() { Attempt::Missed(error, None) } else { Attempt::Failed(error) }
                    }
                };
            }
            // The status says what to do; a body in an unknown coding only lacks words about it.
            let service = body.map_or_else(|_| ServiceError::default(), ServiceError::read);
            if let Some(attempt) = self.judge(call, response.status, response.status, &service, asked_ms) {
                return attempt;
            }
        }
    }

    /// What to do about an answer that was a success by its status and an error by what was read of it: the same as
    /// about the status of that error.
    pub fn refused_within(&mut self, call: &mut Call, service: &ServiceError) -> Attempt {
        let judged = self.judge(call, service.status(), StatusCode::OK, service, None);
        judged.unwrap_or_else(|| self.attempt(call))
    }

    /// What to do about an answer that is no success; `None`: try again now, with a fresh token.
    fn judge(
        &mut self,
        call: &mut Call,
        status: StatusCode,
        answered: StatusCode,
        service: &ServiceError,
        asked_ms: Option<u64>,
    ) -> Option<Attempt> {
        if status == StatusCode::UNAUTHORIZED && !call.token_renewed {
            call.token_renewed = true;
            self.tokens.forget(call.permission.api);
            return None;
        }
        let is_granted = self.roles(call.permission.api).map(|roles| roles.iter().any(|it| it == call.permission.name));
        let asked = Asked { place: &call.place, permission: call.permission, is_granted };
        let error = status_error(status, answered, service, asked);
        Some(match error.cause {
            Cause::Throttled | Cause::Unavailable | Cause::Timeout => {
                let patience = self.patience(call, error.cause, service.limit);
                let asked_ms = asked_ms.max(service.limit.again_ms);
                self.postpone(call, error, asked_ms, patience).map_or_else(Attempt::Failed, Attempt::Wait)
            }
            Cause::Unauthenticated => refused(call, error),
            _ => Attempt::Failed(error),
        })
    }

    /// Takes note that the body of an answer broke off, and says how long to wait before the next attempt.
    ///
    /// # Errors
    /// The error to report once all attempts are used up.
    pub fn body_failed(&mut self, call: &mut Call, error: SourceError) -> Result<Wait, SourceError> {
        self.postpone(call, error, None, Patience::MINUTE)
    }

    /// When a file that is not to be had now is asked for again. `asked_ms` is what storage asked to wait.
    pub(crate) fn retry(&mut self, asked_ms: Option<u64>) -> Retry {
        Retry::new(self.config, asked_ms.filter(|asked| *asked <= self.config.max_wait_ms), self.entropy.next())
    }

    /// How long to keep coming back: as long as the window of the limit that may bind.
    fn patience(&mut self, call: &mut Call, cause: Cause, limit: Limit) -> Patience {
        let now_ms = self.now_ms();
        let is_spent = |family: Family| self.budget.is_hour_nearly_spent(&family, now_ms);
        // What filled the hour leaves it while it is waited for.
        call.is_hourly |= limit.is_hourly || call.family.is_some_and(is_spent);
        if cause == Cause::Throttled && call.is_hourly { Patience::HOUR } else { Patience::MINUTE }
    }

    /// Milliseconds since the epoch that never go back.
    fn now_ms(&self) -> u64 {
        self.started_ms.0 + self.clock.monotonic_ms().saturating_sub(self.started_ms.1)
    }

    /// Enters a request into the accounts, if the budget has room for it.
    fn spend(&mut self, family: &Family) -> Result<(), Exhausted> {
        self.budget.spend(family, self.now_ms())?;
        self.usage.calls += 1;
        Ok(())
    }

    /// Sends a call once; `None` if its address is none.
    fn send(&mut self, call: &Call, bearer: Option<String>) -> Option<InFlight> {
        let uri = call.url.parse().ok()?;
        let mut headers = vec![("user-agent", self.config.user_agent.to_owned())];
        if let Some(bearer) = bearer {
            headers.push(("authorization", bearer));
            headers.push(("accept", "application/json".to_owned()));
            headers.push(("accept-encoding", content_coding::ACCEPT_ENCODING.to_owned()));
        }
        let mut method = Method::GET;
        if !call.body.is_empty() {
            method = Method::POST;
            headers.push(("content-type", "application/json; charset=utf-8".to_owned()));
        }
        Some(self.transport.send(Request { method, uri, headers, body: call.body.clone().into_bytes() }))
    }

    /// The rest of a wait that is still running.
    fn pending(&mut self, call: &mut Call) -> Option<Wait> {
        let millis = call.not_before_ms.saturating_sub(self.clock.monotonic_ms());
        if millis == 0 {
            return None;
        }
        let (reason, message) = call.last_wait.clone()?;
        Some(Wait { millis, reason, message, is_new: false })
    }

    /// Waits until the budget has room again. That is no failure of the call.
    fn exhausted(&mut self, call: &mut Call, exhausted: &Exhausted) -> Wait {
        let Exhausted { millis, allowed, window } = *exhausted;
        let message = format!("{}: the budget of {allowed} calls in any {window} is used up.", call.place);
        call.not_before_ms = self.clock.monotonic_ms().saturating_add(millis);
        call.last_wait = Some((WaitReason::Throttled, message.clone()));
        Wait { millis, reason: WaitReason::Throttled, message, is_new: true }
    }

    /// The `Authorization` header, after a sign-in if none is at hand.
    fn bearer(&mut self, call: &mut Call) -> Result<String, Attempt> {
        let now_ms = self.clock.monotonic_ms();
        let api = call.permission.api;
        if let Some(bearer) = self.tokens.bearer(api, now_ms) {
            return Ok(bearer);
        }
        let request = self.tokens.request(api).map_err(Attempt::Fatal)?;
        self.usage.sign_in_calls += 1;
        let url = request.uri.to_string();
        let mut response = match self.transport.send(request).wait() {
            Ok(response) => response,
            Err(error) => {
                let failure = transport_error(sign_in::PLACE, &url, &error);
                let tried = self.transport_failed(call, &error, failure);
                return Err(tried.map_or_else(|error| refused(call, error), Attempt::Wait));
            }
        };
        let asked_ms = self.asked_ms(response.retry_after.as_deref());
        response.body = match content_coding::decoded(response.content_encoding.as_deref(), response.body) {
            Ok(body) => body,
            Err(coding) if response.status == StatusCode::OK => {
                return Err(refused(call, unknown_coding(sign_in::PLACE, &coding)));
            }
            Err(_) => Box::new(std::io::empty()),
        };
        let now = (self.clock.monotonic_ms(), self.clock.wall_ms());
        match self.tokens.accept(api, response.status, response.body, now) {
            Ok(bearer) => Ok(bearer),
            Err(error) => Err(match error.cause {
                Cause::Throttled | Cause::Unavailable | Cause::Timeout => {
                    let tried = self.postpone(call, error, asked_ms, Patience::MINUTE);
                    tried.map_or_else(|error| refused(call, error), Attempt::Wait)
                }
                _ => refused(call, error),
            }),
        }
    }

    fn asked_ms(&self, header: Option<&str>) -> Option<u64> {
        retry_after::parse(header?, self.clock.wall_ms())
    }

    fn transport_failed(
        &mut self,
        call: &mut Call,
        error: &TransportError,
        failure: SourceError,
    ) -> Result<Wait, SourceError> {
        if error.may_pass() { self.postpone(call, failure, None, Patience::NONE) } else { Err(failure) }
    }

    /// Waits before the next attempt, as long as the service asked and its failures so far suggest. Gives up after the
    /// last attempt, but not before the window of the limit that may bind has passed.
    fn postpone(
        &mut self,
        call: &mut Call,
        error: SourceError,
        asked_ms: Option<u64>,
        patience: Patience,
    ) -> Result<Wait, SourceError> {
        let now_ms = self.clock.monotonic_ms();
        call.failures += 1;
        call.failing_since_ms = call.failing_since_ms.or(Some(now_ms));
        let passed_ms = now_ms.saturating_sub(call.failing_since_ms.unwrap_or(now_ms));
        let millis = patience::pause_ms(call.failures, asked_ms, self.entropy.next(), self.config.max_wait_ms);
        let is_over = call.failures >= self.config.max_attempts && patience.is_over(passed_ms, &self.config);
        if is_over || asked_ms.is_some_and(|asked| asked > self.config.max_wait_ms) {
            return Err(error.retry_after(millis));
        }
        let reason = if error.cause == Cause::Throttled { WaitReason::Throttled } else { WaitReason::Retry };
        let message = format!("{} Attempt {} follows.", error.message, call.failures + 1);
        call.not_before_ms = now_ms.saturating_add(millis);
        call.last_wait = Some((reason, message.clone()));
        Ok(Wait { millis, reason, message, is_new: true })
    }
}

fn unknown_coding(place: &str, coding: &str) -> SourceError {
    SourceError::new(
        Cause::Protocol,
        format!("{place}: the answer has the content coding `{coding}`, which was not asked for."),
        "Check for a proxy on the way that re-encodes answers.",
    )
}

/// What it means that nobody can sign in to an API: without Defender nothing can be read, without Graph the rest can.
fn refused(call: &Call, error: SourceError) -> Attempt {
    match call.permission.api {
        Api::Defender => Attempt::Fatal(error),
        Api::Graph => Attempt::Failed(error),
    }
}
