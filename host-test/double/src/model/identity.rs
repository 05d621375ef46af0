//! Ids of devices. An id holds its device's number in a form that only the tenant can read, so that a device is found
//! by its id without a list of all ids.

use crate::draw::Draw;

const ROUNDS: u64 = 4;

/// Numbers to numbers, one to one and without order: a Feistel network over 32 bits.
#[derive(Debug, Clone, Copy)]
pub(super) struct Identity(Draw);

impl Identity {
    /// The ids of a tenant.
    pub(super) fn new(root: Draw) -> Self {
        Self(root.at("identity"))
    }

    /// The number that the id of device `index` starts with: ids are ordered by it.
    pub(super) fn scramble(self, index: u32) -> u32 {
        let (mut left, mut right) = halves(index);
        for round in 0..ROUNDS {
            (left, right) = (right, left ^ self.round(round, right));
        }
        join(left, right)
    }

    fn unscramble(self, number: u32) -> u32 {
        let (mut left, mut right) = halves(number);
        for round in (0..ROUNDS).rev() {
            (left, right) = (right ^ self.round(round, left), left);
        }
        join(left, right)
    }

    fn round(self, round: u64, half: u16) -> u16 {
        (self.0.nth(round).nth(u64::from(half)).bits() >> 48) as u16
    }

    /// The id of device `index`.
    pub(super) fn id(self, index: u32) -> String {
        let draw = self.0.at("tail").nth(u64::from(index));
        format!("{:08x}{:016x}{:016x}", self.scramble(index), draw.nth(0).bits(), draw.nth(1).bits())
    }

    /// The number of the device with an id.
    pub(super) fn index(self, id: &str) -> Option<u32> {
        let number = u32::from_str_radix(id.get(..8)?, 16).ok()?;
        let index = self.unscramble(number);
        (self.id(index) == id).then_some(index)
    }
}

fn halves(number: u32) -> (u16, u16) {
    ((number >> 16) as u16, number as u16)
}

fn join(left: u16, right: u16) -> u32 {
    u32::from(left) << 16 | u32::from(right)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_leads_back_to_its_device() {
        let identity = Identity::new(Draw::seed(5));
        for index in (0..100_000).step_by(997) {
            let id = identity.id(index);
            assert_eq!(id.len(), 40);
            assert_eq!(identity.index(&id), Some(index));
            assert_eq!(identity.index(&id.replace(id.chars().last().unwrap_or('0'), "x")), None);
        }
        assert_eq!(identity.index(""), None);
        assert_eq!(identity.index("+1234567"), None);
        assert_eq!(identity.index("äöü"), None);
    }
}
