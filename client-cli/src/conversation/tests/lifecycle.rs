//! Single stories: a revoked peer, a stale log, a message taken back, two histories under one number.

use protocol::lane::HybridClock;
use protocol::link::LinkFrame;
use protocol::message::MessageBody;
use protocol::time::DAY_MS;

use super::super::{Event, OutboxEntry, Outcome};
use super::world::{Commit, World};
use crate::core::outbox::{Freshness, MessageState, Refusal, Standing, Waiting};
use crate::crypto::lane::LaneCrypto;
use crate::crypto::mls::Mls;
use crate::store::records::MessagePlace;
use crate::store::tables::MESSAGE_PLACES;

fn outbox<C: LaneCrypto>(world: &mut World<C>) -> Vec<OutboxEntry> {
    let mut entries = Vec::new();
    world.call(0, Commit::Whole, |talk, tx, around| {
        entries = talk.outbox(tx, around)?;
        Ok(Outcome::default())
    });
    entries
}

#[test]
fn a_message_says_why_it_waits() {
    let mut world = World::fake(1);
    world.standing = Standing::Asked;
    world.send(0, Commit::Whole);
    assert_eq!(outbox(&mut world)[0].waiting, Some(Waiting::Contact));
    world.standing = Standing::Accepted;
    assert_eq!(outbox(&mut world)[0].waiting, Some(Waiting::PeerOffline));
    world.freshness = Freshness::Expired;
    world.link(Commit::Whole);
    assert_eq!(outbox(&mut world)[0].waiting, Some(Waiting::Revocations));
    world.freshness = Freshness::Known;
    world.wait(10_000);
    world.tick(0, Commit::Whole);
    assert_eq!(outbox(&mut world)[0].waiting, Some(Waiting::Lane));
    world.settle();
    assert!(outbox(&mut world).is_empty());
}

#[test]
fn what_was_written_before_a_verification_was_asked_for_waits_for_it_sealed_or_not() {
    let mut world = World::real(5);
    world.settle();
    // Sealed, and lost on its way.
    world.send(0, Commit::Whole);
    world.unlink();
    world.send(0, Commit::Whole);
    world.standing = Standing::Unverified;
    world.link(Commit::Whole);
    for _ in 0..3 {
        world.wait(10_000);
        world.tick(0, Commit::Whole);
        while (0..2).any(|at| world.deliver(at, Commit::Whole)) {}
    }
    assert!(world.machines[1].history().is_empty());
    let waiting: Vec<_> = outbox(&mut world).into_iter().map(|entry| entry.waiting).collect();
    assert_eq!(waiting, [Some(Waiting::Verification); 2]);
    world.standing = Standing::Accepted;
    world.call(0, Commit::Whole, |talk, tx, around| talk.settle(tx, around));
    world.wait(10_000);
    world.tick(0, Commit::Whole);
    world.settle();
    assert_eq!(world.machines[1].history().len(), 2);
}

#[test]
fn messages_to_a_revoked_peer_are_refused_with_the_reason() {
    let mut world = World::real(2);
    world.settle();
    world.unlink();
    world.send(0, Commit::Whole);
    let peer = world.machines[1].device;
    world.revoke(peer);
    world.standing = Standing::Ended(Refusal::PeerRevoked);
    let events = world.call(0, Commit::Whole, |talk, tx, around| talk.on_device_revoked(tx, around, peer));
    let refused =
        |event: &Event| matches!(event, Event::State { state: MessageState::Refused(Refusal::PeerRevoked), .. });
    assert!(events.iter().any(refused));
    world.send(0, Commit::Whole);
    assert!(world.machines[0].outbox().is_empty());
    assert!(world.machines[1].history().is_empty());
}

#[test]
fn a_queued_message_can_be_taken_back_and_expires() {
    let mut world = World::fake(3);
    world.send(0, Commit::Whole);
    let id = world.sent[0].id;
    world.call(0, Commit::Whole, |talk, tx, _| talk.take_back(tx, id));
    assert!(world.machines[0].outbox().is_empty());
    world.send(0, Commit::Whole);
    world.wait(3 * DAY_MS);
    world.call(0, Commit::Whole, |talk, tx, around| talk.expire(tx, around, 7));
    assert_eq!(world.machines[0].outbox().len(), 1);
    world.call(0, Commit::Whole, |talk, tx, around| talk.expire(tx, around, 3));
    assert!(world.machines[0].outbox().is_empty());
}

#[test]
fn sending_one_id_twice_sends_once() {
    let mut world = World::fake(4);
    world.send(0, Commit::Whole);
    let (id, to) = (world.sent[0].id, world.machines[1].member);
    let body = MessageBody::text("9".into());
    world.call(0, Commit::Whole, |talk, tx, around| talk.send(tx, around, to, id, body));
    world.settle();
    assert_eq!(world.machines[1].history().into_values().collect::<Vec<_>>(), [(0, 0)]);
}

#[test]
fn nobody_writes_a_message_anew_by_its_id() {
    let mut world = World::fake(6);
    world.send(0, Commit::Whole);
    world.settle();
    // The author's engine keeps where its message is shown; the reader knows the id, and is modified.
    let id = world.sent[0].id;
    let (author, reader) = (world.machines[0].member, world.machines[1].member);
    let conversation = world.machines[0].talk.with(reader);
    let place = MessagePlace { conversation, clock: HybridClock { ms: 1, count: 0 } };
    world.machines[0].vault.write(|tx| tx.put(&MESSAGE_PLACES, id.as_bytes(), &place)).unwrap();
    let body = MessageBody::text("99".into());
    world.sent[0].excused = true;
    world.call(1, Commit::Whole, |talk, tx, around| talk.send(tx, around, author, id, body));
    world.settle();
    assert!(world.machines[0].history().is_empty(), "it is neither shown nor kept");
    // What is new goes on arriving.
    world.send(1, Commit::Whole);
    world.settle();
    assert_eq!(world.machines[0].history().len(), 1);
}

#[test]
fn two_histories_under_one_number_freeze_the_lane() {
    let mut world = World::fake(5);
    world.settle();
    world.send(0, Commit::Whole);
    let frame = world.machines[1].inbox.front().cloned();
    world.settle();
    let Some(LinkFrame::LaneEntry(mut entry)) = frame else { panic!("an entry was on its way") };
    entry.bytes.push(0);
    world.machines[1].inbox.push_back(LinkFrame::LaneEntry(entry));
    world.deliver(1, Commit::Whole);
    assert!(world.frozen);
    world.send(0, Commit::Whole);
    while world.deliver(1, Commit::Whole) {}
    assert_eq!(world.machines[1].history().len(), 1, "nothing more of a frozen lane is applied");
}

#[test]
fn frames_about_lanes_of_others_change_nothing() {
    let mut world = World::fake(6);
    world.settle();
    world.send(0, Commit::Whole);
    let Some(LinkFrame::LaneEntry(mut entry)) = world.machines[1].inbox.pop_front() else { panic!("an entry") };
    entry.lane.device = world.machines[1].device;
    world.machines[1].inbox.push_back(LinkFrame::LaneEntry(entry));
    world.deliver(1, Commit::Whole);
    assert!(world.machines[1].history().is_empty());
    world.wait(10_000);
    world.settle();
    world.check();
}

#[test]
fn nothing_is_asked_again_once_everything_is_answered() {
    let mut world = World::fake(8);
    world.send(0, Commit::Whole);
    world.settle();
    assert!(world.machines[0].talk.deadline().is_some());
    world.wait(10_000);
    let frames = world.frames;
    for at in [0, 1] {
        world.tick(at, Commit::Whole);
        assert_eq!(world.machines[at].talk.deadline(), None);
    }
    assert_eq!(world.frames, frames);
}

/// Budgets, with room for a library's small changes; run with `--nocapture` for the numbers.
#[test]
fn what_messages_cost() {
    let mut world: World<Mls> = World::real(7);
    world.link(Commit::Whole);
    let (mut key_package, mut welcome) = (0, 0);
    while let Some(at) = (0..2).find(|at| !world.machines[*at].inbox.is_empty()) {
        let frame = world.machines[at].inbox.front().cloned();
        match &frame {
            Some(frame @ LinkFrame::KeyPackage { .. }) => key_package = frame.to_bytes().len(),
            Some(frame @ LinkFrame::LaneEntry(_)) => welcome = frame.to_bytes().len(),
            Some(_) | None => {}
        }
        world.deliver(at, Commit::Whole);
    }
    let start = std::time::Instant::now();
    for _ in 0..90 {
        world.send(0, Commit::Whole);
    }
    let seal = start.elapsed() / 90;
    let text = world.machines[1].inbox.front().map_or(0, |frame| frame.to_bytes().len());
    let start = std::time::Instant::now();
    while world.deliver(1, Commit::Whole) {}
    let open = start.elapsed() / 90;
    let ack = world.machines[0].inbox.front().map_or(0, |frame| frame.to_bytes().len());
    let state = world.mls_bytes(0) / 2;
    println!("bytes on the link: key package {key_package}, welcome {welcome}, short text {text}, ack {ack}");
    println!("with the transaction: seal {seal:?}, open {open:?}; MLS state of a lane: {state} bytes");
    assert!(key_package < 4 * 1024 && welcome < 6 * 1024 && text < 640 && ack < 128 && state < 16 * 1024);
    world.settle();
    assert_eq!(world.machines[1].history().len(), 90);
}
