//! Keys, clock and database: whether they can be used, fit together, and will tomorrow.

use std::path::Path;

use protocol::limits::CLOCK_SKEW_MS_MAX;
use protocol::time::Timestamp;

use super::{Finding, Part};
use crate::domain::directory_key::Standing;
use crate::service::KeysFault;
use crate::service::keys::{KeysState, is_founded, waiting_first};
use crate::service::witness::Seen;
use crate::storage::{self, Location, Reach, StorageError, Unusable};
use crate::telemetry::rfc3339;

pub async fn examine(data: &Path, store: &Location, now: Timestamp) -> Vec<Finding> {
    // Before the database, which a server may be writing.
    let seen = Seen::read(data);
    let examined = match store {
        Location::Sqlite(file) if !file.exists() => Ok(None),
        _ => storage::examine(store).await.map(Some),
    };
    // Schema 0: nothing of ours is in it.
    let examined = examined.map(|examined| examined.filter(|examined| examined.schema > 0));
    let organization = if matches!(examined, Ok(None)) { Organization::Absent } else { Organization::Stored };
    let mut found = keys(data, organization, now);
    match examined {
        Ok(None) if is_founded(data).unwrap_or(false) => found.push(missing(store)),
        // Without keys and database the first start makes both.
        Ok(None) => found.push(Finding::fine(Part::Database, "database-new")),
        Ok(Some(examined)) => {
            found.push(match examined.faults {
                0 if examined.schema > storage::newest_schema() => Finding::problem(Part::Database, "database-newer"),
                0 if seen.is_some_and(|seen| seen.is_beyond(examined.leaves, examined.entries)) => {
                    Finding::problem(Part::Database, "database-put-back").with("place", store)
                }
                0 => fine(store),
                _ => Finding::problem(Part::Database, "database-damaged"),
            });
            found.push(clock(examined.newest, now));
        }
        Err(StorageError::Unusable(why)) => {
            let reason = match why {
                Unusable::Unreachable(kind) => kind.to_string(),
                _ => String::new(),
            };
            found.push(Finding::problem(Part::Database, why.code()).with("place", store).with("reason", reason));
        }
        Err(StorageError::Full) => found.push(Finding::problem(Part::Database, "database-full")),
        Err(error) => {
            tracing::debug!(%error, "the database was not examined");
            found.push(Finding::problem(Part::Database, "database-unreadable"));
        }
    }
    found.extend(reach(store));
    found
}

fn missing(store: &Location) -> Finding {
    match store {
        Location::Sqlite(_) => Finding::problem(Part::Database, "database-missing"),
        Location::Postgres(_) => Finding::problem(Part::Database, "database-empty").with("place", store),
    }
}

fn fine(store: &Location) -> Finding {
    match store {
        Location::Sqlite(_) => Finding::fine(Part::Database, "database-fine"),
        Location::Postgres(_) => Finding::fine(Part::Database, "database-postgres-fine").with("place", store),
    }
}

/// What is said to the database crosses a network, and nobody made sure who listens.
fn reach(store: &Location) -> Option<Finding> {
    match store {
        Location::Postgres(url) if url.reach() == Reach::Open => {
            Some(Finding::warning(Part::Database, "database-open").with("place", store))
        }
        Location::Postgres(_) | Location::Sqlite(_) => None,
    }
}

/// Whether there is a database that the keys could be for.
#[derive(PartialEq, Eq)]
enum Organization {
    Stored,
    Absent,
}

fn keys(data: &Path, organization: Organization, now: Timestamp) -> Vec<Finding> {
    let state = match KeysState::of(data) {
        Ok(None) if organization == Organization::Stored => return vec![Finding::problem(Part::Keys, "keys-missing")],
        Ok(None) if waiting_first(data).is_ok_and(|key| key.is_none()) => {
            return vec![Finding::fine(Part::Keys, "keys-new")];
        }
        Ok(None) => return vec![Finding::warning(Part::Keys, "keys-root-awaited")],
        Ok(Some(state)) => state,
        Err(KeysFault::Io(kind)) => {
            return vec![Finding::problem(Part::Keys, "keys-unreadable").with("reason", kind)];
        }
        Err(KeysFault::Damaged(file)) => return vec![Finding::problem(Part::Keys, "keys-damaged").with("file", file)],
        Err(
            KeysFault::Missing | KeysFault::RootAwaited | KeysFault::OtherOrganization | KeysFault::WithoutDatabase,
        ) => {
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
