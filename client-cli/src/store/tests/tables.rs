//! Tables against a map: the same content and order whatever the splits, spans and directions.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::{NOTES, ROOM, Room, TEXTS, write};
use crate::store::{Reading, Span, Table, Vault, VaultError};

#[derive(Clone, Debug)]
enum Change {
    Put(u8, u64, u16),
    Remove(u8, u64),
    RemoveRoom(u8),
    Abort(u8, u64),
    Shred,
    Reopen,
}

fn change() -> impl Strategy<Value = Change> {
    let (room, number) = (0..4u8, 0..600u64);
    prop_oneof![
        600 => (room.clone(), number.clone(), 0..2000u16).prop_map(|(room, n, len)| Change::Put(room, n, len)),
        200 => (room.clone(), number.clone()).prop_map(|(room, n)| Change::Remove(room, n)),
        1 => room.clone().prop_map(Change::RemoveRoom),
        10 => (room, number).prop_map(|(room, n)| Change::Abort(room, n)),
        3 => Just(Change::Shred),
        1 => Just(Change::Reopen),
    ]
}

fn room(number: u8) -> Room {
    [number; 16]
}

fn text(number: u64, len: u16) -> String {
    format!("{number} {}", "y".repeat(usize::from(len)))
}

fn all(vault: &Vault, span: Span) -> Vec<((Room, u64), String)> {
    vault.read(|tx| tx.scan(&TEXTS, span).collect::<Result<Vec<_>, VaultError>>()).unwrap()
}

fn check(vault: &Vault, model: &BTreeMap<(Room, u64), String>) {
    let expected: Vec<_> = model.iter().map(|(key, value)| (*key, value.clone())).collect();
    assert_eq!(all(vault, Span::all()), expected);
    let mut reversed = expected.clone();
    reversed.reverse();
    assert_eq!(all(vault, Span::all().backwards()), reversed);
    for number in 0..4 {
        let inside: Vec<_> = expected.iter().filter(|((r, _), _)| *r == room(number)).cloned().collect();
        assert_eq!(all(vault, Span::under(&room(number))), inside);
        let (low, high) = ((room(number), 100), (room(number), 400));
        let between: Vec<_> = inside.iter().filter(|(key, _)| *key >= low && *key < high).rev().cloned().collect();
        assert_eq!(all(vault, Span::under(&room(number)).starting(&low).before(&high).backwards()), between);
    }
    for (key, value) in &expected {
        assert_eq!(vault.read(|tx| tx.get(&TEXTS, key)).unwrap().as_ref(), Some(value));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(8))]

    #[test]
    fn a_table_is_a_sorted_map(changes in prop::collection::vec(change(), 1200)) {
        let mut vault = Vault::ephemeral().unwrap();
        let mut model = BTreeMap::new();
        for step in changes.chunks(40) {
            for change in step {
                apply(&mut vault, &mut model, change);
            }
        }
        check(&vault, &model);
        vault.shred().unwrap();
        check(&vault, &model);
        let vault = Vault::open_on(vault.medium.clone()).unwrap();
        check(&vault, &model);
    }
}

fn apply(vault: &mut Vault, model: &mut BTreeMap<(Room, u64), String>, change: &Change) {
    match *change {
        Change::Put(r, n, len) => {
            write(vault, |tx| tx.put(&TEXTS, &(room(r), n), &text(n, len)));
            model.insert((room(r), n), text(n, len));
        }
        Change::Remove(r, n) => {
            write(vault, |tx| tx.remove(&TEXTS, &(room(r), n)));
            model.remove(&(room(r), n));
        }
        Change::RemoveRoom(r) => {
            write(vault, |tx| tx.remove_all(&TEXTS, Span::under(&room(r))));
            model.retain(|(kept, _), _| *kept != room(r));
        }
        Change::Abort(r, n) => {
            let aborted: Result<(), VaultError> = vault.write(|tx| {
                tx.put(&TEXTS, &(room(r), n), &"never".to_owned())?;
                tx.remove(&TEXTS, &(room(r), n + 1))?;
                Err(VaultError::Missing)
            });
            assert!(matches!(aborted, Err(VaultError::Missing)));
        }
        Change::Shred => {
            vault.shred().unwrap();
            assert!(!vault.is_dirty());
        }
        Change::Reopen => {
            let medium = vault.medium.clone();
            *vault = Vault::ephemeral().unwrap();
            *vault = Vault::open_on(medium).unwrap();
        }
    }
}

#[test]
fn a_transaction_sees_its_own_changes_and_a_snapshot_does_not_move() {
    let vault = Vault::ephemeral().unwrap();
    write(&vault, |tx| tx.put(&NOTES, &1, &"first".to_owned()));
    let kept: Result<(), VaultError> = vault.read(|snapshot| {
        write(&vault, |tx| {
            tx.put(&NOTES, &1, &"second".to_owned())?;
            tx.put(&TEXTS, &(ROOM, 1), &"beside".to_owned())?;
            assert_eq!(tx.get(&NOTES, &1)?.as_deref(), Some("second"));
            Ok(())
        });
        vault.shred()?;
        assert_eq!(snapshot.get(&NOTES, &1)?.as_deref(), Some("first"));
        assert_eq!(snapshot.get(&TEXTS, &(ROOM, 1))?, None);
        Ok(())
    });
    kept.unwrap();
    assert_eq!(vault.read(|tx| tx.get(&NOTES, &1)).unwrap().as_deref(), Some("second"));
}

const TOLD: Table<u64, String> = Table::new(60_002, "told").telling();

#[test]
fn a_telling_table_names_what_changed_and_what_failed_did_not() {
    let vault = Vault::ephemeral().unwrap();
    write(&vault, |tx| {
        tx.put(&NOTES, &1, &"silent".to_owned())?;
        (0..3).try_for_each(|n| tx.put(&TOLD, &n, &"told".to_owned()))
    });
    assert_eq!(vault.take_changes(&TOLD).unwrap(), [0, 1, 2]);
    assert!(vault.take_changes(&TOLD).unwrap().is_empty());
    write(&vault, |tx| {
        tx.remove(&TOLD, &1)?;
        tx.remove(&TOLD, &77)
    });
    let failed: Result<(), VaultError> = vault.write(|tx| {
        tx.put(&TOLD, &9, &"never".to_owned())?;
        Err(VaultError::Missing)
    });
    failed.unwrap_err();
    vault.shred().unwrap();
    assert_eq!(vault.take_changes(&TOLD).unwrap(), [1], "neither what failed nor what was only sealed anew");
}
