//! Copies for backups and counts: what the file engine does while somebody writes.

use super::*;

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
    storage.copy_to(&file).await.expect("copied while a change is under way");
    add(&mut under_way, 3, "notary05").await.unwrap();
    under_way.commit().await.expect("the copy does not lock the writer out");

    let copy = Storage::open(&Location::Sqlite(file.clone()), NOW).await.expect("opens");
    let mut tx = copy.begin().await.unwrap();
    assert_eq!((member::count(&mut tx).await, device::count(&mut tx).await), (Ok(1), Ok(1)));
    let mut tx = storage.begin().await.unwrap();
    assert_eq!((member::count(&mut tx).await, device::count(&mut tx).await), (Ok(3), Ok(1)));
    drop(tx);
    assert!(storage.copy_to(&file).await.is_err(), "nothing is written over");
}

/// The other way round: while somebody reads a copy's state for as long as it takes, changes are made.
#[tokio::test]
async fn changes_are_made_while_a_copy_is_read() {
    let place = Place::sqlite();
    let storage = place.open().await;
    let reading = dialect::connect_to_read(&place.location).await.expect("connects");
    let mut reader = Tx(reading.begin().await.expect("begins"));
    assert_eq!(member::count(&mut reader).await, Ok(0));
    let mut tx = storage.begin().await.unwrap();
    add(&mut tx, 1, "notary03").await.unwrap();
    tx.commit().await.expect("a reader is in nobody's way");
    assert_eq!(member::count(&mut reader).await, Ok(0), "one state from beginning to end");
}
