//! Changes to the configuration for one call.

use crate::config::Overrides;
use clap::Args as ClapArgs;

#[derive(Debug, Default, ClapArgs)]
pub(super) struct Changes {
    /// Datasets to read; all others are switched off.
    #[arg(long, value_name = "NAMES", value_delimiter = ',')]
    datasets: Vec<String>,
    /// Changes a member of source.config, for example datasets.vulnerabilities.strategy=per_device.
    #[arg(long, value_name = "PATH=VALUE")]
    set: Vec<String>,
}

impl From<Changes> for Overrides {
    fn from(changes: Changes) -> Self {
        Self { datasets: changes.datasets, set: changes.set }
    }
}
