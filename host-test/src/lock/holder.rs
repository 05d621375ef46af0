//! Which process has a file: read off the list of locks, or off what it has written into its lock file.

use super::identity;
use std::fmt;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::Path;

/// Longest text in which a process number is looked for.
const MOST_DIGITS: u64 = 20;

/// Who has a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Holder {
    /// The process of this number.
    Process(u32),
    /// Nobody says which one.
    Unknown,
}

impl fmt::Display for Holder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Process(number) => write!(f, "process {number}"),
            Self::Unknown => f.write_str("another process"),
        }
    }
}

impl Holder {
    /// Who holds the lock on a file; `path` is where it is, and ends in `.lock` if its holder signs it.
    pub(super) fn of(file: &File, path: &Path) -> Self {
        let is_signed = path.extension().is_some_and(|extension| extension == "lock");
        let signed = || signature(file).filter(|_| is_signed);
        listed(file).or_else(signed).map_or(Self::Unknown, Self::Process)
    }
}

/// Writes the number of this process into its lock file.
pub(super) fn sign(file: &mut File) -> io::Result<()> {
    file.set_len(0)?;
    file.seek(SeekFrom::Start(0))?;
    writeln!(file, "{}", std::process::id())
}

fn signature(mut file: &File) -> Option<u32> {
    let mut text = String::new();
    file.seek(SeekFrom::Start(0)).ok()?;
    file.take(MOST_DIGITS).read_to_string(&mut text).ok()?;
    text.trim_end().parse().ok()
}

/// From the list of locks that Linux keeps; see proc_locks(5).
fn listed(file: &File) -> Option<u32> {
    let number = identity::number(&file.metadata().ok()?)?;
    find(&std::fs::read_to_string("/proc/locks").ok()?, number)
}

/// The process that holds a lock by `flock` on a file, given its device and number. Lines read
/// `1: FLOCK ADVISORY WRITE <process> <major>:<minor>:<number> 0 EOF`, the device in hexadecimal digits; those of
/// processes that wait have an arrow behind the first word.
fn find(locks: &str, (device, number): (u64, u64)) -> Option<u32> {
    // How Linux packs the two parts of a device: see makedev(3).
    let major = (device >> 8) & 0xfff | (device >> 32) & !0xfff;
    let minor = device & 0xff | (device >> 12) & !0xff;
    locks.lines().find_map(|line| {
        let words: Vec<&str> = line.split_whitespace().collect();
        let [_, "FLOCK", _, _, process, place, ..] = words[..] else { return None };
        let mut parts = place.split(':');
        let hex = |text: Option<&str>| u64::from_str_radix(text?, 16).ok();
        let found = (hex(parts.next())?, hex(parts.next())?, parts.next()?.parse::<u64>().ok()?);
        // 0 stands for a process of another container.
        (found == (major, minor, number)).then(|| process.parse().ok()).flatten().filter(|process| *process > 0)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_of_locks_is_read() {
        let locks = "1: FLOCK  ADVISORY  WRITE 4711 fe:00:5414951 0 EOF\n\
                     2: POSIX  ADVISORY  WRITE 11 fe:01:77 0 EOF\n\
                     3: FLOCK  ADVISORY  WRITE 0 fe:01:78 0 EOF\n\
                     3: -> FLOCK  ADVISORY  WRITE 12 fe:01:79 0 EOF\n\
                     4: FLOCK  ADVISORY  WRITE 42 103:12345:80 0 EOF\nnonsense\n";
        let device = |major: u64, minor: u64| {
            (major & 0xfff) << 8 | (major & !0xfff) << 32 | minor & 0xff | (minor & !0xff) << 12
        };
        assert_eq!(find(locks, (device(0xfe, 0), 5_414_951)), Some(4711));
        assert_eq!(find(locks, (device(0x103, 0x12345), 80)), Some(42));
        for number in [77, 78, 79, 80] {
            assert_eq!(find(locks, (device(0xfe, 1), number)), None, "{number}");
        }
    }

    #[test]
    fn holders_sign_and_are_shown() {
        let mut file = tempfile::tempfile().unwrap();
        assert_eq!(signature(&file), None);
        file.write_all(b"99999999999 a longer text than this one").unwrap();
        assert_eq!(signature(&file), None);
        sign(&mut file).unwrap();
        assert_eq!(signature(&file), Some(std::process::id()));
        assert_eq!(Holder::Unknown.to_string(), "another process");
    }
}
