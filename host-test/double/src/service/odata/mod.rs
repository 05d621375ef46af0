//! The part of OData that the services understand: `$filter` and `$select` over rows as they go over the wire.

mod columns;
mod error;
mod filter;
mod holds;
mod lexer;
mod parser;
mod tree;

pub(super) use columns::{cut, selected};
pub(super) use error::ODataError;
pub(super) use filter::{Filter, Operators};
