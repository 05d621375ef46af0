//! Observables: the values that people search for, by path and type.

use defender_rows::event::{JsonWriter, OcsfVersion};

use super::version;

/// An attribute that people search for.
#[derive(Clone, Copy, Debug)]
pub struct Observable {
    /// The members `name`, `type_id` and `type`: the path to the attribute, and the type by the OCSF dictionary.
    ///
    /// The path passes through lists without saying so, which validators of every release understand.
    members: &'static str,
    /// The release that brought the type.
    since: OcsfVersion,
}

macro_rules! observable {
    ($path:literal, $type_id:literal $type:literal, $since:expr) => {
        Observable {
            members: concat!(r#""name":""#, $path, r#"","type_id":"#, $type_id, r#","type":""#, $type, '"'),
            since: $since,
        }
    };
}

/// A host name.
pub const HOSTNAME: Observable = observable!("device.hostname", 1 "Hostname", OcsfVersion::V1_5);
/// An IP address.
pub const IP: Observable = observable!("device.ip", 2 "IP Address", OcsfVersion::V1_5);
/// A MAC address.
pub const MAC: Observable = observable!("device.mac", 3 "MAC Address", OcsfVersion::V1_5);
/// A device's identifier.
pub const DEVICE_UID: Observable = observable!("device.uid", 47 "Device Object: uid", version::OBSERVABLE_DEVICE_UID);
/// An account's name.
pub const USER_NAME: Observable = observable!("user.name", 4 "User Name", OcsfVersion::V1_5);
/// An account's identifier.
pub const USER_UID: Observable = observable!("user.uid", 31 "User Object: uid", OcsfVersion::V1_5);
/// A CVE of the catalogue.
pub const KNOWN_CVE_UID: Observable =
    observable!("osint.vulnerabilities.cve.uid", 18 "CVE Object: uid", OcsfVersion::V1_5);
/// A CVE that was found.
pub const CVE_UID: Observable = observable!("vulnerabilities.cve.uid", 18 "CVE Object: uid", OcsfVersion::V1_5);

/// Writes `observables`, as far as there is a value and the release knows the type. They repeat what the event says.
pub fn write(out: &mut JsonWriter, release: OcsfVersion, list: &[(Observable, Option<&str>)]) {
    if out.is_full() {
        out.array_member("observables", |out| elements(out, release, list));
    }
}

/// Writes the elements of the open list.
pub fn elements(out: &mut JsonWriter, release: OcsfVersion, list: &[(Observable, Option<&str>)]) {
    for (observable, value) in list {
        if let (Some(value), true) = (value, release >= observable.since) {
            out.object(|out| {
                out.members(observable.members);
                out.text_member("value", value);
            });
        }
    }
}
