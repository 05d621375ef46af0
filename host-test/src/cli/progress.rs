//! How far a run is: one moving line on a terminal, now and then a line elsewhere.

use super::tell::{self, tell};
use crate::contract::{Progress, Wait, one_line};
use crate::escape::visible;
use crate::runner::Observer;
use indicatif::{HumanBytes, HumanCount, ProgressBar};
use std::time::{Duration, Instant};

const BETWEEN_LINES: Duration = Duration::from_secs(10);

/// Shows progress on the standard error.
pub(super) struct Shown {
    bar: Option<ProgressBar>,
    next_line: Instant,
}

impl Shown {
    pub(super) fn start() -> Self {
        let bar = tell::is_terminal().then(|| {
            let bar = ProgressBar::new_spinner();
            bar.enable_steady_tick(Duration::from_millis(120));
            bar
        });
        Self { bar, next_line: Instant::now() + BETWEEN_LINES }
    }

    pub(super) fn finish(self) {
        if let Some(bar) = self.bar {
            bar.finish_and_clear();
        }
    }

    fn show(&mut self, line: String, always: bool) {
        match &self.bar {
            Some(bar) => bar.set_message(visible(&line).into_owned()),
            None if always || Instant::now() >= self.next_line => {
                self.next_line = Instant::now() + BETWEEN_LINES;
                tell(line);
            }
            None => {}
        }
    }
}

impl Observer for Shown {
    fn progress(&mut self, progress: &Progress) {
        let dataset = if progress.dataset.is_empty() { "starting" } else { &progress.dataset };
        let line = format!(
            "{}: {} records, {} events, {} calls, {}",
            one_line(dataset),
            HumanCount(progress.received),
            HumanCount(progress.events),
            HumanCount(progress.calls),
            HumanBytes(progress.bytes)
        );
        self.show(line, false);
    }

    fn waiting(&mut self, wait: &Wait) {
        let line = format!("waiting {} s: {}", wait.millis.div_ceil(1000), one_line(&wait.message));
        self.show(line, true);
    }
}
