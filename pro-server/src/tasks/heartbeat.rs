//! A fresh checkpoint at least every `HEARTBEAT_MS`, the same bytes to everybody, so that clients know how old their
//! knowledge of revocations is. A server that has lost its database to another one ends: what it shows may be outdated.

use std::time::Duration;

use protocol::limits::HEARTBEAT_MS;
use tokio::time::MissedTickBehavior;
use tokio_util::sync::CancellationToken;

use crate::service::{Outage, ServiceError, Services};

/// `server` ends when the database is another server's, or is older than what was shown.
pub async fn run(services: Services, server: CancellationToken, stop: CancellationToken) {
    let mut interval = tokio::time::interval(Duration::from_millis(HEARTBEAT_MS));
    interval.set_missed_tick_behavior(MissedTickBehavior::Delay);
    while stop.run_until_cancelled(interval.tick()).await.is_some() {
        if let Err(error) = services.heartbeat().await {
            tracing::error!(code = error.code(), "no checkpoint could be signed: {error}");
            if matches!(error, ServiceError::Unavailable(Outage::Taken | Outage::Behind)) {
                server.cancel();
            }
        }
    }
}
