//! Where a backup is restored to: an empty data folder, and the two marks that keep a server from serving on a half restored one.
//! Must never write over anything.

use std::fs::{self, File};
use std::io::{self, Read, Write as _};
use std::path::Path;

use super::manifest::DATABASE;
use super::{BadBackup, Manifest};
use crate::unix;

/// The files are written here first; a crash leaves it, and no server starts beside it.
const FOLDER: &str = "restoring";
/// Stands until the log was reset; holds what has to be signed.
const PENDING: &str = "log-reset.pending";
/// What an empty folder may hold: a fresh disk has the first, and whoever restores takes the second.
const ALLOWED: [&str; 2] = ["lost+found", "lock"];

/// What restores left in a data folder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Restored {
    /// Nothing that keeps a server from serving.
    Whole,
    /// A restore was interrupted: the folder has to be emptied.
    Unfinished,
    /// The log has to be reset before the server may serve.
    ResetPending,
}

/// How far restores in `data` are.
pub fn state(data: &Path) -> io::Result<Restored> {
    if data.join(FOLDER).try_exists()? {
        return Ok(Restored::Unfinished);
    }
    Ok(if data.join(PENDING).try_exists()? { Restored::ResetPending } else { Restored::Whole })
}

/// Whether nothing is in the way of a restore.
pub fn is_empty(data: &Path) -> io::Result<bool> {
    match fs::read_dir(data) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(true),
        Err(error) => Err(error),
        Ok(entries) => {
            for entry in entries {
                let name = entry?.file_name();
                if !ALLOWED.iter().any(|allowed| name == *allowed) {
                    return Ok(false);
                }
            }
            Ok(true)
        }
    }
}

/// Keeps any server from serving on `data` until the log was reset.
pub fn hold(data: &Path) -> io::Result<()> {
    unix::write_private(&data.join(PENDING), b"pro-server log reset\n")
}

/// The log was reset.
pub fn release(data: &Path) -> io::Result<()> {
    match fs::remove_file(data.join(PENDING)) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        Ok(()) | Err(_) => File::open(data)?.sync_all(),
    }
}

/// Reads every part to its end and keeps nothing: proves that the file is whole.
pub fn check(manifest: &Manifest, from: &mut impl Read) -> Result<(), BadBackup> {
    for part in &manifest.parts {
        part.read(from, |_| Ok(()))?;
    }
    at_end(from)
}

/// Writes every part into `data`, which is empty. When it fails, `data` is empty again; when it is interrupted, no server starts.
pub fn restore(data: &Path, manifest: &Manifest, from: &mut impl Read) -> Result<(), BadBackup> {
    let folder = data.join(FOLDER);
    let written = write_all(&folder, manifest, from).and_then(|()| move_up(data, &folder, manifest).map_err(write));
    if written.is_err() {
        // What is left keeps a server from starting on it.
        let _ = fs::remove_dir_all(&folder);
    }
    written
}

fn write_all(folder: &Path, manifest: &Manifest, from: &mut impl Read) -> Result<(), BadBackup> {
    unix::private_folder(folder).map_err(write)?;
    for part in &manifest.parts {
        let path = folder.join(&part.name);
        if let Some(parent) = path.parent() {
            unix::private_folder(parent).map_err(write)?;
        }
        let mut file = unix::create_private(&path).map_err(write)?;
        part.read(from, |piece| file.write_all(piece))?;
        file.sync_all().map_err(write)?;
    }
    at_end(from)?;
    File::open(folder).and_then(|folder| folder.sync_all()).map_err(write)
}

/// The database last: without it there is no server that could start on the rest.
fn move_up(data: &Path, folder: &Path, manifest: &Manifest) -> io::Result<()> {
    let top = |name: &str| name.split('/').next().unwrap_or_default().to_owned();
    let mut names: Vec<String> = manifest.parts.iter().map(|part| top(&part.name)).collect();
    names.sort_by_key(|name| (name == DATABASE, name.clone()));
    names.dedup();
    for name in names {
        let from = folder.join(&name);
        if from.is_dir() {
            File::open(&from)?.sync_all()?;
        }
        fs::rename(from, data.join(&name))?;
    }
    fs::remove_dir(folder)?;
    File::open(data)?.sync_all()
}

fn at_end(from: &mut impl Read) -> Result<(), BadBackup> {
    let mut rest = [0; 1];
    match from.read(&mut rest).map_err(BadBackup::of_read)? {
        0 => Ok(()),
        _ => Err(BadBackup::Damaged),
    }
}

fn write(error: io::Error) -> BadBackup {
    BadBackup::Write(error.kind())
}
