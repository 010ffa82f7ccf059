//! Rosters that go wrong: two histories, wishes that were carried out before, a pen-holder who came back from a backup, groups without end.

use protocol::ids::ConversationId;
use protocol::link::LinkFrame;
use protocol::message::MessageBody;
use protocol::roster::{Roster, RosterChange, RosterOperation, Signed};
use protocol::secret::Personal;
use protocol::time::Timestamp;

use super::super::GroupRow;
use super::crowd::Crowd;
use super::fake::Fake;
use super::world::Commit;
use crate::core::authorship;
use crate::store::tables::{GROUPS, ROSTER_OPERATIONS};
use crate::store::{Reading as _, Span, VaultError};

fn rename(crowd: &mut Crowd<Fake>, at: usize, name: &str) -> bool {
    crowd.change(at, Commit::Whole, RosterChange::Rename { name: name.into() })
}

fn roster(crowd: &Crowd<Fake>, at: usize) -> Roster {
    crowd.roster(at).unwrap().roster
}

fn calm(crowd: &mut Crowd<Fake>) {
    while (0..crowd.machines.len()).any(|at| crowd.deliver(at, Commit::Whole)) {}
}

/// What repeats on open links comes too.
fn later(crowd: &mut Crowd<Fake>) {
    for _ in 0..3 {
        calm(crowd);
        crowd.wait(10_000);
        for at in crowd.present() {
            crowd.tick(at);
        }
    }
}

#[test]
fn two_histories_that_part_late_are_found_and_freeze_the_group() {
    for (shared, more) in [(2, 0), (40, 0), (40, 3), (70, 40)] {
        let mut crowd = Crowd::fake(shared, 3);
        crowd.begin(0, &[1, 2]);
        crowd.settle();
        for number in 0..shared {
            rename(&mut crowd, 0, &format!("{number}"));
        }
        crowd.settle();
        crowd.back_up(0);
        crowd.unlink(0, 2);
        crowd.unlink(1, 2);
        for number in 0..=more {
            rename(&mut crowd, 0, &format!("a{number}"));
            calm(&mut crowd);
        }
        crowd.rewind(0);
        crowd.link(0, 2);
        rename(&mut crowd, 0, "b");
        calm(&mut crowd);
        crowd.unlink(0, 2);
        assert_ne!(roster(&crowd, 1).head(), roster(&crowd, 2).head());
        crowd.link(1, 2);
        later(&mut crowd);
        let frozen = [1, 2].map(|at| crowd.roster(at).unwrap().frozen);
        assert_eq!(frozen, [Some(shared + 1); 2], "{shared} shared, {more} more");
    }
}

#[test]
fn a_roster_comes_whole_however_long_it_is_and_whoever_brings_it() {
    let mut crowd = Crowd::fake(2, 4);
    crowd.begin(0, &[1]);
    crowd.settle();
    for number in 0..70 {
        rename(&mut crowd, 0, &format!("{number}"));
    }
    // Of all the operations that they bring, the last ones alone let them in.
    let [two, three] = [2, 3].map(|at| crowd.machines[at].member);
    crowd.change(0, Commit::Whole, RosterChange::Add { member: two });
    crowd.settle();
    crowd.unlink(0, 3);
    crowd.unlink(1, 3);
    crowd.unlink(2, 3);
    crowd.change(0, Commit::Whole, RosterChange::Add { member: three });
    crowd.unlink(0, 1);
    calm(&mut crowd);
    crowd.link(2, 3);
    calm(&mut crowd);
    assert!(roster(&crowd, 3).is_member(three));
    crowd.settle();
    crowd.check();
}

#[test]
fn a_wish_is_carried_out_once_whoever_holds_the_pen() {
    let mut crowd = Crowd::fake(3, 4);
    crowd.begin(0, &[1, 2]);
    let [one, two, three] = [1, 2, 3].map(|at| crowd.machines[at].member);
    crowd.change(0, Commit::Whole, RosterChange::Promote { member: one });
    crowd.settle();
    crowd.unlink(1, 2);
    assert!(crowd.change(1, Commit::Whole, RosterChange::Add { member: three }));
    calm(&mut crowd);
    assert!(roster(&crowd, 0).is_member(three));
    assert!(crowd.change(0, Commit::Whole, RosterChange::Remove { member: three }));
    assert!(crowd.change(0, Commit::Whole, RosterChange::Transfer { member: two }));
    crowd.settle();
    assert_eq!(roster(&crowd, 0).pen(), two);
    assert!(!roster(&crowd, 0).is_member(three), "it was carried out before, and undone");
    crowd.check();
}

#[test]
fn a_wish_is_judged_as_of_when_it_was_written() {
    let mut crowd = Crowd::fake(4, 4);
    crowd.begin(0, &[1, 2]);
    crowd.settle();
    crowd.unlink(0, 1);
    let group = crowd.group.unwrap();
    let [one, three] = [1, 3].map(|at| crowd.machines[at].member);
    // A modified client does not mind that it may not ask.
    let id = authorship::draw(&crowd.machines[1].device, &mut crowd.rng);
    let body = MessageBody::RosterRequest { change: RosterChange::Add { member: three } };
    crowd.call(1, Commit::Whole, |talk, tx, around| talk.send_in(tx, around, group, id, body));
    crowd.change(0, Commit::Whole, RosterChange::Promote { member: one });
    crowd.settle();
    assert!(roster(&crowd, 0).is_admin(one) && !roster(&crowd, 0).is_member(three));
    assert!(crowd.change(1, Commit::Whole, RosterChange::Add { member: three }));
    crowd.settle();
    assert!(roster(&crowd, 0).is_member(three), "now they may");
}

#[test]
fn a_restored_pen_holder_writes_again_once_everybody_who_is_there_was_heard() {
    let mut crowd = Crowd::fake(5, 5);
    crowd.begin(0, &[1, 2, 4]);
    let [one, two, three] = [1, 2, 3].map(|at| crowd.machines[at].member);
    crowd.change(0, Commit::Whole, RosterChange::Promote { member: one });
    crowd.settle();
    crowd.back_up(0);
    crowd.change(0, Commit::Whole, RosterChange::Add { member: three });
    crowd.settle();
    crowd.restore(0);
    crowd.link(0, 1);
    crowd.link(0, 2);
    calm(&mut crowd);
    assert!(roster(&crowd, 0).is_member(three), "the others brought it back");
    assert!(!rename(&mut crowd, 0, "early"), "two are still to be heard");
    assert!(rename(&mut crowd, 1, "wish"));
    assert!(crowd.change(2, Commit::Whole, RosterChange::Remove { member: two }));
    later(&mut crowd);
    crowd.link(0, 3);
    later(&mut crowd);
    assert_eq!(roster(&crowd, 0).name().expose(), "Rounds", "one is still to be heard");
    // They will not come any more.
    crowd.revoke(4);
    later(&mut crowd);
    assert_eq!(roster(&crowd, 0).name().expose(), "wish", "it was kept");
    assert_eq!(roster(&crowd, 0).departing().count(), 0, "so was the departure");
    assert!(rename(&mut crowd, 0, "late"));
    crowd.settle();
    crowd.check();
}

#[test]
fn whoever_holds_the_pen_ends_the_group_when_nobody_else_is_left() {
    let mut crowd = Crowd::fake(6, 3);
    crowd.begin(0, &[1, 2]);
    crowd.settle();
    let [zero, one] = [0, 1].map(|at| crowd.machines[at].member);
    crowd.change(0, Commit::Whole, RosterChange::Remove { member: one });
    crowd.revoke(2);
    assert!(crowd.change(0, Commit::Whole, RosterChange::Remove { member: zero }));
    assert_eq!(roster(&crowd, 0).members().count(), 0);
    crowd.settle();
}

/// A group that somebody begins on their own, with operations after its first.
fn begun(crowd: &mut Crowd<Fake>, at: usize, (number, length): (usize, u64), members: &[usize]) -> LinkFrame {
    let mut nonce = [0; 32];
    nonce[..8].copy_from_slice(&number.to_be_bytes());
    let (by, device) = (crowd.machines[at].member, crowd.machines[at].device);
    let conversation = ConversationId::group(&nonce, device);
    let members = members.iter().map(|at| crowd.machines[*at].member).collect();
    let name = Personal::new("Flood".to_owned());
    let mut change = RosterChange::Create { nonce, name, members, directory: None };
    let (mut previous, mut operations) = (Roster::NO_PREVIOUS, Vec::new());
    let time = Timestamp::from_millis(1);
    for number in 0..length {
        let operation = RosterOperation { conversation, number, previous, time, by, change };
        let signed = Signed::new(&operation, &crowd.machines[at].key);
        previous = signed.hash();
        operations.push(signed);
        change = RosterChange::Rename { name: Personal::new(number.to_string()) };
    }
    LinkFrame::Roster { conversation, from: 0, operations, departures: Vec::new() }
}

fn groups(crowd: &Crowd<Fake>, at: usize) -> Vec<GroupRow> {
    let rows =
        crowd.machines[at].vault.read(|tx| tx.scan(&GROUPS, Span::all()).collect::<Result<Vec<_>, VaultError>>());
    rows.unwrap().into_iter().map(|(_, row)| row).collect()
}

#[test]
fn nobody_fills_the_room_for_groups_that_others_begin() {
    let mut crowd = Crowd::fake(7, 3);
    crowd.link(0, 1);
    for number in 0..200 {
        let frame = begun(&mut crowd, 1, (number, 1), &[0]);
        crowd.machines[0].inbox.push_back((1, frame));
    }
    calm(&mut crowd);
    assert_eq!(groups(&crowd, 0).len(), 128);
    crowd.begin(2, &[0]);
    crowd.settle();
    assert_eq!(groups(&crowd, 0).len(), 129, "somebody else's finds room");
    // Whoever goes from one of them makes room.
    let is_theirs = |group: &GroupRow| group.roster.name().expose() == "Flood";
    let left = groups(&crowd, 0).into_iter().find(is_theirs).unwrap().roster.conversation();
    let zero = crowd.machines[0].member;
    let goes = RosterChange::Remove { member: zero };
    crowd.call(0, Commit::Whole, |talk, tx, around| talk.change_group(tx, around, left, goes));
    let frame = begun(&mut crowd, 1, (1_000, 1), &[0]);
    crowd.machines[0].inbox.push_back((1, frame));
    calm(&mut crowd);
    assert_eq!(groups(&crowd, 0).len(), 129);
    assert!(groups(&crowd, 0).iter().all(|group| group.roster.conversation() != left));
}

#[test]
fn nothing_is_kept_of_a_group_that_never_lets_our_person_in() {
    let mut crowd = Crowd::fake(8, 3);
    crowd.link(0, 1);
    for number in 0..5 {
        // As many operations as a frame takes: more could follow.
        let frame = begun(&mut crowd, 1, (number, 32), &[2]);
        crowd.machines[0].inbox.push_back((1, frame));
        let short = begun(&mut crowd, 1, (100 + number, 5), &[2]);
        crowd.machines[0].inbox.push_back((1, short));
    }
    calm(&mut crowd);
    assert!(groups(&crowd, 0).len() <= 1, "one may be on its way");
    crowd.expire(0);
    assert_eq!(groups(&crowd, 0).len(), 0);
    let operations =
        crowd.machines[0].vault.read(|tx| Ok::<_, VaultError>(tx.scan(&ROSTER_OPERATIONS, Span::all()).count()));
    assert_eq!(operations.unwrap(), 0);
}

#[test]
fn what_the_next_in_line_did_not_know_gives_way_when_they_take_the_pen() {
    let mut crowd = Crowd::fake(9, 5);
    crowd.begin(0, &[1, 2, 3]);
    crowd.settle();
    crowd.send(0, Commit::Whole);
    crowd.send(1, Commit::Whole);
    crowd.send(2, Commit::Whole);
    crowd.settle();
    let heir = crowd.heir(1);
    let [other, third] = if heir == 1 { [2, 3] } else { [1, if heir == 2 { 3 } else { 2 }] };
    crowd.part([heir, third].into());
    // One is let in and one removed; the next in line and another one do not hear of it.
    let [four, third_member] = [4, third].map(|at| crowd.machines[at].member);
    assert!(crowd.change(0, Commit::Whole, RosterChange::Add { member: four }));
    assert!(rename(&mut crowd, 0, "unheard of"));
    calm(&mut crowd);
    crowd.link(other, 4);
    crowd.send(other, Commit::Whole);
    calm(&mut crowd);
    assert_eq!(crowd.machines[4].history().len(), 1);
    crowd.revoke(0);
    assert!(crowd.change(heir, Commit::Whole, RosterChange::Promote { member: third_member }));
    crowd.settle();
    assert!(!roster(&crowd, other).is_member(four) && roster(&crowd, other).is_admin(third_member));
    assert!(crowd.roster(4).is_none_or(|group| !group.roster.is_member(four)));
    assert!(crowd.change(heir, Commit::Whole, RosterChange::Add { member: four }));
    crowd.send(other, Commit::Whole);
    crowd.send(4, Commit::Whole);
    crowd.settle();
    crowd.check();
}

#[test]
fn nobody_undoes_their_own_removal_by_taking_the_pen() {
    let mut crowd = Crowd::fake(10, 4);
    crowd.begin(0, &[1, 2, 3]);
    crowd.settle();
    let heir = crowd.heir(1);
    let other = if heir == 1 { 2 } else { 1 };
    crowd.part([heir].into());
    let member = crowd.machines[heir].member;
    assert!(crowd.change(0, Commit::Whole, RosterChange::Remove { member }));
    calm(&mut crowd);
    crowd.revoke(0);
    assert!(rename(&mut crowd, heir, "mine"));
    crowd.join();
    crowd.link(heir, other);
    calm(&mut crowd);
    assert!(!roster(&crowd, other).is_member(member));
    assert_eq!(roster(&crowd, other).name().expose(), "Rounds");
}
