//! What somebody can do to a database behind the server's back, for tests of other rooms.

use super::*;

/// As if the database had never been left behind.
pub(crate) async fn unmark(storage: &Storage) {
    let mut tx = storage.begin().await.expect("begins");
    tx.run_text("DROP TABLE store_move").await.expect("dropped");
    tx.commit().await.expect("committed");
}

/// As a database is that was put back to an earlier day: nothing after the first `leaves` of the log.
pub(crate) async fn put_back(tx: &mut Tx, leaves: u64) {
    for text in ["DELETE FROM log_leaf WHERE position >= $1", "DELETE FROM checkpoint WHERE tree = 1 AND size > $1"] {
        tx.run("log_leaf", sqlx::query(text).bind(row::stored(leaves))).await.expect("gone");
    }
}

/// As somebody would who can write the database: the entry at `position` becomes another one, its hash stays.
pub(crate) async fn change_audit_entry(tx: &mut Tx, position: u64) {
    let entries = audit::entries(tx, position, 1).await.expect("an entry");
    let mut entry: protocol::audit::AuditEntry = protocol::codec::decode(&entries[0]).expect("an entry");
    entry.event = protocol::audit::AuditEvent::ServerStopped;
    let statement = sqlx::query("UPDATE audit_entry SET sealed = $1 WHERE position = $2")
        .bind(protocol::codec::encode(&entry))
        .bind(row::stored(position));
    tx.one("audit_entry", statement).await.expect("changed");
}
