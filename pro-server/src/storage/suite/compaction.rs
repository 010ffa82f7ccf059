//! What a database keeps of somebody who was erased: samples, dead rows and old states that others read, and whatever a server may not
//! rewrite.

use std::time::Duration;

use super::*;

const NAME: &str = "wisteria.larkspur";
/// The last schema under which PostgreSQL took samples of names.
const WITH_SAMPLES: usize = 13;

/// A connection to the suite's server, to another database than the first if one is named.
async fn connection(database: Option<&str>) -> sqlx::PgConnection {
    let url = std::env::var(POSTGRES_URL).expect("a server");
    let url = match database {
        Some(name) => url.rsplit_once('/').map(|(base, _)| format!("{base}/{name}")).expect("a URL"),
        None => url,
    };
    sqlx::PgConnection::connect(&url).await.expect("PostgreSQL answers")
}

async fn run(connection: &mut sqlx::PgConnection, text: String) {
    connection.execute(sqlx::raw_sql(sqlx::AssertSqlSafe(text.clone()))).await.expect(&text);
}

fn url(place: &Place) -> &str {
    let Location::Postgres(url) = &place.location else { unreachable!("PostgreSQL") };
    url.expose()
}

fn schema(place: &Place) -> &str {
    let (_, after) = url(place).rsplit_once("search_path%3D").expect("a schema");
    after.split('&').next().unwrap_or(after)
}

async fn number(storage: &Storage, text: &'static str) -> i64 {
    let mut tx = storage.begin().await.unwrap();
    tx.row("*", sqlx::query_as::<_, (i64,)>(text)).await.unwrap().expect("a number").0
}

async fn run_alone(storage: &Storage, text: &'static str) {
    let mut tx = storage.begin().await.unwrap();
    tx.run_text(text).await.unwrap();
    tx.commit().await.unwrap();
}

#[tokio::test]
async fn postgres_keeps_no_samples_of_whoever_may_be_erased() {
    const SAMPLED: &str = "SELECT COUNT(*) FROM pg_stats WHERE schemaname = current_schema() AND
        (tablename, attname) IN (('member', 'login'), ('member', 'name'), ('member', 'log_salt'), ('member', 'external_id'))";
    let place = Place::postgres().await;
    let storage = Storage::open_as_of(&place.location, NOW, WITH_SAMPLES).await.expect("opens");
    let mut tx = storage.begin().await.unwrap();
    for (number, login) in [(1, NAME), (2, "notary03"), (3, "notary04")] {
        add(&mut tx, number, login).await.unwrap();
    }
    tx.commit().await.unwrap();
    run_alone(&storage, "ANALYZE member").await;
    assert_eq!(number(&storage, SAMPLED).await, 4, "as earlier programs left it");
    storage.close().await;

    let storage = place.open().await;
    assert_eq!(number(&storage, SAMPLED).await, 0);
    run_alone(&storage, "ANALYZE member").await;
    assert_eq!(number(&storage, SAMPLED).await, 0);
    assert!(
        number(&storage, "SELECT COUNT(*) FROM pg_stats WHERE tablename = 'member' AND attname = 'listed'").await > 0
    );
}

#[tokio::test]
async fn postgres_serves_whoever_owns_nothing_and_says_what_it_cannot_rewrite() {
    let place = Place::postgres().await;
    place.open().await.close().await;
    let (schema, role) = (schema(&place), format!("{}_least", schema(&place)));
    let mut owner = connection(None).await;
    run(&mut owner, format!("CREATE ROLE {role} LOGIN; GRANT USAGE ON SCHEMA {schema} TO {role}")).await;
    let all = format!("GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA {schema} TO {role}");
    run(&mut owner, all).await;
    let least = url(&place).replace("postgres@", &format!("{role}@"));
    let least = Location::Postgres(PostgresUrl::parse(&least, None).expect("a URL"));
    let storage = Storage::open(&least, NOW).await.expect("opens");
    let mut tx = storage.begin().await.unwrap();
    add(&mut tx, 1, NAME).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(storage.compact().await, Err(StorageError::NotOwned { table: "member" }));
}

/// In the file of the table, which a superuser may read.
const IN_FILE: &str = "SELECT CAST(POSITION(CAST('wisteria.larkspur' AS BYTEA) IN
    pg_read_binary_file(pg_relation_filepath('member'))) AS BIGINT)";

#[tokio::test]
async fn postgres_dead_rows_are_gone_once_nobody_needs_them_in_whatever_database() {
    let place = Place::postgres().await;
    let storage = place.open().await;
    let mut tx = storage.begin().await.unwrap();
    let id = add(&mut tx, 1, NAME).await.unwrap();
    tx.commit().await.unwrap();
    run_alone(&storage, "CHECKPOINT").await;
    assert!(number(&storage, IN_FILE).await > 0, "it was there");

    let other = format!("{}_other", schema(&place));
    let mut owner = connection(None).await;
    run(&mut owner, format!("CREATE DATABASE {other} TEMPLATE template0")).await;
    let mut elsewhere = connection(Some(&other)).await;
    let mut under_way = elsewhere.begin().await.expect("begins");
    under_way.execute("SELECT pg_current_xact_id()").await.expect("it writes");
    let mut tx = storage.begin().await.unwrap();
    member::remove(&mut tx, id, LATER, &Secret::new([9; 32])).await.unwrap();
    tx.commit().await.unwrap();
    let next = storage.next_transaction().await.unwrap();
    assert!(storage.held_back(&next).await.unwrap() > 0, "a writer of another database holds dead rows back");
    let (compacted, ended) = tokio::join!(storage.compact(), under_way.rollback());
    ended.expect("ended");
    assert_eq!(compacted, Ok(()));
    assert_eq!(number(&storage, IN_FILE).await, 0);
    elsewhere.close().await.expect("closed");
    run(&mut owner, format!("DROP DATABASE {other}")).await;
}

/// What a compaction waits for readers that do not go.
const PATIENCE: Duration = Duration::from_millis(200);

#[tokio::test]
async fn sqlite_rewrites_nothing_while_somebody_reads_an_older_state() {
    const FREED: &str = "SELECT freelist_count FROM pragma_freelist_count()";
    let place = Place::sqlite();
    let storage = place.open().await;
    let Location::Sqlite(file) = &place.location else { unreachable!("SQLite") };
    let fill = "CREATE TABLE filler AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2000)
        SELECT i, randomblob(64) AS bytes FROM n";
    run_alone(&storage, fill).await;
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(file);
    let mut outside = sqlx::SqliteConnection::connect_with(&options).await.expect("opens");
    let mut reading = outside.begin().await.expect("begins");
    reading.execute("SELECT COUNT(*) FROM filler").await.expect("it reads");
    run_alone(&storage, "DELETE FROM filler").await;
    let freed = number(&storage, FREED).await;
    assert!(freed > 0, "there is something to do");
    assert_eq!(storage.compact_within(PATIENCE).await, Err(StorageError::HeldBack));
    assert_eq!(number(&storage, FREED).await, freed, "and nothing was done in vain");
    reading.rollback().await.expect("ended");
    assert_eq!(storage.compact().await, Ok(()));
    assert_eq!(number(&storage, FREED).await, 0);
}
