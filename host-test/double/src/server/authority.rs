//! A certificate authority of the double's own: made at the start, or kept in a file so that clients have to trust it
//! once.

use super::error::ServerError;
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose,
};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, UnixTime};
use std::io::Write;
use std::path::Path;

/// What it is called in certificates.
const NAME: &str = "Authority of a Defender double";

/// An authority: whoever trusts its certificate trusts every double that uses it. It is for tests on one machine alone.
pub struct Authority {
    issuer: Issuer<'static, KeyPair>,
    certificate: String,
}

/// A server's certificate and its key.
pub(super) struct Issued {
    pub(super) certificate: CertificateDer<'static>,
    pub(super) key: KeyPair,
}

impl Authority {
    /// A new one, for this process.
    ///
    /// # Errors
    ///
    /// [`ServerError::Certificate`] if no key can be made.
    pub fn new() -> Result<Self, ServerError> {
        let key = KeyPair::generate().map_err(failed)?;
        Self::of(key).map(|(authority, _)| authority)
    }

    /// The one in a file, PEM of its certificate and its private key. Where there is no file, it is made, readable by its
    /// owner alone.
    ///
    /// # Errors
    ///
    /// [`ServerError::Authority`] if the file cannot be read or written, or holds something else.
    pub fn kept(file: &Path) -> Result<Self, ServerError> {
        let wrong = |problem: String| ServerError::Authority { file: file.to_owned(), problem };
        match std::fs::read_to_string(file) {
            Ok(text) => Self::read(&text).map_err(wrong),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                let (authority, key) = Self::of(KeyPair::generate().map_err(failed)?)?;
                write(file, &format!("{}{key}", authority.certificate))
                    .map_err(|error| wrong(format!("it cannot be written: {error}; check the path given to --ca")))?;
                Ok(authority)
            }
            Err(error) => Err(wrong(format!("it cannot be read: {error}; check the path given to --ca"))),
        }
    }

    /// PEM of its certificate, for clients to trust.
    #[must_use]
    pub fn certificate(&self) -> &str {
        &self.certificate
    }

    /// An authority with a key, and the PEM of the key.
    fn of(key: KeyPair) -> Result<(Self, String), ServerError> {
        let written = key.serialize_pem();
        let made = CertifiedIssuer::self_signed(params()?, key).map_err(failed)?;
        let certificate = made.pem();
        let key = KeyPair::from_pem(&written).map_err(failed)?;
        Ok((Self { issuer: Issuer::new(params()?, key), certificate }, written))
    }

    fn read(text: &str) -> Result<Self, String> {
        let again = "give a file that --ca made, or a name that does not exist yet";
        let der = CertificateDer::from_pem_slice(text.as_bytes())
            .map_err(|_| format!("it holds no certificate in PEM; {again}"))?;
        PrivateKeyDer::from_pem_slice(text.as_bytes())
            .map_err(|_| format!("it holds no private key in PEM; {again}"))?;
        let begin =
            text.find("-----BEGIN PRIVATE KEY-----").ok_or_else(|| format!("its key is not PKCS #8; {again}"))?;
        let key = KeyPair::from_pem(text.get(begin..).unwrap_or_default())
            .map_err(|error| format!("its key cannot be used ({error}); {again}"))?;
        let params = params().map_err(|error| error.to_string())?;
        let certificate = text.get(..begin).unwrap_or_default().to_owned();
        let authority = Self { issuer: Issuer::new(params, key), certificate };
        // What it issues has to be trusted by whoever trusts the certificate in the file.
        let issued = authority.issue(vec!["localhost".into()]).map_err(|error| error.to_string())?;
        let anchor = webpki::anchor_from_trusted_cert(&der)
            .map_err(|error| format!("its certificate cannot be used ({error}); {again}"))?;
        let leaf = webpki::EndEntityCert::try_from(&issued.certificate).map_err(|error| error.to_string())?;
        let usage = webpki::KeyUsage::server_auth();
        leaf.verify_for_usage(webpki::ALL_VERIFICATION_ALGS, &[anchor], &[], UnixTime::now(), usage, None, None)
            .map_err(|_| format!("its certificate and its key are not those of one authority of a double; {again}"))?;
        Ok(authority)
    }

    /// A certificate for names and addresses.
    pub(super) fn issue(&self, names: Vec<String>) -> Result<Issued, ServerError> {
        // The parameters take texts that are addresses as addresses.
        let mut params = CertificateParams::new(names).map_err(failed)?;
        params.distinguished_name.push(DnType::CommonName, "Defender double");
        // RFC 5280, section 4.2.1.1: without it Python 3.13 and others refuse the chain.
        params.use_authority_key_identifier_extension = true;
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        let key = KeyPair::generate().map_err(failed)?;
        let certificate = params.signed_by(&key, &self.issuer).map_err(failed)?;
        Ok(Issued { certificate: certificate.der().clone(), key })
    }
}

fn params() -> Result<CertificateParams, ServerError> {
    let mut params = CertificateParams::new(Vec::new()).map_err(failed)?;
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params.distinguished_name.push(DnType::CommonName, NAME);
    Ok(params)
}

fn failed(error: rcgen::Error) -> ServerError {
    ServerError::Certificate(error.to_string())
}

/// Writes a new file that its owner alone can read.
fn write(file: &Path, text: &str) -> std::io::Result<()> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(file)?.write_all(text.as_bytes())
}
