//! What is around the process: other processes on its files, readers that die, outputs that are not what they should
//! be. Nothing may be lost at these edges without a word.
#![cfg(unix)]

mod support;

#[path = "edges/locks.rs"]
mod locks;
#[path = "edges/outputs.rs"]
mod outputs;
#[path = "edges/readers.rs"]
mod readers;
#[path = "edges/scene.rs"]
mod scene;
#[path = "edges/sinks.rs"]
mod sinks;
