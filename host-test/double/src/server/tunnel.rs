//! The listener as a proxy: `CONNECT host:port`, RFC 9110 section 9.3.6. Behind every host of the services is the double,
//! with a certificate for that host, so that clients whose hosts cannot be changed reach it.

use crate::service::{Body, Piece};
use crate::terms::Terms;
use http::{HeaderValue, Response, StatusCode, header};
use hyper::body::Incoming;
use hyper_util::rt::TokioIo;
use std::future::Future;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

/// The inside of a tunnel, once its handshake is over; none if it failed.
type Inner = TlsStream<TokioIo<hyper::upgrade::Upgraded>>;

/// Takes a request for a tunnel to one of the services; none if it leads elsewhere or there is no authority.
pub(super) fn accept(
    request: &mut http::Request<Incoming>,
    acceptor: Option<TlsAcceptor>,
    terms: &Terms,
) -> Option<(Response<Body>, impl Future<Output = Option<Inner>> + Send + use<>)> {
    let acceptor = acceptor?;
    let authority = request.uri().authority()?;
    let is_local = terms.authorities.iter().any(|(name, _)| {
        name.strip_prefix("*:")
            .and_then(|port| port.parse().ok())
            .is_some_and(|port| authority.port_u16() == Some(port))
    });
    if !is_local && terms.cloud.site(&authority.host().to_ascii_lowercase()).is_none() {
        return None;
    }
    let upgrade = hyper::upgrade::on(request);
    let inner = async move { acceptor.accept(TokioIo::new(upgrade.await.ok()?)).await.ok() };
    Some((Response::new(Box::new(std::iter::empty())), inner))
}

/// The answer to a request that leads elsewhere.
pub(super) fn refused() -> Response<Body> {
    let message =
        "This proxy leads to the services of the double alone, and only with an authority (--ca or --ca-out).\n";
    let body: Body = Box::new(std::iter::once(Piece::Data(message.into())));
    let mut response = Response::new(body);
    *response.status_mut() = StatusCode::BAD_GATEWAY;
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
    response
}
