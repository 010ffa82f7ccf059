//! Placeholder for time.
