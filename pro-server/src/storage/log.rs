//! Tables `log_leaf`, `checkpoint` and `log_reset`: the append-only directory log. It must never update or delete a leaf.

use protocol::ids::Hash32;

use super::row::{Column, stored};
use super::{StorageError, Tx, bulk};

const TABLE: &str = "log_leaf";
const CHECKPOINT: &str = "checkpoint";
const RESET: &str = "log_reset";

/// Which Merkle tree a checkpoint is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tree {
    /// The directory's transparency log.
    Directory = 1,
    /// The audit log.
    Audit = 2,
}

/// Appends a leaf at `position`; somebody else there is a conflict.
pub async fn append(tx: &mut Tx, position: u64, leaf: &[u8], hash: Hash32) -> Result<(), StorageError> {
    let insert = sqlx::query("INSERT INTO log_leaf (position, leaf, hash) VALUES ($1, $2, $3)")
        .bind(stored(position))
        .bind(leaf.to_vec())
        .bind(hash.as_bytes().to_vec());
    tx.one(TABLE, insert).await
}

/// Appends leaves from `first` on; somebody else there is a conflict.
pub async fn append_all(tx: &mut Tx, first: u64, leaves: &[(Vec<u8>, Hash32)]) -> Result<(), StorageError> {
    let mut position = stored(first);
    for chunk in leaves.chunks(bulk::ROWS) {
        let mut insert = bulk::insert("log_leaf (position, leaf, hash)", 3, chunk.len());
        for (leaf, hash) in chunk {
            insert = insert.bind(position).bind(leaf.clone()).bind(hash.as_bytes().to_vec());
            position = position.saturating_add(1);
        }
        tx.exactly(chunk.len(), TABLE, insert).await?;
    }
    Ok(())
}

/// At most `count_max` leaves from `first` on, each with its hash; a hole or a wrong length is corruption.
pub async fn page(tx: &mut Tx, first: u64, count_max: u32) -> Result<Vec<(Vec<u8>, Hash32)>, StorageError> {
    let select = "SELECT position, leaf, hash FROM log_leaf WHERE position >= $1 ORDER BY position LIMIT $2";
    let question = sqlx::query_as::<_, (i64, Vec<u8>, Vec<u8>)>(select).bind(stored(first)).bind(i64::from(count_max));
    let rows = tx.rows(TABLE, question).await?;
    let mut page = Vec::with_capacity(rows.len());
    for (expected, (position, leaf, hash)) in (stored(first)..).zip(rows) {
        if position != expected {
            return Err(Column(TABLE, "position").corrupt());
        }
        page.push((leaf, Hash32::from_bytes(Column(TABLE, "hash").bytes(&hash)?)));
    }
    Ok(page)
}

/// All hashes in order; a hole or a wrong length is corruption.
pub(super) fn in_order(table: &'static str, rows: Vec<(i64, Vec<u8>)>) -> Result<Vec<Hash32>, StorageError> {
    let mut hashes = Vec::with_capacity(rows.len());
    for (expected, (position, hash)) in (0_i64..).zip(&rows) {
        if *position != expected {
            return Err(Column(table, "position").corrupt());
        }
        hashes.push(Hash32::from_bytes(Column(table, "hash").bytes(hash)?));
    }
    Ok(hashes)
}

/// At most `count_max` leaves from `first` on, in order.
pub async fn leaves(tx: &mut Tx, first: u64, count_max: u32) -> Result<Vec<Vec<u8>>, StorageError> {
    let select = "SELECT leaf FROM log_leaf WHERE position >= $1 ORDER BY position LIMIT $2";
    let question = sqlx::query_as::<_, (Vec<u8>,)>(select).bind(stored(first)).bind(i64::from(count_max));
    Ok(tx.rows(TABLE, question).await?.into_iter().map(|(leaf,)| leaf).collect())
}

/// The newest leaf that begins with these bytes.
pub async fn newest_of_kind(tx: &mut Tx, [head, kind]: [u8; 2]) -> Result<Option<Vec<u8>>, StorageError> {
    let select = "SELECT leaf FROM log_leaf WHERE leaf >= $1 AND leaf < $2 ORDER BY position DESC LIMIT 1";
    let question =
        sqlx::query_as::<_, (Vec<u8>,)>(select).bind(vec![head, kind]).bind(vec![head, kind.saturating_add(1)]);
    Ok(tx.row(TABLE, question).await?.map(|(leaf,)| leaf))
}

/// Damages a leaf, as no program of ours does.
#[cfg(test)]
pub async fn overwrite(tx: &mut Tx, position: u64, leaf: &[u8]) -> Result<(), StorageError> {
    let update = sqlx::query("UPDATE log_leaf SET leaf = $2 WHERE position = $1").bind(stored(position));
    tx.one(TABLE, update.bind(leaf.to_vec())).await
}

/// Keeps the signed checkpoints of a change: of which tree, over how many leaves, and the note.
pub async fn put_checkpoints(tx: &mut Tx, kept: &[(Tree, u64, String)]) -> Result<(), StorageError> {
    if kept.is_empty() {
        return Ok(());
    }
    let mut insert = bulk::insert("checkpoint (tree, size, note)", 3, kept.len());
    for (tree, size, note) in kept {
        insert = insert.bind(*tree as i64).bind(stored(*size)).bind(note.clone());
    }
    tx.exactly(kept.len(), CHECKPOINT, insert).await
}

/// The newest checkpoint of a change.
pub async fn newest_checkpoint(tx: &mut Tx, tree: Tree) -> Result<Option<(u64, String)>, StorageError> {
    let select = "SELECT size, note FROM checkpoint WHERE tree = $1 ORDER BY size DESC LIMIT 1";
    let row = tx.row(CHECKPOINT, sqlx::query_as::<_, (i64, String)>(select).bind(tree as i64)).await?;
    row.map(|(size, note)| Ok((Column(CHECKPOINT, "size").number(size)?, note))).transpose()
}

/// At most `count_max` checkpoints of changes over more than `after` leaves, in order, whatever they are.
pub async fn checkpoints(
    tx: &mut Tx,
    tree: Tree,
    after: i64,
    count_max: u32,
) -> Result<Vec<(i64, String)>, StorageError> {
    let select = "SELECT size, note FROM checkpoint WHERE tree = $1 AND size > $2 ORDER BY size LIMIT $3";
    let question = sqlx::query_as::<_, (i64, String)>(select).bind(tree as i64).bind(after).bind(i64::from(count_max));
    tx.rows(CHECKPOINT, question).await
}

/// At most `count_max` checkpoints over more than `after` leaves of the audit, in order, whose last entry is not there: [`noted`] has
/// the others.
///
/// [`noted`]: super::audit::noted
pub async fn stray_checkpoints(tx: &mut Tx, after: i64, count_max: u32) -> Result<Vec<(i64, String)>, StorageError> {
    let select = "SELECT c.size, c.note FROM checkpoint c WHERE c.tree = $1 AND c.size > $2 AND NOT EXISTS
        (SELECT 1 FROM audit_entry e WHERE e.position = CASE WHEN c.size > 0 THEN c.size - 1 END)
        ORDER BY c.size LIMIT $3";
    let question = sqlx::query_as::<_, (i64, String)>(select).bind(Tree::Audit as i64).bind(after);
    tx.rows(CHECKPOINT, question.bind(i64::from(count_max))).await
}

/// The checkpoint of a change over exactly `size` leaves.
pub async fn checkpoint_at(tx: &mut Tx, tree: Tree, size: u64) -> Result<Option<String>, StorageError> {
    let select = "SELECT note FROM checkpoint WHERE tree = $1 AND size = $2";
    let question = sqlx::query_as::<_, (String,)>(select).bind(tree as i64).bind(stored(size));
    Ok(tx.row(CHECKPOINT, question).await?.map(|(note,)| note))
}

/// Keeps the root's signed word that the log of `epoch` begins.
pub async fn put_reset(tx: &mut Tx, epoch: u32, document: &[u8]) -> Result<(), StorageError> {
    let insert = sqlx::query("INSERT INTO log_reset (epoch, document) VALUES ($1, $2)")
        .bind(i64::from(epoch))
        .bind(document.to_vec());
    tx.one(RESET, insert).await
}

/// The signed document with which the present log began; none for the first one.
pub async fn newest_reset(tx: &mut Tx) -> Result<Option<Vec<u8>>, StorageError> {
    let select = "SELECT document FROM log_reset ORDER BY epoch DESC LIMIT 1";
    Ok(tx.row(RESET, sqlx::query_as::<_, (Vec<u8>,)>(select)).await?.map(|(document,)| document))
}
