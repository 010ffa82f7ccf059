//! A policy that is published while many devices are connected: until the last of them has it.

use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;

use anyhow::{Context as _, Result, ensure};
use serde_json::Value;

use super::figure::{Figure, Report};
use super::pair::{login, with_people};
use super::{Load, part, usage};

/// What people who are online may wait for.
const WANTED_MS: f64 = 2_000.0;
/// As many files as the machine allows: each session is one.
const WITH_FILES: &str = "ulimit -n \"$(ulimit -H -n)\" && exec \"$0\" \"$@\"";

/// # Errors
/// When a program fails.
pub fn measure(folder: &Path, load: &Load, report: &mut Report) -> Result<()> {
    // Each device has two.
    let devices = load.sessions.div_ceil(2);
    let server = with_people(folder, devices)?;
    let codes: Result<Vec<String>> = (1..=devices).map(|person| server.code_link(&login(person))).collect();
    let links = folder.join("links");
    fs::write(&links, codes?.join("\n"))?;
    let bench = part("policy")?;
    let mut far = Command::new("sh");
    far.args(["-c", WITH_FILES]).arg(bench.get_program()).args(bench.get_args()).arg("--links").arg(&links);
    let mut far = Kept(far.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?);
    let mut lines = BufReader::new(far.0.stdout.take().context("stdout")?).lines();
    let mut told = || -> Result<Value> {
        let line = lines.next().context("the devices ended")??;
        Ok(serde_json::from_str(&line)?)
    };
    let number = |told: &Value, name: &str| told[name].as_f64().with_context(|| format!("no {name}"));
    let sessions = number(&told()?, "sessions")?;
    ensure!(sessions >= load.sessions as f64, "only {sessions} sessions are open");
    let pid = server.ready().pid;
    let (begun, cpu_s) = (Instant::now(), usage::cpu_s(pid)?);
    let elapsed_ms = || begun.elapsed().as_secs_f64() * 1e3;
    server.admin(&["policy", "set", "file.max_bytes=50000000"])?;
    let published_ms = elapsed_ms();
    let mut step = far.0.stdin.take().context("stdin")?;
    step.write_all(b"\n")?;
    let arrived = told()?;
    let last_ms = elapsed_ms();
    let interrupted = number(&arrived, "interrupted")?;
    let spent_us = (usage::cpu_s(pid)? - cpu_s) * 1e6 / sessions;
    report.add(
        Figure::new("policy in force on every connected session", last_ms, "ms")
            .beside("the command until it returned", published_ms)
            .at_most(WANTED_MS),
    );
    report.add(Figure::new("sessions that were interrupted meanwhile", interrupted, "sessions"));
    report.add(Figure::new("server CPU per session and policy", spent_us, "µs"));
    drop(step);
    Ok(())
}

/// Ends with this.
struct Kept(std::process::Child);

impl Drop for Kept {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
