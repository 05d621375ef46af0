//! The one way out of the sandbox: every request of the component is judged by the policy and answered by the
//! transport.

use crate::policy::{Denial, Policy, is_forbidden_header};
use crate::transport::{self, Body, DEFAULT_TIMEOUTS, Timeouts, Transport, TransportError};
use http::uri::Scheme;
use http_body_util::BodyExt;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use tokio::sync::Semaphore;
use wasmtime_wasi_http::{
    DEFAULT_FORBIDDEN_HEADERS, Error, ForbiddenHeaderFilter, RequestOptions, WasiBody, WasiHttpHooks,
};

/// Most refused requests that are kept and logged. A component that goes on after so many is only counted.
const MOST_DENIALS: usize = 100;

type Sent = (http::Response<WasiBody>, Box<dyn Future<Output = Result<(), Error>> + Send>);

/// What the policy refused.
#[derive(Debug, Clone, Default)]
pub(super) struct Denials {
    /// The first of them.
    pub(super) first: Vec<Denial>,
    /// How many.
    pub(super) count: u64,
}

impl Denials {
    fn add(&mut self, denial: Denial) {
        self.count += 1;
        if self.first.len() < MOST_DENIALS {
            tracing::warn!("{denial}");
            self.first.push(denial);
        } else if self.first.len() as u64 + 1 == self.count {
            tracing::warn!("the component keeps on making requests that are refused; the rest is not logged");
        }
    }
}

pub(super) struct Hooks {
    policy: Arc<Policy>,
    transport: Arc<dyn Transport>,
    in_flight: Arc<Semaphore>,
    fatal: Arc<OnceLock<String>>,
    denials: Arc<Mutex<Denials>>,
}

impl Hooks {
    /// Refuses everything until there is a policy.
    pub(super) fn new(transport: Arc<dyn Transport>, max_in_flight: usize) -> Self {
        let in_flight = Arc::new(Semaphore::new(max_in_flight.clamp(1, Semaphore::MAX_PERMITS)));
        Self {
            policy: Arc::new(Policy::deny_all()),
            transport,
            in_flight,
            fatal: Arc::default(),
            denials: Arc::default(),
        }
    }

    pub(super) fn set_policy(&mut self, policy: Policy) {
        self.policy = Arc::new(policy);
    }

    /// Where the reason appears when the run must end whatever the component makes of an error.
    pub(super) fn fatal(&self) -> Arc<OnceLock<String>> {
        Arc::clone(&self.fatal)
    }
}

impl Hooks {
    /// What was refused so far.
    pub(super) fn denials(&self) -> Denials {
        self.denials.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl WasiHttpHooks for Hooks {
    fn forbidden_header_filter(&mut self) -> ForbiddenHeaderFilter {
        Arc::new(|name| DEFAULT_FORBIDDEN_HEADERS.contains(name) || is_forbidden_header(name))
    }

    fn is_supported_scheme(&mut self, scheme: &Scheme) -> bool {
        // The policy decides; it can say more than "protocol error".
        *scheme == Scheme::HTTP || *scheme == Scheme::HTTPS
    }

    fn send_request(
        &mut self,
        request: http::Request<WasiBody>,
        options: Option<RequestOptions>,
        _: Box<dyn Future<Output = Result<(), Error>> + Send>,
    ) -> Box<dyn Future<Output = Result<Sent, Error>> + Send> {
        let (policy, transport) = (Arc::clone(&self.policy), Arc::clone(&self.transport));
        let (in_flight, fatal) = (Arc::clone(&self.in_flight), Arc::clone(&self.fatal));
        let denials = Arc::clone(&self.denials);
        Box::new(async move {
            if let Err(denial) = policy.judge(request.method(), request.uri()) {
                denials.lock().unwrap_or_else(PoisonError::into_inner).add(denial);
                return Err(Error::HttpRequestDenied);
            }
            let permit = in_flight.try_acquire_owned().map_err(|_| Error::ConnectionLimitReached)?;
            let report = move |error: TransportError| {
                if error.is_fatal() {
                    // The first reason stays: later ones are its consequences.
                    let _ = fatal.set(error.to_string());
                }
                to_wasi(error)
            };
            let (parts, body) = request.into_parts();
            let body = transport::read_all(body.map_err(Outgoing::Body), transport::MAX_REQUEST_BYTES)
                .await
                .map_err(Outgoing::into_wasi)?;
            let request = http::Request::from_parts(parts, body);
            let response = transport.send(request, timeouts(options)).await.map_err(&report)?;
            let response = response.map(|body: Body| {
                body.map_err(move |error| {
                    let _ = &permit;
                    report(error)
                })
                .boxed_unsync()
            });
            let done: Box<dyn Future<Output = Result<(), Error>> + Send> = Box::new(async { Ok(()) });
            Ok((response, done))
        })
    }
}

enum Outgoing {
    Body(Error),
    TooLong,
}

impl Outgoing {
    fn into_wasi(self) -> Error {
        match self {
            Self::Body(error) => error,
            Self::TooLong => Error::HttpRequestBodySize(None),
        }
    }
}

impl From<transport::TooLong> for Outgoing {
    fn from(_: transport::TooLong) -> Self {
        Self::TooLong
    }
}

fn timeouts(options: Option<RequestOptions>) -> Timeouts {
    let options = options.unwrap_or_default();
    Timeouts {
        connect: options.connect_timeout.unwrap_or(DEFAULT_TIMEOUTS.connect),
        head: options.first_byte_timeout.unwrap_or(DEFAULT_TIMEOUTS.head),
        between: options.between_bytes_timeout.unwrap_or(DEFAULT_TIMEOUTS.between),
    }
}

fn to_wasi(error: TransportError) -> Error {
    match error {
        TransportError::Dns => Error::DnsError { rcode: None, info_code: None },
        TransportError::Connect => Error::ConnectionRefused,
        TransportError::ConnectTimeout => Error::ConnectionTimeout,
        TransportError::ProxyAuthentication | TransportError::ProxyRefused => Error::ConfigurationError,
        TransportError::Tls => Error::TlsProtocolError,
        TransportError::Certificate => Error::TlsCertificateError,
        TransportError::HeadTimeout => Error::HttpResponseTimeout,
        TransportError::BodyTimeout => Error::ConnectionReadTimeout,
        TransportError::Reset => Error::ConnectionTerminated,
        TransportError::Incomplete => Error::HttpResponseIncomplete,
        TransportError::HeaderTooLarge => Error::HttpResponseHeaderSectionSize(None),
        TransportError::Protocol => Error::HttpProtocolError,
        TransportError::RequestTooLong => Error::HttpRequestBodySize(None),
        TransportError::Unrecorded(_) | TransportError::Stopped => Error::DestinationUnavailable,
    }
}
