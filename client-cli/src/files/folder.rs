//! Folders on the disk: which files of one are offered, and where those of somebody else's are put. It must never follow a link, offer
//! what lies elsewhere, or make anything outside the one folder that was made for it.

use std::io;
use std::path::{Path, PathBuf};

use protocol::limits::{FOLDER_DEPTH_MAX, FOLDER_FILES_MAX};
use protocol::message::is_component;
use protocol::secret::Personal;

use super::name::{harmless, numbered};

/// So many folders of one name in one place, no more.
const NUMBER_MAX: u32 = 10_000;
/// Things in a folder that are looked at before it counts as too large, files or not.
const ENTRIES_MAX: usize = 100_000;

/// A file in a folder.
#[derive(Debug)]
pub struct Found {
    /// Where.
    pub path: PathBuf,
    /// The folders between, the outermost first.
    pub between: Vec<Personal<String>>,
    /// Its size.
    pub bytes: u64,
}

/// What is in a folder.
#[derive(Debug, Default)]
pub struct Listing {
    /// Its files, in the order of their names.
    pub files: Vec<Found>,
    /// Things that are not offered: links, devices, names that are no text or longer than a name.
    pub skipped: usize,
}

/// Why a folder cannot be offered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ListError {
    /// It cannot be read.
    #[error("the folder cannot be read")]
    Unreadable,
    /// More than [`FOLDER_FILES_MAX`] files, or more than [`FOLDER_DEPTH_MAX`] folders deep.
    #[error("too much for one folder")]
    TooMuch,
    /// No file is in it.
    #[error("nothing to offer")]
    Empty,
}

/// The files of a folder and of those in it. Blocks.
pub fn list(root: &Path) -> Result<Listing, ListError> {
    let mut listing = Listing::default();
    let mut waiting = vec![(root.to_owned(), Vec::new())];
    let mut seen = 0;
    while let Some((folder, between)) = waiting.pop() {
        let entries = std::fs::read_dir(&folder).map_err(|_| ListError::Unreadable)?;
        for entry in entries {
            let entry = entry.map_err(|_| ListError::Unreadable)?;
            // Of the thing itself: a link is a link, wherever it leads.
            let metadata = entry.metadata().map_err(|_| ListError::Unreadable)?;
            seen += 1;
            if seen > ENTRIES_MAX {
                return Err(ListError::TooMuch);
            }
            let name = entry.file_name().into_string().ok().filter(|name| is_component(name));
            match name {
                Some(name) if metadata.is_dir() => {
                    if between.len() >= FOLDER_DEPTH_MAX {
                        return Err(ListError::TooMuch);
                    }
                    let deeper = between.iter().cloned().chain([Personal::new(name)]).collect();
                    waiting.push((entry.path(), deeper));
                }
                Some(_) if metadata.is_file() && listing.files.len() >= FOLDER_FILES_MAX => {
                    return Err(ListError::TooMuch);
                }
                Some(_) if metadata.is_file() => {
                    let found = Found { path: entry.path(), between: between.clone(), bytes: metadata.len() };
                    listing.files.push(found);
                }
                Some(_) | None => listing.skipped += 1,
            }
        }
    }
    if listing.files.is_empty() {
        return Err(ListError::Empty);
    }
    listing.files.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(listing)
}

/// Makes the folder for what somebody calls so: in `chosen` if that is a folder, with a number if the name is taken, else `chosen` itself.
pub fn make_root(chosen: &Path, offered_name: &str) -> io::Result<PathBuf> {
    if !chosen.is_dir() {
        return std::fs::create_dir(chosen).map(|()| chosen.to_owned());
    }
    let name = harmless(offered_name);
    for number in 1..=NUMBER_MAX {
        let root = chosen.join(if number == 1 { name.clone() } else { numbered(&name, number) });
        match std::fs::create_dir(&root) {
            Ok(()) => return Ok(root),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error),
        }
    }
    Err(io::ErrorKind::AlreadyExists.into())
}

/// Makes the folders below `root` that lead to a file; they are folders there, and no links.
pub fn make_way(root: &Path, between: &[Personal<String>]) -> io::Result<PathBuf> {
    let mut at = root.to_owned();
    if !is_folder(&at) {
        return Err(io::ErrorKind::NotFound.into());
    }
    for name in between {
        at.push(harmless(name.expose()));
        match std::fs::create_dir(&at) {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists || !is_folder(&at) => return Err(error),
            Ok(()) | Err(_) => {}
        }
    }
    Ok(at)
}

/// Whether a folder itself is there, not a link to one.
pub fn is_folder(path: &Path) -> bool {
    path.symlink_metadata().is_ok_and(|metadata| metadata.is_dir())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(found: &Found) -> Vec<&str> {
        found.between.iter().map(|name| name.expose().as_str()).collect()
    }

    #[test]
    fn a_folder_lists_its_own_files_and_no_links() {
        let folder = tempfile::tempdir().unwrap();
        let (root, outside) = (folder.path().join("root"), folder.path().join("outside"));
        std::fs::create_dir_all(root.join("a/b")).unwrap();
        std::fs::create_dir(&outside).unwrap();
        for path in [root.join("z.txt"), root.join("a/b/deep.txt"), outside.join("secret.txt")] {
            std::fs::write(path, b"12345").unwrap();
        }
        #[cfg(unix)]
        {
            std::os::unix::fs::symlink(outside.join("secret.txt"), root.join("link.txt")).unwrap();
            std::os::unix::fs::symlink(&outside, root.join("a/link")).unwrap();
        }
        let listing = list(&root).unwrap();
        let found: Vec<_> = listing.files.iter().map(|found| (names(found), found.bytes)).collect();
        assert_eq!(found, [(vec!["a", "b"], 5), (vec![], 5)]);
        assert_eq!(listing.skipped, if cfg!(unix) { 2 } else { 0 });
        assert_eq!(list(&folder.path().join("absent")).err(), Some(ListError::Unreadable));
        std::fs::create_dir(root.join("empty")).unwrap();
        assert_eq!(list(&root.join("empty")).err(), Some(ListError::Empty));
    }

    #[test]
    fn more_than_a_folder_holds_is_refused_whole() {
        let folder = tempfile::tempdir().unwrap();
        for number in 0..=FOLDER_FILES_MAX {
            std::fs::write(folder.path().join(number.to_string()), b"").unwrap();
        }
        assert_eq!(list(folder.path()).err(), Some(ListError::TooMuch));
        let deep = tempfile::tempdir().unwrap();
        std::fs::create_dir_all(deep.path().join(["d"; FOLDER_DEPTH_MAX + 1].join("/"))).unwrap();
        assert_eq!(list(deep.path()).err(), Some(ListError::TooMuch));
    }

    #[test]
    fn a_folder_of_somebody_else_stays_in_the_one_that_was_made_for_it() {
        let folder = tempfile::tempdir().unwrap();
        let downloads = folder.path().join("downloads");
        std::fs::create_dir(&downloads).unwrap();
        let first = make_root(&downloads, "../Rounds").unwrap();
        let second = make_root(&downloads, "../Rounds").unwrap();
        assert!(first != second && first.parent() == Some(&downloads) && second.parent() == Some(&downloads));
        assert_eq!(make_root(&downloads.join("Named"), "Rounds").unwrap(), downloads.join("Named"));

        let between = |names: &[&str]| names.iter().map(|name| Personal::new((*name).to_owned())).collect::<Vec<_>>();
        // Such names do not pass the check of a message; and would not lead out here either.
        for names in [&["..", "etc"][..], &["a/../../b"], &["."], &["a", "b"], &["a", "b"]] {
            let way = make_way(&first, &between(names)).unwrap();
            assert!(way.starts_with(&first) && is_folder(&way), "{names:?}");
            assert!(way.canonicalize().unwrap().starts_with(first.canonicalize().unwrap()));
        }
        #[cfg(unix)]
        {
            std::os::unix::fs::symlink(folder.path(), second.join("trap")).unwrap();
            assert!(make_way(&second, &between(&["trap"])).is_err(), "a link is not followed");
        }
    }
}
