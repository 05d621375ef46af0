//! The standard output, where results go.
//!
//! | form | in a file or a pipe | on a terminal |
//! |---|---|---|
//! | tables and sentences | through [`escape::visible`]: whatever shows them next may be a terminal | the same |
//! | JSON, and events | as it is | through [`escape::visible`], which keeps it JSON with the same values |
//!
//! A reader that went away has read what it wanted: that ends the writing, and is no failure. Any other error is one.

use super::exit::Exit;
use crate::contract::Event;
use crate::escape;
use crate::runner::Stop;
use crate::sink::{Lines, Sink, SinkError};
use serde_json::Value;
use std::borrow::Cow;
use std::io::{BufWriter, ErrorKind, IsTerminal, Stdout, Write};
use std::path::Path;

/// Who is meant to read a result.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// People.
    Text,
    /// Programs.
    Json,
}

/// Writes a result.
pub(super) fn print(text: &str, form: Form) -> Result<(), Exit> {
    let mut out = std::io::stdout().lock();
    let shown = shown(text, form, out.is_terminal());
    ended(written(out.write_all(shown.as_bytes()).and_then(|()| out.flush())))
}

/// Writes a page with colours. What it shows of others went through [`escape::one_line`] before it was coloured.
pub(super) fn print_page(page: &str) -> Result<(), Exit> {
    let mut out = std::io::stdout().lock();
    ended(written(out.write_all(page.as_bytes()).and_then(|()| out.flush())))
}

/// Writes a result as JSON that people can read too.
pub(super) fn print_json(value: &Value) -> Result<(), Exit> {
    print(&pretty(value), Form::Json)
}

pub(super) fn pretty(value: &Value) -> String {
    format!("{value:#}\n")
}

fn shown(text: &str, form: Form, on_terminal: bool) -> Cow<'_, str> {
    match form {
        Form::Json if !on_terminal => Cow::Borrowed(text),
        Form::Json | Form::Text => escape::visible(text),
    }
}

/// A result that does not fit into memory, line by line.
pub(super) struct Out {
    writer: BufWriter<Stdout>,
    form: Form,
    on_terminal: bool,
}

impl Out {
    pub(super) fn new(form: Form) -> Self {
        let stdout = std::io::stdout();
        let on_terminal = stdout.is_terminal();
        Self { writer: BufWriter::with_capacity(256 * 1024, stdout), form, on_terminal }
    }

    pub(super) fn line(&mut self, line: &str) -> Result<(), Exit> {
        let line = shown(line, self.form, self.on_terminal);
        written(self.writer.write_all(line.as_bytes()).and_then(|()| self.writer.write_all(b"\n")))
    }

    pub(super) fn end(mut self) -> Result<(), Exit> {
        written(self.writer.flush())
    }
}

fn written(result: std::io::Result<()>) -> Result<(), Exit> {
    result.map_err(|error| match error.kind() {
        ErrorKind::BrokenPipe => Exit::gone(),
        _ => Exit::failed(format!("cannot write to the standard output: {error}")),
    })
}

/// A reader that went away is no failure.
pub(super) fn ended(done: Result<(), Exit>) -> Result<(), Exit> {
    match done {
        Err(exit) if exit.is_gone() => Ok(()),
        other => other,
    }
}

/// Events into a file that is made anew, or on the standard output.
pub(super) fn sink(path: Option<&Path>, stop: &Stop) -> Result<Box<dyn Sink + Send>, Exit> {
    match path {
        Some(path) => Ok(Box::new(until(Lines::create(path)?, stop))),
        None => Ok(events(Lines::stdout()?, stop)),
    }
}

/// Lines that are not waited for once the run is to end.
pub(super) fn until(lines: Lines, stop: &Stop) -> Lines {
    let stop = stop.clone();
    lines.unless(move || stop.is_requested())
}

/// Events on the standard output.
pub(super) fn events(lines: Lines, stop: &Stop) -> Box<dyn Sink + Send> {
    let lines = until(lines, stop);
    match std::io::stdout().is_terminal() {
        true => Box::new(OnTerminal(lines)),
        false => Box::new(lines),
    }
}

/// A sink that people look at.
struct OnTerminal<S>(S);

impl<S: Sink> Sink for OnTerminal<S> {
    fn deliver(&mut self, events: &[Event]) -> Result<(), SinkError> {
        for event in events {
            match escape::visible(&event.document) {
                Cow::Borrowed(_) => self.0.deliver(std::slice::from_ref(event))?,
                Cow::Owned(document) => self.0.deliver(&[Event { document, ..event.clone() }])?,
            }
        }
        Ok(())
    }

    fn make_durable(&mut self) -> Result<(), SinkError> {
        self.0.make_durable()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract::Operation;
    use crate::escape::tests::{is_harmless, unwanted};

    #[test]
    fn only_programs_get_what_a_terminal_must_not() {
        let text = unwanted();
        for (form, on_terminal, as_it_is) in [
            (Form::Text, true, false),
            (Form::Text, false, false),
            (Form::Json, true, false),
            (Form::Json, false, true),
        ] {
            let shown = shown(&text, form, on_terminal);
            assert_eq!((shown == text, is_harmless(&shown)), (as_it_is, !as_it_is), "{form:?} {on_terminal}");
        }
    }

    #[test]
    fn events_on_a_terminal_are_the_same_json() {
        #[derive(Default)]
        struct Kept(Vec<Event>);
        impl Sink for Kept {
            fn deliver(&mut self, events: &[Event]) -> Result<(), SinkError> {
                self.0.extend_from_slice(events);
                Ok(())
            }
            fn make_durable(&mut self) -> Result<(), SinkError> {
                Ok(())
            }
        }
        let body = serde_json::json!({ "name": unwanted() });
        let event = |document: &str| Event {
            kind: "device".into(),
            operation: Operation::Upsert,
            key: "k".into(),
            observed_at: String::new(),
            content_hash: String::new(),
            document: document.into(),
        };
        let mut sink = OnTerminal(Kept::default());
        sink.deliver(&[event(&body.to_string()), event("{}")]).unwrap();
        let documents: Vec<_> = sink.0.0.iter().map(|event| event.document.as_str()).collect();
        assert!(is_harmless(documents[0]) && documents[1] == "{}", "{documents:?}");
        assert_eq!(serde_json::from_str::<Value>(documents[0]).unwrap(), body);
    }
}
