//! The data folder and the disk under it: there, ours alone, writable, and with room.

use std::fs;
use std::path::Path;

use super::{Finding, Part};
use crate::backup::manifest::DATABASE;
use crate::backup::place::{self, Restored};
use crate::unix;

const MIB: u64 = 1024 * 1024;
/// Less than this, and the next change may fail.
const FREE_BYTES_MIN: u64 = 64 * MIB;
/// Less than this is soon too little.
const FREE_BYTES_GOOD: u64 = 512 * MIB;
/// Bits that let others in.
const OTHERS: u32 = 0o077;

pub fn examine(data: &Path) -> Vec<Finding> {
    let folder = data.display();
    let Ok(metadata) = fs::metadata(data) else {
        return vec![Finding::warning(Part::Folder, "folder-missing").with("folder", folder)];
    };
    if !metadata.is_dir() {
        return vec![Finding::problem(Part::Folder, "folder-no-folder").with("folder", folder)];
    }
    let mut found = access(data);
    match place::state(data) {
        Ok(Restored::Whole) | Err(_) => {}
        Ok(Restored::Unfinished) => {
            found.push(Finding::problem(Part::Folder, "folder-restore-unfinished").with("folder", data.display()));
        }
        Ok(Restored::ResetPending) => {
            found.push(Finding::problem(Part::Folder, "folder-log-pending").with("folder", data.display()));
        }
    }
    found.extend(room(data));
    found
}

fn access(data: &Path) -> Vec<Finding> {
    let mut found = Vec::new();
    let is_open = |path: &Path| unix::mode(path).is_ok_and(|mode| mode & OTHERS != 0);
    for path in [data.join("keys"), data.join(DATABASE)].iter().filter(|path| is_open(path)) {
        found.push(Finding::problem(Part::Folder, "folder-open").with("folder", path.display()));
    }
    // What is in it is ours alone; a volume of a cluster may belong to a group.
    if is_open(data) {
        found.push(Finding::warning(Part::Folder, "folder-open").with("folder", data.display()));
    }
    if !unix::may_write(data) {
        found.push(Finding::problem(Part::Folder, "folder-read-only").with("folder", data.display()));
    }
    if found.is_empty() {
        found.push(Finding::fine(Part::Folder, "folder-fine").with("folder", data.display()));
    }
    found
}

fn room(data: &Path) -> Option<Finding> {
    let free = unix::free_bytes(data).ok()?;
    let database = fs::metadata(data.join(DATABASE)).map_or(0, |metadata| metadata.len());
    let finding = if free < FREE_BYTES_MIN {
        Finding::problem(Part::Disk, "disk-full")
    } else if free < FREE_BYTES_GOOD.max(database.saturating_mul(3)) {
        Finding::warning(Part::Disk, "disk-low")
    } else {
        Finding::fine(Part::Disk, "disk-fine")
    };
    Some(finding.with("folder", data.display()).with("mebibytes", free / MIB))
}
