//! The systemd unit, as systemd itself judges it.

use std::process::Command;

use anyhow::{Context as _, Result, ensure};
use tests::{Process, binary, step};

use super::repository;

const UNIT: &str = "pro-server/pro-server.service";
/// The most exposure that is accepted, of 10.
const EXPOSURE_MAX: f64 = 1.5;

#[test]
fn the_unit_is_hardened() -> Result<()> {
    let mut analyze = Command::new(binary::installed("systemd-analyze", &[])?);
    analyze.args(["security", "--offline=true", "--no-pager"]).arg(repository(UNIT));
    let said = Process::run("systemd-analyze", analyze, step())?.success("systemd-analyze")?;
    let overall = said.stdout.iter().find(|line| line.contains("Overall exposure level")).context("no verdict")?;
    let exposure: f64 = overall
        .split_whitespace()
        .find_map(|word| word.trim_matches(|c: char| !c.is_ascii_digit()).parse().ok())
        .with_context(|| format!("no figure in {overall}"))?;
    ensure!(exposure <= EXPOSURE_MAX, "exposure {exposure}: {}", said.stdout.join("\n"));
    Ok(())
}

/// What systemd's figure does not weigh: memory knows who is present, and nothing of it may reach a disk.
#[test]
fn memory_reaches_no_disk() -> Result<()> {
    let unit = std::fs::read_to_string(repository(UNIT))?;
    for line in ["LimitCORE=0", "MemorySwapMax=0", "StateDirectoryMode=0700", "UMask=0077"] {
        ensure!(unit.lines().any(|written| written == line), "the unit does not say {line}");
    }
    Ok(())
}
