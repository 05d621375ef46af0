//! Log lines on the standard error: the host's own and the component's, nobody else's. Libraries log addresses, and
//! addresses can be keys.

use super::tell::Log;
use tracing::level_filters::LevelFilter;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

pub(super) fn start(verbose: u8) {
    let level = match verbose {
        0 => LevelFilter::WARN,
        1 => LevelFilter::INFO,
        _ => LevelFilter::DEBUG,
    };
    let ours = Targets::new().with_target("source_host", level).with_target("component", level);
    let lines = tracing_subscriber::fmt::layer().with_writer(|| Log).with_ansi(false).without_time();
    // Fails only if there is a logger already, which then is somebody's choice.
    let _ = tracing_subscriber::registry().with(lines).with(ours).try_init();
}
