//! Application permissions that an application can hold, whether a call of the double asks for them or not: a
//! registration of the real world has more than it needs.
//!
//! Sources: "Supported Microsoft Defender for Endpoint APIs" and the pages of each call; "Microsoft Graph permissions
//! reference".

use super::resource::Resource;

/// Permissions of a service.
pub(super) const fn held(resource: Resource) -> &'static [&'static str] {
    match resource {
        Resource::Defender => DEFENDER,
        Resource::Xdr => XDR,
        Resource::Graph => GRAPH,
    }
}

const DEFENDER: &[&str] = &[
    "AdvancedQuery.Read.All",
    "Alert.Read.All",
    "Alert.ReadWrite.All",
    "Event.Write",
    "File.Read.All",
    "IntegrationConfiguration.ReadWrite",
    "Ip.Read.All",
    "Library.Manage",
    "Machine.CollectForensics",
    "Machine.Isolate",
    "Machine.LiveResponse",
    "Machine.Offboard",
    "Machine.Read.All",
    "Machine.ReadWrite.All",
    "Machine.RestrictExecution",
    "Machine.Scan",
    "Machine.StopAndQuarantine",
    "RemediationTasks.Read.All",
    "Score.Read.All",
    "SecurityBaselinesAssessment.Read.All",
    "SecurityConfiguration.Read.All",
    "SecurityConfiguration.ReadWrite.All",
    "SecurityRecommendation.Read.All",
    "Software.Read.All",
    "Ti.Read.All",
    "Ti.ReadWrite",
    "Ti.ReadWrite.All",
    "URL.Read.All",
    "User.Read.All",
    "Vulnerability.Read.All",
];

const XDR: &[&str] =
    &["AdvancedHunting.Read.All", "CustomDetections.ReadWrite.All", "Incident.Read.All", "Incident.ReadWrite.All"];

const GRAPH: &[&str] = &[
    "Application.Read.All",
    "AuditLog.Read.All",
    "Device.Read.All",
    "Device.ReadWrite.All",
    "DeviceManagementApps.Read.All",
    "DeviceManagementConfiguration.Read.All",
    "DeviceManagementManagedDevices.PrivilegedOperations.All",
    "DeviceManagementManagedDevices.Read.All",
    "DeviceManagementManagedDevices.ReadWrite.All",
    "Directory.Read.All",
    "Directory.ReadWrite.All",
    "Group.Read.All",
    "Group.ReadWrite.All",
    "GroupMember.Read.All",
    "GroupMember.ReadWrite.All",
    "IdentityRiskEvent.Read.All",
    "IdentityRiskyUser.Read.All",
    "Organization.Read.All",
    "Organization.ReadWrite.All",
    "Policy.Read.All",
    "Reports.Read.All",
    "RoleManagement.Read.Directory",
    "SecurityActions.Read.All",
    "SecurityAlert.Read.All",
    "SecurityAlert.ReadWrite.All",
    "SecurityEvents.Read.All",
    "SecurityEvents.ReadWrite.All",
    "SecurityIncident.Read.All",
    "SecurityIncident.ReadWrite.All",
    "ThreatHunting.Read.All",
    "User.Read.All",
    "User.ReadWrite.All",
];
