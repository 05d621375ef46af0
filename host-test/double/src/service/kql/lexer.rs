//! Words of a query.

use super::error::{KqlError, syntax};
use super::value::{SECOND, moment};

/// A word.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Token {
    /// A name or a keyword; an operator that begins with `!` and letters too.
    Word(String),
    Text(String),
    Whole(i64),
    Real(f64),
    /// 100 nanoseconds.
    Span(i64),
    /// 100 nanoseconds since 1970.
    Time(i64),
    /// `|`, `(`, `)`, `,`, `=`, `==`, `!=`, `=~`, `!~`, `<`, `<=`, `>`, `>=`, `*`, `;`.
    Sign(&'static str),
}

/// Signs, the longer ones first.
const SIGNS: &[&str] = &["==", "!=", "=~", "!~", "<=", ">=", "|", "(", ")", ",", "=", "<", ">", "*", ";"];

/// Units of a time span, in 100 nanoseconds, the longer names first.
const UNITS: &[(&str, i64)] =
    &[("ms", SECOND / 1000), ("d", 86_400 * SECOND), ("h", 3600 * SECOND), ("m", 60 * SECOND), ("s", SECOND)];

/// The words of a query.
pub(super) fn read(text: &str) -> Result<Vec<Token>, KqlError> {
    let mut tokens = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        if rest.starts_with("//") {
            rest = rest.split_once('\n').map_or("", |(_, behind)| behind).trim_start();
            continue;
        }
        let (token, behind) = match first {
            '"' | '\'' => quoted(rest, first)?,
            '@' => verbatim(rest)?,
            '0'..='9' => number(rest)?,
            _ if first.is_ascii_alphabetic() || first == '_' => word(rest)?,
            '!' if rest[1..].starts_with(|c: char| c.is_ascii_alphabetic()) => {
                let end = rest[1..].find(|c: char| !is_of_name(c) && c != '~').map_or(rest.len(), |at| at + 1);
                (Token::Word(rest[..end].to_owned()), &rest[end..])
            }
            _ => {
                let sign = SIGNS.iter().find(|sign| rest.starts_with(**sign));
                let sign =
                    sign.ok_or_else(|| syntax(format!("'{}' is not understood here", first.escape_default())))?;
                (Token::Sign(sign), &rest[sign.len()..])
            }
        };
        // Texts that follow each other are one.
        match (tokens.last_mut(), token) {
            (Some(Token::Text(before)), Token::Text(text)) => before.push_str(&text),
            (_, token) => tokens.push(token),
        }
        rest = behind.trim_start();
    }
    Ok(tokens)
}

fn is_of_name(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_'
}

/// A name, or `datetime(…)` and an operator with a tilde.
fn word(text: &str) -> Result<(Token, &str), KqlError> {
    let (name, behind) = text.split_at(text.find(|c| !is_of_name(c)).unwrap_or(text.len()));
    if name == "datetime" {
        let inner = behind.trim_start().strip_prefix('(').and_then(|inner| inner.split_once(')'));
        let (inner, behind) = inner.ok_or_else(|| syntax("'datetime' needs a time in parentheses"))?;
        let inner = inner.trim();
        // A time without a zone is UTC.
        let time = moment(inner).or_else(|| moment(&format!("{}Z", inner.replacen(' ', "T", 1))));
        let time = time.ok_or_else(|| syntax(format!("'{}' is no time", inner.escape_default())))?;
        return Ok((Token::Time(time), behind));
    }
    match behind.strip_prefix('~') {
        Some(behind) if name == "in" => Ok((Token::Word("in~".into()), behind)),
        _ => Ok((Token::Word(name.to_owned()), behind)),
    }
}

fn number(text: &str) -> Result<(Token, &str), KqlError> {
    let digits = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (whole, behind) = text.split_at(digits);
    let wrong = || syntax(format!("'{whole}' is no number"));
    if let Some(fraction) = behind.strip_prefix('.') {
        let end = fraction.find(|c: char| !c.is_ascii_digit()).unwrap_or(fraction.len());
        let (fraction, behind) = fraction.split_at(end);
        if fraction.is_empty() || behind.starts_with(is_of_name) {
            return Err(wrong());
        }
        return Ok((Token::Real(format!("{whole}.{fraction}").parse().map_err(|_| wrong())?), behind));
    }
    let value: i64 = whole.parse().map_err(|_| wrong())?;
    for (unit, ticks) in UNITS {
        if let Some(behind) = behind.strip_prefix(unit).filter(|behind| !behind.starts_with(is_of_name)) {
            return Ok((Token::Span(value.checked_mul(*ticks).ok_or_else(wrong)?), behind));
        }
    }
    if behind.starts_with(is_of_name) { Err(wrong()) } else { Ok((Token::Whole(value), behind)) }
}

/// A text in quotes, in which a backslash changes what follows.
fn quoted(text: &str, quote: char) -> Result<(Token, &str), KqlError> {
    let mut value = String::new();
    let mut chars = text.char_indices().skip(1);
    while let Some((at, c)) = chars.next() {
        match c {
            c if c == quote => return Ok((Token::Text(value), &text[at + 1..])),
            '\\' => {
                let escaped = chars.next().map(|(_, c)| c);
                value.push(match escaped {
                    Some('n') => '\n',
                    Some('r') => '\r',
                    Some('t') => '\t',
                    Some(c @ ('\\' | '"' | '\'')) => c,
                    _ => return Err(syntax("a text has a backslash that changes nothing; write two")),
                });
            }
            '\n' | '\r' => break,
            c => value.push(c),
        }
    }
    Err(syntax("a text is never closed"))
}

/// A text behind `@`, in which two quotes are one and a backslash is itself.
fn verbatim(text: &str) -> Result<(Token, &str), KqlError> {
    let quote = text.chars().nth(1).filter(|c| matches!(c, '"' | '\''));
    let quote = quote.ok_or_else(|| syntax("'@' has to stand before a text"))?;
    let mut value = String::new();
    let mut chars = text.char_indices().skip(2).peekable();
    while let Some((at, c)) = chars.next() {
        if c == quote && chars.next_if(|(_, next)| *next == quote).is_none() {
            return Ok((Token::Text(value), &text[at + 1..]));
        }
        if c == '\n' {
            break;
        }
        value.push(c);
    }
    Err(syntax("a text is never closed"))
}
