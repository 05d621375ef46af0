//! Families of platforms that users leave out together.

/// A word of `filters.exclude_platforms` that stands for several platforms. Defender publishes no list of platform
/// names; this one is collected from documentation and recorded traffic. Names are compared without case.
pub(super) struct Preset {
    /// The word.
    pub(super) name: &'static str,
    /// The platforms it stands for.
    pub(super) platforms: &'static [&'static str],
}

/// All presets.
pub(super) static PRESETS: [Preset; 2] = [
    Preset {
        name: "mobile",
        platforms: &["Android", "iOS", "iPadOS", "FireOS", "Fire OS", "WindowsPhone", "ChromeOS"],
    },
    Preset {
        name: "iot",
        platforms: &["IoT", "tvOS", "watchOS", "Tizen", "webOS", "RTOS", "VxWorks", "Printer", "Camera", "Network"],
    },
];
