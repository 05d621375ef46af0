//! `/api/recommendations`: recommendations for the tenant.

use defender_rows::event::{Content, Draft, Format, Kind, Refs};
use defender_rows::record::Record;
use defender_rows::tally::RejectReason;

use super::{FAIL, Field, PASS, advice, affects_product, product};
use crate::catalog::DatasetName;
use crate::datasets::mapping::{MapScope, Outcome, Subject};
use crate::ocsf::word::{RECOMMENDATION_STATUS, captioned, severity_of_score};
use crate::ocsf::{self, Source, class, finding};

/// One recommendation.
pub(in crate::datasets) fn map(row: &str, _subject: Subject<'_>, scope: &mut MapScope<'_>) -> Outcome {
    let text = row;
    let row = match Record::<Field>::parse(text) {
        Ok(row) => row,
        Err(reason) => return Outcome::Rejected(reason),
    };
    let Some(id) = row.text(Field::Id) else {
        return Outcome::Rejected(RejectReason::NoIdentity);
    };
    let keys = scope.events.keys();
    let key = keys.recommendation(&id);
    if !scope.seen.receive(Kind::Recommendation, key.as_str()) {
        return Outcome::Duplicate;
    }
    let refs = affects_product(Refs::default(), keys, &id);
    let mut content = Content::default();
    row.content(&mut content, &[Field::Id]);
    let draft = Draft { kind: Kind::Recommendation, key, refs, content };
    match scope.events.format() {
        Format::Ocsf => emit_ocsf(&row, &id, draft, scope),
        Format::Native => scope.events.native(draft, DatasetName::Recommendations.as_str(), text),
    }
    row.account(scope.tolerated);
    Outcome::Emitted
}

fn emit_ocsf(row: &Record<'_, Field>, id: &str, draft: Draft, scope: &mut MapScope<'_>) {
    // Several words have one number: the word itself stays.
    let status = row.peek(Field::Status).and_then(|value| value.text().flatten());
    let status = RECOMMENDATION_STATUS.term(status.as_deref(), scope.tolerated);
    let severity = severity_of_score(row.peek(Field::SeverityScore).and_then(|score| score.number()));
    // A setting is a control: it holds where no device is exposed.
    let exposed = row.peek(Field::ExposedMachinesCount).and_then(|count| count.number());
    let exposed = exposed.map(|count| count.thousandths() > 0);
    let advice = advice(row, id);
    let title = row.text(Field::RecommendationName);
    let title = title.as_deref().unwrap_or(id);
    // A recommendation does not say since when there is one.
    let activity = scope.history.activity(None);
    let source = Source { log_name: "recommendations", profiles: &[], original_uid: &[id], moment: None };
    ocsf::emit_sealed(scope.events, draft, class::POSTURE.of(activity), &source, |out, seal| {
        severity.write(out, "severity_id", "severity");
        ocsf::message(out, &[title]);
        if let Some(status) = &status {
            status.write(out, "status_id", "status");
        }
        out.object_member("finding_info", |out| {
            // Every tenant has this recommendation.
            out.name("uid");
            out.pieces(&[seal.stamp.tenant.as_str(), "/", id]);
            out.text_member("title", title);
            if out.is_full() {
                out.members(r#""types":["Recommendation"]"#);
            }
            finding::origin(out);
        });
        if let Some((vendor, product)) = product(id) {
            out.object_member("application", |out| {
                out.text_member("name", product);
                out.name("uid");
                out.pieces(&[vendor, "-_-", product]);
                out.repeat("type", Some("Software"));
            });
        } else {
            out.object_member("compliance", |out| {
                out.text_member("control", id);
                out.optional_text("category", row.text(Field::RecommendationCategory).as_deref());
                if let Some(exposed) = exposed {
                    let (number, caption) = if exposed { FAIL } else { PASS };
                    captioned(out, number, caption);
                }
            });
        }
        out.object_member("remediation", |out| out.text_member("desc", &advice));
        out.object_member("unmapped", |out| row.leftovers(out));
    });
}
