//! Tables `policy` (every signed policy document, by version), `policy_layers` (the rules of groups and persons of each, and who
//! published it) and `policy_draft`. It must never change a document that was published.

use protocol::time::Timestamp;
use sqlx::AssertSqlSafe;

use super::row::{Column, millis, stored};
use super::{StorageError, Tx};

const TABLE: &str = "policy";
const LAYERS: &str = "policy_layers";
const DRAFT: &str = "policy_draft";
/// The one draft.
const DRAFT_ID: i64 = 1;

/// Adds the document of a new version; a version that exists is a conflict.
pub async fn put(tx: &mut Tx, version: u64, document: &[u8]) -> Result<(), StorageError> {
    let insert = sqlx::query("INSERT INTO policy (version, document) VALUES ($1, $2)")
        .bind(stored(version))
        .bind(document.to_vec());
    tx.one(TABLE, insert).await
}

/// The newest version and its signed document.
pub async fn newest(tx: &mut Tx) -> Result<Option<(u64, Vec<u8>)>, StorageError> {
    let select = "SELECT version, document FROM policy ORDER BY version DESC LIMIT 1";
    let row = tx.row(TABLE, sqlx::query_as::<_, (i64, Vec<u8>)>(select)).await?;
    row.map(|(version, document)| Ok((Column(TABLE, "version").number(version)?, document))).transpose()
}

/// What a version said, beside its document.
#[derive(Debug, Clone)]
pub struct LayersRow {
    pub issued: Timestamp,
    pub settings: Vec<u8>,
    pub layers: Vec<u8>,
    /// Who published it, sealed.
    pub actor: Vec<u8>,
}

/// A published version.
#[derive(Debug, Clone)]
pub struct PublishedRow {
    pub version: u64,
    pub document: Vec<u8>,
    /// Nothing of versions from before there were layers.
    pub layers: Option<LayersRow>,
}

const PUBLISHED: &str = "SELECT p.version, p.document, l.issued_ms, l.settings, l.layers, l.actor FROM policy p \
     LEFT JOIN policy_layers l ON l.version = p.version";

type Columns = (i64, Vec<u8>, Option<i64>, Option<Vec<u8>>, Option<Vec<u8>>, Option<Vec<u8>>);

fn published((version, document, issued, settings, layers, actor): Columns) -> Result<PublishedRow, StorageError> {
    let layers = match (issued, settings, layers, actor) {
        (Some(issued), Some(settings), Some(layers), Some(actor)) => {
            Some(LayersRow { issued: Column(LAYERS, "issued_ms").time(issued)?, settings, layers, actor })
        }
        _ => None,
    };
    Ok(PublishedRow { version: Column(TABLE, "version").number(version)?, document, layers })
}

/// One version.
pub async fn find(tx: &mut Tx, version: u64) -> Result<Option<PublishedRow>, StorageError> {
    let select = sqlx::query_as(AssertSqlSafe(format!("{PUBLISHED} WHERE p.version = $1"))).bind(stored(version));
    tx.row(TABLE, select).await?.map(published).transpose()
}

/// The newest versions before one, newest first.
pub async fn before(tx: &mut Tx, version: u64, count_max: u32) -> Result<Vec<PublishedRow>, StorageError> {
    let select = format!("{PUBLISHED} WHERE p.version < $1 ORDER BY p.version DESC LIMIT $2");
    let select = sqlx::query_as(AssertSqlSafe(select)).bind(stored(version)).bind(i64::from(count_max));
    tx.rows(TABLE, select).await?.into_iter().map(published).collect()
}

/// What a version says beside its document.
pub async fn put_layers(tx: &mut Tx, version: u64, row: LayersRow) -> Result<(), StorageError> {
    let insert = sqlx::query(
        "INSERT INTO policy_layers (version, issued_ms, settings, layers, actor) VALUES ($1, $2, $3, $4, $5)",
    );
    let insert = insert.bind(stored(version)).bind(millis(row.issued)).bind(row.settings);
    tx.one(LAYERS, insert.bind(row.layers).bind(row.actor)).await
}

/// A draft as stored.
#[derive(Debug, Clone)]
pub struct DraftRow {
    /// The version that it was made from.
    pub version: u64,
    pub settings: Vec<u8>,
    /// Who changed it last, sealed.
    pub actor: Vec<u8>,
    pub changed: Timestamp,
}

/// The draft, if there is one.
pub async fn draft(tx: &mut Tx) -> Result<Option<DraftRow>, StorageError> {
    let select = sqlx::query_as::<_, (i64, Vec<u8>, Vec<u8>, i64)>(
        "SELECT version, settings, actor, changed_ms FROM policy_draft WHERE id = $1",
    );
    let row = tx.row(DRAFT, select.bind(DRAFT_ID)).await?;
    row.map(|(version, settings, actor, changed)| {
        let column = |name| Column(DRAFT, name);
        let (version, changed) = (column("version").number(version)?, column("changed_ms").time(changed)?);
        Ok(DraftRow { version, settings, actor, changed })
    })
    .transpose()
}

/// Takes the place of the draft.
pub async fn put_draft(tx: &mut Tx, draft: &DraftRow) -> Result<(), StorageError> {
    discard_draft(tx).await?;
    let insert =
        sqlx::query("INSERT INTO policy_draft (id, version, settings, actor, changed_ms) VALUES ($1, $2, $3, $4, $5)");
    let insert = insert
        .bind(DRAFT_ID)
        .bind(stored(draft.version))
        .bind(draft.settings.clone())
        .bind(draft.actor.clone())
        .bind(millis(draft.changed));
    tx.one(DRAFT, insert).await
}

/// Forgets the draft, if there is one.
pub async fn discard_draft(tx: &mut Tx) -> Result<(), StorageError> {
    tx.run(DRAFT, sqlx::query("DELETE FROM policy_draft WHERE id = $1").bind(DRAFT_ID)).await.map(drop)
}
