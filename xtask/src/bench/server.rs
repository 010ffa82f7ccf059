//! The server alone: how fast it starts, what it holds, what an idle session costs it, and what it spends on an envelope.

use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use serde_json::Value;
use tests::{Process, binary, step};

use super::figure::{Figure, Report, percentile_ms};
use super::link::one_object;
use super::pair::{login, with_people};
use super::profile::Profile;
use super::{Load, part, usage};

/// # Errors
/// When a program fails.
pub fn measure(folder: &Path, load: &Load, report: &mut Report) -> Result<()> {
    let mut server = with_people(folder, load.devices)?;
    let mut started = Vec::new();
    for _ in 0..load.starts {
        server.stop()?;
        let start = Instant::now();
        server.start()?;
        started.push(start.elapsed());
    }
    let pid = server.ready().pid;
    report.add(
        Figure::new("server start, p50", percentile_ms(&started, 50), "ms")
            .beside("the same program printing its version", version_ms(load)?),
    );
    report.add(
        Figure::new("server memory after start", usage::memory_kib(pid, "VmRSS")? / 1024.0, "MiB")
            .beside("of it private: neither program nor libraries", usage::memory_kib(pid, "RssAnon")? / 1024.0),
    );
    let links = folder.join("links");
    let codes: Result<Vec<String>> = (1..=load.devices).map(|person| server.code_link(&login(person))).collect();
    fs::write(&links, codes?.join("\n"))?;
    let mut devices = Devices::start(&links, load)?;
    devices.told("enrolled")?;
    let (before, private_before) = (usage::memory_kib(pid, "VmRSS")?, usage::memory_kib(pid, "RssAnon")?);
    let sessions = devices.step("sessions")?;
    let grown = (usage::memory_kib(pid, "VmRSS")? - before) / sessions;
    let private = (usage::memory_kib(pid, "RssAnon")? - private_before) / sessions;
    report.add(
        Figure::new("server memory per idle session", grown, "KiB")
            .beside("of it private", private)
            .beside("a TLS session alone (rustls)", tls_session_kib(load)?),
    );
    let cpu_s = usage::cpu_s(pid)?;
    let delivered = devices.step("delivered")?;
    let spent = (usage::cpu_s(pid)? - cpu_s) * 1e6 / delivered;
    let profile = Profile::of(&[pid], folder)?;
    devices.step("delivered")?;
    report.explain("routed envelopes, server", profile.shares()?);
    report.add(
        Figure::new("server CPU per routed envelope", spent, "µs")
            .beside("the same bytes echoed over TLS", tls_echo_us()?),
    );
    devices.end()
}

/// The devices of `bench signal`, which goes on at each line.
struct Devices {
    process: std::process::Child,
    lines: std::io::Lines<std::io::BufReader<std::process::ChildStdout>>,
}

impl Devices {
    fn start(links: &Path, load: &Load) -> Result<Self> {
        let mut command = part("signal")?;
        command.arg("--links").arg(links).args(["--routing", &load.routing.to_string()]);
        let mut process = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
        let out = process.stdout.take().context("stdout")?;
        Ok(Self { process, lines: std::io::BufRead::lines(std::io::BufReader::new(out)) })
    }

    fn step(&mut self, name: &str) -> Result<f64> {
        self.process.stdin.as_mut().context("stdin")?.write_all(b"\n")?;
        self.told(name)
    }

    /// The next line, which has this number; the devices themselves give up when a step takes too long.
    fn told(&mut self, name: &str) -> Result<f64> {
        let line = self.lines.next().context("the devices ended")??;
        serde_json::from_str::<Value>(&line)?[name].as_f64().with_context(|| format!("no {name}"))
    }

    fn end(mut self) -> Result<()> {
        drop(self.process.stdin.take());
        let (status, _) = usage::wait(&mut self.process)?;
        ensure!(status.success(), "the devices ended with {status}");
        Ok(())
    }
}

impl Drop for Devices {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn version_ms(load: &Load) -> Result<f64> {
    let program = binary::built("pro-server")?;
    let taken: Result<Vec<Duration>> = (0..load.starts)
        .map(|_| {
            let mut command = Command::new(&program);
            command.arg("--version").stdout(Stdio::null());
            let start = Instant::now();
            ensure!(command.status()?.success(), "no version");
            Ok(start.elapsed())
        })
        .collect();
    Ok(percentile_ms(&taken?, 50))
}

fn tls_session_kib(load: &Load) -> Result<f64> {
    let mut command = part("tls-hold")?;
    command.args(["--count", &load.devices.to_string()]);
    let held = one_object(Process::run("bench tls-hold", command, step())?.success("bench tls-hold")?.stdout)?;
    held["session_kib"].as_f64().context("a figure")
}

fn tls_echo_us() -> Result<f64> {
    let command = part("tls-echo")?;
    let echoed = one_object(Process::run("bench tls-echo", command, step())?.success("bench tls-echo")?.stdout)?;
    echoed["cpu_us"].as_f64().context("a figure")
}
