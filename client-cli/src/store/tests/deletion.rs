//! Deleted means unreadable: for who has the key, every page of the file and every earlier copy of every page.

use super::{NOTES, ROOM, Room, TEXTS, write};
use crate::store::examiner::{contains, image, pages, recoverable, shows, watch};
use crate::store::{Shredded, Span, Vault, VaultError};

fn secret(number: u64) -> String {
    format!("canary-{number:08}-secret")
}

/// Rows in no order, so that buckets split in the middle and rows move between them.
fn filled(rows: u64) -> Vault {
    watch();
    let vault = Vault::ephemeral().unwrap();
    for start in (0..rows).step_by(50) {
        write(&vault, |tx| {
            (start..(start + 50).min(rows)).try_for_each(|n| {
                let n = n.wrapping_mul(7919) % rows;
                tx.put(&TEXTS, &(ROOM, n), &secret(n))
            })
        });
    }
    vault
}

#[test]
fn removed_rows_are_gone_and_the_others_are_not() {
    let vault = filled(700);
    write(&vault, |tx| (100..110).try_for_each(|n| tx.remove(&TEXTS, &(ROOM, n))));
    assert!(vault.is_dirty());
    assert!(shows(&recoverable(&vault), secret(105).as_bytes()), "control: before shredding it is there");

    assert!(matches!(vault.shred().unwrap(), Shredded::Buckets(1..)));
    let found = recoverable(&vault);
    for n in 100..110 {
        assert!(!shows(&found, secret(n).as_bytes()), "{n}");
    }
    for n in (0..100).chain(110..700) {
        assert!(shows(&found, secret(n).as_bytes()), "control: {n} is alive and found");
    }
    assert_eq!(vault.shred().unwrap(), Shredded::Nothing);
}

#[test]
fn overwritten_values_are_gone() {
    watch();
    let vault = Vault::ephemeral().unwrap();
    for n in 0..20 {
        write(&vault, |tx| tx.put(&NOTES, &1, &secret(n)));
    }
    vault.shred().unwrap();
    let found = recoverable(&vault);
    assert!((0..19).all(|n| !shows(&found, secret(n).as_bytes())));
    assert!(shows(&found, secret(19).as_bytes()), "control: the last value is alive");
}

#[test]
fn a_deleted_conversation_leaves_not_even_its_name() {
    let room: Room = *b"who talks to who";
    watch();
    let vault = Vault::ephemeral().unwrap();
    write(&vault, |tx| (0..600).try_for_each(|n| tx.put(&TEXTS, &(room, n), &secret(n))));
    assert!(shows(&recoverable(&vault), &room), "control: its buckets are named while it lives");
    write(&vault, |tx| tx.remove_all(&TEXTS, Span::under(&room)));
    vault.shred().unwrap();
    let found = recoverable(&vault);
    assert!(!shows(&found, &room));
    assert!((0..600).all(|n| !shows(&found, secret(n).as_bytes())));
}

#[test]
fn what_a_failed_transaction_wrote_goes_with_the_next_shredding() {
    watch();
    let vault = Vault::ephemeral().unwrap();
    write(&vault, |tx| tx.put(&NOTES, &1, &"alive".to_owned()));
    let failed: Result<(), VaultError> = vault.write(|tx| {
        tx.put(&NOTES, &2, &secret(2))?;
        Err(VaultError::Missing)
    });
    failed.unwrap_err();
    assert!(shows(&recoverable(&vault), secret(2).as_bytes()), "control: it was sealed under a living key");
    write(&vault, |tx| tx.put(&NOTES, &3, &"later".to_owned()));
    vault.shred().unwrap();
    assert!(!shows(&recoverable(&vault), secret(2).as_bytes()));
}

#[test]
fn an_older_file_with_its_root_slots_as_they_are_now_gives_nothing_back() {
    let vault = filled(300);
    let older = image(&vault);
    write(&vault, |tx| tx.remove_all(&TEXTS, Span::all()));
    vault.shred().unwrap();

    let now = image(&vault);
    let mut mixed = older.bytes().clone();
    mixed[8192..16384].copy_from_slice(&now.bytes()[8192..16384]);
    let medium = std::sync::Arc::new(crate::store::memory::Memory::holding(mixed));
    assert!(matches!(Vault::open_on(medium), Err(VaultError::Damaged)));
}

#[test]
fn nothing_readable_is_in_the_file_itself_nor_in_its_pages() {
    let vault = filled(300);
    let file = image(&vault);
    let pages = pages(&vault);
    assert!(pages.len() > 50, "control: there are pages");
    for canary in [secret(5).into_bytes(), ROOM.to_vec()] {
        assert!(!contains(&file.bytes(), &canary));
        assert!(!shows(&pages, &canary), "keys and values are sealed inside the pages too");
    }
}
