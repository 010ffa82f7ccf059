//! Files on the client's side of the wire: offering, serving, fetching, saving. The cores in [`crate::core::transfer`] decide;
//! here their decisions meet the disk. Content and names must never lie in the data folder in the open, an offered name must
//! never be a path, and memory must not grow with a file: 4 MiB under way for each fetch, 8 pieces for each serving link.
//!
//! The engine starts one [`porter`], hands it links, frames and wishes, and commits the records it hears in [`FileEvent`]s.

#![warn(clippy::indexing_slicing)]

mod disk;
pub mod folder;
mod intake;
pub mod name;
mod outboard;
mod part;
mod place;
mod porter;
pub mod records;
mod serving;
mod stored_path;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use protocol::ids::{ConversationId, DeviceId, FileId, Hash32};
use protocol::link::FileRefusal;
use protocol::secret::Secret;
use rand_core::CryptoRngCore;

use self::records::{OfferMade, OfferState};
use crate::core::transfer::{holder, receiver};
use crate::crypto::file_seal::{FileKey, SALT_BYTES};
pub use outboard::HashError;
pub use porter::{LinkPorts, Members, Porter, PorterGone, start};

/// What the engine hears from the porter. Records are committed as they come; the rest is for the person.
#[derive(Debug, Clone)]
pub enum FileEvent {
    /// Write this to the vault, over the one before.
    Persist(records::FetchRecord),
    /// So many bytes are verified and written.
    Progress {
        /// The offer.
        file: FileId,
        /// Verified and written.
        verified_bytes: u64,
        /// Size of the whole file.
        bytes: u64,
    },
    /// Nothing moves for now; the porter tries again by itself.
    Paused {
        /// The offer.
        file: FileId,
        /// Why.
        pause: receiver::Pause,
    },
    /// A fetch is over; the record that says how came before.
    FetchEnded {
        /// The offer.
        file: FileId,
        /// How.
        end: receiver::End,
    },
    /// A device pulled one of our files, or could not.
    ServeEnded {
        /// The offer.
        file: FileId,
        /// Who pulled.
        peer: DeviceId,
        /// How it went.
        end: holder::End,
    },
}

/// Ends the name of a note that says where parts are in the open.
const BESIDE: &str = "beside";

/// Where the porter keeps its own files in the client's data folder: `incoming/` and `trees/`, named by random ids.
#[derive(Debug, Clone)]
pub struct DataFolder {
    root: PathBuf,
}

impl DataFolder {
    /// Inside this data folder.
    pub fn within(root: &Path) -> Self {
        Self { root: root.to_owned() }
    }

    /// Makes the two folders if they are not there.
    pub fn create(&self) -> io::Result<()> {
        let mut builder = std::fs::DirBuilder::new();
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        for folder in ["incoming", "trees"] {
            builder.recursive(true).create(self.root.join(folder))?;
        }
        Ok(())
    }

    /// Removes what belongs to no offer or fetch that the vault knows: leftovers of a crash.
    pub fn sweep(&self, known: &BTreeSet<FileId>) -> io::Result<()> {
        self.create()?;
        for folder in ["incoming", "trees"] {
            for entry in std::fs::read_dir(self.root.join(folder))? {
                let path = entry?.path();
                let id = path.file_stem().and_then(|stem| stem.to_str()).and_then(|stem| stem.parse::<FileId>().ok());
                if id.is_some_and(|id| !known.contains(&id)) {
                    disk::remove(&path)?;
                }
            }
        }
        Ok(())
    }

    /// Forgets the stored tree of a file that is not served any more.
    pub fn forget_offer(&self, file: FileId) -> io::Result<()> {
        disk::remove(&self.tree(file))
    }

    /// Whether the tree of this file is there.
    pub fn has_tree(&self, file: FileId) -> bool {
        self.tree(file).exists()
    }

    /// Removes the parts of a fetch that nothing moves any more.
    pub fn forget_parts(&self, fetch: &records::FetchRecord) -> io::Result<()> {
        disk::remove(&part::part_path(self, fetch))?;
        self.nothing_beside(fetch.file)
    }

    /// Before there are parts in the open elsewhere: whoever destroys everything has to find them without the vault. Their own place on
    /// the disk says no less, and this goes when they do.
    fn note_beside(&self, file: FileId, part: &Path) -> io::Result<()> {
        self.create()?;
        let mut options = std::fs::OpenOptions::new();
        let note = disk::private(options.write(true).create(true).truncate(true)).open(self.beside(file));
        note?.write_all(part.as_os_str().as_encoded_bytes())
    }

    /// The parts that were elsewhere are gone, or the file they were of is whole.
    fn nothing_beside(&self, file: FileId) -> io::Result<()> {
        disk::remove(&self.beside(file))
    }

    fn destroy_beside(&self) -> io::Result<()> {
        let notes = match std::fs::read_dir(self.root.join("incoming")) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            notes => notes?,
        };
        for note in notes {
            let note = note?.path();
            if note.extension().is_none_or(|extension| extension != BESIDE) {
                continue;
            }
            let text = String::from_utf8(std::fs::read(&note)?).unwrap_or_default();
            let part = Path::new(&text);
            let id = note.file_stem().and_then(|stem| stem.to_str()).and_then(|stem| stem.parse::<FileId>().ok());
            // A file of no other name is removed, whatever stands there.
            if id.is_some_and(|id| part.file_name().is_some_and(|name| *name == *part::name_beside(id))) {
                disk::remove(part)?;
            }
        }
        Ok(())
    }

    /// Removes everything, whole or not, beside its destination too.
    pub fn destroy(&self) -> io::Result<()> {
        self.destroy_beside()?;
        for folder in ["incoming", "trees"] {
            match std::fs::remove_dir_all(self.root.join(folder)) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                Ok(()) | Err(_) => {}
            }
        }
        Ok(())
    }

    fn incoming(&self, file: FileId) -> PathBuf {
        self.root.join("incoming").join(format!("{file}.part"))
    }

    fn beside(&self, file: FileId) -> PathBuf {
        self.root.join("incoming").join(format!("{file}.{BESIDE}"))
    }

    fn tree(&self, file: FileId) -> PathBuf {
        self.root.join("trees").join(format!("{file}.tree"))
    }
}

/// Reads the file at `path` once and makes an offer of it; nothing is copied. The record must be in the vault before the
/// message that offers the file is sent. `progress` hears bytes read, on another thread.
pub async fn offer(
    data: DataFolder,
    conversation: ConversationId,
    path: PathBuf,
    rng: &mut (dyn CryptoRngCore + Send),
    mut progress: impl FnMut(u64) + Send + 'static,
) -> Result<OfferMade, HashError> {
    let file = FileId::random(rng);
    let (mut key, mut salt) = ([0; 32], [0; SALT_BYTES]);
    rng.fill_bytes(&mut key);
    rng.fill_bytes(&mut salt);
    let key: FileKey = Secret::new(key);
    let hashing = tokio::task::spawn_blocking(move || {
        // Read again later, perhaps from another working folder; a symbolic link keeps the name it was given by.
        let path = std::path::absolute(path).map_err(|_| HashError::Missing)?;
        data.create().map_err(|_| HashError::DataFolder)?;
        let tree = data.tree(file);
        let digest =
            outboard::hash_file(&path, &tree, &key, salt, &mut progress).inspect_err(|_| drop(disk::remove(&tree)))?;
        disk::sync_folder(&data.root.join("trees")).map_err(|_| HashError::DataFolder)?;
        Ok(OfferMade {
            file,
            conversation,
            path: path.into(),
            bytes: digest.bytes,
            root: Hash32::from_bytes(digest.root),
            key,
            state: OfferState::Open,
            operations: 0,
            folder: None,
        })
    });
    hashing.await.unwrap_or(Err(HashError::Unreadable))
}

/// Reads a file that was fetched and saved once more, and keeps its tree, so that its pieces can be served to others: its place may have
/// seen others than us. Until then nothing of it is sealed.
pub async fn hold(data: DataFolder, held: OfferMade, rng: &mut (dyn CryptoRngCore + Send)) -> Result<(), FileRefusal> {
    let mut salt = [0; SALT_BYTES];
    rng.fill_bytes(&mut salt);
    let reading = tokio::task::spawn_blocking(move || {
        data.create().map_err(|_| FileRefusal::Unreadable)?;
        // Under its name only when it is whole: a killed client leaves none that cannot be read.
        let (tree, unfinished) = (data.tree(held.file), data.root.join("trees").join(format!("{}.new", held.file)));
        let digest = outboard::hash_file(held.path.as_path(), &unfinished, &held.key, salt, &mut |_| ());
        let judged = match digest {
            Ok(digest) if digest == held.digest() => {
                std::fs::rename(&unfinished, &tree).map_err(|_| FileRefusal::Unreadable)
            }
            Ok(_) | Err(HashError::Changing | HashError::NotAFile) => Err(FileRefusal::Changed),
            Err(HashError::Missing) => Err(FileRefusal::Missing),
            Err(HashError::Unreadable | HashError::DataFolder) => Err(FileRefusal::Unreadable),
        };
        judged.inspect_err(|_| drop(disk::remove(&unfinished)))
    });
    reading.await.unwrap_or(Err(FileRefusal::Unreadable))
}
