//! Many seeds at once: each on one thread from beginning to end, so that nothing depends on how many threads there are.

use super::report::{Report, SeedReport};
use super::{Options, simulate};
use crate::engine::Component;
use std::num::NonZeroUsize;
use std::ops::RangeInclusive;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::atomic::{AtomicU64, Ordering};

/// Simulates seeds with some threads, and sums them up. `watch` is told of each seed when it is done, from any of the
/// threads.
pub fn simulate_all(
    seeds: RangeInclusive<u64>,
    options: &Options,
    component: &Component,
    threads: NonZeroUsize,
    watch: impl Fn(&SeedReport) + Sync,
) -> Report {
    Report::of(simulate_each(seeds, options, component, threads, watch))
}

/// The same, seed by seed, in their order. `watch` is told of each seed when it is done, from any of the threads.
pub fn simulate_each(
    seeds: RangeInclusive<u64>,
    options: &Options,
    component: &Component,
    threads: NonZeroUsize,
    watch: impl Fn(&SeedReport) + Sync,
) -> Vec<SeedReport> {
    let next = AtomicU64::new(0);
    let reports = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..threads.get() {
            scope.spawn(|| {
                while let Some(seed) = seeds.start().checked_add(next.fetch_add(1, Ordering::Relaxed)) {
                    if seed > *seeds.end() {
                        break;
                    }
                    let report = simulate(seed, options, component, None);
                    watch(&report);
                    reports.lock().unwrap_or_else(PoisonError::into_inner).push(report);
                }
            });
        }
    });
    let mut reports = reports.into_inner().unwrap_or_else(PoisonError::into_inner);
    reports.sort_by_key(|report| report.seed);
    reports
}
