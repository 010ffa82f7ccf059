//! The list of people, and who is in it: taken only as the log and the policy say. It must never let the server leave somebody out
//! where the policy shows everybody.

use protocol::directory::{
    Applied, Card, DeviceBatch, DirectoryAnswer, DirectoryGroup, DirectoryGroups, DirectoryUpdate, Have, List, Person,
    Visibility, commitment,
};
use protocol::ids::{Hash32, MemberId};
use protocol::signed::{NotSigned, Unverified};

use super::{Disbelief, Trust};

/// An answer of the directory that was taken.
#[derive(Debug)]
pub struct Taken {
    /// The list of people; `None` if it still is the one that was here.
    pub list: Option<TakenList>,
    /// Our own signed card, to be shown with first contacts.
    pub card: Vec<u8>,
    /// The groups that our own person is in; an earlier server does not say.
    pub groups: Option<Vec<DirectoryGroup>>,
}

/// A list of people that was taken.
#[derive(Debug)]
pub struct TakenList {
    /// What changed.
    pub applied: Applied,
    /// Of the resulting list.
    pub digest: Hash32,
    /// What the log says about it.
    pub named: Hash32,
}

impl Trust {
    /// Takes a list of people, or what changed of it, if it is the newest that the log names. Whoever may see everybody checks it
    /// against the log's commitment; of a list that was cut, the log knows the version alone.
    pub fn take_directory(&mut self, me: MemberId, bytes: &[u8]) -> Result<Taken, Disbelief> {
        let answer = DirectoryAnswer::from_bytes(bytes).map_err(NotSigned::from)?;
        let update = Unverified::<DirectoryUpdate>::from_bytes(answer.update).verify(self.keys.current())?;
        self.read_card(me, &answer.card)?;
        let Some((version, named)) = self.facts().directory().filter(|_| self.has_newest_policy()) else {
            return Err(Disbelief::NotInLog);
        };
        let is_named = match update.salt {
            Some(salt) => commitment(&salt, version, update.digest) == named,
            None => *self.policy().visibility() != Visibility::All,
        };
        if update.version != version || !is_named {
            return Err(Disbelief::NotInLog);
        }
        if self.fork().is_some() {
            return Err(Disbelief::Forked);
        }
        let groups = answer.groups.map(|told| self.read_groups(me, told)).transpose()?;
        if self.is_unchanged(&update) && self.list_named == Some((version, named)) {
            return Ok(Taken { list: None, card: answer.card, groups });
        }
        let digest = update.digest;
        let (list, applied) = List::after(self.list.as_ref(), update)?;
        self.use_list(list, named);
        Ok(Taken { list: Some(TakenList { applied, digest, named }), card: answer.card, groups })
    }

    /// Whether an update says that the list that is here is the newest one.
    fn is_unchanged(&self, update: &DirectoryUpdate) -> bool {
        let have = Have { version: update.version, class: update.class };
        let is_empty = update.people.is_empty() && update.removed.is_empty();
        is_empty && update.base == Some(update.version) && self.have() == Some(have)
    }

    fn read_groups(&self, me: MemberId, bytes: Vec<u8>) -> Result<Vec<DirectoryGroup>, Disbelief> {
        let told = Unverified::<DirectoryGroups>::from_bytes(bytes).verify(self.keys.current())?;
        if told.reader == me { Ok(told.groups) } else { Err(Disbelief::OtherCard) }
    }

    /// Takes back the list that was kept, of which the log said this.
    pub fn use_list(&mut self, list: List, named: Hash32) {
        self.list_named = Some((list.have.version, named));
        (self.logins, self.shared_logins) = Default::default();
        for person in list.people() {
            let login = person.login.expose().to_lowercase();
            if let Some(before) = self.logins.get(&login) {
                let bearers = self.shared_logins.entry(login.clone()).or_insert_with(|| vec![*before]);
                bearers.push(person.member);
            }
            self.logins.insert(login, person.member);
        }
        self.list = Some(list);
    }

    /// Everybody who bears a login that several people of the list bear; of any other one, nobody. No honest server lists such people.
    pub fn bearers(&self, login: &str) -> &[MemberId] {
        self.shared_logins.get(&login.to_lowercase()).map_or(&[], Vec::as_slice)
    }

    /// Whether the list of people is of everybody.
    pub fn lists_everybody(&self) -> bool {
        self.list.is_some() && *self.policy().visibility() == Visibility::All
    }

    /// Which list of people is here.
    pub fn have(&self) -> Option<Have> {
        self.list.as_ref().map(|list| list.have)
    }

    /// The organization's word for who `member` is.
    pub fn read_card(&self, member: MemberId, bytes: &[u8]) -> Result<Person, Disbelief> {
        let card = Unverified::<Card>::from_bytes(bytes).verify(self.keys.current())?;
        if card.person.member == member { Ok(card.person) } else { Err(Disbelief::OtherCard) }
    }

    /// Devices that the organization's server says there are; each is believed on its own, when it is taken.
    pub fn read_devices(&self, bytes: &[u8]) -> Result<DeviceBatch, Disbelief> {
        Ok(Unverified::<DeviceBatch>::from_bytes(bytes).verify(self.keys.current())?)
    }
}
