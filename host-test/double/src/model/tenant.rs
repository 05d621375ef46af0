//! The tenant: its catalogues, and the ways to its devices and accounts.

use super::account::{self, Account};
use super::identity::Identity;
use super::{Catalogue, Census, Device, Finding, Group, Product, Shape, group, lifecycle};
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
    catalogue: Catalogue,
    /// Numbers of all records that a period knows of, in order of their ids; of the last period asked for.
    order: Mutex<Option<Arc<[u32]>>>,
    /// Of the last few periods asked for, the latest last.
    census: Mutex<Vec<(Period, Arc<Census>)>>,
}

/// So many devices are asked what they have before it is decided how many weaknesses there are.
const SAMPLE: u32 = 150;

/// Periods whose counts are kept: readers of an older snapshot must not have everything counted anew for each row.
const KEPT: usize = 4;

impl Tenant {
    /// The tenant of a shape.
    #[must_use]
    pub fn new(shape: Shape) -> Self {
        let root = Draw::seed(shape.seed);
        let catalogue = Catalogue::new(root, &shape);
        let mut tenant = Self {
            identity: Identity::new(root),
            groups: group::all(root),
            catalogue,
            order: Mutex::default(),
            census: Mutex::default(),
            root,
            shape,
        };
        tenant.fit();
        tenant
    }

    /// Adds weaknesses and settings to the catalogue until a sample of devices has as many as the shape asks for.
    fn fit(&mut self) {
        let recommendations = self.shape.recommendations;
        self.catalogue.weaken(self.root, recommendations - recommendations / 5 * 2);
        let (devices, mut rows) = self.sample();
        let wanted = u64::from(self.shape.findings_per_device) * devices;
        let idle = |rows: &[Finding]| rows.iter().filter(|row| row.weakness.is_none()).count() as u64;
        // At most a fifth of the rows is about software that nothing is wrong with.
        let mut listed = 500;
        while idle(&rows) * 5 > wanted {
            listed = listed * 2 / 3;
            self.catalogue.list_without_weakness(listed);
            rows = self.sample().1;
        }
        for _ in 0..6 {
            let (_, rows) = self.sample();
            let idle = idle(&rows);
            let found = rows.len() as u64 - idle;
            self.catalogue.scale((wanted.saturating_sub(idle) * 1000 / found.max(1)).min(20_000));
        }
        let rows = self.sample().1;
        let mut exposed: Vec<u32> =
            rows.iter().filter(|row| row.weakness.is_some()).map(|row| row.install.product).collect();
        exposed.sort_unstable();
        exposed.dedup();
        self.catalogue.configure(self.root, recommendations.saturating_sub(exposed.len() as u32));
    }

    /// How many of the first devices report, and what they have, over some weeks: a single period may be an odd one.
    fn sample(&self) -> (u64, Vec<Finding>) {
        let (mut devices, mut rows) = (0, Vec::new());
        for period in [0, 30, 60, 90].map(Period) {
            for device in (0..self.shape.devices.min(SAMPLE)).map(|index| self.device(index)) {
                devices += u64::from(device.is_reporting(period));
                rows.extend(device.findings(period));
            }
        }
        (devices, rows)
    }

    /// What it was made from.
    #[must_use]
    pub fn shape(&self) -> &Shape {
        &self.shape
    }

    /// Entra tenant id, a GUID.
    #[must_use]
    pub fn id(&self) -> String {
        self.root.at("tenant").guid()
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

    /// Products and settings.
    #[must_use]
    pub fn catalogue(&self) -> &Catalogue {
        &self.catalogue
    }

    /// The product `vendor-_-name`, if a device has it.
    #[must_use]
    pub fn product_in_use(&self, id: &str, period: Period) -> Option<&Product> {
        let product = self.catalogue.product_by_id(id)?;
        (self.census(period).installed(product.index) > 0).then_some(product)
    }

    /// Counts over all devices of a period. The first call for a period walks over the tenant.
    #[must_use]
    pub fn census(&self, period: Period) -> Arc<Census> {
        let mut kept = self.census.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, census)) = kept.iter().find(|(of, _)| *of == period) {
            return Arc::clone(census);
        }
        let census = Arc::new(Census::take(self, period));
        if kept.len() == KEPT {
            kept.remove(0);
        }
        kept.push((period, Arc::clone(&census)));
        census
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

    /// The listed device with an id, whatever its letters' case.
    #[must_use]
    pub fn device_by_id(&self, id: &str, period: Period) -> Option<Device<'_>> {
        self.identity.index(&id.to_ascii_lowercase()).and_then(|index| self.listed(index, period))
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
