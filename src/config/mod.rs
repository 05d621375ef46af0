//! What the user may set.
//!
//! [`members`] is the table; [`Config::parse`] turns a checked document into typed values; [`schema`] publishes the
//! table as JSON Schema.

mod filters;
pub mod members;
mod platforms;
pub mod schema;
mod secrets;
mod selection;
mod settings;
mod values;

pub use filters::{FilterConfig, level};
pub use secrets::client_secret;
pub use selection::Selection;
pub use settings::{Config, Fingerprints};
