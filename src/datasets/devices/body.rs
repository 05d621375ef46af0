//! The OCSF body of a machine.

use std::borrow::Cow;

use defender_rows::event::{Draft, JsonWriter};
use defender_rows::record::{DeviceFacts, Record, field_table};
use defender_rows::tally::Tolerated;

use super::addresses::{Address, Addresses, Interface, LOG_NAME};
use super::machine::{Field, Machine};
use crate::datasets::mapping::MapScope;
use crate::ocsf::architecture::Architecture;
use crate::ocsf::{self, Source, class, device, observable, platform, portal, vocabulary, word};

field_table! {
    /// Members of `vmMetadata`.
    VmField {
        VmId = "vmId",
        CloudProvider = "cloudProvider",
        ResourceId = "resourceId",
        SubscriptionId = "subscriptionId",
    }
}

/// Queues the event.
pub(super) fn emit(machine: &Machine<'_>, draft: Draft, scope: &mut MapScope<'_>) {
    let tolerated = &mut *scope.tolerated;
    let facts = machine.texts.facts();
    let release = scope.events.ocsf_version();
    let (tenant, portal_host) = (scope.events.tenant().clone(), scope.events.portal());
    let time = machine.last_seen.unwrap_or(scope.events.collected_ms());
    let vm = machine.row.peek(Field::VmMetadata).and_then(|value| Record::<VmField>::parse(value.raw()).ok());
    let provider = vm.as_ref().and_then(|vm| provider(vm, tolerated));
    let original_time = machine.original_time();
    let source = Source {
        log_name: LOG_NAME,
        profiles: if provider.is_some() { &["cloud"] } else { &[] },
        original_uid: &[facts.id],
        original_time: original_time.as_deref(),
    };
    ocsf::emit(scope.events, draft, &class::DEVICE, &source, |out| {
        ocsf::informational(out);
        ocsf::time(out, time);
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
        portal::device(out, portal_host, facts.id, &tenant);
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
fn provider<'a>(vm: &Record<'a, VmField>, tolerated: &mut Tolerated) -> Option<Cow<'a, str>> {
    let provider = vm.peek(VmField::CloudProvider)?.text().flatten()?;
    vocabulary::CLOUD_PROVIDER.check(Some(&provider), tolerated);
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
                interface_type(out, kind.as_deref(), tolerated);
            });
        }
        for Interface { mac, kind, .. } in addresses.without_address() {
            out.object(|out| {
                out.text_member("mac", mac);
                interface_type(out, kind.as_deref(), tolerated);
            });
        }
    });
}

fn interface_type(out: &mut JsonWriter, kind: Option<&str>, tolerated: &mut Tolerated) {
    if let Some(term) = word::INTERFACE.term(kind, tolerated) {
        term.write(out, "type_id", "type");
    }
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
        let word = row.peek(Field::OsArchitecture).and_then(|value| value.text().flatten());
        let architecture = Architecture::read(word.as_deref(), tolerated);
        if architecture.says_it_all() {
            row.skip(Field::OsArchitecture);
        }
        architecture.write(out);
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
    ocsf::message(out, &pieces);
}
