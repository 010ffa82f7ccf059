//! What a message says: texts, files, and acts on messages that were said before. A kind that this version does not know is kept as
//! it came, so that it is shown as one that cannot be read, never takes part in anything, and is read once the client is newer.
//! Source: `spec/lanes.md` §3.

use std::fmt;

use minicbor::decode::{self, Decoder};
use minicbor::{Decode, Encode};

use crate::bounded;
use crate::codec::Malformed;
use crate::ids::{ConversationId, DeviceId, FileId, FolderId, Hash32, MemberId, MessageId};
use crate::limits::{
    FILE_NAME_BYTES_MAX, FOLDER_DEPTH_MAX, FOLDER_FILES_MAX, LANE_ENTRY_BYTES_MAX, MEDIA_TYPE_BYTES_MAX, MENTIONS_MAX,
    MESSAGE_LIFETIME_S_MAX, MESSAGE_TEXT_BYTES_MAX, REACTION_BYTES_MAX,
};
use crate::roster::RosterChange;
use crate::secret::Personal;

/// What a message says. A field that holds one is written and read by [`wire`].
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub enum MessageBody {
    /// Text.
    #[n(0)]
    Text {
        /// UTF-8, at most [`MESSAGE_TEXT_BYTES_MAX`].
        #[n(0)]
        text: Personal<String>,
        /// What goes with it.
        #[cbor(n(1), default)]
        context: Context,
    },
    /// A file that the receiver may pull.
    #[n(1)]
    FileOffer {
        /// The file.
        #[n(0)]
        offer: FileOffer,
        /// What goes with it.
        #[cbor(n(1), default)]
        context: Context,
    },
    /// An offer is taken back.
    #[n(2)]
    FileWithdrawn {
        /// Which.
        #[n(0)]
        file: FileId,
    },
    /// The author's text says something else now.
    #[n(3)]
    Edit {
        /// The text message.
        #[n(0)]
        message: MessageId,
        /// UTF-8, at most [`MESSAGE_TEXT_BYTES_MAX`].
        #[n(1)]
        text: Personal<String>,
        /// In the place of those before, as in [`Context::mentions`].
        #[cbor(n(2), decode_with = "bounded::list::<_, _, MENTIONS_MAX>")]
        mentions: Vec<MemberId>,
    },
    /// The author takes a message back, for everybody.
    #[n(4)]
    Delete {
        /// Which.
        #[n(0)]
        message: MessageId,
    },
    /// What a member thinks of a message, in the place of what they thought before.
    #[n(5)]
    Reaction {
        /// Which.
        #[n(0)]
        message: MessageId,
        /// An emoji or another short text, 1 to [`REACTION_BYTES_MAX`] bytes; nothing takes the reaction back.
        #[n(1)]
        emoji: Option<Personal<String>>,
    },
    /// How long messages of the conversation are there once they were read, from now on; the newest one by clock and id counts.
    #[n(10)]
    Timer {
        /// 1 to [`MESSAGE_LIFETIME_S_MAX`]; nothing keeps them.
        #[n(0)]
        seconds: Option<u32>,
    },
    /// A member asks the pen-holder to change the group's roster.
    #[n(15)]
    RosterRequest {
        /// What.
        #[n(0)]
        change: RosterChange,
    },
    /// In histories only, never on a link: what an operation changed in the group's roster.
    #[n(16)]
    RosterChanged {
        /// What.
        #[n(0)]
        change: RosterChange,
    },
    /// A kind that a later version says. The number has no meaning on the wire, where such a body stands as it came.
    #[n(65_535)]
    Later(#[n(0)] Later),
}

/// What goes with a text or a file.
#[derive(Debug, Clone, Default, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Context {
    /// The message that is answered.
    #[n(0)]
    pub reply_to: Option<MessageId>,
    /// Gone so many seconds after it was read, 1 to [`MESSAGE_LIFETIME_S_MAX`].
    #[n(1)]
    pub lifetime_s: Option<u32>,
    /// Whether readers may send it on.
    #[cbor(n(2), skip_if = "Forwarding::is_allowed", decode_with = "Forwarding::decode_strictly")]
    pub forwarding: Forwarding,
    /// Where its words come from.
    #[cbor(n(3), skip_if = "Origin::is_author", decode_with = "Origin::decode_strictly")]
    pub origin: Origin,
    /// Whom it mentions, in ascending order, at most [`MENTIONS_MAX`].
    #[cbor(n(4), skip_if = "Vec::is_empty", decode_with = "bounded::list::<_, _, MENTIONS_MAX>")]
    pub mentions: Vec<MemberId>,
}

/// Whether readers may send a message on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Encode, Decode)]
#[cbor(index_only)]
pub enum Forwarding {
    /// They may.
    #[default]
    #[n(0)]
    Allowed,
    /// Its author asks them not to; honest clients do not.
    #[n(1)]
    Forbidden,
}

impl Forwarding {
    fn is_allowed(&self) -> bool {
        *self == Self::Allowed
    }

    /// What a later version says is no permission.
    fn decode_strictly<C>(d: &mut Decoder<'_>, _: &mut C) -> Result<Self, decode::Error> {
        Ok(if d.u32()? == 0 { Self::Allowed } else { Self::Forbidden })
    }
}

/// Where the words of a message come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Encode, Decode)]
#[cbor(index_only)]
pub enum Origin {
    /// Whoever sent it.
    #[default]
    #[n(0)]
    Author,
    /// Somebody else, of whom nothing is said: it was sent on.
    #[n(1)]
    Forwarded,
}

impl Origin {
    fn is_author(&self) -> bool {
        *self == Self::Author
    }

    /// Whatever a later version says, it is not that the author wrote it.
    fn decode_strictly<C>(d: &mut Decoder<'_>, _: &mut C) -> Result<Self, decode::Error> {
        Ok(if d.u32()? == 0 { Self::Author } else { Self::Forwarded })
    }
}

/// A file that the receiver may pull.
#[derive(Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct FileOffer {
    /// The offer.
    #[n(0)]
    pub file: FileId,
    /// What the sender calls it. Never used as a path.
    #[n(1)]
    pub name: Personal<String>,
    /// Length of the file.
    #[n(2)]
    pub bytes: u64,
    /// Media type (RFC 6838) as the sender guesses it.
    #[n(3)]
    pub media_type: String,
    /// BLAKE3 of the plaintext, the root of the tree against which every piece is verified.
    #[n(4)]
    pub root: Hash32,
    /// From which each transfer's key is derived.
    #[cbor(n(5), with = "minicbor::bytes")]
    pub key: [u8; 32],
    /// Where it is in a folder that is offered file by file.
    #[n(6)]
    pub folder: Option<InFolder>,
}

/// Where a file is in a folder.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct InFolder {
    /// Drawn for the folder, the same in each of its files. The folder's id is a hash of it and of who offers it where.
    #[cbor(n(0), with = "minicbor::bytes")]
    pub nonce: [u8; 16],
    /// What the sender calls the folder.
    #[n(1)]
    pub name: Personal<String>,
    /// The folders between that and the file, the outermost first, at most [`FOLDER_DEPTH_MAX`].
    #[cbor(n(2), decode_with = "bounded::list::<_, _, FOLDER_DEPTH_MAX>")]
    pub path: Vec<Personal<String>>,
    /// Files in the folder, 1 to [`FOLDER_FILES_MAX`].
    #[n(3)]
    pub files: u32,
    /// Bytes of all of them together.
    #[n(4)]
    pub bytes: u64,
}

impl InFolder {
    /// The folder's id: nobody else, and nowhere else, can offer something as a part of it.
    pub fn id(&self, conversation: ConversationId, author: DeviceId) -> FolderId {
        let label = b"isoloir folder v1";
        let all = [label.as_slice(), conversation.as_bytes(), author.as_bytes(), &self.nonce].concat();
        let [id @ .., _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _] = *Hash32::sha256(&all).as_bytes();
        FolderId::from_bytes(id)
    }

    fn check(&self, offer: &FileOffer) -> Result<(), Malformed> {
        let names = self.path.iter().chain([&self.name, &offer.name]);
        let is_path = names.into_iter().all(|name| is_component(name.expose()));
        let has_files = usize::try_from(self.files).is_ok_and(|files| (1..=FOLDER_FILES_MAX).contains(&files));
        let is_whole = self.path.len() <= FOLDER_DEPTH_MAX && has_files && offer.bytes <= self.bytes;
        if is_path && is_whole { Ok(()) } else { Err(Malformed::Shape) }
    }
}

/// Whether this is the name of one thing in a folder, on any system: nothing that leads elsewhere.
pub fn is_component(name: &str) -> bool {
    let leads = matches!(name, "" | "." | "..") || name.contains(['/', '\\']) || name.chars().any(char::is_control);
    !leads && name.len() <= FILE_NAME_BYTES_MAX
}

/// The key opens the file, and size and root name it to whoever has a copy.
impl fmt::Debug for FileOffer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("FileOffer(…)")
    }
}

/// CBOR of a body that this version cannot read, at most [`LANE_ENTRY_BYTES_MAX`].
#[derive(Clone, PartialEq, Eq, Encode, Decode)]
pub struct Later(#[cbor(n(0), with = "minicbor::bytes")] Vec<u8>);

impl fmt::Debug for Later {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Later(…)")
    }
}

impl MessageBody {
    /// A text with nothing beside.
    pub fn text(text: Personal<String>) -> Self {
        Self::Text { text, context: Context::default() }
    }

    /// What goes with it, if it is something said and not an act.
    pub const fn context(&self) -> Option<&Context> {
        match self {
            Self::Text { context, .. } | Self::FileOffer { context, .. } => Some(context),
            Self::FileWithdrawn { .. }
            | Self::Edit { .. }
            | Self::Delete { .. }
            | Self::Reaction { .. }
            | Self::Timer { .. }
            | Self::RosterRequest { .. }
            | Self::RosterChanged { .. }
            | Self::Later(_) => None,
        }
    }

    /// The file that it offers.
    pub const fn offer(&self) -> Option<&FileOffer> {
        if let Self::FileOffer { offer, .. } = self { Some(offer) } else { None }
    }

    /// The same body; what is said is there so long once it was read, acts stay as they are.
    #[must_use]
    pub fn living(mut self, lifetime: Option<u32>) -> Self {
        if let Self::Text { context, .. } | Self::FileOffer { context, .. } = &mut self {
            context.lifetime_s = lifetime;
        }
        self
    }

    /// Whether every part is within its limit.
    pub fn check(&self) -> Result<(), Malformed> {
        match self {
            Self::Text { text, context } => {
                within(text.expose().len(), MESSAGE_TEXT_BYTES_MAX)?;
                context.check()
            }
            Self::FileOffer { offer, context } => {
                within(offer.name.expose().len(), FILE_NAME_BYTES_MAX)?;
                within(offer.media_type.len(), MEDIA_TYPE_BYTES_MAX)?;
                offer.folder.as_ref().map_or(Ok(()), |folder| folder.check(offer))?;
                context.check()
            }
            Self::Edit { text, mentions, .. } => {
                within(text.expose().len(), MESSAGE_TEXT_BYTES_MAX)?;
                check_mentions(mentions)
            }
            Self::Reaction { emoji: Some(emoji), .. } if emoji.expose().is_empty() => Err(Malformed::Shape),
            Self::Reaction { emoji: Some(emoji), .. } => within(emoji.expose().len(), REACTION_BYTES_MAX),
            Self::Timer { seconds: Some(seconds) } => check_lifetime(*seconds),
            Self::RosterRequest { change } if !change.is_request() => Err(Malformed::Shape),
            Self::RosterChanged { .. } => Err(Malformed::Shape),
            Self::Later(Later(bytes)) => within(bytes.len(), LANE_ENTRY_BYTES_MAX),
            Self::Reaction { emoji: None, .. }
            | Self::FileWithdrawn { .. }
            | Self::Delete { .. }
            | Self::Timer { seconds: None }
            | Self::RosterRequest { .. } => Ok(()),
        }
    }
}

impl Context {
    fn check(&self) -> Result<(), Malformed> {
        self.lifetime_s.map_or(Ok(()), check_lifetime)?;
        check_mentions(&self.mentions)
    }
}

fn within(bytes: usize, limit_bytes: usize) -> Result<(), Malformed> {
    if bytes <= limit_bytes { Ok(()) } else { Err(Malformed::TooLong { limit_bytes }) }
}

fn check_lifetime(seconds: u32) -> Result<(), Malformed> {
    if (1..=MESSAGE_LIFETIME_S_MAX).contains(&seconds) { Ok(()) } else { Err(Malformed::Shape) }
}

fn check_mentions(mentions: &[MemberId]) -> Result<(), Malformed> {
    let is_a_set = mentions.len() <= MENTIONS_MAX && mentions.is_sorted_by(|a, b| a < b);
    if is_a_set { Ok(()) } else { Err(Malformed::Shape) }
}

/// A body as it stands in a document: what this version does not know is taken as it is, whole.
pub mod wire {
    use minicbor::data::Type;
    use minicbor::decode::{self, Decode as _, Decoder};
    use minicbor::encode::{self, Encode as _, Encoder, Write};

    use super::{Later, MessageBody};

    /// Writes it.
    pub fn encode<C, W: Write>(
        body: &MessageBody,
        e: &mut Encoder<W>,
        ctx: &mut C,
    ) -> Result<(), encode::Error<W::Error>> {
        match body {
            MessageBody::Later(Later(bytes)) => e.writer_mut().write_all(bytes).map_err(encode::Error::write),
            known => known.encode(e, ctx),
        }
    }

    /// The number of [`MessageBody::Later`], which says nothing here.
    const LATER: u32 = 65_535;

    /// Reads it.
    pub fn decode<C>(d: &mut Decoder<'_>, ctx: &mut C) -> Result<MessageBody, decode::Error> {
        let start = d.position();
        let kind = if d.array()? == Some(2) { d.u32().ok() } else { None };
        let has_fields = matches!(d.datatype()?, Type::Array);
        d.set_position(start);
        match MessageBody::decode(d, ctx) {
            Ok(known) if kind != Some(LATER) => return Ok(known),
            Err(error) if kind != Some(LATER) && !error.is_unknown_variant() => return Err(error),
            Ok(_) | Err(_) => {}
        }
        d.set_position(start);
        d.skip()?;
        match d.input().get(start..d.position()) {
            Some(bytes) if kind.is_some() && has_fields => Ok(MessageBody::Later(Later(bytes.to_vec()))),
            Some(_) | None => Err(decode::Error::message("not a body").at(start)),
        }
    }
}

#[cfg(test)]
mod tests;
