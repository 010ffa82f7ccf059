//! A file changed from outside: damage is said, and other content never shown. Nothing here may panic.

use std::sync::Arc;

use rand_chacha::ChaCha8Rng;
use rand_core::{RngCore, SeedableRng};

use super::{NOTES, ROOM, TEXTS, write};
use crate::store::examiner::image;
use crate::store::memory::Memory;
use crate::store::{Reading, Span, Vault, VaultError};

const NOTES_MADE: u64 = 200;
const BODY_OFFSET: usize = 32768;
const SEALED_BLOCK_BYTES: usize = 4124;

fn opened(bytes: Vec<u8>) -> Result<Vault, VaultError> {
    Vault::open_on(Arc::new(Memory::holding(bytes)))
}

#[test]
fn a_changed_byte_is_damage_and_never_other_content() {
    let vault = Vault::ephemeral().unwrap();
    let note = |n: u64| format!("note {n} {}", "x".repeat(300));
    write(&vault, |tx| (0..NOTES_MADE).try_for_each(|n| tx.put(&NOTES, &n, &note(n))));
    let medium = vault.medium.clone();
    vault.close().unwrap();
    let intact = image(&Vault::open_on(medium).unwrap()).bytes().clone();
    let mut refused = 0;
    for at in (0..intact.len()).step_by(1499) {
        let mut changed = intact.clone();
        changed[at] ^= 1;
        let notes = opened(changed)
            .and_then(|vault| vault.read(|tx| tx.scan(&NOTES, Span::all()).collect::<Result<Vec<_>, VaultError>>()));
        match notes {
            Ok(notes) => assert_eq!(notes, (0..NOTES_MADE).map(|n| (n, note(n))).collect::<Vec<_>>(), "byte {at}"),
            Err(VaultError::Damaged | VaultError::WrongKeyFile) => refused += 1,
            Err(other) => panic!("byte {at}: {other:?}"),
        }
    }
    assert!(refused > 20, "{refused} of the changes were seen");
    for len in
        [0, 100, 4096, 16384, 30000, 32768, intact.len() / 2, intact.len() - 1, intact.len() - SEALED_BLOCK_BYTES]
    {
        assert!(matches!(opened(intact[..len].to_vec()), Err(VaultError::Damaged)), "cut to {len}");
    }
}

/// Each block put back was authentic once, in its place: only together they are wrong.
#[test]
fn older_blocks_put_back_are_seen_when_opening() {
    let vault = Vault::ephemeral().unwrap();
    let mut images = Vec::new();
    for round in 0..12u64 {
        for n in 0..20 {
            let key = |m: u64| (ROOM, (n * 37 + m * 11 + round) % 400);
            write(&vault, |tx| {
                (0..20).try_for_each(|m| tx.put(&TEXTS, &key(m), &format!("{round} {}", "x".repeat(500))))
            });
        }
        if round % 3 == 0 {
            vault.shred().unwrap();
        }
        images.push(image(&vault).bytes().clone());
    }
    let now = images.last().cloned().unwrap_or_default();
    let texts = |vault: &Vault| vault.read(|tx| tx.scan(&TEXTS, Span::all()).collect::<Result<Vec<_>, VaultError>>());
    let right = texts(&vault).unwrap();
    let mut refused = 0;
    for seed in 0..100 {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let mut draw = |below: usize| usize::try_from(rng.next_u32()).unwrap() % below;
        let mut mixed = now.clone();
        for _ in 0..=draw(20) {
            let older = &images[draw(images.len())];
            let blocks = (older.len().min(mixed.len()) - BODY_OFFSET) / SEALED_BLOCK_BYTES;
            let at = BODY_OFFSET + SEALED_BLOCK_BYTES * draw(blocks);
            mixed[at..at + SEALED_BLOCK_BYTES].copy_from_slice(&older[at..at + SEALED_BLOCK_BYTES]);
        }
        match opened(mixed) {
            Ok(vault) => {
                assert_eq!(texts(&vault).unwrap(), right, "seed {seed}: only blocks that nothing refers to");
                vault.close().unwrap();
            }
            Err(VaultError::Damaged) => refused += 1,
            Err(other) => panic!("seed {seed}: {other:?}"),
        }
    }
    assert!(refused > 50, "{refused} of the changes were seen");
}
