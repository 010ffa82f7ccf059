//! The engine and the directory: the list of people, and in the background the material of their devices (spec/directory.md).
//! Everything that may be seen is fetched, in the server's order: what is asked for never depends on whom the person deals with.

use std::collections::{BTreeMap, BTreeSet};

use protocol::directory::{Applied, DeviceEntry, Have, List, Person};
use protocol::ids::{DeviceId, MemberId};
use protocol::link::LinkFrame;
use protocol::signaling::message::{FetchWhat, LeafBytes};
use protocol::tlog::Leaf;
use serde_json::json;

use super::{Engine, EngineError};
use crate::core::trust::{Disbelief, Taken, TakenList};
use crate::store::records::{DevicesCursor, PeerRecord, PeopleHead, PeoplePage, page_of};
use crate::store::tables::{DEVICES, DEVICES_CURSOR, PEERS, PEOPLE, PEOPLE_HEAD};
use crate::store::{Reading as _, Span, VaultError, WriteTx};

/// How far this device is with the directory.
#[derive(Debug, Default)]
pub(super) struct Following {
    /// Our own signed card.
    card: Option<Vec<u8>>,
    cursor: Option<DevicesCursor>,
    progress: Progress,
}

/// The stream of devices.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum Progress {
    /// Nothing was heard since the start.
    #[default]
    Behind,
    /// There is more since the last question.
    More,
    /// Everything that there was is here.
    Current,
}

impl Following {
    /// Our own signed card.
    pub(super) fn card(&self) -> Option<Vec<u8>> {
        self.card.clone()
    }
}

impl Engine {
    /// Takes back the list of people from the vault. What does not fit is fetched again.
    pub(super) fn remember_directory(&mut self) -> Result<(), EngineError> {
        type Kept = (Option<PeopleHead>, Vec<Person>, Option<DevicesCursor>);
        let (head, people, cursor) = self.vault.read(|tx| -> Result<Kept, VaultError> {
            let mut people = Vec::new();
            for page in tx.scan(&PEOPLE, Span::all()) {
                people.extend(page?.1.people);
            }
            Ok((tx.get(&PEOPLE_HEAD, &())?, people, tx.get(&DEVICES_CURSOR, &())?))
        })?;
        self.directory.cursor = cursor;
        let Some(head) = head else { return Ok(()) };
        match List::kept(head.have, people, head.digest) {
            Some(list) => self.trust.use_list(list, head.named),
            None => tracing::error!("the stored list of people is not the one that was kept: it is fetched anew"),
        }
        self.directory.card = Some(head.card);
        Ok(())
    }

    pub(super) fn peer_records(&self) -> Result<Vec<PeerRecord>, EngineError> {
        Ok(self.vault.read(|tx| -> Result<Vec<PeerRecord>, VaultError> {
            tx.scan(&PEERS, Span::all()).map(|row| row.map(|(_, record)| record)).collect()
        })?)
    }

    /// Takes back the devices with which we are acquainted, ours included. What no longer holds is not believed.
    pub(super) fn remember_devices(&mut self) -> Result<(), EngineError> {
        self.know_own_device();
        for record in self.peer_records()? {
            let _ = self.trust.take_device(record.certificate, record.envelope_key, None);
            // What the directory has is newer, and names the front door.
            self.meet(record.member)?;
        }
        Ok(())
    }

    pub(super) fn on_directory(&mut self, have: Option<Have>, bytes: &[u8]) -> Result<(), EngineError> {
        match self.trust.take_directory(self.me.account.member, bytes) {
            Ok(Taken { list, card, groups }) => {
                self.keep_people(list.as_ref(), &card)?;
                self.directory.card = Some(card);
                if let Some(TakenList { applied, .. }) = list {
                    self.forget_devices_of(&applied.gone)?;
                    self.rename_peers(&applied)?;
                    self.follow_logins(&applied.changed)?;
                    self.emit(json!({"event": "directory", "people": self.trust.people().count()}));
                    // Who became visible has devices that were passed over.
                    self.follow_devices();
                    self.review_wants()?;
                }
                self.on_own_groups(groups)
            }
            // A newer one was published meanwhile: the next news asks again.
            Err(Disbelief::NotInLog) => {
                self.in_step.ask_again();
                Ok(())
            }
            Err(Disbelief::List(refused)) if have.is_some() => {
                tracing::warn!(reason = %refused, "a change of the list of people does not fit: all of it is fetched");
                self.fetch(FetchWhat::Directory { have: None });
                Ok(())
            }
            Err(disbelief) => self.disbelieve(&disbelief),
        }
    }

    /// Writes the pages that changed, which list they are now, and our card, in one transaction.
    fn keep_people(&mut self, taken: Option<&TakenList>, card: &[u8]) -> Result<(), EngineError> {
        let Some(have) = self.trust.have() else { return Ok(()) };
        let Some(taken) = taken else { return self.keep_own_card(card) };
        let changed = taken.applied.changed.iter().chain(&taken.applied.gone);
        let numbers: BTreeSet<u16> = changed.map(|member| page_of(*member)).collect();
        let mut pages: BTreeMap<u16, PeoplePage> = BTreeMap::new();
        for person in self.trust.people() {
            let number = page_of(person.member);
            if numbers.contains(&number) {
                pages.entry(number).or_default().people.push(person.clone());
            }
        }
        let head = PeopleHead { have, digest: taken.digest, named: taken.named, card: card.to_vec() };
        let empty = numbers.iter().filter(|number| !pages.contains_key(number));
        Ok(self.vault.write(|tx| -> Result<(), VaultError> {
            for number in empty {
                tx.remove(&PEOPLE, number)?;
            }
            for (number, page) in &pages {
                tx.put(&PEOPLE, number, page)?;
            }
            tx.put(&PEOPLE_HEAD, &(), &head)
        })?)
    }

    fn keep_own_card(&mut self, card: &[u8]) -> Result<(), EngineError> {
        if self.directory.card.as_deref() == Some(card) {
            return Ok(());
        }
        Ok(self.vault.write(|tx| -> Result<(), VaultError> {
            match tx.get(&PEOPLE_HEAD, &())? {
                Some(head) => tx.put(&PEOPLE_HEAD, &(), &PeopleHead { card: card.to_vec(), ..head }),
                None => Ok(()),
            }
        })?)
    }

    /// Whoever is not shown any more leaves nothing but what we have from them ourselves.
    fn forget_devices_of(&mut self, gone: &[MemberId]) -> Result<(), EngineError> {
        let facts = self.trust.facts();
        let devices: Vec<DeviceId> = gone.iter().flat_map(|member| facts.live_devices(*member)).collect();
        self.forget_devices(&devices)
    }

    fn forget_devices(&self, devices: &[DeviceId]) -> Result<(), EngineError> {
        if devices.is_empty() {
            return Ok(());
        }
        Ok(self.vault.write(|tx| forget(tx, devices))?)
    }

    /// Peers bear the names that the directory gives them now.
    fn rename_peers(&mut self, applied: &Applied) -> Result<(), EngineError> {
        let changed: BTreeSet<MemberId> = applied.changed.iter().copied().collect();
        let peers = self.peers.values().filter(|peer| changed.contains(&peer.record.member));
        for device in peers.map(|peer| peer.record.device).collect::<Vec<_>>() {
            let Some(person) = self.peers.get(&device).and_then(|peer| self.trust.person(peer.record.member)).cloned()
            else {
                continue;
            };
            self.name_peer(device, person)?;
        }
        Ok(())
    }

    pub(super) fn name_peer(&mut self, device: DeviceId, person: Person) -> Result<(), EngineError> {
        let Some(peer) = self.peers.get_mut(&device) else { return Ok(()) };
        if (&peer.record.login, &peer.record.name) == (&person.login, &person.name) {
            return Ok(());
        }
        (peer.record.login, peer.record.name) = (person.login, person.name);
        self.keep_peer(device)
    }

    /// Who a person is: by the directory, else by the card that they showed.
    pub(super) fn known_as(&self, member: MemberId, card: Option<&[u8]>) -> Option<Person> {
        let shown = || self.trust.read_card(member, card?).ok();
        self.trust.person(member).cloned().or_else(shown)
    }

    /// Asks for the devices that are not here yet.
    pub(super) fn follow_devices(&mut self) {
        if self.fetching.iter().any(|what| matches!(what, FetchWhat::Devices { .. })) {
            self.directory.progress = Progress::More;
        } else {
            let log = self.trust.log_id();
            let from = self.directory.cursor.filter(|cursor| cursor.log == log).map_or(0, |cursor| cursor.from);
            self.fetch(FetchWhat::Devices { from });
        }
    }

    /// Whether everything that the server showed is here.
    pub(super) fn has_devices(&self) -> bool {
        self.directory.progress == Progress::Current
    }

    pub(super) fn on_devices(&mut self, bytes: &[u8]) -> Result<(), EngineError> {
        let batch = match self.trust.read_devices(bytes) {
            Ok(batch) => batch,
            Err(disbelief) => return self.disbelieve(&disbelief),
        };
        let is_same_class = self.directory.cursor.is_some_and(|cursor| cursor.class == batch.class);
        let is_of_earlier_server = batch.until < batch.from;
        if batch.from != 0 && (!is_same_class || is_of_earlier_server) {
            self.directory.cursor = None;
            self.follow_devices();
            return Ok(());
        }
        if batch.next <= batch.from && batch.next != batch.until {
            tracing::warn!("a batch of devices leads nowhere");
            return Ok(());
        }
        let cursor = DevicesCursor { log: self.trust.log_id(), class: batch.class, from: batch.next };
        self.keep_devices(&batch.devices, cursor)?;
        let is_last = batch.next == batch.until && self.directory.progress != Progress::More;
        self.directory.progress = if is_last { Progress::Current } else { Progress::Behind };
        self.emit(json!({"event": "devices", "known": batch.next, "of": batch.until}));
        if !is_last {
            self.follow_devices();
        }
        if batch.devices.is_empty() { Ok(()) } else { self.review_wants() }
    }

    /// Writes a batch and how far it leads in one transaction; devices of people whom we deal with are believed anew.
    fn keep_devices(&mut self, devices: &[DeviceEntry], cursor: DevicesCursor) -> Result<(), EngineError> {
        if self.directory.cursor != Some(cursor) || !devices.is_empty() {
            self.vault.write(|tx| -> Result<(), VaultError> {
                for entry in devices {
                    tx.put(&DEVICES, entry.device.as_bytes(), entry)?;
                }
                tx.put(&DEVICES_CURSOR, &(), &cursor)
            })?;
        }
        self.directory.cursor = Some(cursor);
        for entry in devices.iter().filter(|entry| self.trust.knows_device(entry.device)).cloned().collect::<Vec<_>>() {
            self.believe(entry);
        }
        Ok(())
    }

    /// A device that does not hold is no device; everybody else's still are.
    fn believe(&mut self, entry: DeviceEntry) {
        if let Err(disbelief) = self.trust.take_device(entry.certificate, entry.envelope_key, Some(entry.front_door)) {
            tracing::debug!(reason = %disbelief, "a device of the directory was not believed");
        }
    }

    /// Believes the devices of a person with whom we are about to deal.
    pub(super) fn meet(&mut self, member: MemberId) -> Result<(), EngineError> {
        let live: Vec<DeviceId> = self.trust.facts().live_devices(member).collect();
        let unknown: Vec<DeviceId> = live.into_iter().filter(|device| !self.trust.can_reach(*device)).collect();
        if unknown.is_empty() {
            return Ok(());
        }
        let entries = self.vault.read(|tx| -> Result<Vec<DeviceEntry>, VaultError> {
            let entries = unknown.iter().map(|device| tx.get(&DEVICES, device.as_bytes()));
            Ok(entries.collect::<Result<Vec<_>, _>>()?.into_iter().flatten().collect())
        })?;
        for entry in entries {
            self.believe(entry);
        }
        Ok(())
    }

    /// Our own device is as certified as the others.
    pub(super) fn know_own_device(&mut self) {
        if !self.trust.knows_device(self.me.device) {
            let (certificate, key) = (self.me.account.certificate.clone(), self.me.envelope.public().clone());
            // Not yet, if its leaf is still to come.
            let _ = self.trust.take_device(certificate, key, None);
        }
    }

    /// A peer to whom the directory does not show us learns from ourselves how we are certified.
    pub(super) fn send_certificate(&mut self, device: DeviceId) {
        self.send(device, &LinkFrame::Certificate { certificate: self.me.account.certificate.clone() });
    }

    /// The newest certificate of a peer, from itself: of its own device, and only if the log bears it out.
    pub(super) fn on_certificate(&mut self, device: DeviceId, certificate: Vec<u8>) -> Result<(), EngineError> {
        let Some(record) = self.peers.get(&device).map(|peer| &peer.record) else { return Ok(()) };
        if record.certificate == certificate {
            return Ok(());
        }
        let taken = self.trust.take_device(certificate.clone(), record.envelope_key.clone(), None);
        if taken == Ok(device)
            && let Some(peer) = self.peers.get_mut(&device)
        {
            peer.record.certificate = certificate;
            return self.keep_peer(device);
        }
        Ok(())
    }

    /// New devices are asked for; what is kept of revoked ones goes.
    pub(super) fn keep_device_leaves(&mut self, leaves: &[(u64, LeafBytes)]) -> Result<(), EngineError> {
        let (mut revoked, mut is_news) = (Vec::new(), false);
        for (_, leaf) in leaves {
            match Leaf::from_bytes(&leaf.0) {
                Ok(Leaf::DeviceRevoke { device }) => revoked.push(device),
                Ok(Leaf::DeviceAdd { device, .. } | Leaf::DeviceRenew { device, .. }) => {
                    is_news |= device != self.me.device;
                }
                _ => {}
            }
        }
        if is_news {
            self.follow_devices();
        }
        self.forget_devices(&revoked)
    }
}

fn forget(tx: &mut WriteTx<'_>, devices: &[DeviceId]) -> Result<(), VaultError> {
    for device in devices {
        tx.remove(&DEVICES, device.as_bytes())?;
    }
    Ok(())
}
