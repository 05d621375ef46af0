//! The OCSF body of a machine.

use std::borrow::Cow;

use defender_rows::event::{Draft, JsonWriter, OcsfVersion};
use defender_rows::record::{Record, field_table};
use defender_rows::tally::Tolerated;

use super::addresses::{Address, Addresses, Interface, LOG_NAME};
use super::machine::{Field, Machine};
use crate::datasets::mapping::MapScope;
use crate::ocsf::architecture::Architecture;
use crate::ocsf::word::captioned;
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
    let run = OfTheRun { release, tenant: tenant.as_str() };
    let vm = machine.row.peek(Field::VmMetadata).and_then(|value| Record::<VmField>::parse(value.raw()).ok());
    let provider = vm.as_ref().and_then(|vm| provider(vm, tolerated));
    let source = Source {
        log_name: LOG_NAME,
        profiles: if provider.is_some() { &["cloud"] } else { &[] },
        original_uid: &[facts.id],
        moment: None,
    };
    ocsf::emit(scope.events, draft, &class::DEVICE, &source, |out| {
        ocsf::informational(out);
        sentence(out, machine);
        if let Some(provider) = &provider {
            cloud(out, provider, vm.as_ref());
        }
        device_object(out, machine, vm.as_ref(), &run, tolerated);
        let (ip, mac) = machine.addresses.primary_texts();
        observable::write(
            out,
            release,
            &[
                (observable::HOSTNAME, facts.hostname),
                (observable::IP, ip),
                (observable::MAC, mac),
                (observable::DEVICE_UID, Some(facts.id)),
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
                    captioned(out, ("type_id", 13), ("type", "Azure Subscription"));
                }
            });
        }
    });
}

/// What `device` needs to know of the run.
struct OfTheRun<'a> {
    release: OcsfVersion,
    tenant: &'a str,
}

/// The full form of `device`.
fn device_object(
    out: &mut JsonWriter,
    machine: &Machine<'_>,
    vm: Option<&Record<'_, VmField>>,
    run: &OfTheRun<'_>,
    tolerated: &mut Tolerated,
) {
    let (row, facts) = (&machine.row, &machine.texts.facts());
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
        hardware(out, row, run.release, tolerated);
        out.object_member("org", |out| out.repeat("uid", Some(run.tenant)));
        out.optional_text("instance_uid", vm.and_then(|vm| vm.text(VmField::VmId)).as_deref());
    });
}

/// `hostname`, and its parts if it has any.
fn names(out: &mut JsonWriter, hostname: Option<&str>) {
    let Some(hostname) = hostname else { return };
    out.text_member("hostname", hostname);
    let (name, domain) = hostname.split_once('.').map_or((hostname, ""), |(name, domain)| (name, domain));
    out.repeat("name", Some(name).filter(|name| !name.is_empty()));
    out.repeat("domain", Some(domain).filter(|domain| !domain.is_empty()));
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
            out.repeat("vendor_name", Some("Microsoft"));
            captioned(out, ("type_id", 1), ("type", "Endpoint Detection and Response"));
            out.optional_text("version", version);
        });
    });
}

fn hardware(out: &mut JsonWriter, row: &Record<'_, Field>, release: OcsfVersion, tolerated: &mut Tolerated) {
    let [word, processor] = [Field::OsArchitecture, Field::OsProcessor]
        .map(|field| row.peek(field).and_then(|value| value.text().flatten()));
    let architecture = Architecture::read(word.as_deref(), tolerated);
    if architecture.says_it_all() {
        row.skip(Field::OsArchitecture);
    }
    let architecture = architecture.of_processor(processor.as_deref());
    row.text_if(Field::OsProcessor, architecture.names_the_processor());
    architecture.write(out, release);
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
