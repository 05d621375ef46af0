//! The standard output, as the program found it.
//!
//! The standard library opens `/dev/null` in the place of a standard output that was closed (`>&-`), before `main`. So
//! it has to be looked at before that: everything that is written later seems to arrive.

use super::SinkError;
use super::outlet::{Kind, Outlet, Writer};
use crate::lock::Identity;
use std::sync::atomic::{AtomicBool, Ordering};

const TARGET: &str = "the standard output";

/// Whether there was none when the program started.
static WAS_CLOSED: AtomicBool = AtomicBool::new(false);

#[cfg(unix)]
ctor::declarative::ctor! {
    /// Asks the system and nothing else: the standard library is not ready yet.
    #[ctor(unsafe)]
    fn look_before_main() {
        let asked = rustix::io::fcntl_getfd(rustix::stdio::stdout());
        WAS_CLOSED.store(asked == Err(rustix::io::Errno::BADF), Ordering::Relaxed);
    }
}

/// Whether results can be written to the standard output.
///
/// # Errors
/// [`SinkError::Unfit`] if it was closed when the program started, or is open for reading alone.
pub fn usable() -> Result<(), SinkError> {
    let unfit = |problem: &str| Err(SinkError::Unfit { target: TARGET.into(), problem: problem.into() });
    if WAS_CLOSED.load(Ordering::Relaxed) {
        return unfit("it is closed, so everything written to it would be lost; start the program with an open one");
    }
    #[cfg(unix)]
    {
        use rustix::fs::OFlags;
        let flags = rustix::fs::fcntl_getfl(rustix::stdio::stdout());
        if flags.is_ok_and(|flags| flags & OFlags::ACCMODE == OFlags::RDONLY) {
            return unfit("it is open for reading only; redirect it with `>` or `>>`, or into a pipe");
        }
    }
    Ok(())
}

/// Which file is behind it, if it is one.
#[cfg(unix)]
pub fn identity() -> Option<Identity> {
    let file = open().ok()?;
    file.metadata().ok()?.is_file().then(|| Identity::of_open(&file).ok()).flatten()
}

/// Which file is behind it: not known here.
#[cfg(not(unix))]
pub fn identity() -> Option<Identity> {
    None
}

/// The standard output as somewhere to write lines to.
#[cfg(unix)]
pub(super) fn outlet() -> Result<Outlet, SinkError> {
    use super::outlet::has_name;
    use std::os::unix::fs::FileTypeExt;
    usable()?;
    let explain = |cause| SinkError::Write { target: TARGET.into(), cause };
    let file = open().map_err(explain)?;
    let about = file.metadata().map_err(explain)?.file_type();
    let kind = if about.is_file() {
        Kind::File { had_name: has_name(&file).map_err(explain)?, _lock: lock()? }
    } else if about.is_fifo() || about.is_socket() {
        Kind::Stream { _lock: None }
    } else {
        Kind::Device
    };
    Ok(Outlet::new(Writer::File(file), TARGET.into(), kind))
}

/// The standard output as somewhere to write lines to.
#[cfg(not(unix))]
pub(super) fn outlet() -> Result<Outlet, SinkError> {
    usable()?;
    Ok(Outlet::new(Writer::Standard(std::io::stdout()), TARGET.into(), Kind::Device))
}

/// A second descriptor, past the buffer of the standard library.
#[cfg(unix)]
fn open() -> std::io::Result<std::fs::File> {
    Ok(rustix::stdio::stdout().try_clone_to_owned()?.into())
}

/// The file behind the standard output for this process alone, where it can be opened anew: a lock on the descriptor
/// itself would be shared with the shell that made it, and outlive the program.
#[cfg(unix)]
fn lock() -> Result<Option<crate::lock::Lock>, SinkError> {
    use crate::lock::{Lock, LockError};
    let again = std::path::Path::new("/proc/self/fd/1");
    match Lock::on(again, || std::fs::OpenOptions::new().append(true).open(again)) {
        Ok((_, lock)) => Ok(Some(lock)),
        Err(LockError::InUse { holder, .. }) => {
            Err(LockError::InUse { path: format!("the file behind {TARGET}"), holder }.into())
        }
        // Not on Linux, or not ours to open. It is written all the same, as it always was.
        Err(LockError::Unusable { .. }) => Ok(None),
    }
}
