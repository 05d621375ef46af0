//! HTTP by `wasi:http`.

use std::io::{self, Read};
use std::time::Instant;

use defender_client::wire::{InFlight, Pace, Receive, Request, Response, Transport, TransportError};
use wasi::http::outgoing_handler;
use wasi::http::types::{
    ErrorCode, Fields, FutureIncomingResponse, IncomingBody, IncomingResponse, Method, OutgoingBody, OutgoingRequest,
    RequestOptions, Scheme,
};
use wasi::io::streams::{InputStream, StreamError};

/// Most that one write may hold; a rule of `wasi:io/streams`.
const WRITE_MAX: usize = 4096;

/// Sends requests through the host.
pub(super) struct WasiHttp {
    pub(super) timeout_ms: Option<u64>,
}

impl Transport for WasiHttp {
    fn send(&mut self, request: Request) -> InFlight {
        let (sent, pace) = (self.start(request), Pace::new(self.timeout_ms));
        InFlight::new(move || into_response(head(&sent?)?, pace))
    }
}

impl WasiHttp {
    fn start(&self, request: Request) -> Result<FutureIncomingResponse, TransportError> {
        let Request { method, uri, headers, body } = request;
        let fields = Fields::new();
        for (name, value) in headers {
            let added = fields.append(name, &value.into_bytes());
            added.map_err(|_| other("a request header was refused"))?;
        }
        if !body.is_empty() {
            // Without it the body would be sent in chunks, which sign-in services need not accept.
            let length = body.len().to_string().into_bytes();
            let added = fields.append("content-length", &length);
            added.map_err(|_| other("a request header was refused"))?;
        }
        let outgoing = OutgoingRequest::new(fields);
        let refused = |()| other("the request was refused");
        let method = if method == http::Method::POST { Method::Post } else { Method::Get };
        outgoing.set_method(&method).map_err(refused)?;
        let scheme = if uri.scheme_str() == Some("http") { Scheme::Http } else { Scheme::Https };
        outgoing.set_scheme(Some(&scheme)).map_err(refused)?;
        outgoing.set_authority(uri.authority().map(http::uri::Authority::as_str)).map_err(refused)?;
        outgoing.set_path_with_query(uri.path_and_query().map(http::uri::PathAndQuery::as_str)).map_err(refused)?;

        let outgoing_body = outgoing.body().map_err(refused)?;
        let answer = outgoing_handler::handle(outgoing, Some(self.options())).map_err(|code| failed(&code))?;
        write(outgoing_body, &body)?;
        Ok(answer)
    }

    fn options(&self) -> RequestOptions {
        let options = RequestOptions::new();
        if let Some(millis) = self.timeout_ms {
            let nanos = Some(millis.saturating_mul(1_000_000));
            // A host that cannot bound one of these waits says so here; its own bounds hold then.
            let _ = options.set_connect_timeout(nanos);
            let _ = options.set_first_byte_timeout(nanos);
            let _ = options.set_between_bytes_timeout(nanos);
        }
        options
    }
}

fn write(body: OutgoingBody, bytes: &[u8]) -> Result<(), TransportError> {
    if !bytes.is_empty() {
        let stream = body.write().map_err(|()| other("the request body was refused"))?;
        for piece in bytes.chunks(WRITE_MAX) {
            stream.blocking_write_and_flush(piece).map_err(|_| TransportError::ConnectionLost)?;
        }
    }
    OutgoingBody::finish(body, None).map_err(|code| failed(&code))
}

fn head(answer: &FutureIncomingResponse) -> Result<IncomingResponse, TransportError> {
    answer.subscribe().block();
    match answer.get() {
        Some(Ok(Ok(response))) => Ok(response),
        Some(Ok(Err(code))) => Err(failed(&code)),
        Some(Err(())) | None => Err(other("the host gave no answer")),
    }
}

fn into_response(incoming: IncomingResponse, pace: Pace) -> Result<Response, TransportError> {
    let status = http::StatusCode::from_u16(incoming.status()).map_err(|_| other("the answer has no valid status"))?;
    let headers = incoming.headers();
    let header = |name: &str| String::from_utf8(headers.get(name).into_iter().next()?).ok();
    let [content_encoding, retry_after, copy_status] =
        ["content-encoding", "retry-after", "x-ms-copy-status"].map(header);
    drop(headers);
    let body = incoming.consume().map_err(|()| other("the answer has no body"))?;
    let stream = body.stream().map_err(|()| other("the answer has no body"))?;
    let body: Box<dyn Receive> = Box::new(Incoming { pace, stream, _body: body, _response: incoming });
    Ok(Response { status, content_encoding, retry_after, copy_status, body })
}

/// A body as it arrives. The fields are dropped in this order, as `wasi:http` wants it: children first.
struct Incoming {
    pace: Pace,
    stream: InputStream,
    _body: IncomingBody,
    _response: IncomingResponse,
}

impl Read for Incoming {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let began = Instant::now();
        loop {
            match self.stream.blocking_read(buffer.len() as u64) {
                // An empty piece is not the end.
                Ok(piece) if piece.is_empty() => {}
                Ok(piece) => {
                    let waited_ms = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
                    if !self.pace.keeps(piece.len(), waited_ms) {
                        return Err(io::Error::other(TransportError::TimedOut));
                    }
                    let length = piece.len().min(buffer.len());
                    buffer[..length].copy_from_slice(&piece[..length]);
                    return Ok(length);
                }
                Err(StreamError::Closed) => return Ok(0),
                Err(StreamError::LastOperationFailed(_)) => {
                    return Err(io::Error::other(TransportError::ConnectionLost));
                }
            }
        }
    }
}

fn other(text: &str) -> TransportError {
    TransportError::Other(text.to_owned())
}

/// Sorts the error codes of `wasi:http` by what a person has to check.
fn failed(code: &ErrorCode) -> TransportError {
    match code {
        ErrorCode::HttpRequestDenied | ErrorCode::DestinationIpProhibited => TransportError::Denied,
        ErrorCode::ConfigurationError => TransportError::Misconfigured,
        ErrorCode::DnsTimeout | ErrorCode::DnsError(_) | ErrorCode::DestinationNotFound => {
            TransportError::NameNotResolved
        }
        ErrorCode::ConnectionRefused | ErrorCode::DestinationUnavailable | ErrorCode::DestinationIpUnroutable => {
            TransportError::ConnectionFailed
        }
        ErrorCode::TlsProtocolError | ErrorCode::TlsCertificateError | ErrorCode::TlsAlertReceived(_) => {
            TransportError::TlsFailed
        }
        ErrorCode::ConnectionTimeout
        | ErrorCode::ConnectionReadTimeout
        | ErrorCode::ConnectionWriteTimeout
        | ErrorCode::HttpResponseTimeout => TransportError::TimedOut,
        ErrorCode::ConnectionTerminated | ErrorCode::HttpResponseIncomplete => TransportError::ConnectionLost,
        ErrorCode::HttpResponseHeaderSectionSize(_) | ErrorCode::HttpResponseHeaderSize(_) => {
            TransportError::HeaderTooLarge
        }
        _ => other("the HTTP exchange failed"),
    }
}
