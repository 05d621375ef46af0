//! A request that is tried until it succeeds or is given up, and what an attempt comes to.

use super::budget::Family;
use crate::error::SourceError;
use crate::sign_in::Permission;
use crate::wire::{InFlight, Receive};

/// A request that is tried until it succeeds or is given up, and how that stands.
#[derive(Debug)]
pub struct Call {
    pub(super) url: String,
    pub(super) place: String,
    /// What is posted; empty for a GET.
    pub(super) body: String,
    pub(super) permission: Permission,
    /// Whose budget it is on; `None` for a file, which needs no token and must not get one.
    pub(super) family: Option<Family>,
    pub(super) failures: u32,
    /// When it failed first, on the clock that never goes back.
    pub(super) failing_since_ms: Option<u64>,
    /// Whether the limit of an hour may be what it failed by.
    pub(super) is_hourly: bool,
    pub(super) not_before_ms: u64,
    pub(super) token_renewed: bool,
    pub(super) last_wait: Option<(WaitReason, String)>,
    /// Its last attempt, if the answer was not looked at yet.
    pub(super) sent: Option<InFlight>,
}

impl Call {
    /// A GET. `place` names it in messages, without the query; `permission` is the grant that it needs; `family` says
    /// whose budget it is on.
    #[must_use]
    pub fn get(url: String, place: String, permission: Permission, family: Family) -> Self {
        Self { family: Some(family), permission, ..Self::download(url, place) }
    }

    /// A query that is too long for an address and so is posted, as JSON. It reads like a GET does.
    #[must_use]
    pub fn query(url: String, place: String, permission: Permission, family: Family, body: String) -> Self {
        Self { body, ..Self::get(url, place, permission, family) }
    }

    /// The download of a file whose address carries its own permission.
    #[must_use]
    pub fn download(url: String, place: String) -> Self {
        Self {
            url,
            place,
            body: String::new(),
            permission: Permission::defender(""),
            family: None,
            failures: 0,
            failing_since_ms: None,
            is_hourly: false,
            not_before_ms: 0,
            token_renewed: false,
            last_wait: None,
            sent: None,
        }
    }

    /// What it is, for messages.
    #[must_use]
    pub fn place(&self) -> &str {
        &self.place
    }

    /// The grant that it needs.
    #[must_use]
    pub fn permission(&self) -> Permission {
        self.permission
    }

    /// The address that is called.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }
}

/// Why to wait; see `wait-reason` in `wit/types.wit`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WaitReason {
    /// Asked to slow down.
    Throttled,
    /// A repeat is due.
    Retry,
}

/// Come back later.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wait {
    /// How long, in milliseconds.
    pub millis: u64,
    /// Why.
    pub reason: WaitReason,
    /// The same for a person.
    pub message: String,
    /// Whether this wait begins now, rather than being the rest of an earlier one.
    pub is_new: bool,
}

/// A success.
pub struct Answer {
    /// The body, content decoding done.
    pub body: Box<dyn Receive>,
    /// When its head arrived, milliseconds since the epoch.
    pub at_ms: i64,
}

/// What an attempt came to.
pub enum Attempt {
    /// Success.
    Answer(Answer),
    /// Try again later.
    Wait(Wait),
    /// A file is not to be had now, and for how many milliseconds storage asked to leave it alone.
    Missed(SourceError, Option<u64>),
    /// Given up.
    Failed(SourceError),
    /// Given up, and no other request can succeed either: sign-in failed.
    Fatal(SourceError),
}
