//! Table `scim_person`, beside the rows of table `member` that providers brought.

use std::collections::BTreeSet;

use protocol::ids::MemberId;
use protocol::secret::Personal;
use protocol::time::Timestamp;

use crate::domain::member::{ExternalId, Listing, Source};
use crate::storage::row::{Column, millis, stored};
use crate::storage::{StorageError, Tx, bulk};

use super::group::chunks;

const TABLE: &str = "scim_person";

/// A person as a provider said it last.
#[derive(Debug, Clone)]
pub struct PersonRow {
    pub member: MemberId,
    /// The id that providers know.
    pub id: ExternalId,
    /// JSON.
    pub resource: Personal<String>,
    pub listing: Listing,
    pub added: Timestamp,
    pub changed: Timestamp,
}

/// What is kept of a person.
pub struct NewPerson<'a> {
    pub member: MemberId,
    /// In small letters.
    pub user_name: &'a str,
    pub external_id: Option<&'a str>,
    pub resource: &'a str,
    pub now: Timestamp,
}

type Columns = (Vec<u8>, String, String, i64, i64, i64);

fn read(row: Columns) -> Result<PersonRow, StorageError> {
    let (member, id, resource, listed, added, changed) = row;
    let column = |name| Column(TABLE, name);
    Ok(PersonRow {
        member: MemberId::from_bytes(column("member_id").bytes(&member)?),
        id: ExternalId::parse(&id).map_err(|_| column("id").corrupt())?,
        resource: resource.into(),
        listing: if column("listed").yes(listed)? { Listing::Listed } else { Listing::Absent },
        added: column("added_ms").time(added)?,
        changed: column("changed_ms").time(changed)?,
    })
}

/// Adds what a provider says of somebody whose row stands already.
pub async fn insert(tx: &mut Tx, person: &NewPerson<'_>) -> Result<(), StorageError> {
    let insert = "INSERT INTO scim_person (member_id, user_name, external_id, resource, added_ms, changed_ms)
        VALUES ($1, $2, $3, $4, $5, $5)";
    let statement = sqlx::query(insert)
        .bind(person.member.as_bytes().to_vec())
        .bind(person.user_name.to_owned())
        .bind(person.external_id.map(str::to_owned))
        .bind(person.resource.to_owned())
        .bind(millis(person.now));
    tx.one(TABLE, statement).await
}

/// Replaces what a provider says of somebody.
pub async fn update(tx: &mut Tx, person: &NewPerson<'_>) -> Result<(), StorageError> {
    let update = "UPDATE scim_person SET user_name = $2, external_id = $3, resource = $4, changed_ms = $5
        WHERE member_id = $1";
    let statement = sqlx::query(update)
        .bind(person.member.as_bytes().to_vec())
        .bind(person.user_name.to_owned())
        .bind(person.external_id.map(str::to_owned))
        .bind(person.resource.to_owned())
        .bind(millis(person.now));
    tx.one(TABLE, statement).await
}

/// Notes that these people are other ones by now, who are in other groups.
pub async fn set_changed(tx: &mut Tx, people: &BTreeSet<MemberId>, now: Timestamp) -> Result<(), StorageError> {
    const UPDATE: &str = "UPDATE scim_person SET changed_ms = CASE WHEN changed_ms < $1 THEN $1 ELSE changed_ms + 1 END
        WHERE member_id IN";
    for chunk in chunks(people) {
        let update = sqlx::query(bulk::among(UPDATE, 2, chunk.len())).bind(millis(now));
        let update = chunk.iter().fold(update, |update, member| update.bind(member.as_bytes().to_vec()));
        tx.exactly(chunk.len(), TABLE, update).await?;
    }
    Ok(())
}

/// Forgets what a provider said of somebody, if it said anything. The groups are other ones without them.
pub async fn forget(tx: &mut Tx, member: MemberId, now: Timestamp) -> Result<(), StorageError> {
    let changed = "UPDATE scim_group SET changed_ms = CASE WHEN changed_ms < $2 THEN $2 ELSE changed_ms + 1 END
        WHERE id IN (SELECT group_id FROM scim_membership WHERE member_id = $1)";
    tx.run(TABLE, sqlx::query(changed).bind(member.as_bytes().to_vec()).bind(millis(now))).await?;
    for forget in ["DELETE FROM scim_membership WHERE member_id = $1", "DELETE FROM scim_person WHERE member_id = $1"] {
        tx.run(TABLE, sqlx::query(forget).bind(member.as_bytes().to_vec())).await?;
    }
    Ok(())
}

/// The person with this id.
pub async fn find(tx: &mut Tx, id: &ExternalId) -> Result<Option<PersonRow>, StorageError> {
    let select = "SELECT p.member_id, m.external_id, p.resource, m.listed, p.added_ms, p.changed_ms
        FROM member m JOIN scim_person p ON p.member_id = m.id WHERE m.source = $1 AND m.external_id = $2";
    let question =
        sqlx::query_as::<_, Columns>(select).bind(i64::from(Source::SCIM.number())).bind(id.expose().to_owned());
    tx.row(TABLE, question).await?.map(read).transpose()
}

/// The person with this login, in small letters.
pub async fn find_user_name(tx: &mut Tx, user_name: &str) -> Result<Vec<PersonRow>, StorageError> {
    let select = "SELECT p.member_id, m.external_id, p.resource, m.listed, p.added_ms, p.changed_ms
        FROM scim_person p JOIN member m ON m.id = p.member_id WHERE p.user_name = $1";
    let question = sqlx::query_as::<_, Columns>(select).bind(user_name.to_owned());
    tx.rows(TABLE, question).await?.into_iter().map(read).collect()
}

/// At most `count_max` people with this id of the provider's.
pub async fn find_external_id(tx: &mut Tx, external_id: &str, count_max: u64) -> Result<Vec<PersonRow>, StorageError> {
    let select = "SELECT p.member_id, m.external_id, p.resource, m.listed, p.added_ms, p.changed_ms
        FROM scim_person p JOIN member m ON m.id = p.member_id WHERE p.external_id = $1
        ORDER BY p.added_ms, p.member_id LIMIT $2";
    let question = sqlx::query_as::<_, Columns>(select).bind(external_id.to_owned()).bind(stored(count_max));
    tx.rows(TABLE, question).await?.into_iter().map(read).collect()
}

/// At most `count_max` people, in the order in which they came, after the first `skip`.
pub async fn page(tx: &mut Tx, skip: u64, count_max: u64) -> Result<Vec<PersonRow>, StorageError> {
    let select = "SELECT p.member_id, m.external_id, p.resource, m.listed, p.added_ms, p.changed_ms
        FROM scim_person p JOIN member m ON m.id = p.member_id ORDER BY p.added_ms, p.member_id LIMIT $1 OFFSET $2";
    let question = sqlx::query_as::<_, Columns>(select).bind(stored(count_max)).bind(stored(skip));
    tx.rows(TABLE, question).await?.into_iter().map(read).collect()
}

/// How many there are.
pub async fn count(tx: &mut Tx) -> Result<u64, StorageError> {
    let counted = tx.row(TABLE, sqlx::query_as::<_, (i64,)>("SELECT COUNT(*) FROM scim_person")).await?;
    Column(TABLE, "member_id").number(counted.map_or(0, |(count,)| count))
}

/// How many people of providers have a good device, or lost theirs to a provider since then.
pub async fn with_devices(tx: &mut Tx, since: Timestamp) -> Result<u64, StorageError> {
    let select = "SELECT COUNT(*) FROM member WHERE source = $1
        AND (id IN (SELECT member_id FROM device WHERE revoked_ms IS NULL)
            OR id IN (SELECT member_id FROM scim_loss WHERE lost_ms >= $2))";
    let question = sqlx::query_as::<_, (i64,)>(select).bind(i64::from(Source::SCIM.number())).bind(millis(since));
    Column("member", "id").number(tx.row("member", question).await?.map_or(0, |(count,)| count))
}

/// Everybody by the id that providers know: for looking up many at once.
pub async fn members_of_ids(tx: &mut Tx) -> Result<Vec<(String, MemberId)>, StorageError> {
    let select = "SELECT m.external_id, p.member_id FROM scim_person p JOIN member m ON m.id = p.member_id";
    let rows = tx.rows(TABLE, sqlx::query_as::<_, (String, Vec<u8>)>(select)).await?;
    let read =
        |(id, member): (String, Vec<u8>)| Ok((id, MemberId::from_bytes(Column(TABLE, "member_id").bytes(&member)?)));
    rows.into_iter().map(read).collect()
}
