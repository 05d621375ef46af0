//! The configuration file: TOML with sections for the source, the sandbox, the state, the sink and the schedule.
//!
//! Every mistake is one line with file, line number, member and cure. A value below `source.secrets` is never shown,
//! not even when it is misplaced.

mod document;
mod error;
mod overrides;
mod secrets;
mod settings;

pub use error::ConfigError;
pub use overrides::{Overrides, nearest};
pub use secrets::{SecretRef, resolve};
pub use settings::{Sandbox, Settings, SinkSettings};
