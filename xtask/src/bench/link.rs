//! One bare link between two processes, beside TLS 1.3 over TCP: opening and round trip. What files and messages add comes after.

use std::path::Path;

use anyhow::{Context as _, Result};
use serde_json::Value;
use tests::{Process, step};

use super::figure::{Figure, Report};
use super::{Load, part, rivals};

const PROBE_MIB: u64 = 128;

/// # Errors
/// When a program fails.
pub fn measure(folder: &Path, load: &Load, report: &mut Report) -> Result<()> {
    let mut command = part("link")?;
    command.args(["--loopback", "--mib", &PROBE_MIB.to_string()]);
    command.args(["--opens", &load.opens.to_string(), "--pings", &load.pings.to_string()]);
    let link = one_object(Process::run("bench link", command, step() * 2)?.success("bench link")?.stdout)?;
    let file = rivals::random_file(folder, "probe", PROBE_MIB)?;
    let tls = rivals::tls(folder, &file, load)?;
    let ms = |value: &Value| value.as_f64().map(|us| us / 1e3).context("a figure");
    report.add(
        Figure::new("link open, p50", ms(&link["open_p50_us"])?, "ms")
            .beside("TCP and TLS 1.3 open", tls.open_ms)
            .at_most(1_000.0),
    );
    report.add(
        Figure::new("link round trip, p50", ms(&link["rtt_p50_us"])?, "ms")
            .beside("TLS over TCP", tls.rtt_p50_ms)
            .at_most(0.2),
    );
    report.add(
        Figure::new("link round trip, p99", ms(&link["rtt_p99_us"])?, "ms").beside("TLS over TCP", tls.rtt_p99_ms),
    );
    let per_gib = 1024.0 / PROBE_MIB as f64;
    let number = |name: &str| link[name].as_f64().context("a figure");
    let cpu_s = (number("near_cpu_s")? + number("far_cpu_s")?) * per_gib;
    report.add(
        Figure::new("bare link, CPU of both ends", cpu_s, "s/GiB").beside("TLS over TCP", tls.copy.cpu_s * per_gib),
    );
    Ok(())
}

/// The last line of a program's output.
///
/// # Errors
/// When it is no JSON.
pub fn one_object(lines: Vec<String>) -> Result<Value> {
    Ok(serde_json::from_str(lines.last().context("nothing was printed")?)?)
}
