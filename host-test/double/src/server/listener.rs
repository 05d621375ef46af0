//! Connections, and requests on them.

use super::body::PieceBody;
use super::clock::now;
use super::control;
use super::error::ServerError;
use super::tunnel;
use super::wire::{Fate, Wire};
use crate::service::{Answer, Response, Service};
use bytes::Bytes;
use http::{Method, Uri, header, uri};
use http_body_util::{BodyExt, Limited};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

/// Bytes of a request's body that are read.
const MOST: usize = 1 << 20;

/// Time to wait before another connection is accepted, where the system has no room for one.
const FULL: Duration = Duration::from_millis(50);

/// A bound socket.
pub(super) struct Listener {
    socket: TcpListener,
    pub(super) address: SocketAddr,
    /// Whether connections begin with a handshake.
    tls: bool,
    acceptor: Option<TlsAcceptor>,
}

impl Listener {
    /// Binds an address.
    pub(super) async fn bind(
        address: SocketAddr,
        tls: bool,
        acceptor: Option<TlsAcceptor>,
    ) -> Result<Self, ServerError> {
        let failed = |cause| ServerError::Listen { address, cause };
        let socket = TcpListener::bind(address).await.map_err(failed)?;
        let address = socket.local_addr().map_err(failed)?;
        Ok(Self { socket, address, tls, acceptor })
    }

    /// Serves connections, for ever.
    pub(super) async fn serve(&self, service: Arc<Service>) {
        loop {
            match self.socket.accept().await {
                Ok((stream, _)) => {
                    // Small answers must not wait for more.
                    let _ = stream.set_nodelay(true);
                    let fate = Fate::default();
                    let wire = Wire::new(stream, fate.clone());
                    let service = Arc::clone(&service);
                    let place = Place { service, address: self.address, tls: self.tls, fate };
                    tokio::spawn(connection(wire, self.acceptor.clone(), place));
                }
                Err(_) => tokio::time::sleep(FULL).await,
            }
        }
    }
}

/// What a connection knows.
#[derive(Clone)]
struct Place {
    service: Arc<Service>,
    address: SocketAddr,
    tls: bool,
    fate: Fate,
}

async fn connection(wire: Wire, acceptor: Option<TlsAcceptor>, place: Place) {
    match acceptor.clone() {
        // A client that does not trust the authority ends here; it says so itself.
        Some(tls) if place.tls => {
            if let Ok(stream) = tls.accept(wire).await {
                requests(stream, acceptor, place).await;
            }
        }
        _ => requests(wire, acceptor, place).await,
    }
}

/// Serves the requests on a connection. A request for a tunnel goes on with a connection of its own inside of this one.
async fn requests<S>(stream: S, acceptor: Option<TlsAcceptor>, place: Place)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let answer = service_fn(|mut request: http::Request<Incoming>| {
        let (place, acceptor) = (place.clone(), acceptor.clone());
        async move {
            if request.method() != Method::CONNECT {
                return answer(request, &place).await;
            }
            let tunnel = tunnel::accept(&mut request, acceptor, place.service.terms());
            Ok(tunnel
                .map_or_else(tunnel::refused, |(answer, inner)| {
                    tokio::spawn(async move {
                        if let Some(stream) = inner.await {
                            in_tunnel(stream, Place { tls: true, ..place }).await;
                        }
                    });
                    answer
                })
                .map(|pieces| PieceBody::new(pieces, Fate::default())))
        }
    });
    // What goes wrong on a connection is the client's to say; a fault of a scenario looks the same from here.
    let connection = http1::Builder::new().timer(TokioTimer::new()).serve_connection(TokioIo::new(stream), answer);
    let _ = connection.with_upgrades().await;
}

/// Serves the requests in a tunnel, which leads no further.
async fn in_tunnel<S: AsyncRead + AsyncWrite + Unpin>(stream: S, place: Place) {
    let answer = service_fn(|request| answer(request, &place));
    let _ = http1::Builder::new().timer(TokioTimer::new()).serve_connection(TokioIo::new(stream), answer).await;
}

/// Answers a request; an error drops the connection.
async fn answer(request: http::Request<Incoming>, place: &Place) -> Result<http::Response<PieceBody>, io::Error> {
    let fate = place.fate.clone();
    let (mut head, body) = request.into_parts();
    let body = Limited::new(body, MOST).collect().await.map_err(io::Error::other)?.to_bytes();
    head.uri = absolute(&head.uri, &head.headers, place)?;
    let request = http::Request::from_parts(head, body);
    if let Some(response) = control::answer(&request, &place.service) {
        return Ok(response.map(|pieces| PieceBody::new(pieces, fate)));
    }
    match on_worker(request, Arc::clone(&place.service)).await? {
        Answer::Http(Response { after, status, headers, body }) => {
            tokio::time::sleep(after).await;
            let mut response = http::Response::new(PieceBody::new(body, fate));
            *response.status_mut() = status;
            *response.headers_mut() = headers;
            Ok(response)
        }
        // A socket that listens cannot refuse; a reset right away is the nearest.
        Answer::Refused => {
            fate.reset();
            Err(io::ErrorKind::ConnectionRefused.into())
        }
        Answer::Reset { after } => {
            tokio::time::sleep(after).await;
            fate.reset();
            Err(io::ErrorKind::ConnectionReset.into())
        }
    }
}

/// Looking for a row can take a while, in which other connections must go on.
async fn on_worker(request: http::Request<Bytes>, service: Arc<Service>) -> Result<Answer, io::Error> {
    tokio::task::spawn_blocking(move || service.answer(&request, now())).await.map_err(io::Error::other)
}

/// The URI with scheme and host: as the client wrote it, or as its `Host` header says.
fn absolute(given: &Uri, headers: &http::HeaderMap, place: &Place) -> Result<Uri, io::Error> {
    if given.authority().is_some() {
        return Ok(given.clone());
    }
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok());
    let authority = host.map_or_else(|| place.address.to_string(), str::to_owned);
    let mut parts = uri::Parts::from(given.clone());
    parts.scheme = Some(if place.tls { uri::Scheme::HTTPS } else { uri::Scheme::HTTP });
    parts.authority = Some(authority.parse().map_err(io::Error::other)?);
    Uri::from_parts(parts).map_err(io::Error::other)
}
