//! The run: its tasks, the batches that they fill, and the checkpoint from which another session goes on.

mod batch;
pub mod checkpoint;
mod counting;
mod life;
mod round;
mod run;
mod run_id;
mod task;
#[cfg(test)]
mod tests;

pub use batch::Limits;
pub use counting::Uncounted;
pub use run::{Batch, Progress, Session, Step};
