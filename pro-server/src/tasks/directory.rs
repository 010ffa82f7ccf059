//! The runs of one directory on their timer: the first one at the start, then every `interval_s`; and between them as soon as the
//! directory says that something has changed. A run that fails changes nothing and is tried again at the next turn.

use std::time::Duration;

use tokio::time::MissedTickBehavior;
use tokio_util::sync::CancellationToken;

use crate::domain::access::Grant;
use crate::domain::source::Source;
use crate::service::Services;
use crate::service::sync::Agreed;
use crate::telemetry::{count, names};

pub async fn run(services: Services, source: Source, interval_s: u64, stop: CancellationToken) {
    let name = services.origin(source).map(|origin| origin.name.to_string()).unwrap_or_default();
    let mut interval = tokio::time::interval(Duration::from_secs(interval_s));
    interval.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        let outcome = tokio::select! {
            () = stop.cancelled() => return,
            _ = interval.tick() => services.run_directory(&Grant::timed(), source, Agreed::Any).await,
            () = services.directory_changed(source) => services.follow_directory(&Grant::timed(), source).await,
        };
        match outcome {
            Ok(report) => {
                count(names::DIRECTORY_RUNS);
                let counts = report.counts;
                tracing::info!(
                    source = name,
                    seen = counts.seen,
                    added = counts.added,
                    updated = counts.changed,
                    suspended = counts.suspended,
                    resumed = counts.resumed,
                    skipped = counts.skipped,
                    without_access = report.withheld.total(),
                    "directory run"
                );
            }
            Err(error) => {
                count(names::DIRECTORY_RUNS_FAILED);
                tracing::warn!(source = name, code = error.code(), "directory run failed: {error}");
            }
        }
    }
}
