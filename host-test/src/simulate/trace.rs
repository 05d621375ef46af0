//! Everything that came out of a seed, step by step, and one hash over it: two simulations are the same if it is.

use sha2::{Digest, Sha256};

/// The steps of a seed, in the order of runs; in a run, events before checkpoints before requests.
pub(crate) struct Trace {
    all: Sha256,
    /// One line for each step, where somebody wants to read them.
    steps: Option<Vec<String>>,
}

impl Trace {
    /// A trace that keeps its steps, or only their hash.
    pub(crate) fn new(keeps_steps: bool) -> Self {
        Self { all: Sha256::new(), steps: keeps_steps.then(Vec::new) }
    }

    /// Adds a step. `kind` says what it is, `text` is all of it.
    pub(crate) fn step(&mut self, kind: &'static str, text: &str) {
        self.all.update(text.as_bytes());
        self.all.update(b"\n");
        if let Some(steps) = &mut self.steps {
            let hash = hex(&Sha256::digest(text.as_bytes()));
            steps.push(format!("{kind} {hash} {text}"));
        }
    }

    /// The hash over all steps in hexadecimal, and the steps.
    pub(crate) fn end(self) -> (String, Vec<String>) {
        (hex(&self.all.finalize()), self.steps.unwrap_or_default())
    }
}

/// Bytes in hexadecimal.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn trace(keeps_steps: bool, steps: &[&str]) -> (String, Vec<String>) {
        let mut trace = Trace::new(keeps_steps);
        for step in steps {
            trace.step("event", step);
        }
        trace.end()
    }

    #[test]
    fn the_hash_is_over_all_steps_whether_they_are_kept_or_not() {
        let (hash, steps) = trace(true, &["a", "b"]);
        let a = "ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb";
        assert_eq!((hash.len(), steps.len(), steps[0].as_str()), (64, 2, format!("event {a} a").as_str()));
        assert_eq!(trace(false, &["a", "b"]), (hash.clone(), vec![]));
        assert_ne!(trace(false, &["b", "a"]).0, hash);
        assert_ne!(trace(false, &["ab"]).0, hash);
    }
}
