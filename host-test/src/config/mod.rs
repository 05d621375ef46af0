//! The configuration file: TOML with sections for the source, the sandbox, the state, the sink and the schedule.
//!
//! ```toml
//! [source]
//! component = "other.wasm"          # default: the built-in component
//!
//! [source.config]                   # handed to the component; `describe --schema` says what it may hold
//! tenant_id = "00000000-0000-0000-0000-000000000000"
//!
//! [source.secrets]                  # references only
//! client_secret = { env = "DEFENDER_CLIENT_SECRET" }   # or file, exec, credential
//!
//! [sandbox]                         # all optional; the values shown are the defaults, unless marked
//! memory_bytes = 67108864
//! call_timeout_secs = 600
//! connect_timeout_secs = 30
//! max_in_flight = 16
//! max_batch_events = 1000
//! max_batch_bytes = 1048576
//! cache = true                      # keep the compiled component
//! cache_dir = "cache"               # default: the user's cache folder
//! ca_file = "authorities.pem"       # default: the machine's authorities alone
//! proxy = "http://proxy.example:3128"                     # default: none
//! hosts = { "127.0.0.1:8080" = "api.security.microsoft.com" }   # default: none; several hosts: a list of them
//!
//! [state]
//! path = "defender.state.json"      # default: the configuration's name with this extension
//! inventory = true                  # default: false; then `path` is by default defender.inventory.db
//! grace_runs = 1                    # only with an inventory: misses in a row before an asset is gone, less one
//! max_delete_percent = 20           # only with an inventory: most that may go at once
//!
//! [sink]
//! type = "file"                     # default: "stdout"
//! path = "events.ndjson"
//!
//! [schedule]                        # default: one run
//! interval_secs = 3600              # from start to start; a longer run delays the next one
//! ```
//!
//! Relative paths are relative to the file. Every mistake is one line with file, line, column, member and cure. A value
//! below `source.secrets` is never shown, not even when it is misplaced; `disclosed` says which names and paths are.

mod disclosed;
mod document;
mod error;
mod mistakes;
mod overrides;
mod schema;
mod secret_program;
mod secrets;
mod settings;
mod starter;

pub use error::{ConfigError, Place};
pub use mistakes::{mistakes, place_of};
pub use overrides::Overrides;
pub use schema::of_file;
pub use secrets::{SecretRef, resolve};
pub use settings::{Sandbox, Settings, SinkSettings};
pub use starter::Starter;
