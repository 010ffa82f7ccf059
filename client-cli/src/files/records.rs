//! What the vault keeps about files: offers made, offers received, and how far each fetch is. Only the vault writes them to
//! disk, sealed: they hold keys, names and paths.

use std::path::{Path, PathBuf};

use minicbor::{Decode, Encode};
use protocol::ids::{ConversationId, DeviceId, FileId, Hash32};
use protocol::limits::FILE_NAME_BYTES_MAX;
use protocol::link::FileRefusal;
use protocol::message::{FileOffer, InFolder};
use protocol::secret::{Personal, Secret};

use super::name;
pub use super::stored_path::StoredPath;
use crate::core::transfer::receiver::Trouble;
use crate::crypto::file_seal::FileKey;
use crate::crypto::file_tree::FileDigest;

/// What we offered, and from where it is read at each pull.
#[derive(Debug, Clone, Encode, Decode)]
#[cbor(map)]
pub struct OfferMade {
    /// The offer.
    #[n(0)]
    pub file: FileId,
    /// The conversation it was made in.
    #[n(1)]
    pub conversation: ConversationId,
    /// Where the file is; it is never copied.
    #[n(2)]
    pub path: StoredPath,
    /// Its size when it was offered.
    #[n(3)]
    pub bytes: u64,
    /// BLAKE3 of its content.
    #[n(4)]
    pub root: Hash32,
    /// From which each transfer's key is derived.
    #[cbor(n(5), with = "key_codec")]
    pub key: FileKey,
    /// Whether it may still be pulled.
    #[n(6)]
    pub state: OfferState,
    /// How many operations the group's roster had then; 0 among two. Whoever joined later was not offered it.
    #[cbor(n(7), default)]
    pub operations: u64,
    /// Where it is in a folder that was offered.
    #[n(8)]
    pub folder: Option<InFolder>,
}

/// Whether an offer may still be pulled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Encode, Decode)]
#[cbor(index_only)]
pub enum OfferState {
    /// It may.
    #[default]
    #[n(0)]
    Open,
    /// It was taken back.
    #[n(1)]
    Withdrawn,
    /// Not until the person says so.
    #[n(2)]
    Paused,
}

/// An offer that came in a message.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct OfferReceived {
    /// The conversation it came in.
    #[n(0)]
    pub conversation: ConversationId,
    /// The device that made it, which the file is pulled from.
    #[n(1)]
    pub holder: DeviceId,
    /// What it said.
    #[n(2)]
    pub offer: FileOffer,
    /// Whether its author still offers it.
    #[cbor(n(3), default)]
    pub state: OfferState,
}

/// Where the person has a folder that was offered to them.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct FolderRecord {
    /// What they chose: a folder for it to lie in, or what it shall be.
    #[n(0)]
    pub chosen: StoredPath,
    /// The folder that was made there for it alone.
    #[n(1)]
    pub root: StoredPath,
    /// Who wanted it.
    #[n(2)]
    pub wish: FolderWish,
}

/// Which files of a folder are fetched as they are offered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(index_only)]
pub enum FolderWish {
    /// All of them: the person wants the folder.
    #[n(0)]
    Whole,
    /// Those that are saved without asking.
    #[n(1)]
    Small,
}

/// How far the fetch of one file is, and where it goes.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct FetchRecord {
    /// The offer.
    #[n(0)]
    pub file: FileId,
    /// How its parts are kept until it is whole; fixed for the life of the fetch.
    #[n(1)]
    pub part: PartKind,
    /// Where it shall be saved; none keeps it sealed until the person says.
    #[n(2)]
    pub destination: Option<Destination>,
    /// The first so many pieces are verified and on disk for good.
    #[n(3)]
    pub verified_pieces: u64,
    /// Where it stands.
    #[n(4)]
    pub state: FetchState,
}

/// How the parts of a file are kept until it is whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(index_only)]
pub enum PartKind {
    /// Sealed in the data folder.
    #[n(0)]
    Sealed,
    /// As they are, in the folder the person chose, under a name without meaning: written once.
    #[n(1)]
    Beside,
}

/// Where a file shall be saved.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub enum Destination {
    /// At this very path.
    #[n(0)]
    File {
        /// Chosen by the person.
        #[n(0)]
        path: StoredPath,
        /// What to do if something is there.
        #[n(1)]
        if_exists: IfExists,
    },
    /// In this folder, under a harmless form of the offered name, with a number if that is taken.
    #[n(1)]
    Folder {
        /// Chosen by the person.
        #[n(0)]
        folder: StoredPath,
    },
}

/// What to do if there is a file at the chosen path.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(index_only)]
pub enum IfExists {
    /// Keep what is there.
    #[n(0)]
    Refuse,
    /// The person asked to replace it.
    #[n(1)]
    Replace,
}

/// Where a fetch stands.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub enum FetchState {
    /// Pieces are still missing, or it is not yet saved.
    #[n(0)]
    Wanted,
    /// Whole, sealed in the data folder.
    #[n(1)]
    Kept,
    /// Whole, at this path.
    #[n(2)]
    Saved(#[n(0)] StoredPath),
    /// The person canceled it.
    #[n(3)]
    Canceled,
    /// The holder does not serve it.
    #[n(4)]
    Refused(#[n(0)] FileRefusal),
    /// What the holder sends is not the offered file.
    #[n(5)]
    Faulty,
    /// It cannot be put where it was wanted; fetching it again goes on from here.
    #[n(6)]
    Failed(#[n(0)] Trouble),
    /// The person goes on with it later.
    #[n(7)]
    Paused,
}

/// Sounds by the extension of their name: a recording is shown as one. Nothing is decided by it.
const SOUNDS: [(&str, &str); 7] = [
    ("ogg", "audio/ogg"),
    ("opus", "audio/ogg"),
    ("m4a", "audio/mp4"),
    ("mp3", "audio/mpeg"),
    ("wav", "audio/wav"),
    ("flac", "audio/flac"),
    ("weba", "audio/webm"),
];

fn media_type_of(path: &Path) -> &'static str {
    let extension = path.extension().map(|extension| extension.to_string_lossy().to_lowercase()).unwrap_or_default();
    let sound = SOUNDS.iter().find(|(known, _)| *known == extension);
    sound.map_or("application/octet-stream", |(_, media_type)| media_type)
}

impl OfferMade {
    /// The message body that offers the file.
    pub fn to_offer(&self) -> FileOffer {
        let name = self.path.as_path().file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let name = if name.len() <= FILE_NAME_BYTES_MAX { name } else { name::harmless(&name) };
        FileOffer {
            file: self.file,
            name: Personal::new(name),
            bytes: self.bytes,
            media_type: media_type_of(self.path.as_path()).to_owned(),
            root: self.root,
            key: *self.key.expose(),
            folder: self.folder.clone(),
        }
    }

    /// What its pieces are judged by.
    pub const fn digest(&self) -> FileDigest {
        FileDigest { root: *self.root.as_bytes(), bytes: self.bytes }
    }
}

impl OfferReceived {
    /// What its pieces are judged by.
    pub const fn digest(&self) -> FileDigest {
        FileDigest { root: *self.offer.root.as_bytes(), bytes: self.offer.bytes }
    }

    /// The key it carries.
    pub fn key(&self) -> FileKey {
        Secret::new(self.offer.key)
    }

    /// What another member of the group is served with from here, where the whole file was saved.
    pub fn held_at(&self, path: &StoredPath) -> OfferMade {
        OfferMade {
            file: self.offer.file,
            conversation: self.conversation,
            path: path.clone(),
            bytes: self.offer.bytes,
            root: self.offer.root,
            key: self.key(),
            state: self.state,
            operations: 0,
            folder: self.offer.folder.clone(),
        }
    }
}

impl FetchRecord {
    /// A fetch that has not begun: straight beside its destination, or sealed when there is none yet.
    pub fn new(file: FileId, destination: Option<Destination>) -> Self {
        let part = if destination.is_some() { PartKind::Beside } else { PartKind::Sealed };
        Self { file, part, destination, verified_pieces: 0, state: FetchState::Wanted }
    }

    /// The folder of its parts, if they are beside the destination.
    pub fn part_folder(&self) -> Option<&Path> {
        match self.part {
            PartKind::Sealed => None,
            PartKind::Beside => self.destination.as_ref().map(Destination::folder),
        }
    }
}

impl Destination {
    /// Where `path`, given by the person, leads: into a folder if it is one, else to that very file.
    pub fn chosen(path: PathBuf, if_exists: IfExists) -> Self {
        if path.is_dir() { Self::Folder { folder: path.into() } } else { Self::File { path: path.into(), if_exists } }
    }

    /// The folder that the file ends up in.
    pub fn folder(&self) -> &Path {
        match self {
            Self::File { path, .. } => match path.as_path().parent() {
                Some(parent) if !parent.as_os_str().is_empty() => parent,
                Some(_) | None => Path::new("."),
            },
            Self::Folder { folder } => folder.as_path(),
        }
    }
}

mod key_codec {
    //! A file key as a byte string.

    use protocol::secret::Secret;

    use super::FileKey;

    pub fn encode<C, W: minicbor::encode::Write>(
        key: &FileKey,
        e: &mut minicbor::Encoder<W>,
        _: &mut C,
    ) -> Result<(), minicbor::encode::Error<W::Error>> {
        e.bytes(key.expose())?.ok()
    }

    pub fn decode<C>(d: &mut minicbor::Decoder<'_>, _: &mut C) -> Result<FileKey, minicbor::decode::Error> {
        let bytes = d.bytes()?;
        <[u8; 32]>::try_from(bytes).map(Secret::new).map_err(|_| minicbor::decode::Error::message("not a key"))
    }
}

#[cfg(test)]
mod tests {
    use protocol::codec;

    use super::*;

    #[test]
    fn records_come_back_as_they_were() {
        let record = FetchRecord {
            file: FileId::from_bytes([1; 16]),
            part: PartKind::Beside,
            destination: Some(Destination::Folder { folder: PathBuf::from("/somewhere/été").into() }),
            verified_pieces: 12,
            state: FetchState::Failed(Trouble::Full),
        };
        assert_eq!(codec::decode::<FetchRecord>(&codec::encode(&record)), Ok(record));
        let made = OfferMade {
            file: FileId::from_bytes([1; 16]),
            conversation: ConversationId::from_bytes([2; 16]),
            path: PathBuf::from("/somewhere/report.pdf").into(),
            bytes: 5,
            root: Hash32::from_bytes([3; 32]),
            key: Secret::new([4; 32]),
            state: OfferState::Open,
            operations: 7,
            folder: None,
        };
        let back: OfferMade = codec::decode(&codec::encode(&made)).expect("our own encoding");
        assert_eq!(back.to_offer(), made.to_offer());
        assert_eq!(back.to_offer().name.expose(), "report.pdf");
        assert!(!format!("{made:?}").contains("report"));
    }
}
