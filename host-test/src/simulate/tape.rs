//! What was asked and answered, as the network saw it: before anybody could change it, and beside the log of the
//! double, which knows why an answer was what it was.

use super::reading::Dataset;
use http::Uri;
use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// A request and its answer.
#[derive(Debug, Clone)]
pub(crate) struct Exchange {
    /// When it was asked, as time since 1970.
    pub(crate) at: Duration,
    /// What was asked for: the address, and the query that was posted to it.
    pub(crate) url: String,
    /// The dataset that it serves; none for the sign-in service.
    pub(crate) dataset: Option<Dataset>,
    /// Status of the answer; none if there was none.
    pub(crate) status: Option<u16>,
    /// Whether the answer says when to come back.
    pub(crate) says_when: bool,
    /// Whether the body came to its end.
    pub(crate) ended: bool,
    /// Bytes of it that were read.
    pub(crate) bytes: u64,
    /// The body so far, where it can hold something secret.
    kept: Option<Vec<u8>>,
}

/// All requests of a simulation.
#[derive(Debug, Default)]
pub(crate) struct Tape {
    inner: Mutex<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    exchanges: Vec<Exchange>,
    secrets: BTreeSet<String>,
}

impl Tape {
    /// A request is on its way, with a query in its body if it is one.
    pub(crate) fn begin(self: &Arc<Self>, url: &Uri, query: Option<String>, at: Duration) -> Track {
        let mut inner = self.inner();
        let path = url.path();
        let is_secret = path.ends_with("/token") || path.contains("Export");
        inner.exchanges.push(Exchange {
            at,
            // The query of a file is its signature, another one each time.
            url: match query {
                Some(query) => format!("{url} {query}"),
                None if path.starts_with("/tvm-export/") => path.to_owned(),
                None => url.to_string(),
            },
            dataset: Dataset::of_path(path),
            status: None,
            says_when: false,
            ended: false,
            bytes: 0,
            kept: is_secret.then(Vec::new),
        });
        Track { tape: Arc::clone(self), index: inner.exchanges.len() - 1 }
    }

    /// Requests so far.
    pub(crate) fn len(&self) -> usize {
        self.inner().exchanges.len()
    }

    /// Requests from the one of a number on.
    pub(crate) fn since(&self, first: usize) -> Vec<Exchange> {
        self.inner().exchanges.get(first..).unwrap_or_default().to_vec()
    }

    /// Tokens and signatures that the services gave out.
    pub(crate) fn secrets(&self) -> BTreeSet<String> {
        self.inner().secrets.clone()
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One exchange, while it lasts.
#[derive(Debug)]
pub(crate) struct Track {
    tape: Arc<Tape>,
    index: usize,
}

impl Track {
    /// The head came.
    pub(crate) fn status(&self, status: u16) {
        self.change(|exchange| exchange.status = Some(status));
    }

    /// The head says when to come back.
    pub(crate) fn says_when(&self) {
        self.change(|exchange| exchange.says_when = true);
    }

    /// A part of the body came.
    pub(crate) fn body(&self, bytes: &[u8]) {
        self.change(|exchange| {
            exchange.bytes += bytes.len() as u64;
            if let Some(kept) = &mut exchange.kept {
                kept.extend_from_slice(bytes);
            }
        });
    }

    /// The body came to its end.
    pub(crate) fn ended(&self) {
        let mut inner = self.tape.inner();
        let Some(exchange) = inner.exchanges.get_mut(self.index) else { return };
        exchange.ended = true;
        let kept = exchange.kept.take().unwrap_or_default();
        let found = secrets(&String::from_utf8_lossy(&kept));
        inner.secrets.extend(found);
    }

    fn change(&self, change: impl FnOnce(&mut Exchange)) {
        if let Some(exchange) = self.tape.inner().exchanges.get_mut(self.index) {
            change(exchange);
        }
    }
}

/// Shortest text that is worth looking for: anything shorter would be found by chance.
const SHORTEST: usize = 12;

/// Tokens and signatures in a body: the parts of `access_token` between dots, and the values of `sig` in links.
fn secrets(body: &str) -> Vec<String> {
    let mut found = Vec::new();
    let token = serde_json::from_str::<serde_json::Value>(body).ok();
    if let Some(token) = token.as_ref().and_then(|answer| answer["access_token"].as_str()) {
        // The first part of a token is the same for all of them and says nothing.
        found.extend(token.split('.').skip(usize::from(token.contains('.'))).map(str::to_owned));
    }
    for link in body.split("sig=").skip(1) {
        found.push(link.split(['&', '"', '\\']).next().unwrap_or_default().to_owned());
    }
    found.retain(|text| text.len() >= SHORTEST);
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_and_signatures_are_found() {
        assert_eq!(
            secrets(r#"{"access_token":"head.payload-payload.signature-signature","expires_in":1}"#),
            ["payload-payload", "signature-signature"]
        );
        assert_eq!(secrets(r#"{"access_token":"opaque-opaque"}"#), ["opaque-opaque"]);
        assert_eq!(secrets(r#"{"exportFiles":["https://h/a?sv=1&sig=abcdefghijkl%3D&se=2"]}"#), ["abcdefghijkl%3D"]);
        assert!(secrets("no JSON").is_empty() && secrets(r#"{"access_token":"short"}"#).is_empty());
    }

    #[test]
    fn what_did_not_end_is_told_apart() {
        let tape = Arc::new(Tape::default());
        let ask = |url: &str| tape.begin(&url.parse().unwrap(), None, Duration::from_secs(1));
        let (whole, cut) = (ask("https://l/t/oauth2/v2.0/token"), ask("https://h/api/machines?$top=1"));
        whole.status(200);
        whole.body(br#"{"access_token":"abcdefghijklm"#);
        assert!(tape.secrets().is_empty(), "it is not complete");
        whole.body(br#""}"#);
        whole.ended();
        cut.body(b"12");
        assert_eq!(tape.secrets().into_iter().collect::<Vec<_>>(), ["abcdefghijklm"]);
        let exchanges = tape.since(0);
        assert_eq!((exchanges[0].ended, exchanges[0].status, exchanges[0].dataset), (true, Some(200), None));
        assert_eq!(
            (exchanges[1].ended, exchanges[1].status, exchanges[1].bytes, exchanges[1].dataset),
            (false, None, 2, Some(Dataset::Devices))
        );
        assert_eq!(tape.since(1).len() + tape.since(2).len() + tape.since(9).len(), 1);
    }
}
