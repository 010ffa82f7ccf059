//! What an erasure owes beside its change: the files of the database are rewritten. It is owed by the same transaction, so that a server
//! that was killed in between does it later. It must never take the debt for paid before no file holds what was erased.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::OwnedMutexGuard;

use crate::storage::{self, Location};

use super::change::{Change, Decided};
use super::{Clash, Inner, Outage, ServiceError, Services};

/// A backup that is just ending is waited for.
const BACKUP_PATIENCE: Duration = Duration::from_secs(5);

/// As long as it lives, no copy for a backup is made.
pub(super) type Alone = OwnedMutexGuard<()>;

impl Change<'_> {
    /// The change as a whole that needs nobody any more; it owes that the files are rewritten.
    pub(super) async fn erasure_decided(mut self) -> Result<Decided, ServiceError> {
        storage::erasure::owe(&mut self.tx, self.now).await?;
        let shown = self.show().await?;
        Ok(self.decided(shown))
    }
}

impl Services {
    /// A copy that is under way would bring everything back, and a database that a move has left behind still has it.
    pub(super) async fn no_copy_under_way(&self) -> Result<Alone, ServiceError> {
        if self.inner.has_old_database() {
            return Err(Clash::OldDatabase.into());
        }
        let turn = tokio::time::timeout(BACKUP_PATIENCE, self.inner.snapshots.clone().lock_owned());
        Ok(turn.await.map_err(|_| Clash::BackupUnderWay)?)
    }

    /// Makes an erasure durable, unless it is already, and rewrites the files. Both are done if the caller goes away too.
    pub(super) async fn carry_out_erasure(&self, decided: Option<Decided>, alone: Alone) -> Result<(), ServiceError> {
        let inner = Arc::clone(&self.inner);
        let carried_out = tokio::spawn(async move {
            let _alone = alone;
            if let Some(decided) = decided {
                decided.keep(0..0).await?;
            }
            let compacted = inner.compact().await;
            compacted.map_err(|error| {
                tracing::error!("after an erasure the database could not be rewritten yet: {error}");
                Clash::NotCompacted.into()
            })
        });
        carried_out.await.unwrap_or(Err(Outage::Database.into()))
    }

    /// Rewrites the files if an erasure still owes it; whether one did.
    pub async fn finish_erasures(&self) -> Result<bool, ServiceError> {
        // Whoever copies or erases at this moment comes first; there is a next time.
        let Ok(_alone) = self.inner.snapshots.clone().try_lock_owned() else { return Ok(false) };
        if storage::erasure::due(&mut self.inner.storage.read().await?).await?.is_none() {
            return Ok(false);
        }
        self.inner.compact().await?;
        Ok(true)
    }
}

impl Inner {
    /// Rewrites the files after every erasure that is durable by now.
    async fn compact(self: &Arc<Self>) -> Result<(), ServiceError> {
        let due = storage::erasure::due(&mut self.storage.read().await?).await?;
        self.storage.compact().await.map_err(|error| {
            tracing::error!("the database could not be rewritten: {error}");
            ServiceError::from(error)
        })?;
        if let Some(until) = due {
            let mut change = self.change().await?;
            storage::erasure::settle(&mut change.tx, until).await?;
            change.set_aside().await?;
        }
        Ok(())
    }

    fn has_old_database(&self) -> bool {
        let Location::Sqlite(file) = &self.own_database else { return false };
        file.exists() && !self.own_database.is(self.storage.location())
    }
}
