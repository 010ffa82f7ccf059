//! Placeholder for config.
pub mod directory;
