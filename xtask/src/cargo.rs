//! Runs cargo on this workspace, with the toolchain that runs this.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

use anyhow::{Context as _, Result, ensure};

/// The root of the workspace.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().map(Path::to_path_buf).unwrap_or_default()
}

/// A cargo command in the root of the workspace.
pub fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.args(arguments).current_dir(root());
    command
}

/// Whether a cargo subcommand such as `nextest` is installed.
pub fn has(subcommand: &str) -> bool {
    let mut command = command(&[subcommand, "--version"]);
    command.stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok_and(|status| status.success())
}

/// Runs a step to its end, its output passed through, and says how long it took.
///
/// # Errors
/// When it fails.
pub fn step(name: &str, mut command: Command) -> Result<()> {
    eprintln!("── {name}");
    let started = Instant::now();
    let status = command.status().with_context(|| format!("cannot run {name}"))?;
    ensure!(status.success(), "{name} failed ({status})");
    eprintln!("── {name}: {:.1} s", started.elapsed().as_secs_f64());
    Ok(())
}

/// Builds every program of the workspace as the suite builds them, so that both share the results.
///
/// # Errors
/// When it fails.
pub fn build_programs() -> Result<()> {
    step("build", command(&["build", "--workspace", "--bins", "--locked"]))
}
