//! How the program ends: what goes wrong is one line and one of two codes.

use super::tell::tell;
use crate::config::{ConfigError, place_of};
use crate::contract::SourceError;
use crate::engine::{CallError, LoadError};
use crate::escape::whole_line;
use crate::har::HarError;
use crate::inventory::InventoryError;
use crate::lock::LockError;
use crate::runner::RunError;
use crate::sink::SinkError;
use crate::store::StoreError;
use crate::transport::SetupError;
use std::fmt::Display;
use std::path::Path;
use std::process::ExitCode;

/// A line for the standard error, and the code.
#[derive(Debug)]
pub(super) struct Exit {
    line: String,
    code: u8,
    /// The component found the mistake: it knows the member, but not the file.
    in_component_config: bool,
    /// Another process has a file. It will not have it for ever.
    is_busy: bool,
}

impl Exit {
    /// The run failed.
    pub(super) fn failed(line: impl Display) -> Self {
        Self { line: line.to_string(), code: 1, in_component_config: false, is_busy: false }
    }

    /// Usage, configuration, recording or component cannot work.
    pub(super) fn usage(line: impl Display) -> Self {
        Self { code: 2, ..Self::failed(line) }
    }

    /// The reader of the results went away. Not a failure; it ends what is being written.
    pub(super) fn gone() -> Self {
        Self { code: 0, ..Self::failed("") }
    }

    pub(super) fn is_gone(&self) -> bool {
        self.code == 0
    }

    /// Adds the file to a mistake that the component found in its part of it.
    pub(super) fn within(mut self, config: &Path) -> Self {
        if std::mem::take(&mut self.in_component_config) {
            let place = self.member().and_then(|member| place_of(&std::fs::read_to_string(config).ok()?, member));
            let place = place.map(|place| format!(" {place}")).unwrap_or_default();
            self.line = format!("{}{place} [source.config]: {}", config.display(), self.line);
        }
        self
    }

    /// The member that the component found a mistake in: it names it first, between back-ticks.
    fn member(&self) -> Option<&str> {
        self.line.split('`').nth(1)
    }

    /// Whether trying again as it is would be in vain.
    pub(super) fn is_usage(&self) -> bool {
        self.code == 2 && !self.is_busy
    }

    /// Whether another process has what is needed.
    pub(super) fn is_busy(&self) -> bool {
        self.is_busy
    }

    pub(super) fn report(&self) -> ExitCode {
        tell(format_args!("error: {}", whole_line(&self.line)));
        ExitCode::from(self.code)
    }
}

impl Display for Exit {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.line)
    }
}

impl From<ConfigError> for Exit {
    fn from(error: ConfigError) -> Self {
        Self::usage(error)
    }
}

impl From<HarError> for Exit {
    fn from(error: HarError) -> Self {
        Self::usage(error)
    }
}

impl From<LoadError> for Exit {
    fn from(error: LoadError) -> Self {
        Self::usage(error)
    }
}

impl From<SetupError> for Exit {
    fn from(error: SetupError) -> Self {
        Self::usage(error)
    }
}

impl From<LockError> for Exit {
    fn from(error: LockError) -> Self {
        Self { is_busy: matches!(error, LockError::InUse { .. }), ..Self::usage(error) }
    }
}

impl From<SinkError> for Exit {
    fn from(error: SinkError) -> Self {
        match error {
            SinkError::Lock(error) => error.into(),
            SinkError::Open { .. } | SinkError::Unfit { .. } => Self::usage(error),
            SinkError::Closed
            | SinkError::Unread { .. }
            | SinkError::Stalled { .. }
            | SinkError::Write { .. }
            | SinkError::Displaced { .. } => Self::failed(error),
        }
    }
}

impl From<StoreError> for Exit {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Write { .. } => Self::failed(error),
            StoreError::Inventory(error) => error.into(),
            StoreError::Read { .. }
            | StoreError::Foreign { .. }
            | StoreError::Damaged { .. }
            | StoreError::OtherSource { .. } => Self::usage(error),
        }
    }
}

impl From<InventoryError> for Exit {
    fn from(error: InventoryError) -> Self {
        match error {
            InventoryError::Lock(error) => error.into(),
            error if error.is_usage() => Self::usage(error),
            error => Self::failed(error),
        }
    }
}

impl From<CallError> for Exit {
    fn from(error: CallError) -> Self {
        match &error {
            CallError::Source(SourceError::InvalidConfig(_)) => {
                Self { in_component_config: true, ..Self::usage(error) }
            }
            CallError::Source(SourceError::InvalidCheckpoint(_)) => {
                Self::failed(format!("{error}; `--reset-state` forgets the position and starts over"))
            }
            _ => Self::failed(error),
        }
    }
}

impl From<RunError> for Exit {
    fn from(error: RunError) -> Self {
        match error {
            RunError::Call(error) => error.into(),
            RunError::Breach(error) => Self::failed(error),
            RunError::Sink(error) => error.into(),
            RunError::Store(error) => error.into(),
            RunError::Thread(_) => Self::failed(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract::Failure;

    #[test]
    fn only_what_the_user_wrote_is_a_usage_error() {
        let failure = || Failure { message: "m".into(), remedy: "r".into(), retry_after_ms: None };
        let source = |error: fn(Failure) -> SourceError| Exit::from(CallError::Source(error(failure())));
        assert_eq!(source(SourceError::InvalidConfig).code, 2);
        let within = source(SourceError::InvalidConfig).within(Path::new("x.toml"));
        assert_eq!(within.line, "x.toml [source.config]: invalid-config: m (r)");
        assert_eq!(source(SourceError::Unauthenticated).code, 1);
        let checkpoint = source(SourceError::InvalidCheckpoint);
        assert!(checkpoint.code == 1 && checkpoint.line.contains("--reset-state"));
        assert_eq!(Exit::from(SinkError::Closed).code, 1);
        assert_eq!(Exit::from(HarError::Empty { path: "x".into() }).code, 2);
        assert_eq!(Exit::from(StoreError::Foreign { path: "x".into() }).code, 2);
        assert_eq!(Exit::from(CallError::TimedOut { call: "next", secs: 1 }).code, 1);
    }
}
