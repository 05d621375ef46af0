//! A query as a tree: the form alone, no names looked up.

use super::value::Value;

/// A query.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Query {
    pub(super) table: String,
    pub(super) stages: Vec<Stage>,
}

/// An operator between two pipes.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Stage {
    Where(Expression),
    Project(Vec<Named>),
    Extend(Vec<Named>),
    Distinct(Vec<String>),
    Take(i64),
    Count,
    Summarize { columns: Vec<Named>, by: Vec<Named> },
    Order(Vec<Key>),
    Top(i64, Key),
}

/// An expression and the name that it is given, if it is.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Named {
    pub(super) name: Option<String>,
    pub(super) value: Expression,
}

/// A column to sort by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Key {
    pub(super) column: String,
    /// Without a word the largest comes first.
    pub(super) is_ascending: bool,
}

/// An expression.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Expression {
    Literal(Value),
    Column(String),
    Or(Box<Expression>, Box<Expression>),
    And(Box<Expression>, Box<Expression>),
    Compare(Box<Expression>, Comparison, Box<Expression>),
    /// Whether it is one of a list; letters' case may not matter, and it may be none of them that is wanted.
    In {
        value: Box<Expression>,
        list: Vec<Expression>,
        is_exact: bool,
        is_wanted: bool,
    },
    /// Whether a text has a part.
    Part {
        text: Box<Expression>,
        test: Part,
        part: Box<Expression>,
    },
    Call(String, Vec<Expression>),
    /// `*` in `arg_max(Timestamp, *)`.
    All,
}

/// A comparison.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Comparison {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    /// `=~`: letters' case does not matter.
    Alike,
    /// `!~`.
    NotAlike,
}

/// Where a part of a text may stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Part {
    pub(super) place: Place,
    pub(super) is_exact: bool,
    pub(super) is_wanted: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    Start,
    End,
    Anywhere,
}

impl Part {
    /// The test of an operator: `startswith`, `!endswith_cs` and the like.
    pub(super) fn of(operator: &str) -> Option<Self> {
        let (is_wanted, name) = operator.strip_prefix('!').map_or((true, operator), |name| (false, name));
        let (is_exact, name) = name.strip_suffix("_cs").map_or((false, name), |name| (true, name));
        let place = match name {
            "startswith" => Place::Start,
            "endswith" => Place::End,
            "contains" => Place::Anywhere,
            _ => return None,
        };
        Some(Self { place, is_exact, is_wanted })
    }
}
