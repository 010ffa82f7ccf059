//! Placeholder for ui.
