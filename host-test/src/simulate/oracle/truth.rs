//! All that should be said of the tenant, period by period.

use super::expect;
use super::gone::Subjects;
use crate::simulate::reading::{Dataset, Reading, Strategy};
use defender_double::model::Tenant;
use defender_double::period::Period;
use defender_double::truth::Fact;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::rc::Rc;
use std::sync::Arc;

/// What every dataset should say in a period.
pub(super) type Claims = HashMap<Dataset, HashSet<String>>;

/// The truth, in the words of events.
pub(super) struct Truth {
    tenant: Arc<Tenant>,
    reading: Reading,
    periods: BTreeMap<(Period, Option<Strategy>), Rc<Claims>>,
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

    /// What may be said of a period: where users are read in whichever way, what either of them leads to.
    pub(super) fn of(&mut self, period: Period) -> Rc<Claims> {
        self.by(period, None)
    }

    /// What should be said of a period by a source that chose this way to users.
    pub(super) fn by(&mut self, period: Period, users: Option<Strategy>) -> Rc<Claims> {
        if let Some(claims) = self.periods.get(&(period, users)) {
            return Rc::clone(claims);
        }
        let claims = Rc::new(self.claims(period, users, |_, _| true));
        if self.periods.len() >= MOST_PERIODS {
            self.periods.pop_first();
        }
        self.periods.insert((period, users), Rc::clone(&claims));
        claims
    }

    /// The same without what follows from subjects that are gone alone.
    pub(super) fn due(&mut self, period: Period, users: Option<Strategy>, subjects: &Subjects) -> Rc<Claims> {
        if subjects.is_empty() {
            return self.by(period, users);
        }
        Rc::new(self.claims(period, users, |dataset, fact| !subjects.hide(dataset, fact)))
    }

    fn claims(&self, period: Period, users: Option<Strategy>, is_due: impl Fn(Dataset, &Fact) -> bool) -> Claims {
        let (mut claims, tenant) = (Claims::new(), self.tenant.id());
        let reading = users.map_or_else(|| self.reading.clone(), |way| self.reading.with(Dataset::DeviceUsers, way));
        for fact in self.tenant.facts(period) {
            for claim in expect::claims(&fact, &tenant, &reading) {
                if is_due(claim.dataset, &fact) {
                    claims.entry(claim.dataset).or_default().insert(claim.text);
                }
            }
        }
        claims
    }
}
