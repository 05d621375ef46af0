//! From words to a tree.

use super::error::ODataError;
use super::lexer::Token;
use super::tree::{Function, Node, Operand, Operator};

/// Parentheses within parentheses that are followed.
const DEEPEST: u32 = 50;

pub(super) struct Parser<'t> {
    pub(super) text: &'t str,
    pub(super) tokens: &'t [(usize, Token)],
    pub(super) next: usize,
    pub(super) depth: u32,
    pub(super) properties: Vec<String>,
    /// Name that stands for an item inside `any`, so is no property.
    pub(super) variable: String,
}

impl Parser<'_> {
    pub(super) fn or(&mut self) -> Result<Node, ODataError> {
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

    pub(super) fn peek(&self) -> Option<&Token> {
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

    pub(super) fn problem(&self, problem: &str) -> ODataError {
        let at = self.tokens.get(self.next).map_or(self.text.len(), |(at, _)| *at);
        ODataError::Syntax { text: self.text.into(), at, problem: problem.into() }
    }
}
