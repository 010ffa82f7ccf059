//! Places in the stream of devices: each device that is new, renewed or moved takes the first one that nobody has had. A change that
//! gives none leaves the end of the stream where it was, and need not ask for it.

use super::Change;
use crate::storage::{self, StorageError};

impl Change<'_> {
    /// The place for a device; whoever asks puts one there.
    pub(in crate::service) async fn next_place(&mut self) -> Result<u64, StorageError> {
        self.is_placed = true;
        storage::device::next_sequence(&mut self.tx).await
    }

    /// Where the stream ends as this change leaves it; `before` is where it ended.
    pub(in crate::service) async fn places_until(&mut self, before: u64) -> Result<u64, StorageError> {
        if self.is_placed { storage::device::next_sequence(&mut self.tx).await } else { Ok(before) }
    }
}
