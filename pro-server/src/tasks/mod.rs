//! Placeholder for tasks.
