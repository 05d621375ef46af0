//! Whether a condition holds for a row.

use super::columns::member;
use super::tree::{Function, Node, Operand, Operator};
use crate::api::time;
use serde_json::{Map, Value};
use std::cmp::Ordering;

/// A value by its path.
pub(super) fn property<'v>(row: &'v Map<String, Value>, path: &str) -> Option<&'v Value> {
    let mut names = path.split('/');
    let mut value = member(row, names.next()?)?;
    for name in names {
        value = match value {
            // A member of null is null, as in OData.
            Value::Null => return Some(value),
            Value::Object(object) => member(object, name)?,
            _ => return None,
        };
    }
    Some(value)
}

/// The name and value of the variable inside `any`.
type Variable<'v> = Option<(&'v str, &'v Value)>;

pub(super) fn holds(node: &Node, row: &Map<String, Value>, variable: Variable<'_>) -> bool {
    match node {
        Node::And(left, right) => holds(left, row, variable) && holds(right, row, variable),
        Node::Or(left, right) => holds(left, row, variable) || holds(right, row, variable),
        Node::Not(inner) => !holds(inner, row, variable),
        Node::Compare(left, operator, right) => {
            compare(&value(left, row, variable), *operator, &value(right, row, variable))
        }
        Node::In(left, list) => {
            let left = value(left, row, variable);
            list.iter().any(|one| compare(&left, Operator::Equal, &value(one, row, variable)))
        }
        Node::Call(function, text, part) => {
            let (Operand::Text(text), Operand::Text(part)) = (value(text, row, variable), value(part, row, variable))
            else {
                return false;
            };
            // String functions ignore case in the service's database.
            let (text, part) = (text.to_lowercase(), part.to_lowercase());
            match function {
                Function::StartsWith => text.starts_with(&part),
                Function::EndsWith => text.ends_with(&part),
                Function::Contains => text.contains(&part),
            }
        }
        Node::Any { list, variable: name, condition } => match property(row, list) {
            Some(Value::Array(items)) => items.iter().any(|item| holds(condition, row, Some((name, item)))),
            _ => false,
        },
    }
}

/// What an operand stands for: never a property again.
fn value(operand: &Operand, row: &Map<String, Value>, variable: Variable<'_>) -> Operand {
    let Operand::Property(path) = operand else { return operand.clone() };
    let found = match variable {
        Some((name, item)) if name == path => Some(item),
        _ => property(row, path),
    };
    match found {
        Some(Value::String(text)) => Operand::Text(text.clone()),
        Some(Value::Number(number)) => number.as_f64().map_or(Operand::Null, Operand::Number),
        Some(Value::Bool(boolean)) => Operand::Boolean(*boolean),
        _ => Operand::Null,
    }
}

fn compare(left: &Operand, operator: Operator, right: &Operand) -> bool {
    let order = match (left, right) {
        (Operand::Null, Operand::Null) => Some(Ordering::Equal),
        (Operand::Number(left), Operand::Number(right)) => left.partial_cmp(right),
        (Operand::Boolean(left), Operand::Boolean(right)) => Some(left.cmp(right)),
        (Operand::Text(left), Operand::Text(right)) => Some(left.cmp(right)),
        (Operand::Time(left), Operand::Time(right)) => Some(left.cmp(right)),
        (Operand::Text(left), Operand::Time(right)) => time::read(left).map(|left| left.cmp(right)),
        (Operand::Time(left), Operand::Text(right)) => time::read(right).map(|right| left.cmp(&right)),
        _ => None,
    };
    match operator {
        Operator::Equal => order == Some(Ordering::Equal),
        Operator::NotEqual => order != Some(Ordering::Equal),
        Operator::Greater => order == Some(Ordering::Greater),
        Operator::GreaterOrEqual => matches!(order, Some(Ordering::Greater | Ordering::Equal)),
        Operator::Less => order == Some(Ordering::Less),
        Operator::LessOrEqual => matches!(order, Some(Ordering::Less | Ordering::Equal)),
    }
}
