//! Devices of everybody read forward: in one order, from any place, on both engines.

use super::*;

pub(super) async fn devices_are_read_forward(place: Place) {
    let storage = place.open().await;
    let mut tx = storage.begin().await.unwrap();
    for (number, login) in [(2, "ada"), (4, "bob")] {
        add(&mut tx, number, login).await.unwrap();
    }
    let [ada, bob] = [2, 4].map(|number| MemberId::from_bytes([number; 16]));
    for (number, owner) in [(5, ada), (6, bob), (7, ada)] {
        device::insert(&mut tx, &device_row(number, owner)).await.unwrap();
    }
    device::revoke(&mut tx, DeviceId::from_bytes([7; 16]), NOW).await.unwrap();
    let devices = device_list::devices_after(&mut tx, Some(DeviceId::from_bytes([5; 16])), 9).await.unwrap();
    let devices: Vec<_> = devices.iter().map(|row| (row.id, row.login.expose().as_str(), row.revoked)).collect();
    let [sixth, seventh] = [6, 7].map(|number| DeviceId::from_bytes([number; 16]));
    assert_eq!(devices, [(sixth, "bob", None), (seventh, "ada", Some(NOW))]);
}
