//! Finishes what an erasure still owes, at the start and later again: the files of the database are rewritten when the server was killed
//! before they were, or when something stood in the way. It must never hold up what people do, nor rewrite again and again in vain.

use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::service::Services;

/// After a look that found nothing in the way …
const PAUSE_MIN: Duration = Duration::from_secs(300);
/// … and at most, doubled each time that something was.
const PAUSE_MAX: Duration = Duration::from_secs(6 * 60 * 60);

pub async fn run(services: Services, stop: CancellationToken) {
    let mut pause = PAUSE_MIN;
    while !stop.is_cancelled() {
        let finished = services.finish_erasures().await;
        match &finished {
            Ok(true) => tracing::info!("every erasure is finished: no file of the database holds who was erased"),
            Ok(false) => {}
            Err(error) => tracing::error!(
                code = error.code(),
                again_in_s = pause.as_secs(),
                "somebody who was erased may still be in freed places of the database; it is tried again: {error}"
            ),
        }
        let _ = stop.run_until_cancelled(tokio::time::sleep(pause)).await;
        pause = if finished.is_ok() { PAUSE_MIN } else { longer(pause) };
    }
}

fn longer(pause: Duration) -> Duration {
    pause.saturating_mul(2).min(PAUSE_MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_in_the_way_for_long_is_asked_ever_less_often() {
        let pauses: Vec<u64> = std::iter::successors(Some(PAUSE_MIN), |pause| Some(longer(*pause)))
            .map(|pause| pause.as_secs())
            .take(9)
            .collect();
        assert_eq!(pauses, [300, 600, 1_200, 2_400, 4_800, 9_600, 19_200, 21_600, 21_600]);
    }
}
