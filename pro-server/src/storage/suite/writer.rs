//! Of one database there is one writer: what a second server is told, what the first one may still do when its connection is gone, and
//! what the database is like before we trust it.

use super::*;

/// Ends the connection that writes, as a restart of the database or of something on the way does.
pub(crate) async fn cut(storage: &Storage) {
    let (process, _) = storage.pools.hold.last().expect("held");
    let mut other =
        dialect::connect_to_read(&storage.location).await.expect("connects").0.acquire().await.expect("there");
    let end =
        sqlx::query("SELECT 1 FROM (SELECT pg_terminate_backend(CAST($1 AS INTEGER), 5000)) AS ended").bind(process);
    end.execute(&mut *other).await.expect("ended");
}

async fn put(storage: &Storage, version: u64) -> Result<(), StorageError> {
    let mut tx = storage.begin().await?;
    policy::put(&mut tx, version, b"policy").await?;
    tx.commit().await
}

async fn newest(storage: &Storage) -> Option<u64> {
    policy::newest(&mut storage.read().await.expect("reads")).await.expect("read").map(|(version, _)| version)
}

pub(super) async fn a_newer_database_is_refused(place: Place) {
    let storage = place.open().await;
    let mut tx = storage.begin().await.unwrap();
    tx.run_text("INSERT INTO schema_migration VALUES (9999, 'of tomorrow', '', 1)").await.unwrap();
    tx.commit().await.unwrap();
    storage.close().await;
    let refused = Storage::open(&place.location, NOW).await.err();
    assert_eq!(refused, Some(StorageError::Unusable(Unusable::Newer)));
    assert_eq!(examine(&place.location).await.map(|examined| examined.schema), Ok(9_999));
}

pub(super) async fn a_reader_sees_one_state_and_waits_for_nobody(place: Place) {
    let storage = place.open().await;
    put(&storage, 1).await.expect("put");
    let mut reader = storage.read().await.unwrap();
    assert_eq!(policy::newest(&mut reader).await.unwrap().map(|(version, _)| version), Some(1));
    if matches!(place.location, Location::Postgres(_)) {
        put(&storage, 2).await.expect("a reader is in nobody's way");
        assert_eq!(policy::newest(&mut reader).await.unwrap().map(|(version, _)| version), Some(1));
        assert!(policy::put(&mut reader, 3, b"policy").await.is_err(), "a reader changes nothing");
    }
}

#[tokio::test]
async fn postgres_a_second_server_is_refused_until_the_first_is_gone() {
    let place = Place::postgres().await;
    let first = place.open().await;
    put(&first, 1).await.expect("put");
    assert_eq!(Storage::open(&place.location, NOW).await.err(), Some(StorageError::Unusable(Unusable::Taken)));
    put(&first, 2).await.expect("the refused one took nothing");
    first.close().await;
    let second = place.open().await;
    assert_eq!(newest(&second).await, Some(2));
}

#[tokio::test]
async fn postgres_a_writer_whose_connection_broke_writes_again_in_another_tenure() {
    let place = Place::postgres().await;
    let storage = place.open().await;
    let before = storage.begin().await.unwrap().tenure();
    assert_eq!(storage.begin().await.unwrap().tenure(), before, "nobody else can have written");
    let mut cut_off = storage.begin().await.unwrap();
    policy::put(&mut cut_off, 1, b"policy").await.unwrap();
    cut(&storage).await;
    assert!(matches!(cut_off.commit().await, Err(StorageError::Driver { .. })));
    let tx = storage.begin().await.expect("connected anew");
    assert_ne!(tx.tenure(), before);
    drop(tx);
    assert_eq!(newest(&storage).await, None, "what was not acknowledged is not there");
    put(&storage, 1).await.expect("put");
}

#[tokio::test]
async fn postgres_a_writer_that_lost_the_database_to_another_server_writes_nothing() {
    let place = Place::postgres().await;
    let first = place.open().await;
    let mut under_way = first.begin().await.unwrap();
    policy::put(&mut under_way, 1, b"of the first").await.unwrap();
    cut(&first).await;
    let second = place.open().await;
    put(&second, 1).await.expect("the second may write");
    assert!(under_way.commit().await.is_err());
    assert_eq!(put(&first, 2).await, Err(StorageError::Unusable(Unusable::Taken)));
    assert_eq!(newest(&second).await, Some(1));
}

#[tokio::test]
async fn postgres_a_database_that_cannot_be_used_says_why() {
    let place = Place::postgres().await;
    let Location::Postgres(url) = &place.location else { unreachable!("PostgreSQL") };
    let open = async |from: &str, to: &str| {
        let url = PostgresUrl::parse(&url.expose().replace(from, to), None).expect("a URL");
        match Storage::open(&Location::Postgres(url), NOW).await.err() {
            Some(StorageError::Unusable(why)) => why,
            other => panic!("{to}: {other:?}"),
        }
    };
    let port = url.expose().split("127.0.0.1:").nth(1).and_then(|rest| rest.split('/').next()).expect("a port");
    let free = std::net::TcpListener::bind("127.0.0.1:0").and_then(|free| free.local_addr()).expect("a free port");
    let unreachable = open(&format!(":{port}/"), &format!(":{}/", free.port())).await;
    assert_eq!(unreachable, Unusable::Unreachable(std::io::ErrorKind::ConnectionRefused));
    assert_eq!(open("/postgres?", "/nothing_here?").await, Unusable::NoDatabase);
    assert_eq!(open("postgres@", "nobody_here@").await, Unusable::Password);
    assert_eq!(open("sslmode=prefer", "sslmode=verify-full").await, Unusable::Tls);
    assert_eq!(open("isoloir_", "no_such_schema_").await, Unusable::Rights);
}

#[tokio::test]
async fn postgres_tables_of_something_else_are_left_alone() {
    let place = Place::postgres().await;
    let (pools, _) = dialect::connect(&place.location).await.map(|pools| (pools.clone(), pools.engine)).unwrap();
    sqlx::raw_sql("CREATE TABLE member (name TEXT)").execute(&pools.writer).await.expect("made");
    pools.writer.close().await;
    assert_eq!(Storage::open(&place.location, NOW).await.err(), Some(StorageError::Unusable(Unusable::Foreign)));
    assert_eq!(examine(&place.location).await.map(|examined| examined.schema), Ok(0), "nothing of ours was left");
}

/// An index over text must not depend on what the system knows about languages, and both engines must agree on every order.
#[tokio::test]
async fn postgres_orders_text_by_its_bytes() {
    let place = Place::postgres().await;
    let storage = place.open().await;
    let mut tx = storage.begin().await.unwrap();
    let select = "SELECT CAST(table_name AS TEXT), CAST(column_name AS TEXT) FROM information_schema.columns
        WHERE table_schema = current_schema() AND data_type = 'text' AND table_name <> 'schema_migration'
        AND collation_name IS DISTINCT FROM 'C'";
    let others: Vec<(String, String)> = tx.rows("*", sqlx::query_as(select)).await.unwrap();
    assert!(others.is_empty(), "these columns need COLLATE \"C\" in migrations/postgres: {others:?}");
}
