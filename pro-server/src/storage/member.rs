//! Table `member`: people and what their source says of them. It must never say when a person was online.

use std::collections::{BTreeMap, BTreeSet};

use protocol::directory::Group;
use protocol::ids::MemberId;
use protocol::secret::Secret;
use protocol::time::Timestamp;

use crate::domain::member::{ExternalId, Listing, Lock, Login, Member, Profile, Source};

use super::row::{Column, millis};
use super::{StorageError, Tx, bulk};

const TABLE: &str = "member";
/// Login and name of whoever is removed.
const REMOVED_TEXT: &str = "-";

type Columns = (Vec<u8>, i64, String, String, String, Option<String>, i64, i64, Option<Vec<u8>>, String, Option<i64>);

pub(super) fn source_of(number: i64) -> Result<Source, StorageError> {
    u32::try_from(number).map(Source::of_number).map_err(|_| Column(TABLE, "source").corrupt())
}

fn read(row: Columns) -> Result<Member, StorageError> {
    let (id, source, external_id, login, name, mail, listed, locked, identity_key, groups, removed) = row;
    let column = |name| Column(TABLE, name);
    let source = source_of(source)?;
    Ok(Member {
        id: MemberId::from_bytes(column("id").bytes(&id)?),
        source,
        external_id: ExternalId::parse(&external_id).map_err(|_| column("external_id").corrupt())?,
        profile: Profile::parse(&login, &name, mail.as_deref().unwrap_or_default())
            .map_err(|_| column("login").corrupt())?
            .with_groups(read_groups(&groups).ok_or(column("group_names").corrupt())?)
            .map_err(|_| column("group_names").corrupt())?
            .into(),
        listing: match (column("listed").yes(listed)?, removed) {
            (true, None) => Listing::Listed,
            (false, None) => Listing::Absent,
            (false, Some(_)) => Listing::Removed,
            (true, Some(_)) => return Err(column("removed_ms").corrupt()),
        },
        lock: if column("locked").yes(locked)? { Lock::Locked } else { Lock::Open },
        identity_key: identity_key.map(|key| column("identity_key").bytes(&key)).transpose()?,
    })
}

pub(super) fn read_groups(text: &str) -> Option<BTreeSet<Group>> {
    let names: Vec<String> = serde_json::from_str(text).ok()?;
    names.iter().map(|name| Group::parse(name).ok()).collect()
}

fn written_groups(groups: &BTreeSet<Group>) -> String {
    groups.iter().map(Group::as_str).collect::<serde_json::Value>().to_string()
}

/// A person to add.
pub struct NewMember<'a> {
    pub id: MemberId,
    pub source: Source,
    pub external_id: &'a ExternalId,
    pub profile: &'a Profile,
    pub listing: Listing,
    /// Opens the commitment in the log.
    pub log_salt: Secret<[u8; 32]>,
    pub added: Timestamp,
}

/// Adds a person who is not locked. A login that somebody listed has, or a known entry, is a conflict.
pub async fn insert(tx: &mut Tx, member: &NewMember<'_>) -> Result<(), StorageError> {
    insert_all(tx, std::slice::from_ref(member)).await
}

/// Adds people who are not locked, as [`insert`] does one.
pub async fn insert_all(tx: &mut Tx, members: &[NewMember<'_>]) -> Result<(), StorageError> {
    const INTO: &str =
        "member (id, source, external_id, login, name, mail, listed, locked, log_salt, added_ms, group_names)";
    const COLUMNS: usize = 11;
    for chunk in members.chunks(bulk::ROWS) {
        let mut insert = bulk::insert(INTO, COLUMNS, chunk.len());
        for member in chunk {
            insert = insert
                .bind(member.id.as_bytes().to_vec())
                .bind(i64::from(member.source.number()))
                .bind(member.external_id.expose().to_owned())
                .bind(member.profile.login.expose().to_owned())
                .bind(member.profile.name.expose().clone())
                .bind(member.profile.mail.as_ref().map(|mail| mail.expose().clone()))
                .bind(i64::from(member.listing == Listing::Listed))
                .bind(0_i64)
                .bind(member.log_salt.expose().to_vec())
                .bind(millis(member.added))
                .bind(written_groups(&member.profile.groups));
        }
        tx.exactly(chunk.len(), TABLE, insert).await?;
    }
    Ok(())
}

/// Everybody ever known, by id.
pub async fn all(tx: &mut Tx) -> Result<Vec<Member>, StorageError> {
    let select = "SELECT id, source, external_id, login, name, mail, listed, locked, identity_key, group_names,
        removed_ms FROM member ORDER BY id";
    tx.rows(TABLE, sqlx::query_as::<_, Columns>(select)).await?.into_iter().map(read).collect()
}

/// How many people were ever known.
pub async fn count(tx: &mut Tx) -> Result<u64, StorageError> {
    let counted = tx.row(TABLE, sqlx::query_as::<_, (i64,)>("SELECT COUNT(*) FROM member")).await?;
    Column(TABLE, "id").number(counted.map_or(0, |(count,)| count))
}

/// One person.
pub async fn find(tx: &mut Tx, id: MemberId) -> Result<Option<Member>, StorageError> {
    let select = "SELECT id, source, external_id, login, name, mail, listed, locked, identity_key, group_names,
        removed_ms FROM member WHERE id = $1";
    let question = sqlx::query_as::<_, Columns>(select).bind(id.as_bytes().to_vec());
    tx.row(TABLE, question).await?.map(read).transpose()
}

/// What opens the commitment of the person's login in the log; of somebody who was removed, it opens nothing.
pub async fn log_salt(tx: &mut Tx, id: MemberId) -> Result<Option<Secret<[u8; 32]>>, StorageError> {
    let select = sqlx::query_as::<_, (Vec<u8>,)>("SELECT log_salt FROM member WHERE id = $1");
    let row = tx.row(TABLE, select.bind(id.as_bytes().to_vec())).await?;
    row.map(|(salt,)| Column(TABLE, "log_salt").bytes(&salt).map(Secret::new)).transpose()
}

/// The person that `login` names: the one who is listed, else the one who left last.
pub async fn find_login(tx: &mut Tx, login: &Login) -> Result<Option<Member>, StorageError> {
    let select = "SELECT id, source, external_id, login, name, mail, listed, locked, identity_key, group_names,
        removed_ms FROM member
        WHERE login = $1 AND removed_ms IS NULL ORDER BY listed DESC, added_ms DESC, id LIMIT 1";
    let question = sqlx::query_as::<_, Columns>(select).bind(login.expose().to_owned());
    tx.row(TABLE, question).await?.map(read).transpose()
}

/// Everybody who has this login, listed or not.
pub async fn holders(tx: &mut Tx, login: &Login) -> Result<Vec<Member>, StorageError> {
    let select = "SELECT id, source, external_id, login, name, mail, listed, locked, identity_key, group_names,
        removed_ms FROM member WHERE login = $1 AND removed_ms IS NULL ORDER BY id";
    let question = sqlx::query_as::<_, Columns>(select).bind(login.expose().to_owned());
    tx.rows(TABLE, question).await?.into_iter().map(read).collect()
}

/// The person of an entry of a source.
pub async fn find_entry(tx: &mut Tx, source: Source, external_id: &ExternalId) -> Result<Option<Member>, StorageError> {
    let select = "SELECT id, source, external_id, login, name, mail, listed, locked, identity_key, group_names,
        removed_ms FROM member
        WHERE source = $1 AND external_id = $2 AND removed_ms IS NULL";
    let question = sqlx::query_as::<_, Columns>(select).bind(i64::from(source.number()));
    tx.row(TABLE, question.bind(external_id.expose().to_owned())).await?.map(read).transpose()
}

/// Notes whether the source lists the person.
pub async fn set_listing(tx: &mut Tx, id: MemberId, listing: Listing) -> Result<(), StorageError> {
    let update = sqlx::query("UPDATE member SET listed = $2 WHERE id = $1")
        .bind(id.as_bytes().to_vec())
        .bind(i64::from(listing == Listing::Listed));
    tx.one(TABLE, update).await
}

/// Removes the person for good. What is left is the id, and that of an entry that is read again and again, so that it brings
/// nobody back. Nothing tells any more whom the log meant.
pub async fn remove(
    tx: &mut Tx,
    id: MemberId,
    now: Timestamp,
    log_salt: &Secret<[u8; 32]>,
) -> Result<(), StorageError> {
    super::scim::people::forget(tx, id, now).await?;
    let update =
        "UPDATE member SET listed = 0, removed_ms = $2, login = $3, name = $3, mail = NULL, group_names = '[]',
        log_salt = $4, external_id = CASE WHEN source = $5 THEN $6 ELSE external_id END
        WHERE id = $1 AND removed_ms IS NULL";
    let statement = sqlx::query(update)
        .bind(id.as_bytes().to_vec())
        .bind(millis(now))
        .bind(REMOVED_TEXT.to_owned())
        .bind(log_salt.expose().to_vec())
        // The id of an imported line may be a login.
        .bind(i64::from(Source::BUILT_IN.number()))
        .bind(id.to_string());
    tx.one(TABLE, statement).await
}

/// Notes whether an administrator has locked the person.
pub async fn set_lock(tx: &mut Tx, id: MemberId, lock: Lock) -> Result<(), StorageError> {
    let update = sqlx::query("UPDATE member SET locked = $2 WHERE id = $1")
        .bind(id.as_bytes().to_vec())
        .bind(i64::from(lock == Lock::Locked));
    tx.one(TABLE, update).await
}

/// Replaces what the source says of the person.
pub async fn set_profile(tx: &mut Tx, id: MemberId, profile: &Profile) -> Result<(), StorageError> {
    let update = sqlx::query("UPDATE member SET login = $2, name = $3, mail = $4, group_names = $5 WHERE id = $1")
        .bind(id.as_bytes().to_vec())
        .bind(profile.login.expose().to_owned())
        .bind(profile.name.expose().clone())
        .bind(profile.mail.as_ref().map(|mail| mail.expose().clone()))
        .bind(written_groups(&profile.groups));
    tx.one(TABLE, update).await
}

/// The groups of these people, as far as the source has them.
pub async fn groups_of(
    tx: &mut Tx,
    source: Source,
    people: &BTreeSet<MemberId>,
) -> Result<BTreeMap<MemberId, BTreeSet<Group>>, StorageError> {
    const SELECT: &str = "SELECT id, group_names FROM member WHERE source = $1 AND removed_ms IS NULL AND id IN";
    let people: Vec<MemberId> = people.iter().copied().collect();
    let mut groups = BTreeMap::new();
    for chunk in people.chunks(bulk::ROWS) {
        let question = sqlx::query_as::<_, (Vec<u8>, String)>(bulk::among(SELECT, 2, chunk.len()));
        let question = question.bind(i64::from(source.number()));
        let question = chunk.iter().fold(question, |question, id| question.bind(id.as_bytes().to_vec()));
        for (id, names) in tx.rows(TABLE, question).await? {
            let names = read_groups(&names).ok_or(Column(TABLE, "group_names").corrupt())?;
            groups.insert(MemberId::from_bytes(Column(TABLE, "id").bytes(&id)?), names);
        }
    }
    Ok(groups)
}

/// Gives all of these people these groups, and no others.
pub async fn set_groups(tx: &mut Tx, people: &[MemberId], groups: &BTreeSet<Group>) -> Result<(), StorageError> {
    for chunk in people.chunks(bulk::ROWS) {
        let update = bulk::among("UPDATE member SET group_names = $1 WHERE id IN", 2, chunk.len());
        let update = sqlx::query(update).bind(written_groups(groups));
        let update = chunk.iter().fold(update, |update, id| update.bind(id.as_bytes().to_vec()));
        tx.exactly(chunk.len(), TABLE, update).await?;
    }
    Ok(())
}

/// Keeps the person's identity key.
pub async fn set_identity(tx: &mut Tx, id: MemberId, identity_key: &[u8; 32]) -> Result<(), StorageError> {
    let update = sqlx::query("UPDATE member SET identity_key = $2 WHERE id = $1")
        .bind(id.as_bytes().to_vec())
        .bind(identity_key.to_vec());
    tx.one(TABLE, update).await
}
