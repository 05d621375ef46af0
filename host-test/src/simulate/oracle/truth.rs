//! All that should be said of the tenant, period by period.

use super::expect;
use crate::simulate::reading::{Dataset, Reading};
use defender_double::model::Tenant;
use defender_double::period::Period;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::rc::Rc;
use std::sync::Arc;

/// What every dataset should say in a period.
pub(super) type Claims = HashMap<Dataset, HashSet<String>>;

/// The truth, in the words of events.
pub(super) struct Truth {
    tenant: Arc<Tenant>,
    reading: Reading,
    periods: BTreeMap<Period, Rc<Claims>>,
}

/// Periods that are remembered: a run rarely touches more.
const MOST_PERIODS: usize = 8;

impl Truth {
    pub(super) fn new(tenant: Arc<Tenant>, reading: Reading) -> Self {
        Self { tenant, reading, periods: BTreeMap::new() }
    }

    /// Directory id of the tenant.
    pub(super) fn tenant(&self) -> String {
        self.tenant.id()
    }

    /// What should be said of a period.
    pub(super) fn of(&mut self, period: Period) -> Rc<Claims> {
        if let Some(claims) = self.periods.get(&period) {
            return Rc::clone(claims);
        }
        let (mut claims, tenant) = (Claims::new(), self.tenant.id());
        for fact in self.tenant.facts(period) {
            for claim in expect::claims(&fact, &tenant, &self.reading) {
                claims.entry(claim.dataset).or_default().insert(claim.text);
            }
        }
        let claims = Rc::new(claims);
        if self.periods.len() >= MOST_PERIODS {
            self.periods.pop_first();
        }
        self.periods.insert(period, Rc::clone(&claims));
        claims
    }
}
