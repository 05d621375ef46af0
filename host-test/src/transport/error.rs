//! Why a request got no answer.

/// Why there is no answer, or no more of it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TransportError {
    /// The name of the host has no address.
    #[error("no address found for the host")]
    Dns,
    /// Nobody listens, or the network is down.
    #[error("the connection was refused or could not be made")]
    Connect,
    /// The connection was not made in time.
    #[error("the connection was not made in time")]
    ConnectTimeout,
    /// The proxy asks who is there: HTTP 407.
    #[error("the proxy wants a user and a password (HTTP 407); set them in sandbox.proxy, or correct them")]
    ProxyAuthentication,
    /// The proxy does not connect to the host: anything but HTTP 200 and 407.
    #[error("the proxy does not let the connection through; let it allow this host and port")]
    ProxyRefused,
    /// The handshake failed for another reason than the certificate.
    #[error("the TLS handshake failed")]
    Tls,
    /// The certificate is not one that the host trusts.
    #[error("the certificate is not trusted")]
    Certificate,
    /// The head of the answer did not come in time.
    #[error("no answer in time")]
    HeadTimeout,
    /// The body of the answer stalled.
    #[error("the answer stalled")]
    BodyTimeout,
    /// The connection was lost after the request was sent.
    #[error("the connection was lost")]
    Reset,
    /// The body ended before its announced length.
    #[error("the answer is incomplete")]
    Incomplete,
    /// The header of the answer is longer, or has more fields, than the client takes.
    #[error("the header of the answer is too large")]
    HeaderTooLarge,
    /// The other side does not speak HTTP as it should.
    #[error("the answer is not valid HTTP")]
    Protocol,
    /// The request body is longer than [`MAX_REQUEST_BYTES`](super::MAX_REQUEST_BYTES).
    #[error("the request body is too long")]
    RequestTooLong,
    /// A recording has no answer for the request. The run cannot go on: whatever came of it would be made up.
    #[error("{0}")]
    Unrecorded(String),
    /// The host is going down: nothing is sent or read any more.
    #[error("the host stopped")]
    Stopped,
}

impl TransportError {
    /// Whether the run must end, whatever the component makes of the error.
    pub fn is_fatal(&self) -> bool {
        matches!(self, Self::Unrecorded(_) | Self::Stopped)
    }
}
