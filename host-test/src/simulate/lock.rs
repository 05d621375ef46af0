//! The lock on the places of a run, as the system keeps it: it falls with the process that holds it, however that ends.

use super::sabotage::{Locking, Saboteur};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// The lock; clones are one.
#[derive(Clone, Default)]
pub(crate) struct Locks {
    is_held: Arc<AtomicBool>,
    saboteur: Saboteur,
}

/// Proof that the lock is held. Dropping it is what the system does with the process.
pub(crate) struct Held {
    /// None where nothing has to be given up.
    locked: Option<Arc<AtomicBool>>,
}

impl Locks {
    pub(crate) fn new(saboteur: &Saboteur) -> Self {
        Self { is_held: Arc::default(), saboteur: saboteur.clone() }
    }

    /// Takes it; nothing if somebody has it.
    pub(crate) fn take(&self) -> Option<Held> {
        let was_held = self.is_held.swap(true, Ordering::Relaxed);
        match self.saboteur.locking() {
            Locking::Works if was_held => None,
            Locking::Works => Some(Held { locked: Some(Arc::clone(&self.is_held)) }),
            Locking::Ignored => Some(Held { locked: None }),
            Locking::LeftBehind if was_held => None,
            Locking::LeftBehind => Some(Held { locked: None }),
        }
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        if let Some(locked) = &self.locked {
            locked.store(false, Ordering::Relaxed);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::simulate::Sabotage;

    struct Broken(Locking);

    impl Sabotage for Broken {
        fn locking(&self) -> Locking {
            self.0
        }
    }

    fn locks(locking: Locking) -> Locks {
        Locks::new(&Saboteur::new(Box::new(Broken(locking))))
    }

    #[test]
    fn one_at_a_time_and_the_next_one_behind_it() {
        let locks = Locks::default();
        let first = locks.take();
        assert!(first.is_some() && locks.take().is_none());
        assert!(locks.take().is_none(), "who was refused has given up nothing");
        drop(first);
        assert!(locks.take().is_some());
    }

    #[test]
    fn a_lock_can_be_ignored_or_left_behind() {
        let ignored = locks(Locking::Ignored);
        assert!(ignored.take().is_some_and(|_first| ignored.take().is_some()));
        let left = locks(Locking::LeftBehind);
        assert!(left.take().is_some());
        assert!(left.take().is_none());
    }
}
