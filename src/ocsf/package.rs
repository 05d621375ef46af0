//! Software packages and their CPE names.

use std::borrow::Cow;

use defender_rows::event::JsonWriter;

use super::word::captioned;

/// Version of a package whose version is not known: OCSF demands one.
const NO_VERSION: &str = "unknown";

/// A product version by Defender's normalised words.
#[derive(Clone, Copy, Debug)]
pub struct Package<'a> {
    /// `softwareVendor`.
    pub vendor: Option<&'a str>,
    /// `softwareName`.
    pub name: &'a str,
    /// `softwareVersion`.
    pub version: Option<&'a str>,
}

/// Products that are operating systems: vendor and name as Defender writes them.
static OPERATING_SYSTEMS: &[(&str, &str)] = &[
    ("microsoft", "windows_11"),
    ("microsoft", "windows_10"),
    ("microsoft", "windows_8.1"),
    ("microsoft", "windows_8"),
    ("microsoft", "windows_7"),
    ("microsoft", "windows_server_2025"),
    ("microsoft", "windows_server_2022"),
    ("microsoft", "windows_server_2019"),
    ("microsoft", "windows_server_2016"),
    ("microsoft", "windows_server_2012_r2"),
    ("microsoft", "windows_server_2012"),
    ("microsoft", "windows_server_2008_r2"),
    ("apple", "mac_os"),
    ("apple", "macos"),
    ("apple", "mac_os_x"),
    ("apple", "ios"),
    ("apple", "iphone_os"),
    ("apple", "ipados"),
    ("google", "android"),
    ("canonical", "ubuntu_linux"),
    ("debian", "debian_linux"),
    ("redhat", "enterprise_linux"),
    ("centos", "centos"),
    ("fedoraproject", "fedora"),
    ("rocky", "rocky_linux"),
    ("almalinux", "almalinux"),
    ("oracle", "linux"),
    ("amazon", "linux"),
    ("suse", "linux_enterprise_server"),
    ("linux", "linux_kernel"),
];

impl Package<'_> {
    fn is_operating_system(&self) -> bool {
        self.vendor.is_some_and(|vendor| OPERATING_SYSTEMS.contains(&(vendor, self.name)))
    }

    /// Writes the members of a `package` or `affected_package`. There is no `purl`: Defender's words do not say which
    /// registry a product is from.
    pub fn write(&self, out: &mut JsonWriter) {
        let is_system = self.is_operating_system();
        out.text_member("name", self.name);
        out.text_member("version", self.version.unwrap_or(NO_VERSION));
        out.optional_text("vendor_name", self.vendor);
        let (type_id, kind) = if is_system { (2, "Operating System") } else { (1, "Application") };
        captioned(out, ("type_id", type_id), ("type", kind));
        if let Some([vendor, name, version]) = self.cpe_values() {
            let part = if is_system { "cpe:2.3:o:" } else { "cpe:2.3:a:" };
            out.name("cpe_name");
            out.pieces(&[part, &vendor, ":", &name, ":", &version, ":*:*:*:*:*:*:*"]);
        }
    }

    /// Vendor, product and version of the CPE 2.3 name as a formatted string (NISTIR 7695, 6.2), if it can be made without
    /// guessing: vendor and name must be CPE words already, and the version known and printable.
    fn cpe_values(&self) -> Option<[Cow<'_, str>; 3]> {
        let vendor = self.vendor.filter(|vendor| is_cpe_word(vendor))?;
        let version = self.version.filter(|version| version.bytes().all(|b| b.is_ascii_graphic()))?;
        is_cpe_word(self.name).then(|| [vendor, self.name, version].map(quoted))
    }
}

/// Whether a text looks as CPE dictionary names do: lower case, no spaces.
fn is_cpe_word(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_graphic() && !b.is_ascii_uppercase())
}

/// One attribute value in lower case: punctuation other than `-._` is quoted; a lone `-` too, as it would mean "not
/// applicable".
fn quoted(value: &str) -> Cow<'_, str> {
    let is_plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'-' | b'.' | b'_');
    if value.bytes().all(is_plain) && value != "-" {
        return value.into();
    }
    let mut quoted = String::with_capacity(2 * value.len());
    for c in value.chars() {
        if !(c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '_')) || value == "-" {
            quoted.push('\\');
        }
        quoted.push(c.to_ascii_lowercase());
    }
    quoted.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cpe(vendor: &str, name: &str, version: Option<&str>) -> Option<String> {
        written(Package { vendor: Some(vendor), name, version })
    }

    fn written(package: Package<'_>) -> Option<String> {
        let mut out = JsonWriter::default();
        out.object(|out| package.write(out));
        let package: serde_json::Value = serde_json::from_str(out.as_str()).unwrap();
        package["cpe_name"].as_str().map(str::to_owned)
    }

    #[test]
    fn cpe_names_are_quoted() {
        assert_eq!(
            cpe("google", "chrome", Some("87.0.4280.88")).unwrap(),
            "cpe:2.3:a:google:chrome:87.0.4280.88:*:*:*:*:*:*:*"
        );
        assert_eq!(cpe("gnu", "c++", Some("2:1.0+DEB*")).unwrap(), r"cpe:2.3:a:gnu:c\+\+:2\:1.0\+deb\*:*:*:*:*:*:*:*");
        assert_eq!(cpe("a", r"b\c", Some("-")).unwrap(), r"cpe:2.3:a:a:b\\c:\-:*:*:*:*:*:*:*");
        assert_eq!(
            cpe("microsoft", "windows_10", Some("10.0.19045")).unwrap(),
            "cpe:2.3:o:microsoft:windows_10:10.0.19045:*:*:*:*:*:*:*"
        );
    }

    #[test]
    fn no_cpe_by_guessing() {
        assert_eq!(cpe("google", "chrome", None), None);
        assert_eq!(cpe("google", "chrome", Some("1 beta")), None);
        assert_eq!(cpe("Google", "chrome", Some("1")), None);
        assert_eq!(cpe("google", "google chrome", Some("1")), None);
        assert_eq!(cpe("acme®", "tool", Some("1")), None);
        assert_eq!(cpe("", "tool", Some("1")), None);
        assert_eq!(written(Package { vendor: None, name: "tool", version: Some("1") }), None);
    }
}
