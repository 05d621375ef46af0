//! Where events go: newline-delimited JSON, to the standard output or a file.

use crate::contract::Event;
use std::fs::{File, OpenOptions};
use std::io::{BufWriter, ErrorKind, Write};
use std::path::Path;

/// Somewhere to deliver events.
pub trait Sink {
    /// Takes some events, in order.
    fn deliver(&mut self, events: &[Event]) -> Result<(), SinkError>;
    /// Returns when everything taken so far survives a crash, as far as the kind of sink allows.
    fn make_durable(&mut self) -> Result<(), SinkError>;
}

/// Why events could not be delivered.
#[derive(Debug, thiserror::Error)]
pub enum SinkError {
    /// The reader of the standard output is gone.
    #[error("the reader of the standard output went away; what it did not read comes again with the next run")]
    Closed,
    /// A file cannot be opened.
    #[error("cannot open the sink {path}: {cause}; check the path and its permissions")]
    Open {
        /// The file.
        path: String,
        /// What the system said.
        cause: std::io::Error,
    },
    /// Writing failed.
    #[error("cannot write to {target}: {cause}; check its permissions and the free space")]
    Write {
        /// The sink.
        target: String,
        /// What the system said.
        cause: std::io::Error,
    },
}

/// Lines on a writer.
pub struct Lines<W: Write> {
    writer: BufWriter<W>,
    target: String,
    sync: fn(&W) -> std::io::Result<()>,
}

const BUFFER_BYTES: usize = 256 * 1024;

impl Lines<std::io::Stdout> {
    /// The standard output. A pipe is as durable as its reader.
    pub fn stdout() -> Self {
        Self::new(std::io::stdout(), "the standard output".into(), |_| Ok(()))
    }
}

impl Lines<File> {
    /// A file to which lines are added. A half line at its end, left by a crash, is cut off: its event comes again.
    pub fn append(path: &Path) -> Result<Self, SinkError> {
        let open = || {
            let mut file = OpenOptions::new().read(true).append(true).create(true).open(path)?;
            cut_half_line(&mut file)?;
            Ok(file)
        };
        Self::opened(path, open())
    }

    /// A file that is made anew.
    pub fn create(path: &Path) -> Result<Self, SinkError> {
        Self::opened(path, File::create(path))
    }

    fn opened(path: &Path, file: std::io::Result<File>) -> Result<Self, SinkError> {
        let target = path.display().to_string();
        match file {
            Ok(file) => Ok(Self::new(file, target, File::sync_data)),
            Err(cause) => Err(SinkError::Open { path: target, cause }),
        }
    }
}

impl<W: Write> Lines<W> {
    fn new(writer: W, target: String, sync: fn(&W) -> std::io::Result<()>) -> Self {
        Self { writer: BufWriter::with_capacity(BUFFER_BYTES, writer), target, sync }
    }

    fn explain(&self, cause: std::io::Error) -> SinkError {
        match cause.kind() {
            ErrorKind::BrokenPipe => SinkError::Closed,
            _ => SinkError::Write { target: self.target.clone(), cause },
        }
    }
}

impl<W: Write> Sink for Lines<W> {
    fn deliver(&mut self, events: &[Event]) -> Result<(), SinkError> {
        for event in events {
            let line = self.writer.write_all(event.document.as_bytes()).and_then(|()| self.writer.write_all(b"\n"));
            line.map_err(|cause| self.explain(cause))?;
        }
        Ok(())
    }

    fn make_durable(&mut self) -> Result<(), SinkError> {
        let written = self.writer.flush().and_then(|()| (self.sync)(self.writer.get_ref()));
        written.map_err(|cause| self.explain(cause))
    }
}

fn cut_half_line(file: &mut File) -> std::io::Result<()> {
    use std::io::{Read, Seek, SeekFrom};
    const BLOCK: u64 = 64 * 1024;
    let length = file.metadata()?.len();
    let mut end = length;
    while end > 0 {
        let start = end.saturating_sub(BLOCK);
        file.seek(SeekFrom::Start(start))?;
        let mut block = Vec::new();
        Read::by_ref(file).take(end - start).read_to_end(&mut block)?;
        if let Some(at) = block.iter().rposition(|byte| *byte == b'\n') {
            end = start + at as u64 + 1;
            break;
        }
        end = start;
    }
    if end == length {
        return Ok(());
    }
    file.seek(SeekFrom::Start(end))?;
    let mut first = [0];
    file.read_exact(&mut first)?;
    // Anything else was not written here, and is not ours to cut.
    if first != *b"{" {
        return Err(std::io::Error::new(ErrorKind::InvalidData, "its last line is neither complete nor JSON"));
    }
    file.set_len(end)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract::Operation;

    fn event(document: &str) -> Event {
        Event {
            kind: "device".into(),
            operation: Operation::Upsert,
            key: "k".into(),
            observed_at: String::new(),
            content_hash: String::new(),
            document: document.into(),
        }
    }

    #[test]
    fn files_are_added_to_line_by_line() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("out.ndjson");
        for expected in ["{}\n[]\n", "{}\n[]\n{}\n[]\n"] {
            let mut sink = Lines::append(&path).unwrap();
            sink.deliver(&[event("{}"), event("[]")]).unwrap();
            sink.make_durable().unwrap();
            assert_eq!(std::fs::read_to_string(&path).unwrap(), expected);
        }
    }

    #[test]
    fn a_half_line_is_cut_off() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("out.ndjson");
        let half = format!("{{{}", "x".repeat(100_000));
        for (before, after) in [(format!("{{}}\n{half}"), "{}\n"), (half, ""), ("{}\n".into(), "{}\n")] {
            std::fs::write(&path, before).unwrap();
            Lines::append(&path).unwrap();
            assert_eq!(std::fs::read_to_string(&path).unwrap(), after);
        }
        std::fs::write(&path, "a letter").unwrap();
        assert!(Lines::append(&path).is_err());
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "a letter");
    }

    #[test]
    fn a_closed_pipe_is_not_a_mystery() {
        struct Closed;
        impl Write for Closed {
            fn write(&mut self, _: &[u8]) -> std::io::Result<usize> {
                Err(ErrorKind::BrokenPipe.into())
            }
            fn flush(&mut self) -> std::io::Result<()> {
                Ok(())
            }
        }
        let mut sink = Lines::new(Closed, "x".into(), |_| Ok(()));
        sink.deliver(&[event("{}")]).unwrap();
        assert!(matches!(sink.make_durable(), Err(SinkError::Closed)));
        let error = Lines::create(Path::new("no/such/folder/x")).err().unwrap().to_string();
        assert!(error.starts_with("cannot open the sink no/such/folder/x"), "{error}");
    }
}
