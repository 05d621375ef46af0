//! Which device a row is about.

use std::borrow::Cow;

use super::address::parse_ip;
use super::fields::{FieldTable, Record};
use crate::tally::{RejectReason, Tolerated};
use crate::wide::every;

/// What identifies and classifies a device, from a machine record or from a row about it. Empty texts and
/// placeholders are `None`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DeviceFacts<'a> {
    /// `id` or `deviceId`: 40 hexadecimal digits in lower case.
    pub id: &'a str,
    /// `computerDnsName` or `deviceName`, as [`hostname`] reads it.
    pub hostname: Option<&'a str>,
    /// `osPlatform`.
    pub os_platform: Option<&'a str>,
    /// `version` of a machine, `osVersion` of a row: the release.
    pub os_version: Option<&'a str>,
    /// Number of the build, where a row says it.
    pub os_build: Option<&'a str>,
    /// `rbacGroupId`, never `0`.
    pub group_id: Option<&'a str>,
    /// `rbacGroupName`, never a word for "none".
    pub group_name: Option<&'a str>,
    /// `deviceValue`.
    pub value: Option<&'a str>,
    /// `riskScore`.
    pub risk: Option<&'a str>,
    /// `exposureLevel`.
    pub exposure: Option<&'a str>,
}

impl<'a> DeviceFacts<'a> {
    /// All of them, and one more: what is made of nothing else is the same where these are.
    #[must_use]
    pub fn texts_and(&self, more: Option<&'a str>) -> [Option<&'a str>; 11] {
        // Without a rest, so that no fact that is added can be forgotten here.
        let Self { id, hostname, os_platform, os_version, os_build, group_id, group_name, value, risk, exposure } =
            *self;
        [Some(id), hostname, os_platform, os_version, os_build, group_id, group_name, value, risk, exposure, more]
    }
}

/// The texts behind [`DeviceFacts`], borrowed from a row where possible.
#[derive(Clone, Debug, Default)]
pub struct DeviceTexts<'a> {
    /// As [`DeviceFacts::id`].
    pub id: Cow<'a, str>,
    /// As [`DeviceFacts::hostname`].
    pub hostname: Option<Cow<'a, str>>,
    /// As [`DeviceFacts::os_platform`].
    pub os_platform: Option<Cow<'a, str>>,
    /// As [`DeviceFacts::os_version`].
    pub os_version: Option<Cow<'a, str>>,
    /// As [`DeviceFacts::group_id`].
    pub group_id: Option<Cow<'a, str>>,
    /// As [`DeviceFacts::group_name`].
    pub group_name: Option<Cow<'a, str>>,
    /// As [`DeviceFacts::value`].
    pub value: Option<Cow<'a, str>>,
    /// As [`DeviceFacts::risk`].
    pub risk: Option<Cow<'a, str>>,
    /// As [`DeviceFacts::exposure`].
    pub exposure: Option<Cow<'a, str>>,
}

impl DeviceTexts<'_> {
    /// The facts as borrowed texts.
    #[must_use]
    pub fn facts(&self) -> DeviceFacts<'_> {
        DeviceFacts {
            id: &self.id,
            hostname: self.hostname.as_deref(),
            os_platform: self.os_platform.as_deref(),
            os_version: self.os_version.as_deref(),
            os_build: None,
            group_id: self.group_id.as_deref(),
            group_name: self.group_name.as_deref(),
            value: self.value.as_deref(),
            risk: self.risk.as_deref(),
            exposure: self.exposure.as_deref(),
        }
    }
}

/// Words that stand for "in no device group": null in `/api/machines`, these in the exports.
const NO_GROUP: [&str; 3] = ["Unassigned", "UnassignedGroup", "None"];

/// Identifier and name of a row's device group. A device is in a group only if the group has a name and its
/// identifier is not `0`; otherwise neither member counts as mapped.
pub fn group<'a, F: FieldTable>(
    row: &Record<'a, F>,
    id: Option<F>,
    name: F,
) -> (Option<Cow<'a, str>>, Option<Cow<'a, str>>) {
    let peek = |field: F| row.peek(field).and_then(|value| value.text().flatten());
    let group_name = peek(name).filter(|name| !NO_GROUP.iter().any(|word| word.eq_ignore_ascii_case(name)));
    let group_id = id.and_then(peek);
    if group_name.is_none() || group_id.as_deref() == Some("0") {
        return (None, None);
    }
    row.skip(name);
    if let (Some(field), Some(_)) = (id, &group_id) {
        row.skip(field);
    }
    (group_id, group_name)
}

/// The host name of a row's device, without the dot of the root. Devices that were merely discovered are named by an
/// address where nothing better is known: that is no host name, and does not count as mapped.
pub fn hostname<'a, F: FieldTable>(row: &Record<'a, F>, name: F) -> Option<Cow<'a, str>> {
    let Some(Some(mut text)) = row.peek(name)?.text() else { return row.text(name) };
    if text.ends_with('.') && text.len() > 1 {
        match &mut text {
            Cow::Borrowed(text) => *text = &text[..text.len() - 1],
            Cow::Owned(text) => drop(text.pop()),
        }
    }
    if is_address(&text) {
        return None;
    }
    row.skip(name);
    Some(text)
}

/// Whether a name is an address, also one in brackets or with a port.
fn is_address(name: &str) -> bool {
    let is_port = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let name = match name.strip_prefix('[').and_then(|inner| inner.split_once(']')) {
        Some((inner, behind)) if behind.is_empty() || behind.strip_prefix(':').is_some_and(is_port) => inner,
        Some(_) => return false,
        // Of the sixth version only one in brackets has a port.
        None => match name.split_once(':') {
            Some((host, port)) if is_port(port) && host.contains('.') => host,
            _ => name,
        },
    };
    let digits = name.split('%').next().unwrap_or_default();
    digits.bytes().all(|byte| byte.is_ascii_hexdigit() || matches!(byte, b'.' | b':')) && parse_ip(name).is_some()
}

/// Where a row about a device says which device it is about.
#[derive(Clone, Copy, Debug)]
pub struct DeviceFields<F> {
    /// Identifier.
    pub id: F,
    /// Host name.
    pub hostname: F,
    /// Platform word.
    pub os_platform: F,
    /// Identifier of the device group.
    pub group_id: Option<F>,
    /// Name of the device group.
    pub group_name: F,
}

impl<F: FieldTable> DeviceFields<F> {
    /// Reads the device of a row.
    ///
    /// # Errors
    /// [`RejectReason::NoIdentity`] if the row does not say which.
    pub fn read<'a>(&self, row: &Record<'a, F>, tolerated: &mut Tolerated) -> Result<DeviceTexts<'a>, RejectReason> {
        let id = row.text(self.id).ok_or(RejectReason::NoIdentity)?;
        let (group_id, group_name) = group(row, self.group_id, self.group_name);
        Ok(DeviceTexts {
            id: device_id(id, tolerated),
            hostname: hostname(row, self.hostname),
            os_platform: row.text(self.os_platform),
            group_id,
            group_name,
            ..DeviceTexts::default()
        })
    }
}

/// A device id in lower case. One that is not made of 40 hexadecimal digits is kept and counted.
#[must_use]
pub fn device_id<'a>(id: Cow<'a, str>, tolerated: &mut Tolerated) -> Cow<'a, str> {
    if id.len() == 40 && every(id.as_bytes(), |bytes| bytes.within(b'0', b'9') | bytes.within(b'a', b'f')) {
        return id;
    }
    if id.len() != 40 || !id.bytes().all(|b| b.is_ascii_hexdigit()) {
        tolerated.count("device_id_form");
    }
    if id.bytes().any(|byte| byte.is_ascii_uppercase()) { Cow::Owned(id.to_ascii_lowercase()) } else { id }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::field_table;

    field_table! { Row { Id = "rbacGroupId", Name = "rbacGroupName" } }

    fn read(row: &str) -> (Option<String>, Option<String>) {
        let record = Record::<Row>::parse(row).unwrap();
        let (id, name) = group(&record, Some(Row::Id), Row::Name);
        (id.map(Cow::into_owned), name.map(Cow::into_owned))
    }

    #[test]
    fn a_group_has_a_name_and_an_id_that_is_not_zero() {
        for row in [
            r#"{"rbacGroupId":0,"rbacGroupName":null}"#,
            r#"{"rbacGroupId":86,"rbacGroupName":null}"#,
            r#"{"rbacGroupId":0,"rbacGroupName":"Servers"}"#,
            r#"{"rbacGroupId":"0","rbacGroupName":"Unassigned"}"#,
            r#"{"rbacGroupId":5,"rbacGroupName":"unassignedgroup"}"#,
            r#"{"rbacGroupId":5,"rbacGroupName":"NONE"}"#,
            "{}",
        ] {
            assert_eq!(read(row), (None, None), "{row}");
        }
        assert_eq!(read(r#"{"rbacGroupId":86,"rbacGroupName":"S"}"#), (Some("86".into()), Some("S".into())));
        assert_eq!(read(r#"{"rbacGroupId":"86","rbacGroupName":"S"}"#), (Some("86".into()), Some("S".into())));
        assert_eq!(read(r#"{"rbacGroupName":"S"}"#), (None, Some("S".into())));
    }

    #[test]
    fn an_address_is_no_host_name_and_the_root_no_part_of_one() {
        let read = |name: &str| {
            let row = format!(r#"{{"rbacGroupName":"{name}"}}"#);
            let record = Record::<Row>::parse(&row).unwrap();
            let name = hostname(&record, Row::Name).map(Cow::into_owned);
            let mut content = crate::event::JsonWriter::default();
            content.object(|out| record.leftovers(out));
            (name, content.as_str() == "{}")
        };
        for name in [
            "10.20.30.40",
            "10.20.30.40.",
            "fe80::1",
            "FE80::1%eth0",
            "::ffff:10.0.0.1",
            "::",
            "[fe80::1]",
            "[fe80::1%eth0]:443",
            "[::ffff:10.0.0.1]",
            "10.0.0.1:443",
            "[10.0.0.1]",
            "[::1].",
        ] {
            assert_eq!(read(name), (None, false), "{name}");
        }
        for (name, expected) in [
            ("h.example.", "h.example"),
            ("10.20.30", "10.20.30"),
            ("fade", "fade"),
            ("10", "10"),
            ("h.example:443", "h.example:443"),
            ("[h]", "[h]"),
            ("[::1]h", "[::1]h"),
            ("[::1", "[::1"),
        ] {
            assert_eq!(read(name), (Some(expected.into()), true), "{name}");
        }
        assert_eq!(read(" "), (None, true));
        assert_eq!(read(r"\u0061.").0.as_deref(), Some("a"));
    }

    #[test]
    fn ids_are_lower_case() {
        let mut tolerated = Tolerated::default();
        let id = "A".repeat(40);
        assert_eq!(device_id(id.into(), &mut tolerated), "a".repeat(40));
        assert_eq!(tolerated.iter().count(), 0);
        assert_eq!(device_id("PC-7".into(), &mut tolerated), "pc-7");
        assert_eq!(tolerated.iter().collect::<Vec<_>>(), [("device_id_form", 1)]);
    }
}
