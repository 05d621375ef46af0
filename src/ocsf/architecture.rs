//! `osArchitecture` and `osProcessor`: width and family of the processor.

use defender_rows::event::{JsonWriter, OcsfVersion};
use defender_rows::tally::Tolerated;

use super::version;
use super::word::Term;

/// What an `osArchitecture` word says, and an `osProcessor` word behind it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Architecture<'a> {
    /// `cpu_bits`.
    bits: Option<i64>,
    /// `cpu_architecture_id` and its sibling.
    family: Option<Term<'a>>,
    /// `cpu_type`: what is said of the processor beyond these.
    model: Option<&'a str>,
}

/// `cpu_architecture_id` and its name.
type Family = Option<(i64, &'static str)>;

const X86: Family = Some((1, "x86"));
const ARM: Family = Some((2, "ARM"));

/// Word, width, family. Machines have the first two, exports the others; the column is an open text.
static WORDS: &[(&str, Option<i64>, Family)] = &[
    ("64-bit", Some(64), None),
    ("32-bit", Some(32), None),
    ("x64", Some(64), X86),
    ("x86", Some(32), X86),
    ("arm64", Some(64), ARM),
    ("arm", Some(32), ARM),
    ("amd64", Some(64), X86),
    ("x86_64", Some(64), X86),
    ("aarch64", Some(64), ARM),
    ("None", None, None),
    ("Unknown", None, None),
];

impl<'a> Architecture<'a> {
    /// Reads a word. One that no row knows is kept as it is and counted.
    #[must_use]
    pub fn read(word: Option<&'a str>, tolerated: &mut Tolerated) -> Self {
        let Some(word) = word else { return Self::default() };
        match WORDS.iter().find(|row| row.0.eq_ignore_ascii_case(word)) {
            Some((_, bits, family)) => {
                Self { bits: *bits, family: family.map(|(id, name)| Term { id, name: name.into() }), model: None }
            }
            None => {
                tolerated.count("unknown_word.osArchitecture");
                Self { bits: None, family: Some(Term { id: 99, name: word.into() }), model: None }
            }
        }
    }

    /// The same with what an `osProcessor` word adds: most are of the same kind, others name the processor itself.
    #[must_use]
    pub fn of_processor(self, word: Option<&'a str>) -> Self {
        let Some(word) = word else { return self };
        match WORDS.iter().find(|row| row.0.eq_ignore_ascii_case(word)) {
            Some((_, bits, family)) => Self {
                bits: self.bits.or(*bits),
                family: self.family.or(family.map(|(id, name)| Term { id, name: name.into() })),
                model: None,
            },
            None => Self { model: Some(word), ..self },
        }
    }

    /// Whether it names the processor, by the word given to [`Architecture::of_processor`].
    #[must_use]
    pub fn names_the_processor(&self) -> bool {
        self.model.is_some()
    }

    /// Whether the attributes say all that the word says. Of `x64` they say 64 bits and x86, and neither is the word.
    #[must_use]
    pub fn says_it_all(&self) -> bool {
        match (self.bits, &self.family) {
            (bits, None) => bits.is_some(),
            (_, Some(family)) => family.id == 99,
        }
    }

    /// Whether nothing is known.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.bits.is_none() && self.family.is_none() && self.model.is_none()
    }

    /// A number and a text that are others where anything of an `osArchitecture` word is another.
    pub(crate) fn told_apart(&self) -> (i64, Option<&str>) {
        // No width and no family is zero. Rows that are told apart name no processor.
        let Self { bits, family, model: _ } = self;
        let family = family.as_ref();
        (bits.unwrap_or_default() << 32 | family.map_or(0, |term| term.id), family.map(|term| &*term.name))
    }

    /// Writes `hw_info`, if anything is known.
    pub fn write(&self, out: &mut JsonWriter, release: OcsfVersion) {
        if self.is_empty() {
            return;
        }
        out.object_member("hw_info", |out| {
            if release < version::CPU_INFO_LIST {
                self.members(out, "cpu_type");
            } else {
                out.array_member("cpu_info_list", |out| out.object(|out| self.members(out, "model")));
            }
        });
    }

    fn members(&self, out: &mut JsonWriter, model: &str) {
        out.optional_integer("cpu_bits", self.bits);
        if let Some(family) = &self.family {
            family.write(out, "cpu_architecture_id", "cpu_architecture");
        }
        out.optional_text(model, self.model);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_looks_different_is_told_apart() {
        let mut read: Vec<_> =
            WORDS.iter().map(|row| Some(row.0)).chain([None, Some("s390x"), Some("S390X")]).collect();
        read.push(Some("mips"));
        let of = |word| Architecture::read(word, &mut Tolerated::default());
        for (one, other) in read.iter().flat_map(|one| read.iter().map(move |other| (*one, *other))) {
            let (one, other) = (of(one), of(other));
            assert_eq!(one == other, one.told_apart() == other.told_apart(), "{one:?} {other:?}");
        }
    }

    #[test]
    fn widths_and_families() {
        let read = |word: &'static str| {
            let mut tolerated = Tolerated::default();
            let architecture = Architecture::read(Some(word), &mut tolerated);
            let (bits, is_said) = (architecture.bits, architecture.says_it_all());
            (bits, architecture.family.map(|term| term.id), is_said, tolerated.sum())
        };
        assert_eq!(read("64-bit"), (Some(64), None, true, 0));
        assert_eq!(read("x64"), (Some(64), Some(1), false, 0));
        assert_eq!(read("X86"), (Some(32), Some(1), false, 0));
        assert_eq!(read("ARM64"), (Some(64), Some(2), false, 0));
        assert_eq!(read("Unknown"), (None, None, false, 0));
        assert_eq!(read("s390x"), (None, Some(99), true, 1));
        assert!(Architecture::read(None, &mut Tolerated::default()).is_empty());
    }

    #[test]
    fn a_processor_adds_what_is_missing_and_nothing_deprecated_is_written() {
        let written = |architecture, processor, release| {
            let architecture = Architecture::read(architecture, &mut Tolerated::default()).of_processor(processor);
            let mut out = JsonWriter::default();
            out.object(|out| architecture.write(out, release));
            out.as_str().to_owned()
        };
        let both = r#""cpu_bits":64,"cpu_architecture_id":2,"cpu_architecture":"ARM""#;
        for (architecture, processor, members) in [
            (Some("64-bit"), Some("arm64"), both.to_owned()),
            (Some("arm64"), Some("x86"), both.to_owned()),
            (None, Some("arm64"), both.to_owned()),
            (Some("64-bit"), None, r#""cpu_bits":64"#.to_owned()),
            (Some("arm64"), Some("M3 Max"), format!(r#"{both},"cpu_type":"M3 Max""#)),
        ] {
            let old = written(architecture, processor, OcsfVersion::V1_8);
            assert_eq!(old, format!(r#"{{"hw_info":{{{members}}}}}"#));
            let members = members.replace("cpu_type", "model");
            let new = written(architecture, processor, OcsfVersion::V1_9);
            assert_eq!(new, format!(r#"{{"hw_info":{{"cpu_info_list":[{{{members}}}]}}}}"#));
        }
        assert_eq!(written(Some("Unknown"), None, OcsfVersion::V1_9), "{}");
    }
}
