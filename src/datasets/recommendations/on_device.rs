//! A recommendation for one machine, whichever way the pair was learned.

use defender_rows::event::{Content, Draft, Format, JsonWriter, Kind, Refs, Relation};
use defender_rows::record::{DeviceFacts, DeviceFields, Record, field_table};
use defender_rows::tally::RejectReason;

use super::{FAIL, Field, advice, affects_product};
use crate::catalog::DatasetName;
use crate::datasets::mapping::{MapScope, Outcome, Subject};
use crate::ocsf::architecture::Architecture;
use crate::ocsf::finding::Criticality;
use crate::ocsf::word::{RECOMMENDATION_STATUS, captioned, severity_of_score};
use crate::ocsf::{self, Source, class, device, finding, platform};

field_table! {
    /// Members of a machine reference. Source: "List machines by recommendation".
    ReferenceField {
        Id = "id",
        ComputerDnsName = "computerDnsName",
        OsPlatform = "osPlatform",
        RbacGroupName = "rbacGroupName",
        RbacGroupId = "rbacGroupId",
        AssetCriticalityLevel = "assetCriticalityLevel",
        Tags = "tags",
    }
}

const DEVICE: DeviceFields<ReferenceField> = DeviceFields {
    id: ReferenceField::Id,
    hostname: ReferenceField::ComputerDnsName,
    os_platform: ReferenceField::OsPlatform,
    group_id: Some(ReferenceField::RbacGroupId),
    group_name: ReferenceField::RbacGroupName,
};

/// Numbers of a catalogue record that are about the tenant, not about any one machine.
const TENANT_NUMBERS: [Field; 7] = [
    Field::Weaknesses,
    Field::ConfigScoreImpact,
    Field::ExposureImpact,
    Field::ExposedMachinesCount,
    Field::ExposedCriticalDevices,
    Field::TotalMachineCount,
    Field::NonProductivityImpactedAssets,
];

/// What the hash of a finding on a device leaves out of the catalogue record: what the key says, and these numbers.
const SEALED_OR_OF_THE_TENANT: [Field; 8] = {
    let mut fields = [Field::Id; 8];
    let mut at = 0;
    while at < TENANT_NUMBERS.len() {
        fields[at + 1] = TENANT_NUMBERS[at];
        at += 1;
    }
    fields
};

/// One machine that the recommendation in question concerns.
pub(in crate::datasets) fn map_reference(row: &str, subject: Subject<'_>, scope: &mut MapScope<'_>) -> Outcome {
    let text = row;
    let Subject::Recommendation(recommendation) = subject else {
        return Outcome::Rejected(RejectReason::NoIdentity);
    };
    let (row, recommendation) = match (Record::<ReferenceField>::parse(text), Record::<Field>::parse(recommendation)) {
        (Ok(row), Ok(recommendation)) => (row, recommendation),
        (Err(reason), _) | (_, Err(reason)) => return Outcome::Rejected(reason),
    };
    let device = match DEVICE.read(&row, scope.tolerated) {
        Ok(device) => device,
        Err(reason) => return Outcome::Rejected(reason),
    };
    let facts = device.facts();
    if let Some(reason) = scope.filter.row(&facts) {
        return Outcome::Filtered(reason);
    }
    let Some(id) = recommendation.text(Field::Id) else {
        return Outcome::Rejected(RejectReason::NoIdentity);
    };
    let mut content = Content::default();
    row.content(&mut content, &[ReferenceField::Id]);
    recommendation.content(&mut content, &SEALED_OR_OF_THE_TENANT);
    let draft = draft(scope, facts.id, &id, content);
    match scope.events.format() {
        Format::Ocsf => {
            for number in TENANT_NUMBERS {
                recommendation.skip(number);
            }
            let level = row.peek(ReferenceField::AssetCriticalityLevel).and_then(|value| value.text().flatten());
            let criticality = Criticality::read(level.as_deref(), scope.tolerated);
            if criticality.says_the_word() {
                row.skip(ReferenceField::AssetCriticalityLevel);
            }
            let on = On { facts, criticality, log_name: "recommendations.machine_references" };
            emit_ocsf(&recommendation, &id, &on, draft, scope, |out| {
                out.object_member("machineReference", |out| row.leftovers(out));
            });
        }
        // The reference alone does not say what it refers to.
        Format::Native => scope.events.native_part(draft, DatasetName::Recommendations.as_str(), |out| {
            out.text_member("recommendationId", &id);
            out.name("machineReference");
            out.raw(text);
        }),
    }
    row.account(scope.tolerated);
    Outcome::Emitted
}

/// One recommendation for the device that was asked about.
pub(in crate::datasets) fn map_own(row: &str, subject: Subject<'_>, scope: &mut MapScope<'_>) -> Outcome {
    let text = row;
    let row = match Record::<Field>::parse(text) {
        Ok(row) => row,
        Err(reason) => return Outcome::Rejected(reason),
    };
    let (Subject::Device(facts), Some(id)) = (subject, row.text(Field::Id)) else {
        return Outcome::Rejected(RejectReason::NoIdentity);
    };
    let mut content = Content::default();
    row.content(&mut content, &[Field::Id]);
    content.device(&facts);
    let draft = draft(scope, facts.id, &id, content);
    match scope.events.format() {
        Format::Ocsf => {
            let criticality = Criticality::read(facts.value, scope.tolerated);
            let on = On { facts, criticality, log_name: "machines.recommendations" };
            emit_ocsf(&row, &id, &on, draft, scope, |_| {});
        }
        Format::Native => scope.events.native(draft, DatasetName::Recommendations.as_str(), text),
    }
    row.account(scope.tolerated);
    Outcome::Emitted
}

fn draft(scope: &MapScope<'_>, device: &str, id: &str, content: Content) -> Draft {
    let keys = scope.events.keys();
    let refs =
        Refs::default().with(Relation::Affects, &keys.device(device)).with(Relation::PartOf, &keys.recommendation(id));
    Draft {
        kind: Kind::Recommendation,
        key: keys.recommendation_on_device(device, id),
        refs: affects_product(refs, keys, id),
        content,
    }
}

/// The device of a recommendation, and how the pair was learned.
struct On<'a> {
    facts: DeviceFacts<'a>,
    criticality: Criticality<'a>,
    log_name: &'static str,
}

/// Queues the event. `more` writes further members of `unmapped`.
fn emit_ocsf(
    recommendation: &Record<'_, Field>,
    id: &str,
    on: &On<'_>,
    draft: Draft,
    scope: &mut MapScope<'_>,
    more: impl FnOnce(&mut JsonWriter),
) {
    let (row, On { facts, criticality, log_name }) = (recommendation, on);
    let platform = platform::platform(facts.os_platform, scope.tolerated);
    // Several words have one number: the word itself stays.
    let status = row.peek(Field::Status).and_then(|value| value.text().flatten());
    let status = RECOMMENDATION_STATUS.term(status.as_deref(), scope.tolerated);
    let severity = severity_of_score(row.peek(Field::SeverityScore).and_then(|score| score.number()));
    let advice = advice(row, id);
    let title = row.text(Field::RecommendationName);
    let title = title.as_deref().unwrap_or(id);
    let category = row.text(Field::RecommendationCategory);
    let kind = row.peek(Field::RemediationType).and_then(|value| value.text().flatten());
    let release = scope.events.ocsf_version();
    // A recommendation does not say since when it concerns a device.
    let activity = scope.history.activity(None);
    let uid = [id, "/", facts.id];
    let source = Source { log_name, profiles: &[], original_uid: &uid, moment: None };
    ocsf::emit(scope.events, draft, class::COMPLIANCE.of(activity), &source, |out| {
        severity.write(out, "severity_id", "severity");
        ocsf::message(out, &[title, " on ", facts.hostname.unwrap_or(facts.id)]);
        if let Some(status) = &status {
            status.write(out, "status_id", "status");
        }
        device::short(out, release, facts, platform.as_ref(), &Architecture::default());
        out.object_member("finding_info", |out| {
            out.name("uid");
            out.pieces(&uid);
            out.text_member("title", title);
            if out.is_full() {
                out.array_member("types", |out| {
                    out.text("Recommendation");
                    if let Some(kind) = &kind {
                        out.text(kind);
                    }
                });
            }
            finding::origin(out);
        });
        finding::affected_device(out, release, facts, criticality);
        out.object_member("compliance", |out| {
            out.text_member("control", id);
            out.optional_text("category", category.as_deref());
            if out.is_full() {
                out.array_member("standards", |out| out.text(finding::DATA_SOURCE));
            }
            // The machine is on the list because it does not comply.
            captioned(out, FAIL.0, FAIL.1);
        });
        if out.is_full() {
            out.array_member("observables", |out| finding::observed_device(out, release, facts));
        }
        out.object_member("remediation", |out| out.text_member("desc", &advice));
        out.object_member("unmapped", |out| {
            row.leftovers(out);
            more(out);
        });
    });
}
