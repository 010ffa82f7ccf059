//! Tables `member_link` and `administrator_link`: who somebody of an identity provider is here. A subject never becomes somebody else
//! by itself, and nobody has two of one issuer. They must never hold anything else that a provider says.

use protocol::ids::{AdministratorId, MemberId};
use protocol::secret::Personal;
use protocol::time::Timestamp;

use super::row::{Column, millis};
use super::{StorageError, Tx};

const MEMBERS: &str = "member_link";
const ADMINISTRATORS: &str = "administrator_link";

/// An account at a provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    pub issuer: String,
    pub subject: Personal<String>,
}

/// The member whose account this is.
pub async fn member_of(tx: &mut Tx, account: &Account) -> Result<Option<MemberId>, StorageError> {
    let select = "SELECT member_id FROM member_link WHERE issuer = $1 AND subject = $2";
    let question =
        sqlx::query_as::<_, (Vec<u8>,)>(select).bind(account.issuer.clone()).bind(account.subject.expose().clone());
    let found = tx.row(MEMBERS, question).await?;
    found.map(|(id,)| Column(MEMBERS, "member_id").bytes(&id).map(MemberId::from_bytes)).transpose()
}

/// Whether the member has an account with this issuer.
pub async fn has_member(tx: &mut Tx, issuer: &str, member: MemberId) -> Result<bool, StorageError> {
    let select = "SELECT COUNT(*) FROM member_link WHERE issuer = $1 AND member_id = $2";
    let question = sqlx::query_as::<_, (i64,)>(select).bind(issuer.to_owned()).bind(member.as_bytes().to_vec());
    Ok(tx.row(MEMBERS, question).await?.is_some_and(|(count,)| count > 0))
}

/// Ties an account to a member; either of them tied already is a conflict.
pub async fn put_member(tx: &mut Tx, account: &Account, member: MemberId, now: Timestamp) -> Result<(), StorageError> {
    let insert = "INSERT INTO member_link (issuer, subject, member_id, linked_ms) VALUES ($1, $2, $3, $4)";
    let statement = sqlx::query(insert)
        .bind(account.issuer.clone())
        .bind(account.subject.expose().clone())
        .bind(member.as_bytes().to_vec())
        .bind(millis(now));
    tx.one(MEMBERS, statement).await
}

/// Forgets every account of a member; how many there were.
pub async fn remove_member(tx: &mut Tx, member: MemberId) -> Result<u64, StorageError> {
    let delete = sqlx::query("DELETE FROM member_link WHERE member_id = $1").bind(member.as_bytes().to_vec());
    tx.run(MEMBERS, delete).await
}

/// The listed people with this id at their source, or this mail address in lower case; two at most.
pub async fn listed_by_id(tx: &mut Tx, external_id: &str) -> Result<Vec<MemberId>, StorageError> {
    listed(tx, "SELECT id FROM member WHERE external_id = $1 AND listed = 1 ORDER BY id LIMIT 2", external_id).await
}

/// Likewise by mail address, in lower case.
pub async fn listed_by_mail(tx: &mut Tx, mail: &str) -> Result<Vec<MemberId>, StorageError> {
    listed(tx, "SELECT id FROM member WHERE LOWER(mail) = $1 AND listed = 1 ORDER BY id LIMIT 2", mail).await
}

async fn listed(tx: &mut Tx, select: &'static str, text: &str) -> Result<Vec<MemberId>, StorageError> {
    let rows = tx.rows("member", sqlx::query_as::<_, (Vec<u8>,)>(select).bind(text.to_owned())).await?;
    rows.iter().map(|(id,)| Column("member", "id").bytes(id).map(MemberId::from_bytes)).collect()
}

/// The administrator whose account this is, unless removed.
pub async fn administrator_of(tx: &mut Tx, account: &Account) -> Result<Option<AdministratorId>, StorageError> {
    let select = "SELECT administrator_id FROM administrator_link WHERE issuer = $1 AND subject = $2";
    let question =
        sqlx::query_as::<_, (Vec<u8>,)>(select).bind(account.issuer.clone()).bind(account.subject.expose().clone());
    let found = tx.row(ADMINISTRATORS, question).await?;
    let id = |id: Vec<u8>| Column(ADMINISTRATORS, "administrator_id").bytes(&id).map(AdministratorId::from_bytes);
    found.map(|(found,)| id(found)).transpose()
}

/// Every tie of an administrator: whose, and with which issuer.
pub async fn administrators(tx: &mut Tx) -> Result<Vec<(AdministratorId, String)>, StorageError> {
    let select = "SELECT administrator_id, issuer FROM administrator_link ORDER BY administrator_id, issuer";
    let rows = tx.rows(ADMINISTRATORS, sqlx::query_as::<_, (Vec<u8>, String)>(select)).await?;
    let id = |id: &[u8]| Column(ADMINISTRATORS, "administrator_id").bytes(id).map(AdministratorId::from_bytes);
    rows.into_iter().map(|(found, issuer)| Ok((id(&found)?, issuer))).collect()
}

/// Ties an account to an administrator; either of them tied already is a conflict.
pub async fn put_administrator(
    tx: &mut Tx,
    account: &Account,
    administrator: AdministratorId,
    now: Timestamp,
) -> Result<(), StorageError> {
    let insert =
        "INSERT INTO administrator_link (issuer, subject, administrator_id, linked_ms) VALUES ($1, $2, $3, $4)";
    let statement = sqlx::query(insert)
        .bind(account.issuer.clone())
        .bind(account.subject.expose().clone())
        .bind(administrator.as_bytes().to_vec())
        .bind(millis(now));
    tx.one(ADMINISTRATORS, statement).await
}

/// Forgets every account of an administrator; how many there were.
pub async fn remove_administrator(tx: &mut Tx, administrator: AdministratorId) -> Result<u64, StorageError> {
    let delete = "DELETE FROM administrator_link WHERE administrator_id = $1";
    tx.run(ADMINISTRATORS, sqlx::query(delete).bind(administrator.as_bytes().to_vec())).await
}
