//! The members of one JSON object, sorted into the slots of a table of known names.

use std::borrow::Cow;
use std::marker::PhantomData;

use super::members::Members;
use super::number::Number;
use super::value::Value;
use crate::event::{Content, JsonWriter};
use crate::tally::{RejectReason, Tolerated};

/// Most names that one table can hold: the slots live on the stack and their use is kept in one 64-bit word.
pub const MAX_FIELDS: usize = 48;

/// A closed list of member names, one for each field of a wire record, in the order in which the service sends them.
pub trait FieldTable: Copy + 'static {
    /// The names as Defender documents them, at most [`MAX_FIELDS`].
    const NAMES: &'static [&'static str];

    /// Position of this field in `NAMES`.
    fn index(self) -> usize;
}

/// Declares an enumeration of fields together with their wire names.
#[macro_export]
macro_rules! field_table {
    ($(#[$meta:meta])* $vis:vis $name:ident { $($field:ident = $wire:literal),+ $(,)? }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[allow(dead_code, reason = "a field that no map asks for passes through under its name")]
        $vis enum $name { $($field),+ }

        impl $crate::record::FieldTable for $name {
            const NAMES: &'static [&'static str] = &[$($wire),+];

            fn index(self) -> usize {
                self as usize
            }
        }
    };
}
pub use crate::field_table;

/// One row: known members in slots, all others by name.
///
/// A member counts as *mapped* once one of the consuming readers understood it. What was not mapped is what
/// [`Record::leftovers`] writes, so a value that no reader could make sense of is never lost.
///
/// The type parameter only makes sure that a row is asked for fields of its own table; all work is done by
/// `Members`, once for all tables.
#[derive(Debug)]
pub struct Record<'a, F> {
    members: Members<'a>,
    table: PhantomData<F>,
}

impl<'a, F: FieldTable> Record<'a, F> {
    /// Reads one JSON object. Names match whatever the case of their ASCII letters; of a name that comes twice the
    /// last value counts; annotations (`…@odata.…`) are skipped.
    ///
    /// # Errors
    /// [`RejectReason::Malformed`] unless the text is exactly one JSON object in which every escape stands for a
    /// character and every number fits a double.
    pub fn parse(row: &'a str) -> Result<Self, RejectReason> {
        const { assert!(F::NAMES.len() <= MAX_FIELDS) };
        Ok(Self { members: Members::parse(row, F::NAMES)?, table: PhantomData })
    }

    /// The value of a field, without counting it as mapped. `null` is no value.
    #[must_use]
    pub fn peek(&self, field: F) -> Option<Value<'a>> {
        self.members.peek(field.index())
    }

    /// A trimmed text; numbers and booleans count as their spelling, blank as none.
    pub fn text(&self, field: F) -> Option<Cow<'a, str>> {
        self.members.text(field.index())
    }

    /// The same, counted as mapped only if it is written or blank: what has no place in an event is left over.
    pub fn text_if(&self, field: F, is_written: bool) -> Option<Cow<'a, str>> {
        match self.peek(field).and_then(|value| value.text())? {
            Some(text) if !is_written => Some(text),
            _ => self.text(field),
        }
    }

    /// A finite number, or one spelled as a string.
    pub fn number(&self, field: F) -> Option<Number<'a>> {
        self.members.number(field.index())
    }

    /// The same if it is at least 0 and at most `most`; another number is as good as no number.
    pub fn number_at_most(&self, field: F, most: u64) -> Option<Number<'a>> {
        self.members.number_at_most(field.index(), most)
    }

    /// A truth value, or one spelled as a string.
    pub fn flag(&self, field: F) -> Option<bool> {
        self.members.flag(field.index())
    }

    /// The non-blank texts of an array, or one string as a list of itself, in the order of their bytes.
    pub fn list(&self, field: F) -> Vec<Cow<'a, str>> {
        self.members.list(field.index())
    }

    /// The first of the non-blank texts of a list, by their bytes: the order of the service says nothing. A list of
    /// several does not count as mapped.
    pub fn first(&self, field: F) -> Option<Cow<'a, str>> {
        self.members.first(field.index())
    }

    /// A point in time in milliseconds since the epoch; year-1 dates are none.
    pub fn time(&self, field: F) -> Option<i64> {
        self.members.time(field.index())
    }

    /// Counts a field as mapped without reading it: it says what another member says already.
    pub fn skip(&self, field: F) {
        self.members.mark(field.index());
    }

    /// Writes, as members of the open object, every value that was not mapped, in its one spelling: fields in table order,
    /// then unknown members by name. Nulls and lists without elements are dropped: in OCSF a missing member means the same.
    pub fn leftovers(&self, out: &mut JsonWriter) {
        self.members.leftovers(out);
    }

    /// Adds every value except those of `without` to the content of an event, in its one spelling: fields in table order,
    /// then unknown members by name.
    pub fn content(&self, content: &mut Content, without: &[F]) {
        let without = without.iter().fold(0_u64, |mask, field| mask | 1 << field.index());
        self.members.content(content, without);
    }

    /// Adds what was odd about this row to the account: columns that no table names, values that no reader
    /// understood, year-1 dates. Call once, after mapping.
    pub fn account(&self, tolerated: &mut Tolerated) {
        self.members.account(tolerated);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    field_table! { Sample { Id = "id", DeviceName = "deviceName", Score = "score", Seen = "seen", Tags = "tags" } }

    fn parse(row: &str) -> Record<'_, Sample> {
        Record::parse(row).unwrap()
    }

    fn leftovers(record: &Record<'_, Sample>) -> String {
        let mut out = JsonWriter::default();
        out.begin_object();
        record.leftovers(&mut out);
        out.end_object();
        out.as_str().to_owned()
    }

    #[test]
    fn names_match_whatever_their_case_and_order() {
        let record = parse(r#"{"Score":1,"ID":"x","devicename":" pc "}"#);
        assert_eq!(record.text(Sample::Id).as_deref(), Some("x"));
        assert_eq!(record.text(Sample::DeviceName).as_deref(), Some("pc"));
        assert_eq!(record.number(Sample::Score).map(Number::as_str), Some("1"));
        assert_eq!(leftovers(&record), "{}");
    }

    #[test]
    fn escaped_names_are_names() {
        assert_eq!(parse(r#"{"\u0069d":"x"}"#).text(Sample::Id).as_deref(), Some("x"));
    }

    #[test]
    fn the_last_of_equal_names_counts_and_null_clears() {
        let record = parse(r#"{"id":"a","z":1,"a":2,"id":"b","z":3,"b":null,"score":4,"score":null}"#);
        assert_eq!(record.text(Sample::Id).as_deref(), Some("b"));
        assert_eq!(leftovers(&record), r#"{"a":2,"z":3}"#);
    }

    #[test]
    fn what_no_reader_understands_is_left_over_and_counted() {
        let record = parse(r#"{"id":{"a":1},"score":"many","seen":"yesterday","tags":7,"x":[ 1 ],"@odata.type":"t"}"#);
        assert_eq!(record.text(Sample::Id), None);
        assert_eq!(record.number(Sample::Score), None);
        assert_eq!(record.time(Sample::Seen), None);
        assert!(record.list(Sample::Tags).is_empty());
        assert_eq!(leftovers(&record), r#"{"id":{"a":1},"score":"many","seen":"yesterday","tags":7,"x":[ 1 ]}"#);
        let mut tolerated = Tolerated::default();
        record.account(&mut tolerated);
        assert_eq!(tolerated.iter().collect::<Vec<_>>(), [("unknown_column", 1), ("unreadable_value", 4)]);
    }

    #[test]
    fn blank_and_year_one_are_no_values_and_not_left_over() {
        let record = parse(r#"{"id":"  ","score":"","seen":"0001-01-01T00:00:00Z"}"#);
        assert_eq!(record.text(Sample::Id), None);
        assert_eq!(record.number(Sample::Score), None);
        assert_eq!(record.time(Sample::Seen), None);
        assert_eq!(leftovers(&record), "{}");
    }

    #[test]
    fn a_text_that_is_not_written_is_left_over_unless_it_is_blank() {
        let record = parse(r#"{"id":" x ","deviceName":"  "}"#);
        for (field, is_written, text) in
            [(Sample::Id, false, Some("x")), (Sample::DeviceName, false, None), (Sample::Score, true, None)]
        {
            assert_eq!(record.text_if(field, is_written).as_deref(), text);
        }
        assert_eq!(leftovers(&record), r#"{"id":" x "}"#);
        assert_eq!(record.text_if(Sample::Id, true).as_deref(), Some("x"));
        assert_eq!(leftovers(&record), "{}");
    }

    #[test]
    fn a_list_without_elements_is_not_left_over() {
        let record = parse(r#"{"tags":[ ],"x":[],"y":[""],"z":[[]],"id":null}"#);
        assert_eq!(leftovers(&record), r#"{"y":[""],"z":[[]]}"#);
    }

    #[test]
    fn only_one_whole_object_is_a_row() {
        for bad in [
            "",
            "[]",
            "1",
            "null",
            r#""x""#,
            "{",
            r#"{"id"}"#,
            r#"{"id":}"#,
            r#"{"id":01}"#,
            r#"{"id":1}{}"#,
            r#"{"id":1,}"#,
            r#"{"x":[1,]}"#,
            r#"{"x":"\ud800"}"#,
            r#"{"\udc00":1}"#,
            r#"{"x":[{"y":"\udc00\ud800"}]}"#,
            r#"{"x":"\q"}"#,
            r#"{"x":1e999}"#,
            r#"{"x":[[{"y":-1e400}]]}"#,
        ] {
            assert_eq!(Record::<Sample>::parse(bad).err(), Some(RejectReason::Malformed), "{bad}");
        }
    }
}
