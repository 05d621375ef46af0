//! The service, as far as it was recorded, with a few faults that every service has; and who asked it for what.

use crate::har::Exchange;
use crate::replay::{Matching, ReplayOptions, ReplayTransport};
use crate::transport::{Body, Timeouts, Transport, TransportError, body_from_bytes};
use bytes::Bytes;
use futures_util::future::BoxFuture;
use http::{HeaderValue, Method, Response, StatusCode, Uri, header};
use http_body_util::BodyExt;
use serde_json::Value;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::Notify;

/// What every access token reads while the kit listens.
pub(super) const TOKEN_CANARY: &str = "conformance-access-token-4f2c9a";

/// How the service answers. Requests are counted without those for signing in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Service {
    /// As it was recorded.
    AsRecorded,
    /// The same, and a page of a size that was not recorded is answered with one that was.
    AnyPage,
    /// The n-th request is answered with 429 and told to come back after so many seconds.
    Throttled { nth: usize, secs: u64 },
    /// From the n-th request on, everything is answered with 503.
    Outage { from: usize },
    /// Nobody can sign in.
    SignInRefused,
}

/// A request that left the sandbox.
#[derive(Debug, Clone)]
pub(super) struct Sent {
    pub(super) method: Method,
    pub(super) url: Uri,
    pub(super) is_sign_in: bool,
}

pub(super) struct Wire {
    replay: ReplayTransport,
    exchanges: Vec<Exchange>,
    service: Service,
    sent: Mutex<Vec<Sent>>,
    open: Arc<Open>,
}

/// Requests and answers that somebody still holds.
#[derive(Default)]
struct Open {
    count: AtomicUsize,
    fewer: Notify,
}

struct Held(Arc<Open>);

impl Held {
    fn new(open: &Arc<Open>) -> Self {
        open.count.fetch_add(1, Ordering::SeqCst);
        Self(Arc::clone(open))
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.0.count.fetch_sub(1, Ordering::SeqCst);
        self.0.fewer.notify_waiters();
    }
}

impl Wire {
    pub(super) fn new(exchanges: &[Exchange], matching: Matching, service: Service) -> Self {
        let options = ReplayOptions { matching, ..ReplayOptions::default() };
        let replay = ReplayTransport::new(exchanges.to_vec(), options);
        Self { replay, exchanges: exchanges.to_vec(), service, sent: Mutex::default(), open: Arc::default() }
    }

    /// What was asked so far, in order.
    pub(super) fn sent(&self) -> Vec<Sent> {
        self.sent.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// How many requests and answers are not let go of.
    pub(super) fn open(&self) -> usize {
        self.open.count.load(Ordering::SeqCst)
    }

    /// Waits until all are let go of. Letting go is a matter of tasks that end, so that it can take a moment.
    pub(super) async fn idle(&self) {
        loop {
            let fewer = self.open.fewer.notified();
            if self.open() == 0 {
                return;
            }
            fewer.await;
        }
    }

    async fn answer(
        &self,
        request: http::Request<Bytes>,
        timeouts: Timeouts,
    ) -> Result<Response<Body>, TransportError> {
        let is_sign_in = is_sign_in(&request);
        let nth = {
            let mut sent = self.sent.lock().unwrap_or_else(PoisonError::into_inner);
            sent.push(Sent { method: request.method().clone(), url: request.uri().clone(), is_sign_in });
            sent.iter().filter(|sent| !sent.is_sign_in).count()
        };
        let status = |status: StatusCode, body: &'static str| {
            let mut response = Response::new(body_from_bytes(Bytes::from_static(body.as_bytes()), 1024));
            *response.status_mut() = status;
            response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
            response
        };
        match self.service {
            Service::SignInRefused if is_sign_in => {
                let body = r#"{"error":"invalid_client","error_description":"the credentials are wrong"}"#;
                return Ok(status(StatusCode::UNAUTHORIZED, body));
            }
            Service::Throttled { nth: at, secs } if !is_sign_in && nth == at => {
                let mut response = status(StatusCode::TOO_MANY_REQUESTS, "{}");
                response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(secs));
                return Ok(response);
            }
            Service::Outage { from } if !is_sign_in && nth >= from => {
                return Ok(status(StatusCode::SERVICE_UNAVAILABLE, "{}"));
            }
            _ => {}
        }
        let (method, url) = (request.method().clone(), request.uri().clone());
        let response = match self.replay.send(request, timeouts).await {
            Err(TransportError::Unrecorded(why)) if self.service == Service::AnyPage => {
                self.any_page(&method, &url).ok_or(TransportError::Unrecorded(why))?
            }
            answered => answered?,
        };
        if is_sign_in { with_canary(response).await } else { Ok(response) }
    }
}

impl Wire {
    /// The first good answer that was recorded for a path, whatever the query.
    fn any_page(&self, method: &Method, url: &Uri) -> Option<Response<Body>> {
        let fits = |it: &&Exchange| {
            it.method == *method && it.url.host() == url.host() && it.url.path() == url.path() && it.status.is_success()
        };
        let exchange = self.exchanges.iter().find(fits)?;
        let mut response = Response::new(body_from_bytes(exchange.body.clone(), 64 * 1024));
        *response.status_mut() = exchange.status;
        *response.headers_mut() = exchange.headers.clone();
        Some(response)
    }
}

/// Whether a request is one for a token of OAuth 2.0 (RFC 6749, section 4): a form with a grant.
fn is_sign_in(request: &http::Request<Bytes>) -> bool {
    let names = |body: &[u8]| body.split(|byte| *byte == b'&').any(|pair| pair.starts_with(b"grant_type="));
    *request.method() == Method::POST && names(request.body())
}

/// The answer with another token, one that the ear knows.
async fn with_canary(response: Response<Body>) -> Result<Response<Body>, TransportError> {
    let (parts, body) = response.into_parts();
    let bytes = body.collect().await?.to_bytes();
    let bytes = match serde_json::from_slice::<Value>(&bytes) {
        Ok(Value::Object(mut answer)) if answer.contains_key("access_token") => {
            answer.insert("access_token".into(), TOKEN_CANARY.into());
            Value::Object(answer).to_string().into()
        }
        _ => bytes,
    };
    let length = bytes.len();
    let mut response = Response::from_parts(parts, body_from_bytes(bytes, 64 * 1024));
    if response.headers().contains_key(header::CONTENT_LENGTH) {
        response.headers_mut().insert(header::CONTENT_LENGTH, HeaderValue::from(length));
    }
    Ok(response)
}

impl Transport for Wire {
    fn send(
        &self,
        request: http::Request<Bytes>,
        timeouts: Timeouts,
    ) -> BoxFuture<'_, Result<Response<Body>, TransportError>> {
        let held = Held::new(&self.open);
        Box::pin(async move {
            let response = self.answer(request, timeouts).await?;
            Ok(response.map(|body| {
                body.map_frame(move |frame| {
                    let _ = &held;
                    frame
                })
                .boxed_unsync()
            }))
        })
    }
}
