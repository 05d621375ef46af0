//! Machines: `/api/machines`, onboarded and merely discovered.

mod addresses;
mod body;
mod machine;
#[cfg(test)]
mod tests;

use std::borrow::Cow;

use defender_rows::event::{Content, Draft, Format, Kind, Refs, Relation};
use defender_rows::record::{self, DeviceTexts, Record, Value};
use defender_rows::tally::RejectReason;

use crate::catalog::DatasetName;
use crate::datasets::mapping::{MapScope, Outcome, Subject};
use crate::memory::DeviceTraits;
use addresses::Addresses;
use machine::{Field, Machine};

/// Defender's word for a release name it does not know.
const NO_RELEASE: &str = "Other";

/// One machine record: the device, and each of its addresses.
pub(super) fn map(row: &str, _subject: Subject<'_>, scope: &mut MapScope<'_>) -> Outcome {
    let machine = match admit(row, scope) {
        Ok((machine, _)) => machine,
        Err(outcome) => return outcome,
    };
    let keys = scope.events.keys();
    let device_key = keys.device(&machine.texts.id);
    let mut refs = Refs::default();
    for address in machine.addresses.distinct() {
        refs.push(Relation::Has, &keys.ip_address(&machine.texts.id, &address.text));
    }
    if let Some(group) = &machine.texts.group_id {
        refs.push(Relation::MemberOf, &keys.device_group(group));
    }
    if let Some(survivor) = &machine.merged_into {
        refs.push(Relation::MergedInto, &keys.device(survivor));
    }
    let mut content = Content::default();
    machine.row.content(&mut content, &[Field::Id, Field::LastSeen, Field::LastIpAddress, Field::IpAddresses]);
    machine.addresses.content(&mut content);
    let draft = Draft { kind: Kind::Device, key: device_key, refs, content };
    match scope.events.format() {
        Format::Ocsf => body::emit(&machine, draft, scope),
        Format::Native => scope.events.native(draft, DatasetName::Devices.as_str(), row),
    }
    machine.row.account(scope.tolerated);
    machine.check_words(scope.tolerated);
    addresses::emit(&machine.addresses, &machine.about(), scope);
    Outcome::Emitted
}

/// One machine record, of which nothing is emitted: the device is filtered and remembered for requests about it.
pub fn enroll(row: &str, _subject: Subject<'_>, scope: &mut MapScope<'_>) -> Outcome {
    match admit(row, scope) {
        Ok((_, true)) => Outcome::Emitted,
        Ok((_, false)) => Outcome::Duplicate,
        Err(outcome) => outcome,
    }
}

/// Reads a record, drops it if it came in an earlier batch or is not wanted, and remembers the device. Whether it is the
/// first one of its device.
fn admit<'a>(row: &'a str, scope: &mut MapScope<'_>) -> Result<(Machine<'a>, bool), Outcome> {
    let row = Record::<Field>::parse(row).map_err(Outcome::Rejected)?;
    let id = row.text(Field::Id).ok_or(Outcome::Rejected(RejectReason::NoIdentity))?;
    let id = record::device_id(id, scope.tolerated);
    // Each device is remembered in one place: for the requests about it, as left out, or as one that came.
    let is_known = match scope.roster.as_deref() {
        Some(roster) => roster.has_handed_over(&id),
        None => scope.seen.has_received(Kind::Device, &id),
    };
    if is_known || scope.filter.has_left_out(&id) {
        return Err(Outcome::Duplicate);
    }
    let peek = |field| row.peek(field).and_then(|value| value.text().flatten());
    let (group_id, group_name) = record::group(&row, Some(Field::RbacGroupId), Field::RbacGroupName);
    let texts = DeviceTexts {
        id,
        hostname: record::hostname(&row, Field::ComputerDnsName),
        os_platform: row.text(Field::OsPlatform),
        os_version: release(&row),
        group_id,
        group_name,
        value: peek(Field::DeviceValue),
        risk: peek(Field::RiskScore),
        exposure: peek(Field::ExposureLevel),
    };
    let addresses = Addresses::read(row.peek(Field::IpAddresses), row.text(Field::LastIpAddress), scope.tolerated);
    let last_seen = row.time(Field::LastSeen);
    let tags = row.peek(Field::MachineTags).and_then(Value::list).unwrap_or_default();
    let traits = DeviceTraits { has_ip_address: !addresses.is_empty(), last_seen_ms: last_seen, tags: &tags };
    let facts = texts.facts();
    if let Some(reason) = scope.filter.device(&facts, &traits) {
        return Err(Outcome::Filtered(reason));
    }
    let is_first = match scope.roster.as_deref_mut() {
        Some(roster) => roster.enroll(&facts, last_seen),
        None => scope.seen.receive(Kind::Device, facts.id),
    };
    let merged_into = peek(Field::MergedInto).map(|id| record::device_id(id, scope.tolerated));
    Ok((Machine { row, texts, addresses, merged_into, last_seen }, is_first))
}

/// `version`, unless it is the word for "another".
fn release<'a>(row: &Record<'a, Field>) -> Option<Cow<'a, str>> {
    let version = row.peek(Field::Version)?.text().flatten()?;
    if version.eq_ignore_ascii_case(NO_RELEASE) {
        return None;
    }
    row.skip(Field::Version);
    Some(version)
}
