//! `wasi:clocks/monotonic-clock` on the host's clock, timers included. The implementation that comes with the engine
//! takes the time from wherever it is told but lets timers wait on the machine's; here both are one clock, so a
//! component that sleeps in virtual time costs no real time either.

use crate::clock::Clock;
use std::time::Duration;
use wasmtime::component::{HasData, Resource, ResourceTable};
use wasmtime_wasi::async_trait;
use wasmtime_wasi::p2::bindings::clocks::monotonic_clock::Host;
use wasmtime_wasi::p2::{DynPollable, Pollable, subscribe};

/// Turns that other work gets before a virtual timer moves the clock: an answer that needs no time must not lose
/// against a time-out that is a minute away.
const TURNS: usize = 8;

/// What the functions of the interface work on.
pub(super) struct Timers<'a> {
    pub(super) clock: &'a Clock,
    pub(super) table: &'a mut ResourceTable,
}

/// Names [`Timers`] for the linker.
pub(super) struct HasTimers;

impl HasData for HasTimers {
    type Data<'a> = Timers<'a>;
}

impl Host for Timers<'_> {
    fn now(&mut self) -> wasmtime::Result<u64> {
        Ok(nanos(self.clock.elapsed()))
    }

    fn resolution(&mut self) -> wasmtime::Result<u64> {
        Ok(1)
    }

    fn subscribe_instant(&mut self, when: u64) -> wasmtime::Result<Resource<DynPollable>> {
        let timer = Timer { clock: self.clock.clone(), at: Duration::from_nanos(when) };
        let timer = self.table.push(timer)?;
        subscribe(self.table, timer)
    }

    fn subscribe_duration(&mut self, duration: u64) -> wasmtime::Result<Resource<DynPollable>> {
        self.subscribe_instant(nanos(self.clock.elapsed()).saturating_add(duration))
    }
}

fn nanos(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}

struct Timer {
    clock: Clock,
    at: Duration,
}

#[async_trait]
impl Pollable for Timer {
    async fn ready(&mut self) {
        // Also for a timer that is due: a component that polls in a circle must not starve the network.
        for _ in 0..if self.clock.is_virtual() { TURNS } else { 1 } {
            tokio::task::yield_now().await;
        }
        let left = self.at.saturating_sub(self.clock.elapsed());
        if !left.is_zero() {
            self.clock.sleep(left).await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Instant;

    #[tokio::test]
    async fn a_wait_of_the_component_moves_the_virtual_clock() {
        let clock = Clock::virtual_at(Duration::from_secs(9));
        let (mut table, started) = (ResourceTable::new(), Instant::now());
        let mut timers = Timers { clock: &clock, table: &mut table };
        let hour = Duration::from_secs(3600);
        timers.subscribe_duration(nanos(hour)).unwrap();
        assert_eq!(timers.now().unwrap(), 0, "asking for a timer is no wait");
        let mut timer = Timer { clock: clock.clone(), at: hour };
        timer.ready().await;
        assert_eq!(timers.now().unwrap(), nanos(hour));
        timer.ready().await;
        assert_eq!(clock.now(), Duration::from_secs(9) + hour, "a timer that is due stays due");
        assert!(started.elapsed() < hour);
    }

    #[tokio::test]
    async fn work_that_needs_no_time_wins_against_a_timer() {
        let clock = Clock::virtual_at(Duration::ZERO);
        let mut timer = Timer { clock: clock.clone(), at: Duration::from_secs(60) };
        let answer = tokio::spawn(async { tokio::task::yield_now().await });
        tokio::select! {
            biased;
            () = timer.ready() => panic!("the timer went first"),
            done = answer => done.unwrap(),
        }
        assert_eq!(clock.elapsed(), Duration::ZERO);
    }

    #[tokio::test(start_paused = true)]
    async fn on_a_real_clock_a_timer_waits() {
        let clock = Clock::real();
        let before = tokio::time::Instant::now();
        let at = clock.elapsed() + Duration::from_secs(5);
        Timer { clock, at }.ready().await;
        assert!(before.elapsed() >= Duration::from_secs(4));
    }
}
