//! Tables of advanced hunting with their columns, as Microsoft's pages on each table list them.
//!
//! Sources: "DeviceInfo", "DeviceLogonEvents", "DeviceNetworkInfo", "DeviceTvm…", "IdentityInfo" in the advanced hunting
//! schema. Columns that the double has nothing to say about are left out; asking for one is refused.

use super::rows;
use crate::wire::Collection;

/// A type of the Kusto query language.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Type {
    Text,
    Bool,
    Int,
    Long,
    Real,
    Time,
    Span,
    Dynamic,
}

impl Type {
    /// Its name in answers: .NET's, and a boolean is the number 0 or 1.
    pub(crate) const fn wire_name(self) -> &'static str {
        match self {
            Self::Text => "String",
            Self::Bool => "SByte",
            Self::Int => "Int32",
            Self::Long => "Int64",
            Self::Real => "Double",
            Self::Time => "DateTime",
            Self::Span => "TimeSpan",
            Self::Dynamic => "Object",
        }
    }

    /// Its name in the language.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Text => "string",
            Self::Bool => "bool",
            Self::Int => "int",
            Self::Long => "long",
            Self::Real => "real",
            Self::Time => "datetime",
            Self::Span => "timespan",
            Self::Dynamic => "dynamic",
        }
    }
}

/// A table.
pub(crate) struct Table {
    pub(crate) name: &'static str,
    pub(crate) rows: &'static Collection,
    pub(crate) columns: &'static [(&'static str, Type)],
}

/// The table of a name, whose case matters.
pub(crate) fn hunting_table(name: &str) -> Option<&'static Table> {
    TABLES.iter().find(|table| table.name == name)
}

use Type::{Bool, Dynamic, Int, Long, Real, Text, Time};

/// All of them.
pub(crate) static TABLES: &[Table] = &[
    Table {
        name: "DeviceInfo",
        rows: &rows::DEVICE_INFO,
        columns: &[
            ("Timestamp", Time),
            ("DeviceId", Text),
            ("DeviceName", Text),
            ("ClientVersion", Text),
            ("PublicIP", Text),
            ("OSArchitecture", Text),
            ("OSPlatform", Text),
            ("OSBuild", Long),
            ("OSVersion", Text),
            ("OSVersionInfo", Text),
            ("OSDistribution", Text),
            ("IsAzureADJoined", Bool),
            ("JoinType", Text),
            ("AadDeviceId", Text),
            ("LoggedOnUsers", Text),
            ("RegistryDeviceTag", Text),
            ("DeviceManualTags", Text),
            ("DeviceDynamicTags", Text),
            ("MachineGroup", Text),
            ("OnboardingStatus", Text),
            ("SensorHealthState", Text),
            ("DeviceCategory", Text),
            ("DeviceType", Text),
            ("DeviceSubtype", Text),
            ("Model", Text),
            ("Vendor", Text),
            ("MergedDeviceIds", Text),
            ("MergedToDeviceId", Text),
            ("IsInternetFacing", Bool),
            ("IsExcluded", Bool),
            ("ExclusionReason", Text),
            ("ExposureLevel", Text),
            ("AssetValue", Text),
            ("ConnectivityType", Text),
            ("HostDeviceId", Text),
            ("CloudPlatforms", Text),
            ("AzureVmId", Text),
            ("AzureVmSubscriptionId", Text),
            ("AzureResourceId", Text),
            ("ReportId", Long),
        ],
    },
    Table {
        name: "DeviceLogonEvents",
        rows: &rows::DEVICE_LOGON_EVENTS,
        columns: &[
            ("Timestamp", Time),
            ("DeviceId", Text),
            ("DeviceName", Text),
            ("ActionType", Text),
            ("LogonType", Text),
            ("AccountDomain", Text),
            ("AccountName", Text),
            ("AccountSid", Text),
            ("Protocol", Text),
            ("FailureReason", Text),
            ("IsLocalAdmin", Bool),
            ("LogonId", Long),
            ("RemoteDeviceName", Text),
            ("RemoteIP", Text),
            ("RemoteIPType", Text),
            ("RemotePort", Int),
            ("AdditionalFields", Text),
            ("ReportId", Long),
        ],
    },
    Table {
        name: "DeviceNetworkInfo",
        rows: &rows::DEVICE_NETWORK_INFO,
        columns: &[
            ("Timestamp", Time),
            ("DeviceId", Text),
            ("DeviceName", Text),
            ("NetworkAdapterName", Text),
            ("MacAddress", Text),
            ("NetworkAdapterType", Text),
            ("NetworkAdapterStatus", Text),
            ("TunnelType", Text),
            ("ConnectedNetworks", Text),
            ("DnsAddresses", Text),
            ("IPv4Dhcp", Text),
            ("IPv6Dhcp", Text),
            ("DefaultGateways", Text),
            ("IPAddresses", Text),
            ("NetworkAdapterVendor", Text),
            ("ReportId", Long),
        ],
    },
    Table {
        name: "DeviceTvmSecureConfigurationAssessment",
        rows: &rows::DEVICE_TVM_SECURE_CONFIGURATION_ASSESSMENT,
        columns: &[
            ("DeviceId", Text),
            ("DeviceName", Text),
            ("OSPlatform", Text),
            ("Timestamp", Time),
            ("ConfigurationId", Text),
            ("ConfigurationCategory", Text),
            ("ConfigurationSubcategory", Text),
            ("ConfigurationImpact", Real),
            ("IsCompliant", Bool),
            ("IsApplicable", Bool),
            ("Context", Dynamic),
            ("IsExpectedUserImpact", Bool),
        ],
    },
    Table {
        name: "DeviceTvmSoftwareInventory",
        rows: &rows::DEVICE_TVM_SOFTWARE_INVENTORY,
        columns: &[
            ("DeviceId", Text),
            ("DeviceName", Text),
            ("OSPlatform", Text),
            ("OSVersion", Text),
            ("OSArchitecture", Text),
            ("SoftwareVendor", Text),
            ("SoftwareName", Text),
            ("SoftwareVersion", Text),
            ("EndOfSupportStatus", Text),
            ("EndOfSupportDate", Time),
            ("ProductCodeCpe", Text),
        ],
    },
    Table {
        name: "DeviceTvmSoftwareVulnerabilities",
        rows: &rows::DEVICE_TVM_SOFTWARE_VULNERABILITIES,
        columns: &[
            ("DeviceId", Text),
            ("DeviceName", Text),
            ("OSPlatform", Text),
            ("OSVersion", Text),
            ("OSArchitecture", Text),
            ("SoftwareVendor", Text),
            ("SoftwareName", Text),
            ("SoftwareVersion", Text),
            ("CveId", Text),
            ("VulnerabilitySeverityLevel", Text),
            ("RecommendedSecurityUpdate", Text),
            ("RecommendedSecurityUpdateId", Text),
            ("CveTags", Dynamic),
            ("CveMitigationStatus", Text),
            ("AadDeviceId", Text),
        ],
    },
    Table {
        name: "IdentityInfo",
        rows: &rows::IDENTITY_INFO,
        columns: &[
            ("Timestamp", Time),
            ("AccountObjectId", Text),
            ("AccountUpn", Text),
            ("OnPremSid", Text),
            ("CloudSid", Text),
            ("AccountName", Text),
            ("AccountDomain", Text),
            ("AccountDisplayName", Text),
            ("GivenName", Text),
            ("Surname", Text),
            ("EmailAddress", Text),
            ("Department", Text),
            ("JobTitle", Text),
            ("IsAccountEnabled", Bool),
            ("CriticalityLevel", Int),
            ("RiskLevel", Text),
            ("RiskStatus", Text),
            ("TenantMembershipType", Text),
            ("IdentityEnvironment", Text),
            ("SourceProviders", Dynamic),
            ("ReportId", Text),
        ],
    },
];
