//! The client: engine, store, links and the command line. Messages and files leave it only sealed for the device they are for.

pub mod account;
pub mod cli;
pub mod clock;
pub mod conversation;
pub mod core;
pub mod crypto;
pub mod durations;
pub mod engine;
pub mod enrollment;
pub mod files;
pub mod net;
pub mod plain;
pub mod platform;
pub mod qr;
pub mod rpc;
pub mod sign_in;
pub mod store;
pub mod ui;
pub mod words;
