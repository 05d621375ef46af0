//! What the service puts around rows, and what a recorder puts around answers.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use serde::Serialize;
use serde_json::value::{RawValue, to_raw_value};
use source_host::record::{self, Recorded};
use std::time::Duration;

/// 2026-01-15T06:00:00Z.
const START: Duration = Duration::from_secs(1_768_456_800);
const LOGIN: &str = "https://login.microsoftonline.com";
const API: &str = "https://api.security.microsoft.com";

/// The answer of a collection.
#[derive(Serialize)]
pub(super) struct Envelope {
    #[serde(rename = "@odata.context")]
    context: String,
    #[serde(rename = "@odata.count", skip_serializing_if = "Option::is_none")]
    count: Option<usize>,
    value: Vec<Box<RawValue>>,
    #[serde(rename = "@odata.nextLink", skip_serializing_if = "Option::is_none")]
    next_link: Option<String>,
}

impl Envelope {
    /// An answer with some rows.
    pub(super) fn of<T: Serialize>(context: &str, rows: &[T]) -> Self {
        let raw = |row: &T| to_raw_value(row).expect("a row is plain data");
        Self {
            context: format!("{API}/api/$metadata#{context}"),
            count: None,
            value: rows.iter().map(raw).collect(),
            next_link: None,
        }
    }

    /// The same with the number of rows in it, as the service counts on some routes.
    pub(super) fn counted(mut self) -> Self {
        self.count = Some(self.value.len());
        self
    }

    /// The same with the address of the next page.
    pub(super) fn followed_by(mut self, link: &str) -> Self {
        self.next_link = Some(link.to_owned());
        self
    }
}

/// Address of the page of an export that starts behind some lines. The token is built like the documented ones: a
/// snapshot, a file of it and a line.
pub(super) fn link(name: &str, line: usize) -> String {
    let token = format!(
        r#"{{"ExportDefinition":{{"TimePath":"2026-01-15/0000/"}},"ExportFileIndex":0,"LineStoppedAt":{line}}}"#
    );
    format!("{API}/api/machines/{name}?pagesize=200000&$skiptoken={}", STANDARD.encode(token))
}

/// Exchanges, one every 250 milliseconds.
#[derive(Default)]
pub(super) struct Tape(record::Tape);

impl Tape {
    /// The sign-in. What is secret in it is taken out by the writer of recordings.
    pub(super) fn token(&mut self, tenant: &str) {
        let form = "grant_type=client_credentials&client_id=00000000-0000-4000-8000-000000000001\
                    &scope=https%3A%2F%2Fapi.securitycenter.microsoft.com%2F.default&client_secret=s3cret-0";
        let request = http::Request::post(format!("{LOGIN}/{tenant}/oauth2/v2.0/token"))
            .header("content-type", "application/x-www-form-urlencoded")
            .body(Bytes::from(form));
        let answer = r#"{"token_type":"Bearer","expires_in":3599,"ext_expires_in":3599,"access_token":"t0ken-00"}"#;
        self.add(request.expect("the address is valid"), answer.to_owned(), "application/json; charset=utf-8");
    }

    /// An answer of the Defender API.
    pub(super) fn get(&mut self, path_and_query: &str, answer: &Envelope) {
        self.get_url(&format!("{API}{path_and_query}"), answer);
    }

    /// The same for an absolute address.
    pub(super) fn get_url(&mut self, url: &str, answer: &Envelope) {
        let request = http::Request::get(url).header("authorization", "Bearer t0ken-00").body(Bytes::new());
        let answer = serde_json::to_string(answer).expect("an answer is plain data");
        let media_type = "application/json; odata.metadata=minimal; odata.streaming=true; charset=utf-8";
        self.add(request.expect("the address is valid"), answer, media_type);
    }

    fn add(&mut self, request: http::Request<Bytes>, answer: String, media_type: &str) {
        let response = http::Response::builder().header("content-type", media_type).body(answer.into());
        let started = START + Duration::from_millis(250) * u32::try_from(self.0.len()).unwrap_or(u32::MAX);
        let response = response.expect("the head is valid");
        self.0.keep(Recorded { started, took: Duration::from_millis(125), request, response });
    }

    /// All of them.
    pub(super) fn into_inner(self) -> record::Tape {
        self.0
    }
}
