//! Two devices with vaults in memory, a link between them that a test opens, cuts and disturbs, and a record of all that was
//! promised. Every commit may crash before or after; a restore puts an old vault back.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use ed25519_dalek::SigningKey;
use protocol::ids::{DeviceId, Hash32, LaneId, MemberId, MessageId};
use protocol::link::LinkFrame;
use protocol::message::MessageBody;
use protocol::time::Timestamp;
use rand_core::RngCore as _;

use super::super::{ConversationError, Conversations, Event, Handled, Outcome, Surroundings};
use super::fake::Fake;
use super::parts::{Dice, HISTORY, copy};
use crate::core::authorship;
use crate::core::outbox::{Freshness, MessageState, Standing};
use crate::crypto::lane::{CertifiedDevice, Counting, EnrolledDevice, LaneCrypto};
use crate::crypto::mls::Mls;
use crate::store::tables::{CONVERSATIONS, MLS_STATE, OUTBOX, RECEIVED_LANES};
use crate::store::{Reading as _, Span, Vault, VaultError, WriteTx};

/// How a commit ends.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Commit {
    Whole,
    CrashBefore,
    CrashAfter,
}

enum Aborted {
    Crash,
    Failed(ConversationError),
}

impl From<VaultError> for Aborted {
    fn from(error: VaultError) -> Self {
        Self::Failed(error.into())
    }
}

pub(super) struct Machine<C> {
    pub member: MemberId,
    pub device: DeviceId,
    key: SigningKey,
    pub vault: Vault,
    backup: Option<(Vault, usize)>,
    pub talk: Conversations<C>,
    crypto: fn(&SigningKey) -> C,
    /// Frames on their way to this device.
    pub inbox: VecDeque<LinkFrame>,
}

/// A message as the test knows it.
pub(super) struct Sent {
    pub author: usize,
    pub id: MessageId,
    /// A restore took it from its author or reader: nothing is promised any more.
    pub excused: bool,
    pub refused: bool,
}

pub(super) struct World<C> {
    pub rng: Dice,
    pub now: Timestamp,
    pub machines: [Machine<C>; 2],
    pub linked: bool,
    pub sent: Vec<Sent>,
    pub standing: Standing,
    pub freshness: Freshness,
    /// The one entry that ever existed under each (lane, number).
    entries: BTreeMap<(LaneId, u64), Hash32>,
    revoked: BTreeSet<DeviceId>,
    pub frozen: bool,
    pub lanes_ended: usize,
    pub frames: usize,
}

impl World<Fake> {
    pub(super) fn fake(seed: u64) -> Self {
        Self::new(seed, Fake::new)
    }
}

impl World<Mls> {
    pub(super) fn real(seed: u64) -> Self {
        Self::new(seed, |key| Mls::new(key.clone(), Hash32::from_bytes([7; 32])))
    }
}

impl<C: LaneCrypto> World<C> {
    fn new(seed: u64, crypto: fn(&SigningKey) -> C) -> Self {
        let mut rng = Dice(seed);
        let machines = [(); 2].map(|()| {
            let mut secret = [0; 32];
            rng.fill_bytes(&mut secret);
            let key = SigningKey::from_bytes(&secret);
            let device = DeviceId::of_key(&key.verifying_key().to_bytes());
            let member = MemberId::random(&mut rng);
            let talk = Conversations::new(member, device, crypto(&key));
            let vault = Vault::ephemeral().unwrap();
            Machine { member, device, key, vault, backup: None, talk, crypto, inbox: VecDeque::new() }
        });
        Self {
            rng,
            now: Timestamp::from_millis(1_800_000_000_000),
            machines,
            linked: false,
            sent: Vec::new(),
            standing: Standing::Accepted,
            freshness: Freshness::Known,
            entries: BTreeMap::new(),
            revoked: BTreeSet::new(),
            frozen: false,
            lanes_ended: 0,
            frames: 0,
        }
    }

    /// One call on a device's conversations, in one transaction with its history.
    pub(super) fn call(
        &mut self,
        at: usize,
        commit: Commit,
        work: impl FnOnce(
            &mut Conversations<C>,
            &mut WriteTx<'_>,
            &mut Surroundings<'_>,
        ) -> Result<Outcome, ConversationError>,
    ) -> Vec<Event> {
        let Self { rng, now, machines, standing, freshness, revoked, .. } = self;
        let (standing, freshness, now) = (*standing, *freshness, *now);
        let devices: Vec<_> = machines
            .iter()
            .map(|machine| (machine.device, machine.member, machine.key.verifying_key().to_bytes()))
            .filter(|(device, _, _)| !revoked.contains(device))
            .collect();
        let certified = |device: &DeviceId| {
            let (_, member, signature_key) = devices.iter().find(|(known, _, _)| known == device)?;
            Some(CertifiedDevice { member: *member, signature_key: *signature_key })
        };
        let ever: Vec<_> = machines.iter().map(|machine| (machine.device, machine.member)).collect();
        let enrolled = |device: &DeviceId| {
            let (_, member) = ever.iter().find(|(known, _)| known == device)?;
            let stands = if revoked.contains(device) { Counting::Ended } else { Counting::Counts };
            Some(EnrolledDevice { member: *member, stands })
        };
        let stands = |_: &MemberId| standing;
        let Machine { vault, talk, key, .. } = &mut machines[at];
        let mut around = Surroundings {
            now,
            rng,
            certified: &certified,
            enrolled: &enrolled,
            has_ended: &|_| false,
            signer: key,
            standing: &stands,
            freshness,
        };
        let result = vault.write(|tx| {
            let out = work(talk, tx, &mut around).map_err(Aborted::Failed)?;
            for event in &out.events {
                if let Event::Received(message) = event {
                    let seen = tx.get(&HISTORY, message.message.as_bytes())?;
                    assert!(seen.is_none(), "a message is applied once");
                    let place = tx.scan(&HISTORY, Span::all()).count() as u64;
                    tx.put(&HISTORY, message.message.as_bytes(), &(place, number_of(&message.body)))?;
                }
            }
            if commit == Commit::CrashBefore { Err(Aborted::Crash) } else { Ok(out) }
        });
        let out = match result {
            Ok(out) => out,
            Err(Aborted::Crash) => {
                self.crash(at);
                return Vec::new();
            }
            Err(Aborted::Failed(error)) => panic!("a call failed: {error}"),
        };
        self.watch(at, &out);
        if commit == Commit::CrashAfter {
            self.crash(at);
        } else if self.linked {
            self.frames += out.frames.len();
            let frames = out.frames.into_iter().map(|(_, frame)| LinkFrame::from_bytes(&frame.to_bytes()).unwrap());
            self.machines[1 - at].inbox.extend(frames);
        }
        out.events
    }

    /// What a call led to must keep what was promised.
    fn watch(&mut self, at: usize, out: &Outcome) {
        for (_, frame) in &out.frames {
            if let LinkFrame::LaneEntry(entry) = frame {
                let first = *self.entries.entry((entry.lane, entry.seq)).or_insert_with(|| entry.hash());
                assert_eq!(first, entry.hash(), "two entries under one generation and number");
            }
        }
        for event in &out.events {
            match event {
                Event::State { message, state: MessageState::Delivered, .. } => {
                    let sent = self.sent.iter().find(|sent| sent.id == *message).expect("known");
                    let there = self.machines[1 - at].history().contains_key(message.as_bytes());
                    assert!(there || sent.excused, "delivered means the peer has it");
                }
                Event::State { message, state: MessageState::Refused(_), .. } => {
                    self.sent.iter_mut().filter(|sent| sent.id == *message).for_each(|sent| sent.refused = true);
                }
                Event::LaneFrozen { .. } => self.frozen = true,
                Event::LaneEnded { .. } => self.lanes_ended += 1,
                _ => {}
            }
        }
    }

    /// The process is gone: memory, links and all that was on them.
    fn crash(&mut self, at: usize) {
        self.unlink();
        let machine = &mut self.machines[at];
        machine.talk = Conversations::new(machine.member, machine.device, (machine.crypto)(&machine.key));
    }

    pub(super) fn link(&mut self, commit: Commit) {
        if self.linked {
            return;
        }
        self.linked = true;
        for at in [0, 1] {
            let peer = self.machines[1 - at].device;
            let commit = if at == 0 { commit } else { Commit::Whole };
            if self.linked {
                self.call(at, commit, |talk, tx, around| talk.on_link_open(tx, around, peer));
            }
        }
    }

    pub(super) fn unlink(&mut self) {
        self.linked = false;
        for at in [0, 1] {
            let peer = self.machines[1 - at].device;
            self.machines[at].inbox.clear();
            self.machines[at].talk.on_link_closed(&peer);
        }
    }

    pub(super) fn send(&mut self, at: usize, commit: Commit) {
        let id = authorship::draw(&self.machines[at].device, &mut self.rng);
        let number = self.sent.len() as u64;
        let to = self.machines[1 - at].member;
        let body = MessageBody::text(number.to_string().into());
        self.sent.push(Sent { author: at, id, excused: commit == Commit::CrashBefore, refused: false });
        self.call(at, commit, |talk, tx, around| talk.send(tx, around, to, id, body));
    }

    /// Lets one frame arrive.
    pub(super) fn deliver(&mut self, at: usize, commit: Commit) -> bool {
        let Some(frame) = self.machines[at].inbox.pop_front() else { return false };
        let peer = self.machines[1 - at].device;
        self.call(at, commit, |talk, tx, around| match talk.on_link_frame(tx, around, peer, frame)? {
            Handled::Lanes(out) => Ok(out),
            Handled::Other(_) => panic!("only lanes here"),
        });
        true
    }

    pub(super) fn tick(&mut self, at: usize, commit: Commit) {
        self.call(at, commit, |talk, tx, around| talk.on_tick(tx, around));
    }

    pub(super) fn wait(&mut self, ms: u64) {
        self.now = self.now.plus_ms(ms);
    }

    pub(super) fn back_up(&mut self, at: usize) {
        let written = self.sent.len();
        let machine = &mut self.machines[at];
        machine.backup = Some((copy(&machine.vault), written));
    }

    /// The old vault is back; the installation counter says so.
    pub(super) fn restore(&mut self, at: usize) {
        let Some((backup, written)) = self.machines[at].backup.take() else { return };
        self.machines[at].vault = copy(&backup);
        self.machines[at].backup = Some((backup, written));
        self.crash(at);
        // Nobody copies a vault back within a second.
        self.wait(1_000);
        let (kept, waiting) = (self.machines[at].history(), self.machines[1 - at].outbox());
        for (number, sent) in self.sent.iter_mut().enumerate() {
            let forgotten = sent.author == at && number >= written;
            let delivered_before =
                sent.author != at && !kept.contains_key(sent.id.as_bytes()) && !waiting.contains(&sent.id);
            sent.excused |= forgotten || delivered_before;
        }
        self.call(at, Commit::Whole, |talk, tx, _| talk.after_restore(tx));
    }

    /// Both online, nothing disturbed: everything must arrive.
    pub(super) fn settle(&mut self) {
        self.link(Commit::Whole);
        for _ in 0..60 {
            while (0..2).any(|at| self.deliver(at, Commit::Whole)) {}
            if (0..2).all(|at| self.machines[at].outbox().is_empty()) && self.positions_agree() {
                return;
            }
            self.wait(10_000);
            for at in [0, 1] {
                self.tick(at, Commit::Whole);
            }
        }
        for at in [0, 1] {
            let machine = &self.machines[at];
            let rows =
                machine.vault.read(|tx| tx.scan(&CONVERSATIONS, Span::all()).collect::<Result<Vec<_>, VaultError>>());
            let lanes =
                machine.vault.read(|tx| tx.scan(&RECEIVED_LANES, Span::all()).collect::<Result<Vec<_>, VaultError>>());
            println!("{at}: {} wait, {rows:?}, {lanes:?}", machine.outbox().len());
        }
        panic!("not settled, frozen: {}", self.frozen);
    }

    /// Each owner's lane ends where its reader stands, with the same hash.
    fn positions_agree(&self) -> bool {
        (0..2).all(|at| {
            let conversation = self.machines[at].talk.with(self.machines[1 - at].member);
            let row = self.machines[at].vault.read(|tx| tx.get(&CONVERSATIONS, conversation.as_bytes())).unwrap();
            let key = (*self.machines[at].device.as_bytes(), *conversation.as_bytes());
            let received = self.machines[1 - at].vault.read(|tx| tx.get(&RECEIVED_LANES, &key)).unwrap();
            let ack = received.and_then(|received| received.lane).and_then(|lane| lane.ack());
            let head = row.and_then(|row| row.owned).and_then(|lane| lane.head());
            head.is_some() && head == ack
        })
    }

    /// What the protocol promises once both were online long enough.
    pub(super) fn check(&self) {
        assert!(!self.frozen, "honest devices never freeze a lane");
        for at in [0, 1] {
            let history = self.machines[at].history();
            let promised = self.sent.iter().filter(|sent| sent.author != at && !sent.excused && !sent.refused);
            let arrived: Option<Vec<_>> = promised.map(|sent| history.get(sent.id.as_bytes())).collect();
            let arrived = arrived.expect("no message is missing");
            assert!(arrived.is_sorted_by_key(|(place, _)| place), "messages arrive in the order of writing");
        }
    }

    /// Bytes of MLS state, all lanes of a device.
    pub(super) fn mls_bytes(&self, at: usize) -> usize {
        let rows =
            self.machines[at].vault.read(|tx| tx.scan(&MLS_STATE, Span::all()).collect::<Result<Vec<_>, VaultError>>());
        rows.unwrap().iter().map(|(_, value)| value.0.len()).sum()
    }

    pub(super) fn revoke(&mut self, device: DeviceId) {
        self.revoked.insert(device);
    }
}

impl<C> Machine<C> {
    pub(super) fn history(&self) -> BTreeMap<[u8; 16], (u64, u64)> {
        self.vault.read(|tx| tx.scan(&HISTORY, Span::all()).collect::<Result<_, VaultError>>()).unwrap()
    }

    pub(super) fn outbox(&self) -> Vec<MessageId> {
        let rows = self.vault.read(|tx| tx.scan(&OUTBOX, Span::all()).collect::<Result<Vec<_>, VaultError>>()).unwrap();
        rows.into_iter().map(|(_, row)| row.message).collect()
    }
}

fn number_of(body: &MessageBody) -> u64 {
    match body {
        MessageBody::Text { text, .. } => text.expose().parse().expect("a number"),
        other => panic!("only texts here, not {other:?}"),
    }
}
