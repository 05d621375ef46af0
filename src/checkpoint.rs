//! Progress that survives the session, and what survives the run.

use std::borrow::Cow;

use crate::config::{Config, Fingerprints};
use crate::error::{Cause, SourceError};
use crate::event::JsonWriter;
use crate::figures::Figures;
use crate::http::Budget;
use crate::json::Json;
use crate::paging::PagePosition;
use crate::receipt::DatasetReceipt;
use crate::round::Round;

/// Version of the layout. A source reads its own and older ones, and tells others apart.
///
/// | layout | what changed |
/// |---|---|
/// | 1 | the run alone |
/// | 2 | what outlives a run: `tenant`, `budget`, `cursors`; the run is a member |
///
/// `figures` came to layout 2 later: who does not know them loses a forecast and nothing else.
const VERSION: u64 = 2;

/// Longest checkpoint accepted, in bytes; `wit/types.wit` promises that none is longer.
const MAX_BYTES: usize = 64 << 10;

/// Everything that a session needs to go on where another one stopped. Holds no secrets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    /// Whose positions these are.
    owner: Fingerprints,
    /// Requests that were sent in the last hour.
    pub budget: Budget,
    /// What was read last, for the runs that follow.
    pub cursors: Cursors,
    /// How much there was to read, for the plan of a run that follows.
    pub figures: Figures,
    /// How far the devices are asked about, if that takes several runs.
    pub round: Option<Round>,
    /// The run that is not over.
    pub run: Option<Run>,
}

/// A run that is not over.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Run {
    /// Its identity.
    pub id: String,
    /// Its start, milliseconds since the epoch.
    pub started_ms: i64,
    /// Sequence number of the last event that is done with.
    pub sequence: u64,
    /// Requests to the sign-in service so far.
    pub sign_in_calls: u64,
    /// Sessions in a row that gave a position and nothing else so far.
    pub opened: u64,
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
    /// In the changes of a window.
    Changes {
        /// Stands for the window as it was looked through.
        survey: u64,
        /// Where emitting goes on.
        at: PagePosition,
    },
    /// Behind everything: only the end of the snapshot is still to be marked.
    End,
}

impl Checkpoint {
    /// What a session that starts from nothing has.
    #[must_use]
    pub fn empty(config: &Config) -> Self {
        Self {
            owner: config.fingerprints.clone(),
            budget: Budget::new(config.budget_share_percent),
            cursors: Cursors::default(),
            figures: Figures::default(),
            round: None,
            run: None,
        }
    }

    /// The text that the host stores.
    #[must_use]
    pub fn write(&self) -> String {
        let mut out = JsonWriter::default();
        out.object(|out| {
            out.raw_member("version", &VERSION.to_string());
            out.text_member("tenant", &self.owner.tenant);
            out.text_member("config", &self.owner.config);
            self.budget.write(out);
            self.cursors.write(out);
            self.figures.write(out);
            if let Some(round) = &self.round {
                round.write(out);
            }
            if let Some(run) = &self.run {
                out.object_member("run", |out| run.write(out));
            }
        });
        out.as_str().to_owned()
    }

    /// Reads a stored text. Between two runs the configuration may change: the cursors are dropped then, so that the
    /// next run reads everything.
    ///
    /// # Errors
    /// `invalid-checkpoint` for a damaged one, one of another version, one of another tenant and, within a run, one of
    /// another configuration.
    pub fn read(text: &str, config: &Config) -> Result<Self, SourceError> {
        let invalid = |message: String| {
            let remedy = "Start over without the checkpoint; with the bundled host, `--reset-state`.";
            SourceError::new(Cause::InvalidCheckpoint, message, remedy)
        };
        if text.len() > MAX_BYTES {
            return Err(invalid(format!("The checkpoint is {} bytes long; none of this source is.", text.len())));
        }
        let value = Json::read(text.as_bytes());
        let checkpoint = match value.get("version").count() {
            Some(1) => Self::from_layout_1(value, config),
            Some(VERSION) => Self::from_value(value, config),
            Some(version) => {
                return Err(invalid(format!(
                    "The checkpoint has layout {version}; this version of the source reads layouts 1 to {VERSION}."
                )));
            }
            None => return Err(invalid("The checkpoint is damaged, or of another source.".to_owned())),
        };
        let mut checkpoint = checkpoint.ok_or_else(|| invalid("The checkpoint is damaged.".to_owned()))?;
        if checkpoint.owner.tenant != config.fingerprints.tenant {
            return Err(invalid("The checkpoint belongs to another tenant or cloud.".to_owned()));
        }
        if checkpoint.owner.config != config.fingerprints.config {
            if checkpoint.run.is_some() {
                return Err(invalid(
                    "The checkpoint is of a run with another configuration: datasets, filters or format differ."
                        .to_owned(),
                ));
            }
            (checkpoint.cursors, checkpoint.figures) = Default::default();
            checkpoint.round = None;
            checkpoint.owner = config.fingerprints.clone();
        }
        Ok(checkpoint)
    }

    fn from_value(value: Json<'_>, config: &Config) -> Option<Self> {
        let (round, run) = (value.get("round"), value.get("run"));
        Some(Self {
            owner: Fingerprints {
                tenant: value.get("tenant").text()?.into_owned(),
                config: value.get("config").text()?.into_owned(),
            },
            budget: Budget::read(value.get("budget"), config.budget_share_percent)?,
            cursors: Cursors::read(value.get("cursors"))?,
            figures: Figures::read(value.get("figures")),
            round: if round.is_null() { None } else { Some(Round::read(round)?) },
            run: if run.is_null() { None } else { Some(Run::read(run)?) },
        })
    }

    /// One fingerprint covered tenant and configuration.
    fn from_layout_1(value: Json<'_>, config: &Config) -> Option<Self> {
        let tenant = config.fingerprints.tenant.clone();
        let owner = Fingerprints { tenant, config: value.get("config").text()?.into_owned() };
        Some(Self { owner, run: Some(Run::read(value)?), ..Self::empty(config) })
    }
}

impl Run {
    fn write(&self, out: &mut JsonWriter) {
        out.text_member("run", &self.id);
        out.integer_member("started_ms", self.started_ms);
        out.raw_member("sequence", &self.sequence.to_string());
        out.raw_member("sign_in_calls", &self.sign_in_calls.to_string());
        if self.opened > 0 {
            out.raw_member("opened", &self.opened.to_string());
        }
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
    }

    fn read(value: Json<'_>) -> Option<Self> {
        let current = value.get("current");
        let current = match current.is_object() {
            true => Some(Current {
                receipt: DatasetReceipt::read(current.get("receipt"))?,
                position: Position::read(current.get("position"))?,
            }),
            false => None,
        };
        Some(Self {
            id: value.get("run").text()?.into_owned(),
            started_ms: value.get("started_ms").raw().parse().ok()?,
            sequence: value.get("sequence").count()?,
            sign_in_calls: value.get("sign_in_calls").count()?,
            opened: value.get("opened").count().unwrap_or_default(),
            done: value.get("done").elements().map(DatasetReceipt::read).collect::<Option<_>>()?,
            current,
        })
    }
}

/// What was read last of each dataset, for the runs that follow.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cursors(Vec<(Cow<'static, str>, Cursor)>);

/// What was read last of a dataset.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cursor {
    /// When the service made the last snapshot that was read to its end, in its own words; empty if it did not say.
    pub snapshot: String,
    /// From when on changes have to be asked for, milliseconds since the epoch; 0 if that is not known.
    pub since_ms: i64,
    /// Start of the last run that read everything, milliseconds since the epoch.
    pub baseline_ms: i64,
    /// By which strategy it was read, where that bears on the next run; else empty.
    pub strategy: String,
}

impl Cursors {
    /// What was read last of a dataset, if anything was.
    #[must_use]
    pub fn get(&self, dataset: &str) -> Option<&Cursor> {
        self.0.iter().find(|(name, _)| name == dataset).map(|(_, cursor)| cursor)
    }

    /// Remembers what was read of a dataset.
    pub fn set(&mut self, dataset: &'static str, cursor: Cursor) {
        self.0.retain(|(name, _)| name != dataset);
        self.0.push((dataset.into(), cursor));
    }

    fn write(&self, out: &mut JsonWriter) {
        out.object_member("cursors", |out| {
            for (dataset, cursor) in &self.0 {
                out.object_member(dataset, |out| {
                    out.text_member("snapshot", &cursor.snapshot);
                    out.integer_member("since_ms", cursor.since_ms);
                    out.integer_member("baseline_ms", cursor.baseline_ms);
                    if !cursor.strategy.is_empty() {
                        out.text_member("strategy", &cursor.strategy);
                    }
                });
            }
        });
    }

    fn read(value: Json<'_>) -> Option<Self> {
        let mut cursors = Self::default();
        for (dataset, cursor) in value.members() {
            let time = |name: &str| cursor.get(name).raw().parse().unwrap_or_default();
            let cursor = Cursor {
                snapshot: cursor.get("snapshot").text()?.into_owned(),
                since_ms: time("since_ms"),
                baseline_ms: time("baseline_ms"),
                strategy: cursor.get("strategy").text().unwrap_or_default().into_owned(),
            };
            cursors.0.push((dataset.text().into_owned().into(), cursor));
        }
        Some(cursors)
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
            Self::Changes { survey, at } => {
                out.raw_member("survey", &survey.to_string());
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
        if let Some(survey) = value.get("survey").count() {
            return Some(Self::Changes { survey, at });
        }
        Some(match value.get("after").text() {
            Some(after) => Self::Subjects { after: after.into_owned(), at },
            None => Self::Tenant(at),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::{Family, Quota};
    use crate::paging::Next;

    fn config(member: &str) -> Config {
        Config::parse(&format!(r#"{{"tenant_id":"t","client_id":"c"{member}}}"#)).unwrap()
    }

    fn checkpoint() -> Checkpoint {
        let position = PagePosition { next: Next::File("2026".into(), 3), rows: 7, digest: u64::MAX };
        let mut checkpoint = Checkpoint::empty(&config(""));
        let family = Family { name: "/api/machines", quota: Quota::ASSUMED };
        checkpoint.budget.spend(&family, 1_000_000).unwrap();
        checkpoint.budget.saved();
        checkpoint.cursors.set(
            "vulnerabilities",
            Cursor { snapshot: "2026-01-01T06:00:00Z".into(), since_ms: 5, baseline_ms: -1, ..Cursor::default() },
        );
        checkpoint.cursors.set("device_users", Cursor { strategy: "hunting".into(), ..Cursor::default() });
        checkpoint.run = Some(Run {
            id: "run".into(),
            started_ms: 1,
            sequence: 12,
            sign_in_calls: 2,
            opened: 1,
            done: vec![DatasetReceipt::new("devices", "bulk")],
            current: Some(Current {
                receipt: DatasetReceipt::new("device_users", "per_device"),
                position: Position::Subjects { after: "aa".into(), at: position },
            }),
        });
        checkpoint
    }

    #[test]
    fn what_was_written_is_read() {
        let text = checkpoint().write();
        assert_eq!(Checkpoint::read(&text, &config("")).unwrap().write(), text);
        let between = Checkpoint { run: None, ..checkpoint() };
        assert_eq!(Checkpoint::read(&between.write(), &config("")).unwrap().write(), between.write());
    }

    #[test]
    fn others_are_told_apart() {
        let text = checkpoint().write();
        let message = |text: &str, config: &Config| {
            let error = Checkpoint::read(text, config).unwrap_err();
            assert_eq!(error.cause, Cause::InvalidCheckpoint);
            error.message
        };
        let (same, other) = (config(""), config(r#","filters":{"stale_days":9}"#));
        assert!(message(&text, &other).contains("another configuration"));
        assert!(message(&text, &config(r#","cloud":"gcc""#)).contains("another tenant or cloud"));
        assert!(message(&text.replace("\"version\":2", "\"version\":3"), &same).contains("layout 3"));
        assert!(message(&text[..60], &same).contains("damaged"));
        assert!(message("", &same).contains("damaged"));
        assert!(message(&"x".repeat(MAX_BYTES + 1), &same).contains("bytes long"));
    }

    #[test]
    fn between_runs_the_configuration_may_change_and_the_tenant_may_not() {
        let between = Checkpoint { run: None, ..checkpoint() }.write();
        let read = Checkpoint::read(&between, &config(r#","filters":{"stale_days":9}"#)).unwrap();
        assert_eq!(read.cursors, Cursors::default(), "everything is read again");
        assert_ne!(read.budget, Budget::new(90), "what was sent was sent");
        assert!(Checkpoint::read(&between, &config(r#","cloud":"gcc""#)).is_err());
    }
}
