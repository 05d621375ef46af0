//! A `[[fault]]` of a script: a table of kinds, and the settings that each understands.

use super::fault::{Fault, RetryAfter, What, When};
use super::nearest::nearest;
use serde::Deserialize;
use std::time::Duration;

/// A fault as it is written.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct FaultSection {
    kind: String,
    method: Option<String>,
    path: Option<String>,
    from: Option<u64>,
    probability: Option<f64>,
    times: Option<Times>,
    status: Option<u16>,
    retry_after: Option<RetryAfterForm>,
    secs: Option<i64>,
    pause_ms: Option<u64>,
    every: Option<u64>,
    at: Option<u64>,
    rows: Option<i64>,
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(untagged)]
enum Times {
    Number(u64),
    Word(TimesWord),
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum TimesWord {
    Always,
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum RetryAfterForm {
    Seconds,
    Date,
    None,
}

/// A kind of fault: its name, its settings, and how they make one.
struct Kind {
    name: &'static str,
    settings: &'static [&'static str],
    make: fn(&FaultSection) -> Result<What, String>,
}

/// Bytes of a body up to a cut, where the script does not say.
const CUT: u64 = 1000;

/// Seconds of a 429 and of a file that is late, where the script does not say.
const WAIT: i64 = 10;

/// Every kind.
const KINDS: &[Kind] = &[
    Kind { name: "throttle", settings: &["retry_after", "secs"], make: throttle },
    Kind { name: "status", settings: &["status"], make: status },
    Kind { name: "unauthorized", settings: &[], make: |_| Ok(What::Unauthorized) },
    Kind { name: "forbidden", settings: &[], make: |_| Ok(What::Forbidden) },
    Kind { name: "not-found", settings: &[], make: |_| Ok(What::NotFound) },
    Kind { name: "refuse", settings: &[], make: |_| Ok(What::Refuse) },
    Kind { name: "reset", settings: &[], make: |_| Ok(What::Reset) },
    Kind { name: "slow", settings: &["pause_ms", "every"], make: slow },
    Kind { name: "truncate", settings: &["at"], make: |section| Ok(What::Truncate { at: section.cut() }) },
    Kind { name: "reset-body", settings: &["at"], make: |section| Ok(What::ResetBody { at: section.cut() }) },
    Kind { name: "cut-gzip", settings: &["at"], make: |section| Ok(What::CutGzip { at: section.cut() }) },
    Kind { name: "empty", settings: &[], make: |_| Ok(What::Empty) },
    Kind { name: "html", settings: &[], make: |_| Ok(What::Html) },
    Kind { name: "malformed", settings: &["at"], make: |section| Ok(What::Malformed { at: section.cut() }) },
    Kind { name: "duplicate", settings: &[], make: |_| Ok(What::Duplicate) },
    Kind { name: "shift", settings: &["rows"], make: shift },
    Kind { name: "loop", settings: &[], make: |_| Ok(What::Loop) },
    Kind { name: "foreign-link", settings: &[], make: |_| Ok(What::ForeignLink) },
    Kind { name: "empty-page", settings: &[], make: |_| Ok(What::EmptyPage) },
    Kind { name: "short-page", settings: &["rows"], make: short_page },
    Kind { name: "shuffle", settings: &[], make: |_| Ok(What::Shuffle) },
    Kind { name: "ghost", settings: &[], make: |_| Ok(What::Ghost) },
    Kind { name: "late-file", settings: &["secs"], make: late_file },
    Kind { name: "pending-copy", settings: &[], make: |_| Ok(What::PendingCopy) },
    Kind { name: "sas-expired", settings: &["at"], make: |section| Ok(What::SasExpired { at: section.cut() }) },
    Kind { name: "clock-skew", settings: &["secs"], make: clock_skew },
];

impl FaultSection {
    /// The fault, or what is wrong with it.
    pub(super) fn fault(&self) -> Result<Fault, String> {
        let name = self.kind.as_str();
        let kind = KINDS.iter().find(|kind| kind.name == name).ok_or_else(|| {
            match nearest(name, KINDS.iter().map(|kind| kind.name)) {
                Some(near) => format!("kind: `{name}` is unknown; did you mean `{near}`?"),
                None => {
                    let names: Vec<_> = KINDS.iter().map(|kind| kind.name).collect();
                    format!("kind: `{name}` is unknown; known are {}", names.join(", "))
                }
            }
        })?;
        if let Some(foreign) = self.given().find(|setting| !kind.settings.contains(setting)) {
            return Err(match kind.settings {
                [] => format!("`{foreign}` means nothing to `{name}`, which has no settings"),
                settings => format!("`{foreign}` means nothing to `{name}`; its settings are {}", settings.join(", ")),
            });
        }
        Ok(Fault { when: self.when()?, what: (kind.make)(self)? })
    }

    fn when(&self) -> Result<When, String> {
        let probability = self.probability.unwrap_or(1.0);
        if !(0.0..=1.0).contains(&probability) {
            return Err("`probability` has to lie between 0 and 1".into());
        }
        let from = self.from.unwrap_or(1);
        if from == 0 {
            return Err("`from` counts requests from 1".into());
        }
        let times = match self.times {
            Some(Times::Number(times)) => Some(times),
            Some(Times::Word(TimesWord::Always)) => None,
            // What strikes by chance, or is a state rather than an event, goes on.
            None if self.probability.is_some() || self.kind == "clock-skew" => None,
            None => Some(1),
        };
        Ok(When { method: self.method.clone(), path: self.path.clone(), from, probability, times })
    }

    /// Names of the settings of kinds that are given.
    fn given(&self) -> impl Iterator<Item = &'static str> {
        let settings = [
            ("status", self.status.is_some()),
            ("retry_after", self.retry_after.is_some()),
            ("secs", self.secs.is_some()),
            ("pause_ms", self.pause_ms.is_some()),
            ("every", self.every.is_some()),
            ("at", self.at.is_some()),
            ("rows", self.rows.is_some()),
        ];
        settings.into_iter().filter_map(|(name, given)| given.then_some(name))
    }

    fn seconds(&self) -> Result<u64, String> {
        u64::try_from(self.secs.unwrap_or(WAIT)).map_err(|_| "`secs` must not be negative here".into())
    }

    fn cut(&self) -> u64 {
        self.at.unwrap_or(CUT)
    }
}

fn throttle(section: &FaultSection) -> Result<What, String> {
    let secs = section.seconds()?;
    Ok(What::Throttle(match section.retry_after {
        None | Some(RetryAfterForm::Seconds) => RetryAfter::Seconds(secs),
        Some(RetryAfterForm::Date) => RetryAfter::Date(secs),
        Some(RetryAfterForm::None) => RetryAfter::None,
    }))
}

fn status(section: &FaultSection) -> Result<What, String> {
    match section.status {
        Some(status @ 400..=599) => Ok(What::Status(status)),
        _ => Err("`status` has to be one from 400 to 599, for example 503".into()),
    }
}

fn slow(section: &FaultSection) -> Result<What, String> {
    let pause = Duration::from_millis(section.pause_ms.unwrap_or(1000));
    Ok(What::Slow { pause, every: section.every.unwrap_or(16 * 1024).max(1) })
}

fn shift(section: &FaultSection) -> Result<What, String> {
    Ok(What::Shift { rows: section.rows.ok_or("`rows` is missing: by how many rows, for example 3 or -3")? })
}

fn short_page(section: &FaultSection) -> Result<What, String> {
    match u64::try_from(section.rows.unwrap_or(1)) {
        Ok(rows @ 1..) => Ok(What::ShortPage { rows }),
        _ => Err("`rows` has to be 1 or more: a page without rows is `empty-page`".into()),
    }
}

fn late_file(section: &FaultSection) -> Result<What, String> {
    Ok(What::LateFile { secs: section.seconds()? })
}

fn clock_skew(section: &FaultSection) -> Result<What, String> {
    Ok(What::ClockSkew { secs: section.secs.ok_or("`secs` is missing: by how many seconds, for example -600")? })
}
