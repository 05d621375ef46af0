//! What an inventory makes of the events: nothing is deleted that is there, and nothing is left that is not.
//!
//! It is held against what was said and what is true. What was never said cannot be in it, and what is gone without a
//! word stays; that is for other checks to notice.

use super::said::Said;
use super::truth::Claims;
use super::{Oracle, Property, Run};
use crate::contract::{Completeness, DatasetReceipt, Operation, Receipt};
use crate::simulate::reading::Dataset;
use std::collections::HashSet;
use std::rc::Rc;

/// What an inventory says after a run.
#[derive(Debug, Default)]
pub(crate) struct Stock {
    /// Key and kind of everything that is there.
    pub(crate) active: Vec<(String, String)>,
    /// Keys of the run's tombstones.
    pub(crate) deleted: Vec<String>,
    /// What the inventory could not do.
    pub(crate) trouble: Vec<String>,
}

/// What is known of the inventory's part of a dataset.
#[derive(Default)]
pub(super) struct Shelf {
    /// Whether everything was read before, so that there is something to compare a full read with.
    has_baseline: bool,
    /// Keys that the inventory may rightly have although they are gone: of what an incomplete reading saw before, and no
    /// full read could judge since.
    leftovers: HashSet<String>,
}

/// Keys of everything that an inventory has.
type Keys<'a> = HashSet<&'a str>;

/// What is true while a run goes on.
struct Span {
    periods: Vec<Rc<Claims>>,
    /// Identifiers of devices that are merged into another by the end of it: an inventory has nothing of what rests on
    /// them, even where the service still tells of it.
    merged: HashSet<String>,
}

impl Span {
    fn new(periods: Vec<Rc<Claims>>) -> Self {
        let of_devices = periods.iter().filter_map(|claims| claims.get(&Dataset::Devices)).flatten();
        let merged = of_devices.filter_map(|claim| claim.split_once(MERGED_INTO)).filter_map(|(key, _)| id(key));
        let merged = merged.map(str::to_owned).collect();
        Self { periods, merged }
    }

    /// Whether something is there all the time, and on no device that is merged.
    fn is_always(&self, key: &str) -> bool {
        let rests_on_merged = device_under(key).is_some_and(|device| self.merged.contains(device));
        !rests_on_merged && self.periods.iter().all(|claims| holds(claims, key))
    }

    /// Whether something is there at some time.
    fn is_ever(&self, key: &str) -> bool {
        self.periods.iter().any(|claims| holds(claims, key))
    }
}

/// How a relation of a merged device is written.
const MERGED_INTO: &str = " merged_into ";

/// What a key has behind its kind.
fn id(key: &str) -> Option<&str> {
    key.splitn(4, ':').nth(3)
}

/// The identifier of the device that an asset is on, if it is on one: `device/…`.
fn device_under(key: &str) -> Option<&str> {
    Some(id(key)?.split_once('/')?.0)
}

impl Oracle {
    pub(super) fn stock(&mut self, run: &Run, said: &[Said<'_>]) {
        for trouble in &run.stock.trouble {
            self.violated(Property::Inventory, None, None, trouble.clone());
        }
        let span = Span::new(run.periods().map(|period| self.truth.of(period)).collect());
        // Users that only the other way can see are none that this one would have to leave.
        let way = self.way_to_users(run);
        let seen = Span::new(run.periods().map(|period| self.truth.due(period, way, &self.subjects)).collect());
        for key in run.stock.deleted.iter().filter(|key| seen.is_always(key)) {
            let detail = "it was there all the time, and got a tombstone".to_owned();
            self.violated(Property::NothingDeleted, None, Some(key.clone()), detail);
        }
        let Some(receipt) = &run.receipt else { return };
        // What was merged into another asset is gone, and the source said so itself.
        let is_merged = |event: &&Said<'_>| event.relations.iter().any(|relation| relation.contains(MERGED_INTO));
        let merged: Keys<'_> = said.iter().filter(is_merged).map(|event| event.key).collect();
        self.nothing_on(&merged, &run.stock);
        let upserts = said.iter().filter(|event| event.operation == Operation::Upsert && !merged.contains(event.key));
        let told: Vec<(Option<Dataset>, &str)> = upserts.map(|event| (event.dataset, event.key)).collect();
        for account in &receipt.datasets {
            let Some(dataset) = Dataset::named(&account.dataset) else { continue };
            let kept = run.stock.active.iter().filter(|(key, kind)| Dataset::of_asset(kind, key) == Some(dataset));
            let kept: Keys<'_> = kept.map(|(key, _)| key.as_str()).collect();
            match account.completeness {
                Completeness::Complete => {
                    let of_dataset = told.iter().filter(|(of, _)| *of == Some(dataset));
                    let told = of_dataset.map(|(_, key)| *key).collect();
                    self.missing(dataset, &span, &told, &kept);
                    self.left_by_all(dataset, &span, &told, &kept, is_judged(account, receipt));
                }
                Completeness::Changes => self.changed(dataset, &span, &kept),
                _ => {}
            }
        }
    }

    /// What rests on a device goes with it.
    fn nothing_on(&mut self, merged: &Keys<'_>, stock: &Stock) {
        let merged: Keys<'_> = merged.iter().filter_map(|key| id(key)).collect();
        let is_left = |key: &str| device_under(key).is_some_and(|device| merged.contains(device));
        for (key, _) in stock.active.iter().filter(|(key, _)| is_left(key)) {
            let detail = "its device was said to be merged into another, and the inventory still has it".to_owned();
            self.violated(Property::Inventory, None, Some(key.clone()), detail);
        }
    }

    /// What was said and is true has to be there.
    fn missing(&mut self, dataset: Dataset, span: &Span, said: &Keys<'_>, kept: &Keys<'_>) {
        let is_missing = |key: &&&str| span.is_always(key) && !kept.contains(*key);
        let mut missing: Vec<&&str> = said.iter().filter(is_missing).collect();
        missing.sort_unstable();
        for key in missing {
            let detail = "said and true all the time, and the inventory does not have it".to_owned();
            self.violated(Property::Inventory, Some(dataset.name()), Some((*key).to_owned()), detail);
        }
    }

    /// After a full read: what it did not say is gone, if the inventory was in a position to judge that.
    fn left_by_all(&mut self, dataset: Dataset, span: &Span, told: &Keys<'_>, kept: &Keys<'_>, is_judged: bool) {
        let left = left(span, kept, |key| told.contains(key));
        let shelf = self.shelves.entry(dataset).or_default();
        if std::mem::replace(&mut shelf.has_baseline, true) && is_judged {
            shelf.leftovers.clear();
            self.still_there(dataset, left);
        } else {
            shelf.leftovers = left.into_iter().collect();
        }
    }

    /// After changes: it has what whoever took all events has.
    fn changed(&mut self, dataset: Dataset, span: &Span, kept: &Keys<'_>) {
        let Some(held) = self.held.remove(&dataset) else { return };
        self.missing(dataset, span, &held.keys().collect(), kept);
        let mut left = left(span, kept, |key| held.has(key));
        self.held.insert(dataset, held);
        if let Some(shelf) = self.shelves.get(&dataset) {
            left.retain(|key| !shelf.leftovers.contains(key));
        }
        self.still_there(dataset, left);
    }

    fn still_there(&mut self, dataset: Dataset, left: Vec<String>) {
        for key in left {
            let detail = "neither said nor true, and the inventory still has it".to_owned();
            self.violated(Property::Inventory, Some(dataset.name()), Some(key), detail);
        }
    }
}

/// What is there and neither said nor true, in order.
fn left(span: &Span, kept: &Keys<'_>, is_said: impl Fn(&str) -> bool) -> Vec<String> {
    let left = kept.iter().filter(|key| !is_said(key) && !span.is_ever(key));
    let mut left: Vec<String> = left.map(|key| (*key).to_owned()).collect();
    left.sort_unstable();
    left
}

/// Whether an inventory may conclude from a full read that what was not said is gone: not if it may be among records that
/// could not be used, nor if it rests on devices that nobody could read.
fn is_judged(account: &DatasetReceipt, receipt: &Receipt) -> bool {
    let devices = Dataset::Devices.name();
    let are_devices_known = |account: &DatasetReceipt| {
        use Completeness::{Changes, Complete, Unchanged};
        account.dataset != devices || matches!(account.completeness, Complete | Unchanged | Changes)
    };
    account.rejected.is_empty() && (account.dataset == devices || receipt.datasets.iter().all(are_devices_known))
}

fn holds(claims: &Claims, key: &str) -> bool {
    claims.values().any(|keys| keys.contains(key))
}
