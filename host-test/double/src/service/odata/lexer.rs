//! Words of a `$filter`.

use super::error::ODataError;
use crate::api::time;
use std::time::Duration;

/// A word.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Token {
    /// A property path, an operator or a function; which one the parser knows.
    Name(String),
    Text(String),
    Number(f64),
    Time(Duration),
    Open,
    Close,
    Comma,
    Colon,
}

/// Words with the position they stand at.
pub(super) fn read(text: &str) -> Result<Vec<(usize, Token)>, ODataError> {
    let mut tokens = Vec::new();
    let mut rest = text;
    loop {
        rest = rest.trim_start();
        let at = text.len() - rest.len();
        let Some(first) = rest.chars().next() else { return Ok(tokens) };
        let single = match first {
            '(' => Some(Token::Open),
            ')' => Some(Token::Close),
            ',' => Some(Token::Comma),
            ':' => Some(Token::Colon),
            _ => None,
        };
        let token = if let Some(token) = single {
            rest = rest.get(first.len_utf8()..).unwrap_or_default();
            token
        } else if first == '\'' {
            let (value, length) = quoted(rest).ok_or_else(|| ODataError::Syntax {
                text: text.into(),
                at,
                problem: "a quote is never closed".into(),
            })?;
            rest = rest.get(length..).unwrap_or_default();
            Token::Text(value)
        } else {
            // A time has colons of its own, so they end a word only where it is no number.
            let numeric = first.is_ascii_digit() || first == '-';
            let ends = |c: char| c.is_whitespace() || matches!(c, '(' | ')' | ',' | '\'') || (c == ':' && !numeric);
            let (word, behind) = rest.split_at(rest.find(ends).unwrap_or(rest.len()));
            rest = behind;
            let value = if numeric { number_or_time(word) } else { Some(Token::Name(word.into())) };
            value.ok_or_else(|| ODataError::Syntax {
                text: text.into(),
                at,
                problem: format!("'{word}' is neither a number nor a time"),
            })?
        };
        tokens.push((at, token));
    }
}

/// A string in quotes, where two quotes mean one, and its length with them.
fn quoted(text: &str) -> Option<(String, usize)> {
    let mut value = String::new();
    let mut chars = text.char_indices().skip(1).peekable();
    while let Some((at, c)) = chars.next() {
        if c == '\'' && chars.next_if(|(_, next)| *next == '\'').is_none() {
            return Some((value, at + 1));
        }
        value.push(c);
    }
    None
}

fn number_or_time(word: &str) -> Option<Token> {
    match word.parse() {
        Ok(number) => Some(Token::Number(number)),
        Err(_) => time::read(word).map(Token::Time),
    }
}
