//! The record types that the service declares and we read, and which mapper reads each.
//!
//! Source: the service's own OData metadata, of which `../shared/reference/defender-edm.json` is a copy where it is at
//! hand. The tests of [`super::leaves`] make rows of these.

use super::mapping::{MapFn, Subject};
use super::testing::FACTS;
use super::{cves, device_users, devices, recommendations, software, vulnerabilities};

/// What a property holds.
#[derive(Clone, Copy, Debug)]
pub(super) enum Shape {
    /// A text, or an identifier.
    Text,
    /// A text in which the service writes a point in time.
    Time,
    /// A whole number.
    Whole,
    /// A number with a fraction.
    Decimal,
    /// A truth value.
    Flag,
    /// A list of texts.
    Texts,
    /// A word of an enumeration.
    Words(&'static [&'static str]),
    /// An object.
    Object(&'static RecordType),
    /// A list of objects.
    Objects(&'static RecordType),
}
use Shape::{Decimal, Flag, Object, Objects, Text, Texts, Time, Whole, Words};

/// A type of records.
#[derive(Debug)]
pub(super) struct RecordType {
    /// Its name in the metadata.
    pub(super) name: &'static str,
    pub(super) properties: &'static [(&'static str, Shape)],
}

/// A type and a mapper that reads it.
pub(super) struct Reading {
    pub(super) of: &'static RecordType,
    pub(super) map: MapFn,
    pub(super) subject: Subject<'static>,
    /// Whether its rows are changes.
    pub(super) is_change: bool,
}

const fn reading(of: &'static RecordType, map: MapFn, subject: Subject<'static>) -> Reading {
    Reading { of, map, subject, is_change: false }
}

/// A recommendation that a machine reference is about.
const RECOMMENDED: &str = r#"{"id":"va-_-acme-_-tool","recommendationName":"Update tool"}"#;

/// Every type that is read, by each mapper that reads it.
pub(super) static READINGS: [Reading; 9] = [
    reading(&MACHINE, devices::map, Subject::Tenant),
    reading(&USER, device_users::map, Subject::Device(FACTS)),
    reading(&ASSET_SOFTWARE, software::map, Subject::Tenant),
    reading(&ASSET_VULNERABILITY, vulnerabilities::map, Subject::Tenant),
    Reading { is_change: true, ..reading(&DELTA_ASSET_VULNERABILITY, vulnerabilities::map, Subject::Tenant) },
    reading(&VULNERABILITY, vulnerabilities::per_device::map, Subject::Device(FACTS)),
    reading(&VULNERABILITY, cves::map, Subject::Tenant),
    reading(&RECOMMENDATION, recommendations::catalogue::map, Subject::Tenant),
    reading(&PUBLIC_ASSET, recommendations::on_device::map_reference, Subject::Recommendation(RECOMMENDED)),
];

static MACHINE: RecordType = RecordType {
    name: "Machine",
    properties: &[
        ("id", Text),
        ("mergedIntoMachineId", Text),
        ("isPotentialDuplication", Flag),
        ("isExcluded", Flag),
        (
            "exclusionReason",
            Words(&["Other", "InactiveDevice", "DuplicateDevice", "DeviceDoesNotExist", "DeviceOutOfScope"]),
        ),
        ("computerDnsName", Text),
        ("firstSeen", Time),
        ("lastSeen", Time),
        ("osPlatform", Text),
        ("osProcessor", Text),
        ("version", Text),
        ("lastIpAddress", Text),
        ("lastExternalIpAddress", Text),
        ("agentVersion", Text),
        ("osBuild", Whole),
        (
            "healthStatus",
            Words(&[
                "Active",
                "Inactive",
                "ImpairedCommunication",
                "NoSensorData",
                "NoSensorDataImpairedCommunication",
                "Unknown",
            ]),
        ),
        ("deviceValue", Words(&["Normal", "Low", "High"])),
        ("rbacGroupId", Whole),
        ("rbacGroupName", Text),
        ("ipAddresses", Objects(&MACHINE_IP_ADDRESS)),
        ("riskScore", Words(&["None", "Informational", "Low", "Medium", "High"])),
        ("exposureLevel", Words(&["None", "Low", "Medium", "High"])),
        ("isAadJoined", Flag),
        ("aadDeviceId", Text),
        ("machineTags", Texts),
        ("vmMetadata", Object(&VM_METADATA)),
        ("onboardingStatus", Words(&["InsufficientInfo", "Onboarded", "CanBeOnboarded", "Unsupported"])),
        ("osArchitecture", Text),
        (
            "managedBy",
            Words(&["Unknown", "Intune", "SystemCenterConfigurationManager", "MicrosoftDefenderForEndpoint"]),
        ),
        ("managedByStatus", Words(&["Unknown", "Success", "Error"])),
    ],
};

static MACHINE_IP_ADDRESS: RecordType = RecordType {
    name: "MachineIpAddress",
    properties: &[
        ("ipAddress", Text),
        ("macAddress", Text),
        (
            "type",
            Words(&[
                "Unknown",
                "Other",
                "Ethernet",
                "TokenRing",
                "PPP",
                "SoftwareLoopback",
                "ATM",
                "IEEE80211",
                "Tunnel",
                "IEEE1394",
            ]),
        ),
        ("operationalStatus", Words(&["Up", "Down", "Testing", "Unknown", "Dormant", "Present", "LowerLayerDown"])),
    ],
};

static VM_METADATA: RecordType = RecordType {
    name: "VmMetadata",
    properties: &[
        ("vmId", Text),
        ("cloudProvider", Words(&["Unknown", "Azure"])),
        ("resourceId", Text),
        ("subscriptionId", Text),
    ],
};

static USER: RecordType = RecordType {
    name: "User",
    properties: &[
        ("id", Text),
        ("accountName", Text),
        ("accountDomain", Text),
        ("accountSid", Text),
        ("firstSeen", Time),
        ("lastSeen", Time),
        ("mostPrevalentMachineId", Text),
        ("leastPrevalentMachineId", Text),
        ("logonTypes", Text),
        ("logOnMachinesCount", Whole),
        ("isDomainAdmin", Flag),
        ("isOnlyNetworkUser", Flag),
    ],
};

static ASSET_SOFTWARE: RecordType = RecordType {
    name: "AssetSoftware",
    properties: &[
        ("deviceId", Text),
        ("rbacGroupId", Whole),
        ("rbacGroupName", Text),
        ("deviceName", Text),
        ("osPlatform", Text),
        ("softwareVendor", Text),
        ("softwareName", Text),
        ("softwareVersion", Text),
        ("numberOfWeaknesses", Whole),
        ("diskPaths", Texts),
        ("registryPaths", Texts),
        ("softwareFirstSeenTimestamp", Text),
        ("endOfSupportStatus", Text),
        ("endOfSupportDate", Text),
        ("softwareTags", Texts),
        ("productCategory", Text),
    ],
};

/// Properties of findings, with or without those of changes behind them.
macro_rules! asset_vulnerability {
    ($name:literal $(, $more:expr)*) => {
        RecordType {
            name: $name,
            properties: &[
                ("id", Text),
                ("deviceId", Text),
                ("rbacGroupId", Whole),
                ("rbacGroupName", Text),
                ("deviceName", Text),
                ("osPlatform", Text),
                ("osVersion", Text),
                ("osArchitecture", Text),
                ("softwareVendor", Text),
                ("softwareName", Text),
                ("softwareVersion", Text),
                ("cveId", Text),
                ("vulnerabilitySeverityLevel", Text),
                ("recommendedSecurityUpdate", Text),
                ("recommendedSecurityUpdateId", Text),
                ("recommendedSecurityUpdateUrl", Text),
                ("diskPaths", Texts),
                ("registryPaths", Texts),
                ("lastSeenTimestamp", Time),
                ("firstSeenTimestamp", Time),
                ("endOfSupportStatus", Text),
                ("endOfSupportDate", Text),
                ("exploitabilityLevel", Text),
                ("recommendationReference", Text),
                ("cvssScore", Decimal),
                ("securityUpdateAvailable", Flag),
                ("cveMitigationStatus", Text),
                ("productCategory", Text),
                $($more,)*
            ],
        }
    };
}

static ASSET_VULNERABILITY: RecordType = asset_vulnerability!("AssetVulnerability");

static DELTA_ASSET_VULNERABILITY: RecordType =
    asset_vulnerability!("DeltaAssetVulnerability", ("status", Text), ("eventTimestamp", Time));

static VULNERABILITY: RecordType = RecordType {
    name: "Vulnerability",
    properties: &[
        ("id", Text),
        ("name", Text),
        ("description", Text),
        ("severity", Text),
        ("cvssV3", Decimal),
        ("cvssVector", Text),
        ("exposedMachines", Whole),
        ("publishedOn", Time),
        ("updatedOn", Time),
        ("firstDetected", Time),
        ("patchFirstAvailable", Time),
        ("publicExploit", Flag),
        ("exploitVerified", Flag),
        ("exploitInKit", Flag),
        ("exploitTypes", Texts),
        ("exploitUris", Texts),
        ("cveSupportability", Text),
        ("tags", Texts),
        ("epss", Decimal),
        ("status", Words(&["RemediationRequired", "NoActionRequired", "UnderException", "PartialException"])),
    ],
};

static RECOMMENDATION: RecordType = RecordType {
    name: "Recommendation",
    properties: &[
        ("id", Text),
        ("productName", Text),
        ("recommendationName", Text),
        ("weaknesses", Whole),
        ("vendor", Text),
        ("recommendedVersion", Text),
        ("recommendedVendor", Text),
        ("recommendedProgram", Text),
        ("recommendationCategory", Text),
        ("subCategory", Text),
        ("severityScore", Decimal),
        ("publicExploit", Flag),
        ("activeAlert", Flag),
        ("associatedThreats", Texts),
        ("remediationType", Text),
        ("status", Words(&["Active", "Exception", "PartialException"])),
        ("configScoreImpact", Decimal),
        ("exposureImpact", Decimal),
        ("totalMachineCount", Whole),
        ("exposedMachinesCount", Whole),
        ("nonProductivityImpactedAssets", Whole),
        ("relatedComponent", Text),
        ("hasUnpatchableCve", Flag),
        ("tags", Texts),
        ("exposedCriticalDevices", Whole),
    ],
};

static PUBLIC_ASSET: RecordType = RecordType {
    name: "PublicAssetDto",
    properties: &[
        ("id", Text),
        ("computerDnsName", Text),
        ("osPlatform", Text),
        ("assetCriticalityLevel", Text),
        ("tags", Texts),
        ("rbacGroupName", Text),
        ("rbacGroupId", Whole),
    ],
};
