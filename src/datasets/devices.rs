//! Machines: `/api/machines`, onboarded and merely discovered.

mod addresses;
#[cfg(test)]
mod tests;

use std::borrow::Cow;

use addresses::{Address, Addresses};

use super::{
    DatasetName, DatasetSpec, MapScope, Outcome, Paging, Permission, Quota, Route, Strategy, StrategySpec, Subject,
};
use crate::config::Format;
use crate::event::{Content, Draft, JsonWriter, Kind, Refs, Relation};
use crate::filter::DeviceTraits;
use crate::normalize::{self, Source, class, device, observable, platform, portal, word};
use crate::receipt::{RejectReason, Tolerated};
use crate::record::{self, DeviceFacts, DeviceTexts, Record, Value, field_table};

/// Machines and their addresses.
pub static SPEC: DatasetSpec = DatasetSpec {
    name: DatasetName::Devices,
    description: "Machines that Defender manages or has discovered, with their addresses",
    permissions: &[Permission::defender("Machine.Read.All")],
    kinds: &[Kind::Device, Kind::IpAddress],
    strategies: &[StrategySpec {
        name: Strategy::Bulk,
        route: Route {
            path: "/api/machines",
            paging: Paging::Offset { top: 10_000 },
            purpose: "machines of the tenant",
        },
        quota: Quota { per_minute: Some(100), per_hour: Some(1_500) },
        map,
        catalogue: None,
    }],
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

field_table! {
    /// Members of `vmMetadata`.
    VmField {
        VmId = "vmId",
        CloudProvider = "cloudProvider",
        ResourceId = "resourceId",
        SubscriptionId = "subscriptionId",
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
        Format::Ocsf => emit_ocsf(&machine, draft, scope),
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
    if !scope.seen.receive(Kind::Device, &id) {
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
    if let Some(roster) = scope.roster.as_deref_mut() {
        roster.enroll(&facts);
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

fn emit_ocsf(machine: &Machine<'_>, draft: Draft, scope: &mut MapScope<'_>) {
    let tolerated = &mut *scope.tolerated;
    let facts = machine.texts.facts();
    let release = scope.events.ocsf_version();
    let tenant = scope.events.tenant().clone();
    let time = machine.last_seen.unwrap_or(scope.events.collected_ms());
    let vm = machine.row.peek(Field::VmMetadata).and_then(|value| Record::<VmField>::parse(value.raw()).ok());
    let provider = vm.as_ref().and_then(provider);
    let original_time = machine.original_time();
    let source = Source {
        log_name: LOG_NAME,
        profiles: if provider.is_some() { &["cloud"] } else { &[] },
        original_uid: &[facts.id],
        original_time: original_time.as_deref(),
    };
    normalize::emit(scope.events, draft, &class::DEVICE, &source, |out| {
        normalize::informational(out);
        normalize::time(out, time);
        sentence(out, machine);
        if let Some(provider) = &provider {
            cloud(out, provider, vm.as_ref());
        }
        device_object(out, machine, &facts, vm.as_ref(), tenant.as_str(), tolerated);
        let (ip, mac) = machine.addresses.primary_texts();
        observable::write(
            out,
            release,
            &[
                ("device.hostname", observable::HOSTNAME, facts.hostname),
                ("device.ip", observable::IP, ip),
                ("device.mac", observable::MAC, mac),
                ("device.uid", observable::DEVICE_UID, Some(facts.id)),
            ],
        );
        portal::device(out, facts.id, &tenant);
        out.object_member("unmapped", |out| {
            if machine.addresses.write_unmapped(out) {
                machine.row.skip(Field::IpAddresses);
            }
            if let Some(vm) = &vm {
                machine.row.skip(Field::VmMetadata);
                out.object_member("vmMetadata", |out| vm.leftovers(out));
            }
            machine.row.leftovers(out);
        });
        if let Some(vm) = &vm {
            vm.account(tolerated);
        }
    });
}

/// The cloud that a machine runs in, if Defender knows one.
fn provider<'a>(vm: &Record<'a, VmField>) -> Option<Cow<'a, str>> {
    let provider = vm.peek(VmField::CloudProvider)?.text().flatten()?;
    if provider.eq_ignore_ascii_case("Unknown") || provider.eq_ignore_ascii_case("None") {
        return None;
    }
    vm.skip(VmField::CloudProvider);
    Some(provider)
}

fn cloud(out: &mut JsonWriter, provider: &str, vm: Option<&Record<'_, VmField>>) {
    out.object_member("cloud", |out| {
        out.text_member("provider", provider);
        if let Some(subscription) = vm.and_then(|vm| vm.text(VmField::SubscriptionId)) {
            out.object_member("account", |out| {
                out.text_member("uid", &subscription);
                if provider.eq_ignore_ascii_case("Azure") {
                    out.integer_member("type_id", 13);
                    out.text_member("type", "Azure Subscription");
                }
            });
        }
    });
}

/// The full form of `device`.
fn device_object(
    out: &mut JsonWriter,
    machine: &Machine<'_>,
    facts: &DeviceFacts<'_>,
    vm: Option<&Record<'_, VmField>>,
    tenant: &str,
    tolerated: &mut Tolerated,
) {
    let row = &machine.row;
    let platform = platform::platform(facts.os_platform, tolerated);
    out.object_member("device", |out| {
        out.text_member("uid", facts.id);
        out.optional_text("uid_alt", row.text(Field::AadDeviceId).as_deref());
        names(out, facts.hostname);
        device::kind(out, platform.as_ref());
        device::os(out, platform.as_ref(), facts.os_version, row.text(Field::OsBuild).as_deref());
        addresses(out, &machine.addresses, tolerated);
        out.optional_integer("first_seen_time", row.time(Field::FirstSeen));
        out.optional_integer("last_seen_time", machine.last_seen);
        if machine.word(Field::ManagedBy).is_some_and(|by| !by.eq_ignore_ascii_case("Unknown")) {
            out.flag_member("is_managed", true);
        }
        if let Some(risk) = word::RISK.term(facts.risk, tolerated) {
            row.skip(Field::RiskScore);
            risk.write(out, "risk_level_id", "risk_level");
        }
        device::groups(out, facts);
        if machine.is_onboarded() {
            agent(out, row.text(Field::AgentVersion).as_deref());
        }
        hardware(out, row, tolerated);
        out.object_member("org", |out| out.text_member("uid", tenant));
        out.optional_text("instance_uid", vm.and_then(|vm| vm.text(VmField::VmId)).as_deref());
    });
}

/// `hostname`, and its parts if it has any.
fn names(out: &mut JsonWriter, hostname: Option<&str>) {
    let Some(hostname) = hostname else { return };
    out.text_member("hostname", hostname);
    let (name, domain) = hostname.split_once('.').map_or((hostname, ""), |(name, domain)| (name, domain));
    out.optional_text("name", Some(name).filter(|name| !name.is_empty()));
    out.optional_text("domain", Some(domain).filter(|domain| !domain.is_empty()));
}

fn addresses(out: &mut JsonWriter, addresses: &Addresses<'_>, tolerated: &mut Tolerated) {
    let (ip, mac) = addresses.primary_texts();
    out.optional_text("ip", ip);
    out.optional_text("mac", mac);
    out.array_member("network_interfaces", |out| {
        for Address { text, mac, kind, .. } in addresses.listed() {
            out.object(|out| {
                out.text_member("ip", text);
                out.optional_text("mac", mac.as_deref());
                if let Some(term) = word::INTERFACE.term(kind.as_deref(), tolerated) {
                    term.write(out, "type_id", "type");
                }
            });
        }
    });
}

fn agent(out: &mut JsonWriter, version: Option<&str>) {
    out.array_member("agent_list", |out| {
        out.object(|out| {
            out.text_member("name", "Microsoft Defender for Endpoint");
            out.text_member("vendor_name", "Microsoft");
            out.integer_member("type_id", 1);
            out.text_member("type", "Endpoint Detection and Response");
            out.optional_text("version", version);
        });
    });
}

fn hardware(out: &mut JsonWriter, row: &Record<'_, Field>, tolerated: &mut Tolerated) {
    out.object_member("hw_info", |out| {
        match row.text(Field::OsArchitecture).as_deref() {
            Some("64-bit") => out.integer_member("cpu_bits", 64),
            Some("32-bit") => out.integer_member("cpu_bits", 32),
            other => {
                if let Some(term) = word::ARCHITECTURE.term(other, tolerated) {
                    term.write(out, "cpu_architecture_id", "cpu_architecture");
                }
            }
        }
        out.optional_text("cpu_type", row.text(Field::OsProcessor).as_deref());
    });
}

/// `message`: name, platform, state and risk in one sentence.
fn sentence(out: &mut JsonWriter, machine: &Machine<'_>) {
    let facts = machine.texts.facts();
    let health = machine.word(Field::HealthStatus);
    let onboarding = machine.word(Field::OnboardingStatus);
    let mut pieces = vec![machine.name()];
    if let Some(platform) = facts.os_platform {
        pieces.extend([" (", platform, ")"]);
    }
    if let Some(health) = health.as_deref() {
        pieces.extend([" ", health]);
    }
    if !machine.is_onboarded() {
        pieces.push(", discovered, not onboarded");
        if let Some(status) = onboarding.as_deref() {
            pieces.extend([" (", status, ")"]);
        }
    }
    for (label, value) in [(", risk ", facts.risk), (", exposure ", facts.exposure)] {
        if let Some(value) = value {
            pieces.extend([label, value]);
        }
    }
    if let Some(survivor) = machine.merged_into.as_deref() {
        pieces.extend([", merged into ", survivor]);
    }
    normalize::message(out, &pieces);
}
