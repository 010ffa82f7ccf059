//! Tests of the protocol through its public interface: hostile bytes, hostile peers, a virtual network, committed vectors.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking, in its helpers too")]

mod hostile_bytes;
mod hostile_peer;
mod log;
mod pair;
mod samples;
mod vectors;
