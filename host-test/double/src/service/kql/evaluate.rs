//! The value of an expression for a row, or for a group of rows.

use super::bind::Bound;
use super::syntax::{Comparison, Part, Place};
use super::value::Value;
use std::cmp::Ordering;

/// What values are looked up in.
pub(super) struct Given<'g> {
    pub(super) row: &'g [Value],
    /// Aggregates of the group.
    pub(super) gathered: &'g [Value],
    /// 100 nanoseconds since 1970.
    pub(super) now: i64,
}

impl Bound {
    /// Its value.
    pub(super) fn value(&self, given: &Given<'_>) -> Value {
        match self {
            Self::Literal(value) => value.clone(),
            Self::Column(place) => given.row.get(*place).cloned().unwrap_or(Value::Null),
            Self::Aggregate(place) => given.gathered.get(*place).cloned().unwrap_or(Value::Null),
            Self::Or(left, right) => Value::Bool(left.holds(given) || right.holds(given)),
            Self::And(left, right) => Value::Bool(left.holds(given) && right.holds(given)),
            Self::Compare(left, comparison, right) => compare(&left.value(given), *comparison, &right.value(given)),
            Self::In { value, list, is_exact, is_wanted } => {
                let value = value.value(given);
                let comparison = if *is_exact { Comparison::Equal } else { Comparison::Alike };
                let is_in = |one: &Self| compare(&value, comparison, &one.value(given)) == Value::Bool(true);
                Value::Bool(list.iter().any(is_in) == *is_wanted)
            }
            Self::Part { text, test, part } => {
                Value::Bool(has(&text.value(given).text(), *test, &part.value(given).text()))
            }
            Self::Call(function, arguments) => {
                let arguments: Vec<Value> = arguments.iter().map(|argument| argument.value(given)).collect();
                (function.of)(&arguments, given.now)
            }
        }
    }

    /// Whether it is true.
    pub(super) fn holds(&self, given: &Given<'_>) -> bool {
        self.value(given) == Value::Bool(true)
    }
}

/// Nothing equals null, and everything but null differs from it.
fn compare(left: &Value, comparison: Comparison, right: &Value) -> Value {
    let nulls = (*left == Value::Null, *right == Value::Null);
    if nulls != (false, false) {
        return match comparison {
            _ if nulls == (true, true) => Value::Null,
            Comparison::NotEqual | Comparison::NotAlike => Value::Bool(true),
            _ => Value::Bool(false),
        };
    }
    let order = match comparison {
        Comparison::Alike | Comparison::NotAlike => Some(left.text().to_lowercase().cmp(&right.text().to_lowercase())),
        _ => left.compare(right),
    };
    Value::Bool(match comparison {
        Comparison::Equal | Comparison::Alike => order == Some(Ordering::Equal),
        Comparison::NotEqual | Comparison::NotAlike => order != Some(Ordering::Equal),
        Comparison::Less => order == Some(Ordering::Less),
        Comparison::LessOrEqual => matches!(order, Some(Ordering::Less | Ordering::Equal)),
        Comparison::Greater => order == Some(Ordering::Greater),
        Comparison::GreaterOrEqual => matches!(order, Some(Ordering::Greater | Ordering::Equal)),
    })
}

fn has(text: &str, test: Part, part: &str) -> bool {
    let (text, part) =
        if test.is_exact { (text.to_owned(), part.to_owned()) } else { (text.to_lowercase(), part.to_lowercase()) };
    let found = match test.place {
        Place::Start => text.starts_with(&part),
        Place::End => text.ends_with(&part),
        Place::Anywhere => text.contains(&part),
    };
    found == test.is_wanted
}
