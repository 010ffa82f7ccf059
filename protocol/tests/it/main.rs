//! Tests of the protocol through its public interface: hostile bytes, hostile peers, a virtual network, committed vectors.

#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test fails by panicking, in its helpers too"
)]

mod attack;
mod cddl;
mod examples;
mod hostile_bytes;
mod hostile_client;
mod hostile_peer_bytes;
mod hostile_server;
mod labels;
mod log;
mod pair;
mod people;
mod redaction;
mod samples;
mod vectors;
