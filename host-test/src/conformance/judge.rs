//! Every promise is judged, one after the other.

use super::case::{Case, Unfit};
use super::lab::Lab;
use super::needs::Needs;
use super::promise::Promise;
use super::table::PROMISES;
use super::verdict::Verdict;
use crate::engine::{Engine, LoadError};

/// A promise and its verdict.
#[derive(Debug, Clone)]
pub struct Judgement {
    /// The promise.
    pub promise: &'static Promise,
    /// What came of it.
    pub verdict: Verdict,
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
