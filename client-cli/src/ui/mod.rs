//! Faces of the client for people. They ask and listen through `rpc` alone and never touch the vault, the network or a key.

mod asking;
pub mod notifications;
pub mod plain;
pub mod terminal;
