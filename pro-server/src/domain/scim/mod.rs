//! SCIM 2.0 as values (RFC 7643, RFC 7644): which attributes there are, what a filter means, what a PATCH leaves behind, what a
//! resource looks like. Nothing here knows HTTP or storage, and nothing a provider sends can panic or grow without bound.

pub mod compare;
pub mod documents;
pub mod filter;
#[cfg(test)]
mod golden;
pub mod moment;
pub mod patch;
pub mod path;
pub mod person;
pub mod projection;
pub mod refused;
pub mod schema;
pub mod shape;
pub mod version;

pub use refused::Refused;

/// A resource, or a part of one, as JSON. Its values are somebody's name and mail: it is never printed.
pub type Attributes = serde_json::Map<String, serde_json::Value>;
