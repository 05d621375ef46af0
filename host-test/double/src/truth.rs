//! What is true of the tenant in a period, without the words of any API and without the code of any collector.
//!
//! | fact | stated by |
//! |---|---|
//! | `Fact::Device`, `Fact::MergedInto`, `Fact::Address`, `Fact::InGroup` | a row of `/api/machines` |
//! | `Fact::LoggedOn`, `Fact::User` | a row of `/api/machines/{id}/logonusers` |
//! | `Fact::RecentLogon` | a row of the hunting table `DeviceLogonEvents` |
//! | `Fact::Installed`, `Fact::Application` | a row of `SoftwareInventoryByMachine` |
//! | `Fact::Finding` | a row of `SoftwareVulnerabilitiesByMachine` with a `cveId`; the pair of device and id is also a row of `/api/machines/{id}/vulnerabilities` |
//! | `Fact::WithoutWeakness` | a row of `SoftwareVulnerabilitiesByMachine` without a `cveId` |
//! | `Fact::Weakness` | a row of `/api/vulnerabilities` whose `exposedMachines` is not 0 |
//! | `Fact::Recommendation` | a row of `/api/recommendations` |
//! | `Fact::Recommended` | a row of `/api/recommendations/{id}/machineReferences`, and the same once more in `/api/machines/{id}/recommendations` |

use crate::model::{Advice, Device, Tenant, Weakness, Who};
use crate::period::Period;
use serde::Serialize;
use std::collections::BTreeSet;

/// One asset or one relation. A collector that read everything has seen all of these and nothing else.
///
/// Texts are as the service writes them in its rows (names of products in lower case, CVE ids in upper case).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(tag = "fact", rename_all = "snake_case")]
pub enum Fact {
    /// A device that `/api/machines` lists.
    Device {
        /// 40 hexadecimal digits.
        id: String,
    },
    /// A device record that lives on as another.
    MergedInto {
        /// The record that was merged.
        device: String,
        /// The record that goes on.
        into: String,
    },
    /// A device has an address, in `ipAddresses` or as `lastIpAddress`. Loopback and unspecified addresses, and whatever
    /// is on a loopback interface, are no facts.
    Address {
        /// The device.
        device: String,
        /// The address as the row has it: no prefix, IPv6 in its short form.
        address: String,
    },
    /// A device is in a device group. A device without one is in none, whatever name the exports give to that.
    InGroup {
        /// The device.
        device: String,
        /// Name of the group.
        group: String,
    },
    /// An account was seen on a device.
    LoggedOn {
        /// The device.
        device: String,
        /// Security identifier; none where the row has none.
        sid: Option<String>,
        /// `domain\account`.
        account: String,
        /// Whether it is one that each device has for itself, and nothing but the name tells it from those of others.
        is_own: bool,
    },
    /// An account was seen on any device, and is none of a device's own. An account that some rows give with a security identifier and some without is
    /// two facts: nothing but the name tells that they are one.
    User {
        /// Security identifier; none where the rows have none.
        sid: Option<String>,
        /// `domain\account`.
        account: String,
    },
    /// An account was seen on a device in the past 30 days. Hunting knows every security identifier that there is.
    RecentLogon {
        /// The device.
        device: String,
        /// Security identifier; none for accounts that have none.
        sid: Option<String>,
        /// `domain\account` in lower case.
        account: String,
        /// As of [`Self::LoggedOn`].
        is_own: bool,
    },
    /// A product is on any device.
    Application {
        /// Vendor of the product.
        vendor: String,
        /// Name of the product.
        name: String,
    },
    /// A version of a product is on a device.
    Installed {
        /// The device.
        device: String,
        /// Vendor of the product.
        vendor: String,
        /// Name of the product.
        name: String,
        /// Version.
        version: String,
    },
    /// A weakness of a version of a product on a device.
    Finding {
        /// The device.
        device: String,
        /// Vendor of the product.
        vendor: String,
        /// Name of the product.
        name: String,
        /// Version.
        version: String,
        /// `CVE-…` or `TVM-…`.
        cve: String,
    },
    /// A version of a product is on a device, and the list of weaknesses names it though it has none.
    WithoutWeakness {
        /// The device.
        device: String,
        /// Vendor of the product.
        vendor: String,
        /// Name of the product.
        name: String,
        /// Version.
        version: String,
    },
    /// A weakness is on any device.
    Weakness {
        /// `CVE-…` or `TVM-…`.
        cve: String,
        /// When something about it last changed, other than where it is: milliseconds since 1970.
        updated: i64,
    },
    /// A recommendation to the tenant.
    Recommendation {
        /// `va-_-vendor-_-product` or `sca-_-scid-N`.
        id: String,
    },
    /// A recommendation concerns a device.
    Recommended {
        /// The device.
        device: String,
        /// The recommendation.
        id: String,
    },
}

impl Tenant {
    /// Everything that is true in a period, each fact once.
    ///
    /// Facts of a device come together, device by device; facts of the tenant follow where they are first seen, and
    /// weaknesses and recommendations come last. What has to be remembered on the way is as large as the directory and
    /// the catalogue.
    pub fn facts(&self, period: Period) -> impl Iterator<Item = Fact> + '_ {
        let mut seen = BTreeSet::new();
        let (mut weaknesses, mut advised) = (BTreeSet::new(), BTreeSet::new());
        let mut devices = self.devices(period);
        let mut ready = Vec::new().into_iter();
        std::iter::from_fn(move || {
            loop {
                if let Some(fact) = ready.next() {
                    return Some(fact);
                }
                ready = match devices.next() {
                    Some(device) => {
                        let mut facts = of_device(self, &device, period, &mut weaknesses, &mut advised);
                        // Users and applications are met on many devices.
                        facts.retain(|fact| match fact {
                            Fact::User { .. } | Fact::Application { .. } => seen.insert(fact.clone()),
                            _ => true,
                        });
                        facts.into_iter()
                    }
                    None if weaknesses.is_empty() && advised.is_empty() => return None,
                    None => {
                        let weaknesses = std::mem::take(&mut weaknesses).into_iter();
                        let weaknesses = weaknesses.map(|weakness| of_weakness(self, &weakness, period));
                        let advised = std::mem::take(&mut advised).into_iter();
                        let advised = advised.map(|advice| Fact::Recommendation { id: self.advice_id(advice) });
                        weaknesses.chain(advised).collect::<Vec<_>>().into_iter()
                    }
                };
            }
        })
    }
}

fn of_weakness(tenant: &Tenant, weakness: &Weakness, period: Period) -> Fact {
    let updated = weakness.updated(period.tick());
    Fact::Weakness {
        cve: tenant.catalogue().weakness_id(weakness).to_string(),
        updated: updated.seconds * 1000 + i64::from(updated.ticks / 10_000),
    }
}

fn of_device(
    tenant: &Tenant,
    device: &Device<'_>,
    period: Period,
    weaknesses: &mut BTreeSet<Weakness>,
    advised: &mut BTreeSet<Advice>,
) -> Vec<Fact> {
    let id = device.id();
    let mut facts = vec![Fact::Device { id: id.clone() }];
    if let Some(into) = device.survivor_id(period) {
        facts.push(Fact::MergedInto { device: id.clone(), into });
    }
    let listed = device.addresses(period).into_iter().filter(|address| address.is_fact()).map(|address| address.ip);
    let addresses: BTreeSet<_> = listed.chain(device.last_ip(period)).map(|ip| ip.to_string()).collect();
    facts.extend(addresses.into_iter().map(|address| Fact::Address { device: id.clone(), address }));
    if let Some(group) = device.group(period) {
        facts.push(Fact::InGroup { device: id.clone(), group: group.name.to_owned() });
    }
    for logon in device.logons(period) {
        let (domain, name) = device.logon_name(logon.who);
        let account = format!("{domain}\\{name}");
        let sid = logon.has_sid().then(|| device.logon_sid(logon.who)).flatten();
        let is_own = matches!(logon.who, Who::Local { .. }) && sid.is_none();
        if !is_own {
            facts.push(Fact::User { sid: sid.clone(), account: account.clone() });
        }
        facts.push(Fact::LoggedOn { device: id.clone(), sid, account, is_own });
    }
    for logon in device.recent_logons(period) {
        let (domain, name) = device.logon_name(logon.who);
        let account = format!("{domain}\\{name}").to_ascii_lowercase();
        let sid = device.logon_sid(logon.who);
        let is_own = matches!(logon.who, Who::Local { .. }) && sid.is_none();
        facts.push(Fact::RecentLogon { device: id.clone(), sid, account, is_own });
    }
    let products = tenant.catalogue().products();
    for install in device.installs(period) {
        let product = &products[install.product as usize];
        let (vendor, name) = (product.vendor.clone(), product.name.clone());
        facts.push(Fact::Application { vendor: vendor.clone(), name: name.clone() });
        let version = product.version(install.release);
        facts.push(Fact::Installed { device: id.clone(), vendor, name, version });
    }
    for finding in device.findings(period) {
        let product = &products[finding.install.product as usize];
        let (vendor, name) = (product.vendor.clone(), product.name.clone());
        let (device, version) = (id.clone(), product.version(finding.install.release));
        facts.push(match finding.weakness {
            None => Fact::WithoutWeakness { device, vendor, name, version },
            Some(weakness) => {
                weaknesses.insert(weakness);
                let cve = tenant.catalogue().weakness_id(&weakness).to_string();
                Fact::Finding { device, vendor, name, version, cve }
            }
        });
    }
    for advice in device.advice(period) {
        facts.push(Fact::Recommended { device: id.clone(), id: tenant.advice_id(advice) });
        advised.insert(advice);
    }
    facts
}

#[cfg(test)]
mod tests;
