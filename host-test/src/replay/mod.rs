//! Answers from recordings.
//!
//! A request is found by method, host, path and query; the order of the query does not matter, headers never do.
//! A page that begins within a recorded one is cut from it. Identical requests get their recorded answers in order, and
//! then the last one again. A request that was not recorded ends the run: an invented 404 would look like an answer of
//! the service.

mod key;
mod page;

use crate::har::Exchange;
use crate::transport::{Body, Timeouts, Transport, TransportError, body_from_bytes};
use bytes::Bytes;
use futures_util::future::BoxFuture;
use key::{Key, Query};
use known_secrets::redact_url;
use serde_json::{Map, Value, json};
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// How a request finds its recording.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Matching {
    /// With its query. Only a page may begin within a recorded one.
    #[default]
    Exact,
    /// Without its query, where no exact match exists. Paged requests are answered from a recording that was made
    /// without paging.
    Path,
}

/// How recordings are served.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReplayOptions {
    /// How a request finds its recording.
    pub matching: Matching,
    /// Largest chunk of a body.
    pub chunk_bytes: usize,
}

impl Default for ReplayOptions {
    fn default() -> Self {
        Self { matching: Matching::Exact, chunk_bytes: 64 * 1024 }
    }
}

/// The application that a replay signs in as: recordings do not check it.
const NOBODY: &str = "00000000-0000-0000-0000-000000000000";

/// A transport without a network.
pub struct ReplayTransport {
    exchanges: Vec<Exchange>,
    by_key: HashMap<Key, Vec<(Query, usize)>>,
    served: Mutex<HashMap<(Key, Option<Query>), usize>>,
    options: ReplayOptions,
}

impl ReplayTransport {
    /// Serves some recorded exchanges.
    pub fn new(exchanges: Vec<Exchange>, options: ReplayOptions) -> Self {
        let mut by_key: HashMap<Key, Vec<(Query, usize)>> = HashMap::new();
        for (index, exchange) in exchanges.iter().enumerate() {
            let key = Key::of(&exchange.method, &exchange.url);
            by_key.entry(key).or_default().push((Query::of(&exchange.url), index));
        }
        Self { exchanges, by_key, served: Mutex::default(), options }
    }

    /// When the recording starts: the first request of it, as time since 1970.
    pub fn started(&self) -> Option<Duration> {
        self.exchanges.iter().filter_map(|exchange| exchange.started).min()
    }

    /// The tenant of the first recorded token request.
    pub fn tenant(&self) -> Option<&str> {
        self.exchanges.iter().find_map(|exchange| {
            exchange
                .url
                .path()
                .strip_suffix("/oauth2/v2.0/token")?
                .strip_prefix('/')
                .filter(|tenant| !tenant.is_empty())
        })
    }

    /// The least configuration that signs in as the recording did; nothing if it holds no token request.
    pub fn sign_in_config(&self) -> Option<Map<String, Value>> {
        Some(Map::from_iter([
            ("tenant_id".to_owned(), json!(self.tenant()?)),
            ("client_id".to_owned(), json!(NOBODY)),
            ("auth".to_owned(), json!({ "kind": "client_secret" })),
        ]))
    }

    fn answer(&self, request: &http::Request<Bytes>) -> Result<http::Response<Body>, TransportError> {
        let (index, body) = self.find(request)?;
        // An empty body in its place would look like an answer of the service.
        if let Some(why) = &self.exchanges[index].omitted {
            let url = redact_url(&request.uri().to_string());
            let line = format!(
                "the recorded answer to {} {url} cannot be used: {why}; record again, or enable only other datasets",
                request.method()
            );
            return Err(TransportError::Unrecorded(line));
        }
        Ok(self.serve(index, body))
    }

    /// Which exchange answers a request, and with which body in the place of its own.
    fn find(&self, request: &http::Request<Bytes>) -> Result<(usize, Option<Bytes>), TransportError> {
        let key = Key::of(request.method(), request.uri());
        let query = Query::of(request.uri());
        let recorded = self.by_key.get(&key).map(Vec::as_slice).unwrap_or_default();
        let exact: Vec<usize> =
            recorded.iter().filter(|(candidate, _)| *candidate == query).map(|(_, index)| *index).collect();
        if !exact.is_empty() {
            let index = self.next(key, Some(query), &exact, true);
            return Ok((index, None));
        }
        if let Some((index, rest)) = self.find_in_page(&query, recorded) {
            return Ok((index, Some(rest)));
        }
        if self.options.matching == Matching::Path
            && let Some(found) = self.find_by_path(key, &query, recorded)
        {
            return Ok(found);
        }
        Err(self.unrecorded(request, !recorded.is_empty()))
    }

    /// The rest of a recorded page, for a request that begins within it: clients page alike, but each from a row of its
    /// own.
    fn find_in_page(&self, query: &Query, recorded: &[(Query, usize)]) -> Option<(usize, Bytes)> {
        let (list, asked) = (query.without_place(), query.window()?.skip);
        let starts = recorded.iter().filter(|(candidate, _)| candidate.without_place() == list);
        let starts = starts.map(|(candidate, index)| (candidate.window().map_or(0, |window| window.skip), *index));
        let (start, index) = starts.filter(|(start, _)| *start <= asked).max()?;
        let exchange = self.exchanges.get(index).filter(|it| it.status.is_success() && it.omitted.is_none())?;
        Some((index, page::rest(&exchange.body, asked - start)?))
    }

    fn find_by_path(&self, key: Key, query: &Query, recorded: &[(Query, usize)]) -> Option<(usize, Option<Bytes>)> {
        let window = query.window();
        // A page of another size says nothing about the page that was asked for.
        let whole = recorded.iter().filter(|(candidate, _)| window.is_none() || candidate.window().is_none());
        let whole: Vec<usize> = whole.map(|(_, index)| *index).collect();
        if whole.is_empty() {
            return None;
        }
        // Later pages belong to the answer that the first page came from.
        let starts = window.is_none_or(|window| window.skip == 0);
        let index = self.next(key, None, &whole, starts);
        match window {
            Some(window) if self.exchanges.get(index)?.status.is_success() => {
                let exchange = self.exchanges.get(index)?;
                match exchange.omitted {
                    Some(_) => Some((index, None)),
                    None => Some((index, Some(page::cut(&exchange.body, window)?))),
                }
            }
            _ => Some((index, None)),
        }
    }

    /// The next of some recorded answers; the last one for ever after.
    fn next(&self, key: Key, query: Option<Query>, candidates: &[usize], advance: bool) -> usize {
        let mut served = self.served.lock().unwrap_or_else(PoisonError::into_inner);
        let count = served.entry((key, query)).or_insert(0);
        let at = if advance { *count } else { count.saturating_sub(1) }.min(candidates.len() - 1);
        *count += usize::from(advance);
        candidates[at]
    }

    fn serve(&self, index: usize, body: Option<Bytes>) -> http::Response<Body> {
        let exchange = &self.exchanges[index];
        let body = body.unwrap_or_else(|| exchange.body.clone());
        let mut response = http::Response::new(body_from_bytes(body, self.options.chunk_bytes));
        *response.status_mut() = exchange.status;
        *response.headers_mut() = exchange.headers.clone();
        response
    }

    fn unrecorded(&self, request: &http::Request<Bytes>, path_is_known: bool) -> TransportError {
        let cure = match self.options.matching {
            Matching::Exact if path_is_known => {
                "the path is recorded with another query: use `--match path`, or record again"
            }
            Matching::Path if path_is_known => {
                "the path is recorded with other pages: configure their size, or record again"
            }
            _ => "record again with this configuration, or enable only the recorded datasets",
        };
        let url = redact_url(&request.uri().to_string());
        TransportError::Unrecorded(format!("no recorded answer for {} {url}; {cure}", request.method()))
    }
}

impl Transport for ReplayTransport {
    fn send(
        &self,
        request: http::Request<Bytes>,
        _: Timeouts,
    ) -> BoxFuture<'_, Result<http::Response<Body>, TransportError>> {
        Box::pin(async move { self.answer(&request) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::transport::DEFAULT_TIMEOUTS;
    use http::{HeaderMap, Method, StatusCode};
    use http_body_util::BodyExt;

    fn recorded(url: &str, body: &str) -> Exchange {
        Exchange {
            started: None,
            method: Method::GET,
            url: url.parse().unwrap(),
            status: StatusCode::OK,
            headers: HeaderMap::new(),
            body: body.to_owned().into(),
            omitted: None,
        }
    }

    async fn get(replay: &ReplayTransport, url: &str) -> Result<String, TransportError> {
        let request = http::Request::get(url).header("authorization", "Bearer x").body(Bytes::new()).unwrap();
        let body = replay.send(request, DEFAULT_TIMEOUTS).await?.into_body().collect().await?.to_bytes();
        Ok(String::from_utf8(body.to_vec()).unwrap())
    }

    fn replay(exchanges: &[(&str, &str)], matching: Matching) -> ReplayTransport {
        let exchanges = exchanges.iter().map(|(url, body)| recorded(url, body)).collect();
        ReplayTransport::new(exchanges, ReplayOptions { matching, chunk_bytes: 2 })
    }

    #[tokio::test]
    async fn identical_requests_are_answered_in_order() {
        let replay = replay(&[("https://a/x", "1"), ("https://a/y", "other"), ("https://a/x", "2")], Matching::Exact);
        for expected in ["1", "2", "2"] {
            assert_eq!(get(&replay, "https://a/x").await.unwrap(), expected);
        }
    }

    #[tokio::test]
    async fn hosts_and_query_order_are_equivalent() {
        let url = "https://api.securitycenter.microsoft.com/api/x?b=2&$top=1";
        let replay = replay(&[(url, "{}")], Matching::Exact);
        assert_eq!(get(&replay, "https://API.security.microsoft.com:443/api/x?%24top=1&b=2").await.unwrap(), "{}");
    }

    #[tokio::test]
    async fn what_was_not_recorded_is_named() {
        let recordings = [("https://a/x?sv=1", "{}")];
        let error = get(&replay(&recordings, Matching::Exact), "https://a/x?sig=hush").await.unwrap_err();
        assert!(error.is_fatal());
        let line = error.to_string();
        assert!(line.starts_with("no recorded answer for GET https://a/x?sig=[REDACTED]; "), "{line}");
        assert!(line.contains("--match path"), "{line}");
        let replay = replay(&recordings, Matching::Path);
        assert_eq!(get(&replay, "https://a/x?whatever=1").await.unwrap(), "{}");
        assert!(!get(&replay, "https://a/y").await.unwrap_err().to_string().contains("--match"));
    }

    #[tokio::test]
    async fn pages_are_cut_from_a_recording_without_paging() {
        let all = r#"{"@odata.context":"c","value":[{"id": 1},{"id":2},{"id":3}]}"#;
        let replay = replay(&[("https://a/x", all), ("https://a/x?$top=9&$skip=9", "exact")], Matching::Path);
        let page = |skip: usize, top: usize| format!("https://a/x?$top={top}&$skip={skip}");
        let cut = |value: &str| format!(r#"{{"@odata.context":"c","value":[{value}]}}"#);
        assert_eq!(get(&replay, &page(0, 2)).await.unwrap(), cut(r#"{"id": 1},{"id":2}"#));
        assert_eq!(get(&replay, &page(2, 2)).await.unwrap(), cut(r#"{"id":3}"#));
        assert_eq!(get(&replay, &page(4, 2)).await.unwrap(), cut(""));
        assert_eq!(get(&replay, &page(9, 9)).await.unwrap(), "exact");
        assert_eq!(get(&replay, "https://a/x").await.unwrap(), all);
    }

    #[tokio::test]
    async fn a_page_may_begin_within_a_recorded_one() {
        let pages =
            [("https://a/x?$top=9", r#"{"value":[1,2,3]}"#), ("https://a/x?$top=9&$skip=2", r#"{"value":[3,4]}"#)];
        let replay = replay(&pages, Matching::Exact);
        for (skip, rows) in [(0, "1,2,3"), (1, "2,3"), (3, "4"), (4, "")] {
            let body = get(&replay, &format!("https://a/x?$top=9&$skip={skip}")).await.unwrap();
            assert_eq!(body, format!(r#"{{"value":[{rows}]}}"#));
        }
        for unknown in ["$top=9&$skip=5", "$top=8&$skip=1", "$top=9&$skip=1&$filter=a"] {
            assert!(get(&replay, &format!("https://a/x?{unknown}")).await.is_err(), "{unknown}");
        }
    }

    #[tokio::test]
    async fn a_body_that_was_left_out_is_named() {
        for (asked, matching) in [("https://a/x", Matching::Exact), ("https://a/x?$top=1&$skip=0", Matching::Path)] {
            let left_out = Exchange { omitted: Some("it is cut off".into()), ..recorded("https://a/x", "") };
            let replay = ReplayTransport::new(vec![left_out], ReplayOptions { matching, chunk_bytes: 2 });
            let line = get(&replay, asked).await.unwrap_err().to_string();
            assert!(
                line.contains("the recorded answer to GET https://a/x") && line.contains("it is cut off"),
                "{line}"
            );
        }
    }

    #[tokio::test]
    async fn recorded_pages_are_not_cut_again() {
        let replay = replay(&[("https://a/x?$top=2&$skip=0", r#"{"value":[1,2]}"#)], Matching::Path);
        assert!(get(&replay, "https://a/x?$top=5&$skip=0").await.is_err());
    }

    #[test]
    fn tenant_and_start_come_from_the_recording() {
        let mut token = recorded("https://login.example/11-22/oauth2/v2.0/token", "{}");
        token.started = Some(Duration::from_secs(9));
        let mut later = recorded("https://a/x", "{}");
        later.started = Some(Duration::from_secs(10));
        let replay = ReplayTransport::new(vec![later, token], ReplayOptions::default());
        assert_eq!(replay.tenant(), Some("11-22"));
        assert_eq!(replay.started(), Some(Duration::from_secs(9)));
    }
}
