//! What a seed really reached: told by what came of it, not by what was drawn for it.

use super::life::{End, Lived};
use super::oracle::Run;
use super::pipe::Death;
use super::plan::{Outlet, Plan};
use super::reach::{Extent, MOST_LOSSES, Reach, Reader, Turn, Way};
use super::reading::{Dataset, Strategy};
use crate::contract::{self, DatasetReceipt, Operation, Receipt};
use defender_double::scenario::FaultKind;
use defender_double::service::{Feature, Resource};
use std::collections::BTreeMap;

/// How often each was reached.
#[derive(Debug, Clone, Default)]
pub(crate) struct Reached(BTreeMap<Reach, u64>);

/// Devices above which `auto` would rather hunt than ask about each, where it is not told less.
const FEW: u64 = 100;

impl Reached {
    /// How often something was reached.
    pub(crate) fn times(&self, reach: Reach) -> u64 {
        self.0.get(&reach).copied().unwrap_or(0)
    }

    fn note(&mut self, reach: Reach) {
        self.add(reach, 1);
    }

    fn add(&mut self, reach: Reach, times: u64) {
        if times > 0 {
            *self.0.entry(reach).or_default() += times;
        }
    }

    /// Adds what a life reached.
    pub(crate) fn life(&mut self, lived: &Lived) {
        if let End::Killed(site) = lived.end {
            self.note(Reach::Kill(site));
        }
        for meeting in &lived.meetings {
            self.note(Reach::Second(meeting.site));
        }
        match lived.reader {
            Some(Death { unread: 0 }) => self.note(Reach::Reader(Reader::UpToDate)),
            Some(Death { unread: 1.. }) => self.note(Reach::Reader(Reader::Behind)),
            None => {}
        }
        for (edge, times) in &lived.batches.0 {
            self.add(Reach::Batch(*edge), *times);
        }
    }

    /// Adds what a run reached.
    pub(crate) fn run(&mut self, plan: &Plan, run: &Run) {
        for fault in run.exchanges.iter().filter_map(|(_, entry)| entry.as_ref()?.fault) {
            let kind = FaultKind::ALL.iter().copied().find(|kind| kind.name() == fault);
            kind.into_iter().for_each(|kind| self.note(Reach::Fault(kind)));
        }
        let rows = run.events.iter().filter(|event| event.operation == Operation::Upsert).count();
        self.add(Reach::Format(plan.format), rows as u64);
        self.tokens(plan, run);
        let Some(receipt) = &run.receipt else { return };
        self.note(Reach::Sink(match plan.outlet {
            Outlet::File => Way::File,
            Outlet::Pipe { .. } => Way::Pipe,
        }));
        let lost = u8::try_from(run.lives.saturating_sub(1)).unwrap_or(u8::MAX).min(MOST_LOSSES);
        if lost > 0 {
            self.note(Reach::Lost(lost));
            self.note(Reach::Tempo(plan.pace.into()));
        }
        if run.periods().count() > 1 {
            self.note(Reach::Turn(Turn::TenantChanged));
        }
        if run.exchanges.iter().any(|(_, entry)| entry.as_ref().is_some_and(|entry| entry.fault.is_some())) {
            self.note(Reach::Turn(Turn::Recovered));
        }
        for account in &receipt.datasets {
            let Some(dataset) = Dataset::named(&account.dataset) else { continue };
            // Devices are read for the sake of others, too.
            let Some(configured) = plan.reading.strategy(dataset) else { continue };
            self.note(Reach::Extent(Extent::from(account.completeness)));
            if contract::is_satisfied(account.completeness) {
                self.note(Reach::Strategy(dataset, configured));
                let way = dataset.ways().iter().copied().find(|way| way.name() == account.strategy);
                way.filter(|_| configured == Strategy::Auto)
                    .into_iter()
                    .for_each(|way| self.note(Reach::Auto(dataset, way)));
            }
        }
        self.hunting(plan, run, receipt);
        self.changes(run, receipt);
        self.oddities(plan, run, receipt);
    }

    /// Oddities of the service that keep no dataset from being read to its end.
    fn oddities(&mut self, plan: &Plan, run: &Run, receipt: &Receipt) {
        for (at, (exchange, _)) in run.exchanges.iter().enumerate() {
            let is_silent = exchange.status == Some(429) && !exchange.says_when;
            let mut behind = run.exchanges[at + 1..].iter().map(|(exchange, _)| exchange);
            if is_silent && behind.any(|next| next.url == exchange.url && next.status == Some(200)) {
                self.note(Reach::Turn(Turn::ThrottledWithoutAWord));
            }
        }
        for account in receipt.datasets.iter().filter(|account| contract::is_satisfied(account.completeness)) {
            let Some(dataset) = Dataset::named(&account.dataset) else { continue };
            let is_counted = |name| account.tolerated.iter().any(|tally| tally.name == name);
            let asked = || run.exchanges.iter().filter(|(exchange, _)| exchange.dataset == Some(dataset));
            let has_met = |fault| asked().any(|(_, entry)| entry.as_ref().is_some_and(|entry| entry.fault == fault));
            let is_paged = asked().any(|(exchange, _)| exchange.url.contains("$skip"));
            for (is_so, turn) in [
                (plan.page_rows == Some(1) && is_paged, Turn::OneRowAPage),
                (has_met(Some(FaultKind::ShortPage.name())), Turn::ShortPage),
                (has_met(Some(FaultKind::Shuffle.name())), Turn::Shuffled),
                (is_counted("file_late") && account.strategy == Strategy::Files.name(), Turn::FileCameLate),
                (is_counted("subject_gone"), Turn::SubjectGone),
            ] {
                if is_so {
                    self.note(Reach::Turn(turn));
                }
            }
        }
    }

    fn tokens(&mut self, plan: &Plan, run: &Run) {
        let exchanges = &run.exchanges;
        let is_token = |url: &str| url.ends_with("/token");
        let mut tokens = 0;
        let mut refusals = 0;
        for (at, (exchange, _)) in exchanges.iter().enumerate() {
            tokens += u64::from(is_token(&exchange.url) && exchange.status == Some(200));
            if exchange.status != Some(401) || is_token(&exchange.url) {
                continue;
            }
            refusals += 1;
            let mut behind = exchanges[at + 1..].iter().map(|(exchange, _)| exchange);
            let is_fetched = behind.any(|next| is_token(&next.url) && next.status == Some(200));
            if is_fetched && behind.any(|next| next.url == exchange.url && next.status == Some(200)) {
                self.note(Reach::Turn(Turn::TokenRefused));
            }
        }
        // Each life signs in anew, and hunting needs a token of its own.
        let may_hunt = matches!(plan.reading.strategy(Dataset::DeviceUsers), Some(Strategy::Auto | Strategy::Hunting));
        if run.lives == 1 && refusals == 0 && tokens > 1 + u64::from(may_hunt) {
            self.note(Reach::Turn(Turn::TokenEnded));
        }
    }

    fn hunting(&mut self, plan: &Plan, run: &Run, receipt: &Receipt) {
        if plan.reading.strategy(Dataset::DeviceUsers) != Some(Strategy::Auto) {
            return;
        }
        let is_each = |account: &DatasetReceipt| account.strategy == Strategy::PerDevice.name();
        let Some(users) = account(receipt, Dataset::DeviceUsers).filter(|account| is_each(account)) else { return };
        if !contract::is_satisfied(users.completeness) {
            return;
        }
        let is_refused = |url: &str, status: Option<u16>| url.contains("/runHuntingQuery ") && status >= Some(400);
        let is_off = plan.terms.switched_off.contains(&Feature::Hunting);
        if is_off && run.exchanges.iter().any(|(exchange, _)| is_refused(&exchange.url, exchange.status)) {
            self.note(Reach::Turn(Turn::HuntingRefused));
        }
        let roles = plan.terms.roles.get(&Resource::Graph);
        let is_granted = roles.is_some_and(|roles| roles.contains("ThreatHunting.Read.All"));
        let devices = account(receipt, Dataset::Devices).map_or(0, |account| account.emitted);
        if !is_granted && devices > plan.calls_per_run().unwrap_or(FEW).min(FEW) {
            self.note(Reach::Turn(Turn::HuntingNotGranted));
        }
    }

    fn changes(&mut self, run: &Run, receipt: &Receipt) {
        let is_change = |path: &str| {
            path.contains("/SoftwareVulnerabilityChangesByMachine") || path.contains("/SoftwareVulnerabilitiesTimeline")
        };
        let asked = run.exchanges.iter().any(|(exchange, _)| is_change(&exchange.url));
        let complete = account(receipt, Dataset::Vulnerabilities)
            .is_some_and(|account| Extent::from(account.completeness) == Extent::Complete);
        if asked && complete {
            self.note(Reach::Turn(Turn::ChangesGivenUp));
        }
    }
}

fn account(receipt: &Receipt, dataset: Dataset) -> Option<&DatasetReceipt> {
    receipt.datasets.iter().find(|account| account.dataset == dataset.name())
}
