//! Where a backup is restored to: an empty data folder, and the two marks that keep a server from serving on a half restored one.
//! Must never write over anything.

use std::fs::{self, File};
use std::io::{self, Read, Write as _};
use std::path::{Path, PathBuf};

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

/// Writes every part into a folder in `data`, which is empty but for the mark of [`hold`]. When the backup cannot be read or written,
/// `data` is empty again; when the restore is interrupted, no server starts on what is there.
pub fn unpack(data: &Path, manifest: &Manifest, from: &mut impl Read) -> Result<(), BadBackup> {
    let folder = data.join(FOLDER);
    if let Err(bad) = write_all(&folder, manifest, from) {
        // What cannot be removed keeps a server from starting, and so does the mark.
        let removed = fs::remove_dir_all(&folder);
        if removed.is_ok() || removed.is_err_and(|error| error.kind() == io::ErrorKind::NotFound) {
            let _ = release(data);
        }
        return Err(bad);
    }
    Ok(())
}

/// Where [`unpack`] has put the database.
pub fn database(data: &Path) -> PathBuf {
    data.join(FOLDER).join(DATABASE)
}

/// The database has gone elsewhere: it is no part of the data folder.
pub fn drop_database(data: &Path) -> io::Result<()> {
    fs::remove_file(database(data))
}

/// Moves every part to its place. When one cannot be moved, no server starts on what is there.
pub fn settle(data: &Path, manifest: &Manifest) -> Result<(), BadBackup> {
    move_up(data, &data.join(FOLDER), manifest).map_err(write)
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
        match fs::rename(from, data.join(&name)) {
            // It has gone elsewhere.
            Err(error) if name == DATABASE && error.kind() == io::ErrorKind::NotFound => {}
            renamed => renamed?,
        }
    }
    // What reading the database left beside it.
    fs::remove_dir_all(folder)?;
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

#[cfg(test)]
mod tests {
    use protocol::ids::{Hash32, OrganizationFingerprint};
    use protocol::time::Timestamp;
    use protocol::tlog::LogEnd;

    use super::super::Part;
    use super::*;

    const CONTENT: &[u8] = b"content";

    fn manifest() -> Manifest {
        let part = |name: &str| Part::of(name.to_owned(), CONTENT).expect("a part");
        Manifest {
            made: Timestamp::ZERO,
            program: "0.1.0".to_owned(),
            organization: OrganizationFingerprint::from_bytes([1; 32]),
            schema: 1,
            log_origin: "origin".to_owned(),
            log: LogEnd { size: 0, root: Hash32::from_bytes([0; 32]) },
            audit_entries: 0,
            people: 0,
            devices: 0,
            parts: vec![part("keys/directory.key"), part(DATABASE)],
        }
    }

    #[test]
    fn nothing_starts_where_a_file_could_not_be_moved() {
        let data = tempfile::tempdir().expect("a folder");
        fs::create_dir_all(data.path().join("keys/in-the-way")).expect("made");
        hold(data.path()).expect("held");
        unpack(data.path(), &manifest(), &mut CONTENT.repeat(2).as_slice()).expect("unpacked");
        let refused = settle(data.path(), &manifest());
        assert!(matches!(refused, Err(BadBackup::Write(_))));
        assert_eq!(state(data.path()).expect("read"), Restored::Unfinished);
        fs::remove_dir_all(data.path().join(FOLDER)).expect("tidied by hand");
        assert_eq!(state(data.path()).expect("read"), Restored::ResetPending, "the mark stays as well");
    }

    #[test]
    fn a_backup_that_cannot_be_read_leaves_an_empty_folder() {
        let data = tempfile::tempdir().expect("a folder");
        hold(data.path()).expect("held");
        assert!(unpack(data.path(), &manifest(), &mut &CONTENT[..3]).is_err());
        assert!(is_empty(data.path()).expect("read"));
        hold(data.path()).expect("held");
        unpack(data.path(), &manifest(), &mut CONTENT.repeat(2).as_slice()).expect("unpacked");
        assert_eq!(state(data.path()).expect("read"), Restored::Unfinished);
        settle(data.path(), &manifest()).expect("settled");
        assert_eq!(state(data.path()).expect("read"), Restored::ResetPending);
    }
}
