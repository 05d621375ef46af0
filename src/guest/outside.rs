//! Time and chance, from WASI.

use std::rc::Rc;
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use defender_client::request::Collaborators;
use defender_client::wire::{Clock, Entropy};

use super::transport::WasiHttp;
use crate::config::Config;

/// Everything from outside. The configured time-out bounds the wait for an answer and for each part of it; a
/// configuration that does not hold is reported by whoever reads it next.
pub(super) fn collaborators(config: &str) -> Collaborators {
    let timeout_ms = Config::parse(config).ok().map(|config| config.http.timeout_ms);
    Collaborators {
        transport: Box::new(WasiHttp { timeout_ms }),
        clock: Rc::new(WasiClock { start: Instant::now() }),
        entropy: Box::new(WasiRandom),
    }
}

struct WasiClock {
    start: Instant,
}

/// The time, in milliseconds since the epoch.
pub(super) fn wall_ms() -> i64 {
    let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since_epoch.as_millis()).unwrap_or(i64::MAX)
}

impl Clock for WasiClock {
    fn wall_ms(&self) -> i64 {
        wall_ms()
    }

    fn monotonic_ms(&self) -> u64 {
        u64::try_from(self.start.elapsed().as_millis()).unwrap_or(u64::MAX)
    }
}

struct WasiRandom;

impl Entropy for WasiRandom {
    fn next(&mut self) -> u64 {
        wasi::random::random::get_random_u64()
    }
}
