//! Values of the Kusto query language.

use crate::api::{Type, time};
use serde_json::{Map, Value as Json};
use std::cmp::Ordering;

/// A row of a table or of a result: a value for each column.
pub(in crate::service) type Row = Vec<Value>;

/// A column of a table or of a result.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::service) struct Column {
    pub(in crate::service) name: String,
    pub(in crate::service) of: Type,
}

/// A value. Texts are never null: nothing is the empty one.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::service) enum Value {
    Null,
    Bool(bool),
    /// `int` and `long`.
    Whole(i64),
    Real(f64),
    /// Since 1970, in 100 nanoseconds.
    Time(i64),
    /// In 100 nanoseconds.
    Span(i64),
    Text(String),
    Dynamic(Json),
}

/// 100 nanoseconds in a second.
pub(super) const SECOND: i64 = 10_000_000;

impl Value {
    /// A member of a row as a table's column has it.
    fn read(json: Option<&Json>, of: Type) -> Self {
        match (of, json) {
            (Type::Text, Some(Json::String(text))) => Self::Text(text.clone()),
            (Type::Text, None | Some(Json::Null)) => Self::Text(String::new()),
            (Type::Text, Some(other)) => Self::Text(other.to_string()),
            (_, None | Some(Json::Null)) => Self::Null,
            (Type::Dynamic, Some(json)) => Self::Dynamic(json.clone()),
            (Type::Bool, Some(json)) => {
                json.as_i64().map(|bit| bit != 0).or(json.as_bool()).map_or(Self::Null, Self::Bool)
            }
            (Type::Int | Type::Long, Some(json)) => whole(json).map_or(Self::Null, Self::Whole),
            (Type::Real, Some(json)) => json.as_f64().map_or(Self::Null, Self::Real),
            (Type::Time, Some(json)) => json.as_str().and_then(moment).map_or(Self::Null, Self::Time),
            (Type::Span, Some(_)) => Self::Null,
        }
    }

    /// As an answer has it.
    pub(super) fn write(&self) -> Json {
        match self {
            Self::Null => Json::Null,
            Self::Bool(value) => u8::from(*value).into(),
            Self::Whole(value) => (*value).into(),
            Self::Real(value) => (*value).into(),
            Self::Time(ticks) => time::ticks(*ticks).into(),
            Self::Span(ticks) => span(*ticks).into(),
            Self::Text(text) => text.as_str().into(),
            Self::Dynamic(json) => json.clone(),
        }
    }

    /// As `tostring()` has it, which `hash()` and sets of texts look at.
    pub(super) fn text(&self) -> String {
        match self {
            Self::Null => String::new(),
            Self::Bool(value) => if *value { "True" } else { "False" }.to_owned(),
            Self::Dynamic(Json::String(text)) | Self::Text(text) => text.clone(),
            Self::Dynamic(json) => json.to_string(),
            Self::Whole(_) | Self::Real(_) | Self::Time(_) | Self::Span(_) => match self.write() {
                Json::String(text) => text,
                other => other.to_string(),
            },
        }
    }

    /// Which of two values is less; none where one is null or they cannot be compared.
    pub(super) fn compare(&self, other: &Self) -> Option<Ordering> {
        match (self, other) {
            (Self::Bool(left), Self::Bool(right)) => Some(left.cmp(right)),
            (Self::Text(left), Self::Text(right)) => Some(left.cmp(right)),
            (Self::Whole(left), Self::Whole(right))
            | (Self::Time(left), Self::Time(right))
            | (Self::Span(left), Self::Span(right)) => Some(left.cmp(right)),
            (Self::Whole(_) | Self::Real(_), Self::Whole(_) | Self::Real(_)) => {
                self.number().partial_cmp(&other.number())
            }
            (Self::Dynamic(left), Self::Dynamic(right)) => Some(left.to_string().cmp(&right.to_string())),
            _ => None,
        }
    }

    /// The order of a sorted result: nulls come first where the least does.
    pub(super) fn order(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Self::Null, Self::Null) => Ordering::Equal,
            (Self::Null, _) => Ordering::Less,
            (_, Self::Null) => Ordering::Greater,
            _ => self.compare(other).unwrap_or(Ordering::Equal),
        }
    }

    #[allow(clippy::cast_precision_loss, reason = "as the language compares long with real")]
    pub(super) fn number(&self) -> f64 {
        match self {
            Self::Whole(value) => *value as f64,
            Self::Real(value) => *value,
            _ => f64::NAN,
        }
    }
}

fn whole(json: &Json) -> Option<i64> {
    json.as_i64().or_else(|| json.as_str()?.parse().ok())
}

/// A time as texts have it, in 100 nanoseconds since 1970.
pub(super) fn moment(text: &str) -> Option<i64> {
    let since = time::read(text)?;
    i64::try_from(since.as_nanos() / 100).ok()
}

/// `1.02:03:04.5000000`: days, hours, minutes, seconds, as .NET writes it.
fn span(ticks: i64) -> String {
    let (sign, ticks) = (if ticks < 0 { "-" } else { "" }, ticks.unsigned_abs());
    let (seconds, rest) = (ticks / SECOND.unsigned_abs(), ticks % SECOND.unsigned_abs());
    let (days, clock) = (seconds / 86_400, seconds % 86_400);
    let days = if days > 0 { format!("{days}.") } else { String::new() };
    let fraction = if rest > 0 { format!(".{rest:07}") } else { String::new() };
    format!("{sign}{days}{:02}:{:02}:{:02}{fraction}", clock / 3600, clock / 60 % 60, clock % 60)
}

/// A row of a table.
pub(in crate::service) fn read(row: &Map<String, Json>, columns: &[Column]) -> Row {
    columns.iter().map(|column| Value::read(row.get(&column.name), column.of)).collect()
}

/// A row of a result as JSON, its members in the order of the columns.
pub(in crate::service) fn write(row: &[Value], columns: &[Column], out: &mut Vec<u8>) {
    out.push(b'{');
    for (place, (column, value)) in columns.iter().zip(row).enumerate() {
        if place > 0 {
            out.push(b',');
        }
        // Into memory, of texts and of what was JSON before.
        let _ = serde_json::to_writer(&mut *out, &column.name);
        out.push(b':');
        let _ = serde_json::to_writer(&mut *out, &value.write());
    }
    out.push(b'}');
}
