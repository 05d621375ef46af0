//! Machines: `/api/machines`, onboarded and merely discovered.

mod addresses;
mod body;
#[cfg(test)]
mod tests;

use std::borrow::Cow;

use addresses::Addresses;

use super::{DatasetName, DatasetSpec, MapScope, Outcome, Paging, Permission, Route, Strategy, StrategySpec, Subject};
use crate::config::Format;
use crate::event::{Content, Draft, Kind, Refs, Relation};
use crate::filter::DeviceTraits;
use crate::http::Quota;
use crate::receipt::RejectReason;
use crate::record::{self, DeviceTexts, Record, Value, field_table};

/// Machines and their addresses.
pub static SPEC: DatasetSpec = DatasetSpec {
    name: DatasetName::Devices,
    description: "Machines that Defender manages or has discovered, with their addresses",
    enabled: true,
    permissions: &[Permission::defender("Machine.Read.All")],
    kinds: &[Kind::Device, Kind::IpAddress],
    on_devices: true,
    strategies: &[StrategySpec {
        name: Strategy::Bulk,
        route: Route {
            path: "/api/machines",
            paging: Paging::Offset { top: 10_000 },
            quota: Quota::documented(100, 1_500),
            purpose: "machines of the tenant",
        },
        map,
        catalogue: None,
    }],
    changes: None,
    automatic: &[],
};

const LOG_NAME: &str = "machines";

field_table! {
    /// Members of a machine record. Source: "Machine resource type" and recorded answers.
    Field {
        Id = "id",
        MergedInto = "mergedIntoMachineId",
        IsPotentialDuplication = "isPotentialDuplication",
        IsExcluded = "isExcluded",
        ExclusionReason = "exclusionReason",
        ComputerDnsName = "computerDnsName",
        FirstSeen = "firstSeen",
        LastSeen = "lastSeen",
        OsPlatform = "osPlatform",
        OsVersion = "osVersion",
        OsProcessor = "osProcessor",
        Version = "version",
        LastIpAddress = "lastIpAddress",
        LastExternalIpAddress = "lastExternalIpAddress",
        AgentVersion = "agentVersion",
        OsBuild = "osBuild",
        HealthStatus = "healthStatus",
        DeviceValue = "deviceValue",
        RbacGroupId = "rbacGroupId",
        RbacGroupName = "rbacGroupName",
        RiskScore = "riskScore",
        ExposureLevel = "exposureLevel",
        IsAadJoined = "isAadJoined",
        AadDeviceId = "aadDeviceId",
        MachineTags = "machineTags",
        DefenderAvStatus = "defenderAvStatus",
        OnboardingStatus = "onboardingStatus",
        OsArchitecture = "osArchitecture",
        ManagedBy = "managedBy",
        ManagedByStatus = "managedByStatus",
        IpAddresses = "ipAddresses",
        VmMetadata = "vmMetadata",
    }
}

/// Defender's word for a release name it does not know.
const NO_RELEASE: &str = "Other";

/// A machine that is wanted.
struct Machine<'a> {
    row: Record<'a, Field>,
    texts: DeviceTexts<'a>,
    addresses: Addresses<'a>,
    merged_into: Option<Cow<'a, str>>,
    last_seen: Option<i64>,
}

/// One machine record: the device, and each of its addresses.
pub fn map(row: &str, _subject: Subject<'_>, scope: &mut MapScope<'_>) -> Outcome {
    let machine = match admit(row, scope) {
        Ok(machine) => machine,
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
    machine.row.content(&mut content, &[Field::LastSeen, Field::LastIpAddress, Field::IpAddresses]);
    machine.addresses.content(&mut content);
    let draft = Draft { kind: Kind::Device, key: device_key, refs, content };
    match scope.events.format() {
        Format::Ocsf => body::emit(&machine, draft, scope),
        Format::Native => scope.events.native(draft, SPEC.name.as_str(), row),
    }
    machine.row.account(scope.tolerated);
    addresses::emit(&machine.addresses, &machine.about(), scope);
    Outcome::Emitted
}

/// One machine record, of which nothing is emitted: the device is filtered and remembered for requests about it.
pub fn enroll(row: &str, _subject: Subject<'_>, scope: &mut MapScope<'_>) -> Outcome {
    match admit(row, scope) {
        Ok(_) => Outcome::Emitted,
        Err(outcome) => outcome,
    }
}

/// Reads a record, drops it if it came before or is not wanted, and remembers the device.
fn admit<'a>(row: &'a str, scope: &mut MapScope<'_>) -> Result<Machine<'a>, Outcome> {
    let row = Record::<Field>::parse(row).map_err(Outcome::Rejected)?;
    let id = row.text(Field::Id).ok_or(Outcome::Rejected(RejectReason::NoIdentity))?;
    let id = record::device_id(id, scope.tolerated);
    // Each device is remembered in one place: for the requests about it, as left out, or as one that came.
    let is_known = match scope.roster.as_deref() {
        Some(roster) => roster.contains(&id),
        None => scope.seen.has_received(Kind::Device, &id),
    };
    if is_known || scope.filter.has_left_out(&id) {
        return Err(Outcome::Duplicate);
    }
    let peek = |field| row.peek(field).and_then(|value| value.text().flatten());
    let (group_id, group_name) = record::group(&row, Some(Field::RbacGroupId), Field::RbacGroupName);
    let texts = DeviceTexts {
        id,
        hostname: row.text(Field::ComputerDnsName),
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
    match scope.roster.as_deref_mut() {
        Some(roster) => roster.enroll(&facts, last_seen),
        None => {
            scope.seen.receive(Kind::Device, facts.id);
        }
    }
    let merged_into = peek(Field::MergedInto).map(|id| record::device_id(id, scope.tolerated));
    Ok(Machine { row, texts, addresses, merged_into, last_seen })
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

impl Machine<'_> {
    fn about(&self) -> addresses::About<'_> {
        addresses::About {
            device: &self.texts.id,
            name: self.name(),
            last_seen: self.last_seen,
            original_time: self.original_time(),
        }
    }

    /// `lastSeen` as the service spells it, if it is a time.
    fn original_time(&self) -> Option<Cow<'_, str>> {
        self.last_seen.and(self.row.peek(Field::LastSeen)?.string())
    }

    /// What people call it.
    fn name(&self) -> &str {
        self.texts.hostname.as_deref().unwrap_or(&self.texts.id)
    }

    /// A text that stays in `unmapped`.
    fn word(&self, field: Field) -> Option<Cow<'_, str>> {
        self.row.peek(field).and_then(|value| value.text().flatten())
    }

    /// Whether the agent reports. Discovered devices are in the list without one.
    fn is_onboarded(&self) -> bool {
        match self.word(Field::OnboardingStatus) {
            Some(status) => status.eq_ignore_ascii_case("Onboarded"),
            None => self.word(Field::AgentVersion).is_some(),
        }
    }
}
