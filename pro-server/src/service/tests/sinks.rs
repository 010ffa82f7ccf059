//! What destinations of the audit are given: every row under its own number, whatever was done to the others, and nothing of an audit
//! that was put back as if it were the one before.

use protocol::audit::{AdministratorRole, Assignment};

use super::*;
use crate::service::sinks::PageEnd;
use crate::service::trees::Accord;
use crate::storage::suite::tampering;

async fn sent(world: &World, first: u64) -> Vec<(u64, String)> {
    let page = world.services.sink_page(first, 100).await.expect("read");
    page.messages.into_iter().map(|message| (message.index, message.event)).collect()
}

#[tokio::test]
async fn a_damaged_row_and_a_dropped_one_hold_up_nothing_and_change_no_number() {
    let world = World::with(&["notary03"]).await;
    world.services.suspend_person(&grant(), "notary03").await.expect("suspended");
    let before = sent(&world, 0).await;
    let newest = before.len() as u64 - 1;
    let mut tx = world.services.inner.storage.begin().await.expect("begins");
    tampering::drop_audit_entry(&mut tx, 1).await;
    tampering::spoil_audit_entry(&mut tx, 2).await;
    tx.commit().await.expect("committed");

    let after = sent(&world, 0).await;
    let expected = before.iter().filter(|(index, _)| *index != 1).map(|(index, event)| match index {
        2 => (2, "undecodable_entry".to_owned()),
        _ => (*index, event.clone()),
    });
    assert_eq!(after, expected.collect::<Vec<_>>());
    assert_eq!(after.last().map(|(index, _)| *index), Some(newest));
    let spoiled = world.services.sink_page(2, 1).await.expect("read").messages.pop().expect("the row");
    assert!(spoiled.json.contains("\"undecodable\":true") && spoiled.json.contains("\"hash\":\""), "{}", spoiled.json);
}

#[tokio::test]
async fn a_destination_that_was_ahead_goes_back_to_the_end_of_the_audit() {
    let world = World::with(&["notary03"]).await;
    let mut tx = world.services.inner.storage.begin().await.expect("begins");
    crate::storage::sink::put(&mut tx, "archive", 9_000).await.expect("as of an audit with more entries");
    tx.commit().await.expect("committed");
    let size = world.services.audit_entries();
    assert_eq!(world.services.sink_opened("archive", "file").await, Ok(size));
    let stored =
        crate::storage::sink::next(&mut world.services.inner.storage.read().await.expect("read"), "archive").await;
    assert_eq!(stored, Ok(Some(size)), "what takes the place of lost entries is sent");
    assert_eq!(world.services.sinks(&grant()).first().map(|sink| (sink.confirmed, sink.waiting)), Some((size, 0)));
}

#[tokio::test]
async fn an_audit_that_was_put_back_while_serving_is_not_gone_on_with() {
    let world = World::with(&["notary03"]).await;
    let entries = world.services.audit_entries();
    let owner = [Assignment::everywhere(AdministratorRole::Owner)];
    world.services.add_administrator(&grant(), &owner).await.expect("made");
    assert!(world.services.audit_entries() > entries);
    let mut tx = world.services.inner.storage.begin().await.expect("begins");
    tampering::put_back_audit(&mut tx, entries).await;
    tx.commit().await.expect("committed");
    // As after a failed change, or another writer.
    world.services.inner.trees.lock().await.accord = Accord::Unknown;
    let refused = world.services.suspend_person(&grant(), "notary03").await;
    assert_eq!(refused.err(), Some(ServiceError::Unavailable(Outage::Behind)));
}

#[tokio::test]
async fn a_row_beyond_the_end_is_sent_to_nobody_and_silences_nothing() {
    for position in [5_000, i64::MAX.unsigned_abs()] {
        let world = World::with(&["notary03"]).await;
        let size = world.services.audit_entries();
        let before = world.services.sink_page(0, 100).await.expect("read");
        assert_eq!((before.messages.len() as u64, before.end), (size, PageEnd::InOrder));
        let mut tx = world.services.inner.storage.begin().await.expect("begins");
        let beyond = size.saturating_add(position).min(i64::MAX.unsigned_abs());
        tampering::add_audit_entry(&mut tx, beyond).await;
        tx.commit().await.expect("committed");

        let page = world.services.sink_page(0, 100).await.expect("read");
        assert_eq!((page.messages, page.end), (before.messages, PageEnd::Beyond), "{beyond}");
        let again = world.services.sink_page(0, 100).await.expect("read");
        let last = again.messages.last().map(|message| (message.index, message.event.as_str()));
        assert_eq!((last, again.end), (Some((size, "integrity_alarm")), PageEnd::Beyond));
        assert_eq!(again.messages.len() as u64, size + 1, "said once");
        world.services.sink_confirmed("archive", beyond.saturating_add(1)).await.expect("noted");
        let confirmed = world.services.sink_opened("archive", "file").await.expect("opened");
        assert_eq!(confirmed, size + 1, "the alarm, and nothing that is no entry");
        world.services.suspend_person(&grant(), "notary03").await.expect("suspended");
        assert_eq!(sent(&world, confirmed).await.first().map(|(index, _)| *index), Some(confirmed), "and it goes on");
    }
}
