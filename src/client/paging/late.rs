//! Files of an export that could not be read in their turn and are come back to.

use std::collections::VecDeque;

use super::page_progress::Mark;
use crate::request::Retry;

/// Most files that are late at the same time: with more of them, the next one has to wait. A checkpoint names each.
pub(super) const LATE_MAX: usize = 16;
/// Files in a row that fail before the next one has to wait: storage is in trouble then, not a file.
const FAILED_MAX: u32 = 3;
/// Files in a row that are lost before all are given up.
const LOST_MAX: u32 = 3;

/// What becomes of a file that could not be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Missed {
    /// It is come back to.
    Later,
    /// It was tried long enough.
    Lost,
    /// So were those before it: none of them can be read.
    AllLost,
}

/// A file that is come back to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Late {
    /// Its number in the list, from 0.
    pub file: u32,
    /// How far it was read.
    pub(super) reached: Mark,
    pub(super) failures: u32,
    pub(super) since_ms: u64,
    pub(super) due_ms: u64,
    /// Whether its address did not work.
    pub(super) is_dead: bool,
    /// Whether somebody was told of the wait for it.
    pub(super) is_announced: bool,
}

impl Late {
    /// A file that a checkpoint names.
    pub(super) fn known(file: u32, reached: Mark) -> Self {
        Self { file, reached, ..Self::default() }
    }
}

/// The late files, that which is read or due first in front.
#[derive(Debug, Default)]
pub(super) struct Lateness {
    files: VecDeque<Late>,
    failed_in_a_row: u32,
    lost_in_a_row: u32,
}

impl Lateness {
    pub(super) fn new(files: Vec<Late>) -> Self {
        Self { files: files.into(), ..Self::default() }
    }

    pub(super) fn all(&self) -> impl Iterator<Item = &Late> {
        self.files.iter()
    }

    pub(super) fn first(&self) -> Option<&Late> {
        self.files.front()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.files.is_empty()
    }

    /// Whether no further file is begun before a late one was read or lost.
    pub(super) fn holds_up(&self) -> bool {
        self.files.len() >= LATE_MAX || !self.files.is_empty() && self.failed_in_a_row >= FAILED_MAX
    }

    /// Puts the file that is due first in front.
    pub(super) fn first_due(&mut self) -> Option<&mut Late> {
        self.files.make_contiguous().sort_by_key(|late| late.due_ms);
        self.files.front_mut()
    }

    /// Puts a file in front, which has failed now.
    pub(super) fn add(&mut self, file: u32) {
        self.files.push_front(Late::known(file, Mark::default()));
    }

    /// The file in front is to be asked for again at once.
    pub(super) fn again(&mut self, reached: Mark, now_ms: u64) {
        if let Some(late) = self.files.front_mut() {
            (late.reached, late.due_ms) = (reached, now_ms);
        }
    }

    /// The file in front was read.
    pub(super) fn read(&mut self) {
        self.files.pop_front();
    }

    /// A file was read.
    pub(super) fn went_well(&mut self) {
        (self.failed_in_a_row, self.lost_in_a_row) = (0, 0);
    }

    /// The file in front failed.
    pub(super) fn missed(&mut self, reached: Mark, is_dead: bool, now_ms: u64, retry: &Retry) -> Missed {
        self.failed_in_a_row += 1;
        let Some(late) = self.files.front_mut() else { return Missed::Later };
        // One that a checkpoint named failed before, at a time that is not known.
        if late.failures == 0 {
            late.since_ms = now_ms;
        }
        late.failures += 1;
        (late.reached, late.is_dead, late.is_announced) = (reached, is_dead, false);
        late.due_ms = now_ms.saturating_add(retry.pause_ms(late.failures));
        if !retry.is_over(late.failures, now_ms.saturating_sub(late.since_ms)) {
            return Missed::Later;
        }
        self.files.pop_front();
        self.lost_in_a_row += 1;
        if self.lost_in_a_row >= LOST_MAX { Missed::AllLost } else { Missed::Lost }
    }
}
