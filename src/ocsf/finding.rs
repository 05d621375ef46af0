//! Members that the finding classes share.

use defender_rows::event::{JsonWriter, OcsfVersion};
use defender_rows::record::DeviceFacts;
use defender_rows::tally::Tolerated;

use super::word::{CRITICALITY, Term};
use super::{observable, version};

/// Who finds: the part of Defender that yields vulnerabilities and recommendations.
pub const DATA_SOURCE: &str = "Microsoft Defender Vulnerability Management";

/// The product in `finding_info`.
const PRODUCT: &str = r#"{"name":"Microsoft Defender Vulnerability Management","vendor_name":"Microsoft"}"#;

/// Writes `data_sources` and `product` of `finding_info`, which are the same in all of them.
pub fn origin(out: &mut JsonWriter) {
    if out.is_full() {
        out.array_member("data_sources", |out| out.text(DATA_SOURCE));
        out.name("product");
        out.members(PRODUCT);
    }
}

/// How critical a device is.
#[derive(Clone, Debug, Default)]
pub struct Criticality<'a> {
    word: Option<&'a str>,
    term: Option<Term<'a>>,
}

impl<'a> Criticality<'a> {
    /// Reads a word of `deviceValue` or `assetCriticalityLevel`. One that no row knows is kept and counted.
    #[must_use]
    pub fn read(word: Option<&'a str>, tolerated: &mut Tolerated) -> Self {
        let term = CRITICALITY.term(word, tolerated);
        Self { word: word.filter(|_| term.is_some()), term }
    }

    /// Whether `criticality` is the word in every release.
    #[must_use]
    pub fn says_the_word(&self) -> bool {
        self.term.as_ref().map(|term| &*term.name) == self.word && self.word.is_some()
    }

    fn write(&self, out: &mut JsonWriter, release: OcsfVersion) {
        match &self.term {
            Some(term) if release >= version::CRITICALITY_ID => term.write(out, "criticality_id", "criticality"),
            _ => out.optional_text("criticality", self.word),
        }
    }
}

/// Writes `resources` with the affected device.
pub fn affected_device(
    out: &mut JsonWriter,
    release: OcsfVersion,
    facts: &DeviceFacts<'_>,
    criticality: &Criticality<'_>,
) {
    out.array_member("resources", |out| {
        out.object(|out| {
            out.text_member("uid", facts.id);
            out.repeat("name", facts.hostname);
            out.repeat("type", Some("Device"));
            if release >= version::RESOURCE_ROLE {
                out.either(r#""role_id":3,"role":"Affected""#, r#""role_id":3"#);
            }
            out.repeat("hostname", facts.hostname);
            criticality.write(out, release);
        });
    });
}

/// Writes the observables of a device as elements of the open list.
pub fn observed_device(out: &mut JsonWriter, release: OcsfVersion, facts: &DeviceFacts<'_>) {
    observable::elements(
        out,
        release,
        &[(observable::HOSTNAME, facts.hostname), (observable::DEVICE_UID, Some(facts.id))],
    );
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
    fn criticality_is_a_number_from_the_release_that_has_one() {
        let written = |word, release| {
            let mut tolerated = Tolerated::default();
            let criticality = Criticality::read(word, &mut tolerated);
            let mut out = JsonWriter::default();
            out.object(|out| criticality.write(out, release));
            (out.as_str().to_owned(), criticality.says_the_word(), tolerated.sum())
        };
        let [old, new] = [OcsfVersion::V1_8, OcsfVersion::V1_9];
        assert_eq!(written(Some("Normal"), old), (r#"{"criticality":"Normal"}"#.into(), false, 0));
        assert_eq!(written(Some("Normal"), new), (r#"{"criticality_id":2,"criticality":"Medium"}"#.into(), false, 0));
        assert_eq!(written(Some("High"), new), (r#"{"criticality_id":3,"criticality":"High"}"#.into(), true, 0));
        assert_eq!(written(Some("Dire"), new), (r#"{"criticality_id":99,"criticality":"Dire"}"#.into(), true, 1));
        for none in [None, Some("None")] {
            assert_eq!(written(none, old), ("{}".into(), false, 0));
            assert_eq!(written(none, new), ("{}".into(), false, 0));
        }
    }

    #[test]
    fn texts_are_cut_between_characters() {
        assert_eq!(bounded("short"), ("short", false));
        let long = format!("x{}", "é".repeat(TEXT_MAX));
        let (text, cut) = bounded(&long);
        assert!(cut && text.len() == TEXT_MAX - 1);
    }
}
