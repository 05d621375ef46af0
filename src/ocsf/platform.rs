//! `osPlatform`: operating system and kind of device.
//!
//! There is no official list. The words come from documentation, recordings and public tools; those that no row
//! knows are kept as they are and counted.

use std::borrow::Cow;

use defender_rows::tally::Tolerated;

/// What an `osPlatform` word says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Platform<'a> {
    /// `os.name`: the word as people write it.
    pub os_name: Cow<'a, str>,
    /// `os.type_id`.
    pub os_type_id: i64,
    /// `os.type`.
    pub os_type: Cow<'a, str>,
    /// `device.type_id`.
    pub device_type_id: i64,
    /// `device.type`.
    pub device_type: &'static str,
}

/// `os.type_id` of any Windows.
pub const WINDOWS_ID: i64 = 100;
/// `os.type_id` of any Linux.
pub const LINUX_ID: i64 = 200;
/// `os.type_id` of macOS.
pub const MACOS_ID: i64 = 300;

type OsType = (i64, &'static str);
const WINDOWS: OsType = (WINDOWS_ID, "Windows");
const LINUX: OsType = (LINUX_ID, "Linux");
const ANDROID: OsType = (201, "Android");
const MACOS: OsType = (MACOS_ID, "macOS");
const IOS: OsType = (301, "iOS");
const IPADOS: OsType = (302, "iPadOS");
const SOLARIS: OsType = (400, "Solaris");
const AIX: OsType = (401, "AIX");

type DeviceType = (i64, &'static str);
const UNKNOWN: DeviceType = (0, "Unknown");
const SERVER: DeviceType = (1, "Server");
/// Workstations of any build: this API cannot tell a laptop from a desktop.
const DESKTOP: DeviceType = (2, "Desktop");
const TABLET: DeviceType = (4, "Tablet");
const MOBILE: DeviceType = (5, "Mobile");
const VIRTUAL: DeviceType = (6, "Virtual");

/// Word without spaces, `os.name`, operating system, kind of device.
static PLATFORMS: &[(&str, &str, OsType, DeviceType)] = &[
    ("Windows11", "Windows 11", WINDOWS, DESKTOP),
    ("Windows10", "Windows 10", WINDOWS, DESKTOP),
    ("WindowsServer2025", "Windows Server 2025", WINDOWS, SERVER),
    ("WindowsServer2022", "Windows Server 2022", WINDOWS, SERVER),
    ("WindowsServer2019", "Windows Server 2019", WINDOWS, SERVER),
    ("WindowsServer2016", "Windows Server 2016", WINDOWS, SERVER),
    ("WindowsServer2012R2", "Windows Server 2012 R2", WINDOWS, SERVER),
    ("WindowsServer2012", "Windows Server 2012", WINDOWS, SERVER),
    ("WindowsServer2008R2", "Windows Server 2008 R2", WINDOWS, SERVER),
    // Azure Virtual Desktop, formerly Windows Virtual Desktop.
    ("Windows10WVD", "Windows 10 WVD", WINDOWS, VIRTUAL),
    ("Windows8.1", "Windows 8.1", WINDOWS, DESKTOP),
    ("Windows8", "Windows 8", WINDOWS, DESKTOP),
    ("Windows7", "Windows 7", WINDOWS, DESKTOP),
    ("WindowsVista", "Windows Vista", WINDOWS, DESKTOP),
    ("WindowsXp", "Windows XP", WINDOWS, DESKTOP),
    // Discovered devices of which no more is known.
    ("Windows", "Windows", WINDOWS, UNKNOWN),
    ("macOS", "macOS", MACOS, DESKTOP),
    ("OSX", "macOS", MACOS, DESKTOP),
    ("iOS", "iOS", IOS, MOBILE),
    ("iPadOS", "iPadOS", IPADOS, TABLET),
    ("Android", "Android", ANDROID, MOBILE),
    // Linux agents report the distribution.
    ("Linux", "Linux", LINUX, UNKNOWN),
    ("Ubuntu", "Ubuntu", LINUX, UNKNOWN),
    ("Debian", "Debian", LINUX, UNKNOWN),
    ("RedHatEnterpriseLinux", "Red Hat Enterprise Linux", LINUX, UNKNOWN),
    ("RHEL", "Red Hat Enterprise Linux", LINUX, UNKNOWN),
    ("CentOS", "CentOS", LINUX, UNKNOWN),
    ("Fedora", "Fedora", LINUX, UNKNOWN),
    ("Rocky", "Rocky Linux", LINUX, UNKNOWN),
    ("RockyLinux", "Rocky Linux", LINUX, UNKNOWN),
    ("AlmaLinux", "AlmaLinux", LINUX, UNKNOWN),
    ("OracleLinux", "Oracle Linux", LINUX, UNKNOWN),
    ("AmazonLinux", "Amazon Linux", LINUX, UNKNOWN),
    ("SLES", "SUSE Linux Enterprise Server", LINUX, UNKNOWN),
    ("SUSE", "SUSE Linux", LINUX, UNKNOWN),
    ("Mariner", "Mariner", LINUX, UNKNOWN),
    ("Solaris", "Solaris", SOLARIS, UNKNOWN),
    ("AIX", "AIX", AIX, UNKNOWN),
    // No platform at all, which is not another one.
    ("Unknown", "Unknown", (0, "Unknown"), UNKNOWN),
    ("None", "Unknown", (0, "Unknown"), UNKNOWN),
    // Defender's own word for "something else"; a network device's "IOS" in longer texts must not match the phone.
    ("Other", "Other", (99, "Other"), UNKNOWN),
];

/// Whether a word is of any Windows: all of them begin so, those of releases that no row knows too.
#[must_use]
pub fn is_windows(word: Option<&str>) -> bool {
    const START: &str = "Windows";
    word.and_then(|word| word.get(..START.len())).is_some_and(|start| start.eq_ignore_ascii_case(START))
}

/// Reads an `osPlatform`, with or without spaces. `None` only for no word.
pub fn platform<'a>(word: Option<&'a str>, tolerated: &mut Tolerated) -> Option<Platform<'a>> {
    let word = word?;
    let compact: Cow<'_, str> =
        if word.contains(' ') { word.split(' ').collect::<String>().into() } else { word.into() };
    if let Some((_, name, os, device)) =
        PLATFORMS.iter().find(|row| row.0.len() == compact.len() && row.0.eq_ignore_ascii_case(&compact))
    {
        return Some(Platform {
            os_name: Cow::Borrowed(name),
            os_type_id: os.0,
            os_type: Cow::Borrowed(os.1),
            device_type_id: device.0,
            device_type: device.1,
        });
    }
    tolerated.count("unknown_word.osPlatform");
    let starts_with =
        |prefix: &str| compact.get(..prefix.len()).is_some_and(|start| start.eq_ignore_ascii_case(prefix));
    // New releases of Windows are known by the beginning of their word.
    let os = if starts_with("Windows") { (WINDOWS.0, WINDOWS.1.into()) } else { (99, word.into()) };
    let device = if starts_with("WindowsServer") { SERVER } else { UNKNOWN };
    Some(Platform {
        os_name: word.into(),
        os_type_id: os.0,
        os_type: os.1,
        device_type_id: device.0,
        device_type: device.1,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ids(word: &str) -> (i64, i64, String, u64) {
        let mut tolerated = Tolerated::default();
        let platform = platform(Some(word), &mut tolerated).unwrap();
        let unknown = tolerated.iter().map(|(_, count)| count).sum();
        (platform.os_type_id, platform.device_type_id, platform.os_name.into_owned(), unknown)
    }

    #[test]
    fn words_are_read_whole() {
        assert_eq!(ids("WindowsServer2022"), (100, 1, "Windows Server 2022".into(), 0));
        assert_eq!(ids("Windows 10"), (100, 2, "Windows 10".into(), 0));
        assert_eq!(ids("windows10wvd"), (100, 6, "Windows 10 WVD".into(), 0));
        assert_eq!(ids("Ubuntu"), (200, 0, "Ubuntu".into(), 0));
        assert_eq!(ids("MacOs"), (300, 2, "macOS".into(), 0));
        assert_eq!(ids("iOS"), (301, 5, "iOS".into(), 0));
        assert_eq!(ids("iPadOS"), (302, 4, "iPadOS".into(), 0));
        assert_eq!(ids("Other"), (99, 0, "Other".into(), 0));
        assert_eq!(ids("Unknown"), (0, 0, "Unknown".into(), 0));
        assert_eq!(ids("none"), (0, 0, "Unknown".into(), 0));
        assert_eq!(ids("Cisco IOS"), (99, 0, "Cisco IOS".into(), 1));
        assert_eq!(ids("WindowsServer2028"), (100, 1, "WindowsServer2028".into(), 1));
        assert_eq!(ids("Windows12"), (100, 0, "Windows12".into(), 1));
        assert_eq!(ids("Fénêtre"), (99, 0, "Fénêtre".into(), 1));
        assert_eq!(platform(None, &mut Tolerated::default()), None);
    }
}
