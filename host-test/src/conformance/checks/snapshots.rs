//! Absence is a conclusion that only a complete read allows.

use crate::conformance::lab::{Course, Lab, Run};
use crate::conformance::verdict::{Judged, Verdict, broken};
use crate::conformance::wire::Service;
use crate::contract::{Completeness, Operation};

pub(in crate::conformance) async fn judge(lab: &Lab) -> Judged {
    let whole = lab.whole().await?;
    let (begun, ended) = markers(&whole);
    if begun + ended == 0 {
        return Err(Verdict::NotApplicable("it marks no snapshots".to_owned()));
    }
    if begun != ended {
        return Err(broken(format!("an undisturbed run begins {begun} snapshots and ends {ended}")));
    }
    let reads = whole.reads();
    let mut tried = 0;
    for from in [1, 2, reads / 2, reads].into_iter().filter(|from| *from > 0) {
        judge_outage(&lab.run(Course { service: Service::Outage { from }, ..Course::default() }).await?, from)?;
        tried += 1;
    }
    Ok(format!("{ended} snapshots; {tried} outages leave theirs open"))
}

fn judge_outage(run: &Run, from: usize) -> Result<(), Verdict> {
    let (begun, ended) = markers(run);
    let what = format!("with an outage from request {from} on");
    let Some(receipt) = &run.receipt else {
        // Nothing is concluded from a run that failed, as long as it said nothing that is not so.
        return if begun == ended && begun > 0 {
            Err(broken(format!("{what}: the run failed, but all {ended} snapshots were ended")))
        } else {
            Ok(())
        };
    };
    let complete = receipt.datasets.iter().filter(|it| it.completeness == Completeness::Complete).count();
    if ended > complete {
        return Err(broken(format!("{what}: {ended} snapshots were ended, but {complete} datasets are complete")));
    }
    if complete == receipt.datasets.len() {
        return Err(broken(format!("{what}: the receipt calls every dataset complete")));
    }
    let silent = receipt.datasets.iter().find(|it| it.completeness == Completeness::Partial && it.failure.is_none());
    match silent {
        Some(dataset) => Err(broken(format!("{what}: {} is partial without a failure", dataset.dataset))),
        None => Ok(()),
    }
}

/// How many snapshots were begun and ended.
fn markers(run: &Run) -> (usize, usize) {
    let count = |wanted: Operation| run.events().filter(|event| event.operation == wanted).count();
    (count(Operation::SnapshotBegin), count(Operation::SnapshotEnd))
}
