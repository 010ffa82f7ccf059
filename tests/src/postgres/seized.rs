//! What somebody has who carries a PostgreSQL away: each table, row after row as they lie, and every file of the stopped server, its
//! write-ahead log included. It must never put in order what lies in disorder: the order of rows tells something too.
//!
//! Left out is what differs between two runs of anything, and nothing else: times at which the server itself did something, the
//! positions in the log which that shifts, its port, and its caches of the catalog, which hold addresses of its memory.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result};
use rustix::process::Signal;

use super::{Database, Postgres};
use crate::{binary, step};

const TABLES: &str = "SELECT quote_ident(schemaname) || '.' || quote_ident(tablename) FROM pg_tables
    WHERE schemaname NOT IN ('pg_catalog', 'information_schema') ORDER BY 1";
/// The log is read by the server's own program instead.
const LEFT_OUT: [&str; 5] = ["pg_internal.init", "pg_control", "pg_stat", "pg_wal", "postmaster.opts"];
/// Bytes of a page, and of the position in the log that it begins with ("Database Page Layout").
const PAGE_BYTES: usize = 8192;
const PAGE_LSN_BYTES: usize = 8;
/// Records that the server writes by its clock.
const BY_THE_CLOCK: [&str; 2] = ["RUNNING_XACTS", "CHECKPOINT_"];

impl Database {
    /// Writes each table into a file of its own below `into`.
    ///
    /// # Errors
    /// When the server does not answer.
    pub fn seize(&self, into: &Path) -> Result<()> {
        fs::create_dir(into)?;
        for table in self.ask_here(TABLES)?.stdout {
            let rows = self.ask_here(&format!("COPY (SELECT ctid, * FROM {table} ORDER BY ctid) TO STDOUT"))?.stdout;
            fs::write(into.join(&table), rows.join("\n"))?;
        }
        Ok(())
    }
}

impl Postgres {
    /// Stops it and writes its files below `into`.
    ///
    /// # Errors
    /// When it does not stop or a file cannot be read.
    pub fn seize(mut self, into: &Path) -> Result<()> {
        self.process.signal(Signal::INT)?;
        self.process.wait(step())?;
        let data = self.folder.path().join("data");
        copy(&data, into)?;
        fs::write(into.join("write-ahead-log"), records(&data.join("pg_wal"))?).context("write-ahead log")
    }
}

fn copy(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let (name, kind) = (entry.file_name(), entry.file_type()?);
        if LEFT_OUT.iter().any(|left_out| name == *left_out) {
            continue;
        } else if kind.is_dir() {
            copy(&entry.path(), &to.join(name))?;
        } else {
            let mut bytes = fs::read(entry.path()).with_context(|| format!("{}", entry.path().display()))?;
            for position in bytes.chunks_exact_mut(PAGE_BYTES).filter_map(|page| page.get_mut(..PAGE_LSN_BYTES)) {
                position.fill(0);
            }
            fs::write(to.join(name), bytes)?;
        }
    }
    Ok(())
}

/// Every record of the write-ahead log, one per line.
fn records(folder: &Path) -> Result<String> {
    let files = fs::read_dir(folder)?.flatten().filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_file()));
    let first = files.map(|entry| entry.path()).min().context("no write-ahead log")?;
    // It ends with a complaint, because the log does not.
    let said = Command::new(binary::postgres("pg_waldump")?).arg(first).output()?;
    let lines = String::from_utf8(said.stdout)?;
    let kept = lines.lines().filter(|line| !BY_THE_CLOCK.iter().any(|clock| line.contains(clock)));
    Ok(kept.map(without_position_and_time).collect())
}

/// `rmgr: … tx: 3, lsn: 0/010B8178, prev 0/010B7028, desc: COMMIT 2026-11-22 11:48:07.715525 UTC; …`
fn without_position_and_time(record: &str) -> String {
    let (before, after) = record.split_once("lsn: ").unwrap_or((record, ""));
    let what = after.split_once("desc: ").map_or(after, |(_, what)| what);
    let what = what.strip_prefix("COMMIT ").map_or(what, |what| what.split_once(" UTC").map_or("", |(_, what)| what));
    format!("{before}{what}\n")
}
