//! `…/machineReferences`: the devices that a recommendation, a product or a weakness concerns.

use super::collection::{Collection, Query, Rows};
use super::json::Object;
use super::remediation::advice_of;
use super::walk::{Listing, Walk};
use crate::model::{Advice, Device, Install, Tenant, Weakness};
use crate::period::Period;
use std::sync::Arc;

const CONTEXT: &str = "MachineReferences";

/// Devices that a recommendation concerns.
pub const RECOMMENDATION_MACHINES: Collection = Collection {
    context: CONTEXT,
    open: |tenant, query| open(tenant, query, Subject::Advice(tenant.advice_by_id(query.subject, query.period)?)),
};

/// Devices that a remediation task is about.
pub const TASK_MACHINES: Collection = Collection {
    context: CONTEXT,
    open: |tenant, query| open(tenant, query, Subject::Advice(advice_of(tenant, query.subject, query.period)?)),
};

/// Devices that have a product.
pub const SOFTWARE_MACHINES: Collection = Collection {
    context: CONTEXT,
    open: |tenant, query| {
        open(tenant, query, Subject::Product(tenant.product_in_use(query.subject, query.period)?.index))
    },
};

/// Devices that have a weakness.
pub const VULNERABILITY_MACHINES: Collection = Collection {
    context: CONTEXT,
    open: |tenant, query| open(tenant, query, Subject::Weakness(tenant.catalogue().weakness_by_id(query.subject)?)),
};

enum Subject {
    Advice(Advice),
    Product(u32),
    Weakness(Weakness),
}

impl Subject {
    fn concerns(&self, device: &Device<'_>, tenant: &Tenant, period: Period, scratch: &mut Vec<Install>) -> bool {
        let products = tenant.catalogue().products();
        match self {
            Self::Advice(Advice::Product(index)) => device.is_exposed_by(&products[*index as usize], period, scratch),
            Self::Advice(advice) => device.is_advised(*advice, period),
            Self::Product(index) => {
                device.list_installs_of(&products[*index as usize], period, scratch);
                !scratch.is_empty()
            }
            Self::Weakness(weakness) => device.has(weakness, period, scratch),
        }
    }
}

struct References {
    tenant: Arc<Tenant>,
    period: Period,
    count: u32,
    subject: Subject,
    index: u32,
    scratch: Vec<Install>,
}

fn open(tenant: &Arc<Tenant>, query: Query<'_>, subject: Subject) -> Option<Box<dyn Rows>> {
    let references = References {
        tenant: Arc::clone(tenant),
        period: query.period,
        count: tenant.device_count(query.period),
        subject,
        index: 0,
        scratch: Vec::new(),
    };
    Walk::open(references, query)
}

impl Listing for References {
    fn load(&mut self, subject: u32) -> Option<u32> {
        if subject >= self.count {
            return None;
        }
        self.index = subject;
        let device = self.tenant.device(subject);
        Some(u32::from(self.subject.concerns(&device, &self.tenant, self.period, &mut self.scratch)))
    }

    fn write(&mut self, _row: u32, out: &mut Vec<u8>) {
        let device = self.tenant.device(self.index);
        let mut row = Object::open(out);
        row.text("id", &device.id());
        row.optional("computerDnsName", device.name().as_deref());
        row.text("osPlatform", device.platform().name);
        let is_critical = device.draw().at("criticality").chance(60);
        row.text("assetCriticalityLevel", if is_critical { "High" } else { "None" });
        row.texts("tags", device.tags(self.period));
        let group = device.group(self.period);
        row.optional("rbacGroupName", group.map(|group| group.name));
        row.number("rbacGroupId", group.map_or(0, |group| group.id));
        row.close();
    }
}
