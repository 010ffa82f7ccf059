//! Placeholder for link.
