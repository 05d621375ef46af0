//! The bounds of the engine and of what it gives a component, in words. Whoever runs into one of them is told which,
//! and what to do; that it is a bug in the component is said only of what no bound explains.

use super::limits::{MOST_PARTS, MOST_TABLE_ELEMENTS};
use super::state::{MOST_HEADER_BYTES, MOST_RANDOM_BYTES, MOST_RESOURCES};
use super::system;
use std::fmt::{self, Display};
use wasmtime::Trap;
use wasmtime::component::ResourceTableError;
use wasmtime_wasi_http::FieldMapError;

/// Stack of a component's calls, in bytes. It is beside its memory.
pub(super) const STACK_BYTES: usize = 512 * 1024;

/// Most instances of modules within a component; the engine's own default.
const MOST_INSTANCES: usize = 10_000;

/// A bound that a call of a component ran into.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bound {
    /// The stack of its calls.
    Stack,
    /// Headers of one request.
    Headers,
    /// Things of the host that it holds.
    Handles,
    /// Random numbers asked for at once.
    Random,
    /// Elements of its tables.
    Tables,
    /// Memories, tables, and instances of modules within it.
    Parts,
    /// What the system gives the process.
    AddressSpace,
}

/// How the engine says what it has no type for.
const WORDS: [(&str, Bound); 5] = [
    ("exceeds table limits", Bound::Tables),
    ("resource limit exceeded", Bound::Parts),
    ("requested len", Bound::Random),
    ("os error 12", Bound::AddressSpace),
    ("annot allocate memory", Bound::AddressSpace),
];

impl Bound {
    /// The bound behind an error of the engine, if there is one.
    pub(super) fn behind(error: &wasmtime::Error) -> Option<Self> {
        if error.downcast_ref::<Trap>() == Some(&Trap::StackOverflow) {
            return Some(Self::Stack);
        }
        if let Some(FieldMapError::TotalSizeTooBig | FieldMapError::TooManyFields) = error.downcast_ref() {
            return Some(Self::Headers);
        }
        if let Some(ResourceTableError::Full) = error.downcast_ref() {
            return Some(Self::Handles);
        }
        let said = |words: &str| error.chain().any(|cause| cause.to_string().contains(words));
        WORDS.iter().find(|(words, _)| said(words)).map(|(_, bound)| *bound)
    }
}

impl Display for Bound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Stack => write!(
                f,
                "its calls are nested deeper than its stack of {STACK_BYTES} bytes holds, most likely without an end; the \
                 bound is fixed: report it to who makes the component, with what it was reading"
            ),
            Self::Headers => write!(
                f,
                "the headers of one of its requests are longer than {MOST_HEADER_BYTES} bytes, which no service takes; \
                 most likely the access token is that long: give the application fewer roles, and no groups in its token"
            ),
            Self::Handles => write!(
                f,
                "it holds more than {MOST_RESOURCES} requests, answers, streams and timers at a time; lower \
                 sandbox.max_in_flight, and if that does not help report it to who makes the component"
            ),
            Self::Random => write!(
                f,
                "it asks for more than {MOST_RANDOM_BYTES} random bytes at once; the bound is fixed: report it to who \
                 makes the component"
            ),
            Self::Tables => write!(
                f,
                "its tables need more than {MOST_TABLE_ELEMENTS} elements together; the bound is fixed: report it to who \
                 makes the component"
            ),
            Self::Parts => write!(
                f,
                "it has more than {MOST_PARTS} memories, {MOST_PARTS} tables or {MOST_INSTANCES} instances of modules; the \
                 bound is fixed: report it to who makes the component"
            ),
            Self::AddressSpace => system::fmt_address_space(f),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bounds_are_known_by_type_and_by_words_and_nothing_else_is_one() {
        let behind = |error: wasmtime::Error| Bound::behind(&error.context("in a call").context("of a function"));
        assert_eq!(behind(Trap::StackOverflow.into()), Some(Bound::Stack));
        assert_eq!(behind(FieldMapError::TotalSizeTooBig.into()), Some(Bound::Headers));
        assert_eq!(behind(FieldMapError::Immutable.into()), None);
        assert_eq!(behind(ResourceTableError::Full.into()), Some(Bound::Handles));
        assert_eq!(behind(ResourceTableError::NotPresent.into()), None);
        assert_eq!(behind(std::io::Error::from_raw_os_error(12).into()), Some(Bound::AddressSpace));
        assert_eq!(behind(Trap::UnreachableCodeReached.into()), None);
    }
}
