//! The event classes in use and the constant members of their events.

use defender_rows::event::Operation;

/// One class with one activity.
#[derive(Clone, Copy, Debug)]
pub struct EventType {
    /// What such an event does to its asset.
    pub operation: Operation,
    /// `class_uid`, as it appears in the schema name of the envelope.
    pub class_uid: &'static str,
    /// The members `class_uid` to `type_name` in JSON.
    pub head: &'static str,
}

/// Puts the members of [`EventType::head`] together. `type_uid` is `class_uid` followed by two digits of activity.
macro_rules! event_type {
    ($class_uid:literal $class:literal, $category_uid:literal $category:literal, $activity_id:literal $activity:literal, $type_uid:literal) => {
        EventType {
            // By OCSF 3 is the end of a finding; no class in use has another meaning for it.
            operation: if $activity_id == 3 { Operation::Delete } else { Operation::Upsert },
            class_uid: stringify!($class_uid),
            head: concat!(
                r#""class_uid":"#,
                $class_uid,
                r#","class_name":""#,
                $class,
                r#"","category_uid":"#,
                $category_uid,
                r#","category_name":""#,
                $category,
                r#"","activity_id":"#,
                $activity_id,
                r#","activity_name":""#,
                $activity,
                r#"","type_uid":"#,
                $type_uid,
                r#","type_name":""#,
                $class,
                ": ",
                $activity,
                '"'
            ),
        }
    };
}

/// A machine was read.
pub const DEVICE: EventType = event_type!(5001 "Device Inventory Info", 5 "Discovery", 2 "Collect", 500102);
/// An account was read.
pub const USER: EventType = event_type!(5003 "User Inventory Info", 5 "Discovery", 2 "Collect", 500302);
/// A product version on a machine was read.
pub const SOFTWARE: EventType = event_type!(5020 "Software Inventory Info", 5 "Discovery", 2 "Collect", 502002);
/// A CVE on a machine was found. Without a history of findings every full read creates; receivers treat Create and
/// Update alike.
pub const VULNERABILITY: EventType = event_type!(2002 "Vulnerability Finding", 2 "Findings", 1 "Create", 200201);
/// Something about a CVE on a machine has changed.
pub const VULNERABILITY_UPDATED: EventType =
    event_type!(2002 "Vulnerability Finding", 2 "Findings", 2 "Update", 200202);
/// A CVE is no longer on a machine.
pub const VULNERABILITY_CLOSED: EventType = event_type!(2002 "Vulnerability Finding", 2 "Findings", 3 "Close", 200203);
/// A machine does not follow a recommendation.
pub const COMPLIANCE: EventType = event_type!(2003 "Compliance Finding", 2 "Findings", 1 "Create", 200301);
/// The tenant has a recommendation to follow.
pub const POSTURE: EventType =
    event_type!(2007 "Application Security Posture Finding", 2 "Findings", 1 "Create", 200701);
/// An address was read. OCSF has no class for addresses.
pub const IP_ADDRESS: EventType = event_type!(0 "Base Event", 0 "Uncategorized", 99 "ip_address", 99);
/// A product was read. OCSF has no class for products without a device.
pub const APPLICATION: EventType = event_type!(0 "Base Event", 0 "Uncategorized", 99 "application", 99);

/// All of them, for the published list of schemas.
pub const ALL: [EventType; 10] = [
    DEVICE,
    USER,
    SOFTWARE,
    VULNERABILITY,
    VULNERABILITY_UPDATED,
    VULNERABILITY_CLOSED,
    COMPLIANCE,
    POSTURE,
    IP_ADDRESS,
    APPLICATION,
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn heads_are_json_and_type_uid_follows_the_rule() {
        for event_type in ALL {
            let head: serde_json::Value = serde_json::from_str(&format!("{{{}}}", event_type.head)).unwrap();
            let number = |name: &str| head[name].as_i64().unwrap();
            assert_eq!(number("type_uid"), number("class_uid") * 100 + number("activity_id"));
            assert_eq!(number("category_uid"), number("class_uid") / 1000);
            assert_eq!(event_type.class_uid, number("class_uid").to_string());
        }
    }
}
