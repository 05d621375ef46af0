//! What a checkpoint holds.

use defender_client::error::SourceError;
use defender_client::request::Budget;
use serde::{Deserialize, Serialize};

use super::invalid::{damaged, invalid};
use super::run::Run;
use super::{layout, soundness};
use crate::config::{Config, Fingerprints};
use crate::ocsf::MAPPING;
use crate::plan::{Cursors, Figures, Gone};
use crate::session::round::Round;

/// Everything that a session needs to go on where another one stopped. Holds no secrets.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq, Serialize)]
pub struct Checkpoint {
    /// Whose positions these are.
    #[serde(flatten)]
    pub(super) owner: Fingerprints,
    /// Which version of the mapping made the events up to here; the first did not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) mapping: Option<String>,
    /// Requests that were sent in the last hour.
    #[serde(default, skip_serializing_if = "Budget::is_empty")]
    pub budget: Budget,
    /// What was read last, for the runs that follow.
    #[serde(default, skip_serializing_if = "Cursors::is_empty")]
    pub cursors: Cursors,
    /// How much there was to read, for the plan of a run that follows.
    #[serde(default, skip_serializing_if = "Figures::is_empty")]
    pub figures: Figures,
    /// How far the devices are asked about, if that takes several runs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub round: Option<Round>,
    /// What the service lists and has nothing of.
    #[serde(default, skip_serializing_if = "Gone::is_empty")]
    pub gone: Gone,
    /// The run that is not over.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub run: Option<Run>,
}

impl Checkpoint {
    /// What a session that starts from nothing has.
    #[must_use]
    pub fn empty(config: &Config) -> Self {
        Self {
            owner: config.fingerprints.clone(),
            mapping: Some(MAPPING.to_owned()),
            budget: Budget::new(config.budget_share_percent),
            cursors: Cursors::default(),
            figures: Figures::default(),
            round: None,
            gone: Gone::default(),
            run: None,
        }
    }

    /// The text that the host stores.
    #[must_use]
    pub fn write(&self) -> String {
        layout::seal(&serde_json::to_string(self).unwrap_or_default())
    }

    /// Reads a stored text. Between two runs the configuration may change: the cursors are dropped then, so that the
    /// next run reads everything. Where the same records only look otherwise from now on, by the configuration or by another
    /// version of the mapping, the next run reads everything as well, and what was told of them stays told.
    ///
    /// # Errors
    /// `invalid-checkpoint` for a damaged one, one of another version, one of another tenant and, within a run, one of
    /// another configuration.
    pub fn read(text: &str, config: &Config) -> Result<Self, SourceError> {
        let checkpoint = match layout::open(text)? {
            1 => Self::of_layout_1(text, config),
            _ => serde_json::from_str(text),
        };
        let mut checkpoint: Self = checkpoint.map_err(|_| damaged("a part of it is missing or is something else"))?;
        checkpoint.budget = checkpoint.budget.with_share(config.budget_share_percent);
        if checkpoint.owner.tenant != config.fingerprints.tenant {
            return Err(invalid("The checkpoint belongs to another tenant or cloud."));
        }
        if checkpoint.owner.config != config.fingerprints.config {
            if checkpoint.run.is_some() {
                return Err(invalid(
                    "The checkpoint is of a run with another configuration: datasets, filters or format differ.",
                ));
            }
            if checkpoint.owner.records == config.fingerprints.records {
                checkpoint.remap();
            } else {
                (checkpoint.cursors, checkpoint.figures) = Default::default();
                (checkpoint.round, checkpoint.gone) = Default::default();
            }
        }
        checkpoint.owner = config.fingerprints.clone();
        if let Some(what) = checkpoint.run.as_ref().and_then(|run| soundness::contradiction(run, config)) {
            return Err(damaged(what));
        }
        if checkpoint.mapping.as_deref() != Some(MAPPING) {
            checkpoint.remap();
        }
        Ok(checkpoint)
    }

    /// The same as another version of the mapping would have left it.
    #[cfg(test)]
    pub(in crate::session) fn by_mapping(self, mapping: Option<&str>) -> Self {
        Self { mapping: mapping.map(str::to_owned), ..self }
    }

    /// The events so far look otherwise than those to come. A run that is not over would end with some of each, so it is
    /// given up for a new one; what was sent was sent.
    fn remap(&mut self) {
        self.cursors.remap();
        self.mapping = Some(MAPPING.to_owned());
        (self.round, self.run) = (None, None);
    }

    /// Reads a text of layout 1, in which one fingerprint covered tenant and configuration.
    fn of_layout_1(text: &str, config: &Config) -> serde_json::Result<Self> {
        #[derive(Deserialize)]
        struct Older {
            config: String,
            #[serde(flatten)]
            run: Run,
        }
        let Older { config: of_config, run } = serde_json::from_str(text)?;
        let owner = Fingerprints { config: of_config, ..config.fingerprints.clone() };
        Ok(Self { owner, mapping: None, run: Some(run), ..Self::empty(config) })
    }
}
