//! What the CPU time of a load went into: samples of `perf` by the clock, which needs no hardware counter, gathered by what the
//! code is for. Self time only: a function's callees count for themselves.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use ::tests::{Process, step};
use anyhow::{Context as _, Result};
use rustix::process::{Pid, Signal, kill_process};

use super::usage;

/// Not a divisor of the kernel's own rhythm.
const SAMPLES_PER_S: u32 = 997;
/// How long `perf` may take until it samples.
const ATTACH_TIMEOUT: Duration = Duration::from_secs(5);
/// Single functions named beside the groups.
const NAMED_MAX: usize = 6;

/// What part of a symbol tells its group; the first that fits counts.
const GROUPS: [(&str, &[&str]); 13] = [
    ("BLAKE3", &["blake3"]),
    ("AES-GCM (both seals)", &["gcm", "aes", "ghash", "gmult"]),
    (
        "signatures, key agreement, hashes",
        &["25519", "curve", "mlkem", "ml_kem", "libcrux", "keccak", "sha256", "sha512", "p256"],
    ),
    ("SCTP", &["rtc_sctp", "crc32c"]),
    ("DTLS", &["rtc_dtls"]),
    ("ICE, STUN and the rest of WebRTC", &["rtc", "webrtc"]),
    ("TLS and HTTP", &["rustls", "actix", "hyper", "tungstenite"]),
    ("storage", &["redb", "sqlite", "sqlx", "btree"]),
    ("the client", &["client_cli"]),
    ("the server", &["pro_server"]),
    ("hash tables and queues", &["hashbrown", "sip::hasher", "build_hasher", "vec_deque"]),
    (
        "memory: copies, allocation",
        &["memcpy", "memmove", "memset", "malloc", "free", "alloc", "unlink_chunk", "bytes::"],
    ),
    ("tasks and timers", &["tokio", "futures", "parking_lot", "crossbeam"]),
];

/// A recording that runs; without `perf` there is none, and the figures stand alone.
pub struct Profile {
    recording: Option<(Child, PathBuf)>,
}

impl Profile {
    /// Of these processes, from now on.
    ///
    /// # Errors
    /// When the file cannot be made.
    pub fn of(pids: &[u32], folder: &Path) -> Result<Self> {
        let data = folder.join("perf.data");
        let pids: Vec<String> = pids.iter().map(u32::to_string).collect();
        let mut command = Command::new("perf");
        command.args(["record", "-q", "-e", "cpu-clock", "-F", &SAMPLES_PER_S.to_string(), "-p", &pids.join(",")]);
        command.arg("-o").arg(&data).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let Ok(mut child) = command.spawn() else { return Ok(Self { recording: None }) };
        let until = Instant::now() + ATTACH_TIMEOUT;
        while child.try_wait()?.is_none() && !is_attached(child.id()) && Instant::now() < until {
            std::thread::yield_now();
        }
        Ok(Self { recording: Some((child, data)) })
    }

    /// Ends the recording; the groups by their share in percent, then the largest single functions.
    ///
    /// # Errors
    /// When the recording cannot be read.
    pub fn shares(mut self) -> Result<Vec<(String, f64)>> {
        let Some((mut child, data)) = self.recording.take() else {
            return Ok(vec![(String::from("no profile: perf is not installed"), 0.0)]);
        };
        stop(&mut child)?;
        let mut command = Command::new("perf");
        command.args(["report", "--stdio", "--no-children", "-q", "-s", "dso,symbol", "-t", ";", "-i"]).arg(&data);
        let report = Process::run("perf report", command, step() * 3)?;
        let lines: Vec<Line> = report.stdout.iter().filter_map(|line| Line::parse(line)).collect();
        if lines.is_empty() {
            return Ok(vec![(String::from("no profile: this kernel gives perf no samples"), 0.0)]);
        }
        Ok(gathered(&lines))
    }
}

impl Drop for Profile {
    fn drop(&mut self) {
        if let Some((mut child, _)) = self.recording.take() {
            let _ = stop(&mut child);
        }
    }
}

/// Whether this `perf` has opened its events.
fn is_attached(perf: u32) -> bool {
    let open = std::fs::read_dir(format!("/proc/{perf}/fd")).into_iter().flatten().flatten();
    open.filter_map(|entry| std::fs::read_link(entry.path()).ok()).any(|to| to.ends_with("anon_inode:[perf_event]"))
}

fn stop(child: &mut Child) -> Result<()> {
    let pid = i32::try_from(child.id()).ok().and_then(Pid::from_raw).context("a process id")?;
    kill_process(pid, Signal::INT)?;
    usage::wait(child)?;
    Ok(())
}

/// One function of the report.
struct Line {
    percent: f64,
    object: String,
    symbol: String,
}

impl Line {
    fn parse(line: &str) -> Option<Self> {
        let mut fields = line.split(';').map(str::trim);
        let percent = fields.find(|field| field.ends_with('%'))?.trim_end_matches('%').parse().ok()?;
        let object = fields.next()?.to_owned();
        let symbol = fields.next()?.to_owned();
        Some(Self { percent, object, symbol })
    }

    fn group(&self) -> &'static str {
        if self.symbol.starts_with("[k]") {
            return "the kernel: network, disk, scheduling";
        }
        let symbol = self.symbol.to_lowercase();
        let fits = |(_, parts): &&(&str, &[&str])| parts.iter().any(|part| symbol.contains(part));
        GROUPS.iter().find(fits).map_or("everything else", |(name, _)| name)
    }
}

fn gathered(lines: &[Line]) -> Vec<(String, f64)> {
    let mut groups: Vec<(String, f64)> = Vec::new();
    for line in lines {
        match groups.iter_mut().find(|(name, _)| name == line.group()) {
            Some((_, percent)) => *percent += line.percent,
            None => groups.push((line.group().to_owned(), line.percent)),
        }
    }
    groups.sort_by(|left, right| right.1.total_cmp(&left.1));
    let named = lines.iter().take(NAMED_MAX).map(|line| (format!("· {} ({})", line.symbol, line.object), line.percent));
    groups.into_iter().chain(named).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_becomes_shares_by_what_the_code_is_for() {
        let report = [
            " 40.00%  ;isoloir          ;[.] aes_gcm_enc_update_vaes_avx512 ;-  ;-",
            " 30.00%  ;[kernel.kallsyms];[k] _copy_to_iter ;-  ;-",
            " 10.00%  ;isoloir          ;[.] <rtc_sctp::association::Association>::handle ;- ;-",
            "#",
        ];
        let lines: Vec<Line> = report.iter().filter_map(|line| Line::parse(line)).collect();
        let shares = gathered(&lines);
        assert_eq!(shares.first(), Some(&(String::from("AES-GCM (both seals)"), 40.0)));
        assert_eq!(shares.get(2).map(|(name, _)| name.as_str()), Some("SCTP"));
        assert_eq!(shares.len(), 6);
    }
}
