//! Functions, as tables: what they take, what they give, and how.
//!
//! Source: "Scalar functions" and "Aggregation function types at a glance" of the Kusto query language.

use super::value::Value;
use crate::api::Type;
use crate::wire::Shard;
use serde_json::Value as Json;
use std::collections::BTreeSet;

/// What an argument may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Takes {
    Any,
    /// What has an order: no lists.
    Ordered,
    Number,
    Bool,
    Text,
    Span,
    Array,
    /// A number above 0 that stands there.
    Parts,
}

impl Takes {
    /// Whether a type will do.
    pub(super) fn fits(self, of: Type) -> bool {
        match self {
            Self::Any => true,
            Self::Ordered => of != Type::Dynamic,
            Self::Number => matches!(of, Type::Int | Type::Long | Type::Real),
            Self::Bool => of == Type::Bool,
            Self::Text => of == Type::Text,
            Self::Span => of == Type::Span,
            Self::Array => of == Type::Dynamic,
            Self::Parts => matches!(of, Type::Int | Type::Long),
        }
    }

    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Any => "any value",
            Self::Ordered => "a number, timespan, datetime, string or boolean",
            Self::Number => "a number",
            Self::Bool => "a value of type bool",
            Self::Text => "a value of type string",
            Self::Span => "a value of type timespan",
            Self::Array => "a dynamic array",
            Self::Parts => "a whole number above 0",
        }
    }
}

/// A function of the values in one row.
pub(super) struct Scalar {
    pub(super) name: &'static str,
    /// Fewest arguments.
    pub(super) least: usize,
    pub(super) takes: &'static [Takes],
    pub(super) gives: Type,
    /// Its value, of the arguments and the time.
    pub(super) of: fn(&[Value], i64) -> Value,
}

use Takes::{Any, Array, Bool, Number, Ordered, Parts, Span, Text};

/// All of them.
static SCALARS: &[Scalar] = &[
    Scalar { name: "not", least: 1, takes: &[Bool], gives: Type::Bool, of: not },
    Scalar { name: "isempty", least: 1, takes: &[Any], gives: Type::Bool, of: |of, _| Value::Bool(is_empty(of)) },
    Scalar { name: "isnotempty", least: 1, takes: &[Any], gives: Type::Bool, of: |of, _| Value::Bool(!is_empty(of)) },
    Scalar { name: "isnull", least: 1, takes: &[Any], gives: Type::Bool, of: |of, _| Value::Bool(of == [Value::Null]) },
    Scalar {
        name: "isnotnull",
        least: 1,
        takes: &[Any],
        gives: Type::Bool,
        of: |of, _| Value::Bool(of != [Value::Null]),
    },
    Scalar {
        name: "tolower",
        least: 1,
        takes: &[Text],
        gives: Type::Text,
        of: |of, _| Value::Text(text(of).to_lowercase()),
    },
    Scalar {
        name: "toupper",
        least: 1,
        takes: &[Text],
        gives: Type::Text,
        of: |of, _| Value::Text(text(of).to_uppercase()),
    },
    Scalar { name: "tostring", least: 1, takes: &[Any], gives: Type::Text, of: |of, _| Value::Text(text(of)) },
    Scalar {
        name: "strlen",
        least: 1,
        takes: &[Text],
        gives: Type::Long,
        of: |of, _| Value::Whole(i64::try_from(text(of).chars().count()).unwrap_or(i64::MAX)),
    },
    Scalar { name: "strcat_array", least: 2, takes: &[Array, Text], gives: Type::Text, of: joined },
    Scalar { name: "array_sort_asc", least: 1, takes: &[Array], gives: Type::Dynamic, of: sorted },
    Scalar { name: "hash", least: 1, takes: &[Any, Parts], gives: Type::Long, of: hash },
    Scalar { name: "ago", least: 1, takes: &[Span], gives: Type::Time, of: ago },
    Scalar { name: "now", least: 0, takes: &[], gives: Type::Time, of: |_, now| Value::Time(now) },
];

/// The function of a name.
pub(super) fn scalar(name: &str) -> Option<&'static Scalar> {
    SCALARS.iter().find(|function| function.name == name)
}

fn text(of: &[Value]) -> String {
    of.first().map(Value::text).unwrap_or_default()
}

fn is_empty(of: &[Value]) -> bool {
    text(of).is_empty()
}

fn not(of: &[Value], _: i64) -> Value {
    match of {
        [Value::Bool(value)] => Value::Bool(!value),
        _ => Value::Null,
    }
}

fn joined(of: &[Value], _: i64) -> Value {
    let [Value::Dynamic(Json::Array(items)), Value::Text(between)] = of else { return Value::Text(String::new()) };
    let texts: Vec<String> = items.iter().map(|item| Value::Dynamic(item.clone()).text()).collect();
    Value::Text(texts.join(between))
}

fn sorted(of: &[Value], _: i64) -> Value {
    let [Value::Dynamic(Json::Array(items))] = of else { return Value::Null };
    let mut items = items.clone();
    items.sort_by(|left, right| match (left.as_f64(), right.as_f64()) {
        (Some(left), Some(right)) => left.total_cmp(&right),
        _ => left.as_str().unwrap_or_default().cmp(right.as_str().unwrap_or_default()),
    });
    Value::Dynamic(Json::Array(items))
}

fn hash(of: &[Value], _: i64) -> Value {
    let of_text = Shard::hash(&text(of));
    match of.get(1) {
        Some(Value::Whole(parts)) => {
            let parts = u64::try_from(*parts).unwrap_or(1).max(1);
            Value::Whole(i64::try_from(of_text % parts).unwrap_or(0))
        }
        _ => Value::Whole(i64::from_ne_bytes(of_text.to_ne_bytes())),
    }
}

fn ago(of: &[Value], now: i64) -> Value {
    match of {
        [Value::Span(span)] => Value::Time(now.saturating_sub(*span)),
        _ => Value::Null,
    }
}

/// A function of the values in many rows.
pub(super) struct Aggregate {
    pub(super) name: &'static str,
    /// What stands before the name of the column in the name of a result that is given none.
    pub(super) prefix: &'static str,
    pub(super) takes: &'static [Takes],
    /// Type of the result; none: that of the argument.
    pub(super) gives: Option<Type>,
    /// Its value, of the argument in each row.
    pub(super) of: fn(Vec<Value>) -> Value,
}

static AGGREGATES: &[Aggregate] = &[
    Aggregate { name: "count", prefix: "count_", takes: &[], gives: Some(Type::Long), of: |of| number(of.len()) },
    Aggregate {
        name: "countif",
        prefix: "countif_",
        takes: &[Bool],
        gives: Some(Type::Long),
        of: |of| number(of.iter().filter(|value| **value == Value::Bool(true)).count()),
    },
    Aggregate {
        name: "dcount",
        prefix: "dcount_",
        takes: &[Ordered],
        gives: Some(Type::Long),
        of: |of| number(of.iter().map(Value::text).collect::<BTreeSet<_>>().len()),
    },
    Aggregate { name: "max", prefix: "max_", takes: &[Ordered], gives: None, of: |of| extreme(of, true) },
    Aggregate { name: "min", prefix: "min_", takes: &[Ordered], gives: None, of: |of| extreme(of, false) },
    Aggregate { name: "sum", prefix: "sum_", takes: &[Number], gives: None, of: sum },
    Aggregate {
        name: "take_any",
        prefix: "",
        takes: &[Any],
        gives: None,
        of: |of| of.into_iter().next().unwrap_or(Value::Null),
    },
    Aggregate { name: "make_set", prefix: "set_", takes: &[Any], gives: Some(Type::Dynamic), of: set },
];

/// The function of a name.
pub(super) fn aggregate(name: &str) -> Option<&'static Aggregate> {
    AGGREGATES.iter().find(|function| function.name == name)
}

fn number(count: usize) -> Value {
    Value::Whole(i64::try_from(count).unwrap_or(i64::MAX))
}

fn extreme(of: Vec<Value>, is_largest: bool) -> Value {
    let known = of.into_iter().filter(|value| *value != Value::Null);
    let found = if is_largest { known.max_by(Value::order) } else { known.min_by(Value::order) };
    found.unwrap_or(Value::Null)
}

fn sum(of: Vec<Value>) -> Value {
    let is_whole = of.iter().all(|value| matches!(value, Value::Whole(_) | Value::Null));
    if is_whole {
        let all = of.iter().map(|value| if let Value::Whole(number) = value { *number } else { 0 });
        return Value::Whole(all.fold(0, i64::wrapping_add));
    }
    Value::Real(of.iter().map(Value::number).filter(|number| !number.is_nan()).sum())
}

/// Each value once, nulls left out, in the order in which they come.
fn set(of: Vec<Value>) -> Value {
    let mut seen = BTreeSet::new();
    let once = of.into_iter().filter(|value| *value != Value::Null && seen.insert(value.text()));
    Value::Dynamic(Json::Array(once.map(|value| value.write()).collect()))
}
