//! Why a recording cannot be used.

/// A recording that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum HarError {
    /// A path that cannot be read.
    #[error("cannot read the recording {path}: {cause}; check the path")]
    Unreadable {
        /// The path.
        path: String,
        /// What the system said.
        cause: std::io::Error,
    },
    /// A folder or an archive without recordings.
    #[error("{path} holds no .har file; name a HAR file, a zip archive of one, or a folder with some")]
    EmptyFolder {
        /// The folder or the archive.
        path: String,
    },
    /// Not JSON, or cut off.
    #[error("{path} line {line} column {column}: {problem}; record it again or fetch an undamaged copy")]
    Malformed {
        /// The file.
        path: String,
        /// Where reading stopped.
        line: usize,
        /// Where reading stopped.
        column: usize,
        /// What was found there.
        problem: String,
    },
    /// A recording of nothing.
    #[error("{path} holds no exchanges; record it again")]
    Empty {
        /// The file.
        path: String,
    },
    /// A zip archive that cannot be read.
    #[error("{path} is a zip archive that cannot be read: {problem}; unpack it and name its .har file")]
    Archive {
        /// The archive.
        path: String,
        /// What is wrong with it.
        problem: String,
    },
    /// An exchange whose body is said to be in a file that is no part of the recording.
    #[error(
        "{path} entry {index}: its body is said to be in {file:?}, which is outside of the {within} of the recording; \
         such a recording is not to be trusted: fetch it again from who made it"
    )]
    Outside {
        /// The file.
        path: String,
        /// Which entry, counted from 0.
        index: usize,
        /// The name in `content._file`.
        file: String,
        /// What holds the recording: a folder or an archive.
        within: &'static str,
    },
    /// A file that does not fit into what recordings may take.
    #[error(
        "{path} does not fit into the {limit_bytes} bytes of memory that all recordings together may take; name fewer \
         recordings, or raise --max-recording-bytes if this machine has the memory"
    )]
    FileTooLarge {
        /// The file.
        path: String,
        /// The bound.
        limit_bytes: u64,
    },
    /// An exchange with which the recordings would take more than they may.
    #[error(
        "{path} entry {index}: its {what} would make the recordings take more than {limit_bytes} bytes of memory all \
         together; if you trust the file and this machine has the memory, raise --max-recording-bytes, otherwise name \
         fewer recordings or remove the entry"
    )]
    TooLarge {
        /// The file.
        path: String,
        /// Which entry, counted from 0.
        index: usize,
        /// What of it is too much.
        what: &'static str,
        /// The bound.
        limit_bytes: u64,
    },
}
