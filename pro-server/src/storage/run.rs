//! Tables `directory_run` and `directory_run_skipped`: how directory runs went. Bounded; it must never hold a name.

use protocol::audit::RunCounts;
use protocol::ids::MemberId;
use protocol::time::Timestamp;

use crate::domain::member::Attribute;
use crate::domain::run::{Consent, RUN_SKIPPED_MAX, RUNS_MAX, RunOutcome, RunRecord, SkippedEntry};
use crate::domain::source::Source;
use crate::domain::sync::{BRAKE_WINDOW_MS, SkipReason};
use crate::domain::withheld::Withheld;

use super::row::{Column, millis, stored};
use super::{StorageError, Tx};

const TABLE: &str = "directory_run";
const SKIPPED: &str = "directory_run_skipped";

/// A stored run by its place in the order of all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredRun {
    pub position: u64,
    pub record: RunRecord,
}

#[derive(sqlx::FromRow)]
struct Row {
    position: i64,
    source: i64,
    first_ms: i64,
    last_ms: i64,
    times: i64,
    outcome: i64,
    code: Option<String>,
    agreed: i64,
    seen: i64,
    added: i64,
    changed: i64,
    suspended: i64,
    resumed: i64,
    skipped: i64,
    disabled: i64,
    expired: i64,
    outside_group: i64,
    hit: i64,
    allowed: i64,
}

impl Row {
    fn read(self) -> Result<StoredRun, StorageError> {
        let column = |name| Column(TABLE, name);
        let number = |value| column("seen").number(value);
        let outcome = match (self.outcome, self.code) {
            (1, None) => RunOutcome::Done,
            (2, Some(code)) => RunOutcome::Braked(code),
            (3, Some(code)) => RunOutcome::Failed(code),
            _ => return Err(column("outcome").corrupt()),
        };
        let record = RunRecord {
            source: super::member::source_of(self.source)?,
            first: column("first_ms").time(self.first_ms)?,
            last: column("last_ms").time(self.last_ms)?,
            times: number(self.times)?,
            outcome,
            consent: if column("agreed").yes(self.agreed)? { Consent::Given } else { Consent::Unasked },
            counts: RunCounts {
                seen: number(self.seen)?,
                added: number(self.added)?,
                changed: number(self.changed)?,
                suspended: number(self.suspended)?,
                resumed: number(self.resumed)?,
                skipped: number(self.skipped)?,
            },
            withheld: Withheld {
                disabled: number(self.disabled)?,
                expired: number(self.expired)?,
                outside_group: number(self.outside_group)?,
            },
            hit: number(self.hit)?,
            allowed: number(self.allowed)?,
        };
        Ok(StoredRun { position: column("position").number(self.position)?, record })
    }
}

fn outcome_columns(outcome: &RunOutcome) -> (i64, Option<String>) {
    match outcome {
        RunOutcome::Done => (1, None),
        RunOutcome::Braked(code) => (2, Some(code.clone())),
        RunOutcome::Failed(code) => (3, Some(code.clone())),
    }
}

/// Keeps a run: with the one before of its source if nothing tells them apart, else as a row of its own. Old rows go.
pub async fn put(tx: &mut Tx, record: &RunRecord, skipped: &[SkippedEntry]) -> Result<(), StorageError> {
    let skipped = skipped.get(..RUN_SKIPPED_MAX as usize).unwrap_or(skipped);
    if let Some(before) = newest(tx, record.source).await?
        && let Some(both) = before.record.followed_by(record)
        && self::skipped(tx, before.position, RUN_SKIPPED_MAX).await? == skipped
    {
        let update = sqlx::query("UPDATE directory_run SET last_ms = $2, times = $3 WHERE position = $1")
            .bind(stored(before.position))
            .bind(millis(both.last))
            .bind(stored(both.times));
        return tx.one(TABLE, update).await;
    }
    let next = "SELECT COALESCE(MAX(position), 0) + 1 FROM directory_run";
    let position = tx.row(TABLE, sqlx::query_as::<_, (i64,)>(next)).await?.map_or(1, |(next,)| next);
    insert(tx, position, record).await?;
    for (place, entry) in skipped.iter().enumerate() {
        insert_skipped(tx, position, i64::try_from(place).unwrap_or(i64::MAX), entry).await?;
    }
    forget(tx, record.source, record.last).await
}

async fn insert(tx: &mut Tx, position: i64, record: &RunRecord) -> Result<(), StorageError> {
    let insert = "INSERT INTO directory_run (position, source, first_ms, last_ms, times, outcome, code, agreed, seen,
        added, changed, suspended, resumed, skipped, disabled, expired, outside_group, hit, allowed)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19)";
    let (outcome, code) = outcome_columns(&record.outcome);
    let RunCounts { seen, added, changed, suspended, resumed, skipped } = record.counts;
    let Withheld { disabled, expired, outside_group } = record.withheld;
    let mut statement = sqlx::query(insert)
        .bind(position)
        .bind(i64::from(record.source.number()))
        .bind(millis(record.first))
        .bind(millis(record.last))
        .bind(stored(record.times))
        .bind(outcome)
        .bind(code)
        .bind(i64::from(record.consent == Consent::Given));
    let numbers = [seen, added, changed, suspended, resumed, skipped, disabled, expired, outside_group];
    for number in numbers.into_iter().chain([record.hit, record.allowed]) {
        statement = statement.bind(stored(number));
    }
    tx.one(TABLE, statement).await
}

async fn insert_skipped(tx: &mut Tx, run: i64, position: i64, entry: &SkippedEntry) -> Result<(), StorageError> {
    let (reason, attribute) = entry.reason.words();
    let insert = "INSERT INTO directory_run_skipped (run, position, place, reason, attribute, member_id)
        VALUES ($1, $2, $3, $4, $5, $6)";
    let statement = sqlx::query(insert)
        .bind(run)
        .bind(position)
        .bind(stored(entry.place))
        .bind(reason.to_owned())
        .bind(attribute.map(|attribute| attribute.name().to_owned()))
        .bind(entry.member.map(|member| member.as_bytes().to_vec()));
    tx.one(SKIPPED, statement).await
}

/// Whatever is beyond the cap and older than the brake looks back.
async fn forget(tx: &mut Tx, source: Source, now: Timestamp) -> Result<(), StorageError> {
    let oldest = "SELECT position FROM directory_run WHERE source = $1 ORDER BY position DESC LIMIT 1 OFFSET $2";
    let question = sqlx::query_as::<_, (i64,)>(oldest).bind(i64::from(source.number())).bind(stored(RUNS_MAX));
    let Some((oldest,)) = tx.row(TABLE, question).await? else { return Ok(()) };
    let window = millis(now.minus_ms(BRAKE_WINDOW_MS));
    let doomed = "DELETE FROM directory_run_skipped WHERE run IN
        (SELECT position FROM directory_run WHERE source = $1 AND position <= $2 AND last_ms < $3)";
    let entries = sqlx::query(doomed).bind(i64::from(source.number())).bind(oldest).bind(window);
    tx.run(SKIPPED, entries).await?;
    let doomed = "DELETE FROM directory_run WHERE source = $1 AND position <= $2 AND last_ms < $3";
    let runs = sqlx::query(doomed).bind(i64::from(source.number())).bind(oldest).bind(window);
    tx.run(TABLE, runs).await.map(|_| ())
}

/// The newest run of a source.
pub async fn newest(tx: &mut Tx, source: Source) -> Result<Option<StoredRun>, StorageError> {
    Ok(page(tx, Some(source), None, 1).await?.pop())
}

/// At most `count_max` runs before a position, newest first, of one source or of all.
pub async fn page(
    tx: &mut Tx,
    source: Option<Source>,
    before: Option<u64>,
    count_max: u32,
) -> Result<Vec<StoredRun>, StorageError> {
    let select = "SELECT position, source, first_ms, last_ms, times, outcome, code, agreed, seen, added, changed,
        suspended, resumed, skipped, disabled, expired, outside_group, hit, allowed FROM directory_run
        WHERE ($1 = 0 OR source = $1) AND position < $2 ORDER BY position DESC LIMIT $3";
    let question = sqlx::query_as::<_, Row>(select)
        .bind(source.map_or(0, |source| i64::from(source.number())))
        .bind(before.map_or(i64::MAX, stored))
        .bind(i64::from(count_max));
    tx.rows(TABLE, question).await?.into_iter().map(Row::read).collect()
}

/// What a run left out, in the order of its plan, at most `count_max`.
pub async fn skipped(tx: &mut Tx, run: u64, count_max: u32) -> Result<Vec<SkippedEntry>, StorageError> {
    type Columns = (i64, String, Option<String>, Option<Vec<u8>>);
    let select = "SELECT place, reason, attribute, member_id FROM directory_run_skipped WHERE run = $1 ORDER BY position LIMIT $2";
    let read = |(place, reason, attribute, member): Columns| {
        let column = |name| Column(SKIPPED, name);
        let attribute =
            attribute.map(|name| Attribute::named(&name).ok_or(column("attribute").corrupt())).transpose()?;
        Ok(SkippedEntry {
            place: column("place").number(place)?,
            reason: SkipReason::of_words(&reason, attribute).ok_or(column("reason").corrupt())?,
            member: member.map(|id| column("member_id").bytes(&id).map(MemberId::from_bytes)).transpose()?,
        })
    };
    let question = sqlx::query_as::<_, Columns>(select).bind(stored(run)).bind(i64::from(count_max));
    tx.rows(SKIPPED, question).await?.into_iter().map(read).collect()
}

/// How many people the runs of a source since a moment have hit, without those that somebody said yes to.
pub async fn hit_since(tx: &mut Tx, source: Source, since: Timestamp) -> Result<u64, StorageError> {
    let select = "SELECT CAST(COALESCE(SUM(hit), 0) AS BIGINT) FROM directory_run
        WHERE source = $1 AND last_ms >= $2 AND outcome = 1 AND agreed = 0";
    let question = sqlx::query_as::<_, (i64,)>(select).bind(i64::from(source.number())).bind(millis(since));
    let sum = tx.row(TABLE, question).await?;
    Column(TABLE, "hit").number(sum.map_or(0, |(sum,)| sum))
}
