//! The part of the Kusto query language that the double understands. Anything else is refused rather than answered
//! wrongly; what is understood, the language's own parser accepts too (`tests/clients/`).
//!
//! | file | idea |
//! |---|---|
//! | `lexer`, `parser`, `syntax` | from a text to a tree |
//! | `reserved` | words that are no names |
//! | `function` | functions, as tables |
//! | `bind`, `plan` | names looked up, types checked: the columns and what is done to the rows |
//! | `value`, `evaluate` | values, and those of expressions |

mod bind;
mod error;
mod evaluate;
mod function;
mod lexer;
mod parser;
mod plan;
mod reserved;
mod syntax;
#[cfg(test)]
mod tests;
mod value;

pub(super) use plan::{Plan, Step};
pub(super) use value::{Row, Value, read, write};
