//! `$filter`: `eq ne gt ge lt le in and or not`, `startswith endswith contains`, and `any` over a list of texts.

use super::columns::member;
use super::error::ODataError;
use super::lexer::{self, Token};
use crate::api::time;
use serde_json::{Map, Value};
use std::cmp::Ordering;
use std::time::Duration;

/// A condition on rows.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::service) struct Filter {
    root: Node,
    /// Every property it names.
    properties: Vec<String>,
}

#[derive(Debug, Clone, PartialEq)]
enum Node {
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
enum Operand {
    Property(String),
    Text(String),
    Number(f64),
    Time(Duration),
    Boolean(bool),
    Null,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Operator {
    Equal,
    NotEqual,
    Greater,
    GreaterOrEqual,
    Less,
    LessOrEqual,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Function {
    StartsWith,
    EndsWith,
    Contains,
}

impl Filter {
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

/// A value by its path.
fn property<'v>(row: &'v Map<String, Value>, path: &str) -> Option<&'v Value> {
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

fn holds(node: &Node, row: &Map<String, Value>, variable: Variable<'_>) -> bool {
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

/// Parentheses within parentheses that are followed.
const DEEPEST: u32 = 50;

struct Parser<'t> {
    text: &'t str,
    tokens: &'t [(usize, Token)],
    next: usize,
    depth: u32,
    properties: Vec<String>,
    /// Name that stands for an item inside `any`, so is no property.
    variable: String,
}

impl Parser<'_> {
    fn or(&mut self) -> Result<Node, ODataError> {
        let mut left = self.and()?;
        while self.word("or") {
            left = Node::Or(Box::new(left), Box::new(self.and()?));
        }
        Ok(left)
    }

    fn and(&mut self) -> Result<Node, ODataError> {
        let mut left = self.condition()?;
        while self.word("and") {
            left = Node::And(Box::new(left), Box::new(self.condition()?));
        }
        Ok(left)
    }

    fn condition(&mut self) -> Result<Node, ODataError> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err(self.problem("nested too deeply"));
        }
        let node = if self.word("not") {
            Node::Not(Box::new(self.condition()?))
        } else if self.token(&Token::Open) {
            let inner = self.or()?;
            self.expect(&Token::Close, "')'")?;
            inner
        } else {
            self.simple()?
        };
        self.depth -= 1;
        Ok(node)
    }

    fn simple(&mut self) -> Result<Node, ODataError> {
        if let Some(Token::Name(name)) = self.peek()
            && matches!(self.tokens.get(self.next + 1), Some((_, Token::Open)))
        {
            let name = name.clone();
            self.next += 2;
            return self.call(&name);
        }
        let left = self.operand()?;
        let Some(Token::Name(operator)) = self.peek() else { return Err(self.problem("a comparison expected")) };
        let operator = match operator.to_ascii_lowercase().as_str() {
            "eq" => Operator::Equal,
            "ne" => Operator::NotEqual,
            "gt" => Operator::Greater,
            "ge" => Operator::GreaterOrEqual,
            "lt" => Operator::Less,
            "le" => Operator::LessOrEqual,
            "in" => {
                self.next += 1;
                return Ok(Node::In(left, self.list()?));
            }
            _ => return Err(self.problem("a comparison expected")),
        };
        self.next += 1;
        Ok(Node::Compare(left, operator, self.operand()?))
    }

    /// Behind the name of a function and its parenthesis.
    fn call(&mut self, name: &str) -> Result<Node, ODataError> {
        if let Some((list, "any")) = name.rsplit_once('/') {
            let Some(Token::Name(variable)) = self.peek() else { return Err(self.problem("a name expected")) };
            let variable = variable.clone();
            self.next += 1;
            self.expect(&Token::Colon, "':'")?;
            self.properties.push(list.into());
            let outer = std::mem::replace(&mut self.variable, variable.clone());
            let condition = Box::new(self.or()?);
            self.variable = outer;
            self.expect(&Token::Close, "')'")?;
            return Ok(Node::Any { list: list.into(), variable, condition });
        }
        let function = match name.to_ascii_lowercase().as_str() {
            "startswith" => Function::StartsWith,
            "endswith" => Function::EndsWith,
            "contains" => Function::Contains,
            _ => return Err(self.problem(&format!("unknown function '{name}'"))),
        };
        let text = self.operand()?;
        self.expect(&Token::Comma, "','")?;
        let part = self.operand()?;
        self.expect(&Token::Close, "')'")?;
        // Some clients write the result out: `startswith(a,'b') eq true`.
        if self.word("eq") {
            return match self.operand()? {
                Operand::Boolean(true) => Ok(Node::Call(function, text, part)),
                Operand::Boolean(false) => Ok(Node::Not(Box::new(Node::Call(function, text, part)))),
                _ => Err(self.problem("true or false expected")),
            };
        }
        Ok(Node::Call(function, text, part))
    }

    fn list(&mut self) -> Result<Vec<Operand>, ODataError> {
        self.expect(&Token::Open, "'('")?;
        let mut list = vec![self.operand()?];
        while self.token(&Token::Comma) {
            list.push(self.operand()?);
        }
        self.expect(&Token::Close, "')'")?;
        Ok(list)
    }

    fn operand(&mut self) -> Result<Operand, ODataError> {
        let operand = match self.peek().cloned() {
            Some(Token::Text(text)) => Operand::Text(text),
            Some(Token::Number(number)) => Operand::Number(number),
            Some(Token::Time(time)) => Operand::Time(time),
            Some(Token::Name(name)) => match name.as_str() {
                "null" => Operand::Null,
                "true" => Operand::Boolean(true),
                "false" => Operand::Boolean(false),
                name => {
                    if name != self.variable {
                        self.properties.push(name.into());
                    }
                    Operand::Property(name.into())
                }
            },
            _ => return Err(self.problem("a property or a value expected")),
        };
        self.next += 1;
        Ok(operand)
    }

    fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.next).map(|(_, token)| token)
    }

    fn token(&mut self, wanted: &Token) -> bool {
        let found = self.peek() == Some(wanted);
        self.next += usize::from(found);
        found
    }

    fn word(&mut self, wanted: &str) -> bool {
        let found = matches!(self.peek(), Some(Token::Name(name)) if name.eq_ignore_ascii_case(wanted));
        self.next += usize::from(found);
        found
    }

    fn expect(&mut self, wanted: &Token, shown: &str) -> Result<(), ODataError> {
        if self.token(wanted) { Ok(()) } else { Err(self.problem(&format!("{shown} expected"))) }
    }

    fn problem(&self, problem: &str) -> ODataError {
        let at = self.tokens.get(self.next).map_or(self.text.len(), |(at, _)| *at);
        ODataError::Syntax { text: self.text.into(), at, problem: problem.into() }
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
