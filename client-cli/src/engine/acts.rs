//! Edits, deletions and reactions in the vault, ours and theirs: what `core::acts` decides, in the transaction that brought the act. One
//! that comes before its message waits for it; one whose message is gone does nothing. What is deleted leaves no words behind.

use protocol::ids::{ConversationId, DeviceId, MemberId, MessageId};
use protocol::link::FileRefusal;
use protocol::message::MessageBody;
use protocol::time::Timestamp;
use serde_json::json;

use super::lifetimes::{GoneFile, forget_file};
use super::messages::record;
use super::{Engine, EngineError};
use crate::conversation::Received;
use crate::core::acts::{self, Act, Change, Stamp, Target, WAITING_ACTS_MAX};
use crate::core::authorship;
use crate::files::records::FetchState;
use crate::store::records::{MessageRecord, WaitingAct};
use crate::store::tables::{MESSAGES, MESSAGES_SEEN, WAITING_ACTS};
use crate::store::{Reading as _, Span, VaultError, WriteTx};

/// Acts that wait longer are about nothing that could still come: as long as ids of messages are kept.
const WAITING_MS: u64 = 90 * protocol::time::DAY_MS;

/// By what acts are judged now.
#[derive(Debug, Clone, Copy)]
pub(super) struct Terms {
    /// This device: nothing waits for a message that it wrote itself.
    pub device: DeviceId,
    /// How long after it was written a text may be edited.
    pub window_ms: u64,
    /// The time.
    pub now: Timestamp,
}

/// An act that changed something.
pub(super) struct Done {
    /// To which message.
    message: MessageId,
    /// By whom.
    by: MemberId,
    /// What.
    change: Change,
    /// The file that went with it.
    file: Option<GoneFile>,
}

impl Done {
    /// A text was edited in its place, before it left.
    pub(super) const fn edited(message: MessageId, by: MemberId) -> Self {
        Self { message, by, change: Change::Edited, file: None }
    }
}

/// Does an act that came in a message; one about a message that is not here yet waits.
pub(super) fn take(tx: &mut WriteTx<'_>, received: &Received, terms: Terms) -> Result<Option<Done>, VaultError> {
    let Some(target) = acts::target_of(&received.body) else { return Ok(None) };
    let stamp = Stamp { clock: received.clock, act: received.message };
    let act = Act { author: received.author, stamp, body: received.body.clone() };
    match record(tx, target)? {
        Some(mut kept) if kept.conversation == received.conversation => change(tx, &mut kept, &act, terms),
        Some(_) => Ok(None),
        None => {
            wait(tx, received.conversation, target, act, terms)?;
            Ok(None)
        }
    }
}

/// Does an act to a kept message.
pub(super) fn change(
    tx: &mut WriteTx<'_>,
    kept: &mut MessageRecord,
    act: &Act,
    terms: Terms,
) -> Result<Option<Done>, VaultError> {
    let before = kept.body.clone();
    let mut target = Target {
        message: kept.message,
        author: kept.author,
        clock: kept.clock,
        body: &mut kept.body,
        marks: &mut kept.marks,
    };
    let change = acts::apply(&mut target, act, terms.window_ms);
    if change == Change::Nothing {
        return Ok(None);
    }
    tx.put(&MESSAGES, &kept.key(), kept)?;
    let file = match (&before, change) {
        (MessageBody::FileOffer { offer, .. }, Change::Deleted) => {
            let end = FetchState::Refused(FileRefusal::Withdrawn);
            forget_file(tx, kept.conversation, offer, end)?
        }
        _ => None,
    };
    Ok(Some(Done { message: kept.message, by: act.author, change, file }))
}

fn wait(
    tx: &mut WriteTx<'_>,
    conversation: ConversationId,
    target: MessageId,
    act: Act,
    terms: Terms,
) -> Result<(), VaultError> {
    let group = *conversation.as_bytes();
    // It was here, and is gone.
    if authorship::is_by(&target, &terms.device) || tx.get(&MESSAGES_SEEN, &(group, *target.as_bytes()))?.is_some() {
        return Ok(());
    }
    let waiting = tx.scan(&WAITING_ACTS, Span::under(&group)).collect::<Result<Vec<_>, _>>()?;
    for (key, _) in waiting.iter().filter(|(_, waiting)| acts::is_void(&waiting.act, &act)) {
        tx.remove(&WAITING_ACTS, key)?;
    }
    let is_void = waiting.iter().any(|(_, waiting)| acts::is_void(&act, &waiting.act));
    let of_author = waiting.iter().filter(|(_, waiting)| waiting.act.author == act.author).count();
    if is_void || of_author >= WAITING_ACTS_MAX {
        return Ok(());
    }
    let key = (group, *target.as_bytes(), *act.stamp.act.as_bytes());
    tx.put(&WAITING_ACTS, &key, &WaitingAct { act, since: terms.now })
}

/// A message came: what waited for it is done, and nobody is told of what it was before.
pub(super) fn settle(tx: &mut WriteTx<'_>, kept: &mut MessageRecord, terms: Terms) -> Result<(), VaultError> {
    let span = Span::under(&(*kept.conversation.as_bytes(), *kept.message.as_bytes()));
    let waiting = tx.scan(&WAITING_ACTS, span).collect::<Result<Vec<_>, _>>()?;
    for (key, waiting) in waiting {
        tx.remove(&WAITING_ACTS, &key)?;
        change(tx, kept, &waiting.act, terms)?;
    }
    Ok(())
}

impl Engine {
    /// By what acts are judged now.
    pub(super) fn terms(&self) -> Terms {
        let window_ms = self.trust.policy().edit_window_ms();
        Terms { device: self.me.device, window_ms, now: crate::clock::now() }
    }

    /// Lets go of acts that waited too long, or longer than messages are kept.
    pub(super) fn expire_acts(&self, now: Timestamp, retention_ms: Option<u64>) -> Result<(), EngineError> {
        let limit_ms = retention_ms.unwrap_or(WAITING_MS).min(WAITING_MS);
        let waiting = self.vault.read(|tx| tx.scan(&WAITING_ACTS, Span::all()).collect::<Result<Vec<_>, _>>())?;
        let late: Vec<_> = waiting.into_iter().filter(|(_, waiting)| now.since(waiting.since) >= limit_ms).collect();
        if late.is_empty() {
            return Ok(());
        }
        Ok(self.vault.write(|tx| late.iter().try_for_each(|(key, _)| tx.remove(&WAITING_ACTS, key)))?)
    }

    /// Says what was done, and ends what it left behind.
    pub(super) fn show_done(&mut self, done: Done) -> Result<(), EngineError> {
        let Done { message, by, change, file } = done;
        if let Some(file) = file {
            self.let_go_of_file(file);
        }
        let Some(kept) = self.record_in_sight(message)? else { return Ok(()) };
        let mut event = json!({"message_id": message, "from": self.login_of(by)});
        match change {
            Change::Nothing => return Ok(()),
            Change::Edited => {
                event["event"] = "edited".into();
                self.add_words(&mut event, &kept);
            }
            Change::Deleted => event["event"] = "deleted".into(),
            Change::Reacted => {
                event["event"] = "reaction".into();
                let mut reactions = kept.marks.reactions();
                event["emoji"] = reactions.find(|(who, _)| *who == by).map(|(_, emoji)| emoji.expose().as_str()).into();
            }
        }
        self.emit(event);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use protocol::ids::DeviceId;
    use protocol::lane::HybridClock;
    use protocol::message::Context;

    use super::*;
    use crate::engine::lifetimes::Counting;
    use crate::engine::messages::keep_received;
    use crate::store::Vault;

    const ADA: MemberId = MemberId::from_bytes([1; 16]);
    const GRACE: MemberId = MemberId::from_bytes([2; 16]);

    fn id(byte: u8) -> MessageId {
        MessageId::from_bytes([byte; 16])
    }

    fn said(number: u8, author: MemberId, ms: u64, body: MessageBody) -> Received {
        Received {
            conversation: ConversationId::from_bytes([3; 16]),
            author,
            device: DeviceId::from_bytes([4; 16]),
            message: id(number),
            clock: HybridClock { ms, count: 0 },
            heads: Vec::new(),
            body,
        }
    }

    fn terms() -> Terms {
        Terms { device: DeviceId::from_bytes([9; 16]), window_ms: 1_000, now: Timestamp::from_millis(5_000) }
    }

    /// What is kept, shown and waiting after these came in this order, each once.
    fn after(all: &[Received]) -> (Vec<(MessageId, String)>, usize) {
        let vault = Vault::ephemeral().unwrap();
        for received in all {
            let take = |tx: &mut WriteTx<'_>| -> Result<(), VaultError> {
                let seen = (*received.conversation.as_bytes(), *received.message.as_bytes());
                tx.put(&MESSAGES_SEEN, &seen, &terms().now)?;
                match acts::target_of(&received.body) {
                    Some(_) => take(tx, received, terms()).map(drop),
                    None => keep_received(tx, received, terms(), Counting::at(terms().now)),
                }
            };
            vault.write(take).unwrap();
        }
        let read = vault.read(|tx| -> Result<_, VaultError> {
            let records = tx.scan(&MESSAGES, Span::all()).collect::<Result<Vec<_>, _>>()?;
            let shown = records.into_iter().map(|(_, kept)| {
                let text = match &kept.body {
                    MessageBody::Text { text, .. } => text.expose().clone(),
                    other => format!("{other:?}"),
                };
                let reactions = kept.marks.reactions().map(|(who, emoji)| format!("{who}{}", emoji.expose()));
                (kept.message, format!("{text} {:?} {:?}", kept.marks.edited, reactions.collect::<Vec<_>>()))
            });
            Ok((shown.collect(), tx.scan(&WAITING_ACTS, Span::all()).count()))
        });
        read.unwrap()
    }

    fn everything() -> impl Strategy<Value = Vec<Received>> {
        let author = prop_oneof![Just(ADA), Just(GRACE)];
        let body = (0_u8..4, 0_u8..4).prop_map(|(kind, target)| match kind {
            0 => MessageBody::Delete { message: id(target) },
            1 => MessageBody::Reaction { message: id(target), emoji: Some("👍".into()) },
            2 => MessageBody::Reaction { message: id(target), emoji: None },
            _ => MessageBody::Edit { message: id(target), text: "edited".into(), mentions: Vec::new() },
        });
        let acts = prop::collection::vec((author, 1_000_u64..2_500, body), 0..10);
        acts.prop_map(|acts| {
            let messages = (0_u8..3).map(|n| {
                let author = if n == 1 { GRACE } else { ADA };
                said(n, author, 1_000 + u64::from(n), MessageBody::text(format!("text {n}").into()))
            });
            let acts =
                acts.into_iter().zip(100_u8..).map(|((author, ms, body), number)| said(number, author, ms, body));
            messages.chain(acts).collect()
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(48))]
        #[test]
        fn any_order_of_arrival_shows_the_same((all, mixed) in everything().prop_flat_map(|all| {
            let places: Vec<usize> = (0..all.len()).collect();
            (Just(all), Just(places).prop_shuffle())
        })) {
            let again: Vec<Received> = mixed.iter().filter_map(|at| all.get(*at)).map(|one| {
                said(one.message.as_bytes()[0], one.author, one.clock.ms, one.body.clone())
            }).collect();
            prop_assert_eq!(after(&all).0, after(&again).0);
        }
    }

    #[test]
    fn a_deletion_that_comes_first_lets_no_word_through() {
        let edit = MessageBody::Edit { message: id(1), text: "second".into(), mentions: Vec::new() };
        let all = [
            said(101, ADA, 1_500, edit),
            said(102, ADA, 1_600, MessageBody::Delete { message: id(1) }),
            said(1, ADA, 1_000, MessageBody::Text { text: "first".into(), context: Context::default() }),
        ];
        let (shown, waiting) = after(&all[..2]);
        assert_eq!((shown.len(), waiting), (0, 1), "the edit's words do not wait for a message that will be deleted");
        let (shown, waiting) = after(&all);
        assert!(shown.iter().all(|(_, text)| !text.contains("first") && !text.contains("second")), "{shown:?}");
        assert_eq!(waiting, 0);
    }

    #[test]
    fn nothing_waits_for_a_message_of_ours_that_is_gone() {
        let mut rng = rand_core::OsRng;
        let [ours, theirs] = [terms().device, DeviceId::from_bytes([8; 16])].map(|by| authorship::draw(&by, &mut rng));
        let react =
            |number, message| said(number, GRACE, 1_500, MessageBody::Reaction { message, emoji: Some("👍".into()) });
        assert_eq!(after(&[react(100, ours)]).1, 0);
        assert_eq!(after(&[react(100, theirs)]).1, 1, "that one may still come");
    }

    #[test]
    fn acts_on_what_is_not_there_are_bounded() {
        let react = |n: u16| {
            let mut target = [0; 16];
            target[..2].copy_from_slice(&n.to_be_bytes());
            target[15] = 1;
            let body = MessageBody::Reaction { message: MessageId::from_bytes(target), emoji: Some("👍".into()) };
            let mut act = said(0, ADA, 1_000, body);
            target[15] = 2;
            act.message = MessageId::from_bytes(target);
            act
        };
        let all: Vec<_> = (0..300).map(react).collect();
        assert_eq!(after(&all).1, WAITING_ACTS_MAX);
    }
}
