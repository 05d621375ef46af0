//! Asking a run to end after the current step.

use tokio::sync::watch;

/// Whether a run has been asked to end.
#[derive(Debug, Clone)]
pub struct Stop(watch::Receiver<bool>);

/// Asks a run to end.
#[derive(Debug, Clone)]
pub struct StopHandle(watch::Sender<bool>);

impl Stop {
    /// A request that can be made, and the means to make it.
    pub fn new() -> (Self, StopHandle) {
        let (sender, receiver) = watch::channel(false);
        (Self(receiver), StopHandle(sender))
    }

    /// A request that is never made.
    pub fn never() -> Self {
        Self::new().0
    }

    /// Whether it has been made.
    pub fn is_requested(&self) -> bool {
        *self.0.borrow()
    }

    /// Waits until it is made; for ever if it never is.
    pub async fn requested(&self) {
        let mut receiver = self.0.clone();
        if receiver.wait_for(|requested| *requested).await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}

impl StopHandle {
    /// Makes the request.
    pub fn request(&self) {
        self.0.send_replace(true);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_stop_that_cannot_come_is_waited_for_in_vain() {
        let stop = Stop::never();
        let waited = tokio::time::timeout(std::time::Duration::from_secs(1), stop.requested()).await;
        assert!(waited.is_err());
    }

    #[tokio::test]
    async fn a_request_is_seen_by_every_clone() {
        let (stop, handle) = Stop::new();
        let other = stop.clone();
        handle.request();
        drop(handle);
        other.requested().await;
        assert!(stop.is_requested());
    }
}
