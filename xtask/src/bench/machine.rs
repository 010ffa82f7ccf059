//! The machine and the commit that figures belong to, and how busy it was: figures without them are worth nothing.

use std::fs;
use std::process::Command;

use anyhow::Result;
use serde_json::{Value, json};

use crate::cargo;

pub struct Machine {
    cpu: String,
    cores: usize,
    memory_mib: u64,
    kernel: String,
    commit: String,
    load: f64,
}

impl Machine {
    /// Looks at the one it runs on.
    ///
    /// # Errors
    /// When proc(5) is not there.
    pub fn look() -> Result<Self> {
        let cpus = fs::read_to_string("/proc/cpuinfo")?;
        let memory = fs::read_to_string("/proc/meminfo")?;
        let load = fs::read_to_string("/proc/loadavg")?;
        let number = |text: &str| text.split_whitespace().find_map(|word| word.parse::<f64>().ok()).unwrap_or_default();
        let total = memory.lines().find(|line| line.starts_with("MemTotal:")).map_or(0.0, number);
        let model = cpus.lines().find_map(|line| line.strip_prefix("model name")?.split_once(':'));
        Ok(Self {
            cpu: model.map_or_else(|| String::from("unknown"), |(_, name)| name.trim().to_owned()),
            cores: std::thread::available_parallelism()?.get(),
            memory_mib: (total / 1024.0) as u64,
            kernel: fs::read_to_string("/proc/sys/kernel/osrelease")?.trim().to_owned(),
            commit: commit(),
            load: number(&load),
        })
    }

    pub fn line(&self) -> String {
        let Self { cpu, cores, memory_mib, kernel, commit, load } = self;
        format!("{cpu}, {cores} cores, {memory_mib} MiB, Linux {kernel}, load {load} before; commit {commit}")
    }

    pub fn json(&self) -> Value {
        json!({
            "cpu": self.cpu, "cores": self.cores, "memory_mib": self.memory_mib, "kernel": self.kernel,
            "commit": self.commit, "load_before": self.load,
        })
    }
}

/// The commit, with a `+` when there are changes beside it.
fn commit() -> String {
    let git = |arguments: &[&str]| {
        let output = Command::new("git").args(arguments).current_dir(cargo::root()).output().ok()?;
        output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
    };
    let changed = git(&["status", "--porcelain"]).is_none_or(|changes| !changes.is_empty());
    let mark = if changed { "+" } else { "" };
    git(&["rev-parse", "--short=12", "HEAD"])
        .map_or_else(|| String::from("unknown"), |commit| format!("{commit}{mark}"))
}
