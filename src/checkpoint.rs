//! Progress that survives the session.

use crate::error::{Cause, SourceError};
use crate::event::JsonWriter;
use crate::http::Budget;
use crate::json::Json;
use crate::paging::PagePosition;
use crate::receipt::DatasetReceipt;

/// Version of the layout. A source reads its own and older ones, and tells others apart.
///
/// | layout | what it added |
/// |---|---|
/// | 1 | – |
/// | 2 | `budget` |
const VERSION: u64 = 2;

/// Longest checkpoint accepted, in bytes; `wit/types.wit` promises that none is longer.
const MAX_BYTES: usize = 64 << 10;

/// Everything that a session needs to go on where another one stopped. Holds no secrets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    /// Fingerprint of the configuration that the positions belong to.
    config: String,
    /// Identity of the run.
    pub run: String,
    /// Its start, milliseconds since the epoch.
    pub started_ms: i64,
    /// Sequence number of the last event that is done with.
    pub sequence: u64,
    /// Requests to the sign-in service so far.
    pub sign_in_calls: u64,
    /// Requests that were sent in the last hour.
    pub budget: Budget,
    /// Accounts of datasets that are done with.
    pub done: Vec<DatasetReceipt>,
    /// The dataset that was being read.
    pub current: Option<Current>,
}

/// The dataset that was being read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Current {
    /// Its account so far.
    pub receipt: DatasetReceipt,
    /// Where it goes on.
    pub position: Position,
}

/// A place within a dataset.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Position {
    /// In the collection over the whole tenant: the only one, or the catalogue.
    Tenant(PagePosition),
    /// In the requests about one subject each.
    Subjects {
        /// Identifier of the last subject that is done with; empty before the first.
        after: String,
        /// Where the subject after it goes on.
        at: PagePosition,
    },
    /// Behind everything: only the end of the snapshot is still to be marked.
    End,
}

impl Checkpoint {
    /// A checkpoint at the start of a run.
    #[must_use]
    pub fn start(fingerprint: &str, run: String, started_ms: i64, budget: Budget) -> Self {
        Self {
            config: fingerprint.to_owned(),
            run,
            started_ms,
            sequence: 0,
            sign_in_calls: 0,
            budget,
            done: Vec::new(),
            current: None,
        }
    }

    /// The text that the host stores.
    #[must_use]
    pub fn write(&self) -> String {
        let mut out = JsonWriter::default();
        out.object(|out| {
            out.raw_member("version", &VERSION.to_string());
            out.text_member("config", &self.config);
            out.text_member("run", &self.run);
            out.integer_member("started_ms", self.started_ms);
            out.raw_member("sequence", &self.sequence.to_string());
            out.raw_member("sign_in_calls", &self.sign_in_calls.to_string());
            self.budget.write(out);
            out.array_member("done", |out| {
                for receipt in &self.done {
                    out.object(|out| receipt.write(out));
                }
            });
            if let Some(current) = &self.current {
                out.object_member("current", |out| {
                    out.object_member("receipt", |out| current.receipt.write(out));
                    current.position.write(out);
                });
            }
        });
        out.as_str().to_owned()
    }

    /// Reads a stored text.
    ///
    /// # Errors
    /// `invalid-checkpoint` for a damaged one, one of another version and one of another configuration.
    pub fn read(text: &str, fingerprint: &str, budget_share_percent: u32) -> Result<Self, SourceError> {
        let invalid = |message: String| {
            let remedy = "Start over without the checkpoint; with the bundled host, `--reset-state`.";
            SourceError::new(Cause::InvalidCheckpoint, message, remedy)
        };
        if text.len() > MAX_BYTES {
            return Err(invalid(format!("The checkpoint is {} bytes long; none of this source is.", text.len())));
        }
        let value = Json::read(text.as_bytes());
        match value.get("version").count() {
            Some(1..=VERSION) => {}
            Some(version) => {
                return Err(invalid(format!(
                    "The checkpoint has layout {version}; this version of the source reads layouts 1 to {VERSION}."
                )));
            }
            None => return Err(invalid("The checkpoint is damaged, or of another source.".to_owned())),
        }
        let checkpoint = Self::from_value(value, budget_share_percent)
            .ok_or_else(|| invalid("The checkpoint is damaged.".to_owned()))?;
        if checkpoint.config != fingerprint {
            return Err(invalid(
                "The checkpoint belongs to another configuration: tenant, datasets, filters or format differ."
                    .to_owned(),
            ));
        }
        Ok(checkpoint)
    }

    fn from_value(value: Json<'_>, budget_share_percent: u32) -> Option<Self> {
        let current = value.get("current");
        let current = match current.is_object() {
            true => Some(Current {
                receipt: DatasetReceipt::read(current.get("receipt"))?,
                position: Position::read(current.get("position"))?,
            }),
            false => None,
        };
        Some(Self {
            config: value.get("config").text()?.into_owned(),
            run: value.get("run").text()?.into_owned(),
            started_ms: value.get("started_ms").raw().parse().ok()?,
            sequence: value.get("sequence").count()?,
            sign_in_calls: value.get("sign_in_calls").count()?,
            budget: Budget::read(value.get("budget"), budget_share_percent)?,
            done: value.get("done").elements().map(DatasetReceipt::read).collect::<Option<_>>()?,
            current,
        })
    }
}

impl Position {
    fn write(&self, out: &mut JsonWriter) {
        out.object_member("position", |out| match self {
            Self::Tenant(at) => at.write(out),
            Self::Subjects { after, at } => {
                out.text_member("after", after);
                at.write(out);
            }
            Self::End => out.flag_member("end", true),
        });
    }

    fn read(value: Json<'_>) -> Option<Self> {
        if value.get("end").flag() == Some(true) {
            return Some(Self::End);
        }
        let at = PagePosition::read(value)?;
        Some(match value.get("after").text() {
            Some(after) => Self::Subjects { after: after.into_owned(), at },
            None => Self::Tenant(at),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::paging::Next;

    fn checkpoint() -> Checkpoint {
        let position = PagePosition { next: Next::Skip(20_000), rows: 7, digest: u64::MAX };
        Checkpoint {
            sequence: 12,
            done: vec![DatasetReceipt::new("devices", "bulk")],
            current: Some(Current {
                receipt: DatasetReceipt::new("device_users", "per_device"),
                position: Position::Subjects { after: "aa".into(), at: position },
            }),
            ..Checkpoint::start("f00d", "run".into(), 1, Budget::new(90))
        }
    }

    #[test]
    fn what_was_written_is_read() {
        let text = checkpoint().write();
        assert_eq!(Checkpoint::read(&text, "f00d", 90).unwrap(), checkpoint());
    }

    #[test]
    fn others_are_told_apart() {
        let text = checkpoint().write();
        let message = |text: &str, fingerprint: &str| {
            let error = Checkpoint::read(text, fingerprint, 90).unwrap_err();
            assert_eq!(error.cause, Cause::InvalidCheckpoint);
            error.message
        };
        assert!(message(&text, "beef").contains("another configuration"));
        assert!(message(&text.replace("\"version\":2", "\"version\":3"), "f00d").contains("layout 3"));
        assert!(message(&text[..40], "f00d").contains("damaged"));
        assert!(message("", "f00d").contains("damaged"));
        assert!(message(&"x".repeat(MAX_BYTES + 1), "f00d").contains("bytes long"));
    }
}
