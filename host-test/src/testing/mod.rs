//! Running a source in a test: a scripted network, a clock that does not wait, and everything that came of it.
//!
//! ```no_run
//! use source_host::testing::{FakeTransport, Harness, Reply};
//!
//! let network = FakeTransport::new()
//!     .on("POST", "/oauth2/v2.0/token", Reply::json(r#"{"access_token":"t","expires_in":3599}"#))
//!     .on("GET", "/api/machines", Reply::json(r#"{"value":[]}"#).chunk_bytes(1));
//! let run = Harness::new(network).config(r#"{"tenant_id":"…"}"#).run();
//! assert!(run.error.is_none());
//! ```

mod collected;
mod fake;
mod harness;
mod reply;

pub use collected::{Collected, Positions};
pub use fake::{FakeTransport, Seen};
pub use harness::{Harness, TestRun, embedded, engine};
pub use reply::Reply;
