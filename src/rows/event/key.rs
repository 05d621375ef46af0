//! Keys: the identity of an asset, stable over runs and machines.
//!
//! `mde:<tenant>:<kind>:<native id>`. The native id is one part, or several joined with `/` in a fixed order. In
//! each part everything but letters, digits and `-._~` is percent-escaped byte by byte, so that a key splits at `:`
//! and `/` without doubt and needs no escaping in JSON or URLs. Parts whose source ignores case have their
//! ASCII letters in lower case; the tables for all other letters would be a thirtieth of the component.
//!
//! `<kind>:<id>` is the thing itself; `<kind>:<device>/…` is the thing on one device. A kind that exists in both
//! forms has a different number of parts in each, so the two never meet.

use std::fmt;

use super::Kind;
use super::TenantId;
use crate::append::append_text;
use crate::lanes::{Mask, Sixteen};
use crate::wide::every;

/// The identity of one asset.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Key(String);

impl Key {
    /// The key as text: ASCII without quotes, backslashes and control characters.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The key as owned text.
    #[must_use]
    pub fn into_string(self) -> String {
        self.0
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Builds the keys of one tenant.
#[derive(Clone, Copy, Debug)]
pub struct Keys<'t> {
    tenant: &'t str,
}

/// One part of a native id.
#[derive(Clone, Copy)]
enum Part<'p> {
    /// As it is.
    Exact(&'p str),
    /// With ASCII letters in lower case: its source ignores case.
    Folded(&'p str),
    /// In upper case: its source ignores case and is known by capitals.
    Capital(&'p str),
}
use Part::{Capital, Exact, Folded};

impl<'t> Keys<'t> {
    /// Keys of this tenant.
    #[must_use]
    pub fn new(tenant: &'t TenantId) -> Self {
        Self { tenant: tenant.as_str() }
    }

    /// A machine by its Defender id.
    #[must_use]
    pub fn device(self, device: &str) -> Key {
        self.build(Kind::Device.as_str(), &[Folded(device)])
    }

    /// An address of a device, in canonical spelling.
    #[must_use]
    pub fn ip_address(self, device: &str, address: &str) -> Key {
        self.build(Kind::IpAddress.as_str(), &[Folded(device), Folded(address)])
    }

    /// A product, by Defender's normalised vendor and name.
    #[must_use]
    pub fn application(self, vendor: &str, name: &str) -> Key {
        self.build(Kind::Application.as_str(), &[Folded(vendor), Folded(name)])
    }

    /// A product version on a device.
    #[must_use]
    pub fn software(self, device: &str, vendor: &str, name: &str, version: &str) -> Key {
        self.build(Kind::Software.as_str(), &[Folded(device), Folded(vendor), Folded(name), Exact(version)])
    }

    /// An account: its SID, else `domain\account`.
    #[must_use]
    pub fn user(self, account: &str) -> Key {
        self.build(Kind::User.as_str(), &[Folded(account)])
    }

    /// An account on a device.
    #[must_use]
    pub fn user_on_device(self, device: &str, account: &str) -> Key {
        self.build(Kind::User.as_str(), &[Folded(device), Folded(account)])
    }

    /// A CVE, or Defender's own identifier of a weakness.
    #[must_use]
    pub fn cve(self, cve: &str) -> Key {
        self.build(Kind::Vulnerability.as_str(), &[Capital(cve)])
    }

    /// A CVE of a product version on a device.
    #[must_use]
    pub fn vulnerability(self, device: &str, vendor: &str, name: &str, version: &str, cve: &str) -> Key {
        self.build(
            Kind::Vulnerability.as_str(),
            &[Folded(device), Folded(vendor), Folded(name), Exact(version), Capital(cve)],
        )
    }

    /// A CVE on a device, where the product is not known.
    #[must_use]
    pub fn vulnerability_on_device(self, device: &str, cve: &str) -> Key {
        self.build(Kind::Vulnerability.as_str(), &[Folded(device), Capital(cve)])
    }

    /// A recommendation for the tenant.
    #[must_use]
    pub fn recommendation(self, id: &str) -> Key {
        self.build(Kind::Recommendation.as_str(), &[Folded(id)])
    }

    /// A recommendation for a device.
    #[must_use]
    pub fn recommendation_on_device(self, device: &str, id: &str) -> Key {
        self.build(Kind::Recommendation.as_str(), &[Folded(device), Folded(id)])
    }

    /// A device group. No event carries this key: it is a target of `member_of` only.
    #[must_use]
    pub fn device_group(self, group: &str) -> Key {
        self.build("device_group", &[Folded(group)])
    }

    /// The read of a whole dataset.
    #[must_use]
    pub fn snapshot(self, dataset: &str) -> Key {
        self.build(Kind::Snapshot.as_str(), &[Exact(dataset)])
    }

    #[inline(never)]
    fn build(self, kind: &str, parts: &[Part<'_>]) -> Key {
        let mut key = String::with_capacity(160);
        append_text(&mut key, ["mde:", self.tenant, ":", kind]);
        let mut separator = ":";
        for part in parts {
            let (text, letters) = match *part {
                Exact(text) | Folded(text) => (text, (b'a', b'z')),
                Capital(text) => (text, (b'A', b'Z')),
            };
            let is_as_it_is =
                every(text.as_bytes(), |bytes| bytes.within(letters.0, letters.1) | is_digit_or_mark(bytes));
            if is_as_it_is {
                append_text(&mut key, [separator, text]);
            } else {
                key.push_str(separator);
                push_escaped(&mut key, *part);
            }
            separator = "/";
        }
        Key(key)
    }
}

/// Which bytes need no escape and have no case.
#[inline(always)]
fn is_digit_or_mark(bytes: Sixteen) -> Mask {
    bytes.within(b'0', b'9') | bytes.within(b'-', b'.') | bytes.within(b'_', b'_') | bytes.within(b'~', b'~')
}

#[inline(never)]
fn push_escaped(key: &mut String, part: Part<'_>) {
    const HEX: &[u8; 16] = b"0123456789ABCDEF";
    let (Exact(text) | Folded(text) | Capital(text)) = part;
    for byte in text.bytes() {
        let byte = match part {
            Exact(_) => byte,
            Folded(_) => byte.to_ascii_lowercase(),
            Capital(_) => byte.to_ascii_uppercase(),
        };
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
            key.push(char::from(byte));
        } else {
            key.push('%');
            key.push(char::from(HEX[usize::from(byte >> 4)]));
            key.push(char::from(HEX[usize::from(byte & 15)]));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn with_keys<T>(test: impl FnOnce(Keys<'_>) -> T) -> T {
        test(Keys::new(&TenantId::parse("Contoso.example").unwrap()))
    }

    #[test]
    fn keys_by_kind() {
        with_keys(|keys| {
            let id = "1E5BC9";
            for (key, expected) in [
                (keys.device(id), "mde:contoso.example:device:1e5bc9"),
                (keys.ip_address(id, "fe80::1"), "mde:contoso.example:ip_address:1e5bc9/fe80%3A%3A1"),
                (keys.application("Google", "chrome"), "mde:contoso.example:application:google/chrome"),
                (keys.software(id, "a", "b", "1.0-RC1"), "mde:contoso.example:software:1e5bc9/a/b/1.0-RC1"),
                (keys.user("CONTOSO\\Jürgen"), "mde:contoso.example:user:contoso%5Cj%C3%BCrgen"),
                (keys.user_on_device(id, "S-1-5-18"), "mde:contoso.example:user:1e5bc9/s-1-5-18"),
                (
                    keys.vulnerability(id, "", "b/c", "1%2", "cve-2020-1"),
                    "mde:contoso.example:vulnerability:1e5bc9//b%2Fc/1%252/CVE-2020-1",
                ),
                (
                    keys.vulnerability_on_device(id, "TVM-2020-0002"),
                    "mde:contoso.example:vulnerability:1e5bc9/TVM-2020-0002",
                ),
                (keys.cve("cve-2020-1"), "mde:contoso.example:vulnerability:CVE-2020-1"),
                (keys.recommendation("va-_-a-_-b"), "mde:contoso.example:recommendation:va-_-a-_-b"),
                (
                    keys.recommendation_on_device(id, "sca-_-scid-1"),
                    "mde:contoso.example:recommendation:1e5bc9/sca-_-scid-1",
                ),
                (keys.device_group("86"), "mde:contoso.example:device_group:86"),
                (keys.snapshot("devices"), "mde:contoso.example:snapshot:devices"),
            ] {
                assert_eq!(key.as_str(), expected);
            }
        });
    }

    proptest! {
        #[test]
        fn different_identities_never_share_a_key(
            a in prop::collection::vec("[a-z0-9:/%\\\\ .~é-]{0,5}", 4),
            b in prop::collection::vec("[a-z0-9:/%\\\\ .~é-]{0,5}", 4),
        ) {
            with_keys(|keys| {
                let software = |v: &[String]| keys.software(&v[0], &v[1], &v[2], &v[3]);
                prop_assert_eq!(a == b, software(&a) == software(&b));
                let user = |v: &[String]| keys.user_on_device(&v[0], &v[1]);
                prop_assert_eq!(a[..2] == b[..2], user(&a) == user(&b));
                prop_assert!(keys.user(&a[0]) != user(&b));
                prop_assert!(keys.recommendation(&a[0]) != keys.recommendation_on_device(&b[0], &b[1]));
                prop_assert!(keys.cve(&a[0]) != keys.vulnerability_on_device(&b[0], &b[1]));
                prop_assert!(
                    keys.vulnerability_on_device(&a[0], &a[1]) != keys.vulnerability(&b[0], &b[1], &b[2], &b[3], &a[2])
                );
                Ok(())
            })?;
        }

        #[test]
        fn keys_need_no_escaping_and_split_in_four(part in ".{0,20}") {
            with_keys(|keys| {
                let key = keys.user_on_device(&part, &part);
                prop_assert!(key.as_str().bytes().all(|b| b.is_ascii_graphic() && b != b'"' && b != b'\\'));
                prop_assert_eq!(key.as_str().split(':').count(), 4);
                prop_assert_eq!(key.as_str().split('/').count(), 2);
                Ok(())
            })?;
        }
    }
}
