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

/// The same of the audit: nothing after its first `entries`.
pub(crate) async fn put_back_audit(tx: &mut Tx, entries: u64) {
    for text in ["DELETE FROM audit_entry WHERE position >= $1", "DELETE FROM checkpoint WHERE tree = 2 AND size > $1"]
    {
        tx.run("audit_entry", sqlx::query(text).bind(row::stored(entries))).await.expect("gone");
    }
}

/// The row at `position` holds what no entry can be read from.
pub(crate) async fn spoil_audit_entry(tx: &mut Tx, position: u64) {
    let update = sqlx::query("UPDATE audit_entry SET sealed = $1 WHERE position = $2").bind(vec![0xff_u8]);
    tx.one("audit_entry", update.bind(row::stored(position))).await.expect("spoiled");
}

/// The row at `position` is gone.
pub(crate) async fn drop_audit_entry(tx: &mut Tx, position: u64) {
    let delete = sqlx::query("DELETE FROM audit_entry WHERE position = $1").bind(row::stored(position));
    tx.one("audit_entry", delete).await.expect("dropped");
}

/// A copy of an entry is added at `position`.
pub(crate) async fn add_audit_entry(tx: &mut Tx, position: u64) {
    let insert =
        "INSERT INTO audit_entry (position, sealed, hash) SELECT $1, sealed, hash FROM audit_entry WHERE position = 0";
    tx.one("audit_entry", sqlx::query(insert).bind(row::stored(position))).await.expect("added");
}

/// Devices cannot be read, as on a disk that fails.
pub(crate) async fn hide_devices(storage: &Storage) {
    all(storage, &["ALTER TABLE device RENAME TO device_hidden"]).await;
}

pub(crate) async fn show_devices(storage: &Storage) {
    all(storage, &["ALTER TABLE device_hidden RENAME TO device"]).await;
}

/// Two administrators have each other's name.
pub(crate) async fn exchange_names(storage: &Storage, one: &str, other: &str) {
    let mut tx = storage.begin().await.expect("begins");
    for (from, to) in [(one, "nobody"), (other, one), ("nobody", other)] {
        let update = "UPDATE administrator SET name = $2 WHERE name = $1";
        tx.one("administrator", sqlx::query(update).bind(from.to_owned()).bind(to.to_owned())).await.expect("renamed");
    }
    tx.commit().await.expect("committed");
}

/// As a database is that an earlier program wrote.
pub(crate) async fn forget_that_names_are_recorded(storage: &Storage) {
    all(storage, &["UPDATE administrator SET named = 0", "UPDATE integration SET named = 0"]).await;
}

/// How many tables and indexes of PostgreSQL have this text in their files, which a superuser may read.
pub(crate) async fn postgres_files_with(storage: &Storage, text: &str) -> i64 {
    let count = "SELECT COUNT(*) FROM pg_class WHERE relnamespace = current_schema()::regnamespace
        AND relkind IN ('r', 'i') AND POSITION($1 IN pg_read_binary_file(pg_relation_filepath(oid))) > 0";
    all(storage, &["CHECKPOINT"]).await;
    let mut tx = storage.begin().await.expect("begins");
    let counted = tx.row("*", sqlx::query_as::<_, (i64,)>(count).bind(text.as_bytes().to_vec())).await;
    counted.expect("counted").expect("a number").0
}

/// What can be done to the tables of the audit.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Act {
    Entry,
    Hash,
    EntryAndHash,
    Place,
    Drop,
    Swap,
    Truncate,
    TruncateWithCheckpoints,
    Add,
    AddBelow,
    Checkpoint,
    CheckpointSize,
    NoCheckpoint,
    PartyOf,
    Pseudonym,
    Secret,
    DropParty,
    AddParty,
}

impl Act {
    pub(crate) const ALL: [Self; 18] = [
        Self::Entry,
        Self::Hash,
        Self::EntryAndHash,
        Self::Place,
        Self::Drop,
        Self::Swap,
        Self::Truncate,
        Self::TruncateWithCheckpoints,
        Self::Add,
        Self::AddBelow,
        Self::Checkpoint,
        Self::CheckpointSize,
        Self::NoCheckpoint,
        Self::PartyOf,
        Self::Pseudonym,
        Self::Secret,
        Self::DropParty,
        Self::AddParty,
    ];

    /// As what it is found.
    pub(crate) const fn code(self) -> &'static str {
        match self {
            Self::Entry | Self::Hash => "changed",
            Self::EntryAndHash => "rewritten",
            Self::Swap => "exchanged",
            Self::Place | Self::Drop => "missing",
            Self::Truncate => "truncated",
            Self::TruncateWithCheckpoints => "rolled-back",
            Self::Add | Self::NoCheckpoint => "unsigned",
            Self::AddBelow | Self::Pseudonym => "row",
            Self::Checkpoint | Self::CheckpointSize => "checkpoint",
            Self::PartyOf | Self::Secret => "party-key",
            Self::AddParty => "party-keys-foreign",
            Self::DropParty => "party-keys-gone",
        }
    }

    /// In one language for both engines.
    const fn statements(self) -> &'static [&'static str] {
        match self {
            Self::Entry => &[
                "UPDATE audit_entry SET sealed = (SELECT sealed FROM audit_entry WHERE position = 3) WHERE position = 4",
            ],
            Self::Hash => {
                &["UPDATE audit_entry SET hash = (SELECT hash FROM audit_entry WHERE position = 3) WHERE position = 4"]
            }
            Self::EntryAndHash => {
                &["UPDATE audit_entry SET sealed = (SELECT sealed FROM audit_entry WHERE position = 3),
                hash = (SELECT hash FROM audit_entry WHERE position = 3) WHERE position = 4"]
            }
            Self::Place => &["UPDATE audit_entry SET position = 5000 WHERE position = 4"],
            Self::Drop => &["DELETE FROM audit_entry WHERE position = 4"],
            Self::Swap => &[
                "UPDATE audit_entry SET position = 5000 WHERE position = 4",
                "UPDATE audit_entry SET position = 4 WHERE position = 5",
                "UPDATE audit_entry SET position = 5 WHERE position = 5000",
            ],
            Self::Truncate => &["DELETE FROM audit_entry WHERE position >= 8"],
            Self::TruncateWithCheckpoints => &[
                "DELETE FROM audit_entry WHERE position >= (SELECT MIN(size) FROM checkpoint WHERE tree = 2 AND size > 4)",
                "DELETE FROM checkpoint WHERE tree = 2 AND size > (SELECT COUNT(*) FROM audit_entry)",
            ],
            Self::Add => &["INSERT INTO audit_entry (position, sealed, hash)
                SELECT (SELECT COUNT(*) FROM audit_entry), sealed, hash FROM audit_entry WHERE position = 3"],
            Self::AddBelow => &["INSERT INTO audit_entry (position, sealed, hash)
                SELECT -7, sealed, hash FROM audit_entry WHERE position = 3"],
            Self::Checkpoint => &["UPDATE checkpoint SET note = REPLACE(note, 'time 1', 'time 2')
                WHERE tree = 2 AND size = (SELECT MIN(size) FROM checkpoint WHERE tree = 2)"],
            Self::CheckpointSize => &["UPDATE checkpoint SET size = 5000
                WHERE tree = 2 AND size = (SELECT MIN(size) FROM checkpoint WHERE tree = 2)"],
            Self::NoCheckpoint => &["DELETE FROM checkpoint
                WHERE tree = 2 AND size = (SELECT MAX(size) FROM checkpoint WHERE tree = 2)"],
            Self::PartyOf => &[
                "UPDATE audit_party SET party = pseudonym WHERE party = (SELECT party FROM audit_party ORDER BY party LIMIT 1)",
            ],
            Self::Pseudonym => &[
                "UPDATE audit_party SET pseudonym = party WHERE party = (SELECT party FROM audit_party ORDER BY party LIMIT 1)",
            ],
            Self::Secret => &["UPDATE audit_party SET secret = (SELECT hash FROM audit_entry WHERE position = 3)
                WHERE party = (SELECT party FROM audit_party ORDER BY party LIMIT 1)"],
            Self::DropParty => {
                &["DELETE FROM audit_party WHERE party = (SELECT party FROM audit_party ORDER BY party LIMIT 1)"]
            }
            Self::AddParty => &["INSERT INTO audit_party (party, pseudonym, secret)
                SELECT hash, SUBSTR(hash, 1, 16), hash FROM audit_entry WHERE position = 3"],
        }
    }
}

async fn all(storage: &Storage, statements: &[&'static str]) {
    let mut tx = storage.begin().await.expect("begins");
    for text in statements {
        tx.run_text(text).await.expect(text);
    }
    tx.commit().await.expect("committed");
}

/// Lays a copy of the audit's tables aside.
pub(crate) async fn keep_audit(storage: &Storage) {
    let keep = [
        "CREATE TABLE kept_entry AS SELECT * FROM audit_entry",
        "CREATE TABLE kept_party AS SELECT * FROM audit_party",
        "CREATE TABLE kept_checkpoint AS SELECT * FROM checkpoint",
    ];
    all(storage, &keep).await;
}

pub(crate) async fn tamper(storage: &Storage, act: Act) {
    all(storage, act.statements()).await;
}

/// Everything as it was laid aside.
pub(crate) async fn bring_back_audit(storage: &Storage) {
    let back = [
        "DELETE FROM audit_entry",
        "DELETE FROM audit_party",
        "DELETE FROM checkpoint",
        "INSERT INTO audit_entry SELECT * FROM kept_entry",
        "INSERT INTO audit_party SELECT * FROM kept_party",
        "INSERT INTO checkpoint SELECT * FROM kept_checkpoint",
    ];
    all(storage, &back).await;
}
