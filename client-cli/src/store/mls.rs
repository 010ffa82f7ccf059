//! OpenMLS on the vault: one group's state in memory, with a journal of what an operation changed.
//! MLS state, lane entry and outbox row become durable in the caller's one transaction or not at all: a dropped journal never happened.
//! Must never write by itself, and never keep a state past the transaction that failed to store it. Source: RFC 9420 §9, §16.6; `openmls_traits::storage`.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use openmls_rust_crypto::RustCrypto;
use openmls_traits::OpenMlsProvider;
use serde::Serialize;
use serde::de::DeserializeOwned;
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use super::key::{Key, MalformedKey, Span};
use super::table::SecretBytes;
use super::tables::MLS_STATE;
use super::{Reading, VaultError, WriteTx};

mod provider;
#[cfg(test)]
mod tests;

const SCOPE_BYTES: usize = 37;
const ENTRY_BYTES: usize = 33;
const SCOPE_LANE: u8 = 1;
const SCOPE_KEY_PACKAGE: u8 = 2;

/// What an MLS entry belongs to: the unit that is loaded, forgotten and shredded together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MlsScope([u8; SCOPE_BYTES]);

impl MlsScope {
    /// The group of one lane, own or received.
    pub fn lane(device: &[u8; 16], conversation: &[u8; 16], generation: u32) -> Self {
        let mut bytes = [0; SCOPE_BYTES];
        let (kind, rest) = bytes.split_at_mut(1);
        let (left, rest) = rest.split_at_mut(16);
        let (right, number) = rest.split_at_mut(16);
        kind.fill(SCOPE_LANE);
        left.copy_from_slice(device);
        right.copy_from_slice(conversation);
        number.copy_from_slice(&generation.to_be_bytes());
        Self(bytes)
    }

    /// The private halves of one single-use key package, under an id of the caller's choice.
    /// Forget it in the transaction that applies its Welcome.
    pub fn key_package(id: &[u8; 16]) -> Self {
        let mut bytes = [0; SCOPE_BYTES];
        let (kind, rest) = bytes.split_at_mut(1);
        let (left, _) = rest.split_at_mut(16);
        kind.fill(SCOPE_KEY_PACKAGE);
        left.copy_from_slice(id);
        Self(bytes)
    }
}

impl Key for MlsScope {
    const BYTES: usize = SCOPE_BYTES;

    fn put(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.0);
    }

    fn take(from: &mut &[u8]) -> Result<Self, MalformedKey> {
        Ok(Self(<[u8; SCOPE_BYTES]>::take(from)?))
    }
}

/// Label and digest of OpenMLS' own key: its keys can hold whole public keys.
pub(crate) type EntryKey = [u8; ENTRY_BYTES];

#[derive(Debug, thiserror::Error)]
pub enum MlsStoreError {
    #[error("an MLS value cannot be encoded")]
    Encode,
    #[error("a stored MLS value is malformed")]
    Malformed,
}

struct Entry {
    scope: MlsScope,
    value: Zeroizing<Vec<u8>>,
}

#[derive(Default)]
struct Overlay {
    entries: BTreeMap<EntryKey, Entry>,
    changes: BTreeMap<(MlsScope, EntryKey), Option<Zeroizing<Vec<u8>>>>,
}

/// The `StorageProvider` that OpenMLS reads and writes. Nothing reaches the vault before [`Journal::apply`].
pub struct MlsStorage {
    home: MlsScope,
    overlay: Mutex<Overlay>,
}

impl std::fmt::Debug for MlsStorage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("MlsStorage")
    }
}

impl MlsStorage {
    fn overlay(&self) -> MutexGuard<'_, Overlay> {
        self.overlay.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn entry_key(label: u8, key: &impl Serialize) -> Result<EntryKey, MlsStoreError> {
        let bytes = encode(key)?;
        let mut entry = [label; ENTRY_BYTES];
        let (_, digest) = entry.split_at_mut(1);
        digest.copy_from_slice(&Sha256::digest(&bytes));
        Ok(entry)
    }

    fn put(&self, label: u8, key: &impl Serialize, value: &(impl Serialize + ?Sized)) -> Result<(), MlsStoreError> {
        let key = Self::entry_key(label, key)?;
        let value = encode(value)?;
        self.put_bytes(key, Zeroizing::new(value));
        Ok(())
    }

    fn put_bytes(&self, key: EntryKey, value: Zeroizing<Vec<u8>>) {
        let mut overlay = self.overlay();
        let scope = overlay.entries.get(&key).map_or(self.home, |entry| entry.scope);
        overlay.changes.insert((scope, key), Some(value.clone()));
        overlay.entries.insert(key, Entry { scope, value });
    }

    fn value<T: DeserializeOwned>(&self, label: u8, key: &impl Serialize) -> Result<Option<T>, MlsStoreError> {
        let key = Self::entry_key(label, key)?;
        match self.overlay().entries.get(&key) {
            Some(entry) => decode(&entry.value).map(Some),
            None => Ok(None),
        }
    }

    fn delete(&self, label: u8, key: &impl Serialize) -> Result<(), MlsStoreError> {
        let key = Self::entry_key(label, key)?;
        let mut overlay = self.overlay();
        if let Some(entry) = overlay.entries.remove(&key) {
            overlay.changes.insert((entry.scope, key), None);
        }
        Ok(())
    }

    fn list(&self, label: u8, key: &impl Serialize) -> Result<Vec<Vec<u8>>, MlsStoreError> {
        Ok(self.value(label, key)?.unwrap_or_default())
    }

    fn append(&self, label: u8, key: &impl Serialize, value: &impl Serialize) -> Result<(), MlsStoreError> {
        let mut list = self.list(label, key)?;
        list.push(encode(value)?);
        self.put(label, key, &list)
    }

    fn remove_item(&self, label: u8, key: &impl Serialize, value: &impl Serialize) -> Result<(), MlsStoreError> {
        let item = encode(value)?;
        let mut list = self.list(label, key)?;
        list.retain(|kept| *kept != item);
        self.put(label, key, &list)
    }
}

/// Self-describing: OpenMLS' types are not all readable from a format that is not.
fn encode(value: &(impl Serialize + ?Sized)) -> Result<Vec<u8>, MlsStoreError> {
    minicbor_serde::to_vec(value).map_err(|_| MlsStoreError::Encode)
}

fn decode<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, MlsStoreError> {
    minicbor_serde::from_slice(bytes).map_err(|_| MlsStoreError::Malformed)
}

/// What OpenMLS wants in one hand: cryptography, entropy, storage.
#[derive(Debug)]
pub struct MlsProvider {
    crypto: RustCrypto,
    storage: MlsStorage,
}

impl MlsProvider {
    /// Nothing stored yet: a group or key package to be made. Its entries will belong to `home`.
    pub fn empty(home: MlsScope) -> Self {
        Self { crypto: RustCrypto::default(), storage: MlsStorage { home, overlay: Mutex::default() } }
    }

    /// The entries of one scope.
    pub fn load(tx: &impl Reading, home: MlsScope) -> Result<Self, VaultError> {
        Self::empty(home).with(tx, home)
    }

    /// The entries of a further scope too, each staying with its own: a key package for the Welcome that uses it.
    pub fn with(self, tx: &impl Reading, scope: MlsScope) -> Result<Self, VaultError> {
        for row in tx.scan(&MLS_STATE, Span::under(&scope)) {
            let ((scope, key), value) = row?;
            let value = value.0;
            self.storage.overlay().entries.insert(key, Entry { scope, value });
        }
        Ok(self)
    }

    /// What changed since the last call. To keep it, apply it in the transaction that stores what it is for;
    /// if that transaction fails, drop this provider and every group loaded from it.
    #[must_use = "a dropped journal never happened: drop provider and groups too"]
    pub fn journal(&self) -> Journal {
        Journal { changes: std::mem::take(&mut self.storage.overlay().changes) }
    }
}

impl OpenMlsProvider for MlsProvider {
    type CryptoProvider = RustCrypto;
    type RandProvider = RustCrypto;
    type StorageProvider = MlsStorage;

    fn storage(&self) -> &MlsStorage {
        &self.storage
    }

    fn crypto(&self) -> &RustCrypto {
        &self.crypto
    }

    fn rand(&self) -> &RustCrypto {
        &self.crypto
    }
}

/// Writes and deletes of one operation, waiting for a transaction.
pub struct Journal {
    changes: BTreeMap<(MlsScope, EntryKey), Option<Zeroizing<Vec<u8>>>>,
}

impl Journal {
    pub fn is_empty(&self) -> bool {
        self.changes.is_empty()
    }

    pub fn apply(&self, tx: &mut WriteTx<'_>) -> Result<(), VaultError> {
        for (key, change) in &self.changes {
            match change {
                Some(value) => tx.put(&MLS_STATE, key, &SecretBytes(value.clone()))?,
                None => tx.remove(&MLS_STATE, key)?,
            }
        }
        Ok(())
    }
}

/// Deletes everything of a scope: a lane that ended, a key package that was used or expired.
pub fn forget(tx: &mut WriteTx<'_>, scope: MlsScope) -> Result<(), VaultError> {
    tx.remove_all(&MLS_STATE, Span::under(&scope))
}
