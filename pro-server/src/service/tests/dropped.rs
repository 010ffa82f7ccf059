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

/// How often a future is polled before it is dropped: first once, then more and more often until it is done, and from then on about
/// as often as brings it near its end. How many polls that takes depends on the threads of the database.
#[derive(Default)]
struct Patience(usize);

impl Patience {
    async fn wait<T>(&mut self, future: impl Future<Output = T>) -> Option<T> {
        let done = polled(self.0 + 1, future).await;
        self.0 = if done.is_some() { self.0.saturating_sub(2) } else { self.0 + 1 };
        done
    }
}

/// Callers who have to go away after their change was decided.
const GONE: usize = 3;
/// Without that many in so many rounds the test fails.
const ROUNDS_MAX: u8 = 250;

#[tokio::test]
async fn a_caller_who_goes_away_leaves_no_difference_between_memory_and_database() {
    let world = World::with(&["notary03"]).await;
    let (mut client, mut patience, mut gone) = (Client::new(0), Patience::default(), 0);
    world.enroll("notary03", &client).await;
    for round in 1..=ROUNDS_MAX {
        let done = patience.wait(world.services.suspend_person(&grant(), "notary03")).await;
        // The next change takes its turn after whatever goes on without the caller.
        world.import(&[&format!("clerk{round}")]).await;
        let standing = standing(&world).await;
        let shown = world.services.published().devices.get(&client.id()).copied();
        if standing == Standing::Locked {
            assert_eq!(shown, Some(DeviceStanding::Ended(Why::Suspended)), "round {round}");
            world.services.resume_person(&grant(), "notary03").await.expect("resumed");
            client = Client::new(round);
            world.enroll("notary03", &client).await;
            gone += usize::from(done.is_none());
        } else {
            assert!(matches!(shown, Some(DeviceStanding::Live { .. })), "round {round}");
        }
        if gone == GONE {
            break;
        }
    }
    assert_eq!(gone, GONE, "callers went away while the database was storing it");
    world.facts().await;
}

#[tokio::test]
async fn a_commit_whose_outcome_nobody_heard_is_read_again_and_told_as_a_whole() {
    let world = World::with(&["notary03"]).await;
    let member = world.listed()[0].member;
    let (mut client, mut patience, mut gone) = (Client::new(0), Patience::default(), 0);
    world.enroll("notary03", &client).await;
    for round in 1..=ROUNDS_MAX {
        let mut news = world.services.subscribe();
        let mut change = world.services.inner.change().await.expect("begins");
        let revoked = change.revoke(client.id(), member, Cause::Administrator, &Party::Server, Why::Revoked).await;
        revoked.expect("revoked");
        let shown = change.show().await.expect("shown");
        let done = patience.wait(change.decided(shown).keep(0..0)).await;
        world.services.heartbeat().await.expect("beats");

        let devices = world.services.devices(&grant(), Some("notary03")).await.expect("devices");
        let stored = devices.iter().find(|device| device.device == client.id()).expect("there").state;
        let shown = world.services.published().devices.get(&client.id()).copied();
        if stored == devices::DeviceState::Active {
            assert!(matches!(shown, Some(DeviceStanding::Live { .. })), "round {round}");
        } else {
            assert_eq!(shown, Some(DeviceStanding::Ended(Why::Revoked)), "round {round}");
            let told = news.try_recv().expect("told");
            assert!(told.ended.contains(&(client.id(), Why::Revoked)), "its session ends");
            client = Client::new(round);
            world.enroll("notary03", &client).await;
            gone += usize::from(done.is_none());
        }
        if gone == GONE {
            break;
        }
    }
    assert_eq!(gone, GONE, "the commit was cut off while the database was storing it");
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
