//! The `device` object.

use defender_rows::event::{JsonWriter, OcsfVersion};
use defender_rows::record::DeviceFacts;

use super::architecture::Architecture;
use super::platform::Platform;
use super::word::captioned;

/// Writes `device` as rows about a device name it: identity, kind, operating system, group.
pub fn short(
    out: &mut JsonWriter,
    release: OcsfVersion,
    facts: &DeviceFacts<'_>,
    platform: Option<&Platform<'_>>,
    architecture: &Architecture<'_>,
) {
    out.object_member("device", |out| {
        out.text_member("uid", facts.id);
        out.optional_text("hostname", facts.hostname);
        kind(out, platform);
        if platform.is_some() || facts.os_version.is_some() || facts.os_build.is_some() {
            os(out, platform, facts.os_version, facts.os_build);
        }
        groups(out, facts);
        architecture.write(out, release);
    });
}

/// Writes `type_id` and `type`.
pub fn kind(out: &mut JsonWriter, platform: Option<&Platform<'_>>) {
    let (id, name) = platform.map_or((0, "Unknown"), |platform| (platform.device_type_id, platform.device_type));
    captioned(out, ("type_id", id), ("type", name));
}

/// Writes `os`, which must have a name even if none is known.
pub fn os(out: &mut JsonWriter, platform: Option<&Platform<'_>>, version: Option<&str>, build: Option<&str>) {
    out.object_member("os", |out| {
        let (name, id, kind) = platform.map_or(("Unknown", 0, "Unknown"), |platform| {
            (&*platform.os_name, platform.os_type_id, &*platform.os_type)
        });
        out.text_member("name", name);
        captioned(out, ("type_id", id), ("type", kind));
        out.optional_text("version", version);
        out.optional_text("build", build);
    });
}

/// Writes `groups` with the device group, if the device is in one.
pub fn groups(out: &mut JsonWriter, facts: &DeviceFacts<'_>) {
    if facts.group_id.is_none() && facts.group_name.is_none() {
        return;
    }
    out.array_member("groups", |out| {
        out.object(|out| {
            out.optional_text("uid", facts.group_id);
            out.optional_text("name", facts.group_name);
            out.repeat("type", Some("Defender device group"));
        });
    });
}
