//! The vault: everything the client keeps, in one encrypted file. Deleted secrets must become unreadable, free pages included.
//!
//! ```text
//! vault        transactions over tables          tables, table, key, reading, transaction
//! catalog      rows in buckets under own keys    shred: what was deleted loses its key
//! redb         B-trees, two-phase commits
//! block        sealed blocks of 4 KiB            header: passphrase, vault key, root keys
//! medium       one locked file                   folder, installation
//! ```

#![warn(clippy::indexing_slicing)]

mod attempts;
mod block;
mod catalog;
mod changes;
mod error;
mod folder;
mod header;
mod installation;
mod key;
mod medium;
mod memory;
pub mod mls;
mod opener;
mod passphrase;
mod reading;
pub mod records;
mod seal;
mod shred;
mod table;
pub mod tables;
mod transaction;
mod vault;

#[cfg(test)]
pub(crate) mod examiner;
#[cfg(test)]
mod tests;

pub use error::VaultError;
pub use folder::{ATTEMPTS_FILE, Claim, INSTALLATION_FILE, KEY_FILE, Unlock, VAULT_FILE};
pub use header::{FORMAT_VERSION, Protection};
pub use key::{Key, MalformedKey, Span};
#[cfg(test)]
pub(crate) use memory::SmallDisk;
pub use opener::{KDF_LANES, KDF_MEMORY_KIB, KDF_PASSES, KdfCost};
pub use reading::{Batch, Reading, Rows, Scan, TableNumber};
pub use shred::{SHRED_INTERVAL_S, Shredded};
pub use table::{MalformedValue, SecretBytes, Table, Value};
pub use transaction::{ReadTx, VALUE_BYTES_MAX, WriteTx};
pub use vault::{Continuity, Vault};
