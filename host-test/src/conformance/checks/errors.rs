//! Every failure that was provoked while the other promises were judged, and one more: nobody can sign in.

use crate::conformance::lab::{Course, Lab};
use crate::conformance::needs::Needs;
use crate::conformance::verdict::{Judged, Verdict, broken};
use crate::conformance::wire::Service;
use crate::contract::{Failure, error_case, error_failure, one_line};

pub(in crate::conformance) async fn judge(lab: &Lab) -> Judged {
    if lab.lacks(Needs::Traffic).is_none() {
        judge_sign_in(lab).await?;
    }
    let ear = lab.ear.borrow();
    if let Some(crash) = ear.crashes.first() {
        return Err(broken(format!("a call ended without a reason: {crash}")));
    }
    for (call, error) in &ear.errors {
        judge_failure(&format!("the error {} of {call}", error_case(error)), error_failure(error))?;
    }
    Ok(format!("{} failures, each with a message and a remedy", ear.errors.len()))
}

async fn judge_sign_in(lab: &Lab) -> Result<(), Verdict> {
    let whole = lab.first_run().await?;
    if whole.sent.len() == whole.reads() {
        return Ok(());
    }
    let before = lab.ear.borrow().errors.len();
    let run = lab.run(Course { service: Service::SignInRefused, ..Course::default() }).await?;
    let ear = lab.ear.borrow();
    match (ear.errors.get(before), &run.error) {
        (Some((_, error)), _) if error_case(error) == "unauthenticated" => Ok(()),
        (_, Some(error)) => Err(broken(format!("a refused sign-in ends with {error} instead of unauthenticated"))),
        (_, None) => Err(broken("a refused sign-in is no error")),
    }
}

fn judge_failure(place: &str, failure: &Failure) -> Result<(), Verdict> {
    for (name, text) in [("message", &failure.message), ("remedy", &failure.remedy)] {
        if text.trim().is_empty() {
            return Err(broken(format!("{place} has no {name}")));
        }
        if text.contains(['\n', '\r']) {
            return Err(broken(format!("{place} has a {name} of several lines: {}", one_line(text))));
        }
    }
    Ok(())
}
