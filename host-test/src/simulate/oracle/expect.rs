//! What a source that read everything has to say about a fact: the asset with its key, and its relations. Written from
//! the documentation of the events, not from the source's code.

use super::spelling::Part::{AsIs, Lower, Upper};
use super::spelling::{self, Part};
use crate::simulate::reading::{Dataset, Reading, Strategy};
use defender_double::truth::Fact;
use std::net::{IpAddr, Ipv6Addr};

/// Something that an event says: that an asset exists, that it is related to another, or since when it is what it is.
/// The text of an asset is its key, that of a relation `<key> <relation> <key>`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Claim {
    /// The dataset that says it.
    pub(crate) dataset: Dataset,
    /// What it says.
    pub(crate) text: String,
}

/// The text of a relation.
pub(super) fn relation(from: &str, relation: &str, to: &str) -> String {
    format!("{from} {relation} {to}")
}

/// How the text says since when an asset is what it is, in milliseconds since 1970.
pub(super) fn updated(key: &str, at: i64) -> String {
    format!("{key} updated {at}")
}

/// The asset and the time of such a text; nothing for any other.
pub(super) fn updated_of(text: &str) -> Option<(&str, i64)> {
    let (key, at) = text.split_once(" updated ")?;
    Some((key, at.parse().ok()?))
}

/// How a relation to a device group is written here: by its name, which is what the truth knows. Events carry its
/// number; the oracle reads the name from the body.
pub(super) fn group_key(tenant: &str, group: &str) -> String {
    spelling::key(tenant, "device_group_named", &[AsIs(group)])
}

/// All claims that follow from a fact, of the datasets that are read.
pub(super) fn claims(fact: &Fact, tenant: &str, reading: &Reading) -> Vec<Claim> {
    let key = |kind: &str, parts: &[Part<'_>]| spelling::key(tenant, kind, parts);
    let device_key = |id: &str| key("device", &[Lower(id)]);
    let users = reading.strategy(Dataset::DeviceUsers);
    let mut claims = Claims { reading, claims: Vec::new() };
    match fact {
        Fact::Device { id } => claims.asset(Dataset::Devices, &device_key(id), &[]),
        Fact::MergedInto { device, into } => {
            claims.relation(Dataset::Devices, &device_key(device), "merged_into", &device_key(into));
        }
        Fact::Address { device, address } => {
            let Some(address) = canonical(address) else { return Vec::new() };
            let (device_key, address) = (device_key(device), key("ip_address", &[Lower(device), Lower(&address)]));
            claims.asset(Dataset::Devices, &address, &[("assigned_to", &device_key)]);
            claims.relation(Dataset::Devices, &device_key, "has", &address);
        }
        Fact::InGroup { device, group } => {
            claims.relation(Dataset::Devices, &device_key(device), "member_of", &group_key(tenant, group));
        }
        // The two ways to read users know of other logons. A source that chooses says what one of them leads to.
        Fact::LoggedOn { .. } | Fact::User { .. } if users == Some(Strategy::Hunting) => {}
        Fact::RecentLogon { .. } if users == Some(Strategy::PerDevice) => {}
        Fact::LoggedOn { device, sid, account, is_own } | Fact::RecentLogon { device, sid, account, is_own } => {
            let uid = sid.as_deref().unwrap_or(account);
            let account = key("user", &[Lower(uid)]);
            let logon = key("user", &[Lower(device), Lower(uid)]);
            claims.asset(Dataset::DeviceUsers, &logon, &[("logged_on", &device_key(device))]);
            // `root` of one device is not `root` of another: it is part of nothing.
            if !is_own {
                claims.relation(Dataset::DeviceUsers, &logon, "part_of", &account);
                claims.asset(Dataset::DeviceUsers, &account, &[]);
            }
        }
        Fact::User { sid, account } => {
            let uid = sid.as_deref().unwrap_or(account);
            claims.asset(Dataset::DeviceUsers, &key("user", &[Lower(uid)]), &[]);
        }
        Fact::Application { vendor, name } => {
            claims.asset(Dataset::Software, &key("application", &[Lower(vendor), Lower(name)]), &[]);
        }
        // It is in no event: a row without a weakness is counted and left out.
        Fact::WithoutWeakness { .. } => {}
        Fact::Installed { device, vendor, name, version } => {
            let product = key("application", &[Lower(vendor), Lower(name)]);
            let installed = key("software", &[Lower(device), Lower(vendor), Lower(name), AsIs(version)]);
            claims.asset(
                Dataset::Software,
                &installed,
                &[("installed_on", &device_key(device)), ("part_of", &product)],
            );
        }
        Fact::Finding { device, vendor, name, version, cve } => {
            let (affected, cve_key) = (device_key(device), key("vulnerability", &[Upper(cve)]));
            if reading.strategy(Dataset::Vulnerabilities) == Some(Strategy::PerDevice) {
                let finding = key("vulnerability", &[Lower(device), Upper(cve)]);
                claims.asset(Dataset::Vulnerabilities, &finding, &[("affects", &affected), ("part_of", &cve_key)]);
            } else {
                let software = key("software", &[Lower(device), Lower(vendor), Lower(name), AsIs(version)]);
                let finding =
                    key("vulnerability", &[Lower(device), Lower(vendor), Lower(name), AsIs(version), Upper(cve)]);
                // The rows name what is recommended against it: to update the product.
                let advice = key("recommendation", &[Lower(&format!("va-_-{vendor}-_-{name}"))]);
                let relations = [
                    ("affects", &*affected),
                    ("affects", &software),
                    ("part_of", &cve_key),
                    ("remediated_by", &advice),
                ];
                claims.asset(Dataset::Vulnerabilities, &finding, &relations);
            }
        }
        Fact::Weakness { cve, updated } => {
            let cve = key("vulnerability", &[Upper(cve)]);
            claims.asset(Dataset::Cves, &cve, &[]);
            claims.add(Dataset::Cves, self::updated(&cve, *updated));
        }
        Fact::Recommendation { id } => {
            // One that is read device by device says nothing about the tenant.
            if reading.strategy(Dataset::Recommendations) != Some(Strategy::PerDevice) {
                let recommendation = key("recommendation", &[Lower(id)]);
                claims.asset(Dataset::Recommendations, &recommendation, &[]);
                claims.product(id, &recommendation, tenant);
            }
        }
        // The catalogue says nothing about devices.
        Fact::Recommended { .. } if reading.strategy(Dataset::Recommendations) == Some(Strategy::Catalogue) => {}
        Fact::Recommended { device, id } => {
            let recommendation = key("recommendation", &[Lower(id)]);
            let on_device = key("recommendation", &[Lower(device), Lower(id)]);
            claims.asset(
                Dataset::Recommendations,
                &on_device,
                &[("affects", &device_key(device)), ("part_of", &recommendation)],
            );
            claims.product(id, &on_device, tenant);
        }
    }
    claims.claims
}

struct Claims<'a> {
    reading: &'a Reading,
    claims: Vec<Claim>,
}

impl Claims<'_> {
    fn asset(&mut self, dataset: Dataset, key: &str, relations: &[(&str, &str)]) {
        self.add(dataset, key.to_owned());
        for (name, target) in relations {
            self.relation(dataset, key, name, target);
        }
    }

    fn relation(&mut self, dataset: Dataset, from: &str, name: &str, to: &str) {
        self.add(dataset, relation(from, name, to));
    }

    /// A recommendation about software, `va-_-<vendor>-_-<product>`, affects the product.
    fn product(&mut self, id: &str, recommendation: &str, tenant: &str) {
        if let ["va", vendor, product] = id.split("-_-").collect::<Vec<_>>()[..] {
            let product = spelling::key(tenant, "application", &[Lower(vendor), Lower(product)]);
            self.relation(Dataset::Recommendations, recommendation, "affects", &product);
        }
    }

    fn add(&mut self, dataset: Dataset, text: String) {
        if self.reading.strategy(dataset).is_some() {
            self.claims.push(Claim { dataset, text });
        }
    }
}

/// An address in its one spelling (RFC 5952), without the zone that names an interface. Loopback and unspecified
/// addresses are no assets.
fn canonical(text: &str) -> Option<String> {
    let text = text.trim();
    let address = match text.split_once('%') {
        Some((address, _)) => IpAddr::V6(address.parse::<Ipv6Addr>().ok()?),
        None => text.parse().ok()?,
    };
    let inner = match address {
        IpAddr::V6(v6) => v6.to_ipv4_mapped().map_or(address, IpAddr::V4),
        IpAddr::V4(_) => address,
    };
    (!inner.is_loopback() && !inner.is_unspecified()).then(|| address.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(fact: &Fact, strategies: &[(Dataset, Strategy)]) -> Vec<String> {
        claims(fact, "t", &Reading(strategies.to_vec())).into_iter().map(|claim| claim.text).collect()
    }

    #[test]
    fn an_address_is_an_asset_with_relations_both_ways() {
        let fact = |address: &str| Fact::Address { device: "AA".into(), address: address.into() };
        let devices = [(Dataset::Devices, Strategy::Bulk)];
        assert_eq!(
            texts(&fact("FE80:0::1%12"), &devices),
            [
                "mde:t:ip_address:aa/fe80%3A%3A1",
                "mde:t:ip_address:aa/fe80%3A%3A1 assigned_to mde:t:device:aa",
                "mde:t:device:aa has mde:t:ip_address:aa/fe80%3A%3A1",
            ]
        );
        assert!(texts(&fact("127.0.0.1"), &devices).is_empty());
        assert!(texts(&fact("10.0.0.1"), &[]).is_empty(), "devices are not read");
    }

    #[test]
    fn what_a_finding_says_depends_on_how_it_is_read() {
        let fact = Fact::Finding {
            device: "aa".into(),
            vendor: "v".into(),
            name: "n".into(),
            version: "1".into(),
            cve: "CVE-1".into(),
        };
        assert_eq!(
            texts(&fact, &[(Dataset::Vulnerabilities, Strategy::Bulk)]),
            [
                "mde:t:vulnerability:aa/v/n/1/CVE-1",
                "mde:t:vulnerability:aa/v/n/1/CVE-1 affects mde:t:device:aa",
                "mde:t:vulnerability:aa/v/n/1/CVE-1 affects mde:t:software:aa/v/n/1",
                "mde:t:vulnerability:aa/v/n/1/CVE-1 part_of mde:t:vulnerability:CVE-1",
                "mde:t:vulnerability:aa/v/n/1/CVE-1 remediated_by mde:t:recommendation:va-_-v-_-n",
            ]
        );
        assert_eq!(
            texts(&fact, &[(Dataset::Vulnerabilities, Strategy::PerDevice)]),
            [
                "mde:t:vulnerability:aa/CVE-1",
                "mde:t:vulnerability:aa/CVE-1 affects mde:t:device:aa",
                "mde:t:vulnerability:aa/CVE-1 part_of mde:t:vulnerability:CVE-1",
            ]
        );
    }

    #[test]
    fn a_cve_is_an_asset_with_a_time() {
        let fact = Fact::Weakness { cve: "CVE-1".into(), updated: 5 };
        let said = texts(&fact, &[(Dataset::Cves, Strategy::Auto)]);
        assert_eq!(said, ["mde:t:vulnerability:CVE-1", "mde:t:vulnerability:CVE-1 updated 5"]);
        assert_eq!(updated_of(&said[1]), Some(("mde:t:vulnerability:CVE-1", 5)));
        assert_eq!(updated_of(&said[0]), None);
    }

    #[test]
    fn a_recommendation_about_software_affects_the_product() {
        let all = [(Dataset::Recommendations, Strategy::PerRecommendation)];
        let fact = |id: &str| Fact::Recommendation { id: id.into() };
        assert_eq!(
            texts(&fact("va-_-v-_-p"), &all),
            ["mde:t:recommendation:va-_-v-_-p", "mde:t:recommendation:va-_-v-_-p affects mde:t:application:v/p"]
        );
        assert_eq!(texts(&fact("sca-_-scid-1"), &all), ["mde:t:recommendation:sca-_-scid-1"]);
        let catalogue = [(Dataset::Recommendations, Strategy::Catalogue)];
        assert_eq!(texts(&fact("sca-_-scid-1"), &catalogue), ["mde:t:recommendation:sca-_-scid-1"]);
        let on_device = Fact::Recommended { device: "aa".into(), id: "sca-_-scid-1".into() };
        assert!(texts(&on_device, &catalogue).is_empty() && texts(&on_device, &all).len() == 3);
        assert!(texts(&fact("sca-_-scid-1"), &[(Dataset::Recommendations, Strategy::PerDevice)]).is_empty());
    }
}
