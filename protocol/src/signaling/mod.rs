//! Signaling: the wire frames and the two sans-IO sessions that speak them. Never holds a socket, a clock or a file.

pub mod client;
pub mod field;
pub mod message;
pub mod pace;
pub mod proof;
pub mod server;
