//! Table `store_move`, which is there when the content of the database was moved elsewhere: whoever serves on it would show every device
//! an older log. It is no part of the schema, and must never be copied.

use protocol::time::Timestamp;

use super::row::millis;
use super::{StorageError, Tx};

pub(super) const TABLE: &str = "store_move";

/// The same text for both engines.
const CREATE: &str = "CREATE TABLE IF NOT EXISTS store_move (moved_ms BIGINT NOT NULL PRIMARY KEY)";

/// Marks the database as left behind.
pub async fn mark(tx: &mut Tx, now: Timestamp) -> Result<(), StorageError> {
    tx.run_text(CREATE).await?;
    let insert = sqlx::query("INSERT INTO store_move (moved_ms) VALUES ($1)").bind(millis(now));
    tx.one(TABLE, insert).await
}

/// Whether its content is in force elsewhere.
pub(super) async fn is_marked(tx: &mut Tx) -> Result<bool, StorageError> {
    tx.engine.has_table(tx, TABLE).await
}
