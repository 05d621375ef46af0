//! Faults that last: devices whose data are gone, and files that come late. They strike once; what they leave behind is
//! met by every request that follows.

use super::fault::Struck;
use crate::api::Site;
use crate::scenario::What;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

/// What faults have left behind.
#[derive(Debug, Default)]
pub(super) struct Lasting {
    /// Devices whose data are gone, in lower case.
    ghosts: BTreeSet<String>,
    /// Files by path, and until when the storage does not have them.
    late: BTreeMap<String, Duration>,
}

impl Lasting {
    /// Whether a fault that lasts has struck what a request is about already.
    pub(super) fn has_struck(&self, what: &What, request: &Struck<'_>) -> bool {
        match what {
            What::Ghost => self.is_ghost(request),
            What::LateFile { .. } => self.late.contains_key(request.path),
            _ => false,
        }
    }

    /// Takes note of a fault that strikes a request.
    pub(super) fn strike(&mut self, what: &What, request: &Struck<'_>, now: Duration) {
        match (what, request.device) {
            (What::Ghost, Some(device)) => drop(self.ghosts.insert(device.to_ascii_lowercase())),
            (What::LateFile { secs }, _) => {
                self.late.insert(request.path.to_owned(), now.saturating_add(Duration::from_secs(*secs)));
            }
            _ => {}
        }
    }

    /// What an earlier fault does to a request.
    pub(super) fn met(&self, request: &Struck<'_>, now: Duration) -> Option<What> {
        if self.is_ghost(request) {
            return Some(What::Ghost);
        }
        let until = self.late.get(request.path).filter(|_| request.site == Site::Blob)?;
        let secs = until.checked_sub(now)?.as_secs();
        (*until > now).then_some(What::LateFile { secs })
    }

    fn is_ghost(&self, request: &Struck<'_>) -> bool {
        request.device.is_some_and(|device| self.ghosts.contains(&device.to_ascii_lowercase()))
    }
}
