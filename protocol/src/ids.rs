//! Placeholder for ids.
