//! The tenant: its catalogues, and the ways to its devices and accounts.

use super::account::{self, Account, guid};
use super::identity::Identity;
use super::{Device, Group, Shape, group, lifecycle};
use crate::draw::Draw;
use crate::period::Period;
use std::sync::{Arc, Mutex, PoisonError};

/// A tenant. It holds its catalogues, never its rows.
#[derive(Debug)]
pub struct Tenant {
    shape: Shape,
    root: Draw,
    identity: Identity,
    groups: Vec<Group>,
    /// Numbers of all records that a period knows of, in order of their ids; of the last period asked for.
    order: Mutex<Option<Arc<[u32]>>>,
}

impl Tenant {
    /// The tenant of a shape.
    #[must_use]
    pub fn new(shape: Shape) -> Self {
        let root = Draw::seed(shape.seed);
        Self { identity: Identity::new(root), groups: group::all(root), order: Mutex::default(), root, shape }
    }

    /// What it was made from.
    #[must_use]
    pub fn shape(&self) -> &Shape {
        &self.shape
    }

    /// Entra tenant id, a GUID.
    #[must_use]
    pub fn id(&self) -> String {
        guid(self.root.at("tenant"))
    }

    /// What the organization calls itself.
    #[must_use]
    pub fn name(&self) -> String {
        format!("Example Works {}", self.shape.seed)
    }

    /// DNS domain of its devices and accounts.
    #[must_use]
    pub fn dns_domain(&self) -> &'static str {
        "corp.example"
    }

    /// The place from which everything about it is drawn.
    #[must_use]
    pub fn root(&self) -> Draw {
        self.root
    }

    /// Device groups, in order of their numbers.
    #[must_use]
    pub fn groups(&self) -> &[Group] {
        &self.groups
    }

    /// How many device records have been made by a period. Those that are gone count too.
    #[must_use]
    pub fn device_count(&self, period: Period) -> u32 {
        lifecycle::born_by(self.shape.devices, period)
    }

    /// The device record of a number below [`Self::device_count`], listed or not.
    #[must_use]
    pub fn device(&self, index: u32) -> Device<'_> {
        Device::new(self, index)
    }

    /// All devices that a period lists, by number.
    pub fn devices(&self, period: Period) -> impl Iterator<Item = Device<'_>> {
        (0..self.device_count(period)).map(|index| self.device(index)).filter(move |device| device.is_listed(period))
    }

    /// The listed device with an id.
    #[must_use]
    pub fn device_by_id(&self, id: &str, period: Period) -> Option<Device<'_>> {
        self.identity.index(id).and_then(|index| self.listed(index, period))
    }

    /// The listed device with a computer name, whatever its letters' case. Of several records the surviving one.
    #[must_use]
    pub fn device_by_name(&self, name: &str, period: Period) -> Option<Device<'_>> {
        let label = name.split('.').next()?.rsplit('-').next()?;
        let device = self.listed(label.parse().ok()?, period)?;
        device.name().is_some_and(|own| own.eq_ignore_ascii_case(name)).then_some(device)
    }

    fn listed(&self, index: u32, period: Period) -> Option<Device<'_>> {
        (index < self.device_count(period)).then(|| self.device(index)).filter(|device| device.is_listed(period))
    }

    /// Id of a device by its number.
    #[must_use]
    pub fn device_id(&self, index: u32) -> String {
        self.identity.id(index)
    }

    /// The numbers of all device records that a period knows of, in order of their ids: new ones come in between.
    #[must_use]
    pub fn by_id(&self, period: Period) -> Arc<[u32]> {
        let count = self.device_count(period) as usize;
        let mut cached = self.order.lock().unwrap_or_else(PoisonError::into_inner);
        match cached.as_ref() {
            Some(order) if order.len() == count => Arc::clone(order),
            _ => {
                let mut order: Vec<u32> = (0..count as u32).collect();
                order.sort_unstable_by_key(|index| self.identity.scramble(*index));
                Arc::clone(cached.insert(order.into()))
            }
        }
    }

    /// How many accounts the directory has by a period; those that are disabled count.
    #[must_use]
    pub fn account_count(&self, period: Period) -> u32 {
        account::born_by(self.shape.users, period)
    }

    /// The account of a number below [`Self::account_count`].
    #[must_use]
    pub fn account(&self, index: u32) -> Account {
        Account::new(self, index)
    }
}
