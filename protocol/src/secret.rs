//! Placeholder for secret.
