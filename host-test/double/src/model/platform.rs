//! Operating systems, with how many devices of a thousand have them.

use Family::{Android, Ios, Iot, Linux, Mac, Network, Server, Windows};

/// What kind of system a platform is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Family {
    /// Windows for workstations.
    Windows,
    /// Windows Server.
    Server,
    /// macOS.
    Mac,
    /// A Linux distribution.
    Linux,
    /// iOS.
    Ios,
    /// Android.
    Android,
    /// A switch, a router, an access point.
    Network,
    /// A printer, a camera, whatever else speaks IP.
    Iot,
}

impl Family {
    /// All families on which an agent runs.
    pub const MANAGED: [Self; 6] = [Windows, Server, Mac, Linux, Ios, Android];

    /// Whether it is Windows of any kind.
    #[must_use]
    pub fn is_windows(self) -> bool {
        matches!(self, Windows | Server)
    }

    /// Whether it is a telephone or tablet.
    #[must_use]
    pub fn is_mobile(self) -> bool {
        matches!(self, Ios | Android)
    }
}

/// A release of an operating system.
#[derive(Debug, PartialEq, Eq)]
pub struct OsRelease {
    /// `version` of `/api/machines`.
    pub version: &'static str,
    /// `osBuild`.
    pub build: Option<u32>,
    /// `osVersion` of the exports.
    pub full: &'static str,
}

/// An operating system.
#[derive(Debug, PartialEq, Eq)]
pub struct Platform {
    /// `osPlatform`.
    pub name: &'static str,
    /// Its kind.
    pub family: Family,
    /// Vendor and product in the software inventory; none where it is not listed.
    pub product: Option<(&'static str, &'static str)>,
    /// Releases that are in use.
    pub releases: &'static [OsRelease],
    /// Of a thousand devices with an agent.
    pub managed: u32,
    /// Of a thousand devices that were only discovered.
    pub discovered: u32,
}

const fn release(version: &'static str, build: u32, full: &'static str) -> OsRelease {
    OsRelease { version, build: Some(build), full }
}

const fn unnumbered(version: &'static str, full: &'static str) -> OsRelease {
    OsRelease { version, build: None, full }
}

/// A row of the table.
const fn platform(
    name: &'static str,
    family: Family,
    product: Option<(&'static str, &'static str)>,
    releases: &'static [OsRelease],
    (managed, discovered): (u32, u32),
) -> Platform {
    Platform { name, family, product, releases, managed, discovered }
}

const WINDOWS_11: &[OsRelease] =
    &[release("22H2", 22621, "10.0.22621"), release("23H2", 22631, "10.0.22631"), release("24H2", 26100, "10.0.26100")];
const WINDOWS_10: &[OsRelease] =
    &[release("22H2", 19045, "10.0.19045"), release("21H2", 19044, "10.0.19044"), release("1709", 16299, "10.0.16299")];
const MACOS: &[OsRelease] = &[unnumbered("15.1", "15.1"), unnumbered("14.6", "14.6"), unnumbered("13.7", "13.7")];
const UBUNTU: &[OsRelease] = &[unnumbered("22.4", "22.4"), unnumbered("20.4", "20.4"), unnumbered("24.4", "24.4")];

/// Every platform.
pub(super) static PLATFORMS: [Platform; 26] = [
    platform("Windows11", Windows, Some(("microsoft", "windows_11")), WINDOWS_11, (360, 60)),
    platform("Windows10", Windows, Some(("microsoft", "windows_10")), WINDOWS_10, (190, 120)),
    platform("Windows10WVD", Windows, Some(("microsoft", "windows_10")), WINDOWS_10, (15, 0)),
    platform("Windows8.1", Windows, Some(("microsoft", "windows_8.1")), &[release("Other", 9600, "6.3.9600")], (4, 10)),
    platform("Windows7", Windows, None, &[release("Other", 7601, "6.1.7601")], (0, 20)),
    platform(
        "WindowsServer2025",
        Server,
        Some(("microsoft", "windows_server_2025")),
        &[release("24H2", 26100, "10.0.26100")],
        (15, 0),
    ),
    platform(
        "WindowsServer2022",
        Server,
        Some(("microsoft", "windows_server_2022")),
        &[release("21H2", 20348, "10.0.20348")],
        (75, 15),
    ),
    platform(
        "WindowsServer2019",
        Server,
        Some(("microsoft", "windows_server_2019")),
        &[release("1809", 17763, "10.0.17763")],
        (60, 15),
    ),
    platform(
        "WindowsServer2016",
        Server,
        Some(("microsoft", "windows_server_2016")),
        &[release("1607", 14393, "10.0.14393")],
        (25, 10),
    ),
    platform(
        "WindowsServer2012R2",
        Server,
        Some(("microsoft", "windows_server_2012_r2")),
        &[release("Other", 9600, "6.3.9600")],
        (12, 10),
    ),
    platform("macOS", Mac, Some(("apple", "macos")), MACOS, (90, 30)),
    platform("Ubuntu", Linux, Some(("canonical", "ubuntu_linux")), UBUNTU, (45, 0)),
    platform(
        "RedHatEnterpriseLinux",
        Linux,
        Some(("redhat", "enterprise_linux")),
        &[unnumbered("8.10", "8.10"), unnumbered("9.4", "9.4")],
        (22, 0),
    ),
    platform(
        "Debian",
        Linux,
        Some(("debian", "debian_linux")),
        &[unnumbered("12.0", "12.0"), unnumbered("11.0", "11.0")],
        (14, 0),
    ),
    platform("SLES", Linux, Some(("suse", "linux_enterprise_server")), &[unnumbered("15.5", "15.5")], (7, 0)),
    platform("CentOS", Linux, Some(("centos", "centos")), &[unnumbered("7.9", "7.9")], (6, 0)),
    platform(
        "iOS",
        Ios,
        Some(("apple", "iphone_os")),
        &[unnumbered("18.1", "18.1"), unnumbered("17.6", "17.6")],
        (35, 0),
    ),
    platform(
        "Android",
        Android,
        Some(("google", "android")),
        &[unnumbered("15.0", "15.0"), unnumbered("14.0", "14.0")],
        (25, 0),
    ),
    platform("Windows", Windows, None, &[unnumbered("Other", "")], (0, 130)),
    platform("Linux", Linux, None, &[unnumbered("Other", ""), unnumbered("20.04", "")], (0, 140)),
    platform("CiscoIOS", Network, None, &[unnumbered("15.2", "")], (0, 110)),
    platform("ArubaOS", Network, None, &[unnumbered("8.10", "")], (0, 60)),
    platform("JunOS", Network, None, &[unnumbered("21.4", "")], (0, 30)),
    platform("Printer", Iot, None, &[unnumbered("Other", "")], (0, 90)),
    platform("Camera", Iot, None, &[unnumbered("Other", "")], (0, 50)),
    platform("Other", Iot, None, &[unnumbered("Other", "")], (0, 100)),
];

/// The platform at a place from 0 up to 1000 in the column of shares.
pub(super) fn at(place: u64, share: fn(&Platform) -> u32) -> &'static Platform {
    let mut left = place;
    for platform in &PLATFORMS {
        let width = u64::from(share(platform));
        if left < width {
            return platform;
        }
        left -= width;
    }
    &PLATFORMS[0]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shares_are_of_a_thousand() {
        assert_eq!(PLATFORMS.iter().map(|platform| platform.managed).sum::<u32>(), 1000);
        assert_eq!(PLATFORMS.iter().map(|platform| platform.discovered).sum::<u32>(), 1000);
        assert!(PLATFORMS.iter().all(|platform| !platform.releases.is_empty()));
        assert!(PLATFORMS.iter().all(|platform| platform.managed == 0 || platform.product.is_some()));
    }
}
