//! How the weaknesses of a device change from one period to the next.

use super::device::Device;
use super::finding::Finding;
use super::install::Install;
use super::tenant::Tenant;
use crate::period::Period;

/// What happened to a row of the vulnerability export.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Event {
    /// It is no longer there.
    Fixed,
    /// It was not there before.
    New,
    /// It is judged differently.
    Updated,
}

impl Event {
    /// The word on the wire.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Fixed => "Fixed",
            Self::New => "New",
            Self::Updated => "Updated",
        }
    }
}

/// A change of a row of the vulnerability export.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Change {
    /// What happened.
    pub event: Event,
    /// The period that brought it.
    pub at: Period,
    /// The row: as it was if it is no longer there, as it is if it is.
    pub finding: Finding,
}

impl Change {
    /// The period whose state the row shows.
    #[must_use]
    pub fn shown(&self) -> Period {
        match self.event {
            Event::Fixed => Period(self.at.0.saturating_sub(1)),
            Event::New | Event::Updated => self.at,
        }
    }
}

/// The changes of a span of periods, without those of the very first period of the tenant, before which nothing was.
///
/// News about code are looked up once for the whole span, so that a device costs no more than its own changes.
#[derive(Debug, Clone)]
pub struct Changes {
    first: Period,
    last: Period,
    /// For each code base the periods, counted from the first, that bring news.
    news: Vec<u64>,
}

/// A span longer than this counts as news in its last period for whatever comes after.
const LONGEST: u32 = 63;

impl Changes {
    /// The changes that the periods from `since` to `until`, both included, bring.
    #[must_use]
    pub fn new(tenant: &Tenant, since: Period, until: Period) -> Self {
        let first = since.max(Period(1)).max(Period(until.0.saturating_sub(LONGEST)));
        let news = tenant.catalogue().bases().iter().map(|base| base.news(first.tick(), until.tick())).collect();
        Self { first, last: until, news }
    }

    /// The changes of one device, in the order in which they happened. A row that moves to another device group ends and
    /// begins with the same id.
    pub fn list(&self, device: &Device<'_>, changes: &mut Vec<Change>) {
        changes.clear();
        let (mut before, mut after) = (Vec::new(), Vec::new());
        let mut step = Step { device, changes, news: &self.news, old: Vec::new(), new: Vec::new() };
        device.list_installs(Period(self.first.0.saturating_sub(1)), &mut before);
        for number in self.first.0..=self.last.0 {
            device.list_installs(Period(number), &mut after);
            step.compare(Period(number), number - self.first.0, &before, &after);
            std::mem::swap(&mut before, &mut after);
        }
    }
}

/// One period's comparison with the period before it.
struct Step<'s, 't> {
    device: &'s Device<'t>,
    changes: &'s mut Vec<Change>,
    news: &'s [u64],
    old: Vec<Finding>,
    new: Vec<Finding>,
}

impl Step<'_, '_> {
    fn compare(&mut self, at: Period, place: u32, before: &[Install], after: &[Install]) {
        let was = Period(at.0 - 1);
        let group = |period| self.device.group(period).map(|group| group.id);
        let has_moved = !before.is_empty() && !after.is_empty() && group(was) != group(at);
        let catalogue = self.device.tenant.catalogue();
        let (mut left, mut right) = (before.iter().peekable(), after.iter().peekable());
        let key = |install: &Install| (install.product, install.release);
        loop {
            let (old, new) = match (left.peek(), right.peek()) {
                (None, None) => return,
                (Some(old), Some(new)) if key(old) == key(new) => (left.next(), right.next()),
                (Some(old), Some(new)) if key(old) < key(new) => (left.next(), None),
                (Some(_), None) => (left.next(), None),
                (_, Some(_)) => (None, right.next()),
            };
            let product = old.or(new).map_or(0, |install| install.product);
            let base = catalogue.base_of(product).index as usize;
            let has_news = self.news.get(base).is_some_and(|mask| mask >> place & 1 == 1);
            if old.is_some() && new.is_some() && !has_news && !has_moved {
                continue;
            }
            self.old.clear();
            self.new.clear();
            if let Some(old) = old {
                self.device.list_findings(*old, was, &mut self.old);
            }
            if let Some(new) = new {
                self.device.list_findings(*new, at, &mut self.new);
            }
            self.record(at, has_moved, catalogue.bases()[base].has_kbs);
        }
    }

    fn record(&mut self, at: Period, has_moved: bool, has_kbs: bool) {
        let was = at.tick() - 1;
        let find = |list: &[Finding], wanted: &Finding| {
            list.iter().find(|finding| finding.weakness == wanted.weakness).copied()
        };
        for finding in &self.old {
            if has_moved || find(&self.new, finding).is_none() {
                self.changes.push(Change { event: Event::Fixed, at, finding: *finding });
            }
        }
        for finding in &self.new {
            let event = match find(&self.old, finding) {
                None => Event::New,
                Some(_) if has_moved => Event::New,
                Some(_) => match finding.weakness {
                    Some(weakness) if weakness.judgement(has_kbs, was) != weakness.judgement(has_kbs, at.tick()) => {
                        Event::Updated
                    }
                    _ => continue,
                },
            };
            self.changes.push(Change { event, at, finding: *finding });
        }
    }
}
