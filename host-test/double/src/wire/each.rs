//! Walks over what has a number in the tenant: devices, accounts, alerts.

use super::collection::{Query, Rows};
use super::shard::Shard;
use super::walk::{Listing, Walk, Write};
use crate::model::{Device, Tenant};
use crate::period::Period;
use std::sync::Arc;

/// Makes the rows of a number ready.
pub(super) type Load<T> = fn(&Tenant, u32, Period, &mut Vec<T>);

/// Several rows for each number.
pub(super) struct Each<T> {
    tenant: Arc<Tenant>,
    period: Period,
    count: u32,
    /// The last number comes first.
    is_backward: bool,
    /// Whether the numbers are those of devices.
    is_of_devices: bool,
    shard: Option<Shard>,
    load: Load<T>,
    write: Write<T>,
    items: Vec<T>,
}

impl<T: Send + 'static> Each<T> {
    fn new(tenant: &Arc<Tenant>, query: Query<'_>, count: u32, load: Load<T>, write: Write<T>) -> Self {
        let (tenant, period) = (Arc::clone(tenant), query.period);
        let (is_backward, is_of_devices, shard) = (false, false, None);
        Self { tenant, period, count, is_backward, is_of_devices, shard, load, write, items: Vec::new() }
    }

    /// Walks over the numbers below `count`.
    pub(super) fn open(
        tenant: &Arc<Tenant>,
        query: Query<'_>,
        count: u32,
        load: Load<T>,
        write: Write<T>,
    ) -> Option<Box<dyn Rows>> {
        Walk::open(Self::new(tenant, query, count, load, write), query)
    }

    /// The same from the last number to the first.
    pub(super) fn backward(
        tenant: &Arc<Tenant>,
        query: Query<'_>,
        count: u32,
        load: Load<T>,
        write: Write<T>,
    ) -> Option<Box<dyn Rows>> {
        Walk::open(Self { is_backward: true, ..Self::new(tenant, query, count, load, write) }, query)
    }

    /// Walks over the devices of all records that there are.
    pub(super) fn of_device(
        tenant: &Arc<Tenant>,
        query: Query<'_>,
        load: Load<T>,
        write: Write<T>,
    ) -> Option<Box<dyn Rows>> {
        let count = tenant.device_count(query.period);
        Walk::open(Self { is_of_devices: true, ..Self::new(tenant, query, count, load, write) }, query)
    }
}

impl<T: Send + 'static> Listing for Each<T> {
    fn load(&mut self, subject: u32) -> Option<u32> {
        if subject >= self.count {
            return None;
        }
        let index = if self.is_backward { self.count - 1 - subject } else { subject };
        self.items.clear();
        if self.shard.is_none_or(|shard| shard.has(&self.tenant.device_id(index))) {
            (self.load)(&self.tenant, index, self.period, &mut self.items);
        }
        Some(self.items.len() as u32)
    }

    fn narrow(&mut self, shard: Shard) {
        self.shard = self.is_of_devices.then_some(shard);
    }

    fn write(&mut self, row: u32, out: &mut Vec<u8>) {
        if let Some(item) = self.items.get(row as usize) {
            (self.write)(&self.tenant, self.period, item, out);
        }
    }
}

/// One row for each device that is wanted.
pub(super) struct Devices {
    tenant: Arc<Tenant>,
    period: Period,
    count: u32,
    index: u32,
    shard: Option<Shard>,
    is_wanted: fn(&Device<'_>, Period) -> bool,
    write: fn(&Device<'_>, Period, &mut Vec<u8>),
}

impl Devices {
    /// Walks over the devices.
    pub(super) fn open(
        tenant: &Arc<Tenant>,
        query: Query<'_>,
        is_wanted: fn(&Device<'_>, Period) -> bool,
        write: fn(&Device<'_>, Period, &mut Vec<u8>),
    ) -> Option<Box<dyn Rows>> {
        let (period, count) = (query.period, tenant.device_count(query.period));
        Walk::open(Self { tenant: Arc::clone(tenant), period, count, index: 0, shard: None, is_wanted, write }, query)
    }
}

impl Listing for Devices {
    fn load(&mut self, subject: u32) -> Option<u32> {
        if subject >= self.count {
            return None;
        }
        self.index = subject;
        if self.shard.is_some_and(|shard| !shard.has(&self.tenant.device_id(subject))) {
            return Some(0);
        }
        Some(u32::from((self.is_wanted)(&self.tenant.device(subject), self.period)))
    }

    fn narrow(&mut self, shard: Shard) {
        self.shard = Some(shard);
    }

    fn write(&mut self, _row: u32, out: &mut Vec<u8>) {
        (self.write)(&self.tenant.device(self.index), self.period, out);
    }
}
