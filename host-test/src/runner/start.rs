//! The start of a run: in which order the places are opened that it goes on from and writes to.
//!
//! The lock comes first, and nothing is looked at or changed before it is held: a second start would cut off the line
//! that the first is writing, or go on from a position that is not the last. Whoever opens a place has to show the lock.
//! The program and the simulation start by this one function.

/// The places of a run, before they are open.
pub trait Places {
    /// Proof that no other process runs with these places. Drop it when the run is over.
    type Lock;
    /// Where positions are kept.
    type State;
    /// Where events go.
    type Sink;
    /// Why a place cannot be used.
    type Error;

    /// Takes all places for this run alone, and touches nothing that is in them.
    ///
    /// # Errors
    /// When another run has them.
    fn lock(&mut self) -> Result<Self::Lock, Self::Error>;

    /// Opens what is known from earlier runs.
    ///
    /// # Errors
    /// When it is not there to be used.
    fn state(&mut self, lock: &Self::Lock) -> Result<Self::State, Self::Error>;

    /// The position to go on from, if there is one.
    ///
    /// # Errors
    /// When it cannot be read.
    fn position(&mut self, state: &mut Self::State) -> Result<Option<String>, Self::Error>;

    /// Opens the sink, and cuts off half a line that an earlier run left at its end. Comes last: a run that cannot go on
    /// leaves the sink as it is.
    ///
    /// # Errors
    /// When it cannot be written to.
    fn sink(&mut self, lock: &Self::Lock) -> Result<Self::Sink, Self::Error>;
}

/// The places of a run, open. Fields are dropped in this order: the lock is given up last.
pub struct Started<P: Places> {
    /// Where events go.
    pub sink: P::Sink,
    /// Where positions are kept.
    pub state: P::State,
    /// Where to go on.
    pub position: Option<String>,
    /// Keeps everybody else out.
    pub lock: P::Lock,
}

/// Opens the places of a run.
///
/// # Errors
/// The first one that any of them gives. What comes behind it was not touched.
pub fn start<P: Places>(places: &mut P) -> Result<Started<P>, P::Error> {
    let lock = places.lock()?;
    let mut state = places.state(&lock)?;
    let position = places.position(&mut state)?;
    let sink = places.sink(&lock)?;
    Ok(Started { sink, state, position, lock })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::RefCell;
    use std::rc::Rc;

    type Log = Rc<RefCell<Vec<&'static str>>>;

    struct Named(&'static str, Log);

    impl Drop for Named {
        fn drop(&mut self) {
            self.1.borrow_mut().push(self.0);
        }
    }

    /// Writes down what is opened, up to a place that cannot be.
    struct Diary {
        log: Log,
        broken: &'static str,
    }

    impl Diary {
        fn open(&self, name: &'static str, closed: &'static str) -> Result<Named, &'static str> {
            self.log.borrow_mut().push(name);
            if name == self.broken { Err(name) } else { Ok(Named(closed, Rc::clone(&self.log))) }
        }
    }

    impl Places for Diary {
        type Lock = Named;
        type State = Named;
        type Sink = Named;
        type Error = &'static str;

        fn lock(&mut self) -> Result<Named, &'static str> {
            self.open("lock", "unlocked")
        }
        fn state(&mut self, _: &Named) -> Result<Named, &'static str> {
            self.open("state", "state closed")
        }
        fn position(&mut self, _: &mut Named) -> Result<Option<String>, &'static str> {
            self.log.borrow_mut().push("position");
            Ok(Some("here".into()))
        }
        fn sink(&mut self, _: &Named) -> Result<Named, &'static str> {
            self.open("sink", "sink closed")
        }
    }

    fn log(broken: &'static str) -> Vec<&'static str> {
        let mut diary = Diary { log: Log::default(), broken };
        let started = start(&mut diary);
        assert_eq!(started.as_ref().err().copied(), Some(broken).filter(|broken| !broken.is_empty()));
        assert!(started.as_ref().is_err() || started.as_ref().is_ok_and(|it| it.position.as_deref() == Some("here")));
        drop(started);
        diary.log.take()
    }

    #[test]
    fn the_lock_is_taken_first_and_given_up_last() {
        let whole = ["lock", "state", "position", "sink", "sink closed", "state closed", "unlocked"];
        assert_eq!(log(""), whole);
    }

    #[test]
    fn what_comes_behind_a_place_that_cannot_be_opened_is_not_touched() {
        assert_eq!(log("lock"), ["lock"]);
        assert_eq!(log("state"), ["lock", "state", "unlocked"]);
        assert_eq!(log("sink"), ["lock", "state", "position", "sink", "state closed", "unlocked"]);
    }
}
