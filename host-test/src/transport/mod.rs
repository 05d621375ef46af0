//! How a request that passed the policy gets its answer: from the network, from a recording, or from a script.

mod body;
mod error;
mod live;
mod names;
mod proxy;
mod request;
mod timeouts;

pub use body::{Body, TooLong, body_from_bytes, body_from_chunks, read_all};
pub use error::TransportError;
pub use live::{LiveOptions, LiveTransport, SetupError};
pub use proxy::{Proxy, ProxyError};
pub use request::{MAX_REQUEST_BYTES, Transport};
pub use timeouts::{DEFAULT_TIMEOUTS, Timeouts};
