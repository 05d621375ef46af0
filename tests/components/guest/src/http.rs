//! HTTP by `wasi:http`, one request at a time.

use wasi::http::outgoing_handler;
use wasi::http::types::{
    ErrorCode, Fields, FutureIncomingResponse, IncomingBody, IncomingResponse, Method, OutgoingBody, OutgoingRequest,
    Scheme,
};
use wasi::io::streams::StreamError;

/// A request.
#[derive(Debug, Clone)]
pub struct Request<'a> {
    /// Method in upper case.
    pub method: &'a str,
    /// `https` or `http`.
    pub scheme: &'a str,
    /// Host, with an optional port.
    pub authority: &'a str,
    /// Path and query.
    pub path: &'a str,
    /// Headers.
    pub headers: &'a [(&'a str, &'a str)],
    /// Body.
    pub body: &'a [u8],
}

impl<'a> Request<'a> {
    /// A GET over HTTPS.
    pub fn get(authority: &'a str, path: &'a str) -> Self {
        Self { method: "GET", scheme: "https", authority, path, headers: &[], body: &[] }
    }
}

/// An answer.
#[derive(Debug, Clone)]
pub struct Answer {
    /// Status.
    pub status: u16,
    /// Value of `retry-after` in seconds.
    pub retry_after: Option<u64>,
    /// Value of `location`.
    pub location: Option<String>,
    /// Body.
    pub body: Vec<u8>,
}

/// Starts a request without waiting for the answer.
pub fn start(request: &Request<'_>) -> Result<FutureIncomingResponse, String> {
    let fields = Fields::new();
    for (name, value) in request.headers {
        fields.append(name, value.as_bytes()).map_err(|error| format!("header {name}: {error:?}"))?;
    }
    let outgoing = OutgoingRequest::new(fields);
    let method = match request.method {
        "GET" => Method::Get,
        "HEAD" => Method::Head,
        "POST" => Method::Post,
        "PUT" => Method::Put,
        "DELETE" => Method::Delete,
        "PATCH" => Method::Patch,
        other => Method::Other(other.to_owned()),
    };
    let scheme = if request.scheme == "https" { Scheme::Https } else { Scheme::Http };
    outgoing.set_method(&method).map_err(|()| "method refused")?;
    outgoing.set_scheme(Some(&scheme)).map_err(|()| "scheme refused")?;
    outgoing.set_authority(Some(request.authority)).map_err(|()| "authority refused")?;
    outgoing.set_path_with_query(Some(request.path)).map_err(|()| "path refused")?;
    let body = outgoing.body().map_err(|()| "body refused")?;
    let answer = outgoing_handler::handle(outgoing, None).map_err(|code| named(&code))?;
    if !request.body.is_empty() {
        let stream = body.write().map_err(|()| "body refused")?;
        for piece in request.body.chunks(4096) {
            stream.blocking_write_and_flush(piece).map_err(|error| format!("body: {error:?}"))?;
        }
    }
    OutgoingBody::finish(body, None).map_err(|code| named(&code))?;
    Ok(answer)
}

/// Waits for the head of the answer.
pub fn head(answer: FutureIncomingResponse) -> Result<IncomingResponse, String> {
    answer.subscribe().block();
    match answer.get() {
        Some(Ok(Ok(response))) => Ok(response),
        Some(Ok(Err(code))) => Err(named(&code)),
        Some(Err(())) | None => Err("no answer".to_owned()),
    }
}

/// Sends a request and reads the whole answer.
pub fn send(request: &Request<'_>) -> Result<Answer, String> {
    let response = head(start(request)?)?;
    let headers = response.headers();
    let header = |name: &str| String::from_utf8(headers.get(name).into_iter().next()?).ok();
    let retry_after = header("retry-after").and_then(|value| value.parse().ok());
    let location = header("location");
    drop(headers);
    let status = response.status();
    let body = read(&response)?;
    Ok(Answer { status, retry_after, location, body })
}

fn read(response: &IncomingResponse) -> Result<Vec<u8>, String> {
    let body: IncomingBody = response.consume().map_err(|()| "no body")?;
    let stream = body.stream().map_err(|()| "no body")?;
    let mut bytes = Vec::new();
    loop {
        match stream.blocking_read(64 * 1024) {
            Ok(piece) => bytes.extend_from_slice(&piece),
            Err(StreamError::Closed) => return Ok(bytes),
            Err(StreamError::LastOperationFailed(error)) => return Err(error.to_debug_string()),
        }
    }
}

/// The name of an error code.
pub fn named(code: &ErrorCode) -> String {
    format!("{code:?}")
}
