//! `osVersion` of the exports: release or number of a build.
//!
//! **The rule**: `os.version` is the release and `os.build` the number of the build, in every class. `/api/machines` has the
//! two apart (`version` is `22H2`, `osBuild` is 22631). The exports have one text, which for Windows is the number of
//! the system, `10.0.22631` or `10.0.22631.4460`: the build is in it and the release is not. Of everything else it is what
//! `version` is.

use super::platform::is_windows;

/// What an `osVersion` says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct OsVersion<'a> {
    /// `os.version`.
    pub release: Option<&'a str>,
    /// `os.build`.
    pub build: Option<&'a str>,
}

impl<'a> OsVersion<'a> {
    /// Reads the text of a row about a device of this platform.
    #[must_use]
    pub fn read(text: Option<&'a str>, platform: Option<&str>) -> Self {
        match text.and_then(build) {
            Some(build) if is_windows(platform) => Self { release: None, build: Some(build) },
            _ => Self { release: text, build: None },
        }
    }

    /// Whether nothing of the text is left to say.
    #[must_use]
    pub fn says_it_all(&self) -> bool {
        self.build.is_none()
    }
}

/// The number of the build in `<major>.<minor>.<build>`, with or without the number of a revision behind it.
fn build(text: &str) -> Option<&str> {
    let mut numbers = text.split('.');
    let (_, _, build, _, None) = (numbers.next()?, numbers.next()?, numbers.next()?, numbers.next(), numbers.next())
    else {
        return None;
    };
    let is_number = |number: &str| !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
    text.split('.').all(is_number).then_some(build)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_windows_are_builds_and_all_else_is_a_release() {
        for (platform, text, release, build) in [
            (Some("Windows11"), "10.0.22631", None, Some("22631")),
            (Some("Windows 10"), "10.0.19045.4412", None, Some("19045")),
            (Some("windowsserver2012R2"), "6.3.9600", None, Some("9600")),
            (Some("Windows11"), "22H2", Some("22H2"), None),
            (Some("Windows11"), "10.0", Some("10.0"), None),
            (Some("Windows11"), "10.0.x", Some("10.0.x"), None),
            (Some("Windows11"), "1.2.3.4.5", Some("1.2.3.4.5"), None),
            (Some("macOS"), "14.6.1", Some("14.6.1"), None),
            (Some("Ubuntu"), "22.4.0.0", Some("22.4.0.0"), None),
            (None, "10.0.22631", Some("10.0.22631"), None),
        ] {
            assert_eq!(OsVersion::read(Some(text), platform), OsVersion { release, build }, "{platform:?} {text}");
        }
        assert_eq!(OsVersion::read(None, Some("Windows11")), OsVersion::default());
    }
}
