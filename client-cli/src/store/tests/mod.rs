//! What the vault promises: what was committed stays, what was deleted is gone, and nobody else opens it.

mod crash;
mod deletion;
mod files;
mod passphrase;
mod tables;
mod tampering;

use super::{Table, Vault, VaultError};

pub(super) type Room = [u8; 16];

pub(super) const TEXTS: Table<(Room, u64), String> = Table::grouped::<Room>(60_000, "texts");
pub(super) const NOTES: Table<u64, String> = Table::new(60_001, "notes");

pub(super) const ROOM: Room = [9; 16];

pub(super) fn write(vault: &Vault, f: impl FnOnce(&mut super::WriteTx<'_>) -> Result<(), VaultError>) {
    vault.write(f).unwrap();
}
