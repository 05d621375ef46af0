//! A part of the devices, as hunting queries divide them.

use crate::draw::Draw;

/// The devices for which `hash(DeviceId, of) == number`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shard {
    /// In how many parts the devices are divided, at least one.
    pub of: u64,
    /// Which of them it is, counted from 0.
    pub number: u64,
}

impl Shard {
    /// Whether a device is in it. The service's own function is not known; only that the shard is its remainder.
    #[must_use]
    pub fn has(self, device_id: &str) -> bool {
        Self::hash(device_id) % self.of == self.number
    }

    /// What the remainder is of.
    pub(crate) fn hash(text: &str) -> u64 {
        Draw::seed(0).at(text).bits()
    }
}
