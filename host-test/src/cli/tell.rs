//! The standard error, where everything for people goes: what is found, what is waited for, what went wrong.
//!
//! Rule: whether it can be written to changes nothing. A reader that went away, a full disk or a closed descriptor costs
//! the text and nothing else; a run that delivers events does not end for it. So nothing in this program writes there by
//! `eprintln!`, which panics: the linter refuses that macro, and `std::io::stderr` anywhere but here.
//!
//! What is written went through [`escape::visible`].

use crate::escape;
use std::fmt::Display;
use std::io::{self, IsTerminal, Write};

/// Tells people something: one line or several. Nothing at all where there is no text.
pub(super) fn tell(text: impl Display) {
    put(&mut stderr().lock(), &text.to_string());
}

/// Whether people see at once what they are told.
pub(super) fn is_terminal() -> bool {
    stderr().is_terminal()
}

/// The same for the logger, which hands over whole lines.
pub(super) struct Log;

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        put(&mut stderr().lock(), &String::from_utf8_lossy(bytes));
        // An error would be told, by `eprintln!`.
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[expect(clippy::disallowed_methods, reason = "the one place that may")]
fn stderr() -> io::Stderr {
    io::stderr()
}

/// Writes the text in one piece, with an end to its last line.
fn put(out: &mut impl Write, text: &str) {
    if text.is_empty() {
        return;
    }
    let mut text = escape::visible(text);
    if !text.ends_with('\n') {
        text.to_mut().push('\n');
    }
    let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::escape::tests::{is_harmless, unwanted};

    struct Broken(io::ErrorKind);

    impl Write for Broken {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(self.0.into())
        }
        fn flush(&mut self) -> io::Result<()> {
            Err(self.0.into())
        }
    }

    #[test]
    fn nothing_comes_of_it_when_nobody_can_be_told() {
        for kind in [io::ErrorKind::BrokenPipe, io::ErrorKind::StorageFull, io::ErrorKind::WriteZero] {
            put(&mut Broken(kind), "lost");
        }
    }

    #[test]
    fn lines_end_and_command_no_terminal() {
        let told = |text: &str| {
            let mut out = Vec::new();
            put(&mut out, text);
            String::from_utf8(out).unwrap()
        };
        assert_eq!((told(""), told("a"), told("a\nb\n")), (String::new(), "a\n".into(), "a\nb\n".into()));
        assert!(is_harmless(&told(&unwanted())));
    }
}
