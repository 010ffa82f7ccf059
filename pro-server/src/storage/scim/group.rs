//! Tables `scim_group` and `scim_membership`.

use std::collections::{BTreeMap, BTreeSet};

use protocol::directory::Group;
use protocol::ids::{GroupId, MemberId};
use protocol::secret::Personal;
use protocol::time::Timestamp;

use crate::storage::row::{Column, millis, stored};
use crate::storage::{StorageError, Tx, bulk};

const TABLE: &str = "scim_group";
const MEMBERSHIP: &str = "scim_membership";

/// A group as a provider said it last.
#[derive(Debug, Clone)]
pub struct GroupRow {
    pub id: GroupId,
    /// In small letters, as policies say it.
    pub name: String,
    /// JSON, without the members.
    pub resource: Personal<String>,
    pub added: Timestamp,
    pub changed: Timestamp,
}

/// What is kept of a group.
pub struct NewGroup<'a> {
    pub id: GroupId,
    pub name: &'a str,
    pub resource: &'a str,
    pub now: Timestamp,
}

type Columns = (Vec<u8>, String, String, i64, i64);

fn read((id, name, resource, added, changed): Columns) -> Result<GroupRow, StorageError> {
    let column = |name| Column(TABLE, name);
    Ok(GroupRow {
        id: GroupId::from_bytes(column("id").bytes(&id)?),
        name,
        resource: resource.into(),
        added: column("added_ms").time(added)?,
        changed: column("changed_ms").time(changed)?,
    })
}

/// Adds a group. A name that another one has is a conflict.
pub async fn insert(tx: &mut Tx, group: &NewGroup<'_>) -> Result<(), StorageError> {
    let insert = "INSERT INTO scim_group (id, name, resource, added_ms, changed_ms) VALUES ($1, $2, $3, $4, $4)";
    let statement = sqlx::query(insert)
        .bind(group.id.as_bytes().to_vec())
        .bind(group.name.to_owned())
        .bind(group.resource.to_owned())
        .bind(millis(group.now));
    tx.one(TABLE, statement).await
}

/// Replaces what is kept of a group.
pub async fn update(tx: &mut Tx, group: &NewGroup<'_>) -> Result<(), StorageError> {
    let update = "UPDATE scim_group SET name = $2, resource = $3, changed_ms = $4 WHERE id = $1";
    let statement = sqlx::query(update)
        .bind(group.id.as_bytes().to_vec())
        .bind(group.name.to_owned())
        .bind(group.resource.to_owned())
        .bind(millis(group.now));
    tx.one(TABLE, statement).await
}

/// Removes a group in which nobody is any more.
pub async fn delete(tx: &mut Tx, id: GroupId) -> Result<(), StorageError> {
    tx.one(TABLE, sqlx::query("DELETE FROM scim_group WHERE id = $1").bind(id.as_bytes().to_vec())).await
}

/// One group.
pub async fn find(tx: &mut Tx, id: GroupId) -> Result<Option<GroupRow>, StorageError> {
    let select = "SELECT id, name, resource, added_ms, changed_ms FROM scim_group WHERE id = $1";
    let question = sqlx::query_as::<_, Columns>(select).bind(id.as_bytes().to_vec());
    tx.row(TABLE, question).await?.map(read).transpose()
}

/// The group of this name, in small letters.
pub async fn find_name(tx: &mut Tx, name: &str) -> Result<Option<GroupRow>, StorageError> {
    let select = "SELECT id, name, resource, added_ms, changed_ms FROM scim_group WHERE name = $1";
    let question = sqlx::query_as::<_, Columns>(select).bind(name.to_owned());
    tx.row(TABLE, question).await?.map(read).transpose()
}

/// At most `count_max` groups, in the order in which they came, after the first `skip`.
pub async fn page(tx: &mut Tx, skip: u64, count_max: u64) -> Result<Vec<GroupRow>, StorageError> {
    let select = "SELECT id, name, resource, added_ms, changed_ms FROM scim_group
        ORDER BY added_ms, id LIMIT $1 OFFSET $2";
    let question = sqlx::query_as::<_, Columns>(select).bind(stored(count_max)).bind(stored(skip));
    tx.rows(TABLE, question).await?.into_iter().map(read).collect()
}

/// How many there are.
pub async fn count(tx: &mut Tx) -> Result<u64, StorageError> {
    let counted = tx.row(TABLE, sqlx::query_as::<_, (i64,)>("SELECT COUNT(*) FROM scim_group")).await?;
    Column(TABLE, "id").number(counted.map_or(0, |(count,)| count))
}

/// Who is in a group, with the id that providers know.
pub async fn members(tx: &mut Tx, group: GroupId) -> Result<Vec<(MemberId, String)>, StorageError> {
    let select = "SELECT s.member_id, m.external_id FROM scim_membership s JOIN member m ON m.id = s.member_id
        WHERE s.group_id = $1 ORDER BY s.member_id";
    let question = sqlx::query_as::<_, (Vec<u8>, String)>(select).bind(group.as_bytes().to_vec());
    let read = |(member, id): (Vec<u8>, String)| {
        Ok((MemberId::from_bytes(Column(MEMBERSHIP, "member_id").bytes(&member)?), id))
    };
    tx.rows(MEMBERSHIP, question).await?.into_iter().map(read).collect()
}

/// The groups that somebody is in, by name.
pub async fn of_member(tx: &mut Tx, member: MemberId) -> Result<Vec<GroupRow>, StorageError> {
    let select = "SELECT g.id, g.name, g.resource, g.added_ms, g.changed_ms FROM scim_membership s
        JOIN scim_group g ON g.id = s.group_id WHERE s.member_id = $1 ORDER BY g.name";
    let question = sqlx::query_as::<_, Columns>(select).bind(member.as_bytes().to_vec());
    tx.rows(MEMBERSHIP, question).await?.into_iter().map(read).collect()
}

/// The names of the groups that each of these people is in; whoever is in none has no entry.
pub async fn names_of(
    tx: &mut Tx,
    people: &BTreeSet<MemberId>,
) -> Result<BTreeMap<MemberId, BTreeSet<Group>>, StorageError> {
    const SELECT: &str = "SELECT s.member_id, g.name FROM scim_membership s JOIN scim_group g ON g.id = s.group_id
        WHERE s.member_id IN";
    let mut names = BTreeMap::<_, BTreeSet<_>>::new();
    for chunk in chunks(people) {
        let question = sqlx::query_as::<_, (Vec<u8>, String)>(bulk::among(SELECT, 1, chunk.len()));
        let question = chunk.iter().fold(question, |question, id| question.bind(id.as_bytes().to_vec()));
        for (member, name) in tx.rows(MEMBERSHIP, question).await? {
            let member = MemberId::from_bytes(Column(MEMBERSHIP, "member_id").bytes(&member)?);
            let name = Group::parse(&name).map_err(|_| Column(TABLE, "name").corrupt())?;
            names.entry(member).or_default().insert(name);
        }
    }
    Ok(names)
}

/// Puts people into a group.
pub async fn join(tx: &mut Tx, group: GroupId, people: &BTreeSet<MemberId>) -> Result<(), StorageError> {
    for chunk in chunks(people) {
        let mut insert = bulk::insert("scim_membership (group_id, member_id)", 2, chunk.len());
        for member in &chunk {
            insert = insert.bind(group.as_bytes().to_vec()).bind(member.as_bytes().to_vec());
        }
        tx.exactly(chunk.len(), MEMBERSHIP, insert).await?;
    }
    Ok(())
}

/// Takes people out of a group.
pub async fn leave(tx: &mut Tx, group: GroupId, people: &BTreeSet<MemberId>) -> Result<(), StorageError> {
    const DELETE: &str = "DELETE FROM scim_membership WHERE group_id = $1 AND member_id IN";
    for chunk in chunks(people) {
        let delete = sqlx::query(bulk::among(DELETE, 2, chunk.len())).bind(group.as_bytes().to_vec());
        let delete = chunk.iter().fold(delete, |delete, member| delete.bind(member.as_bytes().to_vec()));
        tx.exactly(chunk.len(), MEMBERSHIP, delete).await?;
    }
    Ok(())
}

pub(super) fn chunks(people: &BTreeSet<MemberId>) -> Vec<Vec<MemberId>> {
    let people: Vec<MemberId> = people.iter().copied().collect();
    people.chunks(bulk::ROWS).map(<[MemberId]>::to_vec).collect()
}
