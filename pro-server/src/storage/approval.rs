//! Tables `approval` and `quorum`: what waits for a second person, or did, and whether anything does.

use protocol::audit::Party;
use protocol::codec;
use protocol::ids::{AdministratorId, Hash32, MemberId};

use crate::domain::approval::{Act, OPEN_MS, Outcome, Request};
use protocol::time::Timestamp;

use super::row::{Column, millis, stored};
use super::{StorageError, Tx};

const TABLE: &str = "approval";
const QUORUM: &str = "quorum";

type Columns = (i64, Vec<u8>, Vec<u8>, Vec<u8>, Vec<u8>, i64, i64, i64, Option<Vec<u8>>, Option<i64>);

const ALL: [Outcome; 6] =
    [Outcome::Waits, Outcome::Agreed, Outcome::Done, Outcome::Refused, Outcome::Stale, Outcome::Open];

const fn number_of(outcome: Outcome) -> i64 {
    match outcome {
        Outcome::Waits => 0,
        Outcome::Agreed => 1,
        Outcome::Done => 2,
        Outcome::Refused => 3,
        Outcome::Stale => 4,
        Outcome::Open => 5,
    }
}

fn read(row: Columns) -> Result<Request, StorageError> {
    let (number, act, salt, hash, asker, asked, expires, outcome, decider, decided) = row;
    let column = |name| Column(TABLE, name);
    let party = |name, bytes: &[u8]| minicbor::decode::<Party>(bytes).map_err(|_| column(name).corrupt());
    let act: Act = minicbor::decode(&act).map_err(|_| column("act").corrupt())?;
    let hash = Hash32::from_bytes(column("hash").bytes(&hash)?);
    let request = Request {
        number: column("number").number(number)?,
        act,
        salt: column("salt").bytes(&salt)?,
        asker: party("asker", &asker)?,
        asked: column("asked_ms").time(asked)?,
        expires: column("expires_ms").time(expires)?,
        outcome: ALL
            .into_iter()
            .find(|known| number_of(*known) == outcome)
            .ok_or_else(|| column("outcome").corrupt())?,
        decider: decider.map(|bytes| party("decider", &bytes)).transpose()?,
        decided: decided.map(|ms| column("decided_ms").time(ms)).transpose()?,
    };
    // What was forgotten is known by its hash alone.
    if request.act != Act::Forgotten && request.hash() != hash {
        return Err(column("hash").corrupt());
    }
    Ok(request)
}

/// Keeps a request; its number is the next one.
pub async fn put(tx: &mut Tx, request: &Request) -> Result<(), StorageError> {
    let insert = "INSERT INTO approval (number, act, salt, hash, asker, asked_ms, expires_ms, outcome)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
    let statement = sqlx::query(insert)
        .bind(stored(request.number))
        .bind(request.act.to_bytes())
        .bind(request.salt.to_vec())
        .bind(request.hash().as_bytes().to_vec())
        .bind(codec::encode(&request.asker))
        .bind(millis(request.asked))
        .bind(millis(request.expires))
        .bind(number_of(request.outcome));
    tx.one(TABLE, statement).await
}

/// The number of the next request.
pub async fn next_number(tx: &mut Tx) -> Result<u64, StorageError> {
    let select = "SELECT MAX(number) FROM approval";
    let row = tx.row(TABLE, sqlx::query_as::<_, (Option<i64>,)>(select)).await?;
    Column(TABLE, "number").number(row.and_then(|(newest,)| newest).unwrap_or_default()).map(|newest| newest + 1)
}

/// One request.
pub async fn find(tx: &mut Tx, number: u64) -> Result<Option<Request>, StorageError> {
    let select =
        "SELECT number, act, salt, hash, asker, asked_ms, expires_ms, outcome, decider, decided_ms FROM approval
        WHERE number = $1";
    tx.row(TABLE, sqlx::query_as::<_, Columns>(select).bind(stored(number))).await?.map(read).transpose()
}

/// The newest requests, newest first.
pub async fn newest(tx: &mut Tx, count_max: u32) -> Result<Vec<Request>, StorageError> {
    let select =
        "SELECT number, act, salt, hash, asker, asked_ms, expires_ms, outcome, decider, decided_ms FROM approval
        ORDER BY number DESC LIMIT $1";
    let rows = tx.rows(TABLE, sqlx::query_as::<_, Columns>(select).bind(i64::from(count_max))).await?;
    rows.into_iter().map(read).collect()
}

/// Everything that nobody decided and that has not expired, and what was opened and not done.
pub async fn pending(tx: &mut Tx, now: Timestamp) -> Result<Vec<Request>, StorageError> {
    let select =
        "SELECT number, act, salt, hash, asker, asked_ms, expires_ms, outcome, decider, decided_ms FROM approval
        WHERE (outcome = 0 AND expires_ms > $1) OR (outcome = 5 AND decided_ms > $2) ORDER BY number";
    let rows = tx
        .rows(TABLE, sqlx::query_as::<_, Columns>(select).bind(millis(now)).bind(millis(now.minus_ms(OPEN_MS))))
        .await?;
    rows.into_iter().map(read).collect()
}

/// Goes from one outcome to the next; from another one is a conflict.
pub async fn decide(
    tx: &mut Tx,
    number: u64,
    steps: [Outcome; 2],
    decider: &Party,
    now: Timestamp,
) -> Result<(), StorageError> {
    let update = "UPDATE approval SET outcome = $3, decider = $4, decided_ms = $5 WHERE number = $1 AND outcome = $2";
    let [from, to] = steps.map(number_of);
    let statement =
        sqlx::query(update).bind(stored(number)).bind(from).bind(to).bind(codec::encode(decider)).bind(millis(now));
    tx.one(TABLE, statement).await
}

/// What waits or is open is stale from now on: of this asker, or of everybody.
pub async fn put_aside(tx: &mut Tx, asker: Option<&Party>) -> Result<u64, StorageError> {
    let update = "UPDATE approval SET outcome = 4 WHERE outcome IN (0, 5)";
    match asker {
        None => tx.run(TABLE, sqlx::query(update)).await,
        Some(asker) => {
            let update = "UPDATE approval SET outcome = 4 WHERE outcome IN (0, 5) AND asker = $1";
            tx.run(TABLE, sqlx::query(update).bind(codec::encode(asker))).await
        }
    }
}

/// Forgets what every request that names the person was about; one that waits is stale.
pub async fn forget(tx: &mut Tx, member: MemberId) -> Result<(), StorageError> {
    forget_all(tx, |act| act.names(member)).await
}

/// The same of an administrator.
pub async fn forget_administrator(tx: &mut Tx, administrator: AdministratorId) -> Result<(), StorageError> {
    forget_all(tx, |act| act.is_about(administrator)).await
}

async fn forget_all(tx: &mut Tx, is_named: impl Fn(&Act) -> bool) -> Result<(), StorageError> {
    let select =
        "SELECT number, act, salt, hash, asker, asked_ms, expires_ms, outcome, decider, decided_ms FROM approval";
    let rows = tx.rows(TABLE, sqlx::query_as::<_, Columns>(select)).await?;
    for row in rows {
        let request = read(row)?;
        if !is_named(&request.act) {
            continue;
        }
        let outcome = match request.outcome {
            Outcome::Waits | Outcome::Open => Outcome::Stale,
            decided => decided,
        };
        let update = sqlx::query("UPDATE approval SET act = $2, salt = $3, outcome = $4 WHERE number = $1")
            .bind(stored(request.number))
            .bind(Act::Forgotten.to_bytes())
            .bind(vec![0; request.salt.len()])
            .bind(number_of(outcome));
        tx.one(TABLE, update).await?;
    }
    Ok(())
}

/// Whether dangerous acts need two people.
pub async fn needs_two(tx: &mut Tx) -> Result<bool, StorageError> {
    let select = "SELECT people FROM quorum";
    Ok(tx.row(QUORUM, sqlx::query_as::<_, (i64,)>(select)).await?.is_some())
}

/// From now on they do; if they did already, that is a conflict.
pub async fn need_two(tx: &mut Tx) -> Result<(), StorageError> {
    tx.one(QUORUM, sqlx::query("INSERT INTO quorum (people) VALUES (2)")).await
}

/// From now on they do not.
pub async fn need_one(tx: &mut Tx) -> Result<(), StorageError> {
    tx.run(QUORUM, sqlx::query("DELETE FROM quorum")).await.map(drop)
}
