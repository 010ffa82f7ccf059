//! Placeholder for limits.
