//! The double as the network of a component: answers become HTTP, and the time that they take passes on the virtual
//! clock. What a time-out would cut off is cut off after exactly that time.

use super::fuse::{Fuse, Killed};
use super::sabotage::Saboteur;
use super::site::Site;
use super::tape::{Tape, Track};
use crate::clock::Clock;
use crate::transport::{self, Body, Timeouts, Transport, TransportError};
use bytes::Bytes;
use defender_double::service::{Answer, Piece, Response, Service};
use futures_util::future::BoxFuture;
use http_body::Frame;
use http_body_util::{BodyExt, StreamBody};
use std::sync::Arc;
use std::time::Duration;

/// The services of a tenant, from inside the process, for one life of the host.
pub(crate) struct Network {
    /// Who answers.
    pub(crate) service: Arc<Service>,
    /// The time, of the double as well.
    pub(crate) clock: Clock,
    /// Ends this life.
    pub(crate) fuse: Arc<Fuse>,
    /// Remembers what was asked.
    pub(crate) tape: Arc<Tape>,
    /// Rows of a page, whatever page size is asked for.
    pub(crate) page_rows: Option<u32>,
    /// Changes what the component gets to see.
    pub(crate) saboteur: Saboteur,
}

impl Transport for Network {
    fn send(
        &self,
        mut request: http::Request<Bytes>,
        timeouts: Timeouts,
    ) -> BoxFuture<'_, Result<http::Response<Body>, TransportError>> {
        Box::pin(async move {
            self.fuse.pass(Site::Request)?;
            if self.saboteur.rewrites() {
                // Who changes texts has to be able to read them.
                request.headers_mut().remove(http::header::ACCEPT_ENCODING);
            }
            let (url, at) = (request.uri().clone(), self.clock.now());
            let query = query_of(&request);
            let answer = self.service.answer(&with_page_size(request, self.page_rows), at);
            let track = self.tape.begin(&url, query, at);
            let answered = self.head(answer, timeouts);
            self.fuse.pass(Site::Answer)?;
            let (mut head, pieces) = answered?;
            track.status(head.status().as_u16());
            if head.headers().contains_key(http::header::RETRY_AFTER) {
                track.says_when();
            }
            if self.saboteur.rewrites() {
                let whole = Reader::new(self, pieces, track, timeouts).whole()?;
                let (status, whole) = self.saboteur.rewrite(&url, head.status(), whole);
                *head.status_mut() = status;
                head.headers_mut().remove(http::header::CONTENT_LENGTH);
                return Ok(head.map(|()| transport::body_from_bytes(whole.into(), 64 * 1024)));
            }
            let reader = Reader::new(self, pieces, track, timeouts);
            let frames = futures_util::stream::iter(reader.map(|piece| piece.map(Frame::data)));
            Ok(head.map(|()| StreamBody::new(frames).boxed_unsync()))
        })
    }
}

type Pieces = defender_double::service::Body;

impl Network {
    /// Waits for the head, as long as the component wants to.
    fn head(&self, answer: Answer, timeouts: Timeouts) -> Result<(http::Response<()>, Pieces), TransportError> {
        match answer {
            Answer::Refused => Err(TransportError::Connect),
            Answer::Reset { after } => {
                self.pass_time(after, timeouts.head, TransportError::HeadTimeout)?;
                Err(TransportError::Reset)
            }
            Answer::Http(Response { after, status, headers, body }) => {
                self.pass_time(after, timeouts.head, TransportError::HeadTimeout)?;
                let mut head = http::Response::new(());
                *head.status_mut() = status;
                *head.headers_mut() = headers;
                Ok((head, body))
            }
        }
    }

    fn pass_time(&self, takes: Duration, at_most: Duration, otherwise: TransportError) -> Result<(), TransportError> {
        self.clock.advance(takes.min(at_most));
        if takes > at_most { Err(otherwise) } else { Ok(()) }
    }
}

impl From<Killed> for TransportError {
    fn from(_: Killed) -> Self {
        Self::Stopped
    }
}

/// The body of a query, which is as much of a question as an address is. A request for a token holds a secret.
fn query_of(request: &http::Request<Bytes>) -> Option<String> {
    let is_query = request.uri().path().ends_with("/runHuntingQuery");
    is_query.then(|| String::from_utf8_lossy(request.body()).into_owned())
}

/// Asks for pages of another size: tenants of a simulation are small, and yet have to be read in several pages.
fn with_page_size(mut request: http::Request<Bytes>, rows: Option<u32>) -> http::Request<Bytes> {
    let (Some(rows), Some(query)) = (rows, request.uri().query()) else { return request };
    let changed = |option: &str| match option.split_once('=') {
        Some((name @ ("$top" | "pageSize"), _)) => format!("{name}={rows}"),
        _ => option.to_owned(),
    };
    let query: Vec<String> = query.split('&').map(changed).collect();
    let mut parts = request.uri().clone().into_parts();
    let path = format!("{}?{}", request.uri().path(), query.join("&"));
    parts.path_and_query = path.parse().ok();
    if let Ok(uri) = http::Uri::from_parts(parts) {
        *request.uri_mut() = uri;
    }
    request
}

/// Reads a body, piece by piece, until its end or an error.
struct Reader {
    pieces: std::iter::Peekable<Pieces>,
    clock: Clock,
    fuse: Arc<Fuse>,
    track: Track,
    between: Duration,
    /// Time since the last byte.
    silent: Duration,
    ended: bool,
}

impl Reader {
    fn new(network: &Network, pieces: Pieces, track: Track, timeouts: Timeouts) -> Self {
        let (clock, fuse) = (network.clock.clone(), Arc::clone(&network.fuse));
        let pieces = pieces.peekable();
        Self { pieces, clock, fuse, track, between: timeouts.between, silent: Duration::ZERO, ended: false }
    }

    fn whole(self) -> Result<Vec<u8>, TransportError> {
        let mut whole = Vec::new();
        for piece in self {
            whole.extend_from_slice(&piece?);
        }
        Ok(whole)
    }

    fn piece(&mut self) -> Result<Option<Bytes>, TransportError> {
        loop {
            self.fuse.pass(Site::Body)?;
            match self.pieces.next() {
                None => {
                    self.track.ended();
                    return Ok(None);
                }
                Some(Piece::Data(bytes)) => {
                    self.silent = Duration::ZERO;
                    self.track.body(&bytes);
                    // Readers of JSON stop at its last bracket and never ask for what follows.
                    if self.pieces.peek().is_none() {
                        self.track.ended();
                    }
                    return Ok(Some(bytes));
                }
                Some(Piece::Pause(pause)) => {
                    let left = self.between.saturating_sub(self.silent);
                    self.clock.advance(pause.min(left));
                    self.silent += pause;
                    if pause > left {
                        return Err(TransportError::BodyTimeout);
                    }
                }
                Some(Piece::Reset) => return Err(TransportError::Reset),
                Some(Piece::Closed) => return Err(TransportError::Incomplete),
            }
        }
    }
}

impl Iterator for Reader {
    type Item = Result<Bytes, TransportError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.ended {
            return None;
        }
        let piece = self.piece().transpose();
        self.ended = !matches!(piece, Some(Ok(_)));
        piece
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::simulate::fuse::Passage;
    use defender_double::model::{Shape, Tenant};
    use defender_double::scenario::Scenario;
    use defender_double::service::Terms;

    const TIMEOUTS: Timeouts =
        Timeouts { connect: Duration::from_secs(1), head: Duration::from_secs(5), between: Duration::from_secs(10) };

    fn network(fuse: Fuse) -> Network {
        let service = Service::new(Arc::new(Tenant::new(Shape::default())), Terms::default(), Scenario::default());
        Network {
            service: Arc::new(service),
            clock: Clock::virtual_at(Duration::from_secs(1000)),
            fuse: Arc::new(fuse),
            tape: Arc::new(Tape::default()),
            page_rows: None,
            saboteur: Saboteur::default(),
        }
    }

    /// Reads a body; what came of it, and the seconds that it took.
    fn read(pieces: Vec<Piece>, fuse: Fuse) -> (Result<usize, TransportError>, u64) {
        let network = network(fuse);
        let track = network.tape.begin(&http::Uri::from_static("https://h/api/machines"), None, Duration::ZERO);
        let reader = Reader::new(&network, Box::new(pieces.into_iter()), track, TIMEOUTS);
        (reader.whole().map(|whole| whole.len()), network.clock.elapsed().as_secs())
    }

    fn pause(secs: u64) -> Piece {
        Piece::Pause(Duration::from_secs(secs))
    }

    fn data() -> Piece {
        Piece::Data(Bytes::from_static(b"1234"))
    }

    #[test]
    fn pauses_take_their_time_and_no_more_than_the_time_out() {
        assert_eq!(read(vec![data(), pause(9), data()], Fuse::never()), (Ok(8), 9));
        assert_eq!(read(vec![data(), pause(11), data()], Fuse::never()), (Err(TransportError::BodyTimeout), 10));
        let two = vec![data(), pause(6), pause(6), data()];
        assert_eq!(read(two, Fuse::never()), (Err(TransportError::BodyTimeout), 10), "it counts from the last byte");
        let between = vec![pause(6), data(), pause(6), data()];
        assert_eq!(read(between, Fuse::never()), (Ok(8), 12));
    }

    #[test]
    fn lost_connections_are_told_apart() {
        assert_eq!(read(vec![data(), Piece::Reset], Fuse::never()).0, Err(TransportError::Reset));
        assert_eq!(read(vec![data(), Piece::Closed], Fuse::never()).0, Err(TransportError::Incomplete));
        assert_eq!(
            read(vec![data(), data()], Fuse::at(Passage { site: Site::Body, nth: 2 })).0,
            Err(TransportError::Stopped)
        );
    }

    #[test]
    fn an_answer_that_takes_too_long_is_none() {
        let head = |answer| {
            let network = network(Fuse::never());
            let head = network.head(answer, TIMEOUTS).map(|(head, _)| head.status().as_u16());
            (head, network.clock.elapsed().as_secs())
        };
        let http = |secs| {
            Answer::Http(Response {
                after: Duration::from_secs(secs),
                status: http::StatusCode::OK,
                headers: http::HeaderMap::new(),
                body: Box::new(std::iter::empty()),
            })
        };
        assert_eq!(head(http(5)), (Ok(200), 5));
        assert_eq!(head(http(6)), (Err(TransportError::HeadTimeout), 5));
        let reset = |secs| Answer::Reset { after: Duration::from_secs(secs) };
        assert_eq!(head(reset(2)), (Err(TransportError::Reset), 2));
        assert_eq!(head(reset(60)), (Err(TransportError::HeadTimeout), 5));
        assert_eq!(head(Answer::Refused), (Err(TransportError::Connect), 0));
    }

    #[test]
    fn page_sizes_are_replaced_and_the_rest_is_not() {
        let asked = |uri: &'static str, rows| {
            let request = http::Request::get(uri).body(Bytes::new()).unwrap();
            with_page_size(request, rows).uri().to_string()
        };
        assert_eq!(asked("https://h/a?$top=10000&$skip=7", Some(5)), "https://h/a?$top=5&$skip=7");
        assert_eq!(asked("https://h/a?pageSize=200000", Some(5)), "https://h/a?pageSize=5");
        assert_eq!(asked("https://h/a?$skiptoken=x%3D", Some(5)), "https://h/a?$skiptoken=x%3D");
        assert_eq!(asked("https://h/a?$top=10000", None), "https://h/a?$top=10000");
    }

    #[tokio::test]
    async fn a_host_that_was_killed_sends_nothing() {
        let network = network(Fuse::at(Passage { site: Site::Request, nth: 1 }));
        let request = http::Request::get("https://api.security.microsoft.com/api/machines").body(Bytes::new()).unwrap();
        assert_eq!(network.send(request, TIMEOUTS).await.err(), Some(TransportError::Stopped));
        assert!(network.service.log().entries.is_empty());
    }
}
