//! Pure cores of the client: machines and planners that decide. No runtime, no clock, no file, no socket.

#![warn(clippy::indexing_slicing)]

pub mod acts;
pub mod attempts;
pub mod authorship;
pub mod identity;
pub mod in_step;
pub mod lane;
pub mod logins;
pub mod outbox;
pub mod peer;
pub mod search;
pub mod timeline;
pub mod transfer;
pub mod trust;
