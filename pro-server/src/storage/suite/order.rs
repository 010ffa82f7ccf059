//! The order of devices, and where a database of the first schema gets it from.

use super::*;

pub(super) async fn devices_stand_in_one_order(place: Place) {
    let storage = place.open().await;
    let mut tx = storage.begin().await.unwrap();
    let member = add(&mut tx, 1, "notary03").await.unwrap();
    assert_eq!(device::next_sequence(&mut tx).await, Ok(1));
    for number in [5, 6, 7, 8] {
        device::insert(&mut tx, &device_row(number, member)).await.unwrap();
    }
    let [fifth, sixth, seventh] = [5, 6, 7].map(|number| DeviceId::from_bytes([number; 16]));
    device::move_to(&mut tx, fifth, 9).await.unwrap();
    device::revoke(&mut tx, seventh, NOW).await.unwrap();
    let stretch = device::stretch(&mut tx, 6, 9, 2).await.unwrap();
    assert_eq!(stretch.iter().map(|row| row.sequence).collect::<Vec<_>>(), [6, 8], "revoked devices are passed over");
    let rest = device::stretch(&mut tx, 9, 99, 2).await.unwrap();
    assert_eq!(rest.iter().map(|row| (row.id, row.sequence)).collect::<Vec<_>>(), [(fifth, 9)]);
    assert_eq!(device::next_sequence(&mut tx).await, Ok(10));
    let revoked = |brief: Vec<device::DeviceBrief>| brief.iter().filter(|brief| brief.revoked.is_some()).count();
    assert_eq!(revoked(device::brief(&mut tx).await.unwrap()), 1);
    assert_eq!(device::brief_of(&mut tx, member).await.unwrap().len(), 4);
    assert_eq!(device::move_to(&mut tx, sixth, 9).await, Err(StorageError::Conflict { table: "device" }), "taken");
}

/// A database of the first schema, with two devices, at its next start.
pub(super) async fn an_older_database_keeps_its_devices_in_order(place: Place) {
    let storage = place.open_first().await;
    let mut tx = storage.begin().await.unwrap();
    let bytes = |byte: &str, count| byte.repeat(count);
    let blob = |byte: &str, count| match place.location {
        Location::Sqlite(_) => format!("x'{}'", bytes(byte, count)),
        Location::Postgres(_) => format!("'\\x{}'::bytea", bytes(byte, count)),
    };
    let member = format!(
        "INSERT INTO member VALUES ({}, 1, 'a', 'a', 'A', NULL, 1, 0, NULL, {}, 5)",
        blob("01", 16),
        blob("02", 32)
    );
    let device = |id: &str, first_leaf: u64| {
        let (id, member, address, capability) = (blob(id, 16), blob("01", 16), blob("03", 16), blob("04", 32));
        format!(
            "INSERT INTO device VALUES ({id}, {member}, {id}, {id}, {address}, {capability}, {first_leaf}, 2, 5, 9, NULL)"
        )
    };
    for text in [member, device("0a", 7), device("0b", 4)] {
        tx.run_text(text.leak()).await.unwrap();
    }
    tx.run_text("INSERT INTO directory_version VALUES (3, 5)").await.unwrap();
    tx.commit().await.unwrap();
    storage.close().await;

    let storage = place.open().await;
    let mut tx = storage.begin().await.unwrap();
    let order: Vec<_> =
        device::stretch(&mut tx, 0, 99, 9).await.unwrap().iter().map(|row| (row.id, row.sequence)).collect();
    assert_eq!(order, [([0x0b; 16], 6), ([0x0a; 16], 9)].map(|(id, at)| (DeviceId::from_bytes(id), at)));
    let list = organization::published_list(&mut tx).await.unwrap();
    assert_eq!((list.version, list.salt), (3, None), "to be published anew");
    assert!(member::all(&mut tx).await.unwrap()[0].profile.groups.is_empty());
}
