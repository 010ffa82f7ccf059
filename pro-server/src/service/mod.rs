//! Placeholder for service.
