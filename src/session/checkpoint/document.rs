//! What a checkpoint holds.

use defender_client::error::SourceError;
use defender_client::request::Budget;
use defender_rows::event::JsonWriter;
use defender_rows::json::Json;

use super::invalid::{damaged, invalid};
use super::run::Run;
use super::{layout, soundness};
use crate::config::{Config, Fingerprints};
use crate::plan::{Cursors, Figures};
use crate::session::round::Round;

/// Everything that a session needs to go on where another one stopped. Holds no secrets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    /// Whose positions these are.
    pub(super) owner: Fingerprints,
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
        layout::seal(out.as_str())
    }

    /// Reads a stored text. Between two runs the configuration may change: the cursors are dropped then, so that the
    /// next run reads everything.
    ///
    /// # Errors
    /// `invalid-checkpoint` for a damaged one, one of another version, one of another tenant and, within a run, one of
    /// another configuration.
    pub fn read(text: &str, config: &Config) -> Result<Self, SourceError> {
        let checkpoint = match layout::open(text)? {
            (1, value) => Self::from_layout_1(value, config),
            (_, value) => Self::from_value(value, config),
        };
        let mut checkpoint = checkpoint.ok_or_else(|| damaged("a part of it is missing or is something else"))?;
        if checkpoint.owner.tenant != config.fingerprints.tenant {
            return Err(invalid("The checkpoint belongs to another tenant or cloud."));
        }
        if checkpoint.owner.config != config.fingerprints.config {
            if checkpoint.run.is_some() {
                return Err(invalid(
                    "The checkpoint is of a run with another configuration: datasets, filters or format differ.",
                ));
            }
            (checkpoint.cursors, checkpoint.figures) = Default::default();
            checkpoint.round = None;
            checkpoint.owner = config.fingerprints.clone();
        }
        match checkpoint.run.as_ref().and_then(|run| soundness::contradiction(run, config)) {
            Some(what) => Err(damaged(what)),
            None => Ok(checkpoint),
        }
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
