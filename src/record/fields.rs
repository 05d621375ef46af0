//! The members of one JSON object, sorted into the slots of a table of known names.

use std::borrow::Cow;
use std::cell::Cell;
use std::fmt;
use std::marker::PhantomData;

use serde::de::{Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::lexical;
use super::value::{Moment, Value};
use crate::event::{Content, JsonWriter};
use crate::receipt::{RejectReason, Tolerated};

/// Most names that one table can hold: the slots live on the stack and their use is kept in one 64-bit word.
pub const MAX_FIELDS: usize = 48;

/// A closed list of member names, one for each field of a wire record, in the order in which the service sends them.
pub trait FieldTable: Copy + 'static {
    /// All fields with their names as Defender documents them, at most [`MAX_FIELDS`].
    const FIELDS: &'static [(Self, &'static str)];

    /// Position of this field in `FIELDS`.
    fn index(self) -> usize;
}

/// Declares an enumeration of fields together with their wire names.
macro_rules! field_table {
    ($(#[$meta:meta])* $name:ident { $($field:ident = $wire:literal),+ $(,)? }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        enum $name { $($field),+ }

        impl $crate::record::FieldTable for $name {
            const FIELDS: &'static [(Self, &'static str)] = &[$((Self::$field, $wire)),+];

            fn index(self) -> usize {
                self as usize
            }
        }
    };
}
pub(crate) use field_table;

/// One row: known members in slots, all others by name.
///
/// A member counts as *mapped* once one of the consuming readers understood it. What was not mapped is what
/// [`Record::leftovers`] writes, so a value that no reader could make sense of is never lost.
#[derive(Debug)]
pub struct Record<'a, F> {
    slots: [Option<&'a str>; MAX_FIELDS],
    unknown: Vec<(Cow<'a, str>, &'a str)>,
    mapped: Cell<u64>,
    unreadable: Cell<u32>,
    undated: Cell<u32>,
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
        const { assert!(F::FIELDS.len() <= MAX_FIELDS) };
        let mut record = Self {
            slots: [None; MAX_FIELDS],
            unknown: Vec::new(),
            mapped: Cell::new(0),
            unreadable: Cell::new(0),
            undated: Cell::new(0),
            table: PhantomData,
        };
        if lexical::has_lone_surrogate(row) {
            return Err(RejectReason::Malformed);
        }
        let mut json = serde_json::Deserializer::from_str(row);
        let fits = json.deserialize_map(MembersVisitor(&mut record)).map_err(|_| RejectReason::Malformed)?;
        json.end().map_err(|_| RejectReason::Malformed)?;
        if !fits {
            return Err(RejectReason::Malformed);
        }
        record.settle_unknown();
        Ok(record)
    }

    /// Sorts unknown members by name, so that the order of columns does not show; of equal names the last stays.
    fn settle_unknown(&mut self) {
        if self.unknown.len() > 1 {
            self.unknown.reverse();
            self.unknown.sort_by(|a, b| a.0.cmp(&b.0));
            self.unknown.dedup_by(|a, b| a.0 == b.0);
        }
    }

    fn insert(&mut self, name: Cow<'a, str>, raw: &'a str, hint: &mut usize) {
        // Rows of a page come with the same columns in the same order, mostly that of the table: the field after
        // the last hit is the first guess and nearly always right.
        let fields = F::FIELDS;
        for step in 0..fields.len() {
            let index = (*hint + step) % fields.len();
            let known = fields[index].1;
            if known.len() == name.len() && (known == name || known.eq_ignore_ascii_case(&name)) {
                self.slots[index] = (raw != "null").then_some(raw);
                *hint = index + 1;
                return;
            }
        }
        if !name.contains("@odata.") {
            self.unknown.push((name, raw));
        }
    }

    /// The value of a field, without counting it as mapped. `null` is no value.
    #[must_use]
    pub fn peek(&self, field: F) -> Option<Value<'a>> {
        self.slots[field.index()].map(Value::new)
    }

    /// A trimmed text; numbers and booleans count as their spelling, blank as none.
    pub fn text(&self, field: F) -> Option<Cow<'a, str>> {
        self.consume(field, Value::text).flatten()
    }

    /// A finite number, or one spelled as a string.
    pub fn float(&self, field: F) -> Option<f64> {
        self.consume(field, Value::float)
    }

    /// A truth value, or one spelled as a string.
    pub fn flag(&self, field: F) -> Option<bool> {
        self.consume(field, Value::flag)
    }

    /// The non-blank texts of an array, or one string as a list of itself.
    pub fn list(&self, field: F) -> Vec<Cow<'a, str>> {
        self.consume(field, Value::list).unwrap_or_default()
    }

    /// The first of the non-blank texts of a list. A list of several does not count as mapped.
    pub fn first(&self, field: F) -> Option<Cow<'a, str>> {
        let list = self.peek(field)?.list()?;
        if list.len() <= 1 {
            self.mark(field);
        }
        list.into_iter().next()
    }

    /// A point in time in milliseconds since the epoch; year-1 dates are none.
    pub fn time(&self, field: F) -> Option<i64> {
        match self.consume(field, Value::moment)? {
            Moment::At(ms) => Some(ms),
            Moment::Never => {
                self.undated.set(self.undated.get() + 1);
                None
            }
        }
    }

    /// Counts a field as mapped if the reader understands its value. An empty string is understood as no value.
    fn consume<T>(&self, field: F, read: impl FnOnce(Value<'a>) -> Option<T>) -> Option<T> {
        let value = self.peek(field)?;
        if value.is_blank() {
            self.mark(field);
            return None;
        }
        let result = read(value);
        if result.is_some() {
            self.mark(field);
        } else {
            self.unreadable.set(self.unreadable.get() + 1);
        }
        result
    }

    fn mark(&self, field: F) {
        self.mapped.set(self.mapped.get() | 1 << field.index());
    }

    /// Counts a field as mapped without reading it: it says what another member says already.
    pub fn skip(&self, field: F) {
        self.mark(field);
    }

    /// Writes, as members of the open object, every value that was not mapped: fields in table order, then unknown
    /// members by name. Nulls are dropped: in OCSF a missing member and `null` mean the same.
    pub fn leftovers(&self, out: &mut JsonWriter) {
        for (index, (_, name)) in F::FIELDS.iter().enumerate() {
            if let Some(raw) = self.slots[index]
                && self.mapped.get() & 1 << index == 0
            {
                out.name(name);
                out.raw(raw);
            }
        }
        for (name, raw) in &self.unknown {
            if *raw != "null" {
                out.text_name(name);
                out.raw(raw);
            }
        }
    }

    /// Adds every value except those of `without` to the content of an event: fields in table order, then unknown
    /// members by name.
    pub fn content(&self, content: &mut Content, without: &[F]) {
        let without = without.iter().fold(0_u64, |mask, field| mask | 1 << field.index());
        for (index, slot) in self.slots.iter().enumerate() {
            if let Some(raw) = slot
                && without & 1 << index == 0
            {
                content.field(index, raw);
            }
        }
        for (name, raw) in &self.unknown {
            if *raw != "null" {
                content.unknown(name, raw);
            }
        }
    }

    /// Adds what was odd about this row to the account: columns that no table names, values that no reader
    /// understood, year-1 dates. Call once, after mapping.
    pub fn account(&self, tolerated: &mut Tolerated) {
        for _ in &self.unknown {
            tolerated.count("unknown_column");
        }
        for _ in 0..self.unreadable.get() {
            tolerated.count("unreadable_value");
        }
        for _ in 0..self.undated.get() {
            tolerated.count("year_1_date");
        }
    }
}

/// Fills the slots; the result says whether all numbers fit a double.
struct MembersVisitor<'r, 'a, F>(&'r mut Record<'a, F>);

impl<'a, F: FieldTable> Visitor<'a> for MembersVisitor<'_, 'a, F> {
    type Value = bool;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a JSON object")
    }

    fn visit_map<A: MapAccess<'a>>(self, mut map: A) -> Result<bool, A::Error> {
        let mut hint = 0;
        while let Some(name) = map.next_key::<Name<'a>>()? {
            let raw = map.next_value::<&'a RawValue>()?.get();
            if !lexical::numbers_fit(raw) {
                while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
                return Ok(false);
            }
            self.0.insert(name.0, raw, &mut hint);
        }
        Ok(true)
    }
}

/// A member name, borrowed unless it holds escapes. (The blanket `Cow` of serde always copies.)
struct Name<'a>(Cow<'a, str>);

impl<'de> serde::Deserialize<'de> for Name<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct NameVisitor;

        impl<'de> Visitor<'de> for NameVisitor {
            type Value = Name<'de>;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("a member name")
            }

            fn visit_borrowed_str<E>(self, name: &'de str) -> Result<Self::Value, E> {
                Ok(Name(Cow::Borrowed(name)))
            }

            fn visit_str<E>(self, name: &str) -> Result<Self::Value, E> {
                Ok(Name(Cow::Owned(name.to_owned())))
            }
        }

        deserializer.deserialize_str(NameVisitor)
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
        assert_eq!(record.float(Sample::Score), Some(1.0));
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
        assert_eq!(record.float(Sample::Score), None);
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
        assert_eq!(record.float(Sample::Score), None);
        assert_eq!(record.time(Sample::Seen), None);
        assert_eq!(leftovers(&record), "{}");
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
