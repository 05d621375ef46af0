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
    /// The same without captions; those of 99 are the words of the source, and stay.
    pub ids: &'static str,
}

/// What happened to a finding; see `docs/events.md` for the rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Activity {
    /// It is told for the first time, as far as is known.
    Create,
    /// It was told before.
    Update,
    /// It is gone.
    Close,
}

/// A class of findings: the event of each activity.
#[derive(Clone, Copy, Debug)]
pub struct FindingClass {
    create: EventType,
    update: EventType,
    close: EventType,
}

impl FindingClass {
    /// The event for what happened.
    #[must_use]
    pub const fn of(&self, activity: Activity) -> &EventType {
        match activity {
            Activity::Create => &self.create,
            Activity::Update => &self.update,
            Activity::Close => &self.close,
        }
    }
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
            ids: concat!(
                r#""class_uid":"#,
                $class_uid,
                r#","category_uid":"#,
                $category_uid,
                r#","activity_id":"#,
                $activity_id,
                r#","type_uid":"#,
                $type_uid
            ),
        }
    };
}

/// The three events of a class of findings, with their `type_uid`.
macro_rules! finding_class {
    ($class_uid:literal $class:literal, $create:literal, $update:literal, $close:literal) => {
        FindingClass {
            create: event_type!($class_uid $class, 2 "Findings", 1 "Create", $create),
            update: event_type!($class_uid $class, 2 "Findings", 2 "Update", $update),
            close: event_type!($class_uid $class, 2 "Findings", 3 "Close", $close),
        }
    };
}

/// A machine was read.
pub const DEVICE: EventType = event_type!(5001 "Device Inventory Info", 5 "Discovery", 2 "Collect", 500102);
/// An account was read.
pub const USER: EventType = event_type!(5003 "User Inventory Info", 5 "Discovery", 2 "Collect", 500302);
/// A product version on a machine was read.
pub const SOFTWARE: EventType = event_type!(5020 "Software Inventory Info", 5 "Discovery", 2 "Collect", 502002);
/// A CVE as Defender describes it was read. It is known of no device: those that have it are findings.
pub const CVE: EventType = event_type!(5021 "OSINT Inventory Info", 5 "Discovery", 2 "Collect", 502102);
/// A CVE on a machine.
pub const VULNERABILITY: FindingClass = finding_class!(2002 "Vulnerability Finding", 200201, 200202, 200203);
/// A machine does not follow a recommendation.
pub const COMPLIANCE: FindingClass = finding_class!(2003 "Compliance Finding", 200301, 200302, 200303);
/// The tenant has a recommendation to follow.
pub const POSTURE: FindingClass = finding_class!(2007 "Application Security Posture Finding", 200701, 200702, 200703);
/// An address was read. OCSF has no class for addresses.
pub const IP_ADDRESS: EventType = EventType {
    ids: r#""class_uid":0,"category_uid":0,"activity_id":99,"activity_name":"ip_address","type_uid":99,"type_name":"Base Event: ip_address""#,
    ..event_type!(0 "Base Event", 0 "Uncategorized", 99 "ip_address", 99)
};
/// A product was read. OCSF has no class for products without a device.
pub const APPLICATION: EventType = EventType {
    ids: r#""class_uid":0,"category_uid":0,"activity_id":99,"activity_name":"application","type_uid":99,"type_name":"Base Event: application""#,
    ..event_type!(0 "Base Event", 0 "Uncategorized", 99 "application", 99)
};

/// All of them, for the published list of schemas.
pub const ALL: [EventType; 15] = [
    DEVICE,
    USER,
    SOFTWARE,
    CVE,
    VULNERABILITY.create,
    VULNERABILITY.update,
    VULNERABILITY.close,
    COMPLIANCE.create,
    COMPLIANCE.update,
    COMPLIANCE.close,
    POSTURE.create,
    POSTURE.update,
    POSTURE.close,
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
            let ids: serde_json::Value = serde_json::from_str(&format!("{{{}}}", event_type.ids)).unwrap();
            for (name, value) in head.as_object().unwrap() {
                let stays = match name.as_str() {
                    "class_name" | "category_name" => false,
                    "activity_name" | "type_name" => number("activity_id") == 99,
                    _ => true,
                };
                assert_eq!(ids.get(name), Some(value).filter(|_| stays), "{name}");
            }
        }
    }

    #[test]
    fn each_activity_has_the_number_that_findings_have_for_it() {
        for class in [VULNERABILITY, COMPLIANCE, POSTURE] {
            for (activity, number, name, operation) in [
                (Activity::Create, 1, "Create", Operation::Upsert),
                (Activity::Update, 2, "Update", Operation::Upsert),
                (Activity::Close, 3, "Close", Operation::Delete),
            ] {
                let event_type = class.of(activity);
                let head: serde_json::Value = serde_json::from_str(&format!("{{{}}}", event_type.head)).unwrap();
                assert_eq!((&head["activity_id"], &head["activity_name"]), (&number.into(), &name.into()));
                assert_eq!((&head["category_uid"], event_type.operation), (&2.into(), operation));
            }
        }
    }
}
