//! Putting a whole file where the person wants it. It must never replace a file unless asked to, show a half-written one under
//! its final name, or let an offered name choose the folder.

use std::io;
use std::path::{Path, PathBuf};

use super::disk;
use super::name::{harmless, numbered};
use super::records::{Destination, IfExists};
use crate::core::transfer::receiver::Trouble;
use crate::crypto::file_tree::FileDigest;

/// So many files of one name in one folder, no more.
const NUMBER_MAX: u32 = 10_000;

/// Moves the synced file at `whole`, in the folder of its destination, to its final name.
pub fn place(whole: &Path, destination: &Destination, offered_name: &str) -> Result<PathBuf, Trouble> {
    let placed = match destination {
        Destination::File { path, if_exists: IfExists::Refuse } => {
            move_to_free(whole, path.as_path()).map(|()| path.as_path().to_owned())
        }
        Destination::File { path, if_exists: IfExists::Replace } => {
            std::fs::rename(whole, path.as_path()).map(|()| path.as_path().to_owned())
        }
        Destination::Folder { folder } => move_numbered(whole, folder.as_path(), offered_name),
    };
    let placed = placed.map_err(|error| disk::trouble(&error))?;
    disk::sync_folder(destination.folder()).map_err(|error| disk::trouble(&error))?;
    Ok(placed)
}

/// Where this very file already is, if an earlier run put it there and was killed before it could say so.
pub fn already_placed(destination: &Destination, offered_name: &str, digest: &FileDigest) -> Option<PathBuf> {
    match destination {
        Destination::File { path, .. } => Some(path.as_path().to_owned()).filter(|path| disk::holds(path, digest)),
        Destination::Folder { folder } => candidates(folder.as_path(), offered_name)
            .take_while(|path| path.symlink_metadata().is_ok())
            .find(|path| disk::holds(path, digest)),
    }
}

/// Refuses at once what would be refused at the end.
pub fn check_free(destination: &Destination) -> Result<(), Trouble> {
    match destination {
        Destination::File { path, if_exists: IfExists::Refuse } if path.as_path().symlink_metadata().is_ok() => {
            Err(Trouble::Exists)
        }
        Destination::File { .. } | Destination::Folder { .. } => Ok(()),
    }
}

fn candidates(folder: &Path, offered_name: &str) -> impl Iterator<Item = PathBuf> {
    let name = harmless(offered_name);
    let folder = folder.to_owned();
    (1..=NUMBER_MAX).map(move |number| folder.join(if number == 1 { name.clone() } else { numbered(&name, number) }))
}

fn move_numbered(whole: &Path, folder: &Path, offered_name: &str) -> io::Result<PathBuf> {
    for path in candidates(folder, offered_name) {
        match move_to_free(whole, &path) {
            Ok(()) => return Ok(path),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error),
        }
    }
    Err(io::ErrorKind::AlreadyExists.into())
}

/// A rename that fails where something is: a second name made by link(2) is atomic and never replaces. File systems without
/// hard links get an empty file first, which only its maker replaces.
fn move_to_free(whole: &Path, path: &Path) -> io::Result<()> {
    match std::fs::hard_link(whole, path) {
        Ok(()) => disk::remove(whole),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Err(error),
        Err(_) => {
            std::fs::OpenOptions::new().write(true).create_new(true).open(path)?;
            std::fs::rename(whole, path).inspect_err(|_| drop(std::fs::remove_file(path)))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(folder: &Path, name: &str, content: &str) -> PathBuf {
        let path = folder.join(name);
        std::fs::write(&path, content).expect("writable");
        path
    }

    #[test]
    fn what_is_there_stays_unless_replacing_was_asked() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let (whole, there) = (file(folder.path(), "whole", "new"), file(folder.path(), "there", "old"));
        let to = |if_exists| Destination::File { path: there.clone().into(), if_exists };
        assert_eq!(check_free(&to(IfExists::Refuse)), Err(Trouble::Exists));
        assert_eq!(place(&whole, &to(IfExists::Refuse), ""), Err(Trouble::Exists));
        assert_eq!(std::fs::read_to_string(&there).expect("readable"), "old");
        assert_eq!(place(&whole, &to(IfExists::Replace), ""), Ok(there.clone()));
        assert_eq!(std::fs::read_to_string(&there).expect("readable"), "new");
        assert!(!whole.exists());
    }

    #[test]
    fn a_hostile_name_stays_in_the_folder_and_a_taken_one_gets_a_number() {
        let outer = tempfile::tempdir().expect("a temporary folder");
        let folder = outer.path().join("downloads");
        std::fs::create_dir(&folder).expect("writable");
        let to = Destination::Folder { folder: folder.clone().into() };
        for expected in ["_evil.txt", "_evil (2).txt", "_evil (3).txt"] {
            let whole = file(&folder, ".whole.part", expected);
            assert_eq!(place(&whole, &to, "../evil.txt"), Ok(folder.join(expected)));
        }
        assert_eq!(std::fs::read_dir(outer.path()).expect("readable").count(), 1);
        let digest = FileDigest { root: blake3::hash(b"_evil (2).txt").into(), bytes: 13 };
        assert_eq!(already_placed(&to, "../evil.txt", &digest), Some(folder.join("_evil (2).txt")));
    }
}
