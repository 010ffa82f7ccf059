//! The engine and who may have which file: a device is served only over its own link, only as long as its member and we are in the
//! conversation of the offer, and only what the author still offers there. In a group everybody who has a file whole serves it.

use std::collections::{BTreeMap, BTreeSet};

use protocol::ids::{ConversationId, DeviceId, FileId, LinkId, MemberId};
use protocol::link::{FileRefusal, LinkFrame};
use rand_core::OsRng;

use super::groups::Place;
use super::{Engine, EngineError, Input};
use crate::conversation::GroupRow;
use crate::core::peer::LinkState;
use crate::files::records::{FetchState, OfferMade, OfferReceived, OfferState};
use crate::files::{self, DataFolder, Members};
use crate::store::tables::{FETCHES, GROUPS, OFFERS_MADE, OFFERS_RECEIVED};
use crate::store::{Reading as _, Span, VaultError};

/// Files of others that are read at once so that they can be served.
const READ_AT_ONCE_MAX: usize = 2;

/// What is remembered of files that are shared with groups, until the client ends.
#[derive(Default)]
pub(super) struct Sharing {
    /// Files of others that are being read so that they can be served.
    reading: BTreeSet<FileId>,
    /// Those that are not what they were, and are not read again for everybody who asks.
    spoiled: BTreeMap<FileId, FileRefusal>,
    /// Files that their authors do not serve: somebody else is looked for.
    pub(super) seeking: BTreeSet<FileId>,
    /// Who waits for a folder.
    pub(super) savers: Vec<super::folders::FolderSaver>,
}

/// A file under the id that somebody asks for.
enum Here {
    Ours(OfferMade),
    /// Somebody else offered it, and we have it whole.
    Held(OfferMade),
}

impl Engine {
    /// A peer asks for pieces of a file.
    pub(super) fn take_file_frame(
        &mut self,
        device: DeviceId,
        link: LinkId,
        frame: LinkFrame,
    ) -> Result<(), EngineError> {
        let LinkFrame::FileRequest { file, conversation, .. } = &frame else { return Ok(()) };
        let Some(member) = self.peers.get(&device).map(|peer| peer.record.member) else { return Ok(()) };
        let offer = self.grant(member, *file, *conversation)?;
        self.errand(move |porter| async move { porter.requested(link, &frame, offer).await });
        Ok(())
    }

    /// What a member is served with, or why not.
    pub(super) fn grant(
        &mut self,
        member: MemberId,
        file: FileId,
        conversation: ConversationId,
    ) -> Result<Result<OfferMade, FileRefusal>, EngineError> {
        let Some(here) = self.here(file)? else { return Ok(Err(FileRefusal::Unknown)) };
        let (Here::Ours(offer) | Here::Held(offer)) = &here;
        if offer.conversation != conversation || !self.shares(member, offer)? {
            return Ok(Err(FileRefusal::Unknown));
        }
        match offer.state {
            OfferState::Open => {}
            OfferState::Withdrawn => return Ok(Err(FileRefusal::Withdrawn)),
            OfferState::Paused => return Ok(Err(FileRefusal::Busy)),
        }
        // What was offered before it was forbidden waits until it is allowed again.
        if self.may_send_offered(offer).is_err() || self.may_talk_to(member).is_err() {
            return Ok(Err(FileRefusal::Busy));
        }
        Ok(match here {
            Here::Ours(offer) => Ok(offer),
            Here::Held(offer) => self.hold(&offer).map(|()| offer),
        })
    }

    fn here(&self, file: FileId) -> Result<Option<Here>, EngineError> {
        Ok(self.vault.read(|tx| -> Result<_, VaultError> {
            if let Some(made) = tx.get(&OFFERS_MADE, file.as_bytes())? {
                return Ok(Some(Here::Ours(made)));
            }
            let Some(offer) = tx.get(&OFFERS_RECEIVED, file.as_bytes())? else { return Ok(None) };
            // Among two there is nobody else who could ask.
            if tx.get(&GROUPS, offer.conversation.as_bytes())?.is_none() {
                return Ok(None);
            }
            let fetch = tx.get(&FETCHES, file.as_bytes())?;
            Ok(fetch.and_then(|fetch| match fetch.state {
                FetchState::Saved(path) => Some(Here::Held(offer.held_at(&path))),
                FetchState::Wanted
                | FetchState::Kept
                | FetchState::Canceled
                | FetchState::Refused(_)
                | FetchState::Faulty
                | FetchState::Failed(_)
                | FetchState::Paused => None,
            }))
        })?)
    }

    /// Whether a member and we are in the conversation of an offer, and the member was when it was made.
    fn shares(&self, member: MemberId, offer: &OfferMade) -> Result<bool, EngineError> {
        let group = self.vault.read(|tx| tx.get(&GROUPS, offer.conversation.as_bytes()))?;
        let Some(group) = group else { return Ok(self.conversation_with(member) == offer.conversation) };
        let was_offered = offer.operations.checked_sub(1).is_none_or(|number| group.roster.was_member(member, number));
        Ok(group.is_open_to(self.me.account.member) && group.roster.is_member(member) && was_offered)
    }

    /// A file of somebody else can be served once its tree is here; reads it for that, and asks for patience meanwhile.
    fn hold(&mut self, held: &OfferMade) -> Result<(), FileRefusal> {
        let length = std::fs::metadata(held.path.as_path()).map_err(|_| FileRefusal::Missing)?;
        if !length.is_file() || length.len() != held.bytes {
            return Err(FileRefusal::Changed);
        }
        let (file, data) = (held.file, DataFolder::within(&self.options.data));
        if data.has_tree(file) {
            return Ok(());
        }
        if let Some(refusal) = self.sharing.spoiled.get(&file) {
            return Err(*refusal);
        }
        if self.sharing.reading.len() < READ_AT_ONCE_MAX && self.sharing.reading.insert(file) {
            let (held, input) = (held.clone(), self.input.clone());
            tokio::spawn(async move {
                let read = files::hold(data, held, &mut OsRng).await;
                let _ = input.send(Input::Held(file, read)).await;
            });
        }
        Err(FileRefusal::Busy)
    }

    pub(super) fn on_held(&mut self, file: FileId, read: Result<(), FileRefusal>) {
        self.sharing.reading.remove(&file);
        if let Err(refusal) = read {
            self.sharing.spoiled.insert(file, refusal);
        }
    }

    /// Where an offer of ours was made.
    pub(super) fn offered_at(&self, conversation: ConversationId) -> Result<Option<Place>, EngineError> {
        if self.is_group(conversation)? {
            return Ok(Some(Place::Group(conversation)));
        }
        let mut people = self.peers.values().map(|peer| peer.record.member);
        Ok(people.find(|member| self.conversation_with(*member) == conversation).map(Place::Person))
    }

    /// How many operations the roster there has; 0 among two.
    pub(super) fn operations_at(&self, place: Place) -> Result<u64, EngineError> {
        let Place::Group(group) = place else { return Ok(0) };
        let group = self.vault.read(|tx| tx.get(&GROUPS, group.as_bytes()))?;
        Ok(group.map_or(0, |group| group.roster.operations()))
    }

    /// Files of groups that are still being pulled, with who is in the group.
    fn group_fetches(&self) -> Result<Vec<(OfferReceived, GroupRow)>, EngineError> {
        let me = self.me.account.member;
        Ok(self.vault.read(|tx| -> Result<_, VaultError> {
            let mut found = Vec::new();
            for offer in wanted(tx)? {
                let group = tx.get(&GROUPS, offer.conversation.as_bytes())?;
                found.extend(group.filter(|group| group.is_open_to(me)).map(|group| (offer, group)));
            }
            Ok(found)
        })?)
    }

    /// Tells the porter whom it may ask beside the authors.
    pub(super) fn tell_members(&self) -> Result<(), EngineError> {
        let mut all = Members::new();
        for (offer, group) in self.group_fetches()? {
            let others = self.peers.values().filter(|peer| group.roster.is_member(peer.record.member));
            let others = others.map(|peer| peer.record.device).filter(|device| *device != offer.holder);
            all.insert(offer.offer.file, others.collect());
        }
        self.errand(move |porter| async move { porter.members(all).await });
        Ok(())
    }

    /// Whose devices are to be reached for the files that are still being pulled: the authors', and where those are not there or do
    /// not serve, everybody's who may have the file.
    pub(super) fn holders_wanted(&self) -> Result<BTreeSet<MemberId>, EngineError> {
        let authors = self.vault.read(wanted)?;
        let author = |device: DeviceId| self.peers.get(&device).map(|peer| peer.record.member);
        let mut holders: BTreeSet<MemberId> = authors.iter().filter_map(|offer| author(offer.holder)).collect();
        for (offer, group) in self.group_fetches()? {
            if self.sharing.seeking.contains(&offer.offer.file) || !self.is_linked(offer.holder) {
                holders.extend(group.roster.members().filter(|member| *member != self.me.account.member));
            }
        }
        Ok(holders)
    }

    fn is_linked(&self, device: DeviceId) -> bool {
        self.peers.get(&device).is_some_and(|peer| peer.machine.link_state() == LinkState::Open)
    }

    /// The author of a file does not serve it: whoever may have it is looked for.
    pub(super) fn look_further(&mut self, file: FileId) -> Result<(), EngineError> {
        self.sharing.seeking.insert(file);
        self.review_wants()
    }

    /// A file is wanted: if it is a group's and its author is not there, whoever may have it is looked for.
    pub(super) fn seek(&mut self, file: FileId) -> Result<(), EngineError> {
        let offer = self.vault.read(|tx| tx.get(&OFFERS_RECEIVED, file.as_bytes()))?;
        match offer {
            Some(offer) if !self.is_linked(offer.holder) && self.is_group(offer.conversation)? => self.review_wants(),
            Some(_) | None => Ok(()),
        }
    }

    /// Who is in a group has changed: what is on its way to somebody who is not in it any more stops.
    pub(super) fn heed_roster(&self, group: &GroupRow) -> Result<(), EngineError> {
        self.tell_members()?;
        let conversation = group.roster.conversation();
        let shared = self.vault.read(|tx| -> Result<Vec<FileId>, VaultError> {
            let made =
                tx.scan(&OFFERS_MADE, Span::all()).map(|row| row.map(|(_, made)| (made.file, made.conversation)));
            let received = tx.scan(&OFFERS_RECEIVED, Span::all());
            let received = received.map(|row| row.map(|(_, kept)| (kept.offer.file, kept.conversation)));
            let all = made.chain(received).collect::<Result<Vec<_>, _>>()?;
            Ok(all.into_iter().filter(|(_, offered)| *offered == conversation).map(|(file, _)| file).collect())
        })?;
        let is_open = group.is_open_to(self.me.account.member);
        let is_out = |member: MemberId| !is_open || !group.roster.is_member(member);
        let out = self.peers.values().filter(|peer| is_out(peer.record.member));
        let out: BTreeSet<DeviceId> = out.map(|peer| peer.record.device).collect();
        self.errand(move |porter| async move { porter.close_to(out, shared).await });
        Ok(())
    }
}

/// The offers of what is still being pulled.
fn wanted(tx: &impl crate::store::Reading) -> Result<Vec<OfferReceived>, VaultError> {
    let mut found = Vec::new();
    for row in tx.scan(&FETCHES, Span::all()) {
        let (file, record) = row?;
        if record.state == FetchState::Wanted {
            found.extend(tx.get(&OFFERS_RECEIVED, &file)?);
        }
    }
    Ok(found)
}
