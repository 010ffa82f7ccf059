//! What changed in a group, as rows of its history. A row must never stand where whoever signed the change would like it, but where it came.

use protocol::ids::{Hash32, MessageId};
use protocol::lane::HybridClock;
use protocol::message::MessageBody;
use protocol::time::{DAY_MS, Timestamp};

use crate::conversation::RosterChanged;
use crate::core::acts::Marks;
use crate::store::records::{MessagePlace, MessageRecord, Seen};
use crate::store::tables::{MESSAGE_PLACES, MESSAGES};
use crate::store::{Reading as _, VaultError, WriteTx};

/// What came longer after it was signed than this is shown as of now: nobody hides a change in the past.
const NEWS_MS: u64 = 90 * DAY_MS;

/// The row that shows what an operation changed, at the time it was signed: never before the one that it follows, nor in the future.
pub(super) fn keep_change(tx: &mut WriteTx<'_>, now: Timestamp, changed: &RosterChanged) -> Result<(), VaultError> {
    let operation = &changed.operation;
    let (message, conversation) = (shown_as(changed.hash), operation.conversation);
    let previous = tx.get(&MESSAGE_PLACES, shown_as(operation.previous).as_bytes())?.map(|place| place.clock);
    let floor = previous.map_or(now.minus_ms(NEWS_MS).as_millis(), |previous| previous.ms);
    let signed = operation.time.min(now).as_millis();
    let clock = match previous {
        _ if signed > floor => HybridClock { ms: signed, count: 0 },
        Some(previous) => HybridClock { count: previous.count.saturating_add(1), ..previous },
        None => HybridClock { ms: now.as_millis(), count: 0 },
    };
    let body = MessageBody::RosterChanged { change: operation.change.clone() };
    let author = operation.by;
    let (state, seen, marks) = (None, Seen::Here, Marks::default());
    let record = MessageRecord { message, conversation, author, clock, body, state, seen, marks };
    tx.put(&MESSAGES, &record.key(), &record)?;
    tx.put(&MESSAGE_PLACES, message.as_bytes(), &MessagePlace { conversation, clock })
}

/// The id of an operation's row, by the hash of the operation.
fn shown_as(hash: Hash32) -> MessageId {
    let [id @ .., _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _] = *hash.as_bytes();
    MessageId::from_bytes(id)
}

#[cfg(test)]
mod tests {
    use protocol::ids::{ConversationId, MemberId};
    use protocol::roster::{Roster, RosterChange, RosterOperation};

    use super::*;
    use crate::store::Vault;

    fn shown(vault: &Vault, number: u8, time: u64, now: u64) -> HybridClock {
        let previous = number.checked_sub(1).map_or(Roster::NO_PREVIOUS, |earlier| Hash32::from_bytes([earlier; 32]));
        let operation = RosterOperation {
            conversation: ConversationId::from_bytes([1; 16]),
            number: number.into(),
            previous,
            time: Timestamp::from_millis(time),
            by: MemberId::from_bytes([2; 16]),
            change: RosterChange::Rename { name: "Rounds".into() },
        };
        let hash = Hash32::from_bytes([number; 32]);
        vault.write(|tx| keep_change(tx, Timestamp::from_millis(now), &RosterChanged { hash, operation })).unwrap();
        let place = vault.read(|tx| tx.get(&MESSAGE_PLACES, shown_as(hash).as_bytes())).unwrap();
        place.unwrap().clock
    }

    #[test]
    fn a_change_is_shown_after_the_one_that_it_follows_whatever_time_it_names() {
        let (vault, now) = (Vault::ephemeral().unwrap(), 1_800_000_000_000);
        assert_eq!(shown(&vault, 0, 0, now), HybridClock { ms: now, count: 0 }, "not in 1970");
        assert_eq!(shown(&vault, 1, 0, now + 5), HybridClock { ms: now, count: 1 });
        assert_eq!(shown(&vault, 2, now + 7, now + 9), HybridClock { ms: now + 7, count: 0 });
        assert_eq!(shown(&vault, 3, u64::MAX, now + 9), HybridClock { ms: now + 9, count: 0 }, "nor in the future");
    }
}
