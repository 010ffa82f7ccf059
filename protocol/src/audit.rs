//! Placeholder for audit.
