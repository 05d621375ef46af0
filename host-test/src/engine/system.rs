//! What the system lets a process have.
//!
//! The engine sets address space aside, which costs no memory: 4 GiB and guards for each linear memory, so that compiled
//! code needs no checks of its own. Where the address space is limited (`ulimit -v`, `RLIMIT_AS`) that would be refused.
//! By default the whole is set aside; under any limit below [`AMPLE_BYTES`] only what a memory really has.

use std::fmt;
use std::process::ExitStatus;
use std::time::Duration;

/// Address space with which nobody needs to be sparing.
const AMPLE_BYTES: u64 = 64 << 30;

/// Address space in which the built-in component is compiled and runs, beside two copies of its memory while that grows.
/// Most of it is what the C library sets aside for each thread that takes memory: 64 MiB with glibc.
const ENOUGH_BYTES: u64 = 768 * 1024 * 1024;

/// The limit of this process's address space in bytes, if there is one to be sparing with.
pub(super) fn address_space() -> Option<u64> {
    limit().filter(|limit| *limit < AMPLE_BYTES)
}

#[cfg(unix)]
fn limit() -> Option<u64> {
    rustix::process::getrlimit(rustix::process::Resource::As).current
}

#[cfg(not(unix))]
fn limit() -> Option<u64> {
    None
}

/// That the system gives no more, by which limit, and the cure.
pub(super) fn fmt_address_space(f: &mut fmt::Formatter<'_>) -> fmt::Result {
    match address_space() {
        Some(limit) => write!(
            f,
            "the system gives this process no more than {limit} bytes of address space (`ulimit -v {}`); allow more, \
             or no limit: the built-in component takes {ENOUGH_BYTES} and twice sandbox.memory_bytes",
            limit / 1024
        ),
        None => f.write_str("the system gives this process no more memory; free some, or lower sandbox.memory_bytes"),
    }
}

/// Gives this process no more than that, for as long as it lives, and ends it with its parent where the system can.
#[cfg(unix)]
pub(super) fn confine(memory_bytes: u64, time: Duration) -> std::io::Result<()> {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let lower = |resource, to: u64| {
        let Rlimit { current, maximum } = getrlimit(resource);
        let least = |limit: Option<u64>, to: u64| Some(limit.map_or(to, |limit| limit.min(to)));
        setrlimit(resource, Rlimit { current: least(current, to), maximum: least(maximum, to) })
    };
    let secs = time.as_secs().max(1);
    // The soft limit has a signal of its own, which tells what it was.
    let hard = getrlimit(Resource::Cpu).maximum.map_or(secs + 1, |limit| limit.min(secs + 1));
    setrlimit(Resource::Cpu, Rlimit { current: Some(secs.min(hard)), maximum: Some(hard) })?;
    // It ends by a signal when it has too much; nobody needs an image of it.
    lower(Resource::Core, 0)?;
    match lower(Resource::As, memory_bytes) {
        Ok(()) => {}
        // Elsewhere the limit is not known, or below what every process has from the start.
        Err(error) if cfg!(target_os = "linux") => return Err(error.into()),
        Err(_) => {}
    }
    #[cfg(target_os = "linux")]
    rustix::process::set_parent_process_death_signal(Some(rustix::process::Signal::KILL))?;
    Ok(())
}

#[cfg(not(unix))]
pub(super) fn confine(_: u64, _: Duration) -> std::io::Result<()> {
    Ok(())
}

/// Whether a process used up its time.
#[cfg(unix)]
pub(super) fn ran_out_of_time(status: ExitStatus) -> bool {
    signal(status) == Some(rustix::process::Signal::XCPU.as_raw())
}

/// Whether it gave up, as it does where it gets no memory.
#[cfg(unix)]
pub(super) fn was_aborted(status: ExitStatus) -> bool {
    use rustix::process::Signal;
    [Signal::ABORT, Signal::SEGV, Signal::BUS].iter().any(|it| signal(status) == Some(it.as_raw()))
}

#[cfg(unix)]
fn signal(status: ExitStatus) -> Option<i32> {
    std::os::unix::process::ExitStatusExt::signal(&status)
}

#[cfg(not(unix))]
pub(super) fn ran_out_of_time(_: ExitStatus) -> bool {
    false
}

#[cfg(not(unix))]
pub(super) fn was_aborted(_: ExitStatus) -> bool {
    false
}
