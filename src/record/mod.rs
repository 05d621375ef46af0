//! One row as it came over the wire.

/// What identifies and classifies a device, from a machine record or from a row about it. Empty texts and
/// placeholders are `None`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DeviceFacts<'a> {
    /// `id` or `deviceId`: 40 hexadecimal digits in lower case.
    pub id: &'a str,
    /// `computerDnsName` or `deviceName`.
    pub hostname: Option<&'a str>,
    /// `osPlatform`.
    pub os_platform: Option<&'a str>,
    /// `version` of a machine, `osVersion` of a row.
    pub os_version: Option<&'a str>,
    /// `rbacGroupId`, never `0`.
    pub group_id: Option<&'a str>,
    /// `rbacGroupName`, never a word for "none".
    pub group_name: Option<&'a str>,
    /// `deviceValue`.
    pub value: Option<&'a str>,
    /// `riskScore`.
    pub risk: Option<&'a str>,
    /// `exposureLevel`.
    pub exposure: Option<&'a str>,
}
