//! Several people with a device each and groups among them: links that come and go between any two, crashes at every commit, restores,
//! people who join, are removed, leave, and lose their device. Every promise is checked while it runs.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use ed25519_dalek::SigningKey;
use protocol::ids::{ConversationId, DeviceId, Hash32, LaneId, MemberId, MessageId};
use protocol::lane::EntryKind;
use protocol::link::LinkFrame;
use protocol::message::MessageBody;
use protocol::roster::RosterChange;
use protocol::time::Timestamp;
use rand_core::RngCore as _;

use super::super::{ConversationError, Conversations, Event, GroupRow, Handled, Outcome, Reach, Surroundings};
use super::fake::Fake;
use super::machine::{Does, Machine, Sent, Words};
use super::parts::{Dice, HISTORY, WORDS};
use super::world::Commit;
use crate::core::authorship;
use crate::core::outbox::{Freshness, MessageState, Refusal, Standing};
use crate::crypto::lane::{CertifiedDevice, Counting, EnrolledDevice, LaneCrypto};
use crate::crypto::mls::Mls;
use crate::store::tables::GROUPS;
use crate::store::{Reading as _, Vault, VaultError, WriteTx};

enum Aborted {
    Crash,
    Failed(ConversationError),
}

impl From<VaultError> for Aborted {
    fn from(error: VaultError) -> Self {
        Self::Failed(error.into())
    }
}

pub(super) struct Crowd<C> {
    pub rng: Dice,
    now: Timestamp,
    pub machines: Vec<Machine<C>>,
    pub links: BTreeSet<(usize, usize)>,
    /// Who is cut off from the others.
    pub island: BTreeSet<usize>,
    pub sent: Vec<Sent>,
    pub group: Option<ConversationId>,
    /// The one entry that ever existed under each (lane, number).
    entries: BTreeMap<(LaneId, u64), Hash32>,
    pub revoked: BTreeSet<DeviceId>,
    pub frozen: usize,
    pub welcomes: usize,
    /// Lanes that came to an end.
    pub ended: usize,
    /// Messages that arrived anywhere: what came later has a greater number.
    arrivals: u64,
    make: fn(&SigningKey) -> C,
}

impl Crowd<Fake> {
    pub(super) fn fake(seed: u64, people: usize) -> Self {
        Self::new(seed, people, Fake::new)
    }
}

impl Crowd<Mls> {
    pub(super) fn real(seed: u64, people: usize) -> Self {
        Self::new(seed, people, |key| Mls::new(key.clone(), Hash32::from_bytes([7; 32])))
    }
}

impl<C: LaneCrypto> Crowd<C> {
    fn new(seed: u64, people: usize, make: fn(&SigningKey) -> C) -> Self {
        let mut rng = Dice(seed);
        let machines = (0..people).map(|_| {
            let mut secret = [0; 32];
            rng.fill_bytes(&mut secret);
            let key = SigningKey::from_bytes(&secret);
            let device = DeviceId::of_key(&key.verifying_key().to_bytes());
            let member = MemberId::random(&mut rng);
            let talk = Conversations::new(member, device, make(&key));
            let vault = Vault::ephemeral().unwrap();
            Machine { member, device, key, vault, backup: None, talk, inbox: VecDeque::new(), ahead: 0 }
        });
        let machines = machines.collect();
        Self {
            rng,
            now: Timestamp::from_millis(1_800_000_000_000),
            machines,
            links: BTreeSet::new(),
            island: BTreeSet::new(),
            sent: Vec::new(),
            group: None,
            entries: BTreeMap::new(),
            revoked: BTreeSet::new(),
            frozen: 0,
            welcomes: 0,
            ended: 0,
            arrivals: 0,
            make,
        }
    }

    /// One call on a device's conversations, in one transaction with its history. A refusal changes nothing.
    pub(super) fn call(
        &mut self,
        at: usize,
        commit: Commit,
        work: impl FnOnce(
            &mut Conversations<C>,
            &mut WriteTx<'_>,
            &mut Surroundings<'_>,
        ) -> Result<Outcome, ConversationError>,
    ) -> bool {
        let Self { rng, now, machines, revoked, arrivals, .. } = self;
        let ever: Vec<_> = machines
            .iter()
            .map(|machine| (machine.device, machine.member, machine.key.verifying_key().to_bytes()))
            .collect();
        let find = |device: &DeviceId| ever.iter().find(|(known, _, _)| known == device);
        let certified = |device: &DeviceId| {
            let (_, member, signature_key) = find(device).filter(|_| !revoked.contains(device))?;
            Some(CertifiedDevice { member: *member, signature_key: *signature_key })
        };
        let enrolled = |device: &DeviceId| {
            let stands = if revoked.contains(device) { Counting::Ended } else { Counting::Counts };
            find(device).map(|(_, member, _)| EnrolledDevice { member: *member, stands })
        };
        let has_ended = |member: &MemberId| ever.iter().any(|(one, of, _)| of == member && revoked.contains(one));
        let standing = |member: &MemberId| {
            if has_ended(member) { Standing::Ended(Refusal::PeerRevoked) } else { Standing::Accepted }
        };
        let Machine { vault, talk, key, ahead, .. } = &mut machines[at];
        let mut around = Surroundings {
            now: Timestamp::from_millis(now.as_millis().saturating_add_signed(*ahead)),
            rng,
            certified: &certified,
            enrolled: &enrolled,
            has_ended: &has_ended,
            signer: key,
            standing: &standing,
            freshness: Freshness::Known,
        };
        let result = vault.write(|tx| {
            let out = work(talk, tx, &mut around).map_err(Aborted::Failed)?;
            for event in &out.events {
                if let Event::Received(message) = event {
                    let id = message.message.as_bytes();
                    assert!(tx.get(&HISTORY, id)?.is_none(), "a message is applied once");
                    *arrivals += 1;
                    tx.put(&HISTORY, id, &(*arrivals, 0))?;
                    let (of, text) = match &message.body {
                        MessageBody::Text { text, .. } => (*id, text),
                        MessageBody::Edit { message, text, .. } => (*message.as_bytes(), text),
                        _ => continue,
                    };
                    let version = tx.get(&WORDS, &of)?.max(text.expose().parse().ok());
                    tx.put(&WORDS, &of, &version.unwrap())?;
                }
            }
            if commit == Commit::CrashBefore { Err(Aborted::Crash) } else { Ok(out) }
        });
        let out = match result {
            Ok(out) => out,
            Err(Aborted::Crash) => {
                self.crash(at);
                return false;
            }
            Err(Aborted::Failed(ConversationError::Group(_))) => return false,
            Err(Aborted::Failed(error)) => panic!("a call failed: {error}"),
        };
        self.watch(at, &out);
        if commit == Commit::CrashAfter {
            self.crash(at);
            return true;
        }
        for (to, frame) in out.frames {
            let to = self.machines.iter().position(|machine| machine.device == to).unwrap();
            if self.links.contains(&(at.min(to), at.max(to))) {
                let frame = LinkFrame::from_bytes(&frame.to_bytes()).unwrap();
                self.machines[to].inbox.push_back((at, frame));
            }
        }
        true
    }

    fn watch(&mut self, at: usize, out: &Outcome) {
        for (to, frame) in &out.frames {
            if let LinkFrame::LaneEntry(entry) = frame {
                let first = *self.entries.entry((entry.lane, entry.seq)).or_insert_with(|| entry.hash());
                assert_eq!(first, entry.hash(), "two entries under one generation and number");
                self.welcomes += usize::from(entry.kind == EntryKind::Welcome);
                assert!(!self.revoked.contains(to), "nothing is sent to a revoked device");
            }
        }
        for event in &out.events {
            match event {
                Event::State { message, state: MessageState::Delivered, .. } => {
                    let Some(sent) = self.sent.iter().find(|sent| sent.id == *message) else { continue };
                    for reader in &sent.to {
                        let is_out = !self.knows_as_member(at, *reader);
                        let there = self.machines[*reader].has(*message);
                        assert!(there || is_out || sent.excused.contains(reader), "delivered means that all have it");
                    }
                }
                Event::State { message, state: MessageState::Refused(_), .. } => {
                    self.sent.iter_mut().filter(|sent| sent.id == *message).for_each(|sent| sent.refused = true);
                }
                Event::LaneEnded { .. } => self.ended += 1,
                Event::LaneFrozen { .. } | Event::RosterFrozen(_) => self.frozen += 1,
                _ => {}
            }
        }
    }

    pub(super) fn roster(&self, at: usize) -> Option<GroupRow> {
        let group = self.group?;
        self.machines[at].vault.read(|tx| tx.get(&GROUPS, group.as_bytes())).unwrap()
    }

    /// Who comes after the pen-holder, in the eyes of somebody.
    pub(super) fn heir(&self, at: usize) -> usize {
        let ended = |member: MemberId| self.has_ended(member);
        let heir = self.roster(at).and_then(|group| group.roster.heir(&ended)).unwrap();
        self.machines.iter().position(|machine| machine.member == heir).unwrap()
    }

    pub(super) fn has_ended(&self, member: MemberId) -> bool {
        let devices = self.machines.iter().filter(|machine| machine.member == member);
        devices.map(|machine| machine.device).any(|device| self.revoked.contains(&device))
    }

    pub(super) fn knows_as_member(&self, at: usize, other: usize) -> bool {
        let is_there = !self.revoked.contains(&self.machines[other].device);
        is_there && self.roster(at).is_some_and(|group| group.roster.is_member(self.machines[other].member))
    }

    pub(super) fn crash(&mut self, at: usize) {
        for other in 0..self.machines.len() {
            self.unlink(at, other);
        }
        let make = self.make;
        let machine = &mut self.machines[at];
        machine.talk = Conversations::new(machine.member, machine.device, make(&machine.key));
    }

    pub(super) fn link(&mut self, a: usize, b: usize) {
        let (a, b) = (a.min(b), a.max(b));
        let is_gone = |at: usize| self.revoked.contains(&self.machines[at].device);
        let is_cut = self.island.contains(&a) != self.island.contains(&b);
        if a == b || is_gone(a) || is_gone(b) || is_cut || !self.links.insert((a, b)) {
            return;
        }
        for (at, other) in [(a, b), (b, a)] {
            let peer = self.machines[other].device;
            self.call(at, Commit::Whole, |talk, tx, around| talk.on_link_open(tx, around, peer));
        }
    }

    pub(super) fn unlink(&mut self, a: usize, b: usize) {
        let (a, b) = (a.min(b), a.max(b));
        if !self.links.remove(&(a, b)) {
            return;
        }
        for (at, other) in [(a, b), (b, a)] {
            let peer = self.machines[other].device;
            self.machines[at].inbox.retain(|(from, _)| *from != other);
            self.machines[at].talk.on_link_closed(&peer);
        }
    }

    pub(super) fn begin(&mut self, at: usize, others: &[usize]) {
        let members: BTreeSet<_> = others.iter().map(|other| self.machines[*other].member).collect();
        let mut group = None;
        self.call(at, Commit::Whole, |talk, tx, around| {
            let (begun, out) = talk.create_group(tx, around, "Rounds", &members)?;
            group = Some(begun);
            Ok(out)
        });
        self.group = group;
    }

    pub(super) fn change(&mut self, at: usize, commit: Commit, change: RosterChange) -> bool {
        let Some(group) = self.group else { return false };
        self.call(at, commit, |talk, tx, around| talk.change_group(tx, around, group, change))
    }

    /// Says something in the group.
    pub(super) fn send(&mut self, at: usize, commit: Commit) {
        let Some(group) = self.group else { return };
        let does = Does::Says(Words { version: 0, told_by: None, unsure: false });
        let Some(id) = self.expect(at, does) else { return };
        let body = MessageBody::text("0".into());
        let is_kept = self.call(at, commit, |talk, tx, around| talk.send_in(tx, around, group, id, body));
        if !is_kept {
            self.sent.pop();
        }
    }

    /// A message that is about to be written.
    fn expect(&mut self, at: usize, does: Does) -> Option<MessageId> {
        let known = self.roster(at)?;
        let id = authorship::draw(&self.machines[at].device, &mut self.rng);
        let everybody = 0..self.machines.len();
        let to = everybody.filter(|other| *other != at && known.roster.is_member(self.machines[*other].member));
        let to: Vec<usize> = to.filter(|other| !self.revoked.contains(&self.machines[*other].device)).collect();
        self.sent.push(Sent { author: at, id, to, excused: BTreeSet::new(), refused: false, does });
        Some(id)
    }

    /// Says something else in the place of one of the own messages.
    pub(super) fn edit(&mut self, at: usize, commit: Commit) {
        let Some(group) = self.group else { return };
        let says = |sent: &Sent| sent.author == at && !sent.refused && matches!(sent.does, Does::Says(_));
        let said: Vec<_> = (0..self.sent.len()).filter(|number| says(&self.sent[*number])).collect();
        let Some(of) = said.len().checked_sub(1).map(|last| said[self.rng.next_u32() as usize % (last + 1)]) else {
            return;
        };
        let (message, edit) = (self.sent[of].id, self.sent.len());
        let Does::Says(Words { version, .. }) = self.sent[of].does else { return };
        let Some(id) = self.expect(at, Does::Edits) else { return };
        let (text, mut reach) = ((version + 1).to_string(), Reach::Here);
        let is_kept = self.call(at, commit, |talk, tx, around| {
            reach = talk.amend(tx, message, &MessageBody::text(text.as_str().into()))?;
            if reach == Reach::Here {
                return Ok(Outcome::default());
            }
            let mut out = talk.drop_edits(tx, group, message)?;
            let body = MessageBody::Edit { message, text: text.as_str().into(), mentions: Vec::new() };
            out.merge(talk.send_in(tx, around, group, id, body)?);
            Ok(out)
        });
        let is_told = is_kept && reach == Reach::Elsewhere;
        if !is_told {
            self.sent.pop();
        }
        if let (true, Does::Says(words)) = (is_kept, &mut self.sent[of].does) {
            words.version += 1;
            words.told_by = if is_told { Some(edit) } else { words.told_by };
        }
    }

    pub(super) fn deliver(&mut self, at: usize, commit: Commit) -> bool {
        let Some((from, frame)) = self.machines[at].inbox.pop_front() else { return false };
        let peer = self.machines[from].device;
        self.call(at, commit, |talk, tx, around| match talk.on_link_frame(tx, around, peer, frame)? {
            Handled::Lanes(out) => Ok(out),
            Handled::Other(_) => panic!("only lanes here"),
        });
        true
    }

    pub(super) fn tick(&mut self, at: usize) {
        self.call(at, Commit::Whole, |talk, tx, around| talk.on_tick(tx, around));
    }

    pub(super) fn expire(&mut self, at: usize) {
        self.call(at, Commit::Whole, |talk, tx, around| talk.expire(tx, around, 0));
    }

    pub(super) fn wait(&mut self, ms: u64) {
        self.now = self.now.plus_ms(ms);
    }

    pub(super) fn present(&self) -> Vec<usize> {
        (0..self.machines.len()).filter(|at| !self.revoked.contains(&self.machines[*at].device)).collect()
    }
}
