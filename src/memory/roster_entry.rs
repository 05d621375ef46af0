//! A device in bytes: identifier, when it was seen last, and references to what it shares with others.
//!
//! ```text
//! id (21 bytes)  last seen (6)  platform and group (1 or 2)  risk and the like (1)  domain (1 or 2)  length (1)  label
//! ```
//!
//! Host names end alike and begin each with its own label, so the label is what a device adds to them.

use std::borrow::Cow;
use std::cmp::Ordering;

use defender_rows::record::{DeviceFacts, DeviceTexts};

use super::roster_words::{Words, read_bytes, write_bytes};

/// First byte of an identifier of 40 hexadecimal digits, which is followed by 20 bytes.
const DIGITS: u8 = 1;
/// First byte of any other, which is followed by its length and itself.
const TEXT: u8 = 0;

/// Bytes of a time: milliseconds since 1970, up to the year 10889.
const TIME_BYTES: usize = 6;
const TIME_MAX: i64 = (1 << (8 * TIME_BYTES)) - 1;

/// An identifier, ordered like its text.
#[derive(Clone, Copy, Debug)]
pub(super) enum Id<'a> {
    /// 40 hexadecimal digits in lower case.
    Digits(&'a [u8; 20]),
    /// Anything else.
    Text(&'a str),
}

impl<'a> Id<'a> {
    /// Reads an identifier, and moves behind it.
    fn read(from: &mut &'a [u8]) -> Self {
        match from.split_first() {
            Some((&DIGITS, rest)) => {
                let (digits, rest) = rest.split_first_chunk().unwrap_or((&[0; 20], &[]));
                *from = rest;
                Self::Digits(digits)
            }
            first => {
                *from = first.map_or(&[], |(_, rest)| rest);
                Self::Text(text(read_bytes(from)))
            }
        }
    }

    /// The identifier of a device.
    pub(super) fn of(mut record: &'a [u8]) -> Self {
        Self::read(&mut record)
    }

    /// As it was given.
    pub(super) fn text(self) -> Cow<'a, str> {
        match self {
            Self::Digits(bytes) => {
                let mut text = String::with_capacity(40);
                for byte in bytes {
                    text.extend([byte >> 4, byte & 15].map(|digit| char::from_digit(digit.into(), 16).unwrap_or('0')));
                }
                text.into()
            }
            Self::Text(text) => text.into(),
        }
    }

    pub(super) fn order(self, other: Id<'_>) -> Ordering {
        match (self, other) {
            (Self::Digits(this), Id::Digits(other)) => this.cmp(other),
            _ => self.text().cmp(&other.text()),
        }
    }
}

/// An identifier in the bytes that the record of its device begins with.
#[derive(Debug)]
pub(super) struct Key(Vec<u8>);

impl Key {
    pub(super) fn new(id: &str) -> Self {
        let mut key = Vec::with_capacity(48);
        match digits(id) {
            Some(bytes) => {
                key.push(DIGITS);
                key.extend(bytes);
            }
            None => {
                key.push(TEXT);
                write_bytes(&mut key, id.as_bytes());
            }
        }
        Self(key)
    }

    pub(super) fn bytes(&self) -> &[u8] {
        &self.0
    }

    pub(super) fn id(&self) -> Id<'_> {
        Id::of(&self.0)
    }
}

/// The identifier at the beginning of a record, as in its [`Key`].
pub(super) fn key_of(record: &[u8]) -> &[u8] {
    let mut rest = record;
    Id::read(&mut rest);
    record.get(..record.len() - rest.len()).unwrap_or_default()
}

/// 20 bytes for 40 hexadecimal digits in lower case.
fn digits(id: &str) -> Option<[u8; 20]> {
    let digits: &[u8; 40] = id.as_bytes().try_into().ok()?;
    let mut bytes = [0; 20];
    for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
        for digit in pair {
            let value = match digit {
                b'0'..=b'9' => digit - b'0',
                b'a'..=b'f' => digit - b'a' + 10,
                _ => return None,
            };
            *byte = *byte << 4 | value;
        }
    }
    Some(bytes)
}

/// The record of a device. A time before 1970 counts as none.
pub(super) fn write(key: Key, facts: &DeviceFacts<'_>, last_seen: Option<i64>, words: &mut Words) -> Vec<u8> {
    let mut record = key.0;
    let time = last_seen.unwrap_or_default().clamp(0, TIME_MAX);
    record.extend_from_slice(&time.to_le_bytes()[..TIME_BYTES]);
    let mut group = |texts: &[Option<&str>]| {
        let mut references = Vec::with_capacity(16);
        for text in texts {
            words.write(&mut references, text.map(str::as_bytes));
        }
        words.write(&mut record, Some(&references));
    };
    group(&[facts.os_platform, facts.os_version, facts.group_id, facts.group_name]);
    group(&[facts.value, facts.risk, facts.exposure]);
    let split = |name: &str| name.find('.').unwrap_or(name.len());
    match facts.hostname.map(|name| name.split_at(split(name))) {
        Some((label, domain)) => {
            words.write(&mut record, Some(domain.as_bytes()));
            write_bytes(&mut record, label.as_bytes());
        }
        None => words.write(&mut record, None),
    }
    record
}

/// What a record says.
pub(super) fn read<'a>(record: &'a [u8], words: &'a Words) -> DeviceTexts<'a> {
    let rest = &mut { record };
    let id = Id::read(rest).text();
    *rest = rest.get(TIME_BYTES..).unwrap_or_default();
    let [os_platform, os_version, group_id, group_name] = group(rest, words);
    let [value, risk, exposure] = group(rest, words);
    let hostname = words.read(rest).map(|domain| [text(read_bytes(rest)), text(domain)].concat().into());
    DeviceTexts { id, hostname, os_platform, os_version, group_id, group_name, value, risk, exposure }
}

/// When a device was seen last, in milliseconds since the epoch; 0 if that is not known.
pub(super) fn last_seen(record: &[u8]) -> i64 {
    let mut rest = record;
    Id::read(&mut rest);
    let mut time = [0; 8];
    if let (Some(low), Some(bytes)) = (time.get_mut(..TIME_BYTES), rest.get(..TIME_BYTES)) {
        low.copy_from_slice(bytes);
    }
    i64::from_le_bytes(time)
}

fn group<'a, const N: usize>(rest: &mut &'a [u8], words: &'a Words) -> [Option<Cow<'a, str>>; N] {
    let mut references = words.read(rest).unwrap_or_default();
    std::array::from_fn(|_| words.read(&mut references).map(|word| text(word).into()))
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap_or_default()
}
