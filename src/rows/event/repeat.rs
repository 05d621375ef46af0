//! Parts of bodies that are mostly the same from one event to the next.

use super::json::JsonWriter;
use crate::wide::same;

/// Members that are made of a few texts, as they were written last.
///
/// Rows come device by device, and what a finding says of its device is a seventh of it. To compare the texts that it is
/// made of takes less time than to write it again.
#[derive(Debug, Default)]
pub struct Repeated {
    /// What the members were made of: each text, or that there was none.
    texts: Vec<Option<String>>,
    number: i64,
    members: String,
}

impl Repeated {
    /// Writes members of the open object that `write` makes of nothing but these texts and this number.
    #[inline(always)]
    pub fn write<const N: usize>(
        &mut self,
        out: &mut JsonWriter,
        texts: [Option<&str>; N],
        number: i64,
        write: impl FnOnce(&mut JsonWriter),
    ) {
        if self.is_of(&texts, number) {
            self.repeat(out);
            return;
        }
        let start = out.len();
        write(out);
        self.keep(&texts, number, out.since(start));
    }

    #[inline(never)]
    fn is_of(&self, texts: &[Option<&str>], number: i64) -> bool {
        let is_same = |(one, other): (&Option<String>, &Option<&str>)| match (one, other) {
            (Some(one), Some(other)) => same(one.as_bytes(), other.as_bytes()),
            (one, other) => one.is_none() && other.is_none(),
        };
        self.number == number && self.texts.len() == texts.len() && self.texts.iter().zip(texts).all(is_same)
    }

    #[inline(never)]
    fn repeat(&self, out: &mut JsonWriter) {
        if !self.members.is_empty() {
            out.members(&self.members);
        }
    }

    #[inline(never)]
    fn keep(&mut self, texts: &[Option<&str>], number: i64, members: &str) {
        self.texts.clear();
        self.texts.extend(texts.iter().map(|text| text.map(str::to_owned)));
        self.number = number;
        self.members.clear();
        self.members.push_str(members);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// What is made of two texts and a number, where there is anything to be made.
    fn fresh(out: &mut JsonWriter, texts: [Option<&str>; 2], number: i64) {
        out.object_member("part", |out| {
            out.optional_text("a", texts[0]);
            out.optional_text("b", texts[1]);
        });
        if number != 0 {
            out.integer_member("number", number);
        }
    }

    proptest! {
        #[test]
        fn a_repeat_says_what_would_be_written(rows in proptest::collection::vec((proptest::option::of("[a\"]{0,2}"), proptest::option::of("[a\"]{0,2}"), 0_i64..2), 0..20)) {
            let (mut repeated, mut one, mut other) = (Repeated::default(), JsonWriter::default(), JsonWriter::default());
            for (a, b, number) in &rows {
                let texts = [a.as_deref(), b.as_deref()];
                one.object(|out| repeated.write(out, texts, *number, |out| fresh(out, texts, *number)));
                other.object(|out| fresh(out, texts, *number));
            }
            prop_assert_eq!(one.as_str(), other.as_str());
        }
    }
}
