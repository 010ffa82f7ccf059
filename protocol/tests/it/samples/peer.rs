//! What devices say to each other: bodies of envelopes, frames of links, entries and messages of lanes.

use protocol::directory::Group;
use protocol::envelope::{AddressGrant, AnnounceReason, EnvelopeBody};
use protocol::ids::{Address, ContactId, ConversationId, FileId, Hash32, LaneId, LinkId, MessageId, TransferId};
use protocol::lane::{ApplicationBody, EntryKind, HybridClock, LaneAck, LaneEntry};
use protocol::link::{FileRefusal, LinkFrame};
use protocol::message::{Context, FileOffer, Forwarding, MessageBody, Origin};
use protocol::roster::{Departure, RosterChange, RosterOperation, Signed};
use protocol::signed::Document;

pub const FILE: FileId = FileId::from_bytes([21; 16]);
pub const TRANSFER: TransferId = TransferId::from_bytes([22; 16]);
pub const MESSAGE: MessageId = MessageId::from_bytes([23; 16]);

pub fn conversation() -> ConversationId {
    ConversationId::pair(super::certificate_body(1).member, super::certificate_body(2).member)
}

pub fn grant() -> AddressGrant {
    AddressGrant { address: Address::from_bytes([11; 16]), capability: [12; 32] }
}

pub fn envelope_bodies() -> Vec<EnvelopeBody> {
    let (contact, link) = (ContactId::from_bytes([13; 16]), LinkId::from_bytes([14; 16]));
    let (certificate, envelope_key) = (super::certificate(1).0, super::envelope_keys(1).public().clone());
    let knock = |card| EnvelopeBody::Contact {
        contact,
        certificate: certificate.clone(),
        envelope_key: envelope_key.clone(),
        reply: grant(),
        card,
    };
    let announce = |reason| EnvelopeBody::Announce { reason };
    let sdp = "v=0\r\ns=canary-sdp\r\n";
    vec![
        knock(None),
        knock(Some(protocol::signed::sign(&super::card(), &super::directory()))),
        EnvelopeBody::Accept { contact, certificate: certificate.clone(), reply: grant() },
        announce(AnnounceReason::Online),
        announce(AnnounceReason::Here),
        announce(AnnounceReason::Waiting),
        EnvelopeBody::Offer { link, one_time_key: envelope_key.clone(), fingerprint: [15; 32], sdp: sdp.into() },
        EnvelopeBody::Answer { link, encapsulation: vec![16; 1_120], fingerprint: [17; 32], sdp: sdp.into() },
    ]
}

pub fn lane() -> LaneId {
    LaneId { device: super::device_id(1), conversation: conversation(), generation: 1_700_000_000 }
}

/// Three entries, each chained to the one before. What MLS makes has entropy; its place is taken by bytes that say nothing.
pub fn lane_entries() -> Vec<LaneEntry> {
    let mut previous = LaneEntry::NO_PREVIOUS;
    let kinds = [EntryKind::Welcome, EntryKind::Commit, EntryKind::Proposal, EntryKind::Application];
    let entries = kinds.into_iter().zip(0..).map(|(kind, seq)| {
        let entry = LaneEntry { lane: lane(), seq, kind, bytes: vec![18; 40], previous };
        previous = entry.hash();
        entry
    });
    entries.collect()
}

pub fn lane_ack() -> LaneAck {
    let last = lane_entries().pop().expect("there are entries");
    LaneAck { lane: last.lane, seq: last.seq, hash: last.hash() }
}

pub fn file_offer() -> FileOffer {
    FileOffer {
        file: FILE,
        name: "canary-name.pdf".into(),
        bytes: super::file::CONTENT_BYTES as u64,
        media_type: "application/canary".into(),
        root: Hash32::from_bytes(blake3::hash(&super::file::content()).into()),
        key: [24; 32],
        folder: None,
    }
}

/// With all that can go with a message.
fn context() -> Context {
    let mut mentions = [1, 2].map(|n| super::certificate_body(n).member).to_vec();
    mentions.sort();
    Context {
        reply_to: Some(MESSAGE),
        lifetime_s: Some(3_600),
        forwarding: Forwarding::Forbidden,
        origin: Origin::Forwarded,
        mentions,
    }
}

fn message_bodies() -> Vec<MessageBody> {
    let (message, mentions) = (MESSAGE, context().mentions);
    vec![
        MessageBody::text("canary-text: déjà vu".into()),
        MessageBody::FileOffer { offer: file_offer(), context: Context::default() },
        MessageBody::FileWithdrawn { file: FILE },
        MessageBody::Text { text: "canary-text: @notary".into(), context: context() },
        MessageBody::FileOffer { offer: file_offer(), context: context() },
        MessageBody::Edit { message, text: "canary-text: vu".into(), mentions },
        MessageBody::Edit { message, text: "canary-text".into(), mentions: vec![] },
        MessageBody::Delete { message },
        MessageBody::Reaction { message, emoji: Some("canary 👍🏽".into()) },
        MessageBody::Reaction { message, emoji: None },
        MessageBody::Timer { seconds: Some(3_600) },
        MessageBody::Timer { seconds: None },
    ]
}

pub fn application_bodies() -> Vec<ApplicationBody> {
    let bodies = message_bodies();
    let bodies = bodies.into_iter().zip(3..).map(|(body, seq)| ApplicationBody {
        conversation: conversation(),
        message: MESSAGE,
        generation: lane().generation,
        seq,
        clock: HybridClock { ms: super::NOW.as_millis(), count: 1 },
        heads: vec![MessageId::from_bytes([25; 16]), MessageId::from_bytes([26; 16])],
        roster: Hash32::from_bytes([27; 32]),
        body,
    });
    bodies.collect()
}

/// One operation of each kind; together they are no roster.
pub fn roster_operations() -> Vec<RosterOperation> {
    let [member, other] = [1, 2].map(|n| super::certificate_body(n).member);
    let nonce = [29; 32];
    let changes = [
        RosterChange::Create { nonce, name: "canary-group".into(), members: vec![other], directory: None },
        RosterChange::Create {
            nonce,
            name: "canary-group".into(),
            members: vec![other],
            directory: Group::parse("canary-directory").ok(),
        },
        RosterChange::Add { member },
        RosterChange::Remove { member },
        RosterChange::Promote { member },
        RosterChange::Demote { member },
        RosterChange::Transfer { member },
        RosterChange::Rename { name: "canary-group: Étude".into() },
        RosterChange::Picture { picture: Some(Hash32::from_bytes([31; 32])) },
        RosterChange::Picture { picture: None },
        RosterChange::Succeed {},
    ];
    let operations = changes.into_iter().zip(0..).map(|(change, number)| RosterOperation {
        conversation: ConversationId::group(&nonce, super::device_id(1)),
        number,
        previous: Hash32::from_bytes([30; 32]),
        time: super::NOW,
        by: member,
        change,
    });
    operations.collect()
}

pub fn roster_departure() -> Departure {
    let (conversation, member) = (conversation(), super::certificate_body(2).member);
    Departure { conversation, member, known: 3, time: super::NOW }
}

fn signed_by_device<T: Document>(document: &T) -> Signed {
    Signed::new(document, &super::device_key(1))
}

pub fn link_frames() -> Vec<LinkFrame> {
    let (lane, conversation) = (lane(), conversation());
    let leaves = super::leaves().iter().map(|leaf| leaf.to_bytes().into()).collect();
    let mut frames = vec![
        LinkFrame::Ping { number: 1 },
        LinkFrame::Pong { number: 1 },
        LinkFrame::Checkpoint { note: super::checkpoint().note().to_vec() },
        LinkFrame::LeavesRequest { from: 3 },
        LinkFrame::Leaves { from: 0, leaves },
        LinkFrame::KeyPackageRequest { lane },
        LinkFrame::KeyPackage { lane, bytes: vec![28; 60] },
        LinkFrame::LaneRequest { lane, from_seq: 2 },
        LinkFrame::LaneAck(lane_ack()),
        LinkFrame::LaneReset { conversation, known_generation: None },
        LinkFrame::LaneReset { conversation, known_generation: Some(lane.generation) },
        LinkFrame::Seen { messages: vec![MESSAGE] },
        LinkFrame::FileRequest { transfer: TRANSFER, file: FILE, conversation, from_piece: 1, credit: 64 },
        LinkFrame::FileCredit { transfer: TRANSFER, pieces: 8 },
        LinkFrame::FileStop { transfer: TRANSFER },
        LinkFrame::FilePiece { transfer: TRANSFER, index: 1, sealed: super::file::sealed_piece(1) },
        LinkFrame::Certificate { certificate: super::certificate(1).0 },
        LinkFrame::RosterHave { conversation, operations: 7, head: Hash32::from_bytes([28; 32]) },
        LinkFrame::PictureWanted { conversation, picture: Hash32::from_bytes([31; 32]) },
        LinkFrame::Picture { conversation, bytes: vec![0xff, 0xd8, 0xff] },
        LinkFrame::Roster {
            conversation: roster_operations()[0].conversation,
            from: 0,
            operations: roster_operations().iter().map(signed_by_device).collect(),
            departures: vec![signed_by_device(&roster_departure())],
        },
    ];
    frames.extend(lane_entries().into_iter().map(LinkFrame::LaneEntry));
    let refusals = [
        FileRefusal::Unknown,
        FileRefusal::Missing,
        FileRefusal::Changed,
        FileRefusal::Withdrawn,
        FileRefusal::Busy,
        FileRefusal::Unreadable,
    ];
    frames.extend(refusals.map(|reason| LinkFrame::FileRefused { transfer: TRANSFER, reason }));
    frames
}
