//! Whether the reader of a pipe or socket has read.
//!
//! What is in a pipe when its reader dies is lost, so a batch is delivered when nothing of it is left there. Linux says
//! how much is unread at the end that writes, also after the other end was closed; other systems do not, and there a
//! batch is delivered when the system has taken it.
//!
//! A reader that is slow is waited for. Writing is in pieces that a pipe with any room takes at once, so that the wait
//! is always in a place where a request to stop is noticed.

use super::SinkError;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;
use std::fs::File;
use std::io::{ErrorKind, Write};
use std::time::{Duration, Instant};

/// A pipe that has any room has room for this many bytes: PIPE_BUF. A page of it has as many.
const PIECE_BYTES: usize = 4096;
/// How long nothing may be read before a run that was asked to stop gives the reader up.
const PATIENCE: Duration = Duration::from_secs(2);
/// Between two looks: at first, and at most.
const SHORTEST_PAUSE: Duration = Duration::from_micros(20);
const LONGEST_PAUSE: Duration = Duration::from_millis(20);

/// Asks whether waiting is in vain.
pub(super) type GiveUp = dyn Fn() -> bool + Send;

/// Writes all of it as the reader makes room.
pub(super) fn write(file: &mut File, bytes: &[u8], target: &str, give_up: &GiveUp) -> Result<(), SinkError> {
    let explain = |cause| SinkError::Write { target: target.into(), cause };
    let mut rest = bytes;
    let mut read_at = Instant::now();
    while !rest.is_empty() {
        let ready = look(file, PollFlags::OUT, LONGEST_PAUSE).map_err(|error| explain(error.into()))?;
        let bytes = || rest.len() as u64 + unread(file).unwrap_or_default();
        if ready.intersects(PollFlags::ERR | PollFlags::NVAL) {
            return Err(SinkError::Unread { target: target.into(), bytes: bytes() });
        }
        if !ready.contains(PollFlags::OUT) {
            if give_up() && read_at.elapsed() > PATIENCE {
                return Err(SinkError::Stalled { target: target.into(), bytes: bytes() });
            }
            continue;
        }
        match (&*file).write(&rest[..rest.len().min(room(file))]) {
            Ok(written) => {
                rest = &rest[written..];
                read_at = Instant::now();
            }
            Err(error) => match error.kind() {
                ErrorKind::BrokenPipe | ErrorKind::ConnectionReset => {
                    return Err(SinkError::Unread { target: target.into(), bytes: bytes() });
                }
                // Somebody has made it one that does not wait, and was faster.
                ErrorKind::WouldBlock | ErrorKind::Interrupted => {}
                _ => return Err(explain(error)),
            },
        }
    }
    Ok(())
}

/// Waits until everything was read.
pub(super) fn wait(file: &File, target: &str, give_up: &GiveUp) -> Result<(), SinkError> {
    let explain = |error: Errno| SinkError::Write { target: target.into(), cause: error.into() };
    let mut pause = SHORTEST_PAUSE;
    let mut before = u64::MAX;
    let mut read_at = Instant::now();
    let mut is_gone = false;
    loop {
        // After the look that found the reader gone: what is left now stays.
        let bytes = match unread(file) {
            Err(Errno::CONNRESET | Errno::PIPE) => return Err(SinkError::Unread { target: target.into(), bytes: 1 }),
            other => other.map_err(explain)?,
        };
        match bytes {
            0 => return Ok(()),
            _ if is_gone => return Err(SinkError::Unread { target: target.into(), bytes }),
            _ if bytes < before => read_at = Instant::now(),
            _ if give_up() && read_at.elapsed() > PATIENCE => {
                return Err(SinkError::Stalled { target: target.into(), bytes });
            }
            _ => {}
        }
        before = bytes;
        let events = look(file, PollFlags::empty(), pause).map_err(explain)?;
        is_gone = events.intersects(PollFlags::ERR | PollFlags::HUP | PollFlags::NVAL);
        // In proportion to the wait so far, so that it is lengthened by a part of itself at most.
        pause = (pause + pause / 2).min(LONGEST_PAUSE);
    }
}

/// Bytes that a pipe with any room takes at once: what its free pages hold. The first and the last page in use may be in
/// part empty.
#[cfg(target_os = "linux")]
fn room(file: &File) -> usize {
    let pages = rustix::pipe::fcntl_getpipe_size(file).map_or(0, |bytes| bytes / PIECE_BYTES);
    let used = match unread(file) {
        Ok(0) => 0,
        Ok(bytes) => usize::try_from(bytes).map_or(pages, |bytes| bytes.div_ceil(PIECE_BYTES) + 1),
        Err(_) => pages,
    };
    pages.saturating_sub(used).max(1) * PIECE_BYTES
}

/// Bytes that a pipe with any room takes at once.
#[cfg(not(target_os = "linux"))]
fn room(_: &File) -> usize {
    PIECE_BYTES
}

/// Waits for something to happen at the other end, no longer than given.
fn look(file: &File, wanted: PollFlags, longest: Duration) -> Result<PollFlags, Errno> {
    let mut ends = [PollFd::new(file, wanted)];
    let longest = Timespec { tv_sec: 0, tv_nsec: longest.subsec_nanos().into() };
    match poll(&mut ends, Some(&longest)) {
        Ok(_) | Err(Errno::INTR) => Ok(ends[0].revents()),
        Err(error) => Err(error),
    }
}

/// Bytes that were written and not read. A connection that broke with something unread is an error.
#[cfg(target_os = "linux")]
fn unread(file: &File) -> Result<u64, Errno> {
    use rustix::fs::{FileType, fstat};
    match FileType::from_raw_mode(fstat(file)?.st_mode) {
        FileType::Socket => unread_of_socket(file),
        _ => rustix::io::ioctl_fionread(file),
    }
}

/// Of a socket of this machine: what its messages take of the system's memory, which is 0 when all were read; if the
/// other end was closed before, there is an error as well. Of another socket: what the other system has not
/// acknowledged. See unix(7) and tcp(7).
#[cfg(all(target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64", target_arch = "riscv64")))]
fn unread_of_socket(socket: &File) -> Result<u64, Errno> {
    use rustix::ioctl::{Getter, ioctl};
    /// Called TIOCOUTQ where it is about terminals. Its number is not the same on every architecture.
    const SIOCOUTQ: u32 = 0x5411;
    // SAFETY: the request writes one `c_int` to where the pointer leads.
    let bytes = unsafe { ioctl(socket, Getter::<SIOCOUTQ, std::ffi::c_int>::new())? };
    // In this order: the error is there before the memory is given back.
    rustix::net::sockopt::socket_error(socket)??;
    Ok(u64::try_from(bytes).unwrap_or_default())
}

/// Not known, as on other systems.
#[cfg(all(target_os = "linux", not(any(target_arch = "x86_64", target_arch = "aarch64", target_arch = "riscv64"))))]
fn unread_of_socket(_: &File) -> Result<u64, Errno> {
    Ok(0)
}

/// Other systems do not say it at the end that writes.
#[cfg(not(target_os = "linux"))]
fn unread(_: &File) -> Result<u64, Errno> {
    Ok(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Read;
    use std::os::fd::OwnedFd;
    use std::os::unix::net::UnixStream;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicBool, Ordering};

    fn pipe() -> (std::io::PipeReader, File) {
        let (reader, writer) = std::io::pipe().unwrap();
        (reader, File::from(OwnedFd::from(writer)))
    }

    fn socket() -> (UnixStream, File) {
        let (reader, writer) = UnixStream::pair().unwrap();
        (reader, File::from(OwnedFd::from(writer)))
    }

    fn deliver(file: &mut File, bytes: &[u8]) -> Result<(), SinkError> {
        write(file, bytes, "x", &|| false).and_then(|()| wait(file, "x", &|| false))
    }

    /// A reader that reads so many bytes and dies.
    fn dying(mut reader: impl Read + Send + 'static, bytes: usize) -> std::thread::JoinHandle<usize> {
        std::thread::spawn(move || {
            let mut buffer = vec![0; bytes];
            let read = reader.read_exact(&mut buffer);
            read.map_or(0, |()| bytes)
        })
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_batch_is_delivered_when_it_was_read() {
        for bytes in [1, 4096, 4097, 300_000] {
            let (reader, mut writer) = pipe();
            let thread = dying(reader, bytes);
            deliver(&mut writer, &vec![b'x'; bytes]).unwrap();
            assert_eq!(thread.join().unwrap(), bytes, "the reader closed after it had read everything");
            let next = deliver(&mut writer, b"next").unwrap_err();
            assert!(matches!(next, SinkError::Unread { bytes: 4, .. }), "{next}");
            let (reader, mut writer) = socket();
            let thread = dying(reader, bytes);
            deliver(&mut writer, &vec![b'x'; bytes]).unwrap();
            assert_eq!(thread.join().unwrap(), bytes);
            assert!(matches!(deliver(&mut writer, b"next"), Err(SinkError::Unread { .. })));
        }
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn what_a_reader_left_behind_is_counted() {
        for (written, read) in [(2, 1), (5000, 4096), (65_536, 0), (300_000, 299_999)] {
            let (reader, mut writer) = pipe();
            let thread = dying(reader, read);
            let error = deliver(&mut writer, &vec![b'x'; written]).unwrap_err();
            let left = (written - thread.join().unwrap()) as u64;
            assert!(matches!(error, SinkError::Unread { bytes, .. } if bytes == left), "{error}");
            assert!(error.to_string().contains("come again with the next run"));
            let (reader, mut writer) = socket();
            let thread = dying(reader, read);
            let error = deliver(&mut writer, &vec![b'x'; written]).unwrap_err();
            assert!(matches!(error, SinkError::Unread { bytes: 1.., .. }), "{error}");
            thread.join().unwrap();
        }
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_reader_that_does_not_read_is_waited_for_until_the_run_is_to_end() {
        for bytes in [10, 1_000_000] {
            let (reader, mut writer) = pipe();
            let (stop, asked) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicBool::new(false)));
            let (stopped, was_asked) = (Arc::clone(&stop), Arc::clone(&asked));
            let thread = std::thread::spawn(move || {
                let give_up = move || {
                    was_asked.store(true, Ordering::SeqCst);
                    stopped.load(Ordering::SeqCst)
                };
                write(&mut writer, &vec![b'x'; bytes], "x", &give_up).and_then(|()| wait(&writer, "x", &give_up))
            });
            while !asked.load(Ordering::SeqCst) {
                std::thread::yield_now();
            }
            assert!(!thread.is_finished(), "a slow reader is no dead one");
            stop.store(true, Ordering::SeqCst);
            let error = thread.join().unwrap().unwrap_err();
            assert!(matches!(error, SinkError::Stalled { .. }), "{error}");
            drop(reader);
        }
    }
}
