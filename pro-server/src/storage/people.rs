//! Tables `member`, `device` and `enrollment_code` read together: pages of people, and how many stand where. Whoever is removed
//! is in none of it. It must never say when or with whom somebody was online.

use std::collections::BTreeSet;

use protocol::directory::Group;
use protocol::ids::MemberId;
use protocol::secret::Personal;
use protocol::time::Timestamp;

use crate::domain::member::{Source, Standing};

use super::member::{read_groups, source_of};
use super::row::{Column, millis};
use super::{StorageError, Tx};

const TABLE: &str = "member";

/// A person beside what follows from other tables.
#[derive(Debug, Clone)]
pub struct PersonRow {
    pub id: MemberId,
    pub login: Personal<String>,
    pub name: Personal<String>,
    pub mail: Option<Personal<String>>,
    pub source: Source,
    pub standing: Standing,
    /// Devices that are not revoked.
    pub devices: u64,
    pub added: Timestamp,
}

type Columns = (Vec<u8>, i64, String, String, Option<String>, i64, i64, i64);

fn standing_number(standing: Standing) -> i64 {
    match standing {
        Standing::Provisioned => 1,
        Standing::Active => 2,
        Standing::Suspended => 3,
        Standing::Locked => 4,
        // Never among those who are read here.
        Standing::Removed => 5,
    }
}

fn standing_of(number: i64) -> Result<Standing, StorageError> {
    let all = [Standing::Provisioned, Standing::Active, Standing::Suspended, Standing::Locked];
    let found = all.into_iter().find(|standing| standing_number(*standing) == number);
    found.ok_or(Column(TABLE, "listed").corrupt())
}

fn read(row: Columns) -> Result<PersonRow, StorageError> {
    let (id, source, login, name, mail, devices, standing, added) = row;
    let column = |name| Column(TABLE, name);
    Ok(PersonRow {
        id: MemberId::from_bytes(column("id").bytes(&id)?),
        login: login.into(),
        name: name.into(),
        mail: mail.map(Personal::from),
        source: source_of(source)?,
        standing: standing_of(standing)?,
        devices: column("id").number(devices)?,
        added: column("added_ms").time(added)?,
    })
}

/// Which end of the order (login, id) to read from.
#[derive(Debug, Clone, Copy)]
pub enum Position {
    Start,
    /// Forward, after this person.
    After(MemberId),
    /// Backward, before this person.
    Before(MemberId),
}

/// At most `count_max` people who stand at `standing` (all if none), nearest first. From somebody who is not there: nobody.
pub async fn page(
    tx: &mut Tx,
    standing: Option<Standing>,
    from: Position,
    count_max: u32,
) -> Result<Vec<PersonRow>, StorageError> {
    // The numbers of `standing_number`; the order of the cases is that of `Standing::of`.
    const FORWARD: &str = "SELECT id, source, login, name, mail, devices, standing, added_ms FROM (
        SELECT id, source, login, name, mail, added_ms, devices, CASE WHEN locked = 1 THEN 4 WHEN listed = 0 THEN 3
            WHEN devices > 0 THEN 2 ELSE 1 END AS standing FROM (
            SELECT member.*, (SELECT COUNT(*) FROM device WHERE device.member_id = member.id AND device.revoked_ms IS NULL)
                AS devices FROM member WHERE removed_ms IS NULL) AS counted) AS person
        WHERE ($1 = 0 OR standing = $1) AND (login > $2 OR (login = $2 AND id > $3)) ORDER BY login, id LIMIT $4";
    const BACKWARD: &str = "SELECT id, source, login, name, mail, devices, standing, added_ms FROM (
        SELECT id, source, login, name, mail, added_ms, devices, CASE WHEN locked = 1 THEN 4 WHEN listed = 0 THEN 3
            WHEN devices > 0 THEN 2 ELSE 1 END AS standing FROM (
            SELECT member.*, (SELECT COUNT(*) FROM device WHERE device.member_id = member.id AND device.revoked_ms IS NULL)
                AS devices FROM member WHERE removed_ms IS NULL) AS counted) AS person
        WHERE ($1 = 0 OR standing = $1) AND (login < $2 OR (login = $2 AND id < $3))
        ORDER BY login DESC, id DESC LIMIT $4";
    let (text, anchor) = match from {
        Position::Start => (FORWARD, None),
        Position::After(id) => (FORWARD, Some(id)),
        Position::Before(id) => (BACKWARD, Some(id)),
    };
    // No login is empty, so that everybody comes after this.
    let mut place = (String::new(), Vec::new());
    if let Some(id) = anchor {
        let select = "SELECT login FROM member WHERE id = $1";
        let found = tx.row(TABLE, sqlx::query_as::<_, (String,)>(select).bind(id.as_bytes().to_vec())).await?;
        let Some((login,)) = found else { return Ok(Vec::new()) };
        place = (login, id.as_bytes().to_vec());
    }
    let question = sqlx::query_as::<_, Columns>(text)
        .bind(standing.map_or(0, standing_number))
        .bind(place.0)
        .bind(place.1)
        .bind(i64::from(count_max));
    tx.rows(TABLE, question).await?.into_iter().map(read).collect()
}

/// One person.
pub async fn find(tx: &mut Tx, id: MemberId) -> Result<Option<PersonRow>, StorageError> {
    let select = "SELECT id, source, login, name, mail, devices, CASE WHEN locked = 1 THEN 4 WHEN listed = 0 THEN 3
            WHEN devices > 0 THEN 2 ELSE 1 END, added_ms FROM (
            SELECT member.*, (SELECT COUNT(*) FROM device WHERE device.member_id = member.id AND device.revoked_ms IS NULL)
                AS devices FROM member WHERE id = $1 AND removed_ms IS NULL) AS counted";
    let question = sqlx::query_as::<_, Columns>(select).bind(id.as_bytes().to_vec());
    tx.row(TABLE, question).await?.map(read).transpose()
}

/// Somebody who may take part and has no device.
#[derive(Debug, Clone)]
pub struct WaitingRow {
    pub person: PersonRow,
    pub groups: BTreeSet<Group>,
    /// A code that was made for them is still good.
    pub has_code: bool,
}

/// Everybody who may take part and has no device, in the order of (login, id).
pub async fn waiting(tx: &mut Tx, now: Timestamp) -> Result<Vec<WaitingRow>, StorageError> {
    let select = "SELECT id, source, login, name, mail, added_ms, group_names, (SELECT COUNT(*) FROM enrollment_code
            WHERE enrollment_code.member_id = member.id AND device_id IS NULL AND expires_ms > $1)
        FROM member WHERE listed = 1 AND locked = 0 AND NOT EXISTS
            (SELECT 1 FROM device WHERE device.member_id = member.id AND device.revoked_ms IS NULL) ORDER BY login, id";
    type Waiting = (Vec<u8>, i64, String, String, Option<String>, i64, String, i64);
    let rows = tx.rows(TABLE, sqlx::query_as::<_, Waiting>(select).bind(millis(now))).await?;
    let row = |(id, source, login, name, mail, added, groups, codes): Waiting| {
        let provisioned = standing_number(Standing::Provisioned);
        Ok(WaitingRow {
            person: read((id, source, login, name, mail, 0, provisioned, added))?,
            groups: read_groups(&groups).ok_or(Column(TABLE, "group_names").corrupt())?,
            has_code: codes > 0,
        })
    };
    rows.into_iter().map(row).collect()
}

/// How many people stand where, with how many devices that are not revoked.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    pub provisioned: u64,
    pub active: u64,
    pub suspended: u64,
    pub locked: u64,
    pub devices: u64,
}

impl Counts {
    /// Those who stand at `standing`; everybody if none.
    pub fn at(&self, standing: Option<Standing>) -> u64 {
        match standing {
            None => self.provisioned + self.active + self.suspended + self.locked,
            Some(Standing::Provisioned) => self.provisioned,
            Some(Standing::Active) => self.active,
            Some(Standing::Suspended) => self.suspended,
            Some(Standing::Locked) => self.locked,
            Some(Standing::Removed) => 0,
        }
    }
}

pub async fn counts(tx: &mut Tx) -> Result<Counts, StorageError> {
    let select = "SELECT standing, COUNT(*), CAST(SUM(devices) AS BIGINT) FROM (
        SELECT devices, CASE WHEN locked = 1 THEN 4 WHEN listed = 0 THEN 3 WHEN devices > 0 THEN 2 ELSE 1 END AS standing
        FROM (SELECT listed, locked, (SELECT COUNT(*) FROM device
            WHERE device.member_id = member.id AND device.revoked_ms IS NULL) AS devices FROM member WHERE removed_ms IS NULL) AS counted) AS person
        GROUP BY standing";
    let mut counts = Counts::default();
    for (standing, people, devices) in tx.rows(TABLE, sqlx::query_as::<_, (i64, i64, i64)>(select)).await? {
        let people = Column(TABLE, "id").number(people)?;
        match standing_of(standing)? {
            Standing::Provisioned => counts.provisioned = people,
            Standing::Active => counts.active = people,
            Standing::Suspended => counts.suspended = people,
            Standing::Locked => counts.locked = people,
            Standing::Removed => {}
        }
        counts.devices = counts.devices.saturating_add(Column(TABLE, "id").number(devices)?);
    }
    Ok(counts)
}

/// When the person's code that waits to be spent ends.
pub async fn code_expires(tx: &mut Tx, id: MemberId, now: Timestamp) -> Result<Option<Timestamp>, StorageError> {
    let select =
        "SELECT expires_ms FROM enrollment_code WHERE member_id = $1 AND device_id IS NULL AND expires_ms > $2";
    let question = sqlx::query_as::<_, (i64,)>(select).bind(id.as_bytes().to_vec()).bind(millis(now));
    let row = tx.row("enrollment_code", question).await?;
    row.map(|(ms,)| Column("enrollment_code", "expires_ms").time(ms)).transpose()
}
