//! Messages of ours whose words change before they are delivered: whatever of them has not left this device never will.

use minicbor::{Decode, Encode};
use protocol::ids::{ConversationId, MessageId};
use protocol::message::MessageBody;

use super::sending::{end, outbox_of, pending};
use super::{ConversationError, Conversations, OutboxPlace, OutboxRow, Outcome};
use crate::core::outbox::{Happening, MessageState, Refusal};
use crate::crypto::lane::LaneCrypto;
use crate::store::WriteTx;
use crate::store::tables::OUTBOX;

/// Who may have a message of ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Encode, Decode)]
#[cbor(index_only)]
pub enum Reach {
    /// Nobody: it was never sealed.
    #[n(0)]
    Here,
    /// Perhaps somebody: it was sealed at least once. What was queued by a version that did not say is taken for such.
    #[default]
    #[n(1)]
    Elsewhere,
}

impl OutboxRow {
    fn reach(&self) -> Reach {
        if self.state == MessageState::Queued { self.left } else { Reach::Elsewhere }
    }
}

impl<C: LaneCrypto> Conversations<C> {
    /// Other words in the place of a message's: they are what goes, if it goes or goes again.
    pub fn amend(
        &mut self,
        tx: &mut WriteTx<'_>,
        message: MessageId,
        body: &MessageBody,
    ) -> Result<Reach, ConversationError> {
        let Some((place, mut row)) = pending(tx, message)? else { return Ok(Reach::Elsewhere) };
        row.body = body.clone();
        tx.put(&OUTBOX, &(*place.conversation.as_bytes(), place.order), &row)?;
        Ok(row.reach())
    }

    /// Edits of a message that were not delivered say nothing any more: another one follows, or its deletion.
    pub fn drop_edits(
        &mut self,
        tx: &mut WriteTx<'_>,
        conversation: ConversationId,
        message: MessageId,
    ) -> Result<Outcome, ConversationError> {
        let edits = |body: &MessageBody| matches!(body, MessageBody::Edit { message: of, .. } if *of == message);
        drop_acts(tx, conversation, edits)
    }

    /// A message is gone: neither its later words nor what our person thought of it wait any longer. Its deletion does: the other side may
    /// still have it.
    pub fn drop_words_about(
        &mut self,
        tx: &mut WriteTx<'_>,
        conversation: ConversationId,
        message: MessageId,
    ) -> Result<Outcome, ConversationError> {
        let about = |body: &MessageBody| match body {
            MessageBody::Edit { message: of, .. } | MessageBody::Reaction { message: of, .. } => *of == message,
            _ => false,
        };
        drop_acts(tx, conversation, about)
    }
}

/// Acts that were not delivered go, or go on without their words if somebody may have them.
fn drop_acts(
    tx: &mut WriteTx<'_>,
    conversation: ConversationId,
    goes: impl Fn(&MessageBody) -> bool,
) -> Result<Outcome, ConversationError> {
    let mut out = Outcome::default();
    for (order, mut row) in outbox_of(tx, conversation).collect::<Result<Vec<_>, _>>()? {
        if !goes(&row.body) {
            continue;
        }
        let place = OutboxPlace { conversation, order };
        match row.reach() {
            Reach::Here => end(tx, place, &row, Happening::Refused(Refusal::TakenBack), &mut out)?,
            Reach::Elsewhere => {
                // If it goes again, then without its words; an edit with none changes nothing that follows it.
                row.body = MessageBody::Reaction { message: row.message, emoji: None };
                tx.put(&OUTBOX, &(*conversation.as_bytes(), order), &row)?;
            }
        }
    }
    Ok(out)
}
