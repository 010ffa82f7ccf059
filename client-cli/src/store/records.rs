//! What the vault keeps about other devices and messages for the engine. Rows of the lanes themselves are `conversation`'s.

use std::num::NonZeroU64;

use minicbor::{Decode, Encode};
use protocol::directory::{Have, Person};
use protocol::envelope::AddressGrant;
use protocol::ids::{Address, ContactId, ConversationId, DeviceId, Hash32, MemberId, MessageId};
use protocol::keys::{EnvelopePublicKey, SigningKey};
use protocol::lane::HybridClock;
use protocol::message::{self, MessageBody};
use protocol::secret::Personal;
use protocol::time::Timestamp;
use protocol::tlog::ResetReason;
use rand_core::CryptoRngCore;

use super::table::SecretBytes;
use crate::core::acts::{Act, Marks};
use crate::core::outbox::MessageState;
use crate::core::peer::Relation;

/// Another device.
#[derive(Debug, Clone, Encode, Decode)]
#[cbor(map)]
pub struct PeerRecord {
    /// Which.
    #[n(0)]
    pub device: DeviceId,
    /// Whose.
    #[n(1)]
    pub member: MemberId,
    /// The person's login when last seen in the directory.
    #[n(2)]
    pub login: Personal<String>,
    /// The person's name when last seen in the directory.
    #[n(3)]
    pub name: Personal<String>,
    /// How far the acquaintance is.
    #[n(4)]
    pub relation: Relation,
    /// Seed of the key that owns our address for this device alone.
    #[cbor(n(5), with = "minicbor::bytes")]
    pub address_seed: [u8; 32],
    /// With which this device alone may put to that address.
    #[cbor(n(6), with = "minicbor::bytes")]
    pub capability: [u8; 32],
    /// Of our first contact; the same in every repeat.
    #[n(7)]
    pub contact: ContactId,
    /// Of their first contact, which an Accept names.
    #[n(8)]
    pub their_contact: Option<ContactId>,
    /// Where we may put.
    #[n(9)]
    pub theirs: Option<AddressGrant>,
    /// Signed certificate as last seen.
    #[cbor(n(10), with = "minicbor::bytes")]
    pub certificate: Vec<u8>,
    /// Certified envelope key.
    #[n(11)]
    pub envelope_key: EnvelopePublicKey,
    /// The identity key whose safety number the person compared.
    #[cbor(n(12), with = "minicbor::bytes")]
    pub verified: Option<[u8; 32]>,
}

impl PeerRecord {
    /// The key that owns our address for this device.
    pub fn address_key(&self) -> SigningKey {
        SigningKey::from_bytes(&self.address_seed)
    }

    /// Our address for this device, with its capability.
    pub fn ours(&self) -> AddressGrant {
        let address = Address::of_key(self.address_key().verifying_key().as_bytes());
        AddressGrant { address, capability: self.capability }
    }
}

/// 32 fresh bytes.
pub fn random_32(rng: &mut dyn CryptoRngCore) -> [u8; 32] {
    let mut bytes = [0; 32];
    rng.fill_bytes(&mut bytes);
    bytes
}

/// A message, ours or theirs.
#[derive(Debug, Clone, Encode, Decode)]
#[cbor(map)]
pub struct MessageRecord {
    /// Which.
    #[n(0)]
    pub message: MessageId,
    /// Where.
    #[n(1)]
    pub conversation: ConversationId,
    /// Who wrote it.
    #[n(2)]
    pub author: MemberId,
    /// Place in display order.
    #[n(3)]
    pub clock: HybridClock,
    /// What it says.
    #[cbor(n(4), with = "message::wire")]
    pub body: MessageBody,
    /// Where it is, if it is ours.
    #[n(5)]
    pub state: Option<MessageState>,
    /// Whether the author of a message of theirs was told that it was seen.
    #[n(6)]
    pub seen: Seen,
    /// What was done to it.
    #[cbor(n(7), default)]
    pub marks: Marks,
}

/// Whether our person has seen a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(index_only)]
pub enum Seen {
    /// Not yet.
    #[n(0)]
    Not,
    /// Yes; the author is to be told.
    #[n(1)]
    Here,
    /// Yes; the author is never told.
    #[n(2)]
    Quietly,
}

/// An act that came before the message it is about.
#[derive(Debug, Clone, Encode, Decode)]
#[cbor(map)]
pub struct WaitingAct {
    /// What is to be done.
    #[n(0)]
    pub act: Act,
    /// Since when it waits.
    #[n(1)]
    pub since: Timestamp,
}

/// What the person has chosen where the organization leaves it to them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Choices {
    /// Whether authors are told that their messages were read.
    #[n(0)]
    pub receipts: Receipts,
    /// How fast files may move each way, in bytes per second.
    #[n(1)]
    pub files_rate: Option<NonZeroU64>,
}

/// Whether authors are told that their messages were read.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Encode, Decode, serde::Serialize, serde::Deserialize)]
#[cbor(index_only)]
#[serde(rename_all = "snake_case")]
pub enum Receipts {
    /// They are.
    #[default]
    #[n(0)]
    On,
    /// They are not.
    #[n(1)]
    Off,
}

/// Key of a message in its table: conversation, milliseconds, count, id. Sorts as messages are shown.
pub type MessageKey = ([u8; 16], u64, u32, [u8; 16]);

impl MessageRecord {
    /// Its key.
    pub fn key(&self) -> MessageKey {
        (*self.conversation.as_bytes(), self.clock.ms, self.clock.count, *self.message.as_bytes())
    }
}

/// Where to find a message by its id alone.
#[derive(Debug, Clone, Copy, Encode, Decode)]
#[cbor(map)]
pub struct MessagePlace {
    /// Conversation.
    #[n(0)]
    pub conversation: ConversationId,
    /// Place in display order.
    #[n(1)]
    pub clock: HybridClock,
}

impl MessagePlace {
    /// The message's key.
    pub fn key(&self, message: MessageId) -> MessageKey {
        (*self.conversation.as_bytes(), self.clock.ms, self.clock.count, *message.as_bytes())
    }
}

/// How long messages of a conversation are there once they were read, and which message said so.
#[derive(Debug, Clone, Copy, Encode, Decode)]
#[cbor(map)]
pub struct TimerRow {
    /// Nothing keeps them.
    #[n(0)]
    pub seconds: Option<u32>,
    /// When that was said.
    #[n(1)]
    pub clock: HybridClock,
    /// In which message.
    #[n(2)]
    pub message: MessageId,
}

/// What counting the time of messages went by.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Counted {
    /// The latest time that the clock has shown, as of a minute ago.
    #[n(0)]
    pub clock_ms: u64,
    /// The policy's number of seconds that messages of before were brought under.
    #[n(1)]
    pub policy_s: Option<u32>,
    /// When it was last looked through what is to be let go of.
    #[cbor(n(2), default)]
    pub let_go_ms: u64,
}

/// A reset of the transparency log, as the root signed it, and what it meant for this device.
#[derive(Debug, Clone, Encode, Decode)]
#[cbor(map)]
pub struct LogResetRecord {
    /// The signed document.
    #[cbor(n(0), with = "minicbor::bytes")]
    pub signed: Vec<u8>,
    /// Why, as the document says.
    #[n(1)]
    pub reason: ResetReason,
    /// When it was signed.
    #[n(2)]
    pub time: Timestamp,
    /// Entries that this device knew and that the new log does not have.
    #[n(3)]
    pub forgotten: u64,
    /// Devices that stay revoked although the new log may not say so.
    #[n(4)]
    pub ended: u64,
    /// Evidence that the log before was forked.
    #[n(5)]
    pub fork: Option<SecretBytes>,
}

/// Under which key a member is dealt with.
#[derive(Debug, Clone, Copy, Encode, Decode)]
#[cbor(map)]
pub struct IdentityRecord {
    /// Ed25519 public key.
    #[cbor(n(0), with = "minicbor::bytes")]
    pub key: [u8; 32],
}

/// Whom the person knows under a login.
#[derive(Debug, Clone, Encode, Decode)]
#[cbor(map)]
pub struct LoginRecord {
    /// In lower case.
    #[n(0)]
    pub login: Personal<String>,
    /// Who.
    #[n(1)]
    pub member: MemberId,
}

/// People whose ids begin alike.
#[derive(Debug, Clone, Default, Encode, Decode)]
#[cbor(map)]
pub struct PeoplePage {
    /// At least one, in any order.
    #[n(0)]
    pub people: Vec<Person>,
}

/// The page that a person is on: few pages for few people, and a change of one person rewrites one page.
pub fn page_of(member: MemberId) -> u16 {
    let [first, ..] = *member.as_bytes();
    u16::from(first)
}

/// Which list of people the pages are.
#[derive(Debug, Clone, Encode, Decode)]
#[cbor(map)]
pub struct PeopleHead {
    /// Version and class.
    #[n(0)]
    pub have: Have,
    /// Of the whole list.
    #[n(1)]
    pub digest: Hash32,
    /// What the log said about it.
    #[n(2)]
    pub named: Hash32,
    /// Our own signed card.
    #[cbor(n(3), with = "minicbor::bytes")]
    pub card: Vec<u8>,
}

/// How far the devices have come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct DevicesCursor {
    /// Of the log whose server it is; in another one it begins again.
    #[n(0)]
    pub log: Hash32,
    /// Of the stream; in another class it begins again.
    #[n(1)]
    pub class: Hash32,
    /// Where the next batch starts.
    #[n(2)]
    pub from: u64,
}
