//! What edits, deletions and reactions make of a message, pure. The same acts in any order must lead to the same message: each part is
//! a register whose last writer wins, by (clock, message id), and a deletion is for good. Nobody's act may touch what is another's.

use minicbor::{Decode, Encode};
use protocol::ids::{MemberId, MessageId};
use protocol::lane::HybridClock;
use protocol::message::{self, MessageBody};
use protocol::secret::Personal;

/// Acts of one author in one conversation that wait for the messages they are about; one more is let go.
pub const WAITING_ACTS_MAX: usize = 256;

/// When an act was done, and which of two at the same moment counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Encode, Decode)]
#[cbor(map)]
pub struct Stamp {
    /// As its author's device wrote it.
    #[n(0)]
    pub clock: HybridClock,
    /// Its own id.
    #[n(1)]
    pub act: MessageId,
}

/// Something done to a message.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Act {
    /// By whom.
    #[n(0)]
    pub author: MemberId,
    /// When.
    #[n(1)]
    pub stamp: Stamp,
    /// What: an edit, a deletion or a reaction, with its target; anything else does nothing.
    #[cbor(n(2), with = "message::wire")]
    pub body: MessageBody,
}

/// What was done to a message so far.
#[derive(Debug, Clone, PartialEq, Eq, Default, Encode, Decode)]
#[cbor(map)]
pub struct Marks {
    /// The edit whose text it has.
    #[n(0)]
    pub edited: Option<Stamp>,
    /// One for each member who ever reacted, by member.
    #[n(1)]
    reactions: Vec<Reaction>,
}

/// What a member thinks of a message.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Reaction {
    /// Who.
    #[n(0)]
    pub member: MemberId,
    /// Nothing, once it was taken back: an older one that comes late must not come through.
    #[n(1)]
    emoji: Option<Personal<String>>,
    /// Since when.
    #[n(2)]
    stamp: Stamp,
}

impl Marks {
    /// Who reacted, and how.
    pub fn reactions(&self) -> impl Iterator<Item = (MemberId, &Personal<String>)> {
        self.reactions.iter().filter_map(|reaction| Some((reaction.member, reaction.emoji.as_ref()?)))
    }
}

/// A message that acts are about, as it is kept.
#[derive(Debug)]
pub struct Target<'a> {
    /// Which.
    pub message: MessageId,
    /// Who wrote it.
    pub author: MemberId,
    /// When.
    pub clock: HybridClock,
    /// What it says; for a deleted one its own deletion, and nothing else.
    pub body: &'a mut MessageBody,
    /// What was done to it.
    pub marks: &'a mut Marks,
}

/// What an act changed, for whoever watches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// Nothing: it is not the author's, too late, older than what is there, or the message is gone.
    Nothing,
    /// The text.
    Edited,
    /// Everything.
    Deleted,
    /// The author's reaction.
    Reacted,
}

/// The message that a body is about, if it is an act.
pub const fn target_of(body: &MessageBody) -> Option<MessageId> {
    match body {
        MessageBody::Edit { message, .. } | MessageBody::Delete { message } | MessageBody::Reaction { message, .. } => {
            Some(*message)
        }
        MessageBody::Text { .. }
        | MessageBody::FileOffer { .. }
        | MessageBody::FileWithdrawn { .. }
        | MessageBody::Timer { .. }
        | MessageBody::RosterRequest { .. }
        | MessageBody::RosterChanged { .. }
        | MessageBody::Later(_) => None,
    }
}

/// Whether a kept message was deleted.
pub const fn is_deleted(body: &MessageBody) -> bool {
    matches!(body, MessageBody::Delete { .. })
}

/// Whether a text of then may be edited now, by the author's clock alone: every device judges alike.
pub fn may_edit(written: HybridClock, edited: HybridClock, window_ms: u64) -> bool {
    window_ms > 0 && edited.ms <= written.ms.saturating_add(window_ms)
}

/// Does an act to its target; `window_ms` is how long after it was written a text may be edited.
pub fn apply(target: &mut Target<'_>, act: &Act, window_ms: u64) -> Change {
    let is_said = matches!(
        target.body,
        MessageBody::Text { .. } | MessageBody::FileOffer { .. } | MessageBody::Timer { .. } | MessageBody::Later(_)
    );
    if target_of(&act.body) != Some(target.message) || !is_said {
        return Change::Nothing;
    }
    match &act.body {
        MessageBody::Delete { message } if act.author == target.author => {
            *target.body = MessageBody::Delete { message: *message };
            *target.marks = Marks::default();
            Change::Deleted
        }
        MessageBody::Edit { text, mentions, .. } if act.author == target.author => {
            let is_newer = target.marks.edited.is_none_or(|edited| edited < act.stamp);
            if !is_newer || !may_edit(target.clock, act.stamp.clock, window_ms) {
                return Change::Nothing;
            }
            let MessageBody::Text { text: kept, context } = &mut *target.body else { return Change::Nothing };
            kept.clone_from(text);
            context.mentions.clone_from(mentions);
            target.marks.edited = Some(act.stamp);
            Change::Edited
        }
        MessageBody::Reaction { emoji, .. } => react(target.marks, act, emoji.as_ref()),
        MessageBody::Delete { .. }
        | MessageBody::Edit { .. }
        | MessageBody::Text { .. }
        | MessageBody::FileOffer { .. }
        | MessageBody::FileWithdrawn { .. }
        | MessageBody::Timer { .. }
        | MessageBody::RosterRequest { .. }
        | MessageBody::RosterChanged { .. }
        | MessageBody::Later(_) => Change::Nothing,
    }
}

fn react(marks: &mut Marks, act: &Act, emoji: Option<&Personal<String>>) -> Change {
    let reaction = Reaction { member: act.author, emoji: emoji.cloned(), stamp: act.stamp };
    match marks.reactions.binary_search_by_key(&act.author, |reaction| reaction.member) {
        Ok(at) => match marks.reactions.get_mut(at) {
            Some(kept) if kept.stamp < act.stamp => *kept = reaction,
            Some(_) | None => return Change::Nothing,
        },
        Err(at) => marks.reactions.insert(at, reaction),
    }
    Change::Reacted
}

/// Whether an act that waits says nothing any more once `later` waits as well: what is deleted needs no text.
pub fn is_void(waiting: &Act, later: &Act) -> bool {
    let same = waiting.author == later.author && target_of(&waiting.body) == target_of(&later.body);
    same && matches!((&waiting.body, &later.body), (MessageBody::Edit { .. }, MessageBody::Delete { .. }))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const WRITTEN: HybridClock = HybridClock { ms: 1_000, count: 0 };
    const WINDOW_MS: u64 = 500;
    const MESSAGE: MessageId = MessageId::from_bytes([9; 16]);

    fn member(byte: u8) -> MemberId {
        MemberId::from_bytes([byte; 16])
    }

    fn acts() -> impl Strategy<Value = Vec<Act>> {
        let body = prop_oneof![
            4 => "[a-z]{1,3}".prop_map(|text| MessageBody::Edit { message: MESSAGE, text: text.into(), mentions: vec![] }),
            1 => Just(MessageBody::Delete { message: MESSAGE }),
            4 => proptest::option::of("[👍❤😂]").prop_map(|emoji| MessageBody::Reaction {
                message: MESSAGE,
                emoji: emoji.map(Personal::new),
            }),
            1 => Just(MessageBody::Delete { message: MessageId::from_bytes([8; 16]) }),
        ];
        let act = (1_u8..4, 900_u64..1_600, 0_u32..2, body);
        prop::collection::vec(act, 0..12).prop_map(|acts| {
            let one = |(at, (author, ms, count, body)): (usize, (u8, u64, u32, MessageBody))| Act {
                author: member(author),
                stamp: Stamp {
                    clock: HybridClock { ms, count },
                    act: MessageId::from_bytes([u8::try_from(at).unwrap_or_default(); 16]),
                },
                body,
            };
            acts.into_iter().enumerate().map(one).collect()
        })
    }

    fn after<'a>(acts: impl IntoIterator<Item = &'a Act>) -> (MessageBody, Marks) {
        let (mut body, mut marks) = (MessageBody::text("first".into()), Marks::default());
        for act in acts {
            let (author, clock) = (member(1), WRITTEN);
            apply(&mut Target { message: MESSAGE, author, clock, body: &mut body, marks: &mut marks }, act, WINDOW_MS);
        }
        (body, marks)
    }

    proptest! {
        #[test]
        fn any_order_of_the_same_acts_leads_to_the_same_message((acts, mixed) in acts().prop_flat_map(|acts| {
            (Just(acts.clone()), Just(acts).prop_shuffle())
        })) {
            prop_assert_eq!(after(&acts), after(mixed.iter().chain(&mixed)));
        }

        #[test]
        fn nobody_edits_or_deletes_what_another_wrote(mut acts in acts()) {
            for act in &mut acts {
                act.author = member(2);
            }
            let (body, marks) = after(&acts);
            prop_assert_eq!((body, marks.edited), (MessageBody::text("first".into()), None));
        }

        #[test]
        fn a_deleted_message_stays_deleted(before in acts(), later in acts()) {
            let stamp = Stamp { clock: WRITTEN, act: MESSAGE };
            let deletion = Act { author: member(1), stamp, body: MessageBody::Delete { message: MESSAGE } };
            let all = before.iter().chain([&deletion]).chain(&later);
            prop_assert_eq!(after(all), (MessageBody::Delete { message: MESSAGE }, Marks::default()));
        }
    }

    #[test]
    fn an_edit_after_the_window_and_one_where_there_is_none_change_nothing() {
        let at = |ms| HybridClock { ms, count: 0 };
        assert!(may_edit(WRITTEN, at(1_500), WINDOW_MS) && !may_edit(WRITTEN, at(1_501), WINDOW_MS));
        assert!(!may_edit(WRITTEN, WRITTEN, 0));
        assert!(may_edit(WRITTEN, at(999), WINDOW_MS), "a second device's clock may be behind");
    }

    #[test]
    fn a_reaction_that_was_taken_back_does_not_come_through_late() {
        let react = |ms, emoji: Option<&str>| Act {
            author: member(2),
            stamp: Stamp { clock: HybridClock { ms, count: 0 }, act: MESSAGE },
            body: MessageBody::Reaction { message: MESSAGE, emoji: emoji.map(Personal::from) },
        };
        let (_, marks) = after(&[react(3, None), react(1, Some("👍"))]);
        assert_eq!(marks.reactions().count(), 0);
        let (_, marks) = after(&[react(1, Some("👍")), react(4, Some("❤"))]);
        assert_eq!(
            marks.reactions().map(|(who, emoji)| (who, emoji.expose().as_str())).collect::<Vec<_>>(),
            [(member(2), "❤")]
        );
    }
}
