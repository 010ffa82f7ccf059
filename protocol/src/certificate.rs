//! Placeholder for certificate.
