//! What the user may set: a document as it is written, the schema that is made of it, and what it comes to.

mod checking;
mod disclosed;
mod document;
mod filters;
mod platforms;
mod room;
mod schema;
mod secrets;
mod selection;
mod settings;

pub use filters::{FilterConfig, level};
pub use schema::json_schema;
pub use secrets::client_secret;
pub use selection::Selection;
pub use settings::{Config, Fingerprints};
