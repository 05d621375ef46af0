//! `$filter`: `eq ne gt ge lt le in and or not`, `startswith endswith contains`, and `any` over a list of texts.

use super::error::ODataError;
use super::holds::{holds, property};
use super::lexer;
use super::parser::Parser;
use super::tree::{Function, Node, Operator};
use serde_json::{Map, Value};

/// A condition on rows.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::service) struct Filter {
    root: Node,
    /// Every property it names.
    properties: Vec<String>,
}

/// Operators of a filter that not every service answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(in crate::service) struct Operators {
    pub(in crate::service) not: bool,
    pub(in crate::service) not_equal: bool,
    pub(in crate::service) ends_with: bool,
    pub(in crate::service) contains: bool,
}

impl Operators {
    fn note(&mut self, node: &Node) {
        match node {
            Node::And(left, right) | Node::Or(left, right) => {
                self.note(left);
                self.note(right);
            }
            Node::Not(inner) => {
                self.not = true;
                self.note(inner);
            }
            Node::Compare(_, operator, _) => self.not_equal |= *operator == Operator::NotEqual,
            Node::Call(function, ..) => {
                self.ends_with |= *function == Function::EndsWith;
                self.contains |= *function == Function::Contains;
            }
            Node::Any { condition, .. } => self.note(condition),
            Node::In(..) => {}
        }
    }
}

impl Filter {
    /// The operators in it.
    pub(in crate::service) fn operators(&self) -> Operators {
        let mut operators = Operators::default();
        operators.note(&self.root);
        operators
    }

    /// Reads a filter.
    pub(in crate::service) fn parse(text: &str) -> Result<Self, ODataError> {
        let tokens = lexer::read(text)?;
        let mut parser =
            Parser { text, tokens: &tokens, next: 0, depth: 0, properties: Vec::new(), variable: String::new() };
        let root = parser.or()?;
        match parser.peek() {
            None => Ok(Self { root, properties: parser.properties }),
            Some(_) => Err(parser.problem("'and' or 'or' expected")),
        }
    }

    /// Refuses a property that a row does not have.
    pub(in crate::service) fn check(&self, row: &Map<String, Value>) -> Result<(), ODataError> {
        match self.properties.iter().find(|path| property(row, path).is_none()) {
            Some(unknown) => Err(ODataError::Property(unknown.clone())),
            None => Ok(()),
        }
    }

    /// Whether a row meets the condition.
    pub(in crate::service) fn keeps(&self, row: &Map<String, Value>) -> bool {
        holds(&self.root, row, None)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn keeps(text: &str) -> bool {
        let row = json!({
            "id": "a1", "name": "O'Brien", "lastSeen": "2026-02-02T03:04:05.1234567Z", "score": 7.5, "rbacGroupId": 3,
            "isOn": true, "aadDeviceId": null, "machineTags": ["red", "blue"], "vm": {"vmId": "v"}, "none": null,
        });
        let Value::Object(row) = row else { unreachable!() };
        let filter = Filter::parse(text).unwrap();
        filter.check(&row).unwrap();
        filter.keeps(&row)
    }

    #[test]
    fn conditions_hold_as_odata_says() {
        for text in [
            "id eq 'a1'",
            "ID eq 'a1' and Name eq 'O''Brien'",
            "id eq 'x' or score ge 7.5 and rbacGroupId lt 4",
            "not (id eq 'x')",
            "lastSeen ge 2026-02-02T03:04:05Z and lastSeen lt 2026-02-03",
            "aadDeviceId eq null and id ne null",
            "isOn eq true",
            "startswith(name,'o''b') and contains(id,'1') and endswith(id, '1')",
            "startswith(id,'a') eq true",
            "machineTags/any(t: t eq 'blue')",
            "machineTags/any(t:startswith(t,'bl'))",
            "id in ('z','a1')",
            "vm/vmId eq 'v' and none/x eq null",
        ] {
            assert!(keeps(text), "{text}");
        }
        for text in ["id eq 'A1'", "score gt 7.5", "aadDeviceId gt 'a'", "machineTags/any(t: t eq 'green')"] {
            assert!(!keeps(text), "{text}");
        }
    }

    #[test]
    fn mistakes_are_named() {
        for text in
            ["", "id", "id eq", "id like 'x'", "(id eq 'a'", "id eq 'a", "id eq 1x", "f(id,'a')", "id eq 'a' id"]
        {
            assert!(matches!(Filter::parse(text), Err(ODataError::Syntax { .. })), "{text}");
        }
        assert!(Filter::parse(&"(".repeat(10_000)).is_err());
        let Value::Object(row) = json!({"id": "a"}) else { unreachable!() };
        let unknown = Filter::parse("ide eq 'a'").unwrap().check(&row);
        assert_eq!(unknown, Err(ODataError::Property("ide".into())));
    }
}
