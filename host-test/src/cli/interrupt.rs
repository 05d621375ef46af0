//! Ctrl-C: the first one lets the current call end, the second one does not wait for it.

use super::tell::tell;
use crate::runner::Stop;

/// The code that shells expect of a program that was interrupted.
const KILLED: i32 = 130;

/// Starts listening.
pub(super) fn listen() -> Stop {
    let (stop, handle) = Stop::new();
    let first = signal();
    tokio::spawn(async move {
        first.await;
        tell("stopping after the current call; interrupt again to stop at once");
        handle.request();
        signal().await;
        std::process::exit(KILLED);
    });
    stop
}

/// Listens from now on, and waits for Ctrl-C, for the request of the system to end, or for the terminal to go away. What comes
/// before somebody waits is not lost, and does not end the program.
#[cfg(unix)]
pub(super) fn signal() -> impl Future<Output = ()> {
    use tokio::signal::unix::{SignalKind, signal};
    let listening = [SignalKind::interrupt(), SignalKind::terminate(), SignalKind::hangup()].map(signal);
    async move {
        let mut listening: Vec<_> = listening.into_iter().flatten().collect();
        let signals = listening.iter_mut().map(|signal| Box::pin(signal.recv()));
        match signals.len() {
            // Where the system lets nobody listen, its own way to end a program is left.
            0 => std::future::pending().await,
            _ => {
                futures_util::future::select_all(signals).await;
            }
        }
    }
}

/// Waits for Ctrl-C.
#[cfg(not(unix))]
pub(super) async fn signal() {
    let _ = tokio::signal::ctrl_c().await;
}
