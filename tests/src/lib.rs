//! The rig of the end-to-end tests and of the demonstration: the real programs, real servers, in temporary folders.
//!
//! Nothing here sleeps to wait: it waits for a line, a file or the end of a process, each with a deadline. What it starts it
//! ends by process id when dropped. A missing server is an error, never a reason to skip.

pub mod binary;
pub mod canary;
pub mod client;
pub mod container;
pub mod netns;
pub mod persisted;
pub mod place;
pub mod postgres;
pub mod process;
pub mod server;

#[cfg(feature = "tracing")]
pub mod canary_layer;
#[cfg(feature = "openldap")]
pub mod identity_provider;
#[cfg(feature = "openldap")]
pub mod openldap;
#[cfg(feature = "database")]
pub mod rows;
#[cfg(feature = "openldap")]
pub mod rsyslog;
#[cfg(feature = "openldap")]
pub mod samba;
#[cfg(feature = "terminal")]
pub mod terminal;

pub use client::Client;
pub use place::Place;
pub use process::{Finished, Process};
pub use server::Server;

/// How long a step of a test may take before it is called a failure, in seconds. Generous: two slow cores, debug builds.
pub const STEP_TIMEOUT_S: u64 = 60;

/// The deadline of one step, from now.
pub fn step() -> std::time::Duration {
    std::time::Duration::from_secs(STEP_TIMEOUT_S)
}
