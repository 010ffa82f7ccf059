//! Cryptographic engines of the client: MLS groups for lanes, hash trees for files. Keys come in as arguments and leave in the caller's transaction.

#![warn(clippy::indexing_slicing)]

pub mod file_seal;
pub mod file_tree;
pub mod lane;
pub mod mls;
