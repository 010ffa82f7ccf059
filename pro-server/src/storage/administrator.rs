//! Table `administrator`: who may use the console; what they may do stands in `administrator_role`. It must never see a password, a token or an open TOTP secret.

use protocol::audit::Assignment;
use protocol::ids::{AdministratorId, Hash32};
use protocol::secret::Personal;
use protocol::time::Timestamp;

use crate::domain::member::Login;

use super::row::{Column, millis, stored};
use super::{StorageError, Tx, administrator_role};

const TABLE: &str = "administrator";

/// An administrator as stored.
#[derive(Debug, Clone)]
pub struct AdministratorRow {
    pub id: AdministratorId,
    /// None until set up.
    pub name: Option<Personal<String>>,
    /// What they may do, and over whom.
    pub roles: Vec<Assignment>,
    /// Argon2id in the PHC string format. None until set up, and after a reset.
    pub password: Option<String>,
    /// None once removed.
    pub totp_sealed: Option<Vec<u8>>,
    /// The newest time step that was spent.
    pub totp_step: u64,
    /// When the one-time link that waits ends.
    pub link_expires: Option<Timestamp>,
    pub signed_in: Option<Timestamp>,
    pub removed: Option<Timestamp>,
}

type Columns = (Vec<u8>, Option<String>, Option<String>, Option<Vec<u8>>, i64, Option<i64>, Option<i64>, Option<i64>);

fn read(row: Columns) -> Result<AdministratorRow, StorageError> {
    let (id, name, password, totp_sealed, totp_step, link_expires, signed_in, removed) = row;
    let column = |name| Column(TABLE, name);
    let time = |name, value: Option<i64>| value.map(|ms| column(name).time(ms)).transpose();
    Ok(AdministratorRow {
        id: AdministratorId::from_bytes(column("id").bytes(&id)?),
        name: name.map(Personal::new),
        roles: Vec::new(),
        password,
        totp_sealed,
        totp_step: column("totp_step").number(totp_step)?,
        link_expires: time("link_expires_ms", link_expires)?,
        signed_in: time("signed_in_ms", signed_in)?,
        removed: time("removed_ms", removed)?,
    })
}

/// How somebody proves that they may set up an account, and with which TOTP secret they do.
pub struct NewLink<'a> {
    pub hash: Hash32,
    pub expires: Timestamp,
    pub totp_sealed: &'a [u8],
}

/// Adds an account that waits for its link to be spent.
pub async fn insert(
    tx: &mut Tx,
    id: AdministratorId,
    roles: &[Assignment],
    link: &NewLink<'_>,
    now: Timestamp,
) -> Result<(), StorageError> {
    let insert = "INSERT INTO administrator (id, totp_sealed, totp_step, link_hash, link_expires_ms, added_ms)
        VALUES ($1, $2, 0, $3, $4, $5)";
    let statement = sqlx::query(insert)
        .bind(id.as_bytes().to_vec())
        .bind(link.totp_sealed.to_vec())
        .bind(link.hash.as_bytes().to_vec())
        .bind(millis(link.expires))
        .bind(millis(now));
    tx.one(TABLE, statement).await?;
    for assignment in roles {
        administrator_role::put(tx, id, assignment).await?;
    }
    Ok(())
}

/// Takes password and second factor away; a new link is the only way in. Removed or unknown is a conflict.
pub async fn reset(tx: &mut Tx, id: AdministratorId, link: &NewLink<'_>) -> Result<(), StorageError> {
    let update = "UPDATE administrator SET password = NULL, totp_sealed = $2, link_hash = $3, link_expires_ms = $4
        WHERE id = $1 AND removed_ms IS NULL";
    let statement = sqlx::query(update)
        .bind(id.as_bytes().to_vec())
        .bind(link.totp_sealed.to_vec())
        .bind(link.hash.as_bytes().to_vec())
        .bind(millis(link.expires));
    tx.one(TABLE, statement).await
}

/// What somebody chose when they spent their link.
pub struct Chosen<'a> {
    pub name: &'a Login,
    /// Argon2id in the PHC string format.
    pub password: &'a str,
    pub totp_step: u64,
    /// Whoever sets up is signed in.
    pub signed_in: Timestamp,
}

/// Spends the link; spent already, or a name that another account has, is a conflict.
pub async fn set_up(tx: &mut Tx, id: AdministratorId, link: Hash32, chosen: &Chosen<'_>) -> Result<(), StorageError> {
    let update = "UPDATE administrator
        SET name = $3, password = $4, totp_step = $5, signed_in_ms = $6, link_hash = NULL, link_expires_ms = NULL
        WHERE id = $1 AND link_hash = $2 AND removed_ms IS NULL";
    let statement = sqlx::query(update)
        .bind(id.as_bytes().to_vec())
        .bind(link.as_bytes().to_vec())
        .bind(chosen.name.expose().to_owned())
        .bind(chosen.password.to_owned())
        .bind(stored(chosen.totp_step))
        .bind(millis(chosen.signed_in));
    tx.one(TABLE, statement).await
}

/// Spends a time step and notes the sign-in. A step that is not newer than the last one is a conflict, and so is a password
/// that is no longer the one that was `checked`.
pub async fn sign_in(
    tx: &mut Tx,
    id: AdministratorId,
    checked: &str,
    step: u64,
    now: Timestamp,
) -> Result<(), StorageError> {
    let update = "UPDATE administrator SET totp_step = $2, signed_in_ms = $3
        WHERE id = $1 AND totp_step < $2 AND password = $4 AND removed_ms IS NULL";
    let statement =
        sqlx::query(update).bind(id.as_bytes().to_vec()).bind(stored(step)).bind(millis(now)).bind(checked.to_owned());
    tx.one(TABLE, statement).await
}

/// Puts another password in the place of the one that was `checked`, and spends a time step. Another password meanwhile is a
/// conflict, and so is a step that is not newer than the last one.
pub async fn change_password(
    tx: &mut Tx,
    id: AdministratorId,
    checked: &str,
    next: &str,
    step: u64,
) -> Result<(), StorageError> {
    let update = "UPDATE administrator SET password = $3, totp_step = $4
        WHERE id = $1 AND password = $2 AND totp_step < $4 AND removed_ms IS NULL";
    let statement = sqlx::query(update).bind(id.as_bytes().to_vec()).bind(checked.to_owned());
    tx.one(TABLE, statement.bind(next.to_owned()).bind(stored(step))).await
}

/// Notes a sign-in that no second factor of ours was spent for. Removed, or reset meanwhile, is a conflict.
pub async fn note_sign_in(tx: &mut Tx, id: AdministratorId, now: Timestamp) -> Result<(), StorageError> {
    let update = "UPDATE administrator SET signed_in_ms = $2
        WHERE id = $1 AND password IS NOT NULL AND removed_ms IS NULL";
    tx.one(TABLE, sqlx::query(update).bind(id.as_bytes().to_vec()).bind(millis(now))).await
}

/// Forgets every secret of the account and keeps its name for the audit. Removed already is a conflict.
pub async fn remove(tx: &mut Tx, id: AdministratorId, now: Timestamp) -> Result<(), StorageError> {
    let update = "UPDATE administrator
        SET password = NULL, totp_sealed = NULL, link_hash = NULL, link_expires_ms = NULL, removed_ms = $2
        WHERE id = $1 AND removed_ms IS NULL";
    let statement = sqlx::query(update).bind(id.as_bytes().to_vec()).bind(millis(now));
    tx.one(TABLE, statement).await?;
    administrator_role::remove_all(tx, id).await
}

/// Forgets the name of one who was removed; anybody else is a conflict.
pub async fn forget(tx: &mut Tx, id: AdministratorId) -> Result<(), StorageError> {
    let update = "UPDATE administrator SET name = NULL WHERE id = $1 AND removed_ms IS NOT NULL";
    tx.one(TABLE, sqlx::query(update).bind(id.as_bytes().to_vec())).await
}

/// Everybody who had this name and was removed, not erased.
pub async fn removed_of_name(tx: &mut Tx, name: &Login) -> Result<Vec<AdministratorId>, StorageError> {
    let select = "SELECT id FROM administrator WHERE name = $1 AND removed_ms IS NOT NULL ORDER BY removed_ms, id";
    let rows = tx.rows(TABLE, sqlx::query_as::<_, (Vec<u8>,)>(select).bind(name.expose().to_owned())).await?;
    rows.iter().map(|(id,)| Column(TABLE, "id").bytes(id).map(AdministratorId::from_bytes)).collect()
}

/// Those who were removed and have their names still: of each the name, and since when. The last one first.
pub async fn removed(tx: &mut Tx) -> Result<Vec<(AdministratorId, Personal<String>, Timestamp)>, StorageError> {
    let select = "SELECT id, name, removed_ms FROM administrator
        WHERE removed_ms IS NOT NULL AND name IS NOT NULL ORDER BY removed_ms DESC, id";
    let rows = tx.rows(TABLE, sqlx::query_as::<_, (Vec<u8>, String, i64)>(select)).await?.into_iter();
    let read = |(id, name, at): (Vec<u8>, String, i64)| {
        let (id, at) = (Column(TABLE, "id").bytes(&id)?, Column(TABLE, "removed_ms").time(at)?);
        Ok((AdministratorId::from_bytes(id), Personal::new(name), at))
    };
    rows.map(read).collect()
}

/// All who have a name, removed ones included, for whoever checks the names.
pub async fn names(tx: &mut Tx) -> Result<Vec<(AdministratorId, Personal<String>)>, StorageError> {
    named(tx, "SELECT id, name FROM administrator WHERE name IS NOT NULL ORDER BY id").await
}

/// Those whose names the audit does not hold yet.
pub async fn unrecorded_names(tx: &mut Tx) -> Result<Vec<(AdministratorId, Personal<String>)>, StorageError> {
    named(tx, "SELECT id, name FROM administrator WHERE name IS NOT NULL AND named = 0 ORDER BY added_ms, id").await
}

async fn named(tx: &mut Tx, select: &'static str) -> Result<Vec<(AdministratorId, Personal<String>)>, StorageError> {
    let rows = tx.rows(TABLE, sqlx::query_as::<_, (Vec<u8>, String)>(select)).await?.into_iter();
    let read = |(id, name): (Vec<u8>, String)| {
        Ok((AdministratorId::from_bytes(Column(TABLE, "id").bytes(&id)?), Personal::new(name)))
    };
    rows.map(read).collect()
}

/// The audit holds the name from now on.
pub async fn set_recorded(tx: &mut Tx, id: AdministratorId) -> Result<(), StorageError> {
    tx.one(TABLE, sqlx::query("UPDATE administrator SET named = 1 WHERE id = $1").bind(id.as_bytes().to_vec())).await
}

/// Every link that waits is worth nothing from now on; how many there were.
pub async fn withdraw_links(tx: &mut Tx, now: Timestamp) -> Result<u64, StorageError> {
    let update = "UPDATE administrator SET link_hash = NULL, link_expires_ms = $1 WHERE link_hash IS NOT NULL";
    tx.run(TABLE, sqlx::query(update).bind(millis(now))).await
}

/// The hashes of all links that wait.
pub async fn waiting_links(tx: &mut Tx) -> Result<Vec<Hash32>, StorageError> {
    let select = "SELECT link_hash FROM administrator WHERE link_hash IS NOT NULL";
    let rows = tx.rows(TABLE, sqlx::query_as::<_, (Vec<u8>,)>(select)).await?;
    rows.iter().map(|(hash,)| Column(TABLE, "link_hash").bytes(hash).map(Hash32::from_bytes)).collect()
}

/// The one whose link has this hash. The look-up compares hashes of random tokens: its timing tells nothing about one.
pub async fn find_link(tx: &mut Tx, hash: Hash32) -> Result<Option<AdministratorRow>, StorageError> {
    let select = "SELECT id, name, password, totp_sealed, totp_step, link_expires_ms, signed_in_ms, removed_ms
        FROM administrator WHERE link_hash = $1";
    let question = sqlx::query_as::<_, Columns>(select).bind(hash.as_bytes().to_vec());
    let found = tx.row(TABLE, question).await?.map(read).transpose()?;
    with_roles(tx, found).await
}

/// The one who has this name now.
pub async fn find_name(tx: &mut Tx, name: &Login) -> Result<Option<AdministratorRow>, StorageError> {
    let select = "SELECT id, name, password, totp_sealed, totp_step, link_expires_ms, signed_in_ms, removed_ms
        FROM administrator WHERE name = $1 AND removed_ms IS NULL";
    let question = sqlx::query_as::<_, Columns>(select).bind(name.expose().to_owned());
    let found = tx.row(TABLE, question).await?.map(read).transpose()?;
    with_roles(tx, found).await
}

/// One account, removed ones included.
pub async fn find(tx: &mut Tx, id: AdministratorId) -> Result<Option<AdministratorRow>, StorageError> {
    let select = "SELECT id, name, password, totp_sealed, totp_step, link_expires_ms, signed_in_ms, removed_ms
        FROM administrator WHERE id = $1";
    let question = sqlx::query_as::<_, Columns>(select).bind(id.as_bytes().to_vec());
    let found = tx.row(TABLE, question).await?.map(read).transpose()?;
    with_roles(tx, found).await
}

/// Every account that is not removed, by name; those that wait for their link come last.
pub async fn all(tx: &mut Tx) -> Result<Vec<AdministratorRow>, StorageError> {
    let select = "SELECT id, name, password, totp_sealed, totp_step, link_expires_ms, signed_in_ms, removed_ms
        FROM administrator WHERE removed_ms IS NULL ORDER BY CASE WHEN name IS NULL THEN 1 ELSE 0 END, name, id";
    let rows = tx.rows(TABLE, sqlx::query_as::<_, Columns>(select)).await?;
    let mut held = administrator_role::all(tx).await?;
    let whole = |row| {
        let mut row = read(row)?;
        row.roles = held.remove(&row.id).unwrap_or_default();
        Ok(row)
    };
    rows.into_iter().map(whole).collect()
}

async fn with_roles(tx: &mut Tx, row: Option<AdministratorRow>) -> Result<Option<AdministratorRow>, StorageError> {
    let Some(mut row) = row else { return Ok(None) };
    row.roles = administrator_role::of(tx, row.id).await?;
    Ok(Some(row))
}
