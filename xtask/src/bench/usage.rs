//! What a process has used, out of proc(5): CPU time in ticks of 10 ms, memory in KiB. Times of children that ended count too.

use std::fs;
use std::process::{Child, ExitStatus};

use anyhow::{Context as _, Result};
use rustix::process::{Pid, WaitId, WaitIdOptions, waitid};

/// `sysconf(_SC_CLK_TCK)` on every Linux.
const TICKS_PER_S: f64 = 100.0;

/// User and system time of a process and of the children it waited for, in seconds.
///
/// # Errors
/// When there is no such process.
pub fn cpu_s(pid: u32) -> Result<f64> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).with_context(|| format!("process {pid}"))?;
    // The second field is the name in parentheses; utime, stime, cutime and cstime are the 14th to 17th.
    let fields = stat.rsplit_once(')').map_or("", |(_, rest)| rest).split_whitespace();
    Ok(fields.skip(11).take(4).filter_map(|ticks| ticks.parse::<f64>().ok()).sum::<f64>() / TICKS_PER_S)
}

/// Memory of a process by its name in `/proc/PID/status`, in KiB: `VmRSS` now, `VmHWM` at most.
///
/// # Errors
/// When there is no such process.
pub fn memory_kib(pid: u32, field: &str) -> Result<f64> {
    let status = fs::read_to_string(format!("/proc/{pid}/status"))?;
    let line = status.lines().find_map(|line| line.strip_prefix(field)?.strip_prefix(':')).context("no such field")?;
    Ok(line.trim().trim_end_matches(" kB").parse()?)
}

/// Bytes that a process gave to the block layer, in its whole life (`write_bytes` of proc(5)).
///
/// # Errors
/// When there is no such process.
pub fn written_bytes(pid: u32) -> Result<f64> {
    let io = fs::read_to_string(format!("/proc/{pid}/io"))?;
    let line = io.lines().find_map(|line| line.strip_prefix("write_bytes: ")).context("no such field")?;
    Ok(line.trim().parse()?)
}

/// Whether a process has children.
///
/// # Errors
/// When there is no such process.
pub fn has_children(pid: u32) -> Result<bool> {
    Ok(!fs::read_to_string(format!("/proc/{pid}/task/{pid}/children"))?.trim().is_empty())
}

/// Waits for the end of a child and takes what it and its children used, before it is gone.
///
/// # Errors
/// When the system cannot tell.
pub fn wait(child: &mut Child) -> Result<(ExitStatus, f64)> {
    let pid = i32::try_from(child.id()).ok().and_then(Pid::from_raw).context("a process id")?;
    waitid(WaitId::Pid(pid), WaitIdOptions::EXITED | WaitIdOptions::NOWAIT)?;
    let used = cpu_s(child.id())?;
    Ok((child.wait()?, used))
}
