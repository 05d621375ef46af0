//! What outlives a run: nothing, a position, or the whole inventory.

use super::exit::Exit;
use super::tell::tell;
use crate::clock::Clock;
use crate::config::Settings;
use crate::contract::Descriptor;
use crate::inventory::{Inventory, Reader, Rules};
use crate::lock::Lock;
use crate::store::{FileStore, Store};

/// What outlives a run.
pub(super) enum State {
    Nothing(()),
    Position(FileStore),
    Inventory(Box<Inventory>),
}

impl State {
    /// What the settings ask for, whose lock is held. Whether it can be used shows here, before the source is asked
    /// anything.
    pub(super) fn open(
        settings: &Settings,
        lock: &Lock,
        allow_mass_delete: bool,
        about: &Descriptor,
        config: &str,
        clock: &Clock,
    ) -> Result<Self, Exit> {
        let path = settings.state_path.clone();
        Ok(match settings.inventory {
            None => Self::Position(FileStore::new(path, &about.name, &about.version, clock.clone())),
            Some(rules) => {
                let rules = Rules { allow_mass_delete, ..rules };
                Self::Inventory(Box::new(Inventory::open_held(path, lock, rules, about, config, clock.clone())?))
            }
        })
    }

    /// Forgets the position, and nothing else.
    pub(super) fn reset(&mut self) -> Result<(), Exit> {
        match self {
            Self::Nothing(()) => Ok(()),
            Self::Position(file) => Ok(file.reset()?),
            Self::Inventory(inventory) => Ok(inventory.reset()?),
        }
    }

    pub(super) fn checkpoint(&self) -> Result<Option<String>, Exit> {
        match self {
            Self::Nothing(()) => Ok(None),
            Self::Position(file) => Ok(file.load()?),
            Self::Inventory(inventory) => Ok(inventory.checkpoint()?),
        }
    }

    pub(super) fn store(&mut self) -> &mut (dyn Store + Send) {
        match self {
            Self::Nothing(nothing) => nothing,
            Self::Position(file) => file,
            Self::Inventory(inventory) => &mut **inventory,
        }
    }

    /// Says what became of the inventory. Deletions that were refused make the run fail, and what made it fail before
    /// matters more.
    pub(super) fn report(&self, ran: Result<(), Exit>) -> Result<(), Exit> {
        let Self::Inventory(inventory) = self else { return ran };
        let account = match inventory.account() {
            Ok(account) => account,
            Err(error) => return ran.and(Err(error.into())),
        };
        tell(&account);
        for held in &account.held {
            tell(held);
        }
        ran?;
        match account.refused.as_slice() {
            [] => Ok(()),
            refused => Err(Exit::failed(refused.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))),
        }
    }
}

/// The position that the next run would start from, for those who only look.
pub(super) fn checkpoint(settings: &Settings, about: &Descriptor, clock: Clock) -> Result<Option<String>, Exit> {
    match settings.inventory {
        Some(_) if settings.state_path.exists() => Ok(Reader::open(&settings.state_path)?.checkpoint(&about.name)?),
        Some(_) => Ok(None),
        None => Ok(FileStore::new(settings.state_path.clone(), &about.name, &about.version, clock).load()?),
    }
}
