//! Placeholder for identity.
