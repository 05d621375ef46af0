//! A client with a clock of its own.

use bytes::Bytes;
use defender_double::model::{Shape, Tenant};
use defender_double::period::ORIGIN;
use defender_double::scenario::{Fault, Scenario, What, When};
use defender_double::service::{Answer, CLIENT_ID, CLIENT_SECRET, Piece, Service, Terms};
use http::{HeaderMap, Request, StatusCode};
use serde_json::Value;
use std::cell::Cell;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

pub(crate) const API: &str = "https://api.security.microsoft.com/api";
pub(crate) const GRAPH: &str = "https://graph.microsoft.com/v1.0";
pub(crate) const SCOPE: &str = "https://api.securitycenter.microsoft.com/.default";
pub(crate) const GRAPH_SCOPE: &str = "https://graph.microsoft.com/.default";

/// What came back.
#[derive(Debug)]
pub(crate) struct Got {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
    /// What ended the body before its end.
    pub(crate) broken: Option<Piece>,
    pub(crate) pauses: usize,
}

impl Got {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    pub(crate) fn code(&self) -> String {
        self.json()["error"]["code"].as_str().unwrap().to_owned()
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }

    pub(crate) fn rows(&self) -> Vec<Value> {
        self.json()["value"].as_array().unwrap().clone()
    }

    pub(crate) fn next(&self) -> Option<String> {
        self.json()["@odata.nextLink"].as_str().map(str::to_owned)
    }

    pub(crate) fn ids(&self) -> Vec<String> {
        self.rows().iter().map(|row| row["id"].as_str().unwrap().to_owned()).collect()
    }
}

pub(crate) struct Client {
    pub(crate) service: Service,
    pub(crate) now: Cell<Duration>,
    pub(crate) token: String,
    pub(crate) accept_encoding: Option<&'static str>,
}

impl Client {
    pub(crate) fn new() -> Self {
        Self::on(Terms::default(), Scenario::default())
    }

    pub(crate) fn of_scenario(text: &str) -> Self {
        let scenario = Scenario::parse(Path::new("test.toml"), text).unwrap_or_else(|error| panic!("{error}"));
        Self::on(Terms::default(), scenario)
    }

    pub(crate) fn on(terms: Terms, scenario: Scenario) -> Self {
        let tenant = Arc::new(Tenant::new(Shape::default()));
        let service = Service::new(tenant, terms, scenario);
        let now = Cell::new(ORIGIN + Duration::from_secs(10 * 86_400));
        Self { service, now, token: String::new(), accept_encoding: None }
    }

    pub(crate) fn signed_in(mut self, scope: &str) -> Self {
        self.token = self.sign_in(scope);
        self
    }

    pub(crate) fn sign_in(&self, scope: &str) -> String {
        let got = self.form(&[
            ("grant_type", "client_credentials"),
            ("client_id", CLIENT_ID),
            ("client_secret", CLIENT_SECRET),
            ("scope", scope),
        ]);
        got.json()["access_token"].as_str().unwrap_or_else(|| panic!("{got:?}")).to_owned()
    }

    pub(crate) fn login_url(&self) -> String {
        format!("https://login.microsoftonline.com/{}/oauth2/v2.0/token", self.service.tenant().id())
    }

    pub(crate) fn form(&self, pairs: &[(&str, &str)]) -> Got {
        let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
        self.send(Request::post(self.login_url()).body(Bytes::from(body)).unwrap())
    }

    pub(crate) fn get(&self, url: &str) -> Got {
        let mut request = Request::get(url);
        if !self.token.is_empty() && !url.contains(".blob.") {
            request = request.header("authorization", format!("Bearer {}", self.token));
        }
        if let Some(accept) = self.accept_encoding {
            request = request.header("accept-encoding", accept);
        }
        self.send(request.body(Bytes::new()).unwrap())
    }

    pub(crate) fn send(&self, request: Request<Bytes>) -> Got {
        match self.answer(request) {
            Answer::Http(response) => {
                let (mut body, mut broken, mut pauses) = (Vec::new(), None, 0);
                for piece in response.body {
                    assert!(broken.is_none(), "something follows {broken:?}");
                    match piece {
                        Piece::Data(bytes) => body.extend_from_slice(&bytes),
                        Piece::Pause(_) => pauses += 1,
                        end => broken = Some(end),
                    }
                }
                Got { status: response.status, headers: response.headers, body, broken, pauses }
            }
            Answer::Refused => panic!("refused"),
            Answer::Reset { .. } => panic!("reset"),
        }
    }

    pub(crate) fn answer(&self, request: Request<Bytes>) -> Answer {
        self.now.set(self.now.get() + Duration::from_millis(10));
        self.service.answer(&request, self.now.get())
    }

    pub(crate) fn pass(&self, time: Duration) {
        self.now.set(self.now.get() + time);
    }

    pub(crate) fn fault(&self, what: What) {
        self.service.inject(Fault { when: When::default(), what });
    }
}
