//! The program as people and other programs run it, without a server: what a locked agent still holds in its memory, and what programs
//! may rely on.

#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test fails by panicking, in its helpers too"
)]

mod enrolled;
mod memory;
mod notifications;
mod passphrase;
mod programs;
