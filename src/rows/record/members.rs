//! The members of one JSON object, with the known ones in slots.

use std::borrow::Cow;
use std::cell::Cell;
use std::sync::atomic::{AtomicU8, Ordering};

use super::fields::MAX_FIELDS;
use super::number::Number;
use super::value::{Moment, Value};
use crate::event::{Content, JsonWriter};
use crate::json::{Json, Name};
use crate::tally::{RejectReason, Tolerated};

/// The field that each column was in the row that was read last. Rows of a page come with the same columns in the same
/// order, so it is a good guess of what the column is in the next row. It is nothing but a guess: rows of another table, or
/// on another thread, cost the search for a name and no more.
static COLUMNS: [AtomicU8; MAX_FIELDS] = [const { AtomicU8::new(0) }; MAX_FIELDS];

/// Which field a column most likely is.
fn guess(column: usize) -> usize {
    COLUMNS.get(column).map_or(usize::MAX, |field| usize::from(field.load(Ordering::Relaxed)))
}

/// One row by position in a table of names. See [`super::Record`], which says what each method is for.
#[derive(Debug)]
pub(super) struct Members<'a> {
    names: &'static [&'static str],
    slots: [Option<Json<'a>>; MAX_FIELDS],
    unknown: Vec<(Cow<'a, str>, Json<'a>)>,
    mapped: Cell<u64>,
    unreadable: Cell<u32>,
    undated: Cell<u32>,
}

impl<'a> Members<'a> {
    #[inline(never)]
    pub(super) fn parse(row: &'a str, names: &'static [&'static str]) -> Result<Self, RejectReason> {
        let mut members = Self {
            names,
            slots: [None; MAX_FIELDS],
            unknown: Vec::new(),
            mapped: Cell::new(0),
            unreadable: Cell::new(0),
            undated: Cell::new(0),
        };
        let mut column = 0;
        // Looked up once: another thread may change it.
        let guessed = Cell::new(0);
        let expected = |column| {
            guessed.set(guess(column));
            names.get(guessed.get()).copied().unwrap_or_default()
        };
        Json::visit_members(row, expected, |name, value, is_expected| {
            if is_expected {
                members.fill(guessed.get(), value);
            } else {
                members.insert(name, value, column);
            }
            column += 1;
        })
        .map_err(|_| RejectReason::Malformed)?;
        members.settle_unknown();
        Ok(members)
    }

    /// Sorts unknown members by name, so that the order of columns does not show; of equal names the last stays.
    fn settle_unknown(&mut self) {
        if self.unknown.len() > 1 {
            self.unknown.reverse();
            self.unknown.sort_by(|(a, _), (b, _)| a.cmp(b));
            self.unknown.dedup_by(|a, b| a.0 == b.0);
        }
    }

    #[inline(always)]
    fn fill(&mut self, index: usize, value: Json<'a>) {
        if let Some(slot) = self.slots.get_mut(index) {
            *slot = Some(value).filter(|value| !value.is_null());
        }
    }

    /// Puts a value into the slot of its name if the table has it, and among the unknown ones if not.
    #[inline(never)]
    fn insert(&mut self, name: Name<'a>, value: Json<'a>, column: usize) {
        // Known names hold no escapes, and names with escapes are rare.
        let search = |name: &str| self.names.iter().position(|known| known.eq_ignore_ascii_case(name));
        if let Some(index) = search(name.raw()).or_else(|| search(&name.text())) {
            if let Some(field) = COLUMNS.get(column) {
                field.store(u8::try_from(index).unwrap_or_default(), Ordering::Relaxed);
            }
            self.fill(index, value);
            return;
        }
        let name = name.text();
        if !is_annotation(&name) {
            self.unknown.push((name, value));
        }
    }

    #[inline]
    pub(super) fn peek(&self, index: usize) -> Option<Value<'a>> {
        self.slots[index].map(Value::new)
    }

    #[inline(never)]
    pub(super) fn text(&self, index: usize) -> Option<Cow<'a, str>> {
        self.consume(index, Value::text).flatten()
    }

    #[inline(never)]
    pub(super) fn number(&self, index: usize) -> Option<Number<'a>> {
        self.consume(index, Value::number)
    }

    #[inline(never)]
    pub(super) fn number_at_most(&self, index: usize, most: u64) -> Option<Number<'a>> {
        self.consume(index, |value| value.number().filter(|number| number.is_at_most(most)))
    }

    #[inline(never)]
    pub(super) fn flag(&self, index: usize) -> Option<bool> {
        self.consume(index, Value::flag)
    }

    #[inline(never)]
    pub(super) fn list(&self, index: usize) -> Vec<Cow<'a, str>> {
        let mut list = self.consume(index, Value::list).unwrap_or_default();
        list.sort_unstable();
        list
    }

    #[inline(never)]
    pub(super) fn first(&self, index: usize) -> Option<Cow<'a, str>> {
        let list = self.peek(index)?.list()?;
        if list.len() <= 1 {
            self.mark(index);
        }
        list.into_iter().min()
    }

    #[inline(never)]
    pub(super) fn time(&self, index: usize) -> Option<i64> {
        match self.consume(index, Value::moment)? {
            Moment::At(ms) => Some(ms),
            Moment::Never => {
                self.undated.set(self.undated.get() + 1);
                None
            }
        }
    }

    /// Counts a field as mapped if the reader understands its value. An empty string is understood as no value.
    #[inline(always)]
    fn consume<T>(&self, index: usize, read: impl FnOnce(Value<'a>) -> Option<T>) -> Option<T> {
        let value = self.peek(index)?;
        if value.is_blank() {
            self.mark(index);
            return None;
        }
        let result = read(value);
        if result.is_some() {
            self.mark(index);
        } else {
            self.unreadable.set(self.unreadable.get() + 1);
        }
        result
    }

    pub(super) fn mark(&self, index: usize) {
        self.mapped.set(self.mapped.get() | 1 << index);
    }

    #[inline(never)]
    pub(super) fn leftovers(&self, out: &mut JsonWriter) {
        for (index, name) in self.names.iter().enumerate() {
            if let Some(value) = self.slots[index]
                && self.mapped.get() & 1 << index == 0
                && !value.is_empty_list()
            {
                out.name(name);
                out.raw(&value.canonical());
            }
        }
        for (name, value) in self.unknown.iter().filter(|(_, value)| !value.is_null() && !value.is_empty_list()) {
            out.text_name(name);
            out.raw(&value.canonical());
        }
    }

    /// `without` has a bit for each position to leave out.
    #[inline(never)]
    pub(super) fn content(&self, content: &mut Content, without: u64) {
        for (index, slot) in self.slots.iter().enumerate() {
            if let Some(value) = slot
                && without & 1 << index == 0
            {
                content.field(index, &value.canonical());
            }
        }
        for (name, value) in self.unknown.iter().filter(|(_, value)| !value.is_null()) {
            content.unknown(name, &value.canonical());
        }
    }

    #[inline(never)]
    pub(super) fn account(&self, tolerated: &mut Tolerated) {
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

/// Whether a name is one of OData's own, such as `@odata.type` or `tags@odata.count`.
fn is_annotation(name: &str) -> bool {
    name.split('@').skip(1).any(|rest| rest.starts_with("odata."))
}
