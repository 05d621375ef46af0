//! What a test may ask the double itself: paths below `/_double`, which no service has and no quota counts.

use super::clock::now;
use crate::model::Tenant;
use crate::period::Period;
use crate::service::{Body, Piece, Service};
use bytes::Bytes;
use http::{Method, Response, StatusCode, header};
use serde_json::json;
use std::sync::Arc;
use std::sync::mpsc::sync_channel;

/// Bytes that are worth a piece.
const CHUNK: usize = 64 * 1024;

/// Answers a request for the double; none if it is for a service.
pub(super) fn answer(request: &http::Request<Bytes>, service: &Arc<Service>) -> Option<Response<Body>> {
    let name = request.uri().path().strip_prefix("/_double/")?;
    Some(match (request.method(), name) {
        (&Method::POST, "step") => step(request, service),
        (&Method::GET, "truth") => {
            text("application/x-ndjson", truth(Arc::clone(service.tenant()), service.period(now())))
        }
        (&Method::GET, "log") => text("text/plain; charset=utf-8", once(format!("{}\n", service.log()))),
        _ => refused("POST /_double/step?periods=N, GET /_double/truth, GET /_double/log\n"),
    })
}

/// Moves the tenant on, and holds it there.
fn step(request: &http::Request<Bytes>, service: &Service) -> Response<Body> {
    let query = request.uri().query().unwrap_or_default();
    let mut periods = form_urlencoded::parse(query.as_bytes()).filter(|(name, _)| name == "periods");
    let periods: u32 = match periods.next().map(|(_, value)| value.parse()) {
        None => 1,
        Some(Ok(periods)) => periods,
        Some(Err(_)) => return refused("periods has to be a whole number\n"),
    };
    let period = Period(service.period(now()).0.saturating_add(periods));
    service.set_period(Some(period));
    let state = json!({ "period": period.0, "day": period.day() });
    text("application/json", once(format!("{state}\n")))
}

/// Facts as lines, made by a thread of their own while they are read.
fn truth(tenant: Arc<Tenant>, period: Period) -> Body {
    let (sender, receiver) = sync_channel(4);
    std::thread::spawn(move || {
        let mut lines = Vec::with_capacity(2 * CHUNK);
        for fact in tenant.facts(period) {
            // Into memory, of texts alone.
            let _ = serde_json::to_writer(&mut lines, &fact);
            lines.push(b'\n');
            if lines.len() >= CHUNK && sender.send(Piece::Data(std::mem::take(&mut lines).into())).is_err() {
                return;
            }
        }
        let _ = sender.send(Piece::Data(lines.into()));
    });
    Box::new(receiver.into_iter())
}

fn once(text: String) -> Body {
    Box::new(std::iter::once(Piece::Data(text.into())))
}

fn text(media_type: &'static str, body: Body) -> Response<Body> {
    let mut response = Response::new(body);
    response.headers_mut().insert(header::CONTENT_TYPE, http::HeaderValue::from_static(media_type));
    response
}

fn refused(usage: &str) -> Response<Body> {
    let mut response = text("text/plain; charset=utf-8", once(usage.to_owned()));
    *response.status_mut() = StatusCode::BAD_REQUEST;
    response
}
