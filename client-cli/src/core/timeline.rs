//! The order in which a conversation is shown: a hybrid logical clock (Kulkarni et al., 2014) and the heads that make it causal.
//! Display order is (clock, message id). It must never decide delivery, and never let a peer's clock run ours away.

use minicbor::{Decode, Encode};
use protocol::ids::MessageId;
use protocol::lane::HybridClock;
use protocol::limits::{CLOCK_SKEW_MS_MAX, HEADS_MAX};
use protocol::time::Timestamp;

/// One device's hybrid logical clock in one conversation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Encode, Decode)]
#[cbor(transparent)]
pub struct ConversationClock(#[n(0)] HybridClock);

impl ConversationClock {
    /// The time of a message written now: later than every time ticked or observed before.
    pub fn tick(&mut self, now: Timestamp) -> HybridClock {
        self.0 =
            if now.as_millis() > self.0.ms { HybridClock { ms: now.as_millis(), count: 0 } } else { successor(self.0) };
        self.0
    }

    /// Takes note of a received message's time, so that an answer sorts after it. A time further ahead than two clocks may be
    /// apart is not followed: its message sorts late, ours do not.
    pub fn observe(&mut self, now: Timestamp, seen: HybridClock) {
        if seen.ms <= now.plus_ms(CLOCK_SKEW_MS_MAX).as_millis() {
            self.0 = self.0.max(seen);
        }
    }
}

fn successor(time: HybridClock) -> HybridClock {
    match time.count.checked_add(1) {
        Some(count) => HybridClock { ms: time.ms, count },
        None => HybridClock { ms: time.ms.saturating_add(1), count: 0 },
    }
}

/// The messages of a conversation that no other known message names: the causes of the next one.
#[derive(Debug, Clone, PartialEq, Eq, Default, Encode, Decode)]
#[cbor(transparent)]
pub struct Heads(#[n(0)] Vec<MessageId>);

impl Heads {
    /// The ids, oldest first, at most [`HEADS_MAX`].
    pub fn ids(&self) -> &[MessageId] {
        &self.0
    }

    /// Takes note of a message and of the causes it names; past the cap the oldest head is let go.
    pub fn add(&mut self, message: MessageId, causes: &[MessageId]) {
        self.0.retain(|head| *head != message && !causes.contains(head));
        self.0.push(message);
        let surplus = self.0.len().saturating_sub(HEADS_MAX);
        self.0.drain(..surplus);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn id(byte: u8) -> MessageId {
        MessageId::from_bytes([byte; 16])
    }

    proptest! {
        #[test]
        fn a_tick_is_later_than_all_before_however_the_wall_clock_jumps(steps in prop::collection::vec((0_u64..10_000, any::<Option<u8>>()), 1..60)) {
            let mut clock = ConversationClock::default();
            let mut last = HybridClock::default();
            for (wall, remote) in steps {
                let now = Timestamp::from_millis(wall);
                if let Some(count) = remote {
                    let seen = HybridClock { ms: wall + u64::from(count), count: u32::from(count) };
                    clock.observe(now, seen);
                    last = last.max(seen);
                }
                let ticked = clock.tick(now);
                prop_assert!(ticked > last);
                last = ticked;
            }
        }
    }

    #[test]
    fn a_clock_from_the_far_future_is_not_followed() {
        let now = Timestamp::from_millis(1_000);
        let mut clock = ConversationClock::default();
        clock.observe(now, HybridClock { ms: 1_001 + CLOCK_SKEW_MS_MAX, count: 0 });
        assert_eq!(clock.tick(now).ms, 1_000);
    }

    #[test]
    fn a_message_replaces_the_heads_it_names_and_the_cap_holds() {
        let mut heads = Heads::default();
        for byte in 0..20 {
            heads.add(id(byte), &[]);
        }
        assert_eq!(heads.ids().len(), HEADS_MAX);
        let causes = heads.ids().to_vec();
        heads.add(id(99), &causes);
        assert_eq!(heads.ids(), [id(99)]);
    }
}
