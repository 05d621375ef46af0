//! Reading one data set, step by step.

mod changes;
mod choosing;
mod collections;
mod mending;
mod rejecting;
mod resuming;
mod stages;
mod subjects;
mod tenant;

pub(super) use stages::{Mode, Shared, Task, TaskStep};
