//! The pictures of groups: the roster names one by its hash, and its bytes come from any member who has them. It must never keep bytes
//! that the roster does not name, or hand any to somebody who is not a member.

use std::collections::BTreeSet;

use protocol::ids::{ConversationId, DeviceId, Hash32, MemberId};
use protocol::limits::GROUP_PICTURE_BYTES_MAX;
use protocol::link::LinkFrame;
use protocol::time::Timestamp;

use super::rosters::Peer;
use super::rows::{GroupRow, PictureRow};
use super::{ConversationError, Conversations, Event, Outcome};
use crate::crypto::lane::LaneCrypto;
use crate::store::tables::{GROUPS, PICTURES};
use crate::store::{Reading, VaultError, WriteTx};

/// Pictures that this device asked for in a group and that are kept until the roster names one.
const PROPOSED_MAX: usize = 4;
/// Pictures that one device is given in [`GIVEN_EVERY_MS`]: 4 MiB.
const GIVEN_MAX: u32 = 64;
const GIVEN_EVERY_MS: u64 = 60_000;
/// Pictures that one device may wait for here.
const WAITED_MAX: usize = 64;

/// What one device asked of us since its link opened. Whatever it asks, it costs a bounded part of our memory and line.
#[derive(Debug, Default)]
pub(super) struct Asked {
    since: Option<Timestamp>,
    given: u32,
    waits: BTreeSet<(ConversationId, Hash32)>,
}

impl Asked {
    fn may_have_one(&mut self, now: Timestamp) -> bool {
        if self.since.is_none_or(|since| now.since(since) >= GIVEN_EVERY_MS) {
            (self.since, self.given) = (Some(now), 0);
        }
        self.given += 1;
        self.given <= GIVEN_MAX
    }

    fn wait_for(&mut self, conversation: ConversationId, picture: Hash32) {
        if self.waits.len() < WAITED_MAX {
            self.waits.insert((conversation, picture));
        }
    }

    fn waited_for(&mut self, conversation: ConversationId, picture: Hash32) -> bool {
        self.waits.remove(&(conversation, picture))
    }
}

impl<C: LaneCrypto> Conversations<C> {
    /// Keeps the bytes of a picture that is about to be set, or asked for; returns what the roster is to name.
    pub fn propose_picture(
        &self,
        tx: &mut WriteTx<'_>,
        conversation: ConversationId,
        bytes: Vec<u8>,
    ) -> Result<Hash32, ConversationError> {
        let picture = Hash32::sha256(&bytes);
        let mut row = pictures(tx, conversation)?;
        row.proposed.push(bytes.into());
        let surplus = row.proposed.len().saturating_sub(PROPOSED_MAX);
        row.proposed.drain(..surplus);
        tx.put(&PICTURES, conversation.as_bytes(), &row)?;
        Ok(picture)
    }

    /// The picture of a group, as far as it is here.
    pub fn picture(&self, tx: &impl Reading, group: &GroupRow) -> Result<Option<Vec<u8>>, VaultError> {
        let Some(named) = group.roster.picture() else { return Ok(None) };
        Ok(pictures(tx, group.roster.conversation())?.of(named).map(<[u8]>::to_vec))
    }

    /// The roster names another picture, or none: what was proposed may be it, else every member who is linked is asked.
    pub(super) fn review_picture(
        &self,
        tx: &mut WriteTx<'_>,
        group: &GroupRow,
        out: &mut Outcome,
    ) -> Result<(), ConversationError> {
        let conversation = group.roster.conversation();
        let mut row = pictures(tx, conversation)?;
        let Some(named) = group.roster.picture() else {
            if row.current.take().is_some() {
                tx.put(&PICTURES, conversation.as_bytes(), &row)?;
            }
            return Ok(());
        };
        let has_come = row.of(named).is_some();
        if let Some(place) = row.proposed.iter().position(|bytes| Hash32::sha256(bytes) == named) {
            // Wishes of one device come in order: what it asked for earlier is not named any more.
            row.current = row.proposed.drain(..=place).next_back().map(Vec::from);
        } else if !has_come {
            row.current = None;
        }
        tx.put(&PICTURES, conversation.as_bytes(), &row)?;
        if !has_come && group.is_open_to(self.member) {
            let is_other = |member: MemberId| group.roster.is_member(member);
            for (peer, _) in self.linked_to(&is_other) {
                want(conversation, named, peer, out);
            }
        }
        Ok(())
    }

    /// A link to a member opened: asks for the picture if it is not here yet.
    pub(super) fn want_picture(
        &self,
        tx: &impl Reading,
        group: &GroupRow,
        (peer, member): Peer,
        out: &mut Outcome,
    ) -> Result<(), ConversationError> {
        let Some(named) = group.roster.picture() else { return Ok(()) };
        let may = group.is_open_to(self.member) && group.roster.is_member(member);
        if may && pictures(tx, group.roster.conversation())?.of(named).is_none() {
            want(group.roster.conversation(), named, peer, out);
        }
        Ok(())
    }

    /// A member asks for a picture: whoever was just asked to set it is among them, so what is proposed counts too.
    pub(super) fn on_picture_wanted(
        &mut self,
        tx: &WriteTx<'_>,
        now: Timestamp,
        (peer, member): Peer,
        (conversation, wanted): (ConversationId, Hash32),
        out: &mut Outcome,
    ) -> Result<(), ConversationError> {
        let Some(group) = tx.get(&GROUPS, conversation.as_bytes())? else { return Ok(()) };
        if !group.is_open_to(self.member) || !group.roster.is_member(member) {
            return Ok(());
        }
        let Some(link) = self.links.get_mut(&peer) else { return Ok(()) };
        let kept = pictures(tx, conversation)?;
        match kept.of(wanted) {
            Some(bytes) if link.pictures.may_have_one(now) => {
                out.send(peer, LinkFrame::Picture { conversation, bytes: bytes.to_vec() });
            }
            Some(_) => {}
            None => link.pictures.wait_for(conversation, wanted),
        }
        Ok(())
    }

    /// Bytes of a picture, from whoever has them.
    pub(super) fn on_picture(
        &mut self,
        tx: &mut WriteTx<'_>,
        (conversation, bytes): (ConversationId, Vec<u8>),
        out: &mut Outcome,
    ) -> Result<(), ConversationError> {
        let Some(group) = tx.get(&GROUPS, conversation.as_bytes())? else { return Ok(()) };
        let is_named = group.roster.picture() == Some(Hash32::sha256(&bytes));
        let mut row = pictures(tx, conversation)?;
        if !is_named || bytes.len() > GROUP_PICTURE_BYTES_MAX || row.current.as_ref() == Some(&bytes) {
            return Ok(());
        }
        // Whoever asked here before it came has it now.
        let picture = Hash32::sha256(&bytes);
        for (peer, link) in &mut self.links {
            if link.pictures.waited_for(conversation, picture) && group.roster.is_member(link.member) {
                out.send(*peer, LinkFrame::Picture { conversation, bytes: bytes.clone() });
            }
        }
        row.current = Some(bytes);
        tx.put(&PICTURES, conversation.as_bytes(), &row)?;
        out.events.push(Event::PictureHere(conversation));
        Ok(())
    }
}

impl PictureRow {
    fn of(&self, picture: Hash32) -> Option<&[u8]> {
        let mut kept = self.current.iter().map(Vec::as_slice).chain(self.proposed.iter().map(|bytes| bytes.as_slice()));
        kept.find(|bytes| Hash32::sha256(bytes) == picture)
    }
}

fn pictures(tx: &impl Reading, conversation: ConversationId) -> Result<PictureRow, VaultError> {
    Ok(tx.get(&PICTURES, conversation.as_bytes())?.unwrap_or_default())
}

fn want(conversation: ConversationId, picture: Hash32, peer: DeviceId, out: &mut Outcome) {
    let frame = LinkFrame::PictureWanted { conversation, picture };
    if !out.frames.iter().any(|(to, sent)| *to == peer && *sent == frame) {
        out.send(peer, frame);
    }
}
