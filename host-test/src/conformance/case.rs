//! What is judged, and why it may not be judged at all.

use crate::contract::Secret;
use crate::engine::{CallError, LoadError};
use crate::har::Exchange;
use crate::replay::Matching;
use serde_json::{Map, Value};

/// What is judged.
#[derive(Debug, Clone)]
pub struct Case {
    /// Name of the component, for messages.
    pub name: String,
    /// The component.
    pub wasm: Vec<u8>,
    /// Its configuration; without one, runs are not judged.
    pub config: Option<Map<String, Value>>,
    /// Secrets to hand over. Their values are searched for in everything that comes back.
    pub secrets: Vec<Secret>,
    /// Answers of the service; without any, runs are not judged.
    pub exchanges: Vec<Exchange>,
    /// How a request finds its recorded answer.
    pub matching: Matching,
}

/// A case that cannot be judged at all.
#[derive(Debug, thiserror::Error)]
pub enum Unfit {
    /// It is not a source.
    #[error(transparent)]
    Load(#[from] LoadError),
    /// It is one, but does not even say what it is.
    #[error(transparent)]
    Call(#[from] CallError),
}
