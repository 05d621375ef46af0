//! Microsoft Graph: paths behind `/v1.0` and `/beta`.
//!
//! Graph counts in other units than calls: resource units in ten seconds for the directory, 2,000 calls in twenty
//! seconds for Intune. As calls a minute they are so high that no collector meets them; only security is counted
//! tightly.

use super::quota::{Family, Quota};
use super::resource::{Feature, Resource};
use super::route::{Content, HuntStyle, Route};
use super::rows;
use http::Method;

/// Users, groups and devices.
const DIRECTORY: Quota = Quota { per_minute: 10_000, per_hour: 600_000 };

/// Managed devices.
const INTUNE: Quota = Quota { per_minute: 6000, per_hour: 360_000 };

/// Alerts, incidents and secure scores.
const SECURITY: Quota = Quota { per_minute: 150, per_hour: 9000 };

/// Hunting queries.
const HUNTING: Quota = Quota { per_minute: 45, per_hour: 1500 };

const ORGANIZATION: &[&str] = &["Organization.Read.All", "Directory.Read.All"];
const USER: &[&str] = &["User.Read.All", "Directory.Read.All"];
const GROUP: &[&str] = &["GroupMember.Read.All", "Group.Read.All", "Directory.Read.All"];
const DEVICE: &[&str] = &["Device.Read.All", "Directory.Read.All"];
const MANAGED: &[&str] = &["DeviceManagementManagedDevices.Read.All", "DeviceManagementManagedDevices.ReadWrite.All"];
const ALERT: &[&str] = &["SecurityAlert.Read.All", "SecurityAlert.ReadWrite.All"];
const INCIDENT: &[&str] = &["SecurityIncident.Read.All", "SecurityIncident.ReadWrite.All"];
const SCORE: &[&str] = &["SecurityEvents.Read.All", "SecurityEvents.ReadWrite.All"];
const HUNT: &[&str] = &["ThreatHunting.Read.All"];

fn get(
    path: &'static str,
    roles: &'static [&'static str],
    family: &'static str,
    quota: Quota,
    content: Content,
) -> Route {
    Route {
        method: Method::GET,
        path,
        resource: Resource::Graph,
        roles,
        // The directory needs no licence of Defender.
        feature: Feature::Directory,
        family: Family::new(family),
        quota,
        content,
    }
}

pub(super) fn table() -> Vec<Route> {
    let list = |rows| Content::Graph { rows, page: 100, most: 999 };
    let by_id = |rows| Content::ById { rows, keys: &["id"] };
    let delta = |rows, changes| Content::GraphDelta { rows, changes };
    vec![
        get("organization", ORGANIZATION, "graph-organization", DIRECTORY, list(&rows::ORGANIZATION)),
        get("users", USER, "graph-users", DIRECTORY, list(&rows::USERS)),
        get("users/delta", USER, "graph-users", DIRECTORY, delta(&rows::USERS, &rows::USER_CHANGES)),
        get(
            "users/{id}",
            USER,
            "graph-users",
            DIRECTORY,
            Content::ById { rows: &rows::USERS, keys: &["id", "userPrincipalName"] },
        ),
        get("groups", GROUP, "graph-groups", DIRECTORY, list(&rows::GROUPS)),
        get("groups/delta", GROUP, "graph-groups", DIRECTORY, delta(&rows::GROUPS_WITH_MEMBERS, &rows::GROUP_CHANGES)),
        get("groups/{id}/members", GROUP, "graph-group-members", DIRECTORY, list(&rows::GROUP_MEMBERS)),
        get("groups/{id}", GROUP, "graph-groups", DIRECTORY, by_id(&rows::GROUPS)),
        get("devices", DEVICE, "graph-devices", DIRECTORY, list(&rows::DIRECTORY_DEVICES)),
        get(
            "devices/delta",
            DEVICE,
            "graph-devices",
            DIRECTORY,
            delta(&rows::DIRECTORY_DEVICES, &rows::DIRECTORY_DEVICE_CHANGES),
        ),
        get(
            "devices({id})",
            DEVICE,
            "graph-devices",
            DIRECTORY,
            Content::ById { rows: &rows::DIRECTORY_DEVICES, keys: &["deviceId"] },
        ),
        get("devices/{id}", DEVICE, "graph-devices", DIRECTORY, by_id(&rows::DIRECTORY_DEVICES)),
        Route {
            feature: Feature::Intune,
            ..get(
                "deviceManagement/managedDevices",
                MANAGED,
                "graph-managed-devices",
                INTUNE,
                Content::Graph { rows: &rows::MANAGED_DEVICES, page: 1000, most: 1000 },
            )
        },
        Route {
            feature: Feature::Defender,
            ..get("security/alerts_v2", ALERT, "graph-security", SECURITY, list(&rows::SECURITY_ALERTS))
        },
        Route {
            feature: Feature::Defender,
            ..get(
                "security/incidents",
                INCIDENT,
                "graph-security",
                SECURITY,
                Content::Graph { rows: &rows::SECURITY_INCIDENTS, page: 50, most: 50 },
            )
        },
        Route {
            feature: Feature::Defender,
            ..get("security/secureScores", SCORE, "graph-security", SECURITY, list(&rows::SECURE_SCORES))
        },
        Route {
            method: Method::POST,
            feature: Feature::Hunting,
            ..get("security/runHuntingQuery", HUNT, "graph-hunting", HUNTING, Content::Hunt { style: HuntStyle::Graph })
        },
    ]
}
