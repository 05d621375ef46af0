//! A sink by its path: opened without a change, locked, looked at, and still there after each batch.
#![cfg_attr(not(unix), allow(dead_code, reason = "other systems do not tell the kinds of files apart"))]

use super::content::{self, Content};
use super::outlet::{Kind, Outlet, Writer};
use super::{Lines, SinkError};
use crate::lock::{Lock, LockError, private, same_file};
use std::fs::{File, FileType, Metadata, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};

/// A file that is this process's to write to. Nothing of it was changed yet; one that was not there is empty.
pub struct Claim {
    file: File,
    place: Place,
    shape: Shape,
}

/// The path of a sink, and the lock on what is there.
pub(super) struct Place {
    path: PathBuf,
    _lock: Option<Lock>,
}

/// What can be behind the path of a sink.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Shape {
    /// A file, or nothing yet.
    File,
    /// A named pipe.
    Pipe,
    /// A terminal, `/dev/null` and their like. Several may write to them.
    Device,
}

/// Says whether a path can be a sink, without opening anything but a file, and without a change.
///
/// # Errors
/// [`SinkError::Unfit`] if it leads to something that events must not be written to.
pub fn examine(path: &Path) -> Result<(), SinkError> {
    if shape(path)? != Shape::File {
        return Ok(());
    }
    match File::open(path) {
        Ok(mut file) => read(&mut file, path).map(drop),
        // Who validates need not be the one who runs.
        Err(_) => Ok(()),
    }
}

impl Claim {
    /// Opens and locks it. A file that is not there is made, for its owner alone.
    ///
    /// # Errors
    /// [`SinkError::Lock`] if another process writes to it, [`SinkError::Open`] or [`SinkError::Unfit`] if nobody could.
    pub fn on(path: &Path) -> Result<Self, SinkError> {
        let shape = shape(path)?;
        let cannot = |cause: io::Error| match cause.raw_os_error() {
            #[cfg(unix)]
            Some(code) if shape == Shape::Pipe && code == rustix::io::Errno::NXIO.raw_os_error() => {
                unfit(path, "it is a named pipe that nobody reads; start its reader first")
            }
            _ => SinkError::Open { path: path.display().to_string(), cause },
        };
        let (file, lock) = match shape {
            Shape::Device => (open(path, shape).map_err(cannot)?, None),
            Shape::File | Shape::Pipe => match Lock::on(path, || open(path, shape)) {
                Ok((file, lock)) => (file, Some(lock)),
                Err(LockError::Unusable { cause, .. }) => return Err(cannot(cause)),
                Err(in_use) => return Err(in_use.into()),
            },
        };
        Ok(Self { file, place: Place { path: path.to_owned(), _lock: lock }, shape })
    }

    /// Lines are added. A half line at the end, left by a crash, is cut off: its event comes again.
    ///
    /// # Errors
    /// [`SinkError::Unfit`] if it holds anything but lines of ours; then it is left as it is.
    pub fn append(mut self) -> Result<Lines, SinkError> {
        if self.shape == Shape::File {
            let Content { whole, length } = read(&mut self.file, &self.place.path)?;
            if whole < length {
                self.shorten(whole)?;
            }
        }
        self.lines()
    }

    /// It is emptied first.
    ///
    /// # Errors
    /// [`SinkError::Unfit`] if it holds anything but lines of ours; then it is left as it is.
    pub fn renew(mut self) -> Result<Lines, SinkError> {
        if self.shape == Shape::File {
            read(&mut self.file, &self.place.path)?;
            self.shorten(0)?;
        }
        self.lines()
    }

    fn shorten(&self, length: u64) -> Result<(), SinkError> {
        let target = self.place.path.display().to_string();
        self.file.set_len(length).map_err(|cause| SinkError::Write { target, cause })
    }

    fn lines(self) -> Result<Lines, SinkError> {
        let target = self.place.path.display().to_string();
        let kind = match self.shape {
            Shape::File => Kind::Placed { place: self.place, batch: None },
            #[cfg(unix)]
            Shape::Pipe => Kind::Stream { _lock: self.place._lock },
            #[cfg(not(unix))]
            Shape::Pipe => Kind::Device,
            Shape::Device => Kind::Device,
        };
        Ok(Lines::on(Outlet::new(Writer::File(self.file), target, kind)))
    }
}

impl Place {
    /// Says so if the path does not lead to the file any more.
    pub(super) fn is_there(&self, file: &File) -> Result<(), SinkError> {
        match same_file(file, &self.path) {
            Ok(true) => Ok(()),
            Ok(false) if self.path.exists() => Err(self.displaced("was moved away and another file put in its place")),
            Ok(false) => Err(self.displaced("was deleted or moved away")),
            Err(cause) => Err(SinkError::Write { target: self.path.display().to_string(), cause }),
        }
    }

    pub(super) fn displaced(&self, happened: &'static str) -> SinkError {
        SinkError::Displaced { path: self.path.display().to_string(), happened }
    }
}

fn unfit(path: &Path, problem: &str) -> SinkError {
    SinkError::Unfit { target: path.display().to_string(), problem: problem.into() }
}

/// Looks at what is there.
fn read(file: &mut File, path: &Path) -> Result<Content, SinkError> {
    let found = content::read(file).map_err(|cause| SinkError::Open { path: path.display().to_string(), cause })?;
    found.map_err(|foreign| {
        unfit(path, &format!("{foreign}; it was not touched. Name another file, or move this one away"))
    })
}

fn shape(path: &Path) -> Result<Shape, SinkError> {
    let Ok(about) = std::fs::metadata(path) else { return Ok(Shape::File) };
    let Some(problem) = problem(about.file_type()) else { return Ok(shape_of(&about)) };
    Err(unfit(path, problem))
}

#[cfg(unix)]
fn problem(about: FileType) -> Option<&'static str> {
    use std::os::unix::fs::FileTypeExt;
    if about.is_dir() {
        Some("it is a folder; name a file in it")
    } else if about.is_block_device() {
        Some("it is a disk; name a file")
    } else if about.is_socket() {
        Some("it is a socket; name a file or a named pipe, or use the standard output")
    } else {
        None
    }
}

#[cfg(not(unix))]
fn problem(about: FileType) -> Option<&'static str> {
    about.is_dir().then_some("it is a folder; name a file in it")
}

#[cfg(unix)]
fn shape_of(about: &Metadata) -> Shape {
    use std::os::unix::fs::FileTypeExt;
    match about.file_type() {
        kind if kind.is_fifo() => Shape::Pipe,
        kind if kind.is_char_device() => Shape::Device,
        _ => Shape::File,
    }
}

#[cfg(not(unix))]
fn shape_of(about: &Metadata) -> Shape {
    if about.is_file() { Shape::File } else { Shape::Device }
}

/// Opens without waiting and without a change.
fn open(path: &Path, shape: Shape) -> io::Result<File> {
    let mut options = OpenOptions::new();
    match shape {
        Shape::File => private(&mut options).read(true).append(true).create(true).open(path),
        #[cfg(unix)]
        Shape::Pipe => {
            use rustix::fs::{OFlags, fcntl_getfl, fcntl_setfl};
            use std::os::unix::fs::OpenOptionsExt;
            // Without this flag opening waits for a reader, and nothing tells why.
            let flag = i32::try_from(OFlags::NONBLOCK.bits()).unwrap_or_default();
            let file = options.write(true).custom_flags(flag).open(path)?;
            fcntl_setfl(&file, fcntl_getfl(&file)? - OFlags::NONBLOCK)?;
            Ok(file)
        }
        _ => options.write(true).open(path),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract::{Event, Operation};
    use crate::sink::Sink;

    fn event(number: u64) -> Event {
        Event {
            kind: "device".into(),
            operation: Operation::Upsert,
            key: "k".into(),
            observed_at: String::new(),
            content_hash: String::new(),
            document: line(number),
        }
    }

    fn line(number: u64) -> String {
        format!(r#"{{"schema":"s/1","key":"k","run":"r","seq":{number}}}"#)
    }

    fn lines(numbers: std::ops::Range<u64>) -> String {
        numbers.map(|number| format!("{}\n", line(number))).collect()
    }

    fn deliver(sink: &mut Lines, numbers: std::ops::Range<u64>) -> Result<(), SinkError> {
        sink.deliver(&numbers.map(event).collect::<Vec<_>>())?;
        sink.make_durable()
    }

    #[test]
    fn files_are_added_to_or_made_anew() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("out.ndjson");
        let text = || std::fs::read_to_string(&path).unwrap();
        deliver(&mut Lines::append(&path).unwrap(), 0..2).unwrap();
        // More than the buffer holds, and one that is longer than it.
        let mut sink = Lines::append(&path).unwrap();
        deliver(&mut sink, 2..9_000).unwrap();
        let wide = Event { document: line(7).replace("s/1", &"s".repeat(400_000)), ..event(7) };
        sink.deliver(&[event(9_000), wide.clone(), event(9_001)]).unwrap();
        sink.make_durable().unwrap();
        assert!(text() == format!("{}{}\n{}", lines(0..9_001), wide.document, lines(9_001..9_002)));
        drop(sink);
        deliver(&mut Lines::create(&path).unwrap(), 3..4).unwrap();
        assert_eq!(text(), lines(3..4));
    }

    #[test]
    fn a_half_line_is_cut_off_only_when_the_file_is_taken_into_use() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("out.ndjson");
        let half = format!("{}{}", lines(0..3), &line(3)[..20]);
        std::fs::write(&path, &half).unwrap();
        let claim = Claim::on(&path).unwrap();
        examine(&path).unwrap();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), half, "claiming and looking change nothing");
        deliver(&mut claim.append().unwrap(), 3..4).unwrap();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), lines(0..4));
    }

    #[test]
    fn what_is_not_ours_is_neither_added_to_nor_emptied() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("out.ndjson");
        std::fs::write(&path, "{\"precious\":1}").unwrap();
        for error in [examine(&path).err(), Lines::append(&path).err(), Lines::create(&path).err()] {
            let error = error.unwrap().to_string();
            assert!(error.contains("it was not touched"), "{error}");
        }
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "{\"precious\":1}");
        let error = Lines::append(folder.path()).err().unwrap().to_string();
        assert!(error.contains("it is a folder"), "{error}");
        let error = Lines::create(Path::new("no/such/folder/x")).err().unwrap().to_string();
        assert!(error.starts_with("cannot open the sink no/such/folder/x"), "{error}");
    }

    #[cfg(unix)]
    #[test]
    fn a_file_that_was_moved_or_shortened_holds_no_batch() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("out.ndjson");
        let mut sink = Lines::append(&path).unwrap();
        deliver(&mut sink, 0..3).unwrap();
        // Between two batches it may be emptied by who has taken a copy. In the middle of one it may not.
        File::create(&path).unwrap();
        deliver(&mut sink, 3..4).unwrap();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), lines(3..4));
        sink.deliver(&(4..9_000).map(event).collect::<Vec<_>>()).unwrap();
        File::create(&path).unwrap();
        let error = sink.make_durable().unwrap_err().to_string();
        assert!(error.contains("was shortened by somebody else"), "{error}");
        std::fs::rename(&path, folder.path().join("moved")).unwrap();
        let error = deliver(&mut sink, 9_000..9_001).unwrap_err().to_string();
        assert!(error.contains("was deleted or moved away while the run wrote to it"), "{error}");
        std::fs::write(&path, "").unwrap();
        let error = deliver(&mut sink, 9_001..9_002).unwrap_err().to_string();
        assert!(error.contains("another file put in its place"), "{error}");
    }
}
