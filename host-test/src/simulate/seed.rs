//! One seed: a tenant, a source and a host, day by day, under the eyes of the oracle.

use super::Options;
use super::delivery;
use super::fuse::Fuse;
use super::guest_log::GuestLines;
use super::journal::Shared;
use super::life::{End, Life, Lived};
use super::lock::Locks;
use super::network::Network;
use super::oracle::{Oracle, Run, Stock};
use super::pipe::Pipe;
use super::plan::{Kill, Outlet, Plan};
use super::report::SeedReport;
use super::sabotage::{Sabotage, Saboteur};
use super::tape::Tape;
use super::trace::Trace;
use crate::clock::Clock;
use crate::contract::{self, Receipt, Secret, SourceError, error_failure};
use crate::engine::{Component, Randomness, SandboxOptions};
use defender_double::draw::Draw;
use defender_double::service::{Service, Throttled};
use std::sync::Arc;
use std::time::Duration;

/// Lives of the host in one day, at most: more of them mean that a run does not get anywhere.
const MOST_LIVES: u32 = 40;
/// How often a day goes on after an error that may pass.
const MOST_FAILURES: u32 = 3;
/// Until the host tries again when the source does not say how long to wait.
const TRY_AGAIN: Duration = Duration::from_secs(300);

/// Simulates a seed. `sabotage` switches a safeguard off, for tests of the oracle.
///
/// The component has to be compiled by an engine of this process. Blocks until it is done, and needs a thread of its
/// own: not one that drives an event queue.
pub fn simulate(
    seed: u64,
    options: &Options,
    component: &Component,
    sabotage: Option<Box<dyn Sabotage>>,
) -> SeedReport {
    let lines = GuestLines::default();
    let _captured = lines.capture();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    match runtime {
        Ok(runtime) => runtime.block_on(async {
            let mut world = World::new(Plan::of(seed, options), options, component, sabotage, lines);
            for day in 0..options.days {
                world.day(day).await;
            }
            world.end()
        }),
        Err(error) => SeedReport::unable(seed, &error),
    }
}

struct World<'a> {
    plan: Plan,
    config: String,
    secret: Secret,
    component: &'a Component,
    service: Arc<Service>,
    clock: Clock,
    tape: Arc<Tape>,
    journal: Shared,
    locks: Locks,
    saboteur: Saboteur,
    lines: GuestLines,
    oracle: Oracle,
    kills: std::vec::IntoIter<Kill>,
    /// Lines after which readers die, as long as there are any.
    deaths: std::vec::IntoIter<u64>,
    lives: u64,
    /// When the run that is going on began, and its first request.
    run: Option<(u32, Duration, usize)>,
    lives_of_run: usize,
    failed: bool,
    trace: Trace,
    report: SeedReport,
}

impl<'a> World<'a> {
    fn new(
        plan: Plan,
        options: &Options,
        component: &'a Component,
        sabotage: Option<Box<dyn Sabotage>>,
        lines: GuestLines,
    ) -> Self {
        let service = Arc::new(plan.service());
        let (config, secret) = plan.sign_in(service.terms());
        let saboteur = sabotage.map(Saboteur::new).unwrap_or_default();
        let deaths = match &plan.outlet {
            Outlet::File => Vec::new(),
            Outlet::Pipe { deaths, .. } => deaths.clone(),
        };
        Self {
            component,
            service: Arc::clone(&service),
            clock: Clock::virtual_at(plan.start),
            tape: Arc::default(),
            journal: Shared::default(),
            locks: Locks::new(&saboteur),
            saboteur,
            lines,
            oracle: Oracle::new(&plan, service.terms(), (&config, &secret), options.strict_quota),
            config,
            secret,
            kills: plan.kills.clone().into_iter(),
            deaths: deaths.into_iter(),
            lives: 0,
            run: None,
            lives_of_run: 0,
            failed: false,
            trace: Trace::new(options.keep_steps),
            report: SeedReport { seed: plan.seed, ..SeedReport::default() },
            plan,
        }
    }

    /// One run, or the rest of one that was not finished the day before.
    async fn day(&mut self, day: u32) {
        self.oracle.on_day(day);
        let due = self.plan.start + self.plan.interval * day;
        self.clock.advance(due.saturating_sub(self.clock.now()));
        let mut failures = 0;
        for _ in 0..MOST_LIVES {
            let kill = self.kills.next();
            let lived = self.live(day, kill).await;
            self.judge(&lived);
            let pause = match lived.end {
                End::Finished(receipt) => return self.close(Some(receipt)),
                End::Killed(site) => {
                    *self.report.kills.entry(site.name()).or_default() += 1;
                    kill.map_or(TRY_AGAIN, |kill| kill.downtime)
                }
                // Somebody starts it again, and with it another reader.
                End::Refused | End::Unread => TRY_AGAIN,
                End::Failed(SourceError::InvalidCheckpoint(_)) => {
                    self.journal.get().forget();
                    self.close(None);
                    TRY_AGAIN
                }
                End::Failed(error) => {
                    failures += 1;
                    if !may_pass(&error) || failures > MOST_FAILURES {
                        return;
                    }
                    error_failure(&error).retry_after_ms.map_or(TRY_AGAIN, Duration::from_millis)
                }
                End::Broken(_) | End::Endless(_) => return,
            };
            self.clock.advance(pause);
        }
        self.oracle.endless(&format!("{MOST_LIVES} lives of the host"));
    }

    async fn live(&mut self, day: u32, kill: Option<Kill>) -> Lived {
        let is_within_run = self.journal.get().is_within_run;
        if !is_within_run {
            // Whatever was delivered without a checkpoint belongs to a run that nobody goes on with.
            self.close(None);
            self.run = Some((day, self.clock.now(), self.tape.len()));
        }
        self.lives += 1;
        self.lives_of_run += 1;
        let death = self.deaths.next();
        let call = self.plan.call(self.lives);
        let fuse = Arc::new(kill.map_or_else(Fuse::never, |kill| Fuse::at(kill.at)).with_call(call));
        let second = call.map(|_| Box::new(self.life("second", Arc::new(Fuse::never()), None)));
        Life { second, ..self.life("life", fuse, death) }.live().await
    }

    /// A life with the places of this world.
    fn life(&self, role: &str, fuse: Arc<Fuse>, reader_dies_after: Option<u64>) -> Life<'_> {
        let network = Network {
            service: Arc::clone(&self.service),
            clock: self.clock.clone(),
            fuse: Arc::clone(&fuse),
            tape: Arc::clone(&self.tape),
            page_rows: self.plan.page_rows,
            saboteur: self.saboteur.clone(),
        };
        let mut options = SandboxOptions::new(Arc::new(network));
        options.clock = self.clock.counted(fuse.clock_reads());
        options.randomness = Randomness::Seeded(Draw::seed(self.plan.seed).at(role).nth(self.lives).bits());
        let outlet = match self.plan.outlet {
            Outlet::File => delivery::Outlet::File,
            Outlet::Pipe { habit, .. } => delivery::Outlet::Pipe(Pipe::new(habit, reader_dies_after, &self.clock)),
        };
        Life {
            component: self.component,
            options,
            config: &self.config,
            secret: &self.secret,
            limits: self.plan.limits,
            pace: self.plan.pace,
            clock: self.clock.clone(),
            fuse,
            journal: self.journal.clone(),
            locks: self.locks.clone(),
            outlet,
            saboteur: self.saboteur.clone(),
            second: None,
        }
    }

    fn judge(&mut self, lived: &Lived) {
        self.oracle.learn_secrets(self.tape.secrets());
        for line in self.lines.take() {
            self.oracle.scan("a log line", &line);
        }
        self.oracle.memory(lived.peak_memory);
        self.oracle.waits(&lived.waits);
        self.oracle.meetings(&lived.meetings);
        if let Some(second) = &lived.second {
            self.judge(second);
        }
        match &lived.end {
            End::Failed(error) => {
                self.failed |= !matches!(error, SourceError::InvalidCheckpoint(_));
                self.oracle.error(error);
                *self.report.errors.entry(contract::error_case(error)).or_default() += 1;
            }
            End::Broken(message) => self.oracle.broken(message),
            End::Endless(message) => self.oracle.endless(message),
            End::Finished(_) | End::Killed(_) | End::Refused | End::Unread => {}
        }
        let report = &mut self.report;
        report.lives += 1;
        report.reached.life(lived);
        report.refused += lived.meetings.iter().filter(|meeting| meeting.trouble.is_none()).count() as u64;
        report.readers += u64::from(lived.reader.is_some());
        report.waits += lived.waits.len() as u64;
        report.waited += lived.waits.iter().map(|wait| Duration::from_millis(wait.millis)).sum::<Duration>();
        report.peak_memory = report.peak_memory.max(lived.peak_memory);
    }

    /// The run is over, or is given up: everything that came of it is judged.
    fn close(&mut self, receipt: Option<Receipt>) {
        let Some((day, started, first)) = self.run.take() else { return };
        let log = self.service.log();
        let exchanges: Vec<_> = (first..)
            .zip(self.tape.since(first))
            .map(|(at, exchange)| (exchange, log.entries.get(at).cloned()))
            .collect();
        let (events, checkpoints, stock) = {
            let mut journal = self.journal.get();
            let active = journal.warehouse.active();
            let deleted = std::mem::take(&mut journal.warehouse.deleted);
            let trouble = std::mem::take(&mut journal.warehouse.trouble);
            let (events, checkpoints) = (std::mem::take(&mut journal.events), std::mem::take(&mut journal.checkpoints));
            (events, checkpoints, Stock { active, deleted, trouble })
        };
        let failed = std::mem::take(&mut self.failed);
        let (ended, skew) = (self.clock.now(), self.plan.skew());
        let lives = std::mem::take(&mut self.lives_of_run);
        let run = Run { day, started, ended, skew, events, receipt, exchanges, stock, lives, failed };
        self.oracle.checkpoints(&checkpoints);
        self.oracle.run(&run);
        self.count(&run, &checkpoints);
    }

    fn count(&mut self, run: &Run, checkpoints: &[String]) {
        for event in &run.events {
            self.trace.step("event", &event.document);
        }
        for checkpoint in checkpoints {
            self.trace.step("checkpoint", checkpoint);
        }
        let report = &mut self.report;
        report.reached.run(&self.plan, run);
        for (exchange, entry) in &run.exchanges {
            let line = format!(
                "{} {} {:?} {} {}",
                exchange.at.as_nanos(),
                exchange.url,
                exchange.status,
                exchange.ended,
                exchange.bytes
            );
            self.trace.step("request", &line);
            let Some(entry) = entry else { continue };
            if let Some(fault) = entry.fault {
                *report.faults.entry(fault).or_default() += 1;
            }
            match entry.throttled {
                Some(Throttled::Quota) => report.throttled_by_quota += 1,
                Some(Throttled::Injected) => report.throttled_by_fault += 1,
                None => {}
            }
        }
        report.requests += run.exchanges.len() as u64;
        report.bytes += run.exchanges.iter().map(|(exchange, _)| exchange.bytes).sum::<u64>();
        report.events += run.events.len() as u64;
        let Some(receipt) = &run.receipt else {
            report.unfinished += 1;
            return;
        };
        report.runs += 1;
        for account in &receipt.datasets {
            let complete = contract::is_satisfied(account.completeness);
            *if complete { &mut report.complete } else { &mut report.incomplete } += 1;
        }
    }

    fn end(mut self) -> SeedReport {
        self.close(None);
        let Self { oracle, mut report, trace, clock, .. } = self;
        report.compared = oracle.compared;
        report.replayed = oracle.replayed;
        report.violations = oracle.violations;
        report.more_violations = oracle.more_violations;
        report.virtual_time = clock.elapsed();
        (report.hash, report.steps) = trace.end();
        report
    }
}

/// Whether the contract says that a later repeat can help.
fn may_pass(error: &SourceError) -> bool {
    matches!(error, SourceError::Throttled(_) | SourceError::Unavailable(_) | SourceError::Timeout(_))
}
