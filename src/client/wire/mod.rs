//! HTTP without a policy: what a request and an answer are, how bodies are coded, and which hosts may be meant.
//!
//! [`Transport`] is all that has to be supplied from outside.

mod blob_hosts;
mod bounded;
pub(crate) mod content_coding;
mod count;
mod inflate;
mod link;
mod ordered_map;
mod origin;
mod pace;
mod percent_encode;
pub(crate) mod retry_after;
mod transport;

pub use blob_hosts::BlobHosts;
pub(crate) use bounded::BYTE_ORDER_MARK;
pub use bounded::read_bounded;
pub use content_coding::unpacked;
pub use count::{Count, count, is_zero};
pub use link::Link;
pub use ordered_map::OrderedMap;
pub use origin::Origin;
pub use pace::Pace;
pub use percent_encode::percent_encode;
pub use transport::{Clock, Entropy, InFlight, Receive, Request, Response, Transport, TransportError};
