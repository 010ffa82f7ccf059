//! Connections: the pinned TLS stream, enrollment over HTTP, the signaling socket, and links over WebRTC data channels.

#![warn(clippy::indexing_slicing)]

mod http;
pub mod link;
pub mod login;
pub mod loopback;
#[cfg(test)]
mod rig;
pub mod signal;
pub mod tls;
