//! The contract kit: holds any component of the world `pipeline:source/asset-source` to what `wit/` promises in its
//! name, one promise at a time, each with what was seen.
//!
//! [`PROMISES`] is the table of promises; a check is one file below `checks`. What a promise needs is said in the table:
//! some are read off the component alone, others need recorded traffic of the service that it reads. A promise that
//! could not be judged is never called kept.
//!
//! The kit watches from the host's side: time is virtual, answers come from recordings and from a few faults that every
//! service has, secrets are canaries, and everything that the component says in any experiment is searched for them.

mod case;
mod checks;
mod ear;
mod judge;
mod lab;
mod needs;
mod promise;
mod schema;
mod table;
mod verdict;
mod wire;

pub use case::{Case, Unfit};
pub use judge::{Judgement, judge};
pub use needs::Needs;
pub use promise::Promise;
pub use table::PROMISES;
pub use verdict::Verdict;
