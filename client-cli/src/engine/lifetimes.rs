//! Messages that delete themselves, and those that are older than the policy keeps them: until when each is there, and that it is gone
//! then, from the bytes of the vault too. What the person saved is theirs. A message must never be there longer because a clock was
//! set back, because the program was ended in between, or because somebody else's clock is wrong: everybody counts by their own.

mod forgetting;
mod retention;
mod sight;

use std::collections::BTreeMap;

use protocol::ids::{ConversationId, MessageId};
use protocol::lane::HybridClock;
use protocol::limits::{CLOCK_SKEW_MS_MAX, MESSAGE_LIFETIME_S_MAX};
use protocol::message::MessageBody;
use protocol::policy::ReadReceipts;
use protocol::time::{DAY_MS, Timestamp};
use serde_json::{Value, json};

pub(super) use self::forgetting::{GoneFile, forget_file};
pub(super) use self::sight::Sight;
use super::groups::refused;
use super::port::{Fault, TimerWish};
use super::requests::Refused;
use super::{Engine, EngineError, UPKEEP_MS};
use crate::clock;
use crate::core::outbox::MessageState;
use crate::store::records::{Counted, MessagePlace, MessageRecord, Seen, TimerRow};
use crate::store::tables::{AHEAD, COUNTED, DUES, GROUPS, MESSAGES, TIMERS};
use crate::store::{Reading, Span, VaultError, WriteTx};

/// Messages deleted in one go; the rest follow at once.
const DELETIONS_MAX: usize = 1_024;
/// An author who never hears that a message was read counts from this long after it was delivered.
const UNREAD_MS: u64 = 7 * DAY_MS;
/// How often it is written down what the clock has shown, while something waits for its end.
const CLOCK_NOTED_EVERY_MS: u64 = 60_000;
/// How long the next attempt waits where a full disk forbids to delete.
const RETRY_MS: u64 = 5_000;
/// Less than this is no clock that was set back.
const CLOCK_STEP_MS: u64 = 1_000;

/// Until when messages are there, as far as the loop needs it.
#[derive(Debug, Default)]
pub(super) struct Lifetimes {
    /// When the next one is gone.
    next: Option<Timestamp>,
    /// The latest time that the clock has shown.
    latest: Timestamp,
    /// What is written down of that.
    counted: Counted,
    /// Ends that a full disk left no room for.
    unwritten: BTreeMap<MessageId, Timestamp>,
}

impl Lifetimes {
    pub(super) const fn deadline(&self) -> Option<Timestamp> {
        self.next
    }
}

/// By what the time of a message is counted.
#[derive(Debug, Clone, Copy)]
pub(super) struct Counting {
    now: Timestamp,
    /// The longest that the policy leaves.
    policy_s: Option<u32>,
    /// After its delivery, what nobody says they have read counts as read.
    unread_ms: u64,
}

impl Counting {
    /// A clock that is not ahead of what two clocks may be apart: nobody sets a timer for all time to come.
    pub(super) fn credible(self, clock: HybridClock) -> HybridClock {
        clock.min(HybridClock { ms: self.now.plus_ms(CLOCK_SKEW_MS_MAX).as_millis(), count: u32::MAX })
    }

    /// How long after its reading a message is there.
    fn lifetime_s(self, record: &MessageRecord) -> Option<u32> {
        match &record.body {
            MessageBody::Text { context, .. } | MessageBody::FileOffer { context, .. } => {
                stricter(context.lifetime_s, self.policy_s)
            }
            MessageBody::Later(_) => self.policy_s,
            MessageBody::FileWithdrawn { .. }
            | MessageBody::Edit { .. }
            | MessageBody::Delete { .. }
            | MessageBody::Reaction { .. }
            | MessageBody::Timer { .. }
            | MessageBody::RosterRequest { .. }
            | MessageBody::RosterChanged { .. } => None,
        }
    }

    /// When a message is gone that stands as this one does; `None` while its time has not begun.
    fn due(self, record: &MessageRecord) -> Option<Timestamp> {
        let wait_ms = match record.state {
            None if record.seen == Seen::Not => return None,
            None | Some(MessageState::Read | MessageState::Refused(_)) => 0,
            Some(MessageState::Delivered) => self.unread_ms,
            Some(MessageState::Queued | MessageState::Sent { .. }) => return None,
        };
        let lifetime_ms = u64::from(self.lifetime_s(record)?) * 1_000;
        Some(self.now.plus_ms(lifetime_ms + wait_ms))
    }
}

fn stricter(one: Option<u32>, other: Option<u32>) -> Option<u32> {
    one.into_iter().chain(other).min()
}

/// What a message says about its time, for callers.
pub(super) fn add_to(row: &mut Value, record: &MessageRecord) {
    if let MessageBody::Timer { seconds } = &record.body {
        row["timer"] = json!({"seconds": seconds});
    }
    if let Some(seconds) = record.body.context().and_then(|context| context.lifetime_s) {
        row["lifetime_s"] = seconds.into();
    }
}

/// A timer counts from its message on, if no newer one does.
pub(super) fn keep_timer(tx: &mut WriteTx<'_>, record: &MessageRecord, clock: HybridClock) -> Result<(), VaultError> {
    let MessageBody::Timer { seconds } = &record.body else { return Ok(()) };
    let row = TimerRow { seconds: *seconds, clock, message: record.message };
    let kept = tx.get(&TIMERS, record.conversation.as_bytes())?;
    match kept.filter(|kept| (kept.clock, kept.message) >= (row.clock, row.message)) {
        Some(_) => Ok(()),
        None => tx.put(&TIMERS, record.conversation.as_bytes(), &row),
    }
}

/// The time of a message begins, if it does: in the transaction that says that it was read. The earliest end of several counts.
pub(super) fn start(tx: &mut WriteTx<'_>, record: &MessageRecord, counting: Counting) -> Result<(), VaultError> {
    // Of a group nobody says that they have read.
    let is_group = tx.get(&GROUPS, record.conversation.as_bytes())?.is_some();
    let counting = if is_group { Counting { unread_ms: 0, ..counting } } else { counting };
    let Some(due) = counting.due(record) else { return Ok(()) };
    let place = MessagePlace { conversation: record.conversation, clock: record.clock };
    tx.put(&DUES, &(due.as_millis(), *record.message.as_bytes()), &place)
}

/// A message that says it was written later than it came: what is kept for a time is kept from its coming on. Nobody's wrong clock, nor
/// one that another pushed ahead, keeps a message for longer.
pub(super) fn note_ahead(tx: &mut WriteTx<'_>, record: &MessageRecord, came: Timestamp) -> Result<(), VaultError> {
    if record.clock.ms <= came.plus_ms(CLOCK_SKEW_MS_MAX).as_millis() {
        return Ok(());
    }
    let place = MessagePlace { conversation: record.conversation, clock: record.clock };
    tx.put(&AHEAD, &(came.as_millis(), *record.message.as_bytes()), &place)
}

/// Messages whose end has come, with the rows that say so.
fn ended(tx: &impl Reading, now: Timestamp) -> Result<Vec<(u64, MessageId, MessagePlace)>, VaultError> {
    let due = tx.scan(&DUES, Span::all()).take(DELETIONS_MAX);
    let due = due.take_while(|row| row.as_ref().map_or(true, |((at, _), _)| *at <= now.as_millis()));
    due.map(|row| row.map(|((at, message), place)| (at, MessageId::from_bytes(message), place))).collect()
}

/// The clock was set back: what is left of each message's time is what was left when it was last known.
fn bring_forward(tx: &mut WriteTx<'_>, by_ms: u64) -> Result<(), VaultError> {
    let dues = tx.scan(&DUES, Span::all()).collect::<Result<Vec<_>, _>>()?;
    for ((at, message), place) in dues {
        tx.remove(&DUES, &(at, message))?;
        tx.put(&DUES, &(at.saturating_sub(by_ms), message), &place)?;
    }
    Ok(())
}

impl Engine {
    pub(super) fn remember_lifetimes(&mut self) -> Result<(), EngineError> {
        let counted = self.vault.read(|tx| tx.get(&COUNTED, &()))?.unwrap_or_default();
        let latest = Timestamp::from_millis(counted.clock_ms);
        self.lifetimes = Lifetimes { latest, counted, ..Lifetimes::default() };
        self.heed_clock(clock::now())?;
        self.look_ahead()
    }

    /// By what the time of messages is counted now.
    pub(super) fn counting(&self, now: Timestamp) -> Counting {
        let policy = self.trust.policy();
        // Where nobody says so, nobody is waited for.
        let unread_ms = if policy.read_receipts() == ReadReceipts::Off { 0 } else { UNREAD_MS };
        Counting { now, policy_s: policy.ephemeral_s(), unread_ms }
    }

    /// How long a message is there that is written in this conversation now.
    pub(super) fn lifetime_in(&self, conversation: ConversationId) -> Result<Option<u32>, VaultError> {
        let policy = self.trust.policy();
        let timer = self.vault.read(|tx| tx.get(&TIMERS, conversation.as_bytes()))?;
        let timer = timer.filter(|_| policy.allows_timers()).and_then(|timer| timer.seconds);
        Ok(stricter(timer, policy.ephemeral_s()))
    }

    /// What is set with somebody; sets it first, if that is wished.
    pub(super) fn timer(&mut self, who: &str, wish: Option<TimerWish>) -> Result<Value, Refused> {
        let place = match wish {
            Some(_) => self.recipient(who)?,
            None => self.place(who)?,
        };
        let seconds = match wish {
            Some(TimerWish::Seconds(seconds)) if !self.trust.policy().allows_timers() => {
                return Err(Fault::with("policy-ephemeral-off", seconds).into());
            }
            Some(TimerWish::Seconds(seconds)) if !(1..=MESSAGE_LIFETIME_S_MAX).contains(&seconds) => {
                return Err(Fault::with("timer-range", MESSAGE_LIFETIME_S_MAX).into());
            }
            Some(TimerWish::Seconds(seconds)) => Some(seconds),
            Some(TimerWish::Off) | None => None,
        };
        if wish.is_some() {
            self.queue(place, MessageBody::Timer { seconds }, |_| Ok(())).map_err(refused)?;
        }
        let conversation = self.conversation_at(place);
        let timer = self.vault.read(|tx| tx.get(&TIMERS, conversation.as_bytes()))?;
        Ok(json!({
            "login": self.place_word(place),
            "seconds": timer.and_then(|timer| timer.seconds),
            "policy_seconds": self.trust.policy().ephemeral_s(),
            "in_force": self.lifetime_in(conversation)?,
        }))
    }

    /// Looks at the clock. One that was set back makes nothing live longer, and no upkeep wait for the time that it showed before.
    pub(super) fn heed_clock(&mut self, now: Timestamp) -> Result<(), EngineError> {
        self.upkeep_at = self.upkeep_at.min(now.plus_ms(UPKEEP_MS));
        let back_ms = self.lifetimes.latest.since(now);
        if back_ms >= CLOCK_STEP_MS {
            let counted = Counted { clock_ms: now.as_millis(), ..self.lifetimes.counted };
            self.vault.write(|tx| -> Result<(), VaultError> {
                bring_forward(tx, back_ms)?;
                tx.put(&COUNTED, &(), &counted)
            })?;
            (self.lifetimes.latest, self.lifetimes.counted) = (now, counted);
            self.lifetimes.unwritten.values_mut().for_each(|due| *due = due.minus_ms(back_ms));
            self.look_ahead()?;
        }
        self.lifetimes.latest = self.lifetimes.latest.max(now);
        Ok(())
    }

    /// What is due next, after something has changed.
    fn look_ahead(&mut self) -> Result<(), EngineError> {
        let first = self.vault.read(|tx| tx.scan(&DUES, Span::all()).next().transpose())?;
        self.lifetimes.next = first.map(|((at, _), _)| Timestamp::from_millis(at));
        Ok(())
    }

    pub(super) fn follow_dues(&mut self) -> Result<(), EngineError> {
        if self.vault.take_changes(&DUES)?.is_empty() {
            return Ok(());
        }
        self.look_ahead()?;
        self.note_clock(clock::now())
    }

    /// Writes down what the clock shows, so that it is known after a restart that it was set back.
    fn note_clock(&mut self, now: Timestamp) -> Result<(), EngineError> {
        let noted = Timestamp::from_millis(self.lifetimes.counted.clock_ms);
        if self.lifetimes.next.is_some() && now.since(noted) >= CLOCK_NOTED_EVERY_MS {
            let counted = Counted { clock_ms: now.as_millis(), ..self.lifetimes.counted };
            match self.vault.write(|tx| tx.put(&COUNTED, &(), &counted)) {
                Ok(()) => self.lifetimes.counted = counted,
                // Noted once there is room.
                Err(VaultError::DiskFull) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(())
    }

    /// Deletes what has reached its end, and makes it unreadable at once.
    pub(super) fn keep_lifetimes(&mut self, now: Timestamp) -> Result<(), EngineError> {
        if self.lifetimes.next.is_none_or(|next| next > now) {
            return Ok(());
        }
        self.lifetimes.next = Some(now.plus_ms(RETRY_MS));
        self.take_out(|tx| {
            let mut records = Vec::new();
            for (at, message, place) in ended(tx, now)? {
                tx.remove(&DUES, &(at, *message.as_bytes()))?;
                records.extend(tx.get(&MESSAGES, &place.key(message))?);
            }
            Ok(records)
        })?;
        self.look_ahead()?;
        self.note_clock(now)?;
        self.sweep_index()?;
        self.vault.shred()?;
        Ok(())
    }
}

#[cfg(test)]
mod tests;
