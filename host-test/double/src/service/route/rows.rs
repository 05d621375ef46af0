//! The rows behind each call.

use crate::wire::Collection;

pub(super) type Rows = Collection;

pub(super) static MACHINES: Rows = Collection { context: "Machines", open: |_, _| None };
pub(super) static MACHINE: Rows = Collection { context: "Machine", open: |_, _| None };
pub(super) static LOGON_USERS: Rows = Collection { context: "LogonUsers", open: |_, _| None };
pub(super) static MACHINE_ALERTS: Rows = Collection { context: "MachineAlerts", open: |_, _| None };
pub(super) static MACHINE_VULNERABILITIES: Rows = Collection { context: "MachineVulnerabilities", open: |_, _| None };
pub(super) static MACHINE_RECOMMENDATIONS: Rows = Collection { context: "MachineRecommendations", open: |_, _| None };
pub(super) static MACHINE_SOFTWARE: Rows = Collection { context: "MachineSoftware", open: |_, _| None };
pub(super) static MACHINE_MISSING_KBS: Rows = Collection { context: "MachineMissingKbs", open: |_, _| None };
pub(super) static RECOMMENDATIONS: Rows = Collection { context: "Recommendations", open: |_, _| None };
pub(super) static RECOMMENDATION_MACHINES: Rows = Collection { context: "RecommendationMachines", open: |_, _| None };
pub(super) static RECOMMENDATION_SOFTWARE: Rows = Collection { context: "RecommendationSoftware", open: |_, _| None };
pub(super) static RECOMMENDATION_VULNERABILITIES: Rows =
    Collection { context: "RecommendationVulnerabilities", open: |_, _| None };
pub(super) static SOFTWARE: Rows = Collection { context: "Software", open: |_, _| None };
pub(super) static SOFTWARE_DISTRIBUTIONS: Rows = Collection { context: "SoftwareDistributions", open: |_, _| None };
pub(super) static SOFTWARE_MACHINES: Rows = Collection { context: "SoftwareMachines", open: |_, _| None };
pub(super) static SOFTWARE_VULNERABILITIES: Rows = Collection { context: "SoftwareVulnerabilities", open: |_, _| None };
pub(super) static VULNERABILITIES: Rows = Collection { context: "Vulnerabilities", open: |_, _| None };
pub(super) static MACHINES_VULNERABILITIES: Rows = Collection { context: "MachinesVulnerabilities", open: |_, _| None };
pub(super) static VULNERABILITY_MACHINES: Rows = Collection { context: "VulnerabilityMachines", open: |_, _| None };
pub(super) static ANTIVIRUS: Rows = Collection { context: "Antivirus", open: |_, _| None };
pub(super) static ALERTS: Rows = Collection { context: "Alerts", open: |_, _| None };
pub(super) static MACHINE_ACTIONS: Rows = Collection { context: "MachineActions", open: |_, _| None };
pub(super) static INVESTIGATIONS: Rows = Collection { context: "Investigations", open: |_, _| None };
pub(super) static INDICATORS: Rows = Collection { context: "Indicators", open: |_, _| None };
pub(super) static EXPOSURE_SCORE: Rows = Collection { context: "ExposureScore", open: |_, _| None };
pub(super) static EXPOSURE_BY_GROUP: Rows = Collection { context: "ExposureByGroup", open: |_, _| None };
pub(super) static CONFIGURATION_SCORE: Rows = Collection { context: "ConfigurationScore", open: |_, _| None };
pub(super) static REMEDIATION_TASKS: Rows = Collection { context: "RemediationTasks", open: |_, _| None };
pub(super) static VULNERABILITY_CHANGES: Rows = Collection { context: "VulnerabilityChanges", open: |_, _| None };
pub(super) static SOFTWARE_INVENTORY: Rows = Collection { context: "SoftwareInventory", open: |_, _| None };
pub(super) static VULNERABILITY_EXPORT: Rows = Collection { context: "VulnerabilityExport", open: |_, _| None };
pub(super) static NON_CPE_SOFTWARE: Rows = Collection { context: "NonCpeSoftware", open: |_, _| None };
pub(super) static SECURE_CONFIGURATION: Rows = Collection { context: "SecureConfiguration", open: |_, _| None };
pub(super) static INFO_GATHERING: Rows = Collection { context: "InfoGathering", open: |_, _| None };
pub(super) static BROWSER_EXTENSIONS: Rows = Collection { context: "BrowserExtensions", open: |_, _| None };
pub(super) static CERTIFICATES: Rows = Collection { context: "Certificates", open: |_, _| None };
pub(super) static HARDWARE_FIRMWARE: Rows = Collection { context: "HardwareFirmware", open: |_, _| None };
pub(super) static ORGANIZATION: Rows = Collection { context: "Organization", open: |_, _| None };
pub(super) static USERS: Rows = Collection { context: "Users", open: |_, _| None };
pub(super) static USER_CHANGES: Rows = Collection { context: "UserChanges", open: |_, _| None };
pub(super) static GROUPS: Rows = Collection { context: "Groups", open: |_, _| None };
pub(super) static GROUPS_WITH_MEMBERS: Rows = Collection { context: "GroupsWithMembers", open: |_, _| None };
pub(super) static GROUP_CHANGES: Rows = Collection { context: "GroupChanges", open: |_, _| None };
pub(super) static GROUP_MEMBERS: Rows = Collection { context: "GroupMembers", open: |_, _| None };
pub(super) static DIRECTORY_DEVICES: Rows = Collection { context: "DirectoryDevices", open: |_, _| None };
pub(super) static DIRECTORY_DEVICE_CHANGES: Rows = Collection { context: "DirectoryDeviceChanges", open: |_, _| None };
pub(super) static MANAGED_DEVICES: Rows = Collection { context: "ManagedDevices", open: |_, _| None };
pub(super) static SECURITY_ALERTS: Rows = Collection { context: "SecurityAlerts", open: |_, _| None };
pub(super) static SECURITY_INCIDENTS: Rows = Collection { context: "SecurityIncidents", open: |_, _| None };
pub(super) static SECURE_SCORES: Rows = Collection { context: "SecureScores", open: |_, _| None };

pub(super) static HUNTING: &[(&str, &Rows)] = &[];
