//! The systemd unit, as systemd itself judges it.

use std::process::Command;

use anyhow::{Context as _, Result, ensure};
use tests::{Process, binary, step};

use super::repository;

const UNIT: &str = "pro-server/pro-server.service";
const AGENT_UNIT: &str = "client-cli/isoloir-agent.service";
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

/// A service of one person can have less taken from it; what it can do without, it does without.
#[test]
fn the_agents_unit_takes_what_a_person_may_take() -> Result<()> {
    let unit = std::fs::read_to_string(repository(AGENT_UNIT))?;
    for line in [
        "ExecStart=/usr/local/bin/isoloir agent --locked --notify=sender",
        "LimitCORE=0",
        "MemorySwapMax=0",
        "UMask=0077",
        "NoNewPrivileges=yes",
        "RestrictSUIDSGID=yes",
        "RestrictNamespaces=yes",
        "MemoryDenyWriteExecute=yes",
        "SystemCallFilter=@system-service",
        "RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX AF_NETLINK",
    ] {
        ensure!(unit.lines().any(|written| written == line), "the unit does not say {line}");
    }
    let mut verify = Command::new(binary::installed("systemd-analyze", &[])?);
    verify.args(["security", "--offline=true", "--no-pager"]).arg(repository(AGENT_UNIT));
    let said = Process::run("systemd-analyze", verify, step())?.success("systemd-analyze")?;
    ensure!(said.stdout.iter().any(|line| line.contains("Overall exposure level")), "systemd does not read it");
    Ok(())
}
