//! A condition as a tree.

use std::time::Duration;

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Node {
    And(Box<Node>, Box<Node>),
    Or(Box<Node>, Box<Node>),
    Not(Box<Node>),
    Compare(Operand, Operator, Operand),
    In(Operand, Vec<Operand>),
    Call(Function, Operand, Operand),
    /// `list/any(x: condition on x)`.
    Any {
        list: String,
        variable: String,
        condition: Box<Node>,
    },
}

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Operand {
    Property(String),
    Text(String),
    Number(f64),
    Time(Duration),
    Boolean(bool),
    Null,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Operator {
    Equal,
    NotEqual,
    Greater,
    GreaterOrEqual,
    Less,
    LessOrEqual,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Function {
    StartsWith,
    EndsWith,
    Contains,
}
