//! A client's list of people against any sequence of updates, rightly and wrongly put together.

use proptest::prelude::*;
use protocol::directory::{Applied, DirectoryUpdate, List, ListRefused, Person, digest};
use protocol::ids::MemberId;

use super::samples;

fn complete(version: u64, people: &[u8]) -> DirectoryUpdate {
    let people: Vec<Person> = people.iter().map(|n| samples::person(*n)).collect();
    let digest = digest(&people);
    DirectoryUpdate { version, people, digest, ..samples::directory_update() }
}

fn delta(base: u64, people: &[u8], removed: &[u8], result: &[u8]) -> DirectoryUpdate {
    let removed = removed.iter().map(|n| MemberId::from_bytes([*n; 16])).collect();
    let digest = complete(0, result).digest;
    DirectoryUpdate { base: Some(base), removed, digest, ..complete(base + 1, people) }
}

#[test]
fn a_change_leads_to_the_list_that_it_names_and_says_what_changed() {
    let (list, applied) = List::after(None, complete(4, &[1, 2, 3])).unwrap();
    assert_eq!((applied.changed.len(), applied.gone.len()), (3, 0));
    let (list, applied) = List::after(Some(&list), delta(4, &[2, 4], &[1], &[2, 3, 4])).unwrap();
    let [gone, new] = [1, 4].map(|n| MemberId::from_bytes([n; 16]));
    // Person 2 came again as they were.
    assert_eq!(applied, Applied { changed: vec![new], gone: vec![gone] });
    assert_eq!((list.have.version, list.people().len()), (5, 3));
    let (_, applied) = List::after(Some(&list), complete(9, &[3])).unwrap();
    assert_eq!(applied.gone.len(), 2, "a complete list lets go of whoever is not in it");
}

#[test]
fn nothing_but_the_named_list_is_taken() {
    let (list, _) = List::after(None, complete(4, &[1, 2])).unwrap();
    let good = delta(4, &[3], &[1], &[2, 3]);
    let other_class = DirectoryUpdate { class: protocol::ids::Hash32::from_bytes([0; 32]), ..good.clone() };
    let wrong = [
        (delta(3, &[3], &[1], &[2, 3]), ListRefused::OtherBase),
        (other_class, ListRefused::OtherBase),
        (DirectoryUpdate { version: 4, ..good.clone() }, ListRefused::OtherBase),
        (delta(4, &[3], &[], &[2, 3]), ListRefused::Digest),
        (delta(4, &[3], &[5], &[1, 2, 3]), ListRefused::Order),
        (delta(4, &[1, 3], &[1], &[1, 2, 3]), ListRefused::Order),
        (delta(4, &[4, 3], &[1], &[2, 3, 4]), ListRefused::Order),
        (delta(4, &[3, 3], &[1], &[2, 3]), ListRefused::Order),
        (DirectoryUpdate { base: None, ..good.clone() }, ListRefused::Order),
    ];
    for (update, why) in wrong {
        assert_eq!(List::after(Some(&list), update).err(), Some(why));
    }
    assert_eq!(List::after(None, good.clone()).err(), Some(ListRefused::OtherBase));
    assert!(List::after(Some(&list), good).is_ok());
}

#[test]
fn a_kept_list_is_the_one_that_was_kept() {
    let update = complete(4, &[1, 2]);
    let (list, _) = List::after(None, update.clone()).unwrap();
    let people: Vec<Person> = list.people().cloned().collect();
    assert_eq!(List::kept(list.have, people.clone(), update.digest).as_ref(), Some(&list));
    assert_eq!(List::kept(list.have, people[1..].to_vec(), update.digest), None);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    /// Whatever an update says, the list afterwards is the one it names or the one from before.
    #[test]
    fn an_update_is_taken_whole_or_not_at_all(
        start in prop::collection::btree_set(0u8..12, 0..8),
        changed in prop::collection::vec(0u8..12, 0..6),
        removed in prop::collection::vec(0u8..12, 0..6),
        result in prop::collection::btree_set(0u8..12, 0..8),
        is_delta: bool,
    ) {
        let list = |set: &std::collections::BTreeSet<u8>| set.iter().copied().collect::<Vec<_>>();
        let (before, _) = List::after(None, complete(4, &list(&start))).unwrap();
        let update = delta(4, &changed, &removed, &list(&result));
        let update = if is_delta { update } else { DirectoryUpdate { base: None, ..update } };
        let named = update.digest;
        if let Ok((after, _)) = List::after(Some(&before), update) {
            prop_assert_eq!(digest(after.people()), named);
        }
    }
}
