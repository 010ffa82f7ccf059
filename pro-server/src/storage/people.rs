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
use super::{StorageError, Tx, bulk};

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

/// These people, in no order; whoever is removed is not among them.
pub async fn of_ids(tx: &mut Tx, ids: &[MemberId]) -> Result<Vec<PersonRow>, StorageError> {
    let mut people = Vec::with_capacity(ids.len());
    for chunk in ids.chunks(bulk::ROWS) {
        let text = format!(
            "SELECT id, source, login, name, mail, devices, CASE WHEN locked = 1 THEN 4 WHEN listed = 0 THEN 3
                WHEN devices > 0 THEN 2 ELSE 1 END, added_ms FROM (
                SELECT member.*, (SELECT COUNT(*) FROM device WHERE device.member_id = member.id AND device.revoked_ms IS NULL)
                    AS devices FROM member WHERE removed_ms IS NULL AND id IN {}) AS counted",
            bulk::places(1, chunk.len())
        );
        let mut question = sqlx::query_as::<_, Columns>(sqlx::AssertSqlSafe(text));
        for id in chunk {
            question = question.bind(id.as_bytes().to_vec());
        }
        for row in tx.rows(TABLE, question).await? {
            people.push(read(row)?);
        }
    }
    Ok(people)
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
    /// Never had a device.
    pub is_newcomer: bool,
    /// Until when the newest code is good that was made for them and is not spent.
    pub code_expires: Option<Timestamp>,
}

/// Everybody who may take part and has no device, in the order of (login, id).
pub async fn waiting(tx: &mut Tx, now: Timestamp) -> Result<Vec<WaitingRow>, StorageError> {
    let select =
        "SELECT id, source, login, name, mail, added_ms, group_names,
            CAST(CASE WHEN identity_key IS NULL THEN 1 ELSE 0 END AS BIGINT), (SELECT MAX(expires_ms) FROM enrollment_code
            WHERE enrollment_code.member_id = member.id AND device_id IS NULL AND expires_ms > $1)
        FROM member WHERE listed = 1 AND locked = 0 AND NOT EXISTS
            (SELECT 1 FROM device WHERE device.member_id = member.id AND device.revoked_ms IS NULL) ORDER BY login, id";
    type Waiting = (Vec<u8>, i64, String, String, Option<String>, i64, String, i64, Option<i64>);
    let rows = tx.rows(TABLE, sqlx::query_as::<_, Waiting>(select).bind(millis(now))).await?;
    let row = |(id, source, login, name, mail, added, groups, is_newcomer, expires): Waiting| {
        let provisioned = standing_number(Standing::Provisioned);
        Ok(WaitingRow {
            person: read((id, source, login, name, mail, 0, provisioned, added))?,
            groups: read_groups(&groups).ok_or(Column(TABLE, "group_names").corrupt())?,
            is_newcomer: is_newcomer == 1,
            code_expires: expires.map(|ms| Column("enrollment_code", "expires_ms").time(ms)).transpose()?,
        })
    };
    rows.into_iter().map(row).collect()
}

/// When the person's code that waits to be spent ends.
pub async fn code_expires(tx: &mut Tx, id: MemberId, now: Timestamp) -> Result<Option<Timestamp>, StorageError> {
    let select =
        "SELECT expires_ms FROM enrollment_code WHERE member_id = $1 AND device_id IS NULL AND expires_ms > $2";
    let question = sqlx::query_as::<_, (i64,)>(select).bind(id.as_bytes().to_vec()).bind(millis(now));
    let row = tx.row("enrollment_code", question).await?;
    row.map(|(ms,)| Column("enrollment_code", "expires_ms").time(ms)).transpose()
}
