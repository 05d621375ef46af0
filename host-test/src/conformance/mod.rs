//! The contract kit: holds any component of the world `pipeline:source/asset-source` to what `wit/` promises in its
//! name, one promise at a time, each with what was seen.
//!
//! [`PROMISES`] is the table of promises; a check is one file below `checks`. What a promise needs is said in the table:
//! some are read off the component alone, others need recorded traffic of the service that it reads. A promise that
//! could not be judged is never called kept.
//!
//! The kit watches from the host's side: time is virtual, answers come from recordings and from a few faults that every
//! service has, secrets are canaries, and everything that the component says in any experiment is searched for them.

mod checks;
mod ear;
mod lab;
mod schema;
mod table;
mod verdict;
mod wire;

pub use table::{Needs, PROMISES, Promise};
pub use verdict::{Judgement, Verdict};

use crate::contract::Secret;
use crate::engine::{CallError, Engine, LoadError};
use crate::har::Exchange;
use crate::replay::Matching;
use lab::Lab;
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

/// Judges every promise, in the order of the table.
pub async fn judge(engine: &Engine, case: &Case) -> Result<Vec<Judgement>, Unfit> {
    let lab = match Lab::open(engine, case).await {
        Err(Unfit::Load(LoadError::Forbidden { interfaces, .. })) => return Ok(refused(&interfaces)),
        opened => opened?,
    };
    let mut judgements = Vec::with_capacity(PROMISES.len());
    for promise in &PROMISES {
        let verdict = match lab.lacks(promise.needs) {
            Some(what) => Verdict::NotJudged(what.to_owned()),
            None => (promise.judge)(&lab).await.map_or_else(|verdict| verdict, Verdict::Kept),
        };
        judgements.push(Judgement { promise, verdict });
    }
    Ok(judgements)
}

/// The verdicts about a component that no host may load.
fn refused(surplus: &str) -> Vec<Judgement> {
    let verdict = |promise: &'static Promise| {
        let verdict = match promise.needs {
            Needs::Imports => Verdict::Broken(format!("imports {surplus}")),
            _ => Verdict::NotJudged("the host refuses to load it".to_owned()),
        };
        Judgement { promise, verdict }
    };
    PROMISES.iter().map(verdict).collect()
}
