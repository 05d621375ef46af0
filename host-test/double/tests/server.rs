//! The services over real sockets.
#![cfg(not(target_family = "wasm"))]
#![allow(clippy::unwrap_used, reason = "in a test it says what failed")]

use defender_double::model::{Shape, Tenant};
use defender_double::scenario::{Fault, Scenario, What, When};
use defender_double::server::{Authority, Options, Server, ServerError};
use defender_double::service::{CLIENT_ID, CLIENT_SECRET, Service, Terms};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use serde_json::Value;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

/// A running server; it ends with the test.
struct Running {
    origin: String,
    service: Arc<Service>,
    authority: Option<String>,
}

async fn start(tls: bool) -> Running {
    let listen = SocketAddr::from(([127, 0, 0, 1], 0));
    let terms = Terms { latency: (Duration::ZERO, Duration::ZERO), ..Terms::default() };
    let tenant = Arc::new(Tenant::new(Shape { devices: 10, ..Shape::default() }));
    let options = Options { listen, files: None, tls };
    let server = Server::bind(options, tenant, terms, Scenario::default()).await.unwrap();
    let running = Running {
        origin: server.origin().to_owned(),
        service: Arc::clone(server.service()),
        authority: server.authority().map(str::to_owned),
    };
    tokio::spawn(server.run(std::future::pending()));
    running
}

/// Everything that comes back on a connection, and how it ends.
async fn exchange(mut stream: impl AsyncRead + AsyncWrite + Unpin, request: &str) -> (String, std::io::Result<()>) {
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut got = Vec::new();
    let end = stream.read_to_end(&mut got).await.map(drop);
    (String::from_utf8_lossy(&got).into_owned(), end)
}

impl Running {
    async fn send(&self, method: &str, url: &str, headers: &str, body: &str) -> (String, std::io::Result<()>) {
        let (authority, path) = url.split_once("://").unwrap().1.split_once('/').unwrap();
        let stream = TcpStream::connect(authority).await.unwrap();
        let length = body.len();
        let request = format!(
            "{method} /{path} HTTP/1.1\r\nhost: {authority}\r\nconnection: close\r\ncontent-length: {length}\r\n{headers}\r\n{body}"
        );
        exchange(stream, &request).await
    }

    async fn token(&self) -> String {
        let url = format!("{}/{}/oauth2/v2.0/token", self.origin, self.service.tenant().id());
        let form = format!(
            "grant_type=client_credentials&client_id={CLIENT_ID}&client_secret={CLIENT_SECRET}\
             &scope=https%3A%2F%2Fapi.securitycenter.microsoft.com%2F.default"
        );
        let (answer, _) = self.send("POST", &url, "", &form).await;
        let body: Value = serde_json::from_str(answer.split_once("\r\n\r\n").unwrap().1).unwrap();
        body["access_token"].as_str().unwrap().to_owned()
    }

    async fn get(&self, path: &str, token: &str) -> (String, std::io::Result<()>) {
        let header = format!("authorization: Bearer {token}\r\n");
        self.send("GET", &format!("{}{path}", self.origin), &header, "").await
    }
}

#[tokio::test]
async fn one_listener_serves_all_and_another_the_files() {
    let running = start(false).await;
    let token = running.token().await;
    let (machines, end) = running.get("/api/machines?$top=2", &token).await;
    assert!(end.is_ok() && machines.starts_with("HTTP/1.1 200 ") && machines.contains("chunked"), "{machines}");
    let context = format!("\"@odata.context\":\"{}/api/$metadata#Machines\"", running.origin);
    assert!(machines.contains(&context), "{machines}");

    let (listing, _) = running.get("/api/machines/SoftwareInventoryExport", &token).await;
    let link = listing.split('"').find(|text| text.contains("part-00000")).unwrap();
    assert!(link.starts_with("http://127.0.0.1:") && !link.starts_with(&running.origin), "{link}");
    let (file, _) = running.send("GET", link, "", "").await;
    assert!(file.starts_with("HTTP/1.1 200 ") && file.contains("application/octet-stream"));
    let (refused, _) = running.send("GET", link, &format!("authorization: Bearer {token}\r\n"), "").await;
    assert!(refused.starts_with("HTTP/1.1 400 ") && refused.contains("InvalidAuthenticationInfo"));
}

#[tokio::test]
async fn faults_are_real_on_a_socket() {
    let running = start(false).await;
    let token = running.token().await;
    let ask = |what: What| {
        running.service.inject(Fault { when: When::default(), what });
        running.get("/api/machines?$top=5", &token)
    };
    let kind = |end: std::io::Result<()>| end.unwrap_err().kind();
    let (got, end) = ask(What::Reset).await;
    assert_eq!((got.as_str(), kind(end)), ("", std::io::ErrorKind::ConnectionReset));
    let (got, end) = ask(What::Refuse).await;
    assert_eq!((got.as_str(), kind(end)), ("", std::io::ErrorKind::ConnectionReset));
    let (got, end) = ask(What::ResetBody { at: 500 }).await;
    assert_eq!(kind(end), std::io::ErrorKind::ConnectionReset, "{got}");
    // Closed plainly, but without the last chunk.
    let (got, end) = ask(What::Truncate { at: 500 }).await;
    assert!(end.is_ok() && got.starts_with("HTTP/1.1 200 ") && got.len() > 500, "{got}");
    assert!(!got.ends_with("0\r\n\r\n"), "{got}");
    let (got, end) = ask(What::Status(503)).await;
    assert!(end.is_ok() && got.starts_with("HTTP/1.1 503 "));
}

#[tokio::test]
async fn the_double_itself_can_be_asked() {
    let running = start(false).await;
    let own = |method: &'static str, path: &str| {
        let url = format!("{}/_double/{path}", running.origin);
        let running = &running;
        async move { running.send(method, &url, "", "").await.0 }
    };
    running.service.set_period(Some(defender_double::period::Period(8)));
    let stepped = own("POST", "step?periods=3").await;
    assert!(stepped.contains("{\"day\":2,\"period\":11}"), "{stepped}");
    assert!(own("GET", "truth").await.contains("{\"fact\":\"device\",\"id\":"));
    assert!(own("POST", "step?periods=x").await.starts_with("HTTP/1.1 400 "));
    assert!(own("GET", "nothing").await.starts_with("HTTP/1.1 400 "));
    // It counts nothing of this.
    assert!(own("GET", "log").await.contains("0 requests"));
}

/// A client that trusts an authority alone.
fn trusting(authority: &str) -> TlsConnector {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_slice(authority.as_bytes()).unwrap()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    TlsConnector::from(Arc::new(config))
}

#[tokio::test]
async fn https_under_every_name() {
    let running = start(true).await;
    assert!(running.origin.starts_with("https://127.0.0.1:"));
    let address = running.origin.strip_prefix("https://").unwrap();
    for name in [
        "127.0.0.1",
        "localhost",
        "login.microsoftonline.com",
        "graph.microsoft.com",
        "eu.api.security.microsoft.com",
        "api.securitycenter.windows.com",
        "dod-graph.microsoft.us",
        "tvmexportexternalprdeus.blob.core.windows.net",
    ] {
        let stream = TcpStream::connect(address).await.unwrap();
        let connector = trusting(running.authority.as_ref().unwrap());
        let stream = connector.connect(ServerName::try_from(name).unwrap(), stream).await.unwrap();
        let request = format!("GET /api/machines HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\r\n");
        let (got, _) = exchange(stream, &request).await;
        assert!(got.starts_with("HTTP/1.1 401 "), "{name}: {got}");
    }
}

#[tokio::test]
async fn an_authority_is_kept() {
    let folder = std::env::temp_dir().join(format!("double-authority-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let file = folder.join("authority.pem");
    let first = Authority::kept(&file).unwrap();
    let again = Authority::kept(&file).unwrap();
    assert_eq!(first.certificate(), again.certificate());
    assert!(!again.certificate().contains("PRIVATE"));
    #[cfg(unix)]
    assert_eq!(std::os::unix::fs::PermissionsExt::mode(&std::fs::metadata(&file).unwrap().permissions()) & 0o077, 0);
    // Whoever trusted it at the first start trusts it at the second.
    let listen = SocketAddr::from(([127, 0, 0, 1], 0));
    let options = Options { listen, files: None, tls: true };
    let tenant = Arc::new(Tenant::new(Shape { devices: 10, ..Shape::default() }));
    let server = Server::bind_with(options, Some(&again), tenant, Terms::default(), Scenario::default()).await.unwrap();
    let address = server.origin().strip_prefix("https://").unwrap().to_owned();
    tokio::spawn(server.run(std::future::pending()));
    let stream = TcpStream::connect(address).await.unwrap();
    let name = ServerName::try_from("graph.microsoft.com").unwrap();
    assert!(trusting(first.certificate()).connect(name, stream).await.is_ok());
    // Two halves of different authorities are none.
    let other = std::fs::read_to_string(&file).unwrap();
    let key = other.split_once("-----BEGIN PRIVATE KEY").unwrap().1;
    let mixed = format!("{}-----BEGIN PRIVATE KEY{key}", Authority::new().unwrap().certificate());
    for (text, wanted) in [
        (mixed.as_str(), "not those of one authority"),
        ("x", "no certificate"),
        (first.certificate(), "no private key"),
    ] {
        std::fs::write(&file, text).unwrap();
        let error = Authority::kept(&file).err().unwrap().to_string();
        assert!(error.contains(wanted) && error.contains("--ca"), "{error}");
    }
    std::fs::remove_dir_all(&folder).unwrap();
}

#[tokio::test]
async fn real_names_are_reached_through_it_as_a_proxy() {
    let authority = Authority::new().unwrap();
    let listen = SocketAddr::from(([127, 0, 0, 1], 0));
    let options = Options { listen, files: None, tls: false };
    let tenant = Arc::new(Tenant::new(Shape { devices: 10, ..Shape::default() }));
    let server =
        Server::bind_with(options, Some(&authority), tenant, Terms::default(), Scenario::default()).await.unwrap();
    let address = server.origin().strip_prefix("http://").unwrap().to_owned();
    tokio::spawn(server.run(std::future::pending()));
    let tunnel = |host: &'static str| {
        let address = address.clone();
        async move {
            let mut stream = TcpStream::connect(address).await.unwrap();
            let request = format!("CONNECT {host}:443 HTTP/1.1\r\nhost: {host}:443\r\n\r\n");
            stream.write_all(request.as_bytes()).await.unwrap();
            let mut head = Vec::new();
            while !head.ends_with(b"\r\n\r\n") {
                head.push(stream.read_u8().await.unwrap());
            }
            (stream, String::from_utf8(head).unwrap())
        }
    };
    let ask = |host: &'static str, request: String| {
        let (tunnel, connector) = (tunnel(host), trusting(authority.certificate()));
        async move {
            let (stream, head) = tunnel.await;
            assert!(head.starts_with("HTTP/1.1 200 "), "{head}");
            let stream = connector.connect(ServerName::try_from(host).unwrap(), stream).await.unwrap();
            exchange(stream, &request).await.0
        }
    };
    let form = format!(
        "grant_type=client_credentials&client_id={CLIENT_ID}&client_secret={CLIENT_SECRET}\
         &scope=https%3A%2F%2Fapi.securitycenter.microsoft.com%2F.default"
    );
    let tenant = defender_double::service::TENANT_ID;
    let request = format!(
        "POST /{tenant}/oauth2/v2.0/token HTTP/1.1\r\nhost: login.microsoftonline.com\r\nconnection: close\r\ncontent-length: {}\r\n\r\n{form}",
        form.len()
    );
    let answer = ask("login.microsoftonline.com", request).await;
    let body: Value = serde_json::from_str(answer.split_once("\r\n\r\n").unwrap().1).unwrap();
    let token = body["access_token"].as_str().unwrap();
    let get = |host: &str, path: &str, token: &str| {
        let header = if token.is_empty() { String::new() } else { format!("authorization: Bearer {token}\r\n") };
        format!("GET {path} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n{header}\r\n")
    };
    let host = "eu.api.security.microsoft.com";
    let listing = ask(host, get(host, "/api/machines/SoftwareInventoryExport", token)).await;
    let link = listing.split('"').find(|text| text.contains("part-00000")).unwrap();
    // Links lead to the real name of the storage.
    let storage = "tvmexportexternalprdeus.blob.core.windows.net";
    let path = link.strip_prefix("https://").and_then(|link| link.strip_prefix(storage)).unwrap();
    let file = ask(storage, get(storage, path, "")).await;
    assert!(file.starts_with("HTTP/1.1 200 ") && file.contains("application/octet-stream"), "{file}");
    let (_, elsewhere) = tunnel("elsewhere.example").await;
    assert!(elsewhere.starts_with("HTTP/1.1 502 "), "{elsewhere}");
}

#[tokio::test]
async fn a_busy_port_is_said() {
    let taken = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let listen = taken.local_addr().unwrap();
    let tenant = Arc::new(Tenant::new(Shape::default()));
    let options = Options { listen, files: None, tls: false };
    let refused = Server::bind(options, tenant, Terms::default(), Scenario::default()).await;
    assert!(matches!(refused, Err(ServerError::Listen { address, .. }) if address == listen));
}
