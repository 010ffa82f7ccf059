//! The transparency log as clients fetch it, and the heartbeat. Consistency is computed by clients from the leaves
//! themselves; the server is never asked for it.

use std::sync::Arc;

use protocol::limits::{LEAVES_PER_FETCH_MAX, LOG_BATCH_BYTES_MAX};
use protocol::signaling::field::LeafBytes;
use protocol::tlog::{LogBatch, SignedCheckpoint};

use crate::storage;

use super::{Bulletin, Published, ServiceError, Services};

/// Room for the checkpoint and the encoding around the leaves of a batch.
const BATCH_HEAD_BYTES: usize = 8 * 1_024;

impl Services {
    /// The newest checkpoint, at most a heartbeat old.
    pub fn checkpoint(&self) -> SignedCheckpoint {
        self.published().checkpoint.clone()
    }

    /// Leaves from `first` on, as many as fit, and the newest checkpoint. Beyond the end there are none.
    pub async fn log_batch(&self, first: u64) -> Result<LogBatch, ServiceError> {
        let checkpoint = self.published().checkpoint.clone();
        let below = checkpoint.checkpoint().size.saturating_sub(first).min(LEAVES_PER_FETCH_MAX as u64);
        let mut tx = self.inner.storage.read().await?;
        let leaves = storage::log::leaves(&mut tx, first, u32::try_from(below).unwrap_or(u32::MAX)).await?;
        let mut room_bytes = LOG_BATCH_BYTES_MAX.saturating_sub(BATCH_HEAD_BYTES);
        let fitting = leaves.into_iter().map_while(|leaf| {
            room_bytes = room_bytes.checked_sub(leaf.len() + 8)?;
            Some(LeafBytes(leaf))
        });
        Ok(LogBatch { checkpoint: checkpoint.note().to_vec(), first, leaves: fitting.collect() })
    }

    /// Signs the present state with the present time and tells everybody; to be called every `HEARTBEAT_MS`.
    /// Nothing is stored, and nothing is signed unless nobody else can have stored anything.
    pub async fn heartbeat(&self) -> Result<(), ServiceError> {
        self.keep_statement_logged().await?;
        let (trees, _tx) = self.inner.turn().await?;
        let checkpoint = self.inner.sign_log(&self.inner.log.load(), &trees.log, self.inner.ambient.now())?;
        let after = Arc::new(Published { checkpoint, ..self.published().as_ref().clone() });
        self.inner.publish(Arc::clone(&after));
        self.inner.tell(Bulletin { news: after.news(), ended: Vec::new() });
        Ok(())
    }
}
