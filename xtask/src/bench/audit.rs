//! What an audit costs: an administrative act with its entry, and checking a million entries offline, beside the hashing of the same bytes.

use std::fs::{self, File};
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::Command;
use std::time::Instant;

use anyhow::{Context as _, Result, ensure};
use sha2::{Digest as _, Sha256};
use tests::binary;
use tests::server::Setup;

use super::figure::{Figure, Report};
use super::{Load, part, usage};

/// CPU of one act, its entry, its signature and its commit in it.
const ACT_CPU_MS: f64 = 1.0;
/// For a million entries.
const VERIFY_S: f64 = 5.0;

/// # Errors
/// When a program fails.
pub fn measure(folder: &Path, load: &Load, report: &mut Report) -> Result<()> {
    acts(&folder.join("acts"), load, report)?;
    verify(&folder.join("export.jsonl"), load, report)
}

/// Suspending and resuming people who have no device: an entry each, over the socket as an administrator's script would.
fn acts(folder: &Path, load: &Load, report: &mut Report) -> Result<()> {
    fs::create_dir(folder)?;
    let mut server = Setup::in_folder(folder.join("data")).start()?;
    let file = folder.join("people.csv");
    fs::write(&file, "login,name\nnotary01,Notary\n")?;
    server.admin(&[Path::new("people"), Path::new("import"), &file])?;
    let pid = server.ready().pid;
    let before = usage::cpu_s(pid)?;
    for act in 0..load.acts {
        server.admin(&["people", if act % 2 == 0 { "suspend" } else { "resume" }, "notary01"])?;
    }
    let cpu_ms = (usage::cpu_s(pid)? - before) * 1_000.0 / load.acts as f64;
    report.add(Figure::new("audit, CPU of an administrative act", cpu_ms, "ms").at_most(ACT_CPU_MS));
    server.stop()
}

fn verify(file: &Path, load: &Load, report: &mut Report) -> Result<()> {
    let made = part("audit")?.arg("--file").arg(file).args(["--entries", &load.entries.to_string()]).status()?;
    ensure!(made.success(), "no export was made: {made}");
    let start = Instant::now();
    let mut hasher = Sha256::new();
    let mut reader = BufReader::new(File::open(file)?);
    loop {
        let bytes = reader.fill_buf()?;
        let count = bytes.len();
        if count == 0 {
            break;
        }
        hasher.update(bytes);
        reader.consume(count);
    }
    std::hint::black_box(hasher.finalize());
    let hashed = start.elapsed().as_secs_f64();

    let start = Instant::now();
    let verified = Command::new(binary::built("pro-server")?).args(["--json", "audit", "verify"]).arg(file).output()?;
    let verified_s = start.elapsed().as_secs_f64();
    ensure!(verified.status.success(), "{}", String::from_utf8_lossy(&verified.stderr));
    let said: serde_json::Value = serde_json::from_slice(&verified.stdout).context("a verdict")?;
    ensure!(said["entries"] == load.entries as u64, "{said}");
    let most = VERIFY_S * load.entries as f64 / 1_000_000.0;
    report.add(
        Figure::new("audit, verifying an export", verified_s, "s").beside("SHA-256 of the file", hashed).at_most(most),
    );
    Ok(())
}
