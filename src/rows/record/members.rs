//! The members of one JSON object, with the known ones in slots.

use std::borrow::Cow;
use std::cell::Cell;

use super::fields::MAX_FIELDS;
use super::number::Number;
use super::value::{Moment, Value};
use crate::event::{Content, JsonWriter};
use crate::json::Json;
use crate::tally::{RejectReason, Tolerated};
use crate::wide::same;

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
        let mut hint = 0;
        Json::visit_members(row, |name, value| {
            // Known names hold no escapes, and names with escapes are rare.
            if !members.insert(name.raw(), value, &mut hint) {
                let name = name.text();
                if !members.insert(&name, value, &mut hint) && !is_annotation(&name) {
                    members.unknown.push((name, value));
                }
            }
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

    /// Puts a value into the slot of its name, if the table has the name.
    fn insert(&mut self, name: &str, value: Json<'a>, hint: &mut usize) -> bool {
        // Rows of a page come with the same columns in the same order, mostly that of the table: the field after
        // the last hit is the first guess and nearly always right.
        let (before, behind) = self.names.split_at(*hint);
        for (index, known) in (*hint..).zip(behind).chain((0..).zip(before)) {
            if same(known.as_bytes(), name.as_bytes()) || known.eq_ignore_ascii_case(name) {
                self.slots[index] = Some(value).filter(|value| !value.is_null());
                *hint = index + 1;
                return true;
            }
        }
        false
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
            {
                out.name(name);
                out.raw(&value.canonical());
            }
        }
        for (name, value) in self.unknown.iter().filter(|(_, value)| !value.is_null()) {
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
