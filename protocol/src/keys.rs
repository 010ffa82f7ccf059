//! Placeholder for keys.
