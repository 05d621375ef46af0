//! The tenant: what it was made from, its catalogues, and what is kept of it.

use super::catalogue::Catalogue;
use super::census::Census;
use super::group::{self, Group};
use super::identity::Identity;
use super::lifecycle;
use super::shape::Shape;
use crate::draw::Draw;
use crate::period::Period;
use std::sync::{Arc, Mutex, PoisonError};

/// A tenant. It holds its catalogues, never its rows.
#[derive(Debug)]
pub struct Tenant {
    shape: Shape,
    root: Draw,
    pub(super) identity: Identity,
    groups: Vec<Group>,
    pub(super) catalogue: Catalogue,
    /// Numbers of all records that a period knows of, in order of their ids; of the last period asked for.
    order: Mutex<Option<Arc<[u32]>>>,
    /// Of the last few periods asked for, the latest last.
    pub(super) census: Mutex<Vec<(Period, Arc<Census>)>>,
}

impl Tenant {
    /// The tenant of a shape whose catalogue has no weaknesses and no settings yet.
    pub(super) fn unfitted(shape: Shape) -> Self {
        let root = Draw::seed(shape.seed);
        Self {
            identity: Identity::new(root),
            groups: group::all(root),
            catalogue: Catalogue::new(root, &shape),
            order: Mutex::default(),
            census: Mutex::default(),
            root,
            shape,
        }
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
}
