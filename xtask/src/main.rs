//! The tasks of the workspace: `cargo xtask test` checks everything, `cargo xtask demo` shows it, `cargo xtask bench` measures it,
//! `cargo xtask bundle` builds what people install, `cargo xtask prove` runs what takes longer than the suite may. Keeps no state but in the target folder; what it starts it ends.

mod bench;
mod bundle;
mod cargo;
mod demo;
mod interrupt;
mod prove;
mod requirements;
mod suite;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Tasks of the workspace.
#[derive(Parser)]
#[command(bin_name = "cargo xtask", version)]
struct Arguments {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Checks form, lints and the whole suite, with real servers. Exit code 2: a server is missing and cannot be installed.
    Test(suite::Options),
    /// Builds what people install: static programs, an archive, the context of the image, sums; into target/bundle.
    Bundle,
    /// Starts a server and two clients and shows them talking peer to peer.
    Demo(demo::Options),
    /// Measures the release programs beside scp and TLS, and says where the time went. Exit code 2: a rival is missing.
    Bench(bench::Options),
    /// Runs what takes longer than the suite may: thousands of seeded runs, and models within wider bounds.
    Prove(prove::Options),
    /// The part of `bench` that runs beside the release programs.
    #[command(hide = true)]
    BenchDriver(bench::Options),
}

fn main() -> ExitCode {
    let done = match Arguments::parse().task {
        Task::Test(options) => suite::run(&options),
        Task::Bundle => bundle::run(),
        Task::Demo(options) => demo::run(&options),
        Task::Bench(options) => bench::run(&options),
        Task::Prove(options) => prove::run(&options),
        Task::BenchDriver(options) => bench::drive(&options),
    };
    done.unwrap_or_else(|error| {
        eprintln!("error: {error:#}");
        ExitCode::FAILURE
    })
}
