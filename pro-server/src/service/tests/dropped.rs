//! Whoever asked for a change goes away in the middle of it: what was stored is shown, what was not is gone, and the next change
//! succeeds.

use std::future::poll_fn;
use std::task::Poll;

use protocol::audit::{Cause, Party};
use protocol::tlog::LeafRefused;

use super::*;
use crate::domain::member::Standing;

/// Polls a future at most `polls` times and drops it; nothing when it was not done by then.
async fn polled<T>(polls: usize, future: impl Future<Output = T>) -> Option<T> {
    let (mut future, mut left) = (Box::pin(future), polls);
    poll_fn(|context| match future.as_mut().poll(context) {
        Poll::Ready(value) => Poll::Ready(Some(value)),
        Poll::Pending => {
            left -= 1;
            if left == 0 { Poll::Ready(None) } else { Poll::Pending }
        }
    })
    .await
}

async fn standing(world: &World) -> Standing {
    let people = world.services.people(&grant()).await.expect("people");
    people.iter().find(|person| person.login.expose() == "notary03").expect("there").standing
}

#[tokio::test]
async fn a_caller_who_goes_away_leaves_no_difference_between_memory_and_database() {
    let world = World::with(&["notary03"]).await;
    let mut client = Client::new(1);
    world.enroll("notary03", &client).await;
    let mut kept = 0;
    for polls in 1.. {
        let done = polled(polls, world.services.suspend_person(&grant(), "notary03")).await;
        // The next change takes its turn after whatever goes on without the caller.
        world.import(&[&format!("clerk{polls}")]).await;
        let standing = standing(&world).await;
        let shown = world.services.published().devices.get(&client.id()).copied();
        if standing == Standing::Locked {
            kept += 1;
            assert_eq!(shown, Some(DeviceStanding::Ended(Why::Suspended)), "dropped after {polls} polls");
            world.services.resume_person(&grant(), "notary03").await.expect("resumed");
            client = Client::new(u8::try_from(1 + kept).expect("few"));
            world.enroll("notary03", &client).await;
        } else {
            assert!(matches!(shown, Some(DeviceStanding::Live { .. })), "dropped after {polls} polls");
        }
        if done.is_some() {
            break;
        }
    }
    assert!(kept > 1, "somebody went away while the database was storing it");
    world.facts().await;
}

#[tokio::test]
async fn a_commit_whose_outcome_nobody_heard_is_read_again_and_told_as_a_whole() {
    let world = World::with(&["notary03"]).await;
    let member = world.listed()[0].member;
    let mut client = Client::new(1);
    world.enroll("notary03", &client).await;
    let mut read_again = 0;
    for polls in 1.. {
        let mut news = world.services.subscribe();
        let mut change = world.services.inner.change().await.expect("begins");
        let revoked = change.revoke(client.id(), member, Cause::Administrator, &Party::Server, Why::Revoked).await;
        revoked.expect("revoked");
        let shown = change.show().await.expect("shown");
        let done = polled(polls, change.decided(shown).keep(0..0)).await;
        let told = news.try_recv();
        world.services.heartbeat().await.expect("beats");

        let devices = world.services.devices(&grant(), Some("notary03")).await.expect("devices");
        let stored = devices.iter().find(|device| device.device == client.id()).expect("there").state;
        let shown = world.services.published().devices.get(&client.id()).copied();
        if stored == devices::DeviceState::Active {
            assert!(matches!(shown, Some(DeviceStanding::Live { .. })), "dropped after {polls} polls");
        } else {
            assert_eq!(shown, Some(DeviceStanding::Ended(Why::Revoked)), "dropped after {polls} polls");
            let told = told.or_else(|_| {
                read_again += 1;
                news.try_recv()
            });
            let told = told.expect("told");
            assert!(told.ended.contains(&(client.id(), Why::Revoked)), "its session ends");
            client = Client::new(u8::try_from(1 + polls).expect("few"));
            world.enroll("notary03", &client).await;
        }
        if done.is_some() {
            break;
        }
    }
    assert!(read_again > 0, "somebody went away while the database was storing it");
    world.facts().await;
}

#[tokio::test]
async fn a_leaf_that_no_log_may_hold_is_never_signed() {
    let world = World::with(&["notary03"]).await;
    let before = world.services.checkpoint();
    let mut change = world.services.inner.change().await.expect("begins");
    change.leaf(&Leaf::DeviceRevoke { device: DeviceId::from_bytes([1; 16]) }).await.expect("appended");
    let refused = change.commit(0..0).await.err();
    assert_eq!(refused, Some(ServiceError::BadLeaf(LeafRefused::UnknownDevice)));
    world.services.heartbeat().await.expect("beats");
    assert_eq!(world.services.checkpoint().checkpoint().root, before.checkpoint().root);
    world.enroll("notary03", &Client::new(1)).await;
    world.facts().await;
}
