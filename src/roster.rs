//! What has to be remembered across rows: devices to ask about, and identities met before.

use std::collections::HashSet;
use std::hash::{BuildHasherDefault, DefaultHasher, Hash, Hasher};

use crate::event::Kind;
use crate::record::DeviceFacts;

/// The devices that requests are made about, one by one.
#[derive(Debug, Default)]
pub struct Roster {}

impl Roster {
    /// Remembers a device.
    pub fn enroll(&mut self, _facts: &DeviceFacts<'_>) {}
}

/// Identities met before in this run.
///
/// Keeps 128-bit fingerprints. Two identities with one fingerprint are not to be expected below 2^60 of them.
#[derive(Debug, Default)]
pub struct Seen {
    received: HashSet<u128, BuildHasherDefault<DefaultHasher>>,
    announced: HashSet<u128, BuildHasherDefault<DefaultHasher>>,
}

impl Seen {
    /// Identities that `announce` remembers before it forgets them all. Forgetting costs a repeated event, nothing
    /// more, and bounds the memory.
    const ANNOUNCED_MAX: usize = 1 << 16;

    /// Whether this is the first row with the identity. For collections that are read by offset, where a row can
    /// come twice.
    pub fn receive(&mut self, kind: Kind, id: &str) -> bool {
        self.received.insert(fingerprint(kind, id))
    }

    /// Whether an asset that many rows mention, such as a product, should be emitted now.
    pub fn announce(&mut self, kind: Kind, id: &str) -> bool {
        if self.announced.len() >= Self::ANNOUNCED_MAX {
            self.announced.clear();
        }
        self.announced.insert(fingerprint(kind, id))
    }
}

fn fingerprint(kind: Kind, id: &str) -> u128 {
    let half = |salt: u8| {
        let mut hasher = DefaultHasher::new();
        (salt, kind, id).hash(&mut hasher);
        u128::from(hasher.finish())
    };
    half(0) << 64 | half(1)
}
