//! HTTPS under the real names of the services and the addresses that are listened on.

use super::authority::Authority;
use super::error::ServerError;
use crate::api::Cloud;
use rustls::ServerConfig;
use rustls::crypto::ring::default_provider;
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::Arc;
use tokio_rustls::TlsAcceptor;

/// Makes a certificate for this machine, some addresses and the real names.
pub(super) fn acceptor(authority: &Authority, addresses: &[IpAddr]) -> Result<TlsAcceptor, ServerError> {
    let local = [IpAddr::V4(Ipv4Addr::LOCALHOST), IpAddr::V6(Ipv6Addr::LOCALHOST)];
    let mut names = vec!["localhost".to_owned()];
    names.extend(local.iter().chain(addresses).map(IpAddr::to_string));
    names.extend(Cloud::names());
    names.sort();
    names.dedup();
    let issued = authority.issue(names)?;
    let private = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(issued.key.serialize_der()));
    let failed = |error: rustls::Error| ServerError::Certificate(error.to_string());
    let config = ServerConfig::builder_with_provider(Arc::new(default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(failed)?
        .with_no_client_auth()
        .with_single_cert(vec![issued.certificate], private)
        .map_err(failed)?;
    Ok(TlsAcceptor::from(Arc::new(config)))
}
