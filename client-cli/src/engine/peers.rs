//! The engine and other devices: acquaintances, envelopes out and in. An envelope is believed only after its size, age, novelty,
//! seal, certificate and signature, in that order: cheapest first.

use std::collections::BTreeMap;

use protocol::certificate::DeviceCertificate;
use protocol::envelope::{self, AddressGrant, AnnounceReason, EnvelopeBody, OpenedEnvelope, Recipient};
use protocol::ids::{Address, ContactId, DeviceId, Hash32, LinkId, MemberId};
use protocol::keys::{EnvelopePublicKey, put_key};
use protocol::limits::ENVELOPE_LIFETIME_MS_MAX;
use protocol::secret::Personal;
use protocol::signaling::message::SessionKind;
use protocol::signed::Unverified;
use rand_core::OsRng;

use super::links::LiveLink;
use super::organization::OwnAccess;
use super::setup::{IncomingAnswer, IncomingOffer, PendingOffer};
use super::{Engine, EngineError};
use crate::clock;
use crate::core::identity::Bond;
use crate::core::peer::{AutoDecision, Input, Output, Peer, Relation};
use crate::core::trust::Age;
use crate::net::signal::SignalCommand;
use crate::store::records::{PeerRecord, random_32};
use crate::store::tables::PEERS;

/// Undecided first contacts that are kept; beyond, a random one is dropped.
const UNDECIDED_MAX: usize = 100;
/// Envelopes remembered against replay; beyond, new ones are dropped until some expire.
const REPLAYS_MAX: usize = 16_384;
/// PUTs whose GONE may still come.
const PUTS_MAX: usize = 4_096;

/// Which of our addresses an envelope came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Arrival {
    /// Open to the whole organization.
    FrontDoor,
    /// Known to one device alone.
    Relationship,
}

/// Another device, in memory.
pub struct PeerState {
    pub(super) record: PeerRecord,
    pub(super) machine: Peer,
    pub(super) offer: Option<PendingOffer>,
    pub(super) incoming: Option<IncomingOffer>,
    pub(super) answer: Option<IncomingAnswer>,
    pub(super) task: Option<tokio::task::AbortHandle>,
    /// The open link, and the one it replaces until that is closed.
    pub(super) links: BTreeMap<LinkId, LiveLink>,
}

impl PeerState {
    fn new(me: DeviceId, record: PeerRecord) -> Self {
        Self {
            machine: Peer::new(me, record.device, record.relation),
            record,
            offer: None,
            incoming: None,
            answer: None,
            task: None,
            links: BTreeMap::new(),
        }
    }
}

impl Engine {
    pub(super) fn remember_peers(&mut self) -> Result<(), EngineError> {
        let records = self.peer_records()?;
        for record in records {
            self.own_address(&record);
            self.peers.insert(record.device, PeerState::new(self.me.device, record));
        }
        Ok(())
    }

    fn own_address(&mut self, record: &PeerRecord) {
        if matches!(record.relation, Relation::Blocked | Relation::Revoked) {
            return;
        }
        let ours = record.ours();
        self.addresses.insert(ours.address, record.device);
        let put_key = put_key(&ours.capability, ours.address);
        self.tell(SessionKind::Relationship, SignalCommand::Own { key: record.address_key(), put_key });
    }

    /// The peer of a certified device, made known when it is new.
    pub(super) fn peer(&mut self, device: DeviceId) -> Result<Option<&mut PeerState>, EngineError> {
        if !self.peers.contains_key(&device) {
            let now = clock::now();
            let Some(known) = self.trust.device(device, now) else { return Ok(None) };
            let member = known.certificate.body().member;
            let person = self.known_as(member, None);
            // Whoever shows no card and is not in the directory is called by their id.
            let (login, name) = match person {
                Some(person) => (person.login, person.name),
                None => (Personal::new(member.to_string()), Personal::default()),
            };
            let record = PeerRecord {
                device,
                member,
                login,
                name,
                relation: Relation::Stranger,
                address_seed: random_32(&mut OsRng),
                capability: random_32(&mut OsRng),
                contact: ContactId::random(&mut OsRng),
                their_contact: None,
                theirs: None,
                certificate: known.certificate_bytes.clone(),
                envelope_key: known.envelope_key.clone(),
                verified: None,
            };
            self.vault.write(|tx| tx.put(&PEERS, device.as_bytes(), &record))?;
            self.own_address(&record);
            let mut state = PeerState::new(self.me.device, record);
            if self.relationship_up == super::Server::Online {
                state.machine.handle(now, &mut OsRng, Input::SignalingUp);
            }
            self.peers.insert(device, state);
        }
        Ok(self.peers.get_mut(&device))
    }

    pub(super) fn keep_peer(&mut self, device: DeviceId) -> Result<(), EngineError> {
        if let Some(peer) = self.peers.get(&device) {
            self.vault.write(|tx| tx.put(&PEERS, device.as_bytes(), &peer.record))?;
        }
        Ok(())
    }

    /// Gives the peer's machine an input and does what it says.
    pub(super) fn drive(&mut self, device: DeviceId, input: Input) -> Result<(), EngineError> {
        let now = clock::now();
        let Some(peer) = self.peers.get_mut(&device) else { return Ok(()) };
        peer.machine.handle(now, &mut OsRng, input);
        while let Some(output) = self.peers.get_mut(&device).and_then(|peer| peer.machine.poll()) {
            self.perform(device, output)?;
        }
        Ok(())
    }

    fn perform(&mut self, device: DeviceId, output: Output) -> Result<(), EngineError> {
        match output {
            Output::PutContact => self.put_contact(device),
            Output::PutAccept => self.put_accept(device),
            Output::PutAnnounce(reason) => self.put_announce(device, reason),
            Output::MakeOffer(link) => {
                self.make_offer(device, link);
                Ok(())
            }
            Output::MakeAnswer(link) => {
                self.make_answer(device, link);
                Ok(())
            }
            Output::UseAnswer(link) => self.use_answer(device, link),
            Output::DropSetup(link) => {
                self.drop_setup(device, link);
                Ok(())
            }
            Output::Probe => self.probe(device),
            Output::CloseLink(link) => self.close_link(device, link),
            Output::Relation(relation) => self.on_relation(device, relation),
            Output::AskPerson => {
                self.tell_asked(device);
                Ok(())
            }
            Output::LinkState(state) => {
                self.emit_link(device, state);
                Ok(())
            }
        }
    }

    fn on_relation(&mut self, device: DeviceId, relation: Relation) -> Result<(), EngineError> {
        let Some(peer) = self.peers.get_mut(&device) else { return Ok(()) };
        peer.record.relation = relation;
        let (address, member) = (peer.record.ours().address, peer.record.member);
        if !matches!(relation, Relation::Stranger | Relation::Asked | Relation::Revoked) {
            self.meet_identity(member)?;
        }
        if matches!(relation, Relation::Blocked | Relation::Revoked) {
            // To drop a contact is to drop its address.
            self.addresses.remove(&address);
            self.tell(SessionKind::Relationship, SignalCommand::Disown { address });
        }
        self.keep_peer(device)
    }

    fn put(&mut self, device: DeviceId, to: &AddressGrant, body: &EnvelopeBody) -> Result<Option<Hash32>, EngineError> {
        if self.own_access() != OwnAccess::Holds {
            return Ok(None);
        }
        let Some(peer) = self.peers.get(&device) else { return Ok(None) };
        let recipient = Recipient { device, address: to.address, key: &peer.record.envelope_key };
        let expiry = clock::now().plus_ms(ENVELOPE_LIFETIME_MS_MAX);
        let sealed = match envelope::seal(body, recipient, self.me.device, &self.me.signature, expiry) {
            Ok(sealed) => sealed,
            Err(error) => {
                tracing::warn!(%error, "an envelope could not be sealed");
                return Ok(None);
            }
        };
        let hash = envelope::hash(&sealed);
        let id = self.request();
        self.puts.insert(id, device);
        if self.puts.len() > PUTS_MAX {
            self.puts.pop_first();
        }
        let put_key = put_key(&to.capability, to.address);
        self.tell(SessionKind::Relationship, SignalCommand::Put { id, address: to.address, put_key, envelope: sealed });
        Ok(Some(hash))
    }

    /// To the relationship address that the peer gave.
    pub(super) fn put_to_peer(&mut self, device: DeviceId, body: &EnvelopeBody) -> Result<Option<Hash32>, EngineError> {
        match self.peers.get(&device).and_then(|peer| peer.record.theirs.clone()) {
            Some(theirs) => self.put(device, &theirs, body),
            None => Ok(None),
        }
    }

    fn put_contact(&mut self, device: DeviceId) -> Result<(), EngineError> {
        let now = clock::now();
        let Some(front_door) = self.trust.device(device, now).and_then(|known| known.front_door.clone()) else {
            return Ok(());
        };
        let Some(peer) = self.peers.get(&device) else { return Ok(()) };
        let body = EnvelopeBody::Contact {
            contact: peer.record.contact,
            certificate: self.me.account.certificate.clone(),
            envelope_key: self.me.envelope.public().clone(),
            reply: peer.record.ours(),
            card: self.directory.card(),
        };
        let to = AddressGrant { address: front_door.address, capability: front_door.capability };
        self.put(device, &to, &body).map(|_| ())
    }

    fn put_accept(&mut self, device: DeviceId) -> Result<(), EngineError> {
        let Some(peer) = self.peers.get(&device) else { return Ok(()) };
        let Some(contact) = peer.record.their_contact else { return Ok(()) };
        let certificate = self.me.account.certificate.clone();
        let body = EnvelopeBody::Accept { contact, certificate, reply: peer.record.ours() };
        self.put_to_peer(device, &body).map(|_| ())
    }

    fn put_announce(&mut self, device: DeviceId, reason: AnnounceReason) -> Result<(), EngineError> {
        self.put_to_peer(device, &EnvelopeBody::Announce { reason }).map(|_| ())
    }

    /// An envelope for one of our addresses. Whoever sent a bad one learns nothing.
    pub(super) fn on_envelope(&mut self, address: Address, sealed: &[u8]) -> Result<(), EngineError> {
        let now = clock::now();
        let hash = envelope::hash(sealed);
        if self.replays.contains_key(&hash) || self.replays.len() >= REPLAYS_MAX {
            return Ok(());
        }
        let Ok(opened) = envelope::open(sealed, self.me.device, address, &self.me.envelope, now) else {
            return Ok(());
        };
        let front_door = self.me.keys.front_door()?.address;
        let at = if address == front_door { Arrival::FrontDoor } else { Arrival::Relationship };
        let body = if at == Arrival::FrontDoor {
            self.contact_body(&opened)
        } else {
            self.addresses
                .get(&address)
                .filter(|device| **device == opened.claimed_sender())
                .and_then(|device| self.trust.device(*device, now))
                .and_then(|known| known.certificate.signature_key().ok())
                .and_then(|key| opened.verify(&key).ok())
        };
        let Some(body) = body else { return Ok(()) };
        self.replays.insert(hash, opened.replayable_until());
        self.on_body(opened.claimed_sender(), at, hash, body)
    }

    /// A first contact brings its own certificate, which the log must bear out.
    fn contact_body(&mut self, opened: &OpenedEnvelope) -> Option<EnvelopeBody> {
        let now = clock::now();
        if self.trust.age(now) != Age::Fresh {
            return None;
        }
        let certificate = opened.enclosed_certificate()?;
        let unverified = Unverified::<DeviceCertificate>::from_bytes(certificate.clone());
        let known = self.trust.signed(|key| unverified.verify(self.me.account.organization, key)).ok()?;
        let key = known.signature_key().ok()?;
        let body = opened.verify(&key).ok()?;
        let EnvelopeBody::Contact { envelope_key, .. } = &body else { return None };
        let device = self.trust.take_device(certificate, envelope_key.clone(), None).ok()?;
        self.trust.device(device, now).is_some().then_some(body)
    }

    fn on_body(&mut self, device: DeviceId, at: Arrival, hash: Hash32, body: EnvelopeBody) -> Result<(), EngineError> {
        match body {
            EnvelopeBody::Contact { contact, certificate, envelope_key, reply, card } if at == Arrival::FrontDoor => {
                self.on_contact(device, contact, certificate, envelope_key, reply, card.as_deref())
            }
            EnvelopeBody::Accept { contact, certificate: _, reply } => {
                let Some(peer) = self.peers.get_mut(&device).filter(|peer| peer.record.contact == contact) else {
                    return Ok(());
                };
                peer.record.theirs = Some(reply);
                self.keep_peer(device)?;
                self.drive(device, Input::Accepted)
            }
            EnvelopeBody::Announce { reason } => self.drive(device, Input::Announced(reason)),
            EnvelopeBody::Offer { link, one_time_key, fingerprint, sdp } => {
                if let Some(peer) = self.peers.get_mut(&device) {
                    peer.incoming = Some(IncomingOffer { link, one_time_key, fingerprint, sdp, envelope: hash });
                }
                self.drive(device, Input::Offered(link))
            }
            EnvelopeBody::Answer { link, encapsulation, fingerprint, sdp } => {
                if let Some(peer) = self.peers.get_mut(&device) {
                    peer.answer = Some(IncomingAnswer { link, encapsulation, fingerprint, sdp, envelope: hash });
                }
                self.drive(device, Input::Answered(link))
            }
            EnvelopeBody::Contact { .. } => Ok(()),
        }
    }

    fn on_contact(
        &mut self,
        device: DeviceId,
        contact: ContactId,
        certificate: Vec<u8>,
        envelope_key: EnvelopePublicKey,
        reply: AddressGrant,
        card: Option<&[u8]>,
    ) -> Result<(), EngineError> {
        let auto = self.auto_decision(device, card);
        if self.trust.policy().blocks_unknown() && self.is_unknown(device) {
            return Ok(());
        }
        if auto == AutoDecision::Ask && !self.peers.contains_key(&device) {
            self.make_room_for_contact()?;
        }
        let Some(peer) = self.peer(device)? else { return Ok(()) };
        if matches!(peer.record.relation, Relation::Blocked | Relation::Revoked) {
            return Ok(());
        }
        let member = peer.record.member;
        peer.record.their_contact = Some(contact);
        peer.record.theirs = Some(reply);
        peer.record.certificate = certificate;
        peer.record.envelope_key = envelope_key;
        self.keep_peer(device)?;
        if let Some(person) = self.known_as(member, card) {
            self.name_peer(device, person)?;
        }
        self.drive(device, Input::Contacted(auto))
    }

    fn make_room_for_contact(&mut self) -> Result<(), EngineError> {
        let undecided: Vec<_> = self
            .peers
            .iter()
            .filter(|(_, peer)| peer.record.relation == Relation::Asked)
            .map(|(device, _)| *device)
            .collect();
        if undecided.len() >= UNDECIDED_MAX {
            let pick = rand_core::RngCore::next_u64(&mut OsRng) as usize % undecided.len();
            if let Some(device) = undecided.get(pick).copied()
                && let Some(peer) = self.peers.remove(&device)
            {
                let address = peer.record.ours().address;
                self.addresses.remove(&address);
                self.tell(SessionKind::Relationship, SignalCommand::Disown { address });
                self.vault.write(|tx| tx.remove(&PEERS, device.as_bytes()))?;
            }
        }
        Ok(())
    }

    /// Something waits for a person: reach their device.
    pub(super) fn want(&mut self, member: MemberId) -> Result<(), EngineError> {
        if self.bond(member) != Bond::Holds {
            return Ok(());
        }
        self.meet(member)?;
        let now = clock::now();
        let Some(device) = self.trust.devices_of(member, now).next() else { return Ok(()) };
        if self.peer(device)?.is_some() {
            self.drive(device, Input::Want)?;
        }
        Ok(())
    }

    pub(super) fn peers_of(&self, member: MemberId) -> impl Iterator<Item = &PeerState> {
        self.peers.values().filter(move |peer| peer.record.member == member)
    }
}
