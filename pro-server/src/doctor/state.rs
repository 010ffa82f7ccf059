//! Keys, clock and database: whether they can be used, fit together, and will tomorrow.

use std::path::Path;

use protocol::limits::CLOCK_SKEW_MS_MAX;
use protocol::time::Timestamp;

use super::{Finding, Part};
use crate::backup::manifest::DATABASE;
use crate::domain::directory_key::Standing;
use crate::service::KeysFault;
use crate::service::keys::{KeysState, is_founded};
use crate::storage::{self, Location, StorageError};
use crate::telemetry::rfc3339;

pub async fn examine(data: &Path, now: Timestamp) -> Vec<Finding> {
    let mut found = keys(data, now);
    let database = data.join(DATABASE);
    if !database.exists() {
        found.push(if is_founded(data).unwrap_or(false) {
            Finding::problem(Part::Database, "database-missing")
        } else {
            // Without keys and database the first start makes both.
            Finding::fine(Part::Database, "database-new")
        });
        return found;
    }
    match storage::examine(&Location::Sqlite(database)).await {
        Ok(examined) => {
            found.push(match examined.faults {
                0 if examined.schema > storage::newest_schema() => Finding::problem(Part::Database, "database-newer"),
                0 => Finding::fine(Part::Database, "database-fine"),
                _ => Finding::problem(Part::Database, "database-damaged"),
            });
            found.push(clock(examined.newest, now));
        }
        Err(StorageError::Full) => found.push(Finding::problem(Part::Database, "database-full")),
        Err(error) => {
            tracing::debug!(%error, "the database was not examined");
            found.push(Finding::problem(Part::Database, "database-unreadable"));
        }
    }
    found
}

fn keys(data: &Path, now: Timestamp) -> Vec<Finding> {
    let has_database = data.join(DATABASE).exists();
    let state = match KeysState::of(data) {
        Ok(None) if has_database => return vec![Finding::problem(Part::Keys, "keys-missing")],
        Ok(None) => return vec![Finding::fine(Part::Keys, "keys-new")],
        Ok(Some(state)) => state,
        Err(KeysFault::Io(kind)) => {
            return vec![Finding::problem(Part::Keys, "keys-unreadable").with("reason", kind)];
        }
        Err(KeysFault::Damaged(file)) => return vec![Finding::problem(Part::Keys, "keys-damaged").with("file", file)],
        Err(KeysFault::Missing | KeysFault::OtherOrganization | KeysFault::WithoutDatabase) => {
            return vec![Finding::problem(Part::Keys, "keys-missing")];
        }
    };
    let finding = match Standing::of(&state.directory, now) {
        Standing::Good => Finding::fine(Part::Keys, "keys-fine"),
        Standing::Ending => Finding::warning(Part::Keys, "keys-ending"),
        Standing::Ended => Finding::problem(Part::Keys, "keys-expired"),
    };
    let mut found = vec![finding.with("until", rfc3339(state.directory.not_after))];
    if now.plus_ms(CLOCK_SKEW_MS_MAX) < state.directory.not_before {
        found.push(Finding::problem(Part::Clock, "clock-behind-keys").with("now", rfc3339(now)));
    }
    if state.has_root {
        found.push(Finding::warning(Part::Keys, "keys-root-here"));
    }
    found
}

/// Nothing that is stored can be from the future.
fn clock(newest: Timestamp, now: Timestamp) -> Finding {
    if now.plus_ms(CLOCK_SKEW_MS_MAX) < newest {
        Finding::problem(Part::Clock, "clock-behind").with("now", rfc3339(now)).with("newest", rfc3339(newest))
    } else {
        Finding::fine(Part::Clock, "clock-fine").with("now", rfc3339(now))
    }
}
