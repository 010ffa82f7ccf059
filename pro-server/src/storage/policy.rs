//! Tables `policy` (every signed policy document, by version), `policy_layers` (the rules of groups and persons of each, and who
//! published it) and `policy_draft`. It must never change a document that was published.

use std::collections::BTreeSet;

use protocol::directory::Group;
use protocol::ids::Hash32;
use protocol::time::Timestamp;
use sqlx::AssertSqlSafe;

use super::row::{Column, millis, stored};
use super::{StorageError, Tx};

const TABLE: &str = "policy";
const LAYERS: &str = "policy_layers";
const DRAFT: &str = "policy_draft";
/// The draft of the organization.
const ORGANIZATION_ID: i64 = 1;
/// Before the names of the groups that a draft is for.
const GROUPS_LABEL: &[u8] = b"isoloir policy draft v1";
/// Enough to tell the states of one draft apart, and short enough to be typed.
const MARK_CHARS: usize = 16;

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
pub struct SaidRow {
    pub issued: Timestamp,
    pub settings: Vec<u8>,
    /// Who published it, sealed.
    pub actor: Vec<u8>,
}

/// A published version.
#[derive(Debug, Clone)]
pub struct PublishedRow {
    pub version: u64,
    pub document: Vec<u8>,
    /// Nothing of versions from before there were layers.
    pub said: Option<SaidRow>,
}

/// A version that says the same again keeps no settings of its own: they are those of the one before.
const PUBLISHED: &str = "SELECT p.version, p.document, l.issued_ms, (SELECT s.settings FROM policy_layers s \
     WHERE s.version <= p.version AND length(s.settings) > 0 ORDER BY s.version DESC LIMIT 1), l.actor FROM policy p \
     LEFT JOIN policy_layers l ON l.version = p.version";

type Columns = (i64, Vec<u8>, Option<i64>, Option<Vec<u8>>, Option<Vec<u8>>);

fn published((version, document, issued, settings, actor): Columns) -> Result<PublishedRow, StorageError> {
    let said = match (issued, settings, actor) {
        (Some(issued), Some(settings), Some(actor)) => {
            Some(SaidRow { issued: Column(LAYERS, "issued_ms").time(issued)?, settings, actor })
        }
        _ => None,
    };
    Ok(PublishedRow { version: Column(TABLE, "version").number(version)?, document, said })
}

/// One version.
pub async fn find(tx: &mut Tx, version: u64) -> Result<Option<PublishedRow>, StorageError> {
    let select = sqlx::query_as(AssertSqlSafe(format!("{PUBLISHED} WHERE p.version = $1"))).bind(stored(version));
    tx.row(TABLE, select).await?.map(published).transpose()
}

/// The newest version before one that said something new.
pub async fn before(tx: &mut Tx, version: u64) -> Result<Option<PublishedRow>, StorageError> {
    let select = format!(
        "{PUBLISHED} WHERE p.version < $1 AND (l.version IS NULL OR length(l.settings) > 0) ORDER BY p.version DESC LIMIT 1"
    );
    let select = sqlx::query_as(AssertSqlSafe(select)).bind(stored(version));
    tx.row(TABLE, select).await?.map(published).transpose()
}

/// The layers of a version as they are told; only those of the newest are kept.
pub async fn layers(tx: &mut Tx, version: u64) -> Result<Option<Vec<u8>>, StorageError> {
    let select = sqlx::query_as::<_, (Vec<u8>,)>("SELECT layers FROM policy_layers WHERE version = $1");
    Ok(tx.row(LAYERS, select.bind(stored(version))).await?.map(|(layers,)| layers))
}

/// What a version says beside its document, and its layers, which take the place of those before. No settings: the same as before.
pub async fn put_layers(tx: &mut Tx, version: u64, row: SaidRow, layers: Vec<u8>) -> Result<(), StorageError> {
    let forget = sqlx::query("UPDATE policy_layers SET layers = $2 WHERE version < $1 AND length(layers) > 0");
    tx.run(LAYERS, forget.bind(stored(version)).bind(Vec::new())).await?;
    let insert = sqlx::query(
        "INSERT INTO policy_layers (version, issued_ms, settings, layers, actor) VALUES ($1, $2, $3, $4, $5)",
    );
    let insert = insert.bind(stored(version)).bind(millis(row.issued)).bind(row.settings);
    tx.one(LAYERS, insert.bind(layers).bind(row.actor)).await
}

/// Which draft: the organization's, or that of whoever sets the rules of these groups and sees no others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DraftId(i64);

impl DraftId {
    /// Of these groups; without groups the organization's.
    pub fn of(groups: Option<&BTreeSet<Group>>) -> Self {
        let Some(groups) = groups else { return Self(ORGANIZATION_ID) };
        let mut named = GROUPS_LABEL.to_vec();
        for group in groups {
            named.extend_from_slice(&(group.as_str().len() as u64).to_be_bytes());
            named.extend_from_slice(group.as_str().as_bytes());
        }
        let digest = Hash32::sha256(&named);
        let first = digest.as_bytes().first_chunk().map_or(0, |first| i64::from_be_bytes(*first));
        // Positive, and never the organization's.
        Self((first & i64::MAX) | (ORGANIZATION_ID << 1))
    }
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

impl DraftRow {
    /// Names exactly this state of the draft: what was looked at is what is changed or published.
    pub fn mark(&self) -> String {
        let (version, changed) = (self.version.to_be_bytes(), self.changed.as_millis().to_be_bytes());
        let digest = Hash32::sha256(&[&version[..], &changed, &self.actor, &self.settings].concat());
        digest.to_string().chars().take(MARK_CHARS).collect()
    }
}

/// The draft, if there is one.
pub async fn draft(tx: &mut Tx, id: DraftId) -> Result<Option<DraftRow>, StorageError> {
    let select = sqlx::query_as::<_, (i64, Vec<u8>, Vec<u8>, i64)>(
        "SELECT version, settings, actor, changed_ms FROM policy_draft WHERE id = $1",
    );
    let row = tx.row(DRAFT, select.bind(id.0)).await?;
    row.map(|(version, settings, actor, changed)| {
        let column = |name| Column(DRAFT, name);
        let (version, changed) = (column("version").number(version)?, column("changed_ms").time(changed)?);
        Ok(DraftRow { version, settings, actor, changed })
    })
    .transpose()
}

/// Takes the place of the draft.
pub async fn put_draft(tx: &mut Tx, id: DraftId, draft: &DraftRow) -> Result<(), StorageError> {
    discard_draft(tx, id).await?;
    let insert =
        sqlx::query("INSERT INTO policy_draft (id, version, settings, actor, changed_ms) VALUES ($1, $2, $3, $4, $5)");
    let insert = insert
        .bind(id.0)
        .bind(stored(draft.version))
        .bind(draft.settings.clone())
        .bind(draft.actor.clone())
        .bind(millis(draft.changed));
    tx.one(DRAFT, insert).await
}

/// Forgets the draft, if there is one.
pub async fn discard_draft(tx: &mut Tx, id: DraftId) -> Result<(), StorageError> {
    tx.run(DRAFT, sqlx::query("DELETE FROM policy_draft WHERE id = $1").bind(id.0)).await.map(drop)
}
