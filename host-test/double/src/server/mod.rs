//! The services over real HTTP and HTTPS: one listener for sign-in, Defender and Graph, told apart by their paths, and a
//! second one, another origin, for the files of exports.
//!
//! | file | idea |
//! |---|---|
//! | `listener` | connections |
//! | `wire` | a socket that can be reset |
//! | `body` | bodies piece by piece, faults included |
//! | `control` | what a test may ask the double itself, below `/_double` |
//! | `authority`, `tls` | an authority of the double's own, and certificates for the real names |
//! | `tunnel` | the listener as a proxy, through which clients reach the services by their real names |

mod authority;
mod body;
mod clock;
mod control;
mod error;
mod listener;
mod tls;
mod tunnel;
mod wire;

use crate::api::Site;
use crate::model::Tenant;
use crate::scenario::Scenario;
use crate::service::Service;
use crate::terms::Terms;
pub use authority::Authority;
pub use error::ServerError;

use listener::Listener;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;

/// Where and how to listen.
#[derive(Debug, Clone, Copy)]
pub struct Options {
    /// Address of the services. Port 0 stands for any free one.
    pub listen: SocketAddr,
    /// Address of the files; none: the port behind that of the services.
    pub files: Option<SocketAddr>,
    /// HTTPS instead of HTTP.
    pub tls: bool,
}

/// The services, listening.
pub struct Server {
    service: Arc<Service>,
    api: Listener,
    files: Listener,
    origin: String,
    files_origin: String,
    authority: Option<String>,
}

impl Server {
    /// Listens, and serves a tenant on terms from then on. The links to files lead to the second listener.
    pub async fn bind(
        options: Options,
        tenant: Arc<Tenant>,
        terms: Terms,
        scenario: Scenario,
    ) -> Result<Self, ServerError> {
        let authority = if options.tls { Some(Authority::new()?) } else { None };
        Self::bind_with(options, authority.as_ref(), tenant, terms, scenario).await
    }

    /// The same with an authority. With it, and without HTTPS, the listeners are proxies as well: a client that is told
    /// of them and trusts the authority reaches the services by their real names.
    ///
    /// # Errors
    ///
    /// [`ServerError`] if an address cannot be listened on or no certificate can be made.
    pub async fn bind_with(
        options: Options,
        authority: Option<&Authority>,
        tenant: Arc<Tenant>,
        mut terms: Terms,
        scenario: Scenario,
    ) -> Result<Self, ServerError> {
        let files = options.files.unwrap_or_else(|| {
            let port = options.listen.port();
            SocketAddr::new(options.listen.ip(), if port == 0 { 0 } else { port.wrapping_add(1) })
        });
        let addresses = [options.listen.ip(), files.ip()];
        let acceptor = authority.map(|authority| tls::acceptor(authority, &addresses)).transpose()?;
        let api = Listener::bind(options.listen, options.tls, acceptor.clone()).await?;
        let files = Listener::bind(files, options.tls, acceptor).await?;
        let scheme = if options.tls { "https" } else { "http" };
        let (origin, files_origin) =
            (format!("{scheme}://{}", reachable(api.address)), format!("{scheme}://{}", reachable(files.address)));
        terms.authorities.push((format!("*:{}", api.address.port()), Site::Any));
        terms.authorities.push((format!("*:{}", files.address.port()), Site::Blob));
        terms.blob_origin.clone_from(&files_origin);
        let service = Arc::new(Service::new(tenant, terms, scenario));
        Ok(Self {
            service,
            api,
            files,
            origin,
            files_origin,
            authority: authority.map(|authority| authority.certificate().to_owned()),
        })
    }

    /// Scheme, host and port of the services.
    #[must_use]
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// Scheme, host and port of the files.
    #[must_use]
    pub fn files_origin(&self) -> &str {
        &self.files_origin
    }

    /// PEM of the authority that clients have to trust; none without one.
    #[must_use]
    pub fn authority(&self) -> Option<&str> {
        self.authority.as_deref()
    }

    /// The services behind it.
    #[must_use]
    pub fn service(&self) -> &Arc<Service> {
        &self.service
    }

    /// Serves until `end`. Connections that are open then are dropped.
    pub async fn run(self, end: impl Future<Output = ()>) {
        tokio::select! {
            () = self.api.serve(Arc::clone(&self.service)) => {}
            () = self.files.serve(Arc::clone(&self.service)) => {}
            () = end => {}
        }
    }
}

/// The address that a client on this machine can call.
fn reachable(address: SocketAddr) -> SocketAddr {
    let ip = match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => IpAddr::V4(Ipv4Addr::LOCALHOST),
        IpAddr::V6(ip) if ip.is_unspecified() => IpAddr::V6(Ipv6Addr::LOCALHOST),
        ip => ip,
    };
    SocketAddr::new(ip, address.port())
}
