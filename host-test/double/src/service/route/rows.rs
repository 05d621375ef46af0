//! The rows behind each call.

pub(super) use crate::wire::Collection as Rows;
pub(super) use crate::wire::{
    LOGON_USERS, MACHINE, MACHINE_MISSING_KBS, MACHINE_RECOMMENDATIONS, MACHINE_SOFTWARE, MACHINE_VULNERABILITIES,
    MACHINES, MACHINES_VULNERABILITIES, NON_CPE_SOFTWARE, RECOMMENDATION_MACHINES, RECOMMENDATION_SOFTWARE,
    RECOMMENDATION_VULNERABILITIES, RECOMMENDATIONS, SECURE_CONFIGURATION, SOFTWARE, SOFTWARE_DISTRIBUTIONS,
    SOFTWARE_INVENTORY, SOFTWARE_MACHINES, SOFTWARE_VULNERABILITIES, VULNERABILITIES, VULNERABILITY_CHANGES,
    VULNERABILITY_EXPORT, VULNERABILITY_MACHINES,
};

pub(super) static MACHINE_ALERTS: Rows = Rows { context: "MachineAlerts", open: |_, _| None };
pub(super) static ANTIVIRUS: Rows = Rows { context: "Antivirus", open: |_, _| None };
pub(super) static ALERTS: Rows = Rows { context: "Alerts", open: |_, _| None };
pub(super) static MACHINE_ACTIONS: Rows = Rows { context: "MachineActions", open: |_, _| None };
pub(super) static INVESTIGATIONS: Rows = Rows { context: "Investigations", open: |_, _| None };
pub(super) static INDICATORS: Rows = Rows { context: "Indicators", open: |_, _| None };
pub(super) static EXPOSURE_SCORE: Rows = Rows { context: "ExposureScore", open: |_, _| None };
pub(super) static EXPOSURE_BY_GROUP: Rows = Rows { context: "ExposureByGroup", open: |_, _| None };
pub(super) static CONFIGURATION_SCORE: Rows = Rows { context: "ConfigurationScore", open: |_, _| None };
pub(super) static REMEDIATION_TASKS: Rows = Rows { context: "RemediationTasks", open: |_, _| None };
pub(super) static INFO_GATHERING: Rows = Rows { context: "InfoGathering", open: |_, _| None };
pub(super) static BROWSER_EXTENSIONS: Rows = Rows { context: "BrowserExtensions", open: |_, _| None };
pub(super) static CERTIFICATES: Rows = Rows { context: "Certificates", open: |_, _| None };
pub(super) static HARDWARE_FIRMWARE: Rows = Rows { context: "HardwareFirmware", open: |_, _| None };
pub(super) static ORGANIZATION: Rows = Rows { context: "Organization", open: |_, _| None };
pub(super) static USERS: Rows = Rows { context: "Users", open: |_, _| None };
pub(super) static USER_CHANGES: Rows = Rows { context: "UserChanges", open: |_, _| None };
pub(super) static GROUPS: Rows = Rows { context: "Groups", open: |_, _| None };
pub(super) static GROUPS_WITH_MEMBERS: Rows = Rows { context: "GroupsWithMembers", open: |_, _| None };
pub(super) static GROUP_CHANGES: Rows = Rows { context: "GroupChanges", open: |_, _| None };
pub(super) static GROUP_MEMBERS: Rows = Rows { context: "GroupMembers", open: |_, _| None };
pub(super) static DIRECTORY_DEVICES: Rows = Rows { context: "DirectoryDevices", open: |_, _| None };
pub(super) static DIRECTORY_DEVICE_CHANGES: Rows = Rows { context: "DirectoryDeviceChanges", open: |_, _| None };
pub(super) static MANAGED_DEVICES: Rows = Rows { context: "ManagedDevices", open: |_, _| None };
pub(super) static SECURITY_ALERTS: Rows = Rows { context: "SecurityAlerts", open: |_, _| None };
pub(super) static SECURITY_INCIDENTS: Rows = Rows { context: "SecurityIncidents", open: |_, _| None };
pub(super) static SECURE_SCORES: Rows = Rows { context: "SecureScores", open: |_, _| None };

pub(super) static HUNTING: &[(&str, &Rows)] = &[];
