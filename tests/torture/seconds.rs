//! Starts beside others: each is refused, says who is there, and changes no file.

use crate::faults::{Fault, Moment};
use crate::judge::Kind;
use crate::life::{End, Life, Setting};
use crate::trial::Trial;
use defender_double::draw::Draw;
use rustix::process::Signal as Posix;
use std::time::Duration;

/// Starts beside one that runs, or at once.
const STARTS: u64 = 8;

impl Trial<'_> {
    /// Other starts while a program stands still, wherever it is.
    pub(crate) fn beside(&mut self, fault: &Fault, moment: Moment) {
        let (life, _) = self.until(moment, false, Setting::default());
        let stands_still = life.stop();
        // Whoever asked the double or delivered something has begun. Soon after its start it may not have.
        let has_begun = stands_still && !matches!(moment, Moment::After(_));
        let before = self.world.kept();
        if stands_still {
            self.tally.strikes(fault);
        }
        for _ in 0..STARTS {
            let second = self.start(Setting::default());
            let Some(end) = second.finish() else {
                self.judge.finds(Kind::Second, "it does not end");
                continue;
            };
            if has_begun {
                self.refused(&end, Some(life.pid()));
            } else if end.code != Some(0) {
                self.refused(&end, None);
            }
            self.hear(&end);
        }
        if has_begun && before != self.world.kept() {
            let names: Vec<_> = before.iter().map(|(name, bytes)| format!("{name} {}", bytes.len())).collect();
            self.judge.finds(Kind::Second, format!("it changed one of these: {}", names.join(", ")));
        }
        life.signal(Posix::CONT);
        self.finish(life, fault.name, |end| end.code == Some(0));
    }

    /// Several starts at once, none of which is the first: one runs, the others are refused or come behind it.
    pub(crate) fn at_once(&mut self, fault: &Fault, draw: Draw) {
        let lives: Vec<Life> = (0..STARTS)
            .map(|at| {
                let life = self.start(Setting::default());
                life.runs_after(Duration::from_micros(draw.at("pause").nth(at).below(4_000)));
                life
            })
            .collect();
        self.tally.strikes(fault);
        let mut ran = 0;
        for life in lives {
            let Some(end) = life.finish() else {
                self.judge.finds(Kind::Second, "one of several does not end");
                continue;
            };
            ran += u64::from(end.code == Some(0));
            if end.code != Some(0) {
                self.refused(&end, None);
            }
            self.hear(&end);
        }
        if ran == 0 {
            self.judge.finds(Kind::Second, "each of several says that another one runs");
        }
    }

    /// Counts a start that was refused as it has to be. Where nobody stands still, whoever has the file may be gone, or
    /// may not have said yet who it is, when the one that was refused asks for its name: that is no second start that
    /// counts, and nothing wrong.
    fn refused(&mut self, end: &End, holder: Option<u32>) {
        let is_refused = end.code == Some(2) && end.output.is_empty();
        let process = holder.map_or_else(String::new, |pid| format!("{pid};"));
        if is_refused && end.messages.contains(&format!("is in use by process {process}")) {
            self.tally.seconds += 1;
            return;
        }
        if is_refused && holder.is_none() && end.messages.contains("is in use by another process") {
            return;
        }
        let End { code, signal, messages, output } = end;
        let detail = format!("not refused: {code:?} {signal:?}, {} bytes out, {messages:?}", output.len());
        self.judge.finds(Kind::Second, detail);
    }
}
