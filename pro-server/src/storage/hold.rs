//! What is remembered of the right to write: how often it was taken, and by which connection. It must never be believed alone: the
//! connection that holds the lock is the right, this only tells whether it is still the same one.

use std::sync::{Mutex, MutexGuard, PoisonError};

use super::StorageError;
use super::error::Unusable;

/// Which stretch of uninterrupted writing a transaction belongs to. Between two of them somebody else may have written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tenure(u64);

/// The right to write of one process.
#[derive(Default)]
pub(super) struct Hold(Mutex<State>);

#[derive(Default)]
struct State {
    tenures: u64,
    /// Process of the database and when it began, in microseconds.
    holder: Option<(i64, i64)>,
    is_refused: bool,
}

impl Hold {
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn begun(&self, holder: (i64, i64)) {
        let mut state = self.state();
        state.tenures += 1;
        state.holder = Some(holder);
        state.is_refused = false;
    }

    pub(super) fn refused(&self) {
        self.state().is_refused = true;
    }

    pub(super) fn last(&self) -> Option<(i64, i64)> {
        self.state().holder
    }

    pub(super) fn tenure(&self) -> Tenure {
        Tenure(self.state().tenures)
    }

    /// Why the connection that writes was not to be had: a pool that waited in vain does not know.
    pub(super) fn judge(&self, error: sqlx::Error) -> StorageError {
        match error {
            sqlx::Error::PoolTimedOut if self.state().is_refused => Unusable::Taken.into(),
            error => StorageError::of(error, "*"),
        }
    }
}
