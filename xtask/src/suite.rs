//! `cargo xtask test`: form, lints, one build, then every test with its real servers. Ends with the test runner's own lines.

use std::process::ExitCode;

use anyhow::Result;
use clap::Args;
use tests::postgres::{Postgres, URL_VARIABLE};

use crate::requirements::{Purpose, Requirements};
use crate::{bundle, cargo, interrupt, requirements};

/// A server is missing and cannot be installed from here.
const CODE_MISSING: u8 = 2;

/// The tests that take what `cargo xtask bundle` builds.
const DEPLOYMENT: &str = "deployment";

#[derive(Args)]
pub struct Options {
    /// Runs only the tests whose names contain one of these.
    names: Vec<String>,
}

/// Runs everything; the first failure ends it.
///
/// # Errors
/// When a step fails.
pub fn run(options: &Options) -> Result<ExitCode> {
    // Ctrl-C ends the step that runs; the database is then stopped and its folder removed.
    let _interrupted = interrupt::caught()?;
    if let Requirements::Missing(line) = requirements::meet(Purpose::Suite)? {
        eprintln!("The suite talks to real servers, and some are not installed. Install them, then run this again:");
        eprintln!("{line}");
        return Ok(ExitCode::from(CODE_MISSING));
    }
    cargo::step("rustfmt", cargo::command(&["fmt", "--all", "--check"]))?;
    if cargo::has("deny") {
        cargo::step("cargo-deny", cargo::command(&["deny", "--locked", "check"]))?;
    }
    cargo::step(
        "clippy",
        cargo::command(&["clippy", "--workspace", "--all-targets", "--locked", "--", "-D", "warnings"]),
    )?;
    cargo::step("build", cargo::command(&["build", "--workspace", "--all-targets", "--locked"]))?;

    // The tests of what people install need the true thing; somebody who asks for others does not wait for it.
    if options.names.is_empty() || options.names.iter().any(|name| name.contains(DEPLOYMENT)) {
        bundle::build()?;
    }

    let postgres = Postgres::start()?;
    let mut tests = if cargo::has("nextest") {
        let mut documentation = cargo::command(&["test", "--workspace", "--locked", "--doc", "--quiet"]);
        documentation.env(URL_VARIABLE, postgres.url());
        cargo::step("examples in the documentation", documentation)?;
        let mut tests = cargo::command(&["nextest", "run", "--workspace", "--locked"]);
        tests.args(&options.names);
        tests
    } else {
        let mut tests = cargo::command(&["test", "--workspace", "--locked", "--no-fail-fast", "--"]);
        tests.args(&options.names);
        tests
    };
    tests.env(URL_VARIABLE, postgres.url());
    let passed = tests.status()?.success();
    Ok(if passed { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
