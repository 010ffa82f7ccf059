//! End-to-end tests: the real binaries, real servers, promises a user would notice.

#![allow(clippy::expect_used, reason = "a test fails by panicking, in its helpers too")]

mod acts;
mod api;
mod audit;
mod canaries;
mod chat;
mod console;
mod crowd;
mod database;
mod deployment;
mod directory;
mod directory_key;
mod doctor;
mod enrollment;
mod faults;
mod files;
mod groups;
mod history;
mod identity_reset;
mod import;
mod locking;
mod main_job;
mod netns;
mod office;
mod policy;
mod restore;
mod scim;
mod sign_in;
mod sinks;
mod sources;
mod store;
mod tidy;
mod upgrade;
mod witness;
