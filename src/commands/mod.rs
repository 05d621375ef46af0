//! What a host may ask for besides a session: what the source is, whether it connects, what a run would cost, and one
//! whole run from the command line.

pub mod check;
pub mod describe;
pub mod dry_run;
mod grants;
pub mod run_once;
