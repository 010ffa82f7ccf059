//! Finishes what an erasure still owes, at the start and every few minutes: the files of the database are rewritten when the server
//! was killed before they were, or when something stood in the way. It must never hold up what people do.

use std::time::Duration;

use tokio::time::MissedTickBehavior;
use tokio_util::sync::CancellationToken;

use crate::service::Services;

const PAUSE: Duration = Duration::from_secs(300);

pub async fn run(services: Services, stop: CancellationToken) {
    let mut interval = tokio::time::interval(PAUSE);
    interval.set_missed_tick_behavior(MissedTickBehavior::Delay);
    while stop.run_until_cancelled(interval.tick()).await.is_some() {
        match services.finish_erasures().await {
            Ok(true) => tracing::info!("every erasure is finished: no file of the database holds who was erased"),
            Ok(false) => {}
            Err(error) => tracing::error!(
                code = error.code(),
                "somebody who was erased may still be in freed places of the database; it is tried again: {error}"
            ),
        }
    }
}
