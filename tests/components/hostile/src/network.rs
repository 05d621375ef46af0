//! Attacks by requests.

use test_guest::http::{self, Request};

const HOST: &str = "api.example.com";
const PATH: &str = "/v1/items";
/// Requests in flight that the host allows.
const ALLOWED: usize = 16;

/// Starts a thousand requests and reads none of the answers.
pub(crate) fn requests() -> String {
    let mut held: Vec<_> = (0..1000).filter_map(|_| http::start(&Request::get(HOST, PATH)).ok()).collect();
    let started = held.len();
    // They are decided in their order: the first few wait for answers that never come.
    let waiting: Vec<_> = held.drain(..started.min(ALLOWED)).collect();
    let refused = held.into_iter().map(http::head).filter(Result::is_err).count();
    format!("{started} started, {} wait, {refused} refused", waiting.len())
}

/// Takes answers and never reads their bodies.
pub(crate) fn bodies() -> String {
    let mut held = Vec::new();
    for _ in 0..100 {
        match http::start(&Request::get(HOST, PATH)).and_then(http::head) {
            Ok(response) => held.push(response),
            Err(error) => return format!("{} held, then {error}", held.len()),
        }
    }
    format!("{} held", held.len())
}

/// Asks hosts that are none of its business.
pub(crate) fn hosts() -> String {
    let attempts = [
        ("https", "evil.example.net", PATH),
        ("https", "169.254.169.254", "/latest/meta-data"),
        ("http", "169.254.169.254", "/latest/meta-data"),
        ("https", "127.0.0.1", "/v1/items"),
        ("http", "127.0.0.1:8080", "/v1/items"),
        ("http", "localhost", "/v1/items"),
        ("https", "localhost", "/v1/items"),
        ("https", "[::1]", "/v1/items"),
        ("https", "[::ffff:169.254.169.254]", "/v1/items"),
        ("https", "10.0.0.1", "/v1/items"),
        ("https", "2130706433", "/v1/items"),
        ("https", "api.example.com.evil.example.net", PATH),
        ("https", "api.example.com.", PATH),
        ("https", "api.example.com:8443", PATH),
        ("http", HOST, PATH),
        ("https", "api.example.com@evil.example.net", PATH),
        ("https", HOST, "/v1/items/../admin"),
        ("https", HOST, "/v1/items%2f..%2fadmin"),
        ("https", HOST, "//evil.example.net/v1/items"),
        ("https", HOST, "/admin"),
    ];
    attempt(attempts.map(|(scheme, authority, path)| Request { scheme, ..Request::get(authority, path) }))
}

/// Follows a redirect.
pub(crate) fn redirect() -> String {
    let first = match http::send(&Request::get(HOST, PATH)) {
        Ok(answer) => answer,
        Err(error) => return error,
    };
    let location = first.location.unwrap_or_default();
    let (scheme, rest) = location.split_once("://").unwrap_or_default();
    let (authority, path) = rest.split_once('/').unwrap_or_default();
    let path = format!("/{path}");
    attempt([Request { scheme, ..Request::get(authority, &path) }])
}

/// Tries to write.
pub(crate) fn methods() -> String {
    attempt(
        ["PUT", "DELETE", "PATCH", "POST", "HEAD", "get", "CONNECT", "TRACE", "PROPFIND"]
            .map(|method| Request { method, ..Request::get(HOST, PATH) }),
    )
}

/// Tries to make one request look like another.
pub(crate) fn headers() -> String {
    let headers: [&[(&str, &str)]; 12] = [
        &[("host", "evil.example.net")],
        &[("Host", "evil.example.net")],
        &[("transfer-encoding", "chunked")],
        &[("connection", "upgrade")],
        &[("upgrade", "websocket")],
        &[("X-HTTP-Method-Override", "DELETE")],
        &[("x-http-method", "DELETE")],
        &[("x-original-url", "/admin")],
        &[("x-forwarded-host", "evil.example.net")],
        &[("x-a", "b\r\nhost: evil.example.net")],
        &[("x-a\r\nhost", "evil.example.net")],
        &[("content-length", "3"), ("content-length", "4")],
    ];
    attempt(headers.map(|headers| Request { headers, ..Request::get(HOST, PATH) }))
}

/// Lies about the length of a body.
pub(crate) fn lengths() -> String {
    let lie = |headers: &'static [(&'static str, &'static str)]| Request {
        method: "POST",
        headers,
        body: b"grant_type=x",
        ..Request::get("login.example.com", "/token")
    };
    attempt([
        lie(&[("content-length", "3")]),
        lie(&[("content-length", "300")]),
        lie(&[("content-length", "-1")]),
        lie(&[("content-length", "+12")]),
    ])
}

/// Sends requests that must not be answered: one line with what got through.
fn attempt<const N: usize>(requests: [Request<'_>; N]) -> String {
    let mut through = Vec::new();
    for request in &requests {
        if let Ok(answer) = http::send(request) {
            through.push(format!(
                "{} {}://{}{} {:?} {}",
                request.method, request.scheme, request.authority, request.path, request.headers, answer.status
            ));
        }
    }
    if through.is_empty() { format!("{N} tried, none answered") } else { format!("answered: {}", through.join("; ")) }
}
