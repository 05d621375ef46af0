//! The rules once more, as short as they can be said, against random histories.

use crate::script::{Read, Row, World, address, application, complete, device, finding, gone, live, merged, software};
use proptest::prelude::*;
use source_host::contract::{Completeness, Operation};
use source_host::inventory::{ALWAYS_ALLOWED, Rules};
use std::collections::{BTreeMap, BTreeSet};

/// What a dataset thinks of an asset.
#[derive(Debug, Clone)]
struct Claim {
    likeness: (u64, Vec<(&'static str, String)>),
    scope: usize,
    /// Number of the read that saw it last.
    seen: usize,
    misses: u32,
    lapsed: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Active,
    Merged,
    OutOfScope,
    Deleted,
}

#[derive(Debug, Default)]
struct Model {
    claims: BTreeMap<(&'static str, String), Claim>,
    states: BTreeMap<String, (State, &'static str)>,
    refs: BTreeMap<String, Vec<(&'static str, String)>>,
    /// Devices that went, and what rests on them has not gone yet.
    departed: BTreeSet<String>,
    /// Dataset and scope of complete snapshots.
    baselines: BTreeSet<(&'static str, usize)>,
    clock: usize,
}

impl Model {
    fn run(&mut self, reads: &[Read], scope: usize, rules: Rules) {
        let mut snapshots = Vec::new();
        for read in reads {
            self.clock += 1;
            if matches!(read.completeness, Completeness::Unchanged | Completeness::Skipped) {
                continue;
            }
            for row in &read.rows {
                self.enter(read.dataset, row, scope);
            }
            if read.completeness == Completeness::Complete && read.is_snapshot {
                snapshots.push((read, self.clock));
            }
        }
        let root = reads.iter().find(|read| read.dataset == "devices");
        let root_seen = snapshots.iter().find(|(read, _)| read.dataset == "devices").map(|(_, at)| *at);
        let mut is_root_refused = false;
        let mut have_rooted = false;
        let mut due = BTreeSet::new();
        let mut lapsed = BTreeSet::new();
        // Devices come first, and what rests on those that go goes with them before anything else is judged.
        snapshots.sort_by_key(|(read, _)| read.dataset != "devices");
        for (read, at) in snapshots {
            let is_root = read.dataset == "devices";
            if !is_root && !std::mem::replace(&mut have_rooted, true) {
                self.let_go(&mut due);
            }
            let is_first = self.baselines.insert((read.dataset, scope));
            let in_doubt = !is_root
                && root.is_some_and(|root| match root.completeness {
                    Completeness::Unchanged | Completeness::Changes => false,
                    Completeness::Complete => root.rows.is_empty() || is_root_refused,
                    _ => true,
                });
            let devices: BTreeSet<String> = self
                .claims
                .iter()
                .filter(|((dataset, _), claim)| *dataset == "devices" && root_seen.is_some_and(|at| claim.seen >= at))
                .map(|((_, key), _)| key.clone())
                .collect();
            for ((dataset, key), claim) in &mut self.claims {
                if *dataset != read.dataset || claim.seen >= at {
                    continue;
                }
                if claim.scope != scope {
                    claim.lapsed = true;
                } else if !is_first && !in_doubt && read.rejected == 0 {
                    let is_visible = match read.filtered.first() {
                        None => true,
                        Some(("stale", _)) => devices_under(&self.refs[key]).any(|target| devices.contains(target)),
                        Some(_) => false,
                    };
                    claim.lapsed = !is_visible;
                    claim.misses += u32::from(is_visible);
                }
                if claim.lapsed {
                    lapsed.insert(key.clone());
                }
            }
            if (in_doubt || read.rejected > 0) && !is_first && self.has_missing(read.dataset, at) {
                continue;
            }
            let gone: Vec<String> = self
                .claims
                .iter()
                .filter(|((dataset, _), claim)| {
                    *dataset == read.dataset && claim.seen < at && !claim.lapsed && claim.misses > rules.grace_runs
                })
                .map(|((_, key), _)| key.clone())
                .collect();
            let missed: BTreeSet<&String> = gone.iter().filter(|key| self.states[*key].1 == "device").collect();
            let counted: Vec<String> = gone.iter().filter(|key| !self.hangs(key, &missed)).cloned().collect();
            if self.too_many(read.dataset, at, (&gone, &counted), rules, &missed) {
                is_root_refused |= is_root;
                continue;
            }
            for key in gone {
                self.claims.remove(&(read.dataset, key.clone()));
                due.insert(key);
            }
        }
        if !have_rooted {
            self.let_go(&mut due);
        }
        for key in due.union(&lapsed) {
            let claims: Vec<&Claim> = self.claims.iter().filter(|((_, it), _)| it == key).map(|(_, it)| it).collect();
            let Some((state, _)) = self.states.get_mut(key) else { continue };
            if claims.is_empty() && due.contains(key) && *state != State::Merged {
                *state = State::Deleted;
            } else if !claims.is_empty() && claims.iter().all(|claim| claim.lapsed) && *state == State::Active {
                *state = State::OutOfScope;
            }
        }
    }

    fn has_missing(&self, dataset: &str, at: usize) -> bool {
        self.claims.iter().any(|((it, _), claim)| *it == dataset && claim.seen < at && !claim.lapsed)
    }

    /// Whether an asset rests on devices alone that are gone, or among these.
    fn hangs(&self, key: &str, leaving: &BTreeSet<&String>) -> bool {
        let refs = self.refs.get(key).map_or(&[][..], Vec::as_slice);
        let is_gone = |it: &String| leaving.contains(it) || self.is_gone(it);
        devices_under(refs).next().is_some() && devices_under(refs).all(is_gone)
    }

    fn is_gone(&self, key: &str) -> bool {
        matches!(self.states.get(key), Some((State::Merged | State::Deleted, _)))
    }

    /// What rests on devices that went goes.
    fn let_go(&mut self, due: &mut BTreeSet<String>) {
        let is_there = |(state, _): &(State, &str)| matches!(state, State::Active | State::OutOfScope);
        let is_claimed = |key: &String| self.claims.keys().any(|(_, it)| it == key);
        let missed = due.iter().filter(|key| self.states.get(*key).is_some_and(is_there) && !is_claimed(key));
        let went = self.departed.iter().filter(|key| self.is_gone(key));
        let leaving: BTreeSet<&String> = missed.chain(went).collect();
        let touches = |key: &String| devices_under(&self.refs[key]).any(|device| leaving.contains(device));
        let hanging = self.states.iter().filter(|(_, state)| is_there(state)).map(|(key, _)| key);
        let hanging: Vec<String> = hanging.filter(|key| touches(key) && self.hangs(key, &leaving)).cloned().collect();
        for key in hanging {
            self.claims.retain(|(_, it), _| *it != key);
            due.insert(key);
        }
        self.departed.clear();
    }

    fn too_many(
        &self,
        dataset: &'static str,
        at: usize,
        (gone, counted_gone): (&[String], &[String]),
        rules: Rules,
        missed: &BTreeSet<&String>,
    ) -> bool {
        if gone.is_empty() {
            return false;
        }
        let mine = || self.claims.iter().filter(|((it, _), _)| *it == dataset);
        let is_empty = !mine().any(|(_, claim)| claim.seen >= at);
        let counted = |key: &String| matches!(self.states[key].0, State::Active | State::OutOfScope);
        let kinds: BTreeSet<&str> =
            counted_gone.iter().filter(|key| counted(key)).map(|key| self.states[key].1).collect();
        kinds.into_iter().any(|kind| {
            let of_kind = |key: &&String| counted(key) && self.states[*key].1 == kind;
            let missing = counted_gone.iter().filter(of_kind).count() as u64;
            let known = mine().filter(|(_, claim)| !claim.lapsed).map(|((_, key), _)| key).filter(of_kind);
            let known = known.filter(|key| !self.hangs(key, missed)).count() as u64;
            is_empty || missing > ALWAYS_ALLOWED && missing * 100 > known * u64::from(rules.max_delete_percent)
        })
    }

    fn enter(&mut self, dataset: &'static str, row: &Row, scope: usize) {
        let state = self.states.get(&row.key).map(|(state, _)| *state);
        if row.operation == Operation::Delete {
            if !matches!(state, Some(State::Deleted | State::Merged)) {
                self.states.insert(row.key.clone(), (State::Deleted, row.kind));
                self.claims.retain(|(_, key), _| *key != row.key);
            }
            return;
        }
        let likeness = (row.content, row.refs.clone());
        let own = self.claims.get(&(dataset, row.key.clone()));
        let is_known = own.is_some_and(|claim| claim.likeness == likeness);
        // What is news about a device that is gone is not.
        let is_there = matches!(state, Some(State::Active | State::OutOfScope | State::Merged));
        let mut under = devices_under(&row.refs).peekable();
        if !(is_known && is_there) && under.peek().is_some() && under.all(|device| self.is_gone(device)) {
            return;
        }
        let is_merged = row.refs.iter().any(|(rel, _)| *rel == "merged_into");
        let new = match state {
            Some(State::Active | State::OutOfScope) if is_known => State::Active,
            Some(State::Merged) if is_known => State::Merged,
            _ if is_merged => State::Merged,
            _ => State::Active,
        };
        self.states.insert(row.key.clone(), (new, row.kind));
        if new == State::Merged && !matches!(state, Some(State::Merged | State::Deleted)) {
            self.departed.insert(row.key.clone());
        }
        if !is_known {
            self.refs.insert(row.key.clone(), row.refs.clone());
        }
        let claim = Claim { likeness, scope, seen: self.clock, misses: 0, lapsed: false };
        self.claims.insert((dataset, row.key.clone()), claim);
    }
}

/// The devices that an asset with these relations rests on.
fn devices_under<'a>(refs: &'a [(&'static str, String)]) -> impl Iterator<Item = &'a String> {
    let rests = ["affects", "assigned_to", "installed_on", "logged_on"];
    refs.iter().filter(move |(rel, _)| rests.contains(rel)).map(|(_, target)| target)
}

fn device_id() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec!["a", "b", "c", "d"])
}

fn rows(of: impl Strategy<Value = Row>) -> impl Strategy<Value = Vec<Row>> {
    // A key comes once in a read, as the contract's receipt has it.
    prop::collection::vec(of, 0..14).prop_map(|rows| {
        let mut known = BTreeSet::new();
        rows.into_iter().filter(|row| known.insert(row.key.clone())).collect()
    })
}

fn of_devices() -> impl Strategy<Value = Row> {
    prop_oneof![
        6 => (device_id(), 0..2u64).prop_map(|(id, content)| device(id, content)),
        3 => (device_id(), 0..2u64).prop_map(|(id, content)| address(id, content)),
        1 => (device_id(), device_id()).prop_map(|(id, into)| merged(id, into)),
        // Many, so that the brake has something to brake.
        6 => (0..40u64).prop_map(|number| device(&format!("n{number}"), 1)),
    ]
}

fn of_software() -> impl Strategy<Value = Row> {
    prop_oneof![
        (device_id(), device_id(), 0..2u64).prop_map(|(on, id, content)| software(on, id, content)),
        (device_id(), 0..2u64).prop_map(|(id, content)| application(id, content)),
    ]
}

fn of_findings() -> impl Strategy<Value = Row> {
    prop_oneof![
        6 => (device_id(), device_id(), 0..2u64).prop_map(|(on, id, content)| finding(on, id, content)),
        2 => (device_id(), 0..2u64).prop_map(|(id, content)| application(id, content)),
        1 => (device_id(), device_id()).prop_map(|(on, id)| gone(finding(on, id, 0))),
    ]
}

fn read(dataset: &'static str, rows: impl Strategy<Value = Vec<Row>> + 'static) -> BoxedStrategy<Option<Read>> {
    let completeness = prop_oneof![
        8 => Just(Completeness::Complete),
        1 => Just(Completeness::Partial),
        1 => Just(Completeness::Unchanged),
        2 => Just(Completeness::Changes),
        1 => Just(Completeness::Forbidden),
    ];
    let filtered = prop_oneof![
        5 => Just(vec![]),
        1 => Just(vec![("stale", 1)]),
        1 => Just(vec![("a_reason_of_tomorrow", 1)]),
    ];
    let rejected = prop_oneof![6 => Just(0u64), 1 => Just(1u64)];
    let read = (rows, completeness, filtered, rejected).prop_map(move |(rows, completeness, filtered, rejected)| {
        let silent = completeness == Completeness::Unchanged;
        let mut rows = if silent { vec![] } else { rows };
        if completeness == Completeness::Changes && dataset == "vulnerabilities" {
            // Outside of a snapshot an event belongs to the dataset that publishes its kind.
            rows.retain(|row| row.kind == "vulnerability");
        }
        Read { completeness, filtered, rejected, ..complete(dataset, &rows) }
    });
    prop_oneof![5 => read.prop_map(Some), 1 => Just(None)].boxed()
}

type Run = (Vec<Read>, usize);

fn run() -> impl Strategy<Value = Run> {
    let reads = (
        read("devices", rows(of_devices())),
        read("software", rows(of_software())),
        read("vulnerabilities", rows(of_findings())),
    );
    let scope = prop_oneof![5 => Just(0usize), 1 => Just(1usize)];
    (reads, scope).prop_map(|((devices, software, findings), scope)| {
        ([devices, software, findings].into_iter().flatten().collect(), scope)
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn histories_end_as_the_rules_say(
        runs in prop::collection::vec(run(), 1..9),
        grace_runs in 0..3u32,
        max_delete_percent in prop::sample::select(vec![0u8, 30, 100]),
    ) {
        let rules = Rules { grace_runs, max_delete_percent, allow_mass_delete: false };
        let (mut world, mut model) = (World::with(rules), Model::default());
        for (reads, scope) in &runs {
            world.config = format!(r#"{{"filters":{scope}}}"#);
            world.run(reads);
            model.run(reads, *scope, rules);
            let rows = world.reader().sql("SELECT key, state FROM assets").expect("it works").rows;
            let found: BTreeMap<String, String> =
                rows.iter().map(|row| (crate::script::text(&row[0]), crate::script::text(&row[1]))).collect();
            let name = |state| match state {
                State::Active => "active",
                State::Merged => "merged",
                State::OutOfScope => "out_of_scope",
                State::Deleted => "deleted",
            };
            let expected: BTreeMap<String, String> =
                model.states.iter().map(|(key, (state, _))| (key.clone(), name(*state).to_owned())).collect();
            prop_assert_eq!(found, expected);
            prop_assert_eq!(live(&world.path()), world.consumer.live());
        }
    }
}
