//! What both ends must agree on: ids, documents, frames and the machines that speak them.
//! Pure: no runtime, no database, no clock, no ambient entropy. The normative text is `protocol/spec/`.

#![warn(clippy::indexing_slicing)]

pub mod audit;
pub mod bounded;
pub mod certificate;
pub mod codec;
pub mod directory;
pub mod enrollment;
pub mod envelope;
pub mod ids;
pub mod keys;
pub mod lane;
pub mod limits;
pub mod link;
pub mod message;
pub mod organization;
pub mod policy;
pub mod roster;
pub mod safety_number;
pub mod secret;
pub mod signaling;
pub mod signed;
pub mod time;
pub mod tlog;
