//! Noninterference (protocol.md section 10): two worlds with the same people, enrollments, administrative acts and totals, and
//! another graph of who talks to whom, leave the same bytes: database and write-ahead log, the log at its finest level, metrics,
//! audit; after a clean end and after kill -9. A leak planted in any of them makes the worlds differ.
//!
//! It shows that nothing is kept beyond equal totals; it does not show resistance to traffic analysis.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Result, ensure};
use tests::persisted::{Persisted, differences, persisted};
use tests::postgres::free_port;
use tests::{Process, binary, step};

#[derive(Clone, Copy, Debug)]
enum Ending {
    Clean,
    Killed,
}

/// Runs one world in `folder`, which is emptied first: both worlds see the same paths and the same port.
fn world(folder: &Path, port: u16, stride: usize, leak: &str, ending: Ending) -> Result<Persisted> {
    if folder.exists() {
        fs::remove_dir_all(folder)?;
    }
    fs::create_dir(folder)?;
    let mut command = Command::new(binary::built("world")?);
    command.arg(folder).args([port.to_string(), stride.to_string(), leak.to_owned()]);
    let mut process = Process::spawn("world", command)?;
    process.next_line(step(), |line| (line == "talked").then_some(()))?;

    let mut export = Command::new(binary::built("pro-server")?);
    export.arg("--data").arg(folder.join("data")).args(["audit", "export"]).arg(folder.join("audit"));
    Process::run("pro-server", export, step())?.success("audit export")?;
    match ending {
        Ending::Clean => ensure!(process.terminate()?.success(), "the world did not end well"),
        Ending::Killed => process.kill()?,
    }
    let mut left = persisted(folder)?;
    // The only thing that differs by nature: the id of the process.
    left.remove(Path::new("data/ready.json"));
    for expected in ["data/server.db", "log", "metrics", "audit"] {
        ensure!(left.get(Path::new(expected)).is_some_and(|bytes| !bytes.is_empty()), "no {expected}");
    }
    Ok(left)
}

/// What two worlds with different graphs differ in.
fn compared(leak: &str, ending: Ending) -> Result<Vec<String>> {
    let root = tempfile::Builder::new().prefix("isoloir-worlds-").tempdir()?;
    let (folder, port) = (root.path().join("world"), free_port()?);
    let first = world(&folder, port, 1, leak, ending)?;
    let second = world(&folder, port, 2, leak, ending)?;
    Ok(differences(&first, &second))
}

#[test]
fn who_talks_to_whom_leaves_no_trace() -> Result<()> {
    for ending in [Ending::Clean, Ending::Killed] {
        assert_eq!(compared("none", ending)?, Vec::<String>::new(), "{ending:?}");
    }
    Ok(())
}

#[test]
fn a_planted_line_of_log_is_found() -> Result<()> {
    let found = compared("log", Ending::Clean)?;
    assert!(found.iter().any(|file| file.starts_with("log ")), "{found:?}");
    Ok(())
}

#[test]
fn a_planted_label_of_a_metric_is_found() -> Result<()> {
    let found = compared("metric", Ending::Clean)?;
    assert!(found.iter().any(|file| file.starts_with("metrics ")), "{found:?}");
    Ok(())
}

#[test]
fn a_planted_row_is_found_in_database_and_write_ahead_log() -> Result<()> {
    for ending in [Ending::Clean, Ending::Killed] {
        let found = compared("row", ending)?;
        assert!(found.iter().any(|file| file.starts_with("data/server.db")), "{ending:?}: {found:?}");
    }
    Ok(())
}
