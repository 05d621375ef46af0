//! Addresses of a machine: reading the list, and one event for each distinct address.

use std::borrow::Cow;
use std::net::IpAddr;

use defender_rows::event::{Content, Draft, Format, JsonWriter, Kind, Refs, Relation};
use defender_rows::record::address::{Mac, Scope, parse_ip, parse_mac, scope};
use defender_rows::record::{DeviceFacts, Record, Value, field_table};
use defender_rows::tally::Tolerated;

use crate::catalog::DatasetName;
use crate::datasets::mapping::MapScope;
use crate::ocsf::vocabulary::OPERATIONAL_STATUS;
use crate::ocsf::{self, Source, class, device, observable, platform};

/// What the records of machines are called in events.
pub(super) const LOG_NAME: &str = "machines";

field_table! {
    /// Members of an element of `ipAddresses`.
    Field {
        IpAddress = "ipAddress",
        MacAddress = "macAddress",
        Type = "type",
        OperationalStatus = "operationalStatus",
    }
}

/// The .NET name of a loopback interface: its addresses are dropped whatever they are.
const LOOPBACK_TYPE: &str = "SoftwareLoopback";

/// One address of a machine.
#[derive(Clone, Debug)]
pub(super) struct Address<'a> {
    ip: IpAddr,
    scope: Scope,
    /// Canonical spelling.
    pub(super) text: String,
    /// EUI-48 of the interface, upper case with colons.
    pub(super) mac: Option<String>,
    /// `macAddress` of another form.
    odd_mac: Option<Cow<'a, str>>,
    /// Interface type.
    pub(super) kind: Option<Cow<'a, str>>,
    status: Option<Cow<'a, str>>,
    /// The element it was read from, in its one spelling.
    raw: Cow<'a, str>,
}

/// An interface of which no address is known, as those that are down have none.
#[derive(Clone, Debug)]
pub(super) struct Interface<'a> {
    /// EUI-48, upper case with colons.
    pub(super) mac: String,
    /// Interface type.
    pub(super) kind: Option<Cow<'a, str>>,
}

/// All addresses of a machine.
#[derive(Debug, Default)]
pub(super) struct Addresses<'a> {
    /// `ipAddresses` without loopback and placeholders, ordered by address: the service's order means nothing.
    listed: Vec<Address<'a>>,
    /// Elements without a readable address, ordered by their text.
    unreadable: Vec<Cow<'a, str>>,
    /// The interfaces of these, ordered by MAC.
    without_address: Vec<Interface<'a>>,
    /// `lastIpAddress`.
    last: Option<Address<'a>>,
    /// `lastIpAddress` that is no address.
    odd_last: Option<Cow<'a, str>>,
    is_list: bool,
}

/// The machine behind the addresses.
pub(super) struct About<'m> {
    /// What is known of it.
    pub(super) facts: DeviceFacts<'m>,
    /// What people call it.
    pub(super) name: &'m str,
}

impl<'a> Addresses<'a> {
    /// Reads `ipAddresses` and `lastIpAddress`.
    pub(super) fn read(list: Option<Value<'a>>, last: Option<Cow<'a, str>>, tolerated: &mut Tolerated) -> Self {
        let mut addresses = Self::default();
        if let Some(list) = list {
            addresses.is_list = list.for_each(|element| addresses.add(element, tolerated));
        }
        addresses.listed.sort_by(|a, b| (&a.text, &a.raw).cmp(&(&b.text, &b.raw)));
        addresses.listed.dedup_by(|a, b| a.raw == b.raw);
        addresses.unreadable.sort_unstable();
        addresses.unreadable.dedup();
        addresses.without_address.sort_by(|a, b| a.mac.cmp(&b.mac));
        if let Some(text) = last {
            match parse_ip(&text) {
                Some(ip) if scope(ip).is_kept() => {
                    addresses.last = Some(Address {
                        ip,
                        scope: scope(ip),
                        text: ip.to_string(),
                        mac: None,
                        odd_mac: None,
                        kind: None,
                        status: None,
                        raw: "".into(),
                    });
                }
                Some(_) => {}
                None => {
                    tolerated.count("unreadable_address");
                    addresses.odd_last = Some(text);
                }
            }
        }
        addresses
    }

    fn add(&mut self, element: Value<'a>, tolerated: &mut Tolerated) {
        let raw = element.canonical();
        let Ok(element) = Record::<Field>::parse(element.raw()) else {
            tolerated.count("unreadable_address");
            return self.unreadable.push(raw);
        };
        let text = element.text(Field::IpAddress);
        let ip = text.as_deref().and_then(parse_ip);
        let kind = element.text(Field::Type);
        let is_loopback_type = kind.as_deref().is_some_and(|kind| kind.eq_ignore_ascii_case(LOOPBACK_TYPE));
        if ip.is_some_and(|ip| is_loopback_type || !scope(ip).is_kept()) {
            return;
        }
        let (mut mac, mut odd_mac) = (None, None);
        if let Some(text) = element.text(Field::MacAddress) {
            match parse_mac(&text) {
                Mac::Eui48(eui48) => mac = Some(eui48),
                Mac::Placeholder => {}
                Mac::Other => {
                    tolerated.count("mac_not_eui48");
                    odd_mac = Some(text);
                }
            }
        }
        let status = element.text(Field::OperationalStatus);
        OPERATIONAL_STATUS.check(status.as_deref(), tolerated);
        element.account(tolerated);
        let Some(ip) = ip else {
            if text.is_some() {
                tolerated.count("unreadable_address");
            }
            self.without_address.extend(mac.filter(|_| !is_loopback_type).map(|mac| Interface { mac, kind }));
            return self.unreadable.push(raw);
        };
        self.listed.push(Address { ip, scope: scope(ip), text: ip.to_string(), mac, odd_mac, kind, status, raw });
    }

    /// Whether none is left.
    pub(super) fn is_empty(&self) -> bool {
        self.listed.is_empty() && self.last.is_none()
    }

    /// Elements of `ipAddresses`, ordered.
    pub(super) fn listed(&self) -> &[Address<'a>] {
        &self.listed
    }

    /// Interfaces of which no address is known, ordered.
    pub(super) fn without_address(&self) -> &[Interface<'a>] {
        &self.without_address
    }

    /// One address of each kind: the list without repeats, then the last address if it is not on the list.
    pub(super) fn distinct(&self) -> impl Iterator<Item = &Address<'a>> {
        let repeats = |at: usize| at > 0 && self.listed[at - 1].ip == self.listed[at].ip;
        let unlisted = self.last.iter().filter(|_| !self.is_primary_listed());
        (0..self.listed.len()).filter(move |at| !repeats(*at)).map(|at| &self.listed[at]).chain(unlisted)
    }

    /// Whether the last address is on the list.
    pub(super) fn is_primary_listed(&self) -> bool {
        self.last.as_ref().is_some_and(|last| self.listed.iter().any(|address| address.ip == last.ip))
    }

    /// The last address, and the MAC that the list has for it.
    pub(super) fn primary_texts(&self) -> (Option<&str>, Option<&str>) {
        let Some(last) = &self.last else { return (None, None) };
        let mac = self.listed.iter().filter(|address| address.ip == last.ip).find_map(|address| address.mac.as_deref());
        (Some(&last.text), mac)
    }

    /// Writes the members of `unmapped` that keep what `network_interfaces` cannot say; returns whether
    /// `ipAddresses` is accounted for.
    pub(super) fn write_unmapped(&self, out: &mut JsonWriter) -> bool {
        out.optional_text("lastIpAddress", self.odd_last.as_deref());
        if self.is_list {
            out.array_member("ipAddresses", |out| self.elements().for_each(|raw| out.raw(raw)));
        }
        self.is_list
    }

    /// Adds the addresses to the content of the machine, in an order of their own. Which of the listed addresses was
    /// used last says nothing new; one that is not listed does.
    pub(super) fn content(&self, content: &mut Content) {
        let last = self.last.as_ref().filter(|_| !self.is_primary_listed()).map(|last| last.text.as_str());
        content.fact(last.or(self.odd_last.as_deref()));
        for raw in self.elements() {
            content.fact(Some(raw));
        }
    }

    fn elements(&self) -> impl Iterator<Item = &str> {
        self.listed.iter().map(|address| &*address.raw).chain(self.unreadable.iter().map(|raw| &**raw))
    }

    /// The elements with the same address.
    fn entries(&self, ip: IpAddr) -> &[Address<'a>] {
        let start = self.listed.partition_point(|address| address.ip < ip);
        let end = self.listed.partition_point(|address| address.ip <= ip);
        &self.listed[start..end]
    }
}

/// Queues an event for each distinct address.
pub(super) fn emit(addresses: &Addresses<'_>, about: &About<'_>, scope: &mut MapScope<'_>) {
    for address in addresses.distinct() {
        let keys = scope.events.keys();
        let mut content = Content::default();
        content.fact(about.facts.hostname);
        content.fact(about.facts.os_platform);
        for entry in addresses.entries(address.ip) {
            content.fact(Some(&entry.raw));
        }
        let draft = Draft {
            content,
            kind: Kind::IpAddress,
            key: keys.ip_address(about.facts.id, &address.text),
            refs: Refs::default().with(Relation::AssignedTo, &keys.device(about.facts.id)),
        };
        match scope.events.format() {
            Format::Ocsf => emit_ocsf(addresses, address, about, draft, scope),
            Format::Native => scope.events.native_part(draft, DatasetName::Devices.as_str(), |out| {
                out.text_member("deviceId", about.facts.id);
                if address.raw.is_empty() {
                    out.text_member("lastIpAddress", &address.text);
                }
                out.array_member("ipAddresses", |out| {
                    for entry in addresses.entries(address.ip) {
                        out.raw(&entry.raw);
                    }
                });
            }),
        }
    }
}

fn emit_ocsf(
    addresses: &Addresses<'_>,
    address: &Address<'_>,
    about: &About<'_>,
    draft: Draft,
    scope: &mut MapScope<'_>,
) {
    let release = scope.events.ocsf_version();
    let platform = platform::platform(about.facts.os_platform, &mut Tolerated::default());
    let source = Source {
        log_name: LOG_NAME,
        profiles: &["host"],
        original_uid: &[about.facts.id, "/", &address.text],
        moment: None,
    };
    ocsf::emit(scope.events, draft, &class::IP_ADDRESS, &source, |out| {
        ocsf::informational(out);
        ocsf::message(out, &[&address.text, " (", address.scope.as_str(), ") of ", about.name]);
        // The device as it is known under this address.
        out.object_member("device", |out| {
            out.text_member("uid", about.facts.id);
            out.optional_text("hostname", about.facts.hostname);
            device::kind(out, platform.as_ref());
            out.text_member("ip", &address.text);
            out.optional_text("mac", address.mac.as_deref());
        });
        observable::write(
            out,
            release,
            &[
                (observable::HOSTNAME, about.facts.hostname),
                (observable::IP, Some(&address.text)),
                (observable::MAC, address.mac.as_deref()),
                (observable::DEVICE_UID, Some(about.facts.id)),
            ],
        );
        out.object_member("unmapped", |out| {
            out.object_member("ip_address", |out| {
                out.integer_member("ipVersion", if address.ip.is_ipv4() { 4 } else { 6 });
                out.text_member("scope", address.scope.as_str());
                out.optional_text("macAddress", address.odd_mac.as_deref());
                interface(out, address);
                // One address may sit on several interfaces, as link-local ones do.
                out.array_member("moreInterfaces", |out| {
                    for entry in addresses.entries(address.ip).iter().skip(1) {
                        out.object(|out| {
                            out.optional_text("macAddress", entry.mac.as_deref().or(entry.odd_mac.as_deref()));
                            interface(out, entry);
                        });
                    }
                });
            });
        });
    });
}

fn interface(out: &mut JsonWriter, address: &Address<'_>) {
    out.optional_text("type", address.kind.as_deref());
    out.optional_text("operationalStatus", address.status.as_deref());
}
