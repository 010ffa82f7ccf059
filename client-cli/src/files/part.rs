//! The parts of a file that is not yet whole: sealed piece by piece in the data folder, or as they are beside the destination,
//! under a name that says nothing. It must never write plaintext into the data folder.

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use protocol::ids::FileId;
use protocol::limits::FILE_PIECE_BYTES;

use super::records::{Destination, FetchRecord, OfferReceived, PartKind};
use super::{DataFolder, disk};
use crate::core::transfer::receiver::Trouble;
use crate::crypto::file_seal::{RestSeal, SEAL_BYTES};
use crate::crypto::file_tree::{FileDigest, VerifiedPiece};

/// Where the parts of a fetch are. A fetch beside its destination has one.
pub fn part_path(data: &DataFolder, record: &FetchRecord) -> PathBuf {
    match (record.part, &record.destination) {
        (PartKind::Beside, Some(destination)) => beside(destination, record),
        (PartKind::Beside | PartKind::Sealed, _) => data.incoming(record.file),
    }
}

/// The temporary file of a fetch in the folder of its destination.
pub fn beside(destination: &Destination, record: &FetchRecord) -> PathBuf {
    destination.folder().join(name_beside(record.file))
}

/// How it is called there.
pub fn name_beside(file: FileId) -> String {
    format!(".isoloir-{file}.part")
}

/// The open parts of one file.
pub struct Part {
    file: File,
    path: PathBuf,
    digest: FileDigest,
    /// None: the parts are as they are.
    seal: Option<RestSeal>,
}

impl Part {
    /// Begins anew, without anything.
    pub fn create(path: PathBuf, offer: &OfferReceived, kind: PartKind) -> Result<Self, Trouble> {
        disk::remove(&path).map_err(|error| disk::trouble(&error))?;
        let mut options = OpenOptions::new();
        let file = disk::private(options.read(true).write(true).create_new(true)).open(&path);
        let file = file.map_err(|error| disk::trouble(&error))?;
        disk::sync_folder(path.parent().unwrap_or(Path::new("."))).map_err(|error| disk::trouble(&error))?;
        Ok(Self::with(file, path, offer, kind))
    }

    /// Goes on with what is there; the first `pieces` must be.
    pub fn resume(path: PathBuf, offer: &OfferReceived, kind: PartKind, pieces: u64) -> Result<Self, Trouble> {
        let file = OpenOptions::new().read(true).write(true).open(&path).map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => Trouble::Damaged,
            _ => disk::trouble(&error),
        })?;
        let part = Self::with(file, path, offer, kind);
        let there = part.file.metadata().map_err(|error| disk::trouble(&error))?.len();
        if there < part.end_of(pieces) {
            return Err(Trouble::Damaged);
        }
        Ok(part)
    }

    fn with(file: File, path: PathBuf, offer: &OfferReceived, kind: PartKind) -> Self {
        let seal = match kind {
            PartKind::Sealed => Some(RestSeal::new(&offer.key(), offer.offer.file)),
            PartKind::Beside => None,
        };
        Self { file, path, digest: offer.digest(), seal }
    }

    /// The path of the parts.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Writes a piece at its place.
    pub fn write(&mut self, piece: VerifiedPiece) -> io::Result<()> {
        self.file.seek(SeekFrom::Start(self.offset(piece.index())))?;
        match &self.seal {
            Some(seal) => self.file.write_all(&seal.seal(piece)),
            None => self.file.write_all(piece.bytes()),
        }
    }

    /// Makes what was written survive a power loss.
    pub fn sync(&self) -> io::Result<()> {
        self.file.sync_data()
    }

    /// The same file, to be synced while more is written to it.
    pub fn handle(&self) -> io::Result<File> {
        self.file.try_clone()
    }

    /// Opens all pieces in order into `out`; the whole is hashed on the way and must be the offered file.
    pub fn unseal_into(&mut self, out: &mut File) -> Result<(), Trouble> {
        let Some(seal) = &self.seal else { return Err(Trouble::Damaged) };
        let mut hasher = blake3::Hasher::new();
        self.file.seek(SeekFrom::Start(0)).map_err(|_| Trouble::Disk)?;
        for index in 0..self.digest.pieces() {
            let bytes = self.digest.piece_bytes(index).ok_or(Trouble::Damaged)?;
            let mut sealed = vec![0; bytes + SEAL_BYTES];
            self.file.read_exact(&mut sealed).map_err(|error| match error.kind() {
                io::ErrorKind::UnexpectedEof => Trouble::Damaged,
                _ => Trouble::Disk,
            })?;
            let opened = seal.open(index, sealed).map_err(|_| Trouble::Damaged)?;
            hasher.update(&opened);
            out.write_all(&opened).map_err(|error| disk::trouble(&error))?;
        }
        if hasher.finalize() == blake3::Hash::from(self.digest.root) { Ok(()) } else { Err(Trouble::Damaged) }
    }

    fn slot_bytes(&self) -> u64 {
        let seal = if self.seal.is_some() { SEAL_BYTES } else { 0 };
        (FILE_PIECE_BYTES + seal) as u64
    }

    fn offset(&self, index: u64) -> u64 {
        index.saturating_mul(self.slot_bytes())
    }

    /// How long the parts are at least with the first `pieces` in them.
    fn end_of(&self, pieces: u64) -> u64 {
        let Some(last) = pieces.checked_sub(1) else { return 0 };
        let seal_bytes = self.slot_bytes() - FILE_PIECE_BYTES as u64;
        let bytes = self.digest.piece_bytes(last).unwrap_or(FILE_PIECE_BYTES) as u64;
        self.offset(last).saturating_add(bytes + seal_bytes)
    }
}
