//! Any operations in any order, by anybody: the roster takes only what its rules say, and always comes to the same answer.

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::*;
use crate::ids::Hash32;
use crate::limits::{ROSTER_OPERATIONS_MAX, ROSTER_OPERATIONS_RESERVED};

fn member(number: u8) -> MemberId {
    MemberId::from_bytes([number; 16])
}

fn key(number: u8) -> SigningKey {
    SigningKey::from_bytes(&[number; 32])
}

fn device(number: u8) -> DeviceId {
    DeviceId::of_key(&key(number).verifying_key().to_bytes())
}

const NOBODY: fn(MemberId) -> bool = |_| false;

fn created(members: &[u8]) -> (Roster, Signed) {
    created_of(members, None)
}

fn created_of(members: &[u8], directory: Option<Group>) -> (Roster, Signed) {
    let nonce = [7; 32];
    let operation = RosterOperation {
        conversation: ConversationId::group(&nonce, device(0)),
        number: 0,
        previous: Roster::NO_PREVIOUS,
        time: Timestamp::from_millis(1),
        by: member(0),
        change: RosterChange::Create {
            nonce,
            name: "Rounds".into(),
            members: members.iter().copied().map(member).collect(),
            directory,
        },
    };
    let signed = Signed::new(&operation, &key(0));
    (Roster::begin(&operation, signed.hash(), (device(0), member(0))).unwrap(), signed)
}

fn next(roster: &Roster, by: u8, change: RosterChange) -> RosterOperation {
    RosterOperation {
        conversation: roster.conversation(),
        number: roster.operations(),
        previous: roster.head(),
        time: Timestamp::from_millis(2),
        by: member(by),
        change,
    }
}

fn take(roster: &mut Roster, signer: u8, by: u8, change: RosterChange) -> Result<(), Misplaced> {
    let operation = next(roster, by, change);
    let hash = Signed::new(&operation, &key(signer)).hash();
    roster.apply(&operation, hash, member(signer), &NOBODY)
}

fn changes() -> impl Strategy<Value = RosterChange> {
    let who = || (0_u8..8).prop_map(member);
    prop_oneof![
        who().prop_map(|member| RosterChange::Add { member }),
        who().prop_map(|member| RosterChange::Remove { member }),
        who().prop_map(|member| RosterChange::Promote { member }),
        who().prop_map(|member| RosterChange::Demote { member }),
        who().prop_map(|member| RosterChange::Transfer { member }),
        "[a-c]{0,2}".prop_map(|name| RosterChange::Rename { name: name.as_str().into() }),
        proptest::option::of(0..2_u8)
            .prop_map(|n| RosterChange::Picture { picture: n.map(|n| Hash32::from_bytes([n; 32])) }),
        Just(RosterChange::Succeed {}),
    ]
}

proptest! {
    #[test]
    fn a_roster_keeps_its_rules_and_everybody_comes_to_the_same(
        directory in prop::option::of(Just("lyon")),
        steps in prop::collection::vec((0_u8..8, 0_u8..8, changes(), any::<bool>()), 1..80)
    ) {
        let (mut roster, _) = created_of(&[1, 2], directory.and_then(|name| Group::parse(name).ok()));
        let mut replayed = roster.clone();
        for (signer, by, change, is_leaving) in steps {
            if is_leaving {
                let known = roster.operations();
                let time = Timestamp::from_millis(3);
                let departure = Departure { conversation: roster.conversation(), member: member(by), known, time };
                let before = roster.clone();
                match roster.depart(&departure, member(by)) {
                    Ok(()) => prop_assert!(before.is_member(member(by)) && !roster.is_member(member(by))),
                    Err(_) => prop_assert_eq!(&before, &roster),
                }
                continue;
            }
            let operation = next(&roster, by, change);
            let hash = Signed::new(&operation, &key(signer)).hash();
            let before = roster.clone();
            match roster.apply(&operation, hash, member(signer), &NOBODY) {
                Ok(()) => {
                    prop_assert_eq!(before.pen(), member(signer), "the pen-holder alone writes");
                    prop_assert!(before.may_ask(member(by), &operation.change));
                    prop_assert_eq!(roster.operations(), before.operations() + 1);
                    prop_assert_eq!(replayed.apply(&operation, hash, member(signer), &NOBODY), Ok(()));
                    prop_assert!(replayed.apply(&operation, hash, member(signer), &NOBODY).is_err(), "once");
                }
                Err(refused) => {
                    prop_assert_eq!(&before, &roster, "what is refused changes nothing");
                    let also = replayed.apply(&operation, hash, member(signer), &NOBODY);
                    prop_assert_eq!(also, Err(refused), "whoever has not heard of a departure agrees");
                }
            }
            let has_ended = roster.departing().any(|member| member == roster.pen());
            prop_assert!(has_ended || roster.is_admin(roster.pen()), "the pen-holder is in it, and an administrator");
            prop_assert!(roster.members().count() <= ROSTER_MEMBERS_MAX);
        }
        let everybody = |roster: &Roster| roster.members().chain(roster.departing()).collect::<BTreeSet<_>>();
        prop_assert_eq!((everybody(&roster), roster.pen()), (everybody(&replayed), replayed.pen()));
    }
}

#[test]
fn only_the_next_operation_of_this_very_chain_counts() {
    let (mut roster, first) = created(&[1]);
    assert_eq!(first.open::<RosterOperation>().unwrap().0, device(0));
    let add = RosterChange::Add { member: member(2) };
    let right = next(&roster, 0, add.clone());
    let wrong = [
        RosterOperation { number: 2, ..right.clone() },
        RosterOperation { previous: Hash32::from_bytes([1; 32]), ..right.clone() },
        RosterOperation { conversation: ConversationId::from_bytes([1; 16]), ..right },
    ];
    for operation in wrong {
        let hash = Signed::new(&operation, &key(0)).hash();
        assert_eq!(roster.apply(&operation, hash, member(0), &NOBODY), Err(Misplaced::Order));
    }
    assert_eq!(take(&mut roster, 1, 1, add.clone()), Err(Misplaced::Signer));
    assert_eq!(take(&mut roster, 0, 1, add.clone()), Err(Misplaced::Wish), "member 1 is no administrator");
    assert_eq!(take(&mut roster, 0, 0, add), Ok(()));
    assert!(roster.was_member(member(2), 1) && !roster.was_member(member(2), 0));
}

#[test]
fn whoever_goes_may_know_how_it_ended_for_them_and_nothing_later() {
    let (mut roster, _) = created(&[1, 2]);
    take(&mut roster, 0, 0, RosterChange::Remove { member: member(1) }).unwrap();
    take(&mut roster, 0, 0, RosterChange::Add { member: member(3) }).unwrap();
    assert_eq!((roster.shown_to(member(1)), roster.shown_to(member(2)), roster.shown_to(member(9))), (2, 3, 0));
    take(&mut roster, 0, 0, RosterChange::Add { member: member(1) }).unwrap();
    assert_eq!(roster.shown_to(member(1)), 4);
}

#[test]
fn a_departure_does_not_outlive_another_invitation() {
    let (mut roster, _) = created(&[1]);
    let departure =
        Departure { conversation: roster.conversation(), member: member(1), known: 1, time: Timestamp::from_millis(2) };
    assert_eq!(roster.depart(&departure, member(0)), Err(Misplaced::Signer), "nobody else says it");
    roster.depart(&departure, member(1)).unwrap();
    assert!(!roster.is_member(member(1)));
    take(&mut roster, 0, 1, RosterChange::Remove { member: member(1) }).unwrap();
    take(&mut roster, 0, 0, RosterChange::Add { member: member(1) }).unwrap();
    assert_eq!(roster.depart(&departure, member(1)), Err(Misplaced::Order), "it was said before");
    assert!(roster.is_member(member(1)));
}

#[test]
fn a_departure_counts_no_more_once_its_author_got_the_pen_nor_before_its_time() {
    let (mut roster, _) = created(&[1]);
    let said = |roster: &Roster, known| Departure {
        conversation: roster.conversation(),
        member: member(1),
        known,
        time: Timestamp::from_millis(2),
    };
    let early = said(&roster, 2);
    assert_eq!(roster.depart(&early, member(1)), Err(Misplaced::Order), "there is one operation yet");
    let departure = said(&roster, 1);
    roster.depart(&departure, member(1)).unwrap();
    take(&mut roster, 0, 0, RosterChange::Transfer { member: member(1) }).unwrap();
    take(&mut roster, 1, 1, RosterChange::Transfer { member: member(0) }).unwrap();
    assert_eq!(roster.depart(&departure, member(1)), Err(Misplaced::Order), "it was void");
    assert!(roster.is_member(member(1)));
    let again = said(&roster, 3);
    assert_eq!(roster.depart(&again, member(1)), Ok(()));
}

#[test]
fn whoever_holds_the_pen_may_go_when_nobody_else_is_there() {
    let (mut roster, _) = created(&[1]);
    let last = |roster: &Roster| Departure {
        conversation: roster.conversation(),
        member: member(0),
        known: roster.operations(),
        time: Timestamp::from_millis(2),
    };
    let too_early = last(&roster);
    assert_eq!(roster.depart(&too_early, member(0)), Err(Misplaced::Change));
    take(&mut roster, 0, 0, RosterChange::Remove { member: member(1) }).unwrap();
    let departure = last(&roster);
    assert_eq!(roster.depart(&departure, member(0)), Ok(()));
    assert_eq!(roster.members().count(), 0);
}

#[test]
fn nobody_can_use_up_the_changes_by_which_people_are_freed_of_them() {
    let (mut roster, _) = created(&[1, 2]);
    take(&mut roster, 0, 0, RosterChange::Promote { member: member(1) }).unwrap();
    let mut made = 0;
    while take(&mut roster, 0, 1, RosterChange::Rename { name: format!("{made}").into() }).is_ok() {
        made += 1;
    }
    assert_eq!(roster.operations(), ROSTER_OPERATIONS_MAX - ROSTER_OPERATIONS_RESERVED);
    assert_eq!(take(&mut roster, 0, 1, RosterChange::Add { member: member(3) }), Err(Misplaced::Full));
    take(&mut roster, 0, 0, RosterChange::Demote { member: member(1) }).unwrap();
    take(&mut roster, 0, 0, RosterChange::Remove { member: member(1) }).unwrap();
    assert!(
        3 * (ROSTER_MEMBERS_MAX as u64) < ROSTER_OPERATIONS_RESERVED,
        "each member can be demoted, be removed and succeed once"
    );
}

#[test]
fn the_pen_goes_to_the_next_in_line_when_its_holder_left_the_organization() {
    let (mut roster, _) = created(&[1, 2]);
    take(&mut roster, 0, 0, RosterChange::Promote { member: member(2) }).unwrap();
    assert_eq!(take(&mut roster, 2, 2, RosterChange::Succeed {}), Err(Misplaced::Signer), "its holder is here");
    let ended = |who: MemberId| who == member(0);
    for (signer, result) in [(1, Err(Misplaced::Signer)), (2, Ok(()))] {
        let operation = next(&roster, signer, RosterChange::Succeed {});
        let hash = Signed::new(&operation, &key(signer)).hash();
        assert_eq!(roster.apply(&operation, hash, member(signer), &ended), result);
    }
    assert_eq!(roster.pen(), member(2));
    take(&mut roster, 2, 2, RosterChange::Remove { member: member(0) }).unwrap();
}

#[test]
fn in_step_with_the_directory_nobody_is_let_in_or_removed_by_hand_and_whoever_left_may_come_back() {
    let (mut roster, _) = created_of(&[1, 2], Group::parse("lyon").ok());
    assert_eq!(roster.directory().map(Group::as_str), Some("lyon"));
    take(&mut roster, 0, 0, RosterChange::Promote { member: member(1) }).unwrap();
    let by_hand = [RosterChange::Add { member: member(3) }, RosterChange::Remove { member: member(2) }];
    for change in by_hand {
        assert!(!roster.is_by_hand(&change));
        assert_eq!(take(&mut roster, 0, 1, change), Err(Misplaced::Wish), "an administrator's wish");
    }
    take(&mut roster, 0, 0, RosterChange::Add { member: member(3) }).unwrap();
    take(&mut roster, 0, 0, RosterChange::Remove { member: member(3) }).unwrap();
    assert!(
        !roster.has_left(member(3)) && !roster.is_by_hand(&RosterChange::Add { member: member(3) }),
        "it was removed"
    );

    take(&mut roster, 0, 2, RosterChange::Remove { member: member(2) }).unwrap();
    assert!(roster.has_left(member(2)));
    take(&mut roster, 0, 1, RosterChange::Add { member: member(2) }).unwrap();
    assert!(!roster.has_left(member(2)) && roster.is_member(member(2)));
}
