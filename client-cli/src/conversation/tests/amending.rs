//! Words that change before they are delivered: who may have the first ones, and which ones go when a message goes again.

use protocol::message::MessageBody;

use super::super::{Outcome, Reach};
use super::world::{Commit, World};
use crate::crypto::lane::LaneCrypto;

fn amend<C: LaneCrypto>(world: &mut World<C>, message: usize, text: &str) -> Reach {
    let (id, mut reach) = (world.sent[message].id, Reach::Elsewhere);
    world.call(0, Commit::Whole, |talk, tx, _| {
        reach = talk.amend(tx, id, &MessageBody::text(text.into()))?;
        Ok(Outcome::default())
    });
    reach
}

#[test]
fn what_was_sealed_once_may_be_elsewhere_and_goes_again_with_its_last_words() {
    let mut world = World::real(8);
    world.settle();
    // Sealed, and lost on its way.
    world.send(0, Commit::Whole);
    world.unlink();
    world.send(0, Commit::Whole);
    assert_eq!(amend(&mut world, 0, "70"), Reach::Elsewhere);
    assert_eq!(amend(&mut world, 1, "71"), Reach::Here);
    // Its lane ends: it is queued again, and was sealed all the same.
    world.call(0, Commit::Whole, |talk, tx, _| talk.after_restore(tx));
    assert_eq!(amend(&mut world, 0, "80"), Reach::Elsewhere);
    assert_eq!(amend(&mut world, 1, "81"), Reach::Here);
    world.settle();
    let mut shown: Vec<_> = world.machines[1].history().into_values().collect();
    shown.sort_unstable();
    assert_eq!(shown, [(0, 80), (1, 81)], "in their order");
    assert_eq!(amend(&mut world, 0, "90"), Reach::Elsewhere, "it was delivered");
}

#[test]
fn an_edit_that_waits_is_let_go_with_its_words() {
    let mut world = World::fake(9);
    world.send(0, Commit::Whole);
    let (to, target) = (world.machines[1].member, world.sent[0].id);
    let conversation = world.machines[0].talk.with(to);
    let edit = protocol::ids::MessageId::from_bytes([9; 16]);
    let body = MessageBody::Edit { message: target, text: "words".into(), mentions: Vec::new() };
    world.call(0, Commit::Whole, |talk, tx, around| talk.send(tx, around, to, edit, body));
    assert_eq!(world.machines[0].outbox(), [target, edit]);
    world.call(0, Commit::Whole, |talk, tx, _| talk.drop_edits(tx, conversation, target));
    assert_eq!(world.machines[0].outbox(), [target]);
}
