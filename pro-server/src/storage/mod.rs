//! Placeholder for storage.
