//! Moving everything into another database, with a proof that nothing changed; and a backup's database into the configured one. It must
//! never leave two databases that both may be served, nor one that is half filled: all of it is one transaction, and what was left
//! behind is marked.

use std::path::Path;

use protocol::ids::Hash32;
use protocol::time::Timestamp;
use protocol::tlog::{LogEnd, MerkleTree};

use crate::storage::copy::{self, Compared, Progress};
use crate::storage::{Location, Storage, StorageError, Tx, moved};

use super::open::{self, OpenError};
use super::trees::Trees;
use super::{ServiceError, Services};

/// Why nothing was moved. What is left behind is as it was.
#[derive(Debug, thiserror::Error)]
pub enum MoveFault {
    #[error("the destination is not empty")]
    Occupied,
    #[error("what was read back from the destination is not what was written")]
    Differs,
    #[error(transparent)]
    Source(#[from] ServiceError),
    #[error(transparent)]
    Destination(StorageError),
    /// Both databases have everything, and the one of before could not be told so.
    #[error("everything is copied, but the database of before could not be marked as left behind: {0}")]
    Unmarked(ServiceError),
}

/// What stands in both databases.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Moved {
    pub tables: Vec<Compared>,
    /// The newest checkpoint of the log; the whole log hashes to it in the destination too.
    pub log: LogEnd,
    pub audit: LogEnd,
    pub how: How,
}

/// How it came there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum How {
    Copied,
    /// By an earlier attempt that was interrupted after it was complete: it was only compared.
    Found,
}

fn end(tree: &MerkleTree) -> LogEnd {
    let root: Hash32 = tree.root();
    LogEnd { size: tree.size(), root }
}

impl Services {
    /// Moves everything to `to`, which is empty. Nobody serves on this database afterwards.
    pub async fn move_to(&self, to: &Location, progress: Progress<'_>) -> Result<Moved, MoveFault> {
        let now = self.inner.ambient.now();
        let (trees, mut from) = self.inner.turn().await?;
        let storage = Storage::open(to, now).await.map_err(MoveFault::Destination)?;
        let filled = self.fill_store(&trees, &mut from, &storage, progress).await;
        storage.close().await;
        let filled = filled?;
        let marked = async {
            moved::mark(&mut from, now).await?;
            from.commit().await
        };
        marked.await.map_err(|error| MoveFault::Unmarked(error.into()))?;
        Ok(filled)
    }

    async fn fill_store(
        &self,
        trees: &Trees,
        from: &mut Tx,
        storage: &Storage,
        progress: Progress<'_>,
    ) -> Result<Moved, MoveFault> {
        let mut to = storage.begin().await.map_err(MoveFault::Destination)?;
        let (tables, how) = match copy::is_empty(&mut to).await.map_err(MoveFault::Destination)? {
            true => (copied(from, &mut to, progress).await?, How::Copied),
            false => (compared(from, &mut to).await?, How::Found),
        };
        // As a start would: every signature, both trees, what the log says about the rest.
        let opened = open::load(&mut to, &self.inner.keys).await;
        let (stored, _, _) = opened.map_err(|error| match error {
            OpenError::Storage(error) => MoveFault::Destination(error),
            _ => MoveFault::Differs,
        })?;
        let (log, audit) = (end(&trees.log), end(&trees.audit));
        if (end(&stored.log), end(&stored.audit)) != (log, audit) {
            return Err(MoveFault::Differs);
        }
        to.commit().await.map_err(MoveFault::Destination)?;
        Ok(Moved { tables, log, audit, how })
    }
}

async fn copied(from: &mut Tx, to: &mut Tx, progress: Progress<'_>) -> Result<Vec<Compared>, MoveFault> {
    copy::copy(from, to, progress).await.map_err(|error| match error {
        StorageError::Corrupt { .. } => MoveFault::Differs,
        error => MoveFault::Destination(error),
    })
}

async fn compared(from: &mut Tx, to: &mut Tx) -> Result<Vec<Compared>, MoveFault> {
    let ours = copy::digest(from).await.map_err(ServiceError::from)?;
    let theirs = copy::digest(to).await.map_err(MoveFault::Destination)?;
    if ours == theirs { Ok(theirs) } else { Err(MoveFault::Occupied) }
}

/// Whether a restore may fill `to`.
pub async fn require_empty(to: &Location, now: Timestamp) -> Result<(), MoveFault> {
    let storage = Storage::open(to, now).await.map_err(MoveFault::Destination)?;
    let empty = async { copy::is_empty(&mut storage.read().await?).await };
    let empty = empty.await;
    storage.close().await;
    if empty.map_err(MoveFault::Destination)? { Ok(()) } else { Err(MoveFault::Occupied) }
}

/// Copies the database of a backup into `to`, which is empty.
pub async fn import(file: &Path, to: &Location, now: Timestamp) -> Result<(), MoveFault> {
    let source = Storage::open(&Location::Sqlite(file.to_owned()), now).await.map_err(ServiceError::from)?;
    let storage = Storage::open(to, now).await.map_err(MoveFault::Destination)?;
    let imported = async {
        let mut from = source.read().await.map_err(ServiceError::from)?;
        let mut to = storage.begin().await.map_err(MoveFault::Destination)?;
        if !copy::is_empty(&mut to).await.map_err(MoveFault::Destination)? {
            return Err(MoveFault::Occupied);
        }
        copied(&mut from, &mut to, &mut |_, _| ()).await?;
        to.commit().await.map_err(MoveFault::Destination)
    };
    let imported = imported.await;
    source.close().await;
    storage.close().await;
    imported
}
