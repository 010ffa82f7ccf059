//! A backup: one encrypted file with everything that the organization's server is: database, keys, configuration.
//! What is in it and how it is sealed stand here; `service/backup.rs` takes the copy, `cli` writes and restores it.

pub mod manifest;
pub mod place;
pub mod seal;

pub use manifest::{Manifest, Part};
pub use seal::{BadBackup, Opener, Sealer};
