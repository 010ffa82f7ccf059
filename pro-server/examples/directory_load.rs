//! What people cost the database: `cargo run --release --example directory_load -- [PEOPLE] [GROUPS]`. It plans and applies the first
//! run of so many people, an unchanged one, and one of 100 changes, on a SQLite in a temporary folder, and tells wall clock, CPU time
//! of the process, and memory. The reading of a directory is not in it.

use std::fmt::Write as _;
use std::fs;
use std::time::{Duration, Instant};

use pro_server::clock::Ambient;
use pro_server::config::{DirectoryConfig, IdentityConfig};
use pro_server::domain::access::LocalAdministrator;
use pro_server::service::{ServiceConfig, Services};
use pro_server::storage::Location;

/// A tick of the kernel's CPU clock, on every Linux.
const TICK_MS: u64 = 10;
/// People of the last run who have another name.
const CHANGED: u64 = 100;

fn file(people: u64, groups: u64, renamed: u64) -> String {
    let mut text = String::from("login,name,mail,groups\n");
    for person in 0..people {
        let name = if person < renamed { "Maître" } else { "Notary" };
        let (one, other) = (person % groups, person.wrapping_mul(7) % groups);
        // Writing to a String cannot fail.
        let _ = writeln!(text, "n{person},{name} {person},n{person}@example.test,group {one};group {other}");
    }
    text
}

/// User and system time of this process (proc(5), `/proc/pid/stat`).
fn cpu() -> Duration {
    let stat = fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let after_name = stat.rsplit(')').next().unwrap_or_default();
    let ticks = after_name.split_whitespace().skip(11).take(2).filter_map(|field| field.parse::<u64>().ok());
    Duration::from_millis(ticks.sum::<u64>() * TICK_MS)
}

/// The most memory that was resident so far.
fn peak() -> String {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmHWM"));
    line.and_then(|line| line.split_once(':')).map(|(_, size)| size.trim().to_owned()).unwrap_or_default()
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut numbers = std::env::args().skip(1).filter_map(|text| text.parse::<u64>().ok());
    let (people, groups) = (numbers.next().unwrap_or(100_000), numbers.next().unwrap_or(2_000).max(1));
    let folder = tempfile::tempdir()?;
    let database = Location::Sqlite(folder.path().join("isoloir.sqlite"));
    let config = ServiceConfig {
        data: folder.path().to_owned(),
        database,
        directory: DirectoryConfig::default(),
        identity: IdentityConfig::default(),
    };
    let services = Services::open(config, &Ambient::system()).await?;
    let administrator = LocalAdministrator::of_peer(0, 0)?;
    for (what, renamed) in [("first run", 0), ("unchanged run", 0), ("run of 100 changes", CHANGED)] {
        let text = file(people, groups, renamed);
        let (start, before) = (Instant::now(), cpu());
        let report = services.import_people(&administrator.grant(), text.as_bytes()).await?;
        let counts = report.counts;
        println!(
            "{what} of {people}: {:.2?}, {:.2?} CPU, {} at most; {} added, {} changed",
            start.elapsed(),
            cpu().saturating_sub(before),
            peak(),
            counts.added,
            counts.changed
        );
    }
    services.close().await;
    Ok(())
}
