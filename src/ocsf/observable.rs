//! Observables: the values that people search for, by path and type.

use defender_rows::event::{JsonWriter, OcsfVersion};

use super::version;

/// A type of observable: number and name of the OCSF dictionary, and the release that brought it.
#[derive(Clone, Copy, Debug)]
pub struct ObservableType {
    id: i64,
    name: &'static str,
    since: OcsfVersion,
}

/// A host name.
pub const HOSTNAME: ObservableType = ObservableType { id: 1, name: "Hostname", since: OcsfVersion::V1_5 };
/// An IP address.
pub const IP: ObservableType = ObservableType { id: 2, name: "IP Address", since: OcsfVersion::V1_5 };
/// A MAC address.
pub const MAC: ObservableType = ObservableType { id: 3, name: "MAC Address", since: OcsfVersion::V1_5 };
/// An account's name.
pub const USER_NAME: ObservableType = ObservableType { id: 4, name: "User Name", since: OcsfVersion::V1_5 };
/// An account's identifier.
pub const USER_UID: ObservableType = ObservableType { id: 31, name: "User Object: uid", since: OcsfVersion::V1_5 };
/// A device's identifier.
pub const DEVICE_UID: ObservableType =
    ObservableType { id: 47, name: "Device Object: uid", since: version::OBSERVABLE_DEVICE_UID };

/// Writes `observables` from path, type and value, as far as there is a value and the release knows the type.
pub fn write(out: &mut JsonWriter, release: OcsfVersion, list: &[(&str, ObservableType, Option<&str>)]) {
    out.array_member("observables", |out| {
        for (path, kind, value) in list {
            let Some(value) = value else { continue };
            if release >= kind.since {
                out.object(|out| {
                    out.text_member("name", path);
                    out.integer_member("type_id", kind.id);
                    out.text_member("type", kind.name);
                    out.text_member("value", value);
                });
            }
        }
    });
}
