//! The loops of the server, one owner each. They call `service` and carry values between it, the sockets and the hub.

use std::future::Future;
use std::time::Duration;

use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::telemetry::{count, names};

pub mod admin;
mod admin_accounts;
mod admin_approvals;
mod admin_audit;
mod admin_identity;
mod admin_integrations;
mod admin_keys;
mod admin_policy;
mod admin_sync;
pub mod bulletins;
pub mod certificate;
pub mod directory;
pub mod erasure;
pub mod heartbeat;
pub mod hub;
pub mod key_notice;
pub mod sinks;
pub mod stun;
pub mod witnesses;

/// Pause before a loop that failed starts again.
const RESTART_PAUSE: Duration = Duration::from_secs(1);

/// Runs a loop until `stop`; one that panics or ends by itself is started again, and that is counted.
pub fn supervise<F, L>(name: &'static str, stop: CancellationToken, make: F) -> JoinHandle<()>
where
    F: Fn(CancellationToken) -> L + Send + 'static,
    L: Future<Output = ()> + Send + 'static,
{
    tokio::spawn(async move {
        while !stop.is_cancelled() {
            // A panic's message stays out of the log: the hook has logged its place.
            let _ = tokio::spawn(make(stop.clone())).await;
            if stop.is_cancelled() {
                return;
            }
            count(names::TASKS_RESTARTED);
            tracing::error!(task = name, "a loop ended and is started again");
            let _ = stop.run_until_cancelled(tokio::time::sleep(RESTART_PAUSE)).await;
        }
    })
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    #[tokio::test]
    async fn a_loop_that_panics_is_started_again() {
        let (stop, starts) = (CancellationToken::new(), Arc::new(AtomicUsize::new(0)));
        let counted = starts.clone();
        let task = supervise("test", stop.clone(), move |stop| {
            let start = counted.fetch_add(1, Ordering::SeqCst);
            async move {
                assert!(start >= 2, "fails twice");
                stop.cancel();
            }
        });
        task.await.expect("ends with the stop");
        assert_eq!(starts.load(Ordering::SeqCst), 3);
    }
}
