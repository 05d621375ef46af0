//! Requests that are sent before their turn are really under way together, and never more of them than allowed.

use crate::support::complete;
use crate::support::service::{handmade_answer, harness};
use bytes::Bytes;
use futures_util::future::BoxFuture;
use source_host::testing::FakeTransport;
use source_host::transport::{Body, Timeouts, Transport, TransportError};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// The tenant, and how many of its answers were waited for at the same time, at most.
#[derive(Clone)]
struct Busy {
    tenant: FakeTransport,
    now: Arc<AtomicUsize>,
    most: Arc<AtomicUsize>,
}

impl Transport for Busy {
    fn send(
        &self,
        request: http::Request<Bytes>,
        timeouts: Timeouts,
    ) -> BoxFuture<'_, Result<http::Response<Body>, TransportError>> {
        Box::pin(async move {
            let now = self.now.fetch_add(1, Ordering::Relaxed) + 1;
            self.most.fetch_max(now, Ordering::Relaxed);
            // Whoever else was sent is seen here.
            for _ in 0..100 {
                tokio::task::yield_now().await;
            }
            self.now.fetch_sub(1, Ordering::Relaxed);
            self.tenant.send(request, timeouts).await
        })
    }
}

/// The most requests that were under way, and the events.
fn read(max_in_flight: usize) -> (usize, Vec<String>) {
    let network =
        Busy { tenant: FakeTransport::new().answer(handmade_answer), now: Arc::default(), most: Arc::default() };
    let run = harness(&network).datasets(&["devices", "device_users"]);
    let run = run.set("datasets.device_users.strategy=per_device");
    let run = complete(run.set(&format!("http.max_in_flight={max_in_flight}")));
    let events = run.documents().map(str::to_owned).collect();
    (network.most.load(Ordering::Relaxed), events)
}

#[test]
fn as_many_as_allowed_are_under_way_and_the_events_are_the_same() {
    let (most, alone) = read(1);
    assert_eq!(most, 1);
    for allowed in [2, 4] {
        let (most, events) = read(allowed);
        assert_eq!(most, allowed - 1, "beside the answer that is being read");
        assert_eq!(events, alone);
    }
}
