//! Any group of the directory, any members, any departures: what is planned can be written, leads to what the directory says, and then
//! there is nothing left to do.

use proptest::prelude::*;
use protocol::directory::Group;
use protocol::ids::{ConversationId, DeviceId, Hash32};
use protocol::roster::RosterOperation;
use protocol::time::Timestamp;

use super::*;

const PEOPLE: u8 = 12;
const ME: MemberId = MemberId::from_bytes([0; 16]);

fn member(n: u8) -> MemberId {
    MemberId::from_bytes([n; 16])
}

fn operation(roster: &Roster, by: MemberId, change: RosterChange) -> RosterOperation {
    let (conversation, number, previous) = (roster.conversation(), roster.operations(), roster.head());
    RosterOperation { conversation, number, previous, time: Timestamp::ZERO, by, change }
}

/// A group in step with `lyon`, of us and these.
fn group(members: &BTreeSet<u8>) -> Roster {
    let (nonce, device) = ([7; 32], DeviceId::from_bytes([1; 16]));
    let members = members.iter().copied().map(member).collect();
    let operation = RosterOperation {
        conversation: ConversationId::group(&nonce, device),
        number: 0,
        previous: Roster::NO_PREVIOUS,
        time: Timestamp::ZERO,
        by: ME,
        change: RosterChange::Create { nonce, name: "Rounds".into(), members, directory: Group::parse("lyon").ok() },
    };
    Roster::begin(&operation, Hash32::from_bytes([1; 32]), (device, ME)).unwrap()
}

fn write(roster: &mut Roster, by: MemberId, change: RosterChange) {
    let operation = operation(roster, by, change);
    roster.apply(&operation, Hash32::from_bytes([2; 32]), ME, &|_| false).unwrap();
}

fn told(name: &str, people: GroupPeople) -> Vec<DirectoryGroup> {
    vec![DirectoryGroup { name: Group::parse(name).unwrap(), people }]
}

fn all(people: &BTreeSet<u8>) -> GroupPeople {
    GroupPeople::All(people.iter().copied().chain([0]).map(member).collect::<BTreeSet<_>>().into_iter().collect())
}

struct Given<'a> {
    groups: &'a [DirectoryGroup],
    was_in: bool,
    confirmed: BTreeSet<MemberId>,
    members_max: usize,
    unready: &'a BTreeSet<u8>,
}

impl<'a> Given<'a> {
    fn of(groups: &'a [DirectoryGroup]) -> Self {
        static READY: BTreeSet<u8> = BTreeSet::new();
        Self { groups, was_in: true, confirmed: BTreeSet::new(), members_max: ROSTER_MEMBERS_MAX, unready: &READY }
    }

    fn plan(&self, roster: &Roster, me: MemberId) -> Option<Plan> {
        let is_ready = |who: MemberId| !self.unready.iter().any(|n| member(*n) == who);
        let Self { groups, was_in, confirmed, members_max, .. } = self;
        let heard = Heard {
            me,
            groups,
            was_in: *was_in,
            confirmed,
            members_max: *members_max,
            is_ready: &is_ready,
            has_ended: &|_| false,
        };
        plan(roster, &heard)
    }
}

fn some() -> impl Strategy<Value = BTreeSet<u8>> {
    prop::collection::btree_set(1..PEOPLE, 0..PEOPLE as usize)
}

proptest! {
    #[test]
    fn what_is_planned_holds_and_leads_to_what_the_directory_says(
        (members, left, listed, unready) in (some(), some(), some(), some()), members_max in 2..=PEOPLE as usize,
    ) {
        let mut roster = group(&members);
        for who in left.intersection(&members) {
            write(&mut roster, member(*who), RosterChange::Remove { member: member(*who) });
        }
        let before: BTreeSet<MemberId> = roster.members().collect();
        let groups = told("lyon", all(&listed));
        let mut given = Given { members_max, unready: &unready, ..Given::of(&groups) };
        let mut planned = given.plan(&roster, ME).unwrap();
        if let Plan::Hold(gone) = &planned {
            prop_assert!(gone.len() * 2 > before.len() && !gone.contains(&ME));
            given.confirmed = gone.clone();
            planned = given.plan(&roster, ME).unwrap();
        }
        let Plan::Keep { changes, waiting } = planned else { panic!("confirmed, and not done") };
        for change in changes {
            write(&mut roster, ME, change);
        }
        let after: BTreeSet<MemberId> = roster.members().collect();
        let wanted: BTreeSet<MemberId> = listed.iter().copied().map(member).chain([ME]).collect();
        prop_assert!(after.is_subset(&wanted), "whoever is not in the directory's group is out");
        prop_assert!(after.len() <= members_max.max(before.intersection(&wanted).count()));
        let came: Vec<_> = after.difference(&before).collect();
        prop_assert!(came.iter().all(|who| !roster.has_left(**who) && !unready.iter().any(|n| member(*n) == **who)));
        let away = wanted.difference(&after).filter(|who| !roster.has_left(**who)).count();
        prop_assert_eq!(away, waiting);
        prop_assert_eq!(given.plan(&roster, ME), Some(Plan::Keep { changes: vec![], waiting }), "nothing is left to do");
    }
}

#[test]
fn more_than_half_go_only_when_somebody_confirms_exactly_that() {
    let roster = group(&[1, 2, 3].into());
    let half = told("lyon", all(&[3].into()));
    assert!(matches!(Given::of(&half).plan(&roster, ME), Some(Plan::Keep { .. })), "two of four");
    let most = told("lyon", all(&[].into()));
    let everybody: BTreeSet<MemberId> = [1, 2, 3].map(member).into();
    assert_eq!(Given::of(&most).plan(&roster, ME), Some(Plan::Hold(everybody.clone())));
    let fewer = Given { confirmed: [member(1), member(2)].into(), ..Given::of(&most) };
    assert_eq!(fewer.plan(&roster, ME), Some(Plan::Hold(everybody.clone())), "another answer than the confirmed one");
    let confirmed = Given { confirmed: everybody, ..Given::of(&most) };
    assert!(matches!(confirmed.plan(&roster, ME), Some(Plan::Keep { changes, .. }) if changes.len() == 3));
}

#[test]
fn only_a_whole_answer_counts_and_only_for_the_pen_holder() {
    let roster = group(&[1].into());
    for (people, reason) in [(GroupPeople::TooMany, Reason::TooMany), (GroupPeople::Hidden, Reason::Hidden)] {
        let groups = told("lyon", people);
        assert_eq!(Given::of(&groups).plan(&roster, ME), Some(Plan::LeaveAlone(reason)));
    }
    let groups = told("lyon", all(&[].into()));
    assert_eq!(Given::of(&groups).plan(&roster, member(1)), None);
}

#[test]
fn the_pen_is_handed_on_once_by_whoever_was_in_the_directorys_group_and_is_not_any_more() {
    let roster = group(&[1, 2].into());
    let other = told("paris", all(&[].into()));
    assert_eq!(Given::of(&other).plan(&roster, ME), Some(Plan::HandOn(member(1))));
    let never = Given { was_in: false, ..Given::of(&other) };
    assert_eq!(never.plan(&roster, ME), Some(Plan::LeaveAlone(Reason::NotOurs)), "the group was renamed or deleted");
    assert_eq!(Given::of(&other).plan(&group(&[].into()), ME), Some(Plan::LeaveAlone(Reason::NotOurs)), "alone");
}
