//! Placeholder.

#[derive(Debug, thiserror::Error)]
#[error("a block of the vault is not authentic")]
pub struct BlockError;
