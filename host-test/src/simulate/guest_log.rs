//! Log lines of a seed, caught on their way to the standard error, because a secret could be in one of them.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use tracing::field::{Field, Visit};
use tracing::subscriber::DefaultGuard;
use tracing::{Event, Subscriber};
use tracing_subscriber::layer::{Context, Layer, SubscriberExt};

/// Lines that were logged on this thread.
#[derive(Clone, Default)]
pub(crate) struct GuestLines(Arc<Mutex<Vec<String>>>);

impl GuestLines {
    /// Catches the lines of this thread, as long as the guard lives.
    pub(crate) fn capture(&self) -> DefaultGuard {
        tracing::subscriber::set_default(tracing_subscriber::registry().with(self.clone()))
    }

    /// The lines since this was last asked.
    pub(crate) fn take(&self) -> Vec<String> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl<S: Subscriber> Layer<S> for GuestLines {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        // What the engine has to say about itself is no business of the simulation.
        let target = event.metadata().target();
        if target == "component" || target.starts_with(env!("CARGO_CRATE_NAME")) {
            let mut line = Line(String::new());
            event.record(&mut line);
            self.0.lock().unwrap_or_else(PoisonError::into_inner).push(line.0);
        }
    }
}

struct Line(String);

impl Visit for Line {
    fn record_debug(&mut self, _: &Field, value: &dyn fmt::Debug) {
        use fmt::Write;
        // Writing to a text cannot fail.
        let _ = write!(self.0, "{value:?} ");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_the_component_and_of_the_host_are_caught() {
        let lines = GuestLines::default();
        {
            let _captured = lines.capture();
            tracing::warn!(target: "component", "hush {}", 1);
            tracing::info!("from the host");
            tracing::info!(target: "wasmtime", "not from us");
        }
        tracing::warn!(target: "component", "too late");
        assert_eq!(lines.take(), ["hush 1 ", "from the host "]);
        assert!(lines.take().is_empty());
    }
}
