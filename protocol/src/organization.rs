//! Placeholder for organization.
