//! Placeholder for signed.
