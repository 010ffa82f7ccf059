//! Parts of the virtual network: chance from one number, what a device shows, and copies of vaults.

use rand_core::{CryptoRng, RngCore};

use super::fake::{FAKE_GROUPS, FAKE_KEY_PACKAGES};
use crate::store::tables::{
    CONVERSATIONS, GROUPS, KEY_PACKAGES, MESSAGES_SEEN, MLS_STATE, OUTBOX, OUTBOX_PLACES, OWNED_ENTRIES,
    RECEIVED_HASHES, RECEIVED_LANES, ROSTER_OPERATIONS,
};
use crate::store::{Key, Reading as _, Span, Table, Value, Vault, VaultError};

/// What a device shows: messages of others by id, with their place of arrival and the number that the test gave them. Written in
/// the transaction of the event, as the engine does.
pub(super) const HISTORY: Table<[u8; 16], (u64, u64)> = Table::new(65_010, "history");

/// The newest words of a message, by its id: how often it was edited.
pub(super) const WORDS: Table<[u8; 16], u64> = Table::new(65_011, "words");

/// SplitMix64: all chance of a run from one number.
pub(super) struct Dice(pub u64);

impl RngCore for Dice {
    fn next_u64(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn next_u32(&mut self) -> u32 {
        (self.next_u64() >> 32) as u32
    }

    fn fill_bytes(&mut self, bytes: &mut [u8]) {
        for chunk in bytes.chunks_mut(8) {
            chunk.copy_from_slice(&self.next_u64().to_be_bytes()[..chunk.len()]);
        }
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), rand_core::Error> {
        self.fill_bytes(bytes);
        Ok(())
    }
}

/// Only so that it can stand where entropy is asked for.
impl CryptoRng for Dice {}

/// A vault with the same rows, as a backup has them.
pub(super) fn copy(vault: &Vault) -> Vault {
    let copy = Vault::ephemeral().unwrap();
    copy_table(vault, &copy, &MLS_STATE);
    copy_table(vault, &copy, &CONVERSATIONS);
    copy_table(vault, &copy, &OWNED_ENTRIES);
    copy_table(vault, &copy, &RECEIVED_LANES);
    copy_table(vault, &copy, &RECEIVED_HASHES);
    copy_table(vault, &copy, &KEY_PACKAGES);
    copy_table(vault, &copy, &OUTBOX);
    copy_table(vault, &copy, &OUTBOX_PLACES);
    copy_table(vault, &copy, &MESSAGES_SEEN);
    copy_table(vault, &copy, &GROUPS);
    copy_table(vault, &copy, &ROSTER_OPERATIONS);
    copy_table(vault, &copy, &FAKE_GROUPS);
    copy_table(vault, &copy, &FAKE_KEY_PACKAGES);
    copy_table(vault, &copy, &HISTORY);
    copy_table(vault, &copy, &WORDS);
    copy
}

fn copy_table<K: Key, V: Value>(from: &Vault, to: &Vault, table: &Table<K, V>) {
    let rows = from.read(|tx| tx.scan(table, Span::all()).collect::<Result<Vec<_>, VaultError>>()).unwrap();
    to.write(|tx| rows.iter().try_for_each(|(key, value)| tx.put(table, key, value))).unwrap();
}
