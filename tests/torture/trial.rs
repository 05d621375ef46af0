//! Lives in a row, from a seed: some end badly, then one that nobody disturbs, and the judge.

use crate::consumer::{Follower, Patience};
use crate::faults::{Does, Fault, KILL, Moment, OTHERS, RACE, REQUESTS, Room, SECOND};
use crate::judge::{Finding, Judge, Kind};
use crate::life::{End, LONGEST, Life, Setting, Signal, faketime};
use crate::tenant::{DAYS, Double};
use crate::world::{Memory, Place, World};
use defender_double::draw::Draw;
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

/// Kills before a day of the tenant is over.
const KILLS: [u64; 2] = [6, 3];
/// Starts beside one that runs.
const SECONDS: u64 = 8;
/// Seconds that pass from life to life by the program's clock: a run that goes on takes the calls of the one that died
/// to be made just now, and would wait for a minute to be over.
const STEP: i64 = 2 * 3600;

/// What a trial is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum About {
    /// Everything in the table.
    Everything,
    /// Requests to end: nothing may be delivered again.
    Requests,
}

/// What was done so far.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    /// How often each fault struck a program that was running.
    pub(crate) struck: BTreeMap<&'static str, u64>,
    /// Starts beside a running program, each of which has to be refused.
    pub(crate) seconds: u64,
    /// Programs that were started.
    pub(crate) lives: u64,
    /// Lines that arrived.
    pub(crate) lines: u64,
    typical: Option<Duration>,
}

impl Tally {
    pub(crate) fn kills(&self) -> u64 {
        self.struck.get(KILL.name).copied().unwrap_or(0)
    }

    fn strikes(&mut self, fault: &Fault) {
        *self.struck.entry(fault.name).or_default() += 1;
    }
}

/// One trial.
pub(crate) struct Trial<'a> {
    double: &'a Double,
    world: World,
    draw: Draw,
    judge: Judge,
    follower: Follower,
    tally: &'a mut Tally,
    lives: u64,
    clock: i64,
}

/// Runs the trial of a seed, and says what must not have happened.
pub(crate) fn run(
    seed: u64,
    (place, memory): (Place, Memory),
    about: About,
    double: &Double,
    tally: &mut Tally,
) -> Vec<Finding> {
    let draw = Draw::seed(seed).at("torture");
    let world = World::new(double, place, memory, draw);
    let judge = Judge::new(double.tenant().id());
    let mut trial = Trial { double, world, draw, judge, follower: Follower::default(), tally, lives: 0, clock: 0 };
    // Without an inventory a consumer is never told what is gone, so the tenant stands still.
    let days = if memory == Memory::Inventory { 2 } else { 1 };
    for (day, &date) in DAYS.iter().enumerate().take(days) {
        double.on_day(date);
        trial.judge.expect(trial.world.due(double, date));
        for (at, fault) in trial.plan(seed, day, about).into_iter().enumerate() {
            trial.disturbed(fault, draw.at("life").nth((day * 100 + at) as u64));
        }
        trial.undisturbed();
        if about == About::Requests {
            trial.judge.once_each();
        }
        trial.judge.settle();
        let before = trial.judge.lines();
        trial.undisturbed();
        trial.judge.settle();
        let news = trial.judge.lines() - before;
        if memory == Memory::Inventory && news > 0 {
            trial.judge.finds(Kind::Repeated, format!("{news} lines although nothing had changed"));
        }
    }
    trial.tally.lives += trial.lives;
    trial.tally.lines += trial.judge.lines();
    trial.judge.findings
}

impl Trial<'_> {
    /// The faults of a day, in order.
    fn plan(&self, seed: u64, day: usize, about: About) -> Vec<&'static Fault> {
        let draw = self.draw.at("plan").nth(day as u64);
        if about == About::Requests {
            return (0..4).map(|at| &REQUESTS[((seed + at) % 3) as usize]).collect();
        }
        let mut faults: Vec<&Fault> = (0..KILLS[day]).map(|_| &KILL).collect();
        faults.push(if (seed + day as u64).is_multiple_of(2) { &SECOND } else { &RACE });
        let fits = |fault: &&Fault| {
            fault.only.is_none_or(|place| place == self.world.place)
                && (fault.does != Does::Fill || self.world.has_disk)
                && (!matches!(fault.does, Does::Clock(_)) || faketime().is_some())
        };
        let others: Vec<&Fault> = OTHERS.iter().chain(&REQUESTS).filter(fits).collect();
        for more in 0..2 {
            // In turn, so that each of them comes.
            faults.push(others[(seed as usize * 2 + day * 4 + more) % others.len()]);
        }
        for at in (1..faults.len()).rev() {
            faults.swap(at, draw.nth(at as u64).below(at as u64 + 1) as usize);
        }
        faults
    }

    /// Starts the program, later than the one before.
    fn start(&mut self, setting: Setting) -> Life {
        self.clock += STEP;
        self.start_now(setting)
    }

    /// Starts the program at the time of the one before. A run that goes on without another clock would wait for limits, so
    /// it starts over.
    fn start_now(&mut self, setting: Setting) -> Life {
        self.lives += 1;
        let mut verb = vec!["run"];
        if faketime().is_none() && self.lives.is_multiple_of(3) {
            verb.push("--reset-state");
        }
        let clock = Some(setting.clock.unwrap_or(0) + self.clock);
        Life::start(self.world.program(&verb), Setting { clock, ..setting })
    }

    /// A run that nobody disturbs.
    fn undisturbed(&mut self) {
        let started = Instant::now();
        let life = self.start(Setting::default());
        if self.finish(life, "an undisturbed run", |end| end.code == Some(0)) {
            self.tally.typical = Some(started.elapsed());
        }
        if self.world.memory == Memory::Inventory {
            let exported = self.world.program(&["inventory", "export"]).output().expect("it can be started");
            if !exported.status.success() {
                let said = String::from_utf8_lossy(&exported.stderr).into_owned();
                self.judge.finds(Kind::Inventory, said);
            }
            self.judge.compare(&String::from_utf8_lossy(&exported.stdout));
        }
    }

    /// A run that something happens to.
    fn disturbed(&mut self, fault: &Fault, draw: Draw) {
        let typical = self.tally.typical.unwrap_or(Duration::from_millis(300));
        let moment = Moment::draw(draw, self.world.place, typical);
        match fault.does {
            Does::Kill => self.killed(fault, moment),
            Does::Ask(signal) => self.asked(fault, moment, signal),
            Does::Start { at_once: false } => self.beside(fault, moment),
            Does::Start { at_once: true } => self.at_once(fault, draw),
            Does::Leave => {
                // Less than a pipe holds, or more: what is in it when the reader leaves was written, and not read.
                let bytes = 1 + draw.at("bytes").below(200_000);
                let life = self.start(Setting { patience: Patience::Leaves { bytes }, ..Setting::default() });
                if life.wait_for(Signal::Left, LONGEST) {
                    self.tally.strikes(fault);
                }
                self.finish(life, fault.name, |end| matches!(end.code, Some(0 | 1)));
            }
            Does::Limit { is_signalled } => {
                let blocks = 1 << draw.at("blocks").below(11);
                let life = self.start(Setting { room: Room::Limit { blocks, is_signalled }, ..Setting::default() });
                let struck =
                    self.finish(life, fault.name, |end| matches!(end.code, Some(0..=2)) || end.signal == Some(25));
                self.tally
                    .struck
                    .entry(fault.name)
                    .and_modify(|count| *count += u64::from(struck))
                    .or_insert(u64::from(struck));
            }
            Does::Fill => {
                self.world.fill(draw.at("left").below(400_000));
                let life = self.start(Setting::default());
                self.finish(life, fault.name, |end| matches!(end.code, Some(0..=2)));
                self.world.clear();
                self.tally.strikes(fault);
            }
            Does::Mute(messages) => {
                let life = self.start(Setting { messages, ..Setting::default() });
                self.finish(life, fault.name, |end| end.code == Some(0));
                self.tally.strikes(fault);
            }
            Does::Clock(hours) => {
                let life = self.start(Setting { clock: Some(hours * 3600), ..Setting::default() });
                self.finish(life, fault.name, |end| end.code == Some(0));
                self.tally.strikes(fault);
            }
        }
    }

    /// Starts a program and waits for the moment; whether it still runs then.
    fn until(&mut self, moment: Moment, holds_all: bool) -> (Life, bool) {
        let patience = match moment {
            Moment::Lines(lines) => Patience::Pauses { lines },
            _ => Patience::ToTheEnd,
        };
        let double = self.double;
        let life = self.start(Setting { patience, ..Setting::default() });
        let runs = match moment {
            // The program needs longer to start than this thread to get here.
            Moment::Asked(requests) => {
                double.gate().close_behind(requests, holds_all, life.sender(), || Signal::Asked);
                life.wait_for(Signal::Asked, LONGEST)
            }
            Moment::Lines(_) => life.wait_for(Signal::Lines, LONGEST),
            Moment::After(time) => life.runs_after(time),
        };
        (life, runs)
    }

    fn killed(&mut self, fault: &Fault, moment: Moment) {
        let (life, runs) = self.until(moment, true);
        life.signal(rustix::process::Signal::KILL);
        if runs {
            self.tally.strikes(fault);
        }
        self.finish(life, fault.name, |end| end.signal == Some(9) || end.code == Some(0));
    }

    fn asked(&mut self, fault: &Fault, moment: Moment, signal: rustix::process::Signal) {
        let (life, runs) = self.until(moment, true);
        life.signal(signal);
        if runs {
            self.tally.strikes(fault);
        }
        // Before it listens the signal ends it, and there is nothing to store. Who was asked or read from listens.
        let listens = !matches!(moment, Moment::After(_));
        self.finish(life, fault.name, |end| end.code == Some(0) || (!listens && end.signal == Some(signal.as_raw())));
    }

    /// Other starts while a program stands still: each is refused, says who is there, and changes no file.
    fn beside(&mut self, fault: &Fault, moment: Moment) {
        let (life, runs) = self.until(moment, false);
        let before = self.world.kept();
        let stands_still = runs && !matches!(moment, Moment::After(_));
        if runs {
            self.tally.strikes(fault);
        }
        for _ in 0..SECONDS {
            let second = self.start_now(Setting::default());
            let Some(end) = second.finish() else {
                self.judge.finds(Kind::Second, "it does not end");
                continue;
            };
            if stands_still {
                self.tally.seconds += 1;
                self.refused(&end, Some(life.pid()));
            } else if end.code != Some(0) {
                self.refused(&end, None);
            }
            self.hear(&end, end.code == Some(0));
        }
        if stands_still && before != self.world.kept() {
            let names: Vec<_> = before.iter().map(|(name, bytes)| format!("{name} {}", bytes.len())).collect();
            self.judge.finds(Kind::Second, format!("it changed one of these: {}", names.join(", ")));
        }
        self.finish(life, fault.name, |end| end.code == Some(0));
    }

    /// Several starts at once, none of which is the first: one runs, the others are refused or come behind it.
    fn at_once(&mut self, fault: &Fault, draw: Draw) {
        self.clock += STEP;
        let lives: Vec<Life> = (0..SECONDS)
            .map(|at| {
                let life = self.start_now(Setting::default());
                life.runs_after(Duration::from_micros(draw.at("pause").nth(at).below(4_000)));
                life
            })
            .collect();
        self.tally.strikes(fault);
        self.tally.seconds += SECONDS - 1;
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
            self.hear(&end, end.code == Some(0));
        }
        if ran == 0 {
            self.judge.finds(Kind::Second, "each of several says that another one runs");
        }
    }

    fn refused(&mut self, end: &End, holder: Option<u32>) {
        let word =
            holder.map_or_else(|| "is in use by process".to_owned(), |pid| format!("is in use by process {pid}"));
        if end.code != Some(2) || !end.messages.contains(&word) || !end.output.is_empty() {
            let End { code, signal, messages, output } = end;
            let detail = format!("not refused: {code:?} {signal:?}, {} bytes out, {messages:?}", output.len());
            self.judge.finds(Kind::Second, detail);
        }
    }

    /// Waits for the end of a life, and has the judge hear what came of it. Whether it ended as it may.
    fn finish(&mut self, life: Life, name: &str, may: impl Fn(&End) -> bool) -> bool {
        // What was asked to end must get its answer to do so; what is dead needs none.
        self.double.gate().open();
        let Some(end) = life.finish() else {
            self.judge.finds(Kind::Ending, format!("{name}: it does not end; it asked\n{}", self.double.asked()));
            return false;
        };
        let as_it_may = may(&end);
        if !as_it_may {
            let detail = format!("{name}: {:?} {:?} {:?}", end.code, end.signal, end.messages);
            self.judge.finds(Kind::Ending, detail);
        }
        self.hear(&end, end.code == Some(0));
        as_it_may
    }

    fn hear(&mut self, end: &End, ended_well: bool) {
        match self.world.place {
            Place::Pipe => self.judge.hear(&end.output, ended_well),
            Place::File => {
                let now = std::fs::read(self.world.path("events.ndjson")).unwrap_or_default();
                match self.follower.look(&now) {
                    // Beside others that run, a line can be on its way.
                    Some(news) => self.judge.hear(&news, false),
                    None => self.judge.finds(Kind::Shortened, "lines that were whole are gone from the file"),
                }
            }
        }
    }
}
