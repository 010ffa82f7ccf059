//! Placeholder for codec.
