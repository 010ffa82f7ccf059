//! Placeholder for directory.
