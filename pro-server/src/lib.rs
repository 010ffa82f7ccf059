//! The customer-hosted server: directory, enrollment, signaling, policy and audit. It must never store, log or count who talks to whom.

#![warn(clippy::indexing_slicing)]

pub mod administration;
pub mod app;
pub mod backup;
pub mod cli;
pub mod clock;
pub mod config;
pub mod console;
pub mod directory;
pub mod doctor;
pub mod domain;
pub mod http;
pub mod https;
pub mod identity;
pub mod service;
pub mod storage;
pub mod tasks;
pub mod telemetry;
pub mod tls;
pub mod unix;
pub mod witness;
pub mod words;
