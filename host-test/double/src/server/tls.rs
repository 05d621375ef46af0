//! An authority of the double's own, made at each start, and a certificate for the addresses it listens on.

use super::error::ServerError;
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair, KeyUsagePurpose, SanType};
use rustls::ServerConfig;
use rustls::crypto::ring::default_provider;
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::Arc;
use tokio_rustls::TlsAcceptor;

/// What HTTPS needs.
pub(super) struct Tls {
    pub(super) acceptor: TlsAcceptor,
    /// PEM of the authority.
    pub(super) authority: String,
}

/// Makes keys and certificates for this machine and some addresses.
pub(super) fn make(addresses: &[IpAddr]) -> Result<Tls, ServerError> {
    issue(addresses).map_err(ServerError::Certificate)
}

fn issue(addresses: &[IpAddr]) -> Result<Tls, String> {
    let text = |error: rcgen::Error| error.to_string();
    let mut authority = CertificateParams::new(Vec::new()).map_err(text)?;
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    authority.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    authority.distinguished_name.push(DnType::CommonName, "Authority of a Defender double");
    let authority = CertifiedIssuer::self_signed(authority, KeyPair::generate().map_err(text)?).map_err(text)?;

    let mut server = CertificateParams::new(vec!["localhost".to_owned()]).map_err(text)?;
    server.distinguished_name.push(DnType::CommonName, "Defender double");
    let local = [IpAddr::V4(Ipv4Addr::LOCALHOST), IpAddr::V6(Ipv6Addr::LOCALHOST)];
    server.subject_alt_names.extend(local.iter().chain(addresses).map(|address| SanType::IpAddress(*address)));
    let key = KeyPair::generate().map_err(text)?;
    let certificate = server.signed_by(&key, &authority).map_err(text)?;

    let private = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
    let config = ServerConfig::builder_with_provider(Arc::new(default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|error| error.to_string())?
        .with_no_client_auth()
        .with_single_cert(vec![certificate.der().clone()], private)
        .map_err(|error| error.to_string())?;
    Ok(Tls { acceptor: TlsAcceptor::from(Arc::new(config)), authority: authority.pem() })
}
