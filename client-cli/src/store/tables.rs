//! Every table of the vault, in one place. A table is declared here by whoever needs it; its record types live with their owner.
//! A number, once released, is never changed and never used again. Keys and values are both sealed: neither shows in the file.
//!
//! Group a table by what is deleted together (a conversation, a lane): one deletion re-seals at most one bucket of its group.

use protocol::directory::DeviceEntry;
use protocol::ids::Hash32;
use protocol::time::Timestamp;

use super::mls::{EntryKey, MlsScope};
use super::records::{
    Choices, Counted, DevicesCursor, IdentityRecord, LogResetRecord, LoginRecord, MessageKey, MessagePlace,
    MessageRecord, PeerRecord, PeopleHead, PeoplePage, TimerRow, WaitingAct,
};
use super::table::{SecretBytes, Table};
use crate::account::{Account, DeviceKeys};
use crate::conversation::{
    ConversationRow, GroupRow, KeyPackageRow, OperationRow, OutboxPlace, OutboxRow, OwnedEntry, PictureRow, ReceivedRow,
};
use crate::files::records::{FetchRecord, FolderRecord, OfferMade, OfferReceived};

/// OpenMLS' entries, by lane or key package. Written through [`super::mls::Journal`] only.
pub(crate) const MLS_STATE: Table<(MlsScope, EntryKey), SecretBytes> = Table::grouped::<MlsScope>(1, "mls_state");

/// 16 bytes of a conversation, device or message id.
type Id = [u8; 16];

/// Conversations, by id: clock, heads, and the lane that this device owns.
pub(crate) const CONVERSATIONS: Table<Id, ConversationRow> = Table::new(20, "conversations");
/// Entries of our own lanes that some reader has not acknowledged, by conversation and sequence number.
pub(crate) const OWNED_ENTRIES: Table<(Id, u64), OwnedEntry> = Table::grouped::<Id>(21, "owned_entries");
/// The lanes of others, by owner and conversation.
pub(crate) const RECEIVED_LANES: Table<(Id, Id), ReceivedRow> = Table::new(22, "received_lanes");
/// Hashes of applied entries, by owner, conversation and sequence number.
pub(crate) const RECEIVED_HASHES: Table<(Id, Id, u64), Hash32> = Table::grouped::<(Id, Id)>(23, "received_hashes");
/// Key packages that wait for a welcome, by owner, conversation and generation.
pub(crate) const KEY_PACKAGES: Table<(Id, Id, u32), KeyPackageRow> = Table::new(24, "key_packages");
/// Messages of ours that were not delivered, by conversation and order of writing.
pub(crate) const OUTBOX: Table<(Id, u64), OutboxRow> = Table::grouped::<Id>(25, "outbox");
/// Where a message is in the outbox, by its id.
pub(crate) const OUTBOX_PLACES: Table<Id, OutboxPlace> = Table::new(26, "outbox_places");
/// Messages of others that were applied, by conversation and id, with the time.
pub(crate) const MESSAGES_SEEN: Table<(Id, Id), Timestamp> = Table::grouped::<Id>(27, "messages_seen");

/// Groups, by id.
pub(crate) const GROUPS: Table<Id, GroupRow> = Table::new(28, "groups");
/// What made a group's roster, by group and number.
pub(crate) const ROSTER_OPERATIONS: Table<(Id, u64), OperationRow> = Table::grouped::<Id>(29, "roster_operations");

/// Pictures of groups, by group.
pub(crate) const PICTURES: Table<Id, PictureRow> = Table::new(30, "pictures");

/// The device's own keys, made before it was enrolled.
pub const DEVICE_KEYS: Table<(), DeviceKeys> = Table::new(40, "device_keys");
/// Who this device is.
pub const ACCOUNT: Table<(), Account> = Table::new(41, "account");
/// Leaves of the transparency log, by index.
pub(crate) const LOG_LEAVES: Table<u64, SecretBytes> = Table::new(42, "log_leaves");
/// The signed checkpoint that covers the stored leaves.
pub(crate) const CHECKPOINT: Table<(), SecretBytes> = Table::new(43, "checkpoint");
/// The signed policy in force.
pub(crate) const POLICY: Table<(), SecretBytes> = Table::new(44, "policy");
/// The rules of groups and persons that this policy names and that apply to us.
pub(crate) const POLICY_LAYERS: Table<(), SecretBytes> = Table::new(53, "policy_layers");
/// What was in force for us, obeyed where the two above do not count any more until a newer policy is here.
pub(crate) const POLICY_IN_FORCE: Table<(), SecretBytes> = Table::new(54, "policy_in_force");
/// Two signed checkpoints that contradict each other.
pub(crate) const FORK_EVIDENCE: Table<(), SecretBytes> = Table::new(46, "fork_evidence");
/// Other devices.
pub(crate) const PEERS: Table<Id, PeerRecord> = Table::new(47, "peers");
/// Messages, by conversation and order of display.
pub const MESSAGES: Table<MessageKey, MessageRecord> = Table::grouped::<Id>(48, "messages").telling();
/// Where a message is, by its id.
pub(crate) const MESSAGE_PLACES: Table<Id, MessagePlace> = Table::new(49, "message_places");
/// Acts that wait for the message they are about, by conversation, that message, and their own id.
pub(crate) const WAITING_ACTS: Table<(Id, Id, Id), WaitingAct> = Table::grouped::<Id>(90, "waiting_acts");
/// What the person has chosen.
pub(crate) const CHOICES: Table<(), Choices> = Table::new(91, "choices");
/// When another device was last reached, by device.
pub(crate) const REACHED: Table<Id, Timestamp> = Table::new(92, "reached");
/// How long messages of a conversation are there once they were read, by conversation.
pub(crate) const TIMERS: Table<Id, TimerRow> = Table::new(80, "timers");
/// Messages that delete themselves, by the time of it and their id.
pub(crate) const DUES: Table<(u64, Id), MessagePlace> = Table::new(81, "dues").telling();
/// Messages that say they were written later than they came, by when they came and their id.
pub(crate) const AHEAD: Table<(u64, Id), MessagePlace> = Table::new(83, "ahead");
/// What counting their time went by, as of lately.
pub(crate) const COUNTED: Table<(), Counted> = Table::new(82, "counted");
/// Files that we offered.
pub(crate) const OFFERS_MADE: Table<Id, OfferMade> = Table::new(50, "offers_made");
/// Files that were offered to us.
pub(crate) const OFFERS_RECEIVED: Table<Id, OfferReceived> = Table::new(51, "offers_received");
/// How far each fetch is.
pub(crate) const FETCHES: Table<Id, FetchRecord> = Table::new(52, "fetches");
/// Where folders that were offered to us are, by their ids.
pub(crate) const FOLDERS: Table<Id, FolderRecord> = Table::new(56, "folders");
/// The newest reset of the transparency log that this device followed.
pub(crate) const LOG_RESET: Table<(), LogResetRecord> = Table::new(60, "log_reset");
/// Devices that ended in a log before the present one, and when we heard of that reset.
pub(crate) const ENDED_DEVICES: Table<Id, Timestamp> = Table::new(61, "ended_devices");
/// The reset in which this device's own enrollment was lost; gone once it is enrolled again.
pub(crate) const ENROLLMENT_LOST: Table<(), LogResetRecord> = Table::new(62, "enrollment_lost");

/// Under which login somebody is known, by the first bytes of SHA-256 of the login in lower case.
pub(crate) const LOGINS: Table<Id, LoginRecord> = Table::new(75, "logins");
/// The identity keys under which members are dealt with, by member.
pub(crate) const IDENTITIES: Table<Id, IdentityRecord> = Table::new(74, "identities");

// 45 was the directory with everybody's devices in it.
/// The people whom the directory shows, in pages by the beginning of their ids.
pub(crate) const PEOPLE: Table<u16, PeoplePage> = Table::new(70, "people");
/// Which list of people that is, and our own card.
pub(crate) const PEOPLE_HEAD: Table<(), PeopleHead> = Table::new(71, "people_head");
/// What is needed to reach a device for the first time, by device; believed when it is used.
pub(crate) const DEVICES: Table<Id, DeviceEntry> = Table::new(72, "devices");
/// Since when our own person was in the group of the directory that a group follows, while we held its pen.
pub(crate) const IN_STEP: Table<Id, Timestamp> = Table::new(76, "in_step");
/// How far the devices have come.
pub(crate) const DEVICES_CURSOR: Table<(), DevicesCursor> = Table::new(73, "devices_cursor");
