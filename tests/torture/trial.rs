//! Lives in a row, from a seed: some end badly, then one that nobody disturbs, and the judge.

use crate::consumer::Follower;
use crate::faults::{Does, Extent, FULL, Fault, KILL, OTHERS, RACE, REQUESTS, SECOND};
use crate::judge::{Finding, Judge, Kind};
use crate::life::{End, Life, Setting, faketime};
use crate::tenant::{DAYS, Double};
use crate::world::{Memory, Place, World};
use defender_double::draw::Draw;
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

/// Kills before a day of the tenant is over.
const KILLS: [u64; 2] = [8, 5];
/// Requests to end before a day is over, in a trial about them.
const ASKED: usize = 4;
/// Seconds that pass from life to life by the program's clock: a run that goes on takes the calls of the one that died
/// to be made just now, and would wait for a minute to be over.
const STEP: i64 = 2 * 3600;
/// What an undisturbed run comes to, as long as none was seen.
const FIRST: Extent = Extent { time: Duration::from_millis(300), requests: 12, bytes: 100_000 };

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
    /// How often each fault struck a program that was running. Kills are those that a program died of.
    pub(crate) struck: BTreeMap<&'static str, u64>,
    /// Starts that were refused because another program was running, which they named.
    pub(crate) seconds: u64,
    /// Programs that were started.
    pub(crate) lives: u64,
    /// Lines that arrived.
    pub(crate) lines: u64,
    /// Trials on a disk of their own, which can be filled.
    pub(crate) disks: u64,
    /// By the way in which the tenant is read.
    extents: BTreeMap<&'static str, Extent>,
}

impl Tally {
    pub(crate) fn kills(&self) -> u64 {
        self.struck.get(KILL.name).copied().unwrap_or(0)
    }

    pub(crate) fn strikes(&mut self, fault: &Fault) {
        *self.struck.entry(fault.name).or_default() += 1;
    }

    /// Adds what was done elsewhere.
    pub(crate) fn add(&mut self, other: &Self) {
        for (name, count) in &other.struck {
            *self.struck.entry(name).or_default() += count;
        }
        self.seconds += other.seconds;
        self.lives += other.lives;
        self.lines += other.lines;
        self.disks += other.disks;
    }
}

/// One trial.
pub(crate) struct Trial<'a> {
    pub(crate) double: &'a Double,
    pub(crate) world: World,
    pub(crate) judge: Judge,
    pub(crate) tally: &'a mut Tally,
    draw: Draw,
    follower: Follower,
    lives: u64,
    /// Seconds by which the clock of the latest program is ahead.
    pub(crate) clock: i64,
}

/// Runs the trial of a seed in a place, and says what must not have happened.
pub(crate) fn run(
    (name, seed): (&str, u64),
    (place, memory): (Place, Memory),
    about: About,
    double: &Double,
    tally: &mut Tally,
) -> Vec<Finding> {
    let draw = Draw::seed(seed).at("torture").at(name);
    let world = World::new(double, place, memory, draw);
    let judge = Judge::new(double.tenant().id());
    let mut trial = Trial { double, world, judge, tally, draw, follower: Follower::default(), lives: 0, clock: 0 };
    // Without an inventory a consumer is never told what is gone, so the tenant stands still.
    let days = if memory == Memory::Inventory { 2 } else { 1 };
    for (day, &date) in DAYS.iter().enumerate().take(days) {
        double.on_day(date);
        trial.judge.expect(trial.world.due(double, date), trial.world.lasting(double, date));
        for (at, fault) in trial.plan(seed, day, about).into_iter().enumerate() {
            trial.disturbed(fault, draw.at("life").nth((day * 100 + at) as u64));
        }
        trial.undisturbed();
        if about == About::Requests {
            let cut = (memory == Memory::Position).then_some(ASKED);
            trial.judge.once_each(cut);
        }
        trial.judge.settle();
        let before = trial.judge.lines();
        trial.undisturbed();
        trial.judge.settle();
        let news = trial.judge.lines() - before;
        if memory == Memory::Inventory && news > 0 {
            let detail = format!("{news} lines although nothing had changed, the last is {}", trial.judge.latest());
            trial.judge.finds(Kind::Repeated, detail);
        }
    }
    trial.tally.lives += trial.lives;
    trial.tally.lines += trial.judge.lines();
    trial.tally.disks += u64::from(trial.world.has_disk);
    trial.judge.findings
}

impl Trial<'_> {
    /// The faults of a day, in order.
    fn plan(&self, seed: u64, day: usize, about: About) -> Vec<&'static Fault> {
        let draw = self.draw.at("plan").nth(day as u64);
        if about == About::Requests {
            return (0..ASKED).map(|at| &REQUESTS[(seed as usize + at) % REQUESTS.len()]).collect();
        }
        let mut faults: Vec<&Fault> = (0..KILLS[day]).map(|_| &KILL).collect();
        faults.push(if (seed + day as u64).is_multiple_of(2) { &SECOND } else { &RACE });
        if self.world.has_disk {
            faults.push(&FULL);
        }
        let fits = |fault: &&Fault| {
            fault.only.is_none_or(|place| place == self.world.place)
                && (!matches!(fault.does, Does::Clock(_) | Does::Jump(_)) || faketime().is_some())
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

    /// Starts the program, later than the one before. Some start over. Where the clock cannot be moved, every other one
    /// does: a run that goes on would wait for limits.
    pub(crate) fn start(&mut self, setting: Setting) -> Life {
        let starts_over = match faketime() {
            Some(_) => self.draw.at("starts over").nth(self.lives).chance(100),
            None => self.lives.is_multiple_of(2),
        };
        self.start_with(if starts_over { &["run", "--reset-state"] } else { &["run"] }, setting)
    }

    fn start_with(&mut self, verb: &[&str], setting: Setting) -> Life {
        self.lives += 1;
        self.clock += STEP;
        let clock = Some(setting.clock.unwrap_or(0) + self.clock);
        Life::start(self.world.program(verb), Setting { clock, ..setting })
    }

    /// What an undisturbed run comes to.
    pub(crate) fn extent(&self) -> Extent {
        self.tally.extents.get(self.world.way()).copied().unwrap_or(FIRST)
    }

    /// A run that nobody disturbs. It goes on where the one before was: one that starts over reads everything, which says
    /// more of some findings than their changes did.
    fn undisturbed(&mut self) {
        let (started, before) = (Instant::now(), self.double.requests());
        let life = self.start_with(&["run"], Setting::default());
        if self.finish(life, "an undisturbed run", |end| end.code == Some(0)).is_some() {
            let requests = (self.double.requests() - before).max(1);
            let extent = Extent { time: started.elapsed(), requests, bytes: self.extent().bytes };
            self.tally.extents.insert(self.world.way(), extent);
        }
        if self.world.memory == Memory::Inventory {
            self.sound();
            let exported = self.world.program(&["inventory", "export"]).output().expect("it can be started");
            if !exported.status.success() {
                let said = String::from_utf8_lossy(&exported.stderr).into_owned();
                self.judge.finds(Kind::Inventory, said);
            }
            self.judge.compare(&String::from_utf8_lossy(&exported.stdout));
        }
    }

    /// Whether the file of the inventory is whole.
    pub(crate) fn sound(&mut self) {
        let path = self.world.path("inventory.db");
        if path.exists() && std::panic::catch_unwind(|| crate::support::sound::sound(&path)).is_err() {
            self.judge.finds(Kind::Inventory, "its file is not sound; what is wrong was printed above");
        }
    }

    /// Waits for the end of a life, and has the judge hear what came of it. Nothing if there was none.
    pub(crate) fn finish(&mut self, life: Life, name: &str, may: impl Fn(&End) -> bool) -> Option<End> {
        // What was asked to end must get its answer to do so; what is dead needs none.
        self.double.gate().open();
        let Some(end) = life.finish() else {
            self.judge.finds(Kind::Ending, format!("{name}: it does not end; it asked\n{}", self.double.asked()));
            return None;
        };
        if !may(&end) {
            let detail = format!("{name}: {:?} {:?} {:?}", end.code, end.signal, end.messages);
            self.judge.finds(Kind::Ending, detail);
        }
        self.hear(&end);
        Some(end)
    }

    /// Has the judge hear what a life delivered.
    pub(crate) fn hear(&mut self, end: &End) {
        match self.world.place {
            Place::Pipe => {
                self.judge.hear(&end.output, end.code == Some(0));
                self.delivered(end.output.len());
            }
            Place::File => {
                let now = std::fs::read(self.world.events()).unwrap_or_default();
                match self.follower.look(&now) {
                    // Beside others that run, a line can be on its way.
                    Some(news) => {
                        self.judge.hear(&news, false);
                        self.delivered(news.len());
                    }
                    None => self.judge.finds(Kind::Shortened, "lines that were whole are gone from the file"),
                }
            }
        }
    }

    fn delivered(&mut self, bytes: usize) {
        let extent = self.extent();
        self.tally.extents.insert(self.world.way(), Extent { bytes: extent.bytes.max(bytes as u64), ..extent });
    }
}
