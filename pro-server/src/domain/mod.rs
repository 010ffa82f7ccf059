//! Placeholder for domain.
