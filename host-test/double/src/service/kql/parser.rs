//! From words to a tree.

use super::error::{KqlError, syntax};
use super::lexer::{self, Token};
use super::reserved::is_reserved;
use super::syntax::{Comparison, Expression, Key, Named, Part, Query, Stage};
use super::value::Value;

/// Parentheses within parentheses that are followed.
const DEEPEST: u32 = 50;

/// The tree of a query.
pub(super) fn parse(text: &str) -> Result<Query, KqlError> {
    let tokens = lexer::read(text)?;
    let mut parser = Parser { tokens: &tokens, next: 0, depth: 0 };
    let table = parser.name("a table")?;
    let mut stages = Vec::new();
    while parser.sign("|") {
        stages.push(parser.stage()?);
    }
    parser.sign(";");
    match parser.peek() {
        None => Ok(Query { table, stages }),
        Some(_) => Err(parser.expected("'|'")),
    }
}

struct Parser<'t> {
    tokens: &'t [Token],
    next: usize,
    depth: u32,
}

impl Parser<'_> {
    fn stage(&mut self) -> Result<Stage, KqlError> {
        let operator = self.name("an operator")?;
        Ok(match operator.as_str() {
            "where" | "filter" => Stage::Where(self.expression()?),
            "project" => Stage::Project(self.list(Self::named)?),
            "extend" => Stage::Extend(self.list(Self::named)?),
            "distinct" => Stage::Distinct(self.list(|parser| parser.name("a column"))?),
            "take" | "limit" => Stage::Take(self.whole()?),
            "count" => Stage::Count,
            "summarize" => {
                let columns = if self.is_word("by") { Vec::new() } else { self.list(Self::named)? };
                let by = if self.word("by") { self.list(Self::named)? } else { Vec::new() };
                Stage::Summarize { columns, by }
            }
            "order" | "sort" => {
                self.need("by")?;
                Stage::Order(self.list(Self::key)?)
            }
            "top" => {
                let most = self.whole()?;
                self.need("by")?;
                Stage::Top(most, self.key()?)
            }
            other => return Err(syntax(format!("'{other}' is no operator that the double knows"))),
        })
    }

    /// One or more things between commas.
    fn list<T>(&mut self, one: impl Fn(&mut Self) -> Result<T, KqlError>) -> Result<Vec<T>, KqlError> {
        let mut list = vec![one(self)?];
        while self.sign(",") {
            list.push(one(self)?);
        }
        Ok(list)
    }

    fn named(&mut self) -> Result<Named, KqlError> {
        let name = match (self.peek(), self.tokens.get(self.next + 1)) {
            (Some(Token::Word(name)), Some(Token::Sign("="))) => Some(name.clone()),
            _ => None,
        };
        if let Some(word) = name.as_deref().filter(|name| is_reserved(name)) {
            return Err(syntax(format!("the name '{word}' is a word of the language; take another one")));
        }
        self.next += if name.is_some() { 2 } else { 0 };
        Ok(Named { name, value: self.expression()? })
    }

    fn key(&mut self) -> Result<Key, KqlError> {
        let column = self.name("a column")?;
        let is_ascending = self.word("asc");
        if !is_ascending {
            self.word("desc");
        }
        Ok(Key { column, is_ascending })
    }

    fn expression(&mut self) -> Result<Expression, KqlError> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err(syntax("it is nested too deeply"));
        }
        let mut left = self.all_of()?;
        while self.word("or") {
            left = Expression::Or(Box::new(left), Box::new(self.all_of()?));
        }
        self.depth -= 1;
        Ok(left)
    }

    fn all_of(&mut self) -> Result<Expression, KqlError> {
        let mut left = self.comparison()?;
        while self.word("and") {
            left = Expression::And(Box::new(left), Box::new(self.comparison()?));
        }
        Ok(left)
    }

    fn comparison(&mut self) -> Result<Expression, KqlError> {
        let left = self.primary()?;
        let comparison = match self.peek() {
            Some(Token::Sign("==")) => Comparison::Equal,
            Some(Token::Sign("!=")) => Comparison::NotEqual,
            Some(Token::Sign("<")) => Comparison::Less,
            Some(Token::Sign("<=")) => Comparison::LessOrEqual,
            Some(Token::Sign(">")) => Comparison::Greater,
            Some(Token::Sign(">=")) => Comparison::GreaterOrEqual,
            Some(Token::Sign("=~")) => Comparison::Alike,
            Some(Token::Sign("!~")) => Comparison::NotAlike,
            Some(Token::Word(word)) => {
                let word = word.clone();
                return self.of_text(left, &word);
            }
            _ => return Ok(left),
        };
        self.next += 1;
        Ok(Expression::Compare(Box::new(left), comparison, Box::new(self.primary()?)))
    }

    /// What stands behind a text: an operator in letters, if it is one.
    fn of_text(&mut self, left: Expression, operator: &str) -> Result<Expression, KqlError> {
        if let Some(test) = Part::of(operator) {
            self.next += 1;
            return Ok(Expression::Part { text: Box::new(left), test, part: Box::new(self.primary()?) });
        }
        let (is_exact, is_wanted) = match operator {
            "in" => (true, true),
            "!in" => (true, false),
            "in~" => (false, true),
            "!in~" => (false, false),
            _ => return Ok(left),
        };
        self.next += 1;
        self.expect("(")?;
        let list = self.list(Self::expression)?;
        self.expect(")")?;
        Ok(Expression::In { value: Box::new(left), list, is_exact, is_wanted })
    }

    fn primary(&mut self) -> Result<Expression, KqlError> {
        let Some(token) = self.peek().cloned() else { return Err(self.expected("a value")) };
        self.next += 1;
        Ok(match token {
            Token::Text(text) => Expression::Literal(Value::Text(text)),
            Token::Whole(number) => Expression::Literal(Value::Whole(number)),
            Token::Real(number) => Expression::Literal(Value::Real(number)),
            Token::Span(ticks) => Expression::Literal(Value::Span(ticks)),
            Token::Time(ticks) => Expression::Literal(Value::Time(ticks)),
            Token::Word(word) if word == "true" || word == "false" => Expression::Literal(Value::Bool(word == "true")),
            Token::Word(word) if !is_operator(&word) => {
                if !self.sign("(") {
                    return Ok(Expression::Column(word));
                }
                let mut arguments = Vec::new();
                if !self.sign(")") {
                    arguments = self.list(Self::argument)?;
                    self.expect(")")?;
                }
                Expression::Call(word, arguments)
            }
            Token::Sign("(") => {
                let inner = self.expression()?;
                self.expect(")")?;
                inner
            }
            Token::Word(_) | Token::Sign(_) => {
                self.next -= 1;
                return Err(self.expected("a value"));
            }
        })
    }

    fn argument(&mut self) -> Result<Expression, KqlError> {
        if self.sign("*") { Ok(Expression::All) } else { self.expression() }
    }

    fn whole(&mut self) -> Result<i64, KqlError> {
        let Some(&Token::Whole(number)) = self.peek() else { return Err(self.expected("a whole number")) };
        self.next += 1;
        Ok(number)
    }

    fn name(&mut self, what: &str) -> Result<String, KqlError> {
        let name = match self.peek() {
            Some(Token::Word(word)) if !is_operator(word) => word.clone(),
            _ => return Err(self.expected(what)),
        };
        self.next += 1;
        Ok(name)
    }

    fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.next)
    }

    fn sign(&mut self, wanted: &str) -> bool {
        let found = matches!(self.peek(), Some(Token::Sign(sign)) if *sign == wanted);
        self.next += usize::from(found);
        found
    }

    fn is_word(&self, wanted: &str) -> bool {
        matches!(self.peek(), Some(Token::Word(word)) if word == wanted)
    }

    fn word(&mut self, wanted: &str) -> bool {
        let found = self.is_word(wanted);
        self.next += usize::from(found);
        found
    }

    fn need(&mut self, wanted: &str) -> Result<(), KqlError> {
        if self.word(wanted) { Ok(()) } else { Err(self.expected(&format!("'{wanted}'"))) }
    }

    fn expect(&mut self, wanted: &str) -> Result<(), KqlError> {
        if self.sign(wanted) { Ok(()) } else { Err(self.expected(&format!("'{wanted}'"))) }
    }

    fn expected(&self, what: &str) -> KqlError {
        match self.peek() {
            None => syntax(format!("{what} is expected at the end")),
            Some(Token::Word(word)) => syntax(format!("{what} is expected at '{}'", word.escape_default())),
            Some(Token::Sign(sign)) => syntax(format!("{what} is expected at '{sign}'")),
            Some(_) => syntax(format!("{what} is expected at a value")),
        }
    }
}

/// Words that stand between values, or begin with a sign, and are no names.
fn is_operator(word: &str) -> bool {
    word.starts_with('!') || ["and", "or", "by", "in", "in~", "asc", "desc"].contains(&word) || Part::of(word).is_some()
}
