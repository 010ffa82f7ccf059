//! Placeholder for lane.
