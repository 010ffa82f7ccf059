//! What keeps conversations going when nobody writes: links that open, answers that do not come, devices that are revoked, a
//! vault that was restored. State from a backup must never be used: after a restore every lane starts anew.

use std::collections::BTreeSet;

use protocol::ids::{ConversationId, DeviceId, MemberId};
use protocol::time::{DAY_MS, Timestamp};

use super::rows::{KeyPackageRow, ReceivedRow};
use super::sending::{end, outbox_of};
use super::{
    ConversationError, ConversationRow, Conversations, OutboxEntry, OutboxPlace, OutboxRow, Outcome, Surroundings,
};
use crate::core::lane::SwapReason;
use crate::core::outbox::{Happening, MessageState, Refusal, Standing, Step, Waiting, expired, plan};
use crate::crypto::lane::LaneCrypto;
use crate::store::tables::{CONVERSATIONS, GROUPS, KEY_PACKAGES, MESSAGES_SEEN, RECEIVED_HASHES, RECEIVED_LANES};
use crate::store::{Reading, Span, VaultError, WriteTx};

/// Ids of received messages are kept this long: three times as long as an owner may send one again.
const SEEN_MS: u64 = 90 * DAY_MS;
/// A key package that no welcome used is forgotten after this long.
const KEY_PACKAGE_MS: u64 = DAY_MS;
/// Rows that one call of [`Conversations::expire`] looks through or ends.
const EXPIRE_ROWS_MAX: usize = 4_096;

impl<C: LaneCrypto> Conversations<C> {
    /// A device was revoked: it is taken out of the lanes that it reads, and lanes that it owns end now. If its person has no other
    /// device, nothing waits for them any more.
    pub fn on_device_revoked(
        &mut self,
        tx: &mut WriteTx<'_>,
        around: &mut Surroundings<'_>,
        device: DeviceId,
    ) -> Result<Outcome, ConversationError> {
        let mut out = Outcome::default();
        self.links.remove(&device);
        for (key, received) in
            tx.scan(&RECEIVED_LANES, Span::under(device.as_bytes())).collect::<Result<Vec<_>, _>>()?
        {
            let (key, received): (_, ReceivedRow) = (key, received);
            if let Some(lane) = received.lane {
                self.crypto.discard(tx, &lane.id())?;
            }
            self.forget_key_packages(tx, key)?;
            tx.remove_all(&RECEIVED_HASHES, Span::under(&key))?;
            tx.remove(&RECEIVED_LANES, &key)?;
        }
        for (conversation, mut row) in conversations(tx)? {
            let Some(circle) = self.circle_of(tx, conversation, &row)? else { continue };
            if row.owned.as_ref().is_some_and(|lane| lane.is_read_by(&device)) {
                self.swap(tx, around, conversation, &mut row, (device, SwapReason::Revoked), &mut out)?;
            }
            if row.peer.is_none() {
                self.review_owed(tx, around, conversation, &circle, &mut out)?;
            }
            self.pump(tx, around, conversation, &mut out)?;
        }
        self.take_up_pens(tx, around, &mut out)?;
        Ok(out)
    }

    /// The vault came from a backup: no lane in it may be used again. Owned lanes start anew in a higher generation, every other
    /// owner is asked for a new one when its link opens. Call it before any link opens, in the transaction that notes the
    /// installation.
    pub fn after_restore(&mut self, tx: &mut WriteTx<'_>) -> Result<Outcome, ConversationError> {
        let mut out = Outcome::default();
        for (conversation, mut row) in conversations(tx)? {
            self.end_lane(tx, conversation, &mut row, SwapReason::Restored, &mut out)?;
            row.opening = None;
            tx.put(&CONVERSATIONS, conversation.as_bytes(), &row)?;
        }
        for (key, mut received) in
            tx.scan(&RECEIVED_LANES, Span::all()).collect::<Result<Vec<(_, ReceivedRow)>, _>>()?
        {
            if let Some(lane) = received.lane.take() {
                self.crypto.discard(tx, &lane.id())?;
            }
            received.lost = Some(Timestamp::ZERO);
            tx.put(&RECEIVED_LANES, &key, &received)?;
        }
        for mut group in self.groups(tx)? {
            group.unheard = group.roster.members().filter(|member| *member != self.member).collect();
            tx.put(&GROUPS, group.roster.conversation().as_bytes(), &group)?;
        }
        self.drop_key_packages(tx, |_| true)?;
        tx.remove_all(&RECEIVED_HASHES, Span::all())?;
        Ok(out)
    }

    /// Moves every queue as far as it may go: how somebody stands has changed, this device's own access, or what is
    /// known about revocations.
    pub fn settle(
        &mut self,
        tx: &mut WriteTx<'_>,
        around: &mut Surroundings<'_>,
    ) -> Result<Outcome, ConversationError> {
        let mut out = Outcome::default();
        for (conversation, row) in conversations(tx)? {
            let Some(circle) = self.circle_of(tx, conversation, &row)? else { continue };
            if row.peer.is_none() {
                self.review_owed(tx, around, conversation, &circle, &mut out)?;
            }
            self.pump(tx, around, conversation, &mut out)?;
        }
        self.take_up_pens(tx, around, &mut out)?;
        Ok(out)
    }

    /// Refuses messages that waited longer than messages are kept, and forgets ids that cannot come again. Once a day is enough.
    pub fn expire(
        &mut self,
        tx: &mut WriteTx<'_>,
        around: &Surroundings<'_>,
        retention_days: u32,
    ) -> Result<Outcome, ConversationError> {
        let mut out = Outcome::default();
        for (conversation, _) in conversations(tx)? {
            // What somebody in a group has not got stays sealed for them; their time is over as well.
            let old = |row: &OutboxRow| expired(row.written, around.now, retention_days);
            let due = |row: &Result<(u64, OutboxRow), VaultError>| row.as_ref().map_or(true, |(_, row)| old(row));
            let rows = outbox_of(tx, conversation).filter(due).take(EXPIRE_ROWS_MAX).collect::<Result<Vec<_>, _>>()?;
            for (order, row) in rows {
                let place = OutboxPlace { conversation, order };
                end(tx, place, &row, Happening::Refused(Refusal::Expired), &mut out)?;
            }
        }
        self.let_go_of_the_silent(tx, around, &mut out)?;
        self.forget_unfinished(tx, &mut out)?;
        self.drop_key_packages(tx, |row| around.now.since(row.made) >= KEY_PACKAGE_MS)?;
        let due = |row: &Result<(_, Timestamp), VaultError>| {
            row.as_ref().map_or(true, |(_, seen)| around.now.since(*seen) >= SEEN_MS)
        };
        let seen = tx.scan(&MESSAGES_SEEN, Span::all()).filter(due).take(EXPIRE_ROWS_MAX);
        for (key, _) in seen.collect::<Result<Vec<_>, _>>()? {
            tx.remove(&MESSAGES_SEEN, &key)?;
        }
        Ok(out)
    }

    fn drop_key_packages(
        &self,
        tx: &mut WriteTx<'_>,
        due: impl Fn(&KeyPackageRow) -> bool,
    ) -> Result<(), ConversationError> {
        let made = tx.scan(&KEY_PACKAGES, Span::all()).collect::<Result<Vec<_>, _>>()?;
        for (key, row) in made.into_iter().filter(|(_, row)| due(row)) {
            self.crypto.forget_key_package(tx, row.name)?;
            tx.remove(&KEY_PACKAGES, &key)?;
        }
        Ok(())
    }

    /// All undelivered messages, oldest first in each conversation, with why they wait.
    pub fn outbox(&self, tx: &impl Reading, around: &Surroundings<'_>) -> Result<Vec<OutboxEntry>, ConversationError> {
        let mut entries = Vec::new();
        for (conversation, row) in conversations(tx)? {
            let circle = self.circle_of(tx, conversation, &row)?;
            let step = circle.map_or(Step::Wait(Waiting::Roster), |circle| plan(self.situation(around, &circle, &row)));
            for pending in outbox_of(tx, conversation) {
                let (_, pending) = pending?;
                let waiting = match (pending.state, step) {
                    (MessageState::Queued, Step::Wait(waiting)) => Some(waiting),
                    // What was sealed before that was asked for waits for it as well.
                    (MessageState::Sent { .. }, Step::Wait(waiting @ Waiting::Verification)) => Some(waiting),
                    _ => None,
                };
                // Rows of before there were groups do not say it.
                let owed = if pending.owed.is_empty() { row.peer.into_iter().collect() } else { pending.owed };
                let (message, state) = (pending.message, pending.state);
                entries.push(OutboxEntry { conversation, owed, message, state, waiting });
            }
        }
        Ok(entries)
    }

    /// Everybody for whom something waits: a message, or what changed in a group.
    pub fn wanted(
        &self,
        tx: &impl Reading,
        around: &Surroundings<'_>,
    ) -> Result<BTreeSet<MemberId>, ConversationError> {
        let mut wanted: BTreeSet<MemberId> =
            self.outbox(tx, around)?.into_iter().flat_map(|entry| entry.owed).collect();
        for group in self.groups(tx)?.iter().filter(|group| group.frozen.is_none()) {
            wanted.extend(self.untold(group));
        }
        wanted.retain(|member| !matches!((around.standing)(member), Standing::Ended(_)));
        Ok(wanted)
    }
}

pub(super) fn conversations(tx: &impl Reading) -> Result<Vec<(ConversationId, ConversationRow)>, ConversationError> {
    let rows = tx.scan(&CONVERSATIONS, Span::all());
    let rows = rows.map(|row| row.map(|(id, row)| (ConversationId::from_bytes(id), row)));
    Ok(rows.collect::<Result<_, _>>()?)
}
