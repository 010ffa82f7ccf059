//! Placeholder for policy.
