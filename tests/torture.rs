//! The real program against the real double, in lives that end badly: killed, told to stop, without room, without a
//! reader, started twice, on a clock that jumps. In the end nothing is lost, nothing invented, nothing corrupt.
//!
//! | file | idea |
//! |---|---|
//! | `tenant` | the double in this process: a truth that stands still, and a gate at which a request waits |
//! | `world` | where events and positions go, and how the tenant is read |
//! | `consumer` | what really arrived, life by life |
//! | `life` | one start of the program, and how it came to its end |
//! | `faults` | what can strike, as a table |
//! | `judge` | what was delivered, against the truth |
//! | `trial` | lives in a row, from a seed |
//! | `strike` | what happens to a life |
//! | `seconds` | starts beside others |
//! | `matrix` | how many of them, where |
//! | `broken` | the judge complains where it has to |
//!
//! It starts the program that `cargo test` built, or the build whose whole path is in `SOURCE_HOST`. A trial that fails
//! prints the command that repeats it. `TORTURE_TRIALS=5000` asks for so many kills and second starts instead of 500 each.
#![cfg(target_os = "linux")]

mod support;

#[path = "torture/broken.rs"]
mod broken;
#[path = "torture/consumer.rs"]
mod consumer;
#[path = "torture/faults.rs"]
mod faults;
#[path = "torture/judge.rs"]
mod judge;
#[path = "torture/life.rs"]
mod life;
#[path = "torture/matrix.rs"]
mod matrix;
#[path = "torture/seconds.rs"]
mod seconds;
#[path = "torture/strike.rs"]
mod strike;
#[path = "torture/tenant.rs"]
mod tenant;
#[path = "torture/trial.rs"]
mod trial;
#[path = "torture/world.rs"]
mod world;
