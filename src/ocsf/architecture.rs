//! `osArchitecture`: width and family of the processor.

use defender_rows::event::JsonWriter;
use defender_rows::tally::Tolerated;

use super::word::Term;

/// What an `osArchitecture` word says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Architecture<'a> {
    /// `hw_info.cpu_bits`.
    bits: Option<i64>,
    /// `hw_info.cpu_architecture_id` and its sibling.
    family: Option<Term<'a>>,
}

/// `hw_info.cpu_architecture_id` and its name.
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
                Self { bits: *bits, family: family.map(|(id, name)| Term { id, name: name.into() }) }
            }
            None => {
                tolerated.count("unknown_word.osArchitecture");
                Self { bits: None, family: Some(Term { id: 99, name: word.into() }) }
            }
        }
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
        self.bits.is_none() && self.family.is_none()
    }

    /// A number and a text that are others where anything of it is another.
    pub(crate) fn told_apart(&self) -> (i64, Option<&str>) {
        // No width and no family is zero.
        let Self { bits, family } = self;
        let family = family.as_ref();
        (bits.unwrap_or_default() << 32 | family.map_or(0, |term| term.id), family.map(|term| &*term.name))
    }

    /// Writes the members of `hw_info`.
    pub fn write(&self, out: &mut JsonWriter) {
        out.optional_integer("cpu_bits", self.bits);
        if let Some(family) = &self.family {
            family.write(out, "cpu_architecture_id", "cpu_architecture");
        }
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
}
