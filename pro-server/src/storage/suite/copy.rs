//! Copies: what the file engine does while somebody writes, and that a copy into the other engine and back is the same to the bit.

use std::collections::BTreeMap;

use proptest::collection::{btree_map, vec};
use proptest::option;
use proptest::prelude::*;

use super::*;
use crate::storage::copy::{Compared, copy, digest, is_empty};

/// The writer holds the one connection of the pool, as a long change does; a copy neither waits for it nor sees it half done.
#[tokio::test]
async fn a_copy_is_taken_while_a_change_is_under_way() {
    let (place, folder) = (Place::sqlite(), tempfile::tempdir().expect("a folder"));
    let storage = place.open().await;
    let mut tx = storage.begin().await.unwrap();
    let member = add(&mut tx, 1, "notary03").await.unwrap();
    device::insert(&mut tx, &device_row(5, member)).await.unwrap();
    tx.commit().await.unwrap();

    let mut under_way = storage.begin().await.unwrap();
    add(&mut under_way, 2, "notary04").await.unwrap();
    let file = folder.path().join("copy.sqlite");
    storage.copy_to(&file, NOW).await.expect("copied while a change is under way");
    add(&mut under_way, 3, "notary05").await.unwrap();
    under_way.commit().await.expect("the copy does not lock the writer out");

    let copy = Storage::open(&Location::Sqlite(file.clone()), NOW).await.expect("opens");
    let mut tx = copy.begin().await.unwrap();
    assert_eq!((member::count(&mut tx).await, device::count(&mut tx).await), (Ok(1), Ok(1)));
    let mut tx = storage.begin().await.unwrap();
    assert_eq!((member::count(&mut tx).await, device::count(&mut tx).await), (Ok(3), Ok(1)));
    drop(tx);
    assert!(storage.copy_to(&file, NOW).await.is_err(), "nothing is written over");
}

/// The other way round: while somebody reads a copy's state for as long as it takes, changes are made.
#[tokio::test]
async fn changes_are_made_while_a_copy_is_read() {
    let place = Place::sqlite();
    let storage = place.open().await;
    let (reading, _) = dialect::connect_to_read(&place.location).await.expect("connects");
    let transaction = reading.begin().await.expect("begins");
    let mut reader = Tx { transaction, tenure: hold::Hold::default().tenure(), engine: Engine::Sqlite };
    assert_eq!(member::count(&mut reader).await, Ok(0));
    let mut tx = storage.begin().await.unwrap();
    add(&mut tx, 1, "notary03").await.unwrap();
    tx.commit().await.expect("a reader is in nobody's way");
    assert_eq!(member::count(&mut reader).await, Ok(0), "one state from beginning to end");
}

/// A person with whatever a source may have said.
#[derive(Debug, Clone)]
struct Anybody {
    name: String,
    mail: Option<String>,
    key: Option<Vec<u8>>,
    salt: Vec<u8>,
    added: i64,
}

fn anybody() -> impl Strategy<Value = Anybody> {
    let parts = (
        "\\PC{0,20}",
        option::of("\\PC{0,9}"),
        option::of(vec(any::<u8>(), 0..40)),
        vec(any::<u8>(), 0..300),
        any::<i64>(),
    );
    parts.prop_map(|(name, mail, key, salt, added)| Anybody { name, mail, key, salt, added })
}

async fn fill(storage: &Storage, people: BTreeMap<[u8; 4], Anybody>) {
    let mut tx = storage.begin().await.unwrap();
    for (id, person) in people {
        let insert = "INSERT INTO member (id, source, external_id, login, name, mail, listed, locked, identity_key, log_salt, added_ms)
            VALUES ($1, 1, $2, $2, $3, $4, 1, 0, $5, $6, $7)";
        let statement = sqlx::query(insert)
            .bind(id.to_vec())
            .bind(format!("{id:?}"))
            .bind(person.name)
            .bind(person.mail)
            .bind(person.key)
            .bind(person.salt)
            .bind(person.added);
        tx.one("member", statement).await.unwrap();
    }
    tx.commit().await.unwrap();
}

async fn content(storage: &Storage) -> Vec<Compared> {
    digest(&mut storage.read().await.unwrap()).await.unwrap()
}

async fn copied(from: &Storage, to: &Storage) -> Vec<Compared> {
    let (mut reader, mut writer) = (from.read().await.unwrap(), to.begin().await.unwrap());
    assert_eq!(is_empty(&mut writer).await, Ok(true));
    let copied = copy(&mut reader, &mut writer, &mut |_, _| ()).await.expect("copied");
    assert_eq!(is_empty(&mut writer).await, Ok(copied.iter().all(|table| table.rows == 0)));
    writer.commit().await.unwrap();
    copied
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(6) })]

    #[test]
    fn postgres_and_back_is_the_same(people in btree_map(any::<[u8; 4]>(), anybody(), 0..400)) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        runtime.block_on(async {
            let count = people.len() as u64;
            let (first, second, third) = (Place::sqlite(), Place::postgres().await, Place::sqlite());
            let (sqlite, postgres, again) = (first.open().await, second.open().await, third.open().await);
            fill(&sqlite, people).await;
            let before = content(&sqlite).await;
            assert_eq!(before.iter().find(|table| table.table == "member").map(|table| table.rows), Some(count));
            assert_eq!(copied(&sqlite, &postgres).await, before);
            assert_eq!(copied(&postgres, &again).await, before);
            assert_eq!(content(&again).await, before);
        });
    }
}

#[tokio::test]
async fn postgres_one_changed_byte_is_another_digest() {
    let place = Place::postgres().await;
    let storage = place.open().await;
    let mut tx = storage.begin().await.unwrap();
    policy::put(&mut tx, 1, b"policy").await.unwrap();
    tx.commit().await.unwrap();
    let before = content(&storage).await;
    let mut tx = storage.begin().await.unwrap();
    tx.run("policy", sqlx::query("UPDATE policy SET document = $1").bind(b"Policy".to_vec())).await.unwrap();
    tx.commit().await.unwrap();
    let after = content(&storage).await;
    let changed: Vec<_> = before.iter().zip(&after).filter(|(a, b)| a != b).map(|(a, _)| a.table.as_str()).collect();
    assert_eq!(changed, ["policy"]);
}

#[tokio::test]
async fn what_was_left_behind_is_not_opened() {
    let place = Place::sqlite();
    let storage = place.open().await;
    let mut tx = storage.begin().await.unwrap();
    moved::mark(&mut tx, NOW).await.unwrap();
    tx.commit().await.unwrap();
    storage.close().await;
    assert_eq!(Storage::open(&place.location, NOW).await.err(), Some(StorageError::Unusable(Unusable::Moved)));
    assert_eq!(examine(&place.location).await.err(), Some(StorageError::Unusable(Unusable::Moved)));
    assert_eq!(Storage::pending(&place.location).await.err(), Some(StorageError::Unusable(Unusable::Moved)));
}
