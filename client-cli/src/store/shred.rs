//! Shredding: what was deleted becomes unreadable, in every page and copy of the file, by replacing the keys above it.
//! Reasoning and the case of a kill between any two steps: `docs/adr/0003-deletion-by-key.md`.
//! Must never overwrite a root key before the commit that does without it is durable.

use std::sync::atomic::Ordering;

use super::seal::{KEY_BYTES, random_key};
use super::{Vault, VaultError};

/// Deleted content is unreadable this long after its deletion at the latest, while the vault is open.
pub const SHRED_INTERVAL_S: u64 = 30;

/// What a shredding did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shredded {
    /// Nothing was deleted since the last time.
    Nothing,
    Buckets(usize),
}

impl Vault {
    /// Makes everything that was deleted or overwritten unreadable, even for who has the passphrase and every page of the
    /// file. Call it every [`SHRED_INTERVAL_S`] while [`Vault::is_dirty`]; [`Vault::close`] and opening do it by themselves.
    pub fn shred(&self) -> Result<Shredded, VaultError> {
        // Held throughout: nobody else may blank the slot of the key that is about to be committed.
        let mut writer = self.writer();
        self.settle_roots(&mut writer)?;
        if !self.is_dirty() {
            return Ok(Shredded::Nothing);
        }
        let generation = self.generation().checked_add(1).ok_or(VaultError::Damaged)?;
        let root = random_key::<KEY_BYTES>();
        self.roots_unsettled.store(true, Ordering::Release);
        self.keys.store_root(&*self.medium, generation, &root)?;
        let buckets = self.transact(&mut writer, Some(&root), |tx| {
            tx.set_generation(generation);
            tx.reseal_dirty()
        })?;
        self.settle_roots(&mut writer)?;
        if let Some(installation) = &self.installation {
            installation.sync()?;
        }
        Ok(Shredded::Buckets(buckets))
    }
}
