//! Says in the log, at the start and once a day, that the directory key ends soon or has ended, and with which command it gets more
//! time. It changes nothing: only the organization's root key can.

use std::time::Duration;

use protocol::time::DAY_MS;
use tokio::time::MissedTickBehavior;
use tokio_util::sync::CancellationToken;

use crate::domain::directory_key::Standing;
use crate::service::Services;
use crate::telemetry::rfc3339;

pub async fn run(services: Services, stop: CancellationToken) {
    let mut interval = tokio::time::interval(Duration::from_millis(DAY_MS));
    interval.set_missed_tick_behavior(MissedTickBehavior::Delay);
    while stop.run_until_cancelled(interval.tick()).await.is_some() {
        tell(&services);
    }
}

fn tell(services: &Services) {
    let (key, standing) = services.directory_key_standing();
    let until = rfc3339(key.not_after);
    match standing {
        Standing::Good => {}
        Standing::Ending => {
            tracing::warn!(%until, "the directory key ends soon; give it another year: pro-server keys renew");
        }
        Standing::Ended => tracing::error!(
            %until,
            "the directory key has ended, and no device can be enrolled; give it another year: pro-server keys renew"
        ),
    }
}
