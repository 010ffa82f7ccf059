//! Tables `erased_entry` and `compaction_due`, and what the other tables forget of whoever is erased. It must never hold what a source called somebody.

use protocol::ids::MemberId;
use protocol::secret::Personal;
use protocol::time::Timestamp;

use crate::domain::erasure::Tomb;
use crate::domain::member::Source;

use super::row::{Column, millis};
use super::{StorageError, Tx, approval};

const TABLE: &str = "erased_entry";
const DUE: &str = "compaction_due";

/// Notes whom the source may not bring back; noted already is as good.
pub async fn put(tx: &mut Tx, source: Source, tomb: &Tomb, now: Timestamp) -> Result<(), StorageError> {
    if has(tx, source, tomb).await? {
        return Ok(());
    }
    let insert = sqlx::query("INSERT INTO erased_entry (source, tomb, erased_ms) VALUES ($1, $2, $3)")
        .bind(i64::from(source.number()))
        .bind(tomb.to_vec())
        .bind(millis(now));
    tx.one(TABLE, insert).await
}

/// Whether somebody whom the source called so was erased.
pub async fn has(tx: &mut Tx, source: Source, tomb: &Tomb) -> Result<bool, StorageError> {
    let select = "SELECT COUNT(*) FROM erased_entry WHERE source = $1 AND tomb = $2";
    let question = sqlx::query_as::<_, (i64,)>(select).bind(i64::from(source.number())).bind(tomb.to_vec());
    Ok(tx.row(TABLE, question).await?.is_some_and(|(count,)| count > 0))
}

/// Everybody whom the source may not bring back.
pub async fn all(tx: &mut Tx, source: Source) -> Result<Vec<Tomb>, StorageError> {
    let select = "SELECT tomb FROM erased_entry WHERE source = $1";
    let rows = tx.rows(TABLE, sqlx::query_as::<_, (Vec<u8>,)>(select).bind(i64::from(source.number()))).await?;
    rows.iter().map(|(tomb,)| Column(TABLE, "tomb").bytes(tomb)).collect()
}

/// Forgets what is left of somebody who is removed: the source's id, and where runs and brakes name the person.
pub async fn forget(tx: &mut Tx, id: MemberId) -> Result<(), StorageError> {
    approval::forget(tx, id).await?;
    let update = sqlx::query("UPDATE member SET external_id = $2 WHERE id = $1 AND removed_ms IS NOT NULL")
        .bind(id.as_bytes().to_vec())
        .bind(id.to_string());
    tx.one("member", update).await?;
    for forget in [
        "DELETE FROM scim_loss WHERE member_id = $1",
        "UPDATE directory_run_skipped SET member_id = NULL WHERE member_id = $1",
        "DELETE FROM enrollment_code WHERE member_id = $1",
        "DELETE FROM member_link WHERE member_id = $1",
    ] {
        tx.run(TABLE, sqlx::query(forget).bind(id.as_bytes().to_vec())).await?;
    }
    Ok(())
}

/// From now on the files of the database have to be rewritten, whatever happens to the server before they are.
pub async fn owe(tx: &mut Tx, now: Timestamp) -> Result<(), StorageError> {
    if due(tx).await?.is_some_and(|newest| newest >= now) {
        return Ok(());
    }
    tx.one(DUE, sqlx::query("INSERT INTO compaction_due (erased_ms) VALUES ($1)").bind(millis(now))).await
}

/// When the newest erasure was made after which the files were not rewritten yet.
pub async fn due(tx: &mut Tx) -> Result<Option<Timestamp>, StorageError> {
    let select = sqlx::query_as::<_, (Option<i64>,)>("SELECT MAX(erased_ms) FROM compaction_due");
    let newest = tx.row(DUE, select).await?.and_then(|(newest,)| newest);
    newest.map(|ms| Column(DUE, "erased_ms").time(ms)).transpose()
}

/// The files were rewritten after every erasure until then.
pub async fn settle(tx: &mut Tx, until: Timestamp) -> Result<(), StorageError> {
    let delete = sqlx::query("DELETE FROM compaction_due WHERE erased_ms <= $1").bind(millis(until));
    tx.run(DUE, delete).await.map(|_| ())
}

/// The person's accounts at identity providers: issuer, subject, since when.
pub async fn accounts(tx: &mut Tx, id: MemberId) -> Result<Vec<(String, Personal<String>, Timestamp)>, StorageError> {
    let select = "SELECT issuer, subject, linked_ms FROM member_link WHERE member_id = $1 ORDER BY issuer";
    let question = sqlx::query_as::<_, (String, String, i64)>(select).bind(id.as_bytes().to_vec());
    let rows = tx.rows("member_link", question).await?.into_iter();
    rows.map(|(issuer, subject, at)| Ok((issuer, subject.into(), Column("member_link", "linked_ms").time(at)?)))
        .collect()
}

/// Where directory runs left the person out: run, place, reason.
pub async fn left_out(tx: &mut Tx, id: MemberId) -> Result<Vec<(i64, i64, String)>, StorageError> {
    let select = "SELECT run, place, reason FROM directory_run_skipped WHERE member_id = $1 ORDER BY run, position";
    tx.rows("directory_run_skipped", sqlx::query_as(select).bind(id.as_bytes().to_vec())).await
}

/// Since when the person is known.
pub async fn added(tx: &mut Tx, id: MemberId) -> Result<Timestamp, StorageError> {
    let select = sqlx::query_as::<_, (i64,)>("SELECT added_ms FROM member WHERE id = $1").bind(id.as_bytes().to_vec());
    Column("member", "added_ms").time(tx.row("member", select).await?.map_or(0, |(ms,)| ms))
}

/// Until when an enrollment code of the person is kept.
pub async fn code_until(tx: &mut Tx, id: MemberId) -> Result<Option<Timestamp>, StorageError> {
    let select = "SELECT MAX(expires_ms) FROM enrollment_code WHERE member_id = $1";
    let question = sqlx::query_as::<_, (Option<i64>,)>(select).bind(id.as_bytes().to_vec());
    let until = tx.row("enrollment_code", question).await?.and_then(|(until,)| until);
    until.map(|ms| Column("enrollment_code", "expires_ms").time(ms)).transpose()
}
