//! Placeholder for http.
