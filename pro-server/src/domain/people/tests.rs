//! Any sequence of changes and any reader that skips versions: what changed leads to the complete list, for every class, and
//! nobody hidden is ever named.

use proptest::prelude::*;
use protocol::directory::List;

use super::*;

const GROUPS: [&str; 3] = ["lyon", "notaries", "paris"];
const PEOPLE: u8 = 8;

fn id(n: u8) -> MemberId {
    MemberId::from_bytes([n; 16])
}

fn groups(bits: u8) -> BTreeSet<Group> {
    let named = GROUPS.iter().enumerate().filter(|(at, _)| bits & (1 << at) != 0);
    named.map(|(_, name)| Group::parse(name).expect("a group")).collect()
}

fn in_groups(person: Person, bits: u8) -> Listed {
    let profile = Profile::parse(person.login.expose(), person.name.expose(), "").expect("sample");
    Listed { person, profile: profile.with_groups(groups(bits)).expect("few").into() }
}

fn listed(n: u8, name: u8, bits: u8) -> Listed {
    let (login, name) = (format!("n{n}"), format!("Name {name}"));
    in_groups(Person { member: id(n), login: login.into(), name: name.into() }, bits)
}

fn rules() -> Vec<Visibility> {
    ["all", "same-group", "groups:lyon", "groups:lyon,paris", "none"].map(|rule| rule.parse().expect("a rule")).to_vec()
}

/// A change of one version: people as they are afterwards.
type Step = Vec<(u8, Option<(u8, u8)>)>;

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let person = (0..PEOPLE, prop::option::weighted(0.8, (0u8..3, 0u8..8)));
    prop::collection::vec(prop::collection::vec(person, 0..4), 1..12)
}

fn apply(people: &mut People, step: &Step) {
    let changes = step.iter().map(|(n, after)| (id(*n), after.map(|(name, bits)| listed(*n, name, bits))));
    people.change(Timestamp::ZERO, [0; 32], changes.collect::<BTreeMap<_, _>>());
}

/// As a reader gets it.
fn updated(people: &People, view: &View, base: Option<u64>) -> DirectoryUpdate {
    people.update(view, base, people.digest_of(view))
}

fn empty() -> People {
    People::new(0, Timestamp::ZERO, [0; 32], [].iter())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn whatever_versions_a_reader_skips_the_changes_lead_to_the_complete_list(
        steps in steps(),
        asks in prop::collection::vec(any::<bool>(), 12),
        reader in 0..PEOPLE,
    ) {
        for rule in rules() {
            let (mut people, mut list) = (empty(), None::<List>);
            for (step, asks) in steps.iter().zip(asks.iter().chain([&true])) {
                apply(&mut people, step);
                if !asks {
                    continue;
                }
                let view = people.view(&rule, id(reader));
                let base = people.base(&view, list.as_ref().map(|list| list.have));
                if base.is_some_and(|base| base == people.version()) {
                    continue;
                }
                let (after, _) = List::after(list.as_ref(), updated(&people, &view, base)).expect("an honest update");
                let (complete, _) = List::after(None, updated(&people, &view, None)).expect("a complete list");
                prop_assert_eq!(&after, &complete);
                list = Some(after);
            }
        }
    }

    #[test]
    fn what_a_class_sees_is_found_by_its_groups_and_a_digest_is_carried_only_while_it_holds(steps in steps()) {
        for rule in rules() {
            let (mut people, mut digests) = (empty(), BTreeMap::<Hash32, Vec<(u64, Hash32)>>::new());
            for step in &steps {
                apply(&mut people, step);
                for reader in 0..PEOPLE {
                    let view = people.view(&rule, id(reader));
                    let shown = people.list.values().filter(|listed| view.shows(listed)).map(|listed| &listed.person);
                    let now = digest(shown);
                    prop_assert_eq!(people.digest_of(&view), now);
                    let earlier = digests.entry(view.class()).or_default();
                    for (version, then) in earlier.iter() {
                        prop_assert!(!people.is_same_since(&view, *version) || *then == now);
                    }
                    prop_assert!(people.is_same_since(&view, people.version()));
                    prop_assert!(!people.is_same_since(&view, people.version() + 1), "of the future");
                    earlier.push((people.version(), now));
                }
            }
        }
    }

    #[test]
    fn a_group_is_told_to_its_own_people_whole_or_not_at_all(steps in steps()) {
        for rule in rules() {
            let mut people = empty();
            for step in &steps {
                apply(&mut people, step);
                for reader in (0..PEOPLE).map(id) {
                    let view = people.view(&rule, reader);
                    let own = people.get(reader).map(|listed| listed.groups().clone()).unwrap_or_default();
                    let told = people.groups_of(reader, &view);
                    prop_assert!(told.iter().map(|group| &group.name).eq(own.iter()));
                    for group in told {
                        let theirs = people.list.values().filter(|listed| listed.groups().contains(&group.name));
                        let is_shown = |listed: &Arc<Listed>| listed.person.member == reader || view.shows(listed);
                        let is_whole = theirs.clone().all(is_shown);
                        let everybody = theirs.map(|listed| listed.person.member).collect();
                        let expected = if is_whole { GroupPeople::All(everybody) } else { GroupPeople::Hidden };
                        prop_assert_eq!(group.people, expected);
                    }
                }
            }
        }
    }

    #[test]
    fn nobody_hidden_is_named_and_a_class_sees_one_thing(steps in steps(), from in 0u64..12) {
        for rule in rules() {
            let (mut people, mut ever_seen) = (empty(), BTreeMap::<u8, BTreeSet<MemberId>>::new());
            for step in &steps {
                apply(&mut people, step);
                for reader in 0..PEOPLE {
                    let view = people.view(&rule, id(reader));
                    let base = (people.known_since..people.version).contains(&from).then_some(from);
                    let update = updated(&people, &view, base);
                    let seen = ever_seen.entry(reader).or_default();
                    for person in &update.people {
                        let listed = people.get(person.member).expect("listed");
                        prop_assert!(view.shows(listed));
                    }
                    seen.extend(updated(&people, &view, None).people.iter().map(|person| person.member));
                    // Who is said to be gone was seen by a reader of this class at some time.
                    if rule != Visibility::SameGroup {
                        prop_assert!(update.removed.iter().all(|member| seen.contains(member)));
                    }
                    let hidden_and_salted = rule != Visibility::All && update.salt.is_some();
                    prop_assert!(!hidden_and_salted);
                    for other in 0..PEOPLE {
                        let theirs = people.view(&rule, id(other));
                        if theirs.class() == view.class() {
                            prop_assert_eq!(&updated(&people, &theirs, base), &update);
                        }
                    }
                }
            }
        }
    }
}

#[test]
fn a_person_hidden_before_and_after_changes_nothing_for_others() {
    let mut people = empty();
    apply(&mut people, &vec![(1, Some((0, 0b001))), (2, Some((0, 0b100)))]);
    let rule: Visibility = "same-group".parse().expect("a rule");
    let view = people.view(&rule, id(1));
    let base = people.version();
    apply(&mut people, &vec![(2, Some((1, 0b100)))]);
    let update = updated(&people, &view, Some(base));
    assert_eq!((update.people.len(), update.removed.len()), (0, 0));
    assert!(people.is_same_since(&view, base));
    apply(&mut people, &vec![(2, Some((1, 0b101)))]);
    assert_eq!(updated(&people, &view, Some(base)).people.len(), 1, "they joined the group");
    assert!(!people.is_same_since(&view, base));
    apply(&mut people, &vec![(2, None)]);
    let update = updated(&people, &view, Some(base + 2));
    assert_eq!(update.removed, [id(2)]);
    let since_before_they_joined = updated(&people, &view, Some(base));
    assert_eq!(since_before_they_joined.removed, [], "never seen by who has that version");
}

#[test]
fn what_is_remembered_is_bounded_and_an_older_reader_gets_everything() {
    let mut people = empty();
    for round in 0..3_u8 {
        let changes = (0..PAST_MAX / 2).map(|n| {
            let member = MemberId::from_bytes(u128::to_be_bytes(n as u128));
            (member, Some(in_groups(Person { member, ..listed(0, round, 0).person }, 0)))
        });
        people.change(Timestamp::ZERO, [0; 32], changes);
    }
    let view = people.view(&Visibility::All, id(1));
    let have = |version| Some(Have { version, class: view.class() });
    assert!(people.past.len() <= PAST_MAX);
    assert_eq!([0, 1, 2, 3].map(|version| people.base(&view, have(version))), [None, Some(1), Some(2), Some(3)]);
    assert_eq!(people.base(&view, have(4)), None, "a version of the future");
    let other = Have { version: 2, class: Hash32::from_bytes([0; 32]) };
    assert_eq!(people.base(&view, Some(other)), None);
}
