//! `cargo xtask prove`: what takes longer than the suite may. Ten thousand seeded runs of groups on a virtual network, and every history of a
//! lane within wider bounds, and a file of 2 GiB whose link is cut and whose receiver is killed. A seed that fails is printed, and becomes a test.

use std::process::ExitCode;

use anyhow::Result;
use clap::Args;

use crate::{cargo, interrupt};

/// A look, not a proof.
const SHORT_SECONDS: &str = "45";
const RUNS: &str = "10000";

#[derive(Args)]
pub struct Options {
    /// Only as many runs as fit into 45 seconds, after the build.
    #[arg(long)]
    short: bool,
}

/// Builds the client's tests and runs the long ones.
///
/// # Errors
/// When a step fails.
pub fn run(options: &Options) -> Result<ExitCode> {
    let _interrupted = interrupt::caught()?;
    let long = if options.short { "prove_every_promise" } else { "prove_" };
    let mut tests = cargo::command(&["test", "--workspace", "--locked", "--lib", "--quiet", "--", "--ignored"]);
    tests.args([long, "--nocapture"]).env("ISOLOIR_PROVE_RUNS", RUNS);
    if options.short {
        tests.env("ISOLOIR_PROVE_SECONDS", SHORT_SECONDS);
    }
    cargo::step("long runs", tests)?;
    if !options.short {
        cargo::build_programs()?;
        let large =
            ["test", "--package", "tests", "--locked", "--test", "it", "--", "--ignored", "prove_", "--nocapture"];
        cargo::step("large files", cargo::command(&large))?;
    }
    Ok(ExitCode::SUCCESS)
}
