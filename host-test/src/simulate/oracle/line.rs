//! The oracle's eyes for other tests: what a tenant should be told as, and what a line of a sink says. A harness that
//! starts real programs judges by these, so that what is expected is written down in one place.

use super::expect;
use super::said::Said;
use crate::contract::{Event, Operation};
use crate::simulate::reading::{Dataset, Reading, Strategy};
use defender_double::model::Tenant;
use defender_double::period::Period;
use serde_json::Value;
use std::collections::BTreeSet;

/// A line of newline-delimited JSON, as somebody who reads the sink has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// Identity of the run.
    pub run: String,
    /// Number in the run.
    pub sequence: u64,
    /// What happened.
    pub operation: Operation,
    /// Identity of the asset.
    pub key: String,
    /// Content hash.
    pub hash: String,
    /// What it says: its key, and each relation as `<key> <relation> <key>`. Device groups are named, as in [`due`].
    /// Nothing for deletions and markers.
    pub claims: Vec<String>,
}

impl Line {
    /// Reads a line, without its end, about the tenant of this directory id.
    ///
    /// # Errors
    /// Where it is not one line of JSON in the shape of an event.
    pub fn read(text: &str, tenant: &str) -> Result<Self, String> {
        let envelope: Value = serde_json::from_str(text).map_err(|error| format!("no JSON: {error}"))?;
        let member = |name: &str| envelope[name].as_str().unwrap_or_default().to_owned();
        let operation = match envelope["op"].as_str() {
            Some("upsert") => Operation::Upsert,
            Some("delete") => Operation::Delete,
            Some("snapshot_begin") => Operation::SnapshotBegin,
            Some("snapshot_end") => Operation::SnapshotEnd,
            _ => return Err("`op` is none of the operations".into()),
        };
        let event = Event {
            kind: member("kind"),
            operation,
            key: member("key"),
            observed_at: member("observed"),
            content_hash: member("hash"),
            document: text.to_owned(),
        };
        let said = Said::read(&event, tenant)?;
        let claims = match operation {
            Operation::Upsert => {
                let lasting = said.relations.into_iter().filter(|text| expect::updated_of(text).is_none());
                std::iter::once(event.key.clone()).chain(lasting).collect()
            }
            _ => Vec::new(),
        };
        let (run, sequence) = (said.run.into_owned(), said.sequence);
        Ok(Self { run, sequence, operation, key: event.key, hash: event.content_hash, claims })
    }
}

/// Everything that has to be said of a tenant in a period by a source that reads these datasets, each by a strategy, and
/// nothing else may be: keys of assets, and relations as `<key> <relation> <key>`. Times of updates are left out.
///
/// # Errors
/// Where there is no such dataset, or no such way to read it.
pub fn due(tenant: &Tenant, period: Period, datasets: &[(&str, &str)]) -> Result<BTreeSet<String>, String> {
    let read = |(name, strategy): &(&str, &str)| -> Result<(Dataset, Strategy), String> {
        let dataset = Dataset::named(name).ok_or_else(|| format!("no dataset {name}"))?;
        let ways = dataset.strategies().iter().copied();
        let way = ways.into_iter().find(|way| way.name() == *strategy);
        Ok((dataset, way.ok_or_else(|| format!("{name} is not read by {strategy}"))?))
    };
    let reading = Reading(datasets.iter().map(read).collect::<Result<_, _>>()?);
    let id = tenant.id();
    let claims = tenant.facts(period).flat_map(|fact| expect::claims(&fact, &id, &reading));
    Ok(claims.map(|claim| claim.text).filter(|text| expect::updated_of(text).is_none()).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use defender_double::model::Shape;

    #[test]
    fn a_line_says_what_it_is_about() {
        let line = |op: &str| {
            format!(
                r#"{{"schema":"s","kind":"software","op":"{op}","key":"mde:t:software:d/v/n/1","run":"r","seq":7,"observed":"2026-01-01T00:00:00Z","hash":"{:064}","refs":[{{"rel":"installed_on","key":"mde:t:device:d"}}],"body":{{}}}}"#,
                0
            )
        };
        let upsert = Line::read(&line("upsert"), "t").unwrap();
        assert_eq!((upsert.run.as_str(), upsert.sequence, upsert.operation), ("r", 7, Operation::Upsert));
        let said = ["mde:t:software:d/v/n/1", "mde:t:software:d/v/n/1 installed_on mde:t:device:d"];
        assert_eq!(upsert.claims, said);
        assert!(Line::read(&line("delete"), "t").unwrap().claims.is_empty());
        for wrong in
            [line("moved"), line("upsert")[1..].to_owned(), line("upsert").replace(r#""seq":7"#, r#""seq":"7""#)]
        {
            assert!(Line::read(&wrong, "t").is_err(), "{wrong}");
        }
    }

    #[test]
    fn what_is_due_is_of_the_datasets_that_are_read() {
        let tenant = Tenant::new(Shape { devices: 8, ..Shape::default() });
        let devices = due(&tenant, Period(12), &[("devices", "bulk")]).unwrap();
        assert!(devices.iter().any(|text| text.contains(":ip_address:")) && devices.len() > 16);
        assert!(devices.iter().all(|text| !text.contains(":software:")));
        let more = due(&tenant, Period(12), &[("devices", "bulk"), ("cves", "bulk")]).unwrap();
        assert!(more.is_superset(&devices) && more.len() > devices.len());
        assert!(due(&tenant, Period(12), &[("device", "bulk")]).is_err());
        assert!(due(&tenant, Period(12), &[("cves", "files")]).is_err());
    }
}
