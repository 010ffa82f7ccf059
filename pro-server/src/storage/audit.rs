//! Tables `audit_entry` and `audit_party`: sealed entries, and the keys whose destruction erases a subject.

use protocol::audit::PartyKey;
use protocol::ids::Hash32;
use protocol::secret::Secret;

use super::log::Tree;
use super::row::{Column, stored};
use super::{StorageError, Tx, bulk};

const TABLE: &str = "audit_entry";
const PARTY: &str = "audit_party";

/// Appends a sealed entry at `position`; somebody else there is a conflict.
pub async fn append(tx: &mut Tx, position: u64, sealed: &[u8], hash: Hash32) -> Result<(), StorageError> {
    let insert = sqlx::query("INSERT INTO audit_entry (position, sealed, hash) VALUES ($1, $2, $3)")
        .bind(stored(position))
        .bind(sealed.to_vec())
        .bind(hash.as_bytes().to_vec());
    tx.one(TABLE, insert).await
}

/// Appends sealed entries from `first` on; somebody else there is a conflict.
pub async fn append_all(tx: &mut Tx, first: u64, entries: &[(Vec<u8>, Hash32)]) -> Result<(), StorageError> {
    let mut position = stored(first);
    for chunk in entries.chunks(bulk::ROWS) {
        let mut insert = bulk::insert("audit_entry (position, sealed, hash)", 3, chunk.len());
        for (sealed, hash) in chunk {
            insert = insert.bind(position).bind(sealed.clone()).bind(hash.as_bytes().to_vec());
            position = position.saturating_add(1);
        }
        tx.exactly(chunk.len(), TABLE, insert).await?;
    }
    Ok(())
}

/// All entry hashes in order.
pub async fn hashes(tx: &mut Tx) -> Result<Vec<Hash32>, StorageError> {
    let select = "SELECT position, hash FROM audit_entry ORDER BY position";
    super::log::in_order(TABLE, tx.rows(TABLE, sqlx::query_as::<_, (i64, Vec<u8>)>(select)).await?)
}

/// At most `count_max` sealed entries from `first` on, in order.
pub async fn entries(tx: &mut Tx, first: u64, count_max: u32) -> Result<Vec<Vec<u8>>, StorageError> {
    let select = "SELECT sealed FROM audit_entry WHERE position >= $1 ORDER BY position LIMIT $2";
    let question = sqlx::query_as::<_, (Vec<u8>,)>(select).bind(stored(first)).bind(i64::from(count_max));
    Ok(tx.rows(TABLE, question).await?.into_iter().map(|(sealed,)| sealed).collect())
}

/// An entry as it lies in the database, whatever it is.
pub struct EntryRow {
    pub position: i64,
    pub sealed: Vec<u8>,
    pub hash: Vec<u8>,
}

/// At most `count_max` entries from `first` on, in order, for whoever checks them.
pub async fn rows(tx: &mut Tx, first: i64, count_max: u32) -> Result<Vec<EntryRow>, StorageError> {
    let select = "SELECT position, sealed, hash FROM audit_entry WHERE position >= $1 ORDER BY position LIMIT $2";
    let question = sqlx::query_as::<_, (i64, Vec<u8>, Vec<u8>)>(select).bind(first).bind(i64::from(count_max));
    let rows = tx.rows(TABLE, question).await?.into_iter();
    Ok(rows.map(|(position, sealed, hash)| EntryRow { position, sealed, hash }).collect())
}

/// At most `count_max` entries from `first` on, in order, each with the checkpoint that ends with it, for whoever checks them.
pub async fn noted(tx: &mut Tx, first: i64, count_max: u32) -> Result<Vec<(EntryRow, Option<String>)>, StorageError> {
    // One row for both: rows are what reading costs. The last place of all has none after it.
    let select = "SELECT e.position, e.sealed, e.hash, c.note FROM audit_entry e LEFT JOIN checkpoint c ON c.tree = $1
        AND c.size = CASE WHEN e.position BETWEEN 0 AND 9223372036854775806 THEN e.position + 1 END
        WHERE e.position >= $2 ORDER BY e.position LIMIT $3";
    let question = sqlx::query_as::<_, (i64, Vec<u8>, Vec<u8>, Option<String>)>(select);
    let question = question.bind(Tree::Audit as i64).bind(first).bind(i64::from(count_max));
    let rows = tx.rows(TABLE, question).await?.into_iter();
    Ok(rows.map(|(position, sealed, hash, note)| (EntryRow { position, sealed, hash }, note)).collect())
}

/// A party as it lies in the database, whatever it is.
pub struct RawParty {
    pub party: Vec<u8>,
    pub pseudonym: Vec<u8>,
    pub secret: Secret<Vec<u8>>,
}

/// All parties, for whoever checks them.
pub async fn parties(tx: &mut Tx) -> Result<Vec<RawParty>, StorageError> {
    let select = "SELECT party, pseudonym, secret FROM audit_party ORDER BY party";
    let rows = tx.rows(PARTY, sqlx::query_as::<_, (Vec<u8>, Vec<u8>, Vec<u8>)>(select)).await?.into_iter();
    Ok(rows.map(|(party, pseudonym, secret)| RawParty { party, pseudonym, secret: Secret::new(secret) }).collect())
}

/// The pseudonym and key of a party.
#[derive(Clone)]
pub struct PartyRow {
    pub pseudonym: [u8; 16],
    pub key: PartyKey,
}

/// The pseudonym and key of `party` (its encoding), unless erased or never seen.
pub async fn party(tx: &mut Tx, party: &[u8]) -> Result<Option<PartyRow>, StorageError> {
    let select = "SELECT pseudonym, secret FROM audit_party WHERE party = $1";
    let row = tx.row(PARTY, sqlx::query_as::<_, (Vec<u8>, Vec<u8>)>(select).bind(party.to_vec())).await?;
    row.map(|(pseudonym, secret)| read(&pseudonym, &secret)).transpose()
}

/// The same of each of these parties that has one, in no order.
pub async fn parties_among(tx: &mut Tx, parties: &[Vec<u8>]) -> Result<Vec<(Vec<u8>, PartyRow)>, StorageError> {
    const SELECT: &str = "SELECT party, pseudonym, secret FROM audit_party WHERE party IN";
    let mut found = Vec::new();
    for chunk in parties.chunks(bulk::ROWS) {
        let question = sqlx::query_as::<_, (Vec<u8>, Vec<u8>, Vec<u8>)>(bulk::among(SELECT, 1, chunk.len()));
        let question = chunk.iter().fold(question, |question, party| question.bind(party.clone()));
        for (party, pseudonym, secret) in tx.rows(PARTY, question).await? {
            found.push((party, read(&pseudonym, &secret)?));
        }
    }
    Ok(found)
}

/// The key of the party with this pseudonym, unless erased.
pub async fn party_key(tx: &mut Tx, pseudonym: [u8; 16]) -> Result<Option<PartyKey>, StorageError> {
    let select = "SELECT secret FROM audit_party WHERE pseudonym = $1";
    let row = tx.row(PARTY, sqlx::query_as::<_, (Vec<u8>,)>(select).bind(pseudonym.to_vec())).await?;
    row.map(|(secret,)| Column(PARTY, "secret").bytes(&secret).map(PartyKey::new)).transpose()
}

fn read(pseudonym: &[u8], secret: &[u8]) -> Result<PartyRow, StorageError> {
    Ok(PartyRow {
        pseudonym: Column(PARTY, "pseudonym").bytes(pseudonym)?,
        key: PartyKey::new(Column(PARTY, "secret").bytes(secret)?),
    })
}

/// Keeps the pseudonym and key of a new party.
pub async fn put_party(tx: &mut Tx, party: &[u8], row: &PartyRow) -> Result<(), StorageError> {
    let insert = sqlx::query("INSERT INTO audit_party (party, pseudonym, secret) VALUES ($1, $2, $3)")
        .bind(party.to_vec())
        .bind(row.pseudonym.to_vec())
        .bind(row.key.expose().to_vec());
    tx.one(PARTY, insert).await
}

/// Keeps the pseudonyms and keys of new parties, each under its encoding.
pub async fn put_parties(tx: &mut Tx, parties: &[(Vec<u8>, PartyRow)]) -> Result<(), StorageError> {
    for chunk in parties.chunks(bulk::ROWS) {
        let mut insert = bulk::insert("audit_party (party, pseudonym, secret)", 3, chunk.len());
        for (party, row) in chunk {
            insert = insert.bind(party.clone()).bind(row.pseudonym.to_vec()).bind(row.key.expose().to_vec());
        }
        tx.exactly(chunk.len(), PARTY, insert).await?;
    }
    Ok(())
}

/// Destroys the key of a party; its entries stay and can never be opened again.
pub async fn erase_party(tx: &mut Tx, party: &[u8]) -> Result<(), StorageError> {
    let delete = sqlx::query("DELETE FROM audit_party WHERE party = $1").bind(party.to_vec());
    tx.one(PARTY, delete).await
}
