//! The places of one run of the program, in the order in which a run opens them: see [`crate::runner::start`].

use super::exit::Exit;
use super::places::{self, Claimed};
use super::state::State;
use crate::clock::Clock;
use crate::config::Settings;
use crate::contract::Descriptor;
use crate::lock::Lock;
use crate::runner::{Places, Stop};
use crate::sink::Sink;

/// What is asked of one run alone.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Once {
    pub(super) reset: bool,
    pub(super) allow_mass_delete: bool,
}

/// What the settings say about the places of a run.
pub(super) struct Premises<'a> {
    pub(super) settings: &'a Settings,
    /// The lock on the state, and what is asked of this run; nothing for a run that remembers nothing.
    pub(super) once: Option<(&'a Lock, Once)>,
    pub(super) about: &'a Descriptor,
    pub(super) config: &'a str,
    pub(super) clock: &'a Clock,
    pub(super) stop: &'a Stop,
    /// The sink, locked and not yet written to.
    pub(super) claimed: Option<Claimed>,
}

impl Places for Premises<'_> {
    /// The lock on the state is held over all runs of a schedule, the one on the sink goes with the sink.
    type Lock = ();
    type State = State;
    type Sink = Box<dyn Sink + Send>;
    type Error = Exit;

    fn lock(&mut self) -> Result<(), Exit> {
        self.claimed = Some(places::claim(&self.settings.sink)?);
        Ok(())
    }

    fn state(&mut self, (): &()) -> Result<State, Exit> {
        let Some((lock, Once { reset, allow_mass_delete })) = self.once else { return Ok(State::Nothing(())) };
        let mut state = State::open(self.settings, lock, allow_mass_delete, self.about, self.config, self.clock)?;
        if reset {
            state.reset()?;
        }
        Ok(state)
    }

    fn position(&mut self, state: &mut State) -> Result<Option<String>, Exit> {
        state.checkpoint()
    }

    fn sink(&mut self, (): &()) -> Result<Box<dyn Sink + Send>, Exit> {
        let claimed = match self.claimed.take() {
            Some(claimed) => claimed,
            None => places::claim(&self.settings.sink)?,
        };
        claimed.sink(self.stop)
    }
}
