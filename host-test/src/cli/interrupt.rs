//! Ctrl-C: the first one lets the current call end, the second one does not wait for it.

use super::tell::tell;
use crate::runner::Stop;

/// The code that shells expect of a program that was interrupted.
const KILLED: i32 = 130;

/// Starts listening.
pub(super) fn listen() -> Stop {
    let (stop, handle) = Stop::new();
    tokio::spawn(async move {
        signal().await;
        tell("stopping after the current call; interrupt again to stop at once");
        handle.request();
        signal().await;
        std::process::exit(KILLED);
    });
    stop
}

/// Waits for Ctrl-C, for the request of the system to end, or for the terminal to go away.
#[cfg(unix)]
pub(super) async fn signal() {
    use tokio::signal::unix::{SignalKind, signal};
    match (signal(SignalKind::terminate()), signal(SignalKind::hangup())) {
        (Ok(mut terminate), Ok(mut hangup)) => tokio::select! {
            _ = tokio::signal::ctrl_c() => {}
            _ = terminate.recv() => {}
            _ = hangup.recv() => {}
        },
        _ => {
            let _ = tokio::signal::ctrl_c().await;
        }
    }
}

/// Waits for Ctrl-C.
#[cfg(not(unix))]
pub(super) async fn signal() {
    let _ = tokio::signal::ctrl_c().await;
}
