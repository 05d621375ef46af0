//! Members that the finding classes share.

use defender_rows::event::{JsonWriter, OcsfVersion};
use defender_rows::record::DeviceFacts;

use super::version;

/// Who finds: the part of Defender that yields vulnerabilities and recommendations.
pub const DATA_SOURCE: &str = "Microsoft Defender Vulnerability Management";

/// The product in `finding_info`.
const PRODUCT: &str = r#"{"name":"Microsoft Defender Vulnerability Management","vendor_name":"Microsoft"}"#;

/// Writes `data_sources` and `product` of `finding_info`.
pub fn origin(out: &mut JsonWriter) {
    out.array_member("data_sources", |out| out.text(DATA_SOURCE));
    out.name("product");
    out.raw(PRODUCT);
}

/// Writes `resources` with the affected device.
pub fn affected_device(out: &mut JsonWriter, release: OcsfVersion, facts: &DeviceFacts<'_>) {
    out.array_member("resources", |out| {
        out.object(|out| {
            out.text_member("uid", facts.id);
            out.optional_text("name", facts.hostname);
            out.text_member("type", "Device");
            if release >= version::RESOURCE_ROLE {
                out.integer_member("role_id", 3);
                out.text_member("role", "Affected");
            }
            out.optional_text("hostname", facts.hostname);
            out.optional_text("criticality", facts.value);
        });
    });
}

/// Bytes of a description that are kept: it is free text from elsewhere.
const TEXT_MAX: usize = 8192;

/// A free text cut to a bearable length, and whether it was cut.
#[must_use]
pub fn bounded(text: &str) -> (&str, bool) {
    let end = text.floor_char_boundary(TEXT_MAX);
    (&text[..end], end < text.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_cut_between_characters() {
        assert_eq!(bounded("short"), ("short", false));
        let long = format!("x{}", "é".repeat(TEXT_MAX));
        let (text, cut) = bounded(&long);
        assert!(cut && text.len() == TEXT_MAX - 1);
    }
}
