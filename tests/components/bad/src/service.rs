//! The service: a token, and pages of items.

use crate::about::{API_HOST, API_PATH, LOGIN_HOST, LOGIN_PATH};
use crate::failure;
use serde_json::Value;
use test_guest::bindings::pipeline::source::types::Error;
use test_guest::http::{self, Request};
use test_guest::mark;

/// Why there is no page.
pub(crate) enum Trouble {
    /// Come back after so many milliseconds.
    Wait(u64),
    /// The service cannot be read.
    Down,
    /// The run is over.
    Fatal(Error),
}

/// A page of items: identity and name.
pub(crate) struct Page {
    pub(crate) items: Vec<(String, String)>,
    pub(crate) next: Option<u32>,
    pub(crate) bytes: u64,
}

pub(crate) struct Service {
    secret: String,
    token: Option<String>,
    pub(crate) sign_ins: u64,
    pub(crate) calls: u64,
}

impl Service {
    pub(crate) fn new(secret: String) -> Self {
        Self { secret, token: None, sign_ins: 0, calls: 0 }
    }

    /// Reads a page.
    pub(crate) fn page(&mut self, number: u32) -> Result<Page, Trouble> {
        let token = format!("Bearer {}", self.token()?);
        if mark::is("egress") {
            let _ = http::send(&Request::get("collector.example.net", "/v1/items"));
        }
        let path = format!("{API_PATH}?page={number}");
        let headers = [("authorization", token.as_str())];
        let request = Request { headers: &headers, ..Request::get(API_HOST, &path) };
        self.calls += 1;
        let answer = http::send(&request).map_err(|_| Trouble::Down)?;
        match answer.status {
            200 => parse(&answer.body).ok_or_else(|| {
                Trouble::Fatal(Error::Protocol(failure("a page is not what it should be", "report it")))
            }),
            429 => Err(Trouble::Wait(answer.retry_after.unwrap_or(1) * 1000)),
            _ => Err(Trouble::Down),
        }
    }

    fn token(&mut self) -> Result<String, Trouble> {
        if let Some(token) = &self.token {
            return Ok(token.clone());
        }
        let form = format!("grant_type=client_credentials&client_secret={}", self.secret);
        let headers = [("content-type", "application/x-www-form-urlencoded")];
        let request = Request {
            method: "POST",
            headers: &headers,
            body: form.as_bytes(),
            ..Request::get(LOGIN_HOST, LOGIN_PATH)
        };
        self.sign_ins += 1;
        let answer = http::send(&request).map_err(|_| Trouble::Down)?;
        if answer.status != 200 {
            let why = failure("the sign-in service refused the secret", "check client_secret");
            return Err(Trouble::Fatal(Error::Unauthenticated(why)));
        }
        let token = serde_json::from_slice::<Value>(&answer.body).ok();
        let token = token.and_then(|answer| Some(answer["access_token"].as_str()?.to_owned()));
        let token = token.ok_or_else(|| {
            Trouble::Fatal(Error::Protocol(failure("the sign-in service gave no token", "report it")))
        })?;
        self.token = Some(token.clone());
        Ok(token)
    }
}

fn parse(body: &[u8]) -> Option<Page> {
    let page: Value = serde_json::from_slice(body).ok()?;
    let text = |item: &Value, name: &str| item[name].as_str().map(str::to_owned);
    let items = page["items"].as_array()?.iter();
    Some(Page {
        items: items.map(|item| Some((text(item, "id")?, text(item, "name")?))).collect::<Option<_>>()?,
        next: page["next"].as_u64().and_then(|next| u32::try_from(next).ok()),
        bytes: body.len() as u64,
    })
}
