//! The `device` object.

use defender_rows::event::JsonWriter;
use defender_rows::record::DeviceFacts;

use super::architecture::Architecture;
use super::platform::Platform;

/// Writes `device` as rows about a device name it: identity, kind, operating system, group.
pub fn short(
    out: &mut JsonWriter,
    facts: &DeviceFacts<'_>,
    platform: Option<&Platform<'_>>,
    architecture: &Architecture<'_>,
) {
    out.object_member("device", |out| {
        out.text_member("uid", facts.id);
        out.optional_text("hostname", facts.hostname);
        kind(out, platform);
        if platform.is_some() || facts.os_version.is_some() {
            os(out, platform, facts.os_version, None);
        }
        groups(out, facts);
        if !architecture.is_empty() {
            out.object_member("hw_info", |out| architecture.write(out));
        }
    });
}

/// Writes `type_id` and `type`.
pub fn kind(out: &mut JsonWriter, platform: Option<&Platform<'_>>) {
    let (id, name) = platform.map_or((0, "Unknown"), |platform| (platform.device_type_id, platform.device_type));
    out.integer_member("type_id", id);
    out.text_member("type", name);
}

/// Writes `os`, which must have a name even if none is known.
pub fn os(out: &mut JsonWriter, platform: Option<&Platform<'_>>, version: Option<&str>, build: Option<&str>) {
    out.object_member("os", |out| {
        let (name, id, kind) = platform.map_or(("Unknown", 0, "Unknown"), |platform| {
            (&*platform.os_name, platform.os_type_id, &*platform.os_type)
        });
        out.text_member("name", name);
        out.integer_member("type_id", id);
        out.text_member("type", kind);
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
            out.text_member("type", "Defender device group");
        });
    });
}
