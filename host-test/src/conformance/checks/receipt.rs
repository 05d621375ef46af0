//! The account of a run adds up, with itself and with what the host saw.

use crate::clock;
use crate::conformance::lab::{Lab, Run};
use crate::conformance::verdict::{Judged, Verdict, broken};
use crate::contract::{Event, Operation, Receipt, reconcile, total};
use std::collections::BTreeMap;

pub(in crate::conformance) async fn judge(lab: &Lab) -> Judged {
    let whole = lab.whole().await?;
    let Some(receipt) = &whole.receipt else { return Err(broken("there is no receipt")) };
    reconcile(receipt).map_err(broken)?;
    let (start, end) = (clock::parse(&receipt.started_at), clock::parse(&receipt.finished_at));
    if start.is_none() || end.is_none() || start > end {
        return Err(broken(format!("it ran from {:?} to {:?}", receipt.started_at, receipt.finished_at)));
    }
    if let Some(dataset) = receipt.datasets.iter().find(|it| !is_published(lab, &it.dataset)) {
        return Err(broken(format!("it accounts for {:?}, which is no dataset", dataset.dataset)));
    }
    judge_events(&whole, receipt)?;
    judge_calls(&whole, receipt)?;
    judge_progress(&whole)?;
    let received: u64 = receipt.datasets.iter().map(|dataset| dataset.received).sum();
    Ok(format!("{} datasets, {received} records, {} events", receipt.datasets.len(), whole.events().count()))
}

fn is_published(lab: &Lab, name: &str) -> bool {
    lab.descriptor.datasets.iter().any(|dataset| dataset.name == name)
}

fn judge_events(run: &Run, receipt: &Receipt) -> Result<(), Verdict> {
    let mut emitted: BTreeMap<&str, u64> = BTreeMap::new();
    for event in run.events() {
        if matches!(event.operation, Operation::Upsert | Operation::Delete) {
            *emitted.entry(&event.kind).or_default() += 1;
        }
        if receipt.run.is_empty() || !event.document.contains(&receipt.run) {
            return Err(broken(format!("an event does not carry the run {:?}", receipt.run)));
        }
    }
    let mut accounted: BTreeMap<&str, u64> = BTreeMap::new();
    for tally in receipt.datasets.iter().flat_map(|dataset| &dataset.events).filter(|tally| tally.count > 0) {
        *accounted.entry(&tally.name).or_default() += tally.count;
    }
    if emitted != accounted {
        return Err(broken(format!("it accounts for the events {accounted:?}, but {emitted:?} were emitted")));
    }
    let hollow = receipt.datasets.iter().find(|dataset| dataset.emitted > total(&dataset.events));
    match hollow {
        Some(dataset) => Err(broken(format!("{} has more records with events than events", dataset.dataset))),
        None => Ok(()),
    }
}

fn judge_calls(run: &Run, receipt: &Receipt) -> Result<(), Verdict> {
    let sign_ins = (run.sent.len() - run.reads()) as u64;
    let calls: u64 = receipt.datasets.iter().map(|dataset| dataset.calls).sum();
    if receipt.sign_in_calls != sign_ins || calls > run.reads() as u64 {
        return Err(broken(format!(
            "it accounts for {} sign-ins and {calls} calls, but {sign_ins} and {} were made",
            receipt.sign_in_calls,
            run.reads()
        )));
    }
    Ok(())
}

fn judge_progress(run: &Run) -> Result<(), Verdict> {
    // The contract does not say whether markers count: both ways are fine.
    let (mut events, mut markers) = (0, 0);
    for batch in &run.batches {
        events += batch.events.len() as u64;
        let is_marker = |it: &&Event| matches!(it.operation, Operation::SnapshotBegin | Operation::SnapshotEnd);
        markers += batch.events.iter().filter(is_marker).count() as u64;
        if ![events, events - markers].contains(&batch.progress.events) {
            return Err(broken(format!("progress says {} events after {events}", batch.progress.events)));
        }
    }
    let monotonic = run.batches.is_sorted_by_key(|batch| (batch.progress.calls, batch.progress.received));
    if monotonic { Ok(()) } else { Err(broken("progress goes backwards")) }
}
