//! The component in its sandbox, against a body in memory.

use crate::reading::Reading;
use bytes::Bytes;
use source_host::contract::{Limits, Secret, Step};
use source_host::engine::{Component, SandboxOptions, Source};
use source_host::runner::Session as _;
use source_host::testing::{FakeTransport, Reply};
use std::sync::Arc;

/// Reads the page as [`crate::native::read`] does: no more than the calls of the contract. What a host does with a
/// batch that it holds, such as checking each document, is not the sandbox's.
pub(crate) async fn read(component: &Component, config: &str, chunks: &[Bytes]) -> Reading {
    let chunks = chunks.to_vec();
    let network = FakeTransport::new()
        .on("POST", "/oauth2/v2.0/token", Reply::json(r#"{"expires_in":3599,"access_token":"t"}"#))
        .on("GET", "SoftwareVulnerabilitiesByMachine", Reply::generated(move || chunks.clone().into_iter()));
    let secrets = [Secret { name: "client_secret".to_owned(), value: "test".to_owned() }];
    let mut source = Source::start(component, &SandboxOptions::new(Arc::new(network))).await.expect("it starts");
    let mut session = source.open(config, &secrets, None).await.expect("the configuration is valid");
    let mut reading = Reading::default();
    loop {
        match session.next(Limits { max_events: 1000, max_bytes: 1 << 20 }).await.expect("the run succeeds") {
            Step::Batch(batch) => reading.take(batch.events.iter().map(|event| &*event.document)),
            Step::Wait(wait) => panic!("nothing to wait for: {}", wait.message),
            Step::Finished(_) => break,
        }
    }
    session.close().await.expect("the session ends");
    reading.peak_memory = source.peak_memory_bytes();
    reading
}
