//! A sink by its path: opened without a change, locked, looked at, and still there after each batch.

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
