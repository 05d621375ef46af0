//! How much there is to read, as earlier runs found it: what a plan counts with.

use defender_client::wire::OrderedMap;
use serde::de::IgnoredAny;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::catalog::{DatasetSpec, Strategy};
use crate::diagnose::{Completeness, DatasetReceipt};

/// What reading a dataset in one way takes. `None` is what nobody knows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Figure {
    /// Requests, without those that were repeated.
    pub calls: Option<u64>,
    /// Records.
    pub rows: Option<u64>,
    /// Body bytes, after content decoding.
    pub bytes: Option<u64>,
}

impl Figure {
    /// What a dataset took so far, by its account.
    #[must_use]
    pub fn of(receipt: &DatasetReceipt) -> Self {
        // Each request gave a page, or was about a subject that could not be read. A list of files is one request.
        let calls = match &*receipt.strategy {
            strategy if strategy == Strategy::Files.as_str() => 1,
            _ => receipt.pages + receipt.tolerated.get("subject_not_read"),
        };
        Self { calls: Some(calls), rows: Some(receipt.received), bytes: Some(receipt.bytes) }
    }

    /// What is left of it when so much is done.
    #[must_use]
    pub fn without(self, done: Self) -> Self {
        let left = |all: Option<u64>, done: Option<u64>| Some(all?.saturating_sub(done.unwrap_or_default()));
        Self {
            calls: left(self.calls, done.calls),
            rows: left(self.rows, done.rows),
            bytes: left(self.bytes, done.bytes),
        }
    }
}

/// What is known of the amounts in a tenant: one figure for each way to read a dataset.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Figures {
    /// Devices that requests are made about one by one, or that queries are divided by.
    pub devices: Option<u64>,
    known: OrderedMap<String, Figure>,
}

/// Most figures that are read from a checkpoint: more than there are ways to read all datasets.
const MOST: usize = 64;

impl Figures {
    /// What reading a dataset in one way took last.
    #[must_use]
    pub fn get(&self, dataset: &DatasetSpec, strategy: Strategy) -> Option<Figure> {
        self.known.get(&name_of(dataset, strategy)).copied()
    }

    /// Takes note of what reading a dataset in one way takes.
    #[inline(never)]
    pub fn set(&mut self, dataset: &DatasetSpec, strategy: Strategy, figure: Figure) {
        self.known.insert(name_of(dataset, strategy), figure);
    }

    /// Takes note of a dataset that was read as far as a run reads it. What was cut short says nothing, and neither does
    /// what was not read because it had not changed. Where the way that was chosen led nowhere, it took all that was sent.
    pub fn enter(&mut self, dataset: &DatasetSpec, chosen: Strategy, taken: Strategy, receipt: &DatasetReceipt) {
        if matches!(receipt.completeness, Completeness::Complete | Completeness::Changes | Completeness::Portion) {
            let figure = Figure::of(receipt);
            self.set(dataset, taken, figure);
            if chosen != taken {
                self.set(dataset, chosen, Figure { calls: Some(receipt.calls), ..figure });
            }
        }
    }

    /// Whether no figure is known.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.known.is_empty()
    }
}

/// Under this name stands the number of devices.
const DEVICES: &str = "subjects";

/// Calls, rows and bytes.
type Numbers = [Option<u64>; 3];

impl Serialize for Figures {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let known = self.known.iter().map(|(name, it)| (name.as_str(), [it.calls, it.rows, it.bytes]));
        serializer.collect_map(known.chain([(DEVICES, [self.devices, None, None])]))
    }
}

/// They only serve a forecast, so what is missing or makes no sense is unknown.
impl<'de> Deserialize<'de> for Figures {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        /// One, or whatever stands there instead.
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Sensible<T> {
            It(T),
            Not(IgnoredAny),
        }
        let mut figures = Self::default();
        if let Sensible::It(named) = Sensible::<OrderedMap<String, Sensible<Numbers>>>::deserialize(deserializer)? {
            for (name, numbers) in named.into_iter().take(MOST) {
                let Sensible::It([calls, rows, bytes]) = numbers else { continue };
                match name == DEVICES {
                    true => figures.devices = calls,
                    false => drop(figures.known.insert(name, Figure { calls, rows, bytes })),
                }
            }
        }
        Ok(figures)
    }
}

#[inline(never)]
fn name_of(dataset: &DatasetSpec, strategy: Strategy) -> String {
    [dataset.name.as_str(), ".", strategy.as_str()].concat()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::ALL;
    use crate::catalog::{device_users, devices, software};

    fn round_trip(figures: &Figures) -> Figures {
        serde_json::from_str(&serde_json::to_string(figures).unwrap()).unwrap()
    }

    #[test]
    fn what_was_written_is_read_and_nonsense_is_unknown() {
        let mut figures = Figures { devices: Some(7), ..Figures::default() };
        figures.set(&devices::SPEC, Strategy::Bulk, Figure { calls: Some(2), rows: Some(9), bytes: Some(u64::MAX) });
        let only_calls = Figure { calls: Some(7), ..Figure::default() };
        figures.set(&device_users::SPEC, Strategy::PerDevice, only_calls);
        assert_eq!(round_trip(&figures), figures);
        assert_eq!(round_trip(&Figures::default()), Figures::default());
        let read = |text: &str| serde_json::from_str::<Figures>(text).unwrap();
        assert_eq!((read("3"), read("[]")), Default::default());
        let odd = read(r#"{"subjects":-1,"devices.bulk":3,"software.bulk":["x"],"other.bulk":[1,2,3]}"#);
        assert_eq!((odd.devices, odd.get(&devices::SPEC, Strategy::Bulk)), (None, None));
        assert_eq!(odd.known["other.bulk"], Figure { calls: Some(1), rows: Some(2), bytes: Some(3) });
        let many: String = (0..1000).map(|n| format!(r#""{n}":[1,null,2],"#)).collect();
        assert_eq!(read(&format!(r#"{{{many}"z":[1,2,3]}}"#)).known.len(), MOST);
    }

    #[test]
    fn only_what_was_read_to_where_a_run_reads_counts() {
        let mut receipt = DatasetReceipt::new("device_users", "per_device");
        (receipt.pages, receipt.received, receipt.bytes, receipt.calls) = (4, 6, 100, 9);
        receipt.tolerated.count("subject_not_read");
        let mut figures = Figures::default();
        for (completeness, counts) in
            [(Completeness::Partial, false), (Completeness::Unchanged, false), (Completeness::Portion, true)]
        {
            receipt.completeness = completeness;
            figures.enter(&device_users::SPEC, Strategy::PerDevice, Strategy::PerDevice, &receipt);
            let known = figures.get(&device_users::SPEC, Strategy::PerDevice);
            assert_eq!(known.is_some(), counts, "{completeness:?}");
        }
        let mut instead = DatasetReceipt::new("software", "bulk");
        (instead.pages, instead.calls) = (3, 4);
        figures.enter(&software::SPEC, Strategy::Files, Strategy::Bulk, &instead);
        let calls = |way| figures.get(&software::SPEC, way).and_then(|figure| figure.calls);
        assert_eq!((calls(Strategy::Files), calls(Strategy::Bulk)), (Some(4), Some(3)));
        let known = figures.get(&device_users::SPEC, Strategy::PerDevice).unwrap();
        assert_eq!(known, Figure { calls: Some(5), rows: Some(6), bytes: Some(100) });
        let done = Figure { calls: Some(2), rows: Some(7), bytes: None };
        assert_eq!(known.without(done), Figure { calls: Some(3), rows: Some(0), bytes: Some(100) });
    }

    #[test]
    fn there_are_as_many_as_there_are_ways_to_read() {
        let mut figures = Figures::default();
        for _ in 0..3 {
            for spec in ALL {
                for strategy in spec.strategies {
                    let largest = Some(u64::MAX);
                    let figure = Figure { calls: largest, rows: largest, bytes: largest };
                    figures.set(spec, strategy.name, figure);
                }
            }
        }
        let text = serde_json::to_string(&figures).unwrap();
        assert!(text.len() < 2048, "{}", text.len());
    }
}
