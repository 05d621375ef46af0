//! The network: one pooled client, HTTPS with the machine's certificates plus an optional own authority, a proxy
//! only if configured, no redirects, no decompression, nothing from the environment.

use super::body::Body;
use super::error::TransportError;
use super::names::PublicNames;
use super::proxy::Proxy;
use super::request::Transport;
use super::timeouts::{DEFAULT_TIMEOUTS, Timeouts};
use bytes::Bytes;
use futures_util::future::BoxFuture;
use std::error::Error;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// What can be set about the network.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LiveOptions {
    /// PEM file with certificate authorities to trust in addition to the machine's.
    pub ca_file: Option<PathBuf>,
    /// Proxy that every request goes through, whatever it is for; none: every request goes directly.
    pub proxy: Option<Proxy>,
    /// Longest time for making a connection, handshake included.
    pub connect_timeout: Option<Duration>,
}

/// The network is configured in a way that cannot work.
#[derive(Debug, thiserror::Error)]
pub enum SetupError {
    /// The file with authorities cannot be read.
    #[error("cannot read the certificate authorities in {path}: {cause}; check sandbox.ca_file")]
    CaFile {
        /// The file.
        path: String,
        /// What the system said.
        cause: std::io::Error,
    },
    /// The file with authorities holds none.
    #[error("{path} holds no PEM certificate; sandbox.ca_file must name a file with BEGIN CERTIFICATE blocks")]
    CaContent {
        /// The file.
        path: String,
    },
    /// The client does not take the proxy.
    #[error("the HTTP client does not take sandbox.proxy, {0}; this is a bug in this program, please report it")]
    Proxy(String),
    /// The client could not be built.
    #[error("cannot set up the HTTP client: {0}; check the certificate store of this machine")]
    Client(String),
}

/// The network.
#[derive(Debug, Clone)]
pub struct LiveTransport {
    client: reqwest::Client,
    /// The proxy, without its password, and whether was said that it refuses.
    proxy: Option<Arc<(String, AtomicBool)>>,
}

impl LiveTransport {
    /// Sets up the client. Makes no connection.
    pub fn new(options: &LiveOptions) -> Result<Self, SetupError> {
        // Fails only if the program has installed a provider already, which is as good.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let connect_timeout = options.connect_timeout.unwrap_or(DEFAULT_TIMEOUTS.connect);
        let mut client = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never())
            .referer(false)
            .no_proxy()
            .dns_resolver(PublicNames { known: options.proxy.as_ref().map(Proxy::name) })
            .connect_timeout(connect_timeout)
            .pool_max_idle_per_host(8)
            .pool_idle_timeout(Duration::from_secs(90));
        if let Some(path) = &options.ca_file {
            let shown = path.display().to_string();
            let pem = std::fs::read(path).map_err(|cause| SetupError::CaFile { path: shown.clone(), cause })?;
            let certificates = reqwest::Certificate::from_pem_bundle(&pem)
                .ok()
                .filter(|certificates| !certificates.is_empty())
                .ok_or(SetupError::CaContent { path: shown })?;
            client = client.tls_certs_merge(certificates);
        }
        if let Some(proxy) = &options.proxy {
            client = client.proxy(proxy.for_client().map_err(|_| SetupError::Proxy(proxy.to_string()))?);
        }
        let client = client.build().map_err(|error| SetupError::Client(root_cause(&error)))?;
        let proxy = options.proxy.as_ref().map(|proxy| Arc::new((proxy.to_string(), AtomicBool::new(false))));
        Ok(Self { client, proxy })
    }

    /// Tells people of a proxy that refuses, once: the component only learns that it was not let out.
    fn tell(&self, error: &TransportError, host: Option<&str>) {
        let is_refusal = matches!(error, TransportError::ProxyAuthentication | TransportError::ProxyRefused);
        if let Some(proxy) = self.proxy.as_ref().filter(|_| is_refusal)
            && !proxy.1.swap(true, Ordering::Relaxed)
        {
            tracing::warn!("{}, asked for {}: {error}", proxy.0, host.unwrap_or("a host"));
        }
    }
}

impl Transport for LiveTransport {
    fn send(
        &self,
        request: http::Request<Bytes>,
        timeouts: Timeouts,
    ) -> BoxFuture<'_, Result<http::Response<Body>, TransportError>> {
        Box::pin(async move {
            let (mut parts, body) = request.into_parts();
            // The client writes the header itself, from the address that the policy has judged.
            parts.headers.remove(http::header::HOST);
            let request = reqwest::Request::try_from(http::Request::from_parts(parts, body))
                .map_err(|_| TransportError::Protocol)?;
            let host = request.url().host_str().map(str::to_owned);
            let head = tokio::time::timeout(timeouts.connect + timeouts.head, self.client.execute(request))
                .await
                .map_err(|_| TransportError::HeadTimeout)?
                .map_err(|error| explain(&error))
                .inspect_err(|error| self.tell(error, host.as_deref()))?;
            let response: http::Response<reqwest::Body> = head.into();
            Ok(response.map(|body| timeouts.guard(body, |error| explain(&error))))
        })
    }
}

/// Finds the phase in which a request failed.
fn explain(error: &reqwest::Error) -> TransportError {
    if let Some(tls) = find::<rustls::Error>(error) {
        return match tls {
            rustls::Error::InvalidCertificate(_) => TransportError::Certificate,
            _ => TransportError::Tls,
        };
    }
    if error.is_dns() {
        return TransportError::Dns;
    }
    if error.is_connect() {
        // The type that says so is not public.
        match root_cause(error).as_str() {
            "tunnel error: proxy authorization required" => return TransportError::ProxyAuthentication,
            "tunnel error: unsuccessful" => return TransportError::ProxyRefused,
            _ => {}
        }
        return if error.is_timeout() { TransportError::ConnectTimeout } else { TransportError::Connect };
    }
    if error.is_timeout() {
        return TransportError::HeadTimeout;
    }
    match find::<std::io::Error>(error).map(std::io::Error::kind) {
        Some(std::io::ErrorKind::UnexpectedEof) => TransportError::Incomplete,
        Some(_) => TransportError::Reset,
        None if error.is_body() || error.is_decode() => TransportError::Incomplete,
        None if root_cause(error).contains("closed") => TransportError::Reset,
        // Its name for this is for servers alone.
        None if root_cause(error).contains("head is too large") => TransportError::HeaderTooLarge,
        None => TransportError::Protocol,
    }
}

fn find<'a, E: Error + 'static>(error: &'a (dyn Error + 'static)) -> Option<&'a E> {
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(found) = error.downcast_ref::<E>() {
            return Some(found);
        }
        // An I/O error hides its cause from `source`.
        if let Some(inner) = error.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref)
            && let Some(found) = find::<E>(inner)
        {
            return Some(found);
        }
        next = error.source();
    }
    None
}

/// The innermost cause: the outer ones repeat the address, which can hold a signature.
fn root_cause(error: &(dyn Error + 'static)) -> String {
    let mut cause = error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    cause.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use http_body_util::BodyExt;
    use std::io::{Read, Write};
    use std::net::TcpListener;

    /// A server that answers each connection with the next canned text and then closes it.
    fn server(answers: &[&str]) -> String {
        let answers: Vec<_> = answers.iter().map(ToString::to_string).collect();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        std::thread::spawn(move || {
            for answer in answers {
                let (mut stream, _) = listener.accept().unwrap();
                let mut request = [0; 4096];
                let _ = stream.read(&mut request).unwrap();
                // A client that has seen enough of it closes the connection.
                let _ = stream.write_all(answer.as_bytes());
            }
        });
        format!("http://{address}")
    }

    async fn get(url: &str) -> Result<(u16, Bytes), TransportError> {
        let transport = LiveTransport::new(&LiveOptions::default()).unwrap();
        let request = http::Request::get(url).body(Bytes::new()).unwrap();
        let response = transport.send(request, DEFAULT_TIMEOUTS).await?;
        let status = response.status().as_u16();
        Ok((status, response.into_body().collect().await?.to_bytes()))
    }

    #[tokio::test]
    async fn a_proxy_that_refuses_is_told_apart() {
        for (answer, expected) in [
            ("HTTP/1.1 407 Proxy Authentication Required\r\n\r\n", TransportError::ProxyAuthentication),
            ("HTTP/1.1 403 Forbidden\r\n\r\n", TransportError::ProxyRefused),
            ("HTTP/1.1 502 Bad Gateway\r\n\r\n", TransportError::ProxyRefused),
        ] {
            let proxy = Proxy::parse(&server(&[answer])).unwrap();
            let transport = LiveTransport::new(&LiveOptions { proxy: Some(proxy), ..LiveOptions::default() }).unwrap();
            let request = http::Request::get("https://api.example/").body(Bytes::new()).unwrap();
            assert_eq!(transport.send(request, DEFAULT_TIMEOUTS).await.err(), Some(expected), "{answer}");
        }
    }

    #[tokio::test]
    async fn answers_are_passed_on_as_they_are() {
        let url = server(&["HTTP/1.1 302 Found\r\nlocation: http://127.0.0.1:1/\r\ncontent-length: 2\r\n\r\nhi"]);
        assert_eq!(get(&url).await, Ok((302, Bytes::from_static(b"hi"))), "no redirect is followed");
    }

    #[tokio::test]
    async fn failures_are_told_apart() {
        assert_eq!(get("http://127.0.0.1:1/").await, Err(TransportError::Connect));
        assert_eq!(get("http://no-such-host.invalid/").await, Err(TransportError::Dns));
        let short = server(&["HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhi"]);
        assert_eq!(get(&short).await, Err(TransportError::Incomplete));
        let silent = server(&[""]);
        assert_eq!(get(&silent).await, Err(TransportError::Reset));
        let garbage = server(&["what?\r\n\r\n"]);
        assert_eq!(get(&garbage).await, Err(TransportError::Protocol));
    }

    #[tokio::test]
    async fn a_header_that_is_too_large_is_told_apart() {
        let many = (0..3_000).map(|n| format!("x-{n}: y\r\n")).collect::<String>();
        for fields in [format!("x-big: {}\r\n", "y".repeat(2_000_000)), many] {
            let url = server(&[&format!("HTTP/1.1 200 OK\r\n{fields}content-length: 2\r\n\r\nhi")]);
            assert_eq!(get(&url).await, Err(TransportError::HeaderTooLarge), "{} bytes", fields.len());
        }
    }

    #[test]
    fn bad_settings_are_named() {
        let error = |options: LiveOptions| LiveTransport::new(&options).unwrap_err().to_string();
        let missing = LiveOptions { ca_file: Some("no/such.pem".into()), ..Default::default() };
        assert!(error(missing).contains("no/such.pem"));
    }
}
