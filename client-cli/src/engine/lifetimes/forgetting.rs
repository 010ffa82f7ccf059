//! What goes with a message that is gone or deleted: its rows, and what was kept of its file. What the person saved must stay.

use protocol::ids::{ConversationId, FileId, MessageId};
use protocol::link::FileRefusal;
use protocol::message::FileOffer;
use serde_json::json;

use super::Engine;
use crate::conversation::Outcome;
use crate::engine::EngineError;
use crate::engine::folders::id_of;
use crate::files::DataFolder;
use crate::files::records::{FetchRecord, FetchState, OfferReceived};
use crate::store::records::MessageRecord;
use crate::store::tables::{FETCHES, FOLDERS, MESSAGE_PLACES, MESSAGES, OFFERS_MADE, OFFERS_RECEIVED, WAITING_ACTS};
use crate::store::{Reading as _, Span, VaultError, WriteTx};

/// A file whose message is gone, with what was fetched of it and not saved.
pub(in crate::engine) struct GoneFile {
    file: FileId,
    fetch: Option<Box<(OfferReceived, FetchRecord)>>,
}

/// Takes a message out of the vault with all that is kept because of it.
fn forget(tx: &mut WriteTx<'_>, record: &MessageRecord) -> Result<Option<GoneFile>, VaultError> {
    tx.remove(&MESSAGES, &record.key())?;
    tx.remove(&MESSAGE_PLACES, record.message.as_bytes())?;
    tx.remove_all(&WAITING_ACTS, Span::under(&(*record.conversation.as_bytes(), *record.message.as_bytes())))?;
    match record.body.offer() {
        Some(offer) => forget_file(tx, record.conversation, offer, FetchState::Canceled),
        None => Ok(None),
    }
}

/// Takes the rows of a message's file out of the vault, so that not even its name remains; a fetch under way ends so.
pub(in crate::engine) fn forget_file(
    tx: &mut WriteTx<'_>,
    conversation: ConversationId,
    offer: &FileOffer,
    end: FetchState,
) -> Result<Option<GoneFile>, VaultError> {
    let file = offer.file;
    if tx.get(&OFFERS_MADE, file.as_bytes())?.is_some_and(|made| made.conversation == conversation) {
        tx.remove(&OFFERS_MADE, file.as_bytes())?;
        return Ok(Some(GoneFile { file, fetch: None }));
    }
    // Another message may have offered something under this id first.
    let received = tx.get(&OFFERS_RECEIVED, file.as_bytes())?;
    let Some(received) = received.filter(|kept| kept.conversation == conversation && kept.offer == *offer) else {
        return Ok(None);
    };
    let fetch = tx.get(&FETCHES, file.as_bytes())?;
    tx.remove(&OFFERS_RECEIVED, file.as_bytes())?;
    if let Some(folder) = id_of(&received) {
        let others = tx.scan(&OFFERS_RECEIVED, Span::all()).collect::<Result<Vec<_>, _>>()?;
        // Its other files still go where the person wanted the folder.
        if !others.iter().any(|(_, other)| id_of(other) == Some(folder)) {
            tx.remove(&FOLDERS, folder.as_bytes())?;
        }
    }
    tx.remove(&FETCHES, file.as_bytes())?;
    let unsaved = fetch.filter(|fetch| !matches!(fetch.state, FetchState::Saved(_)));
    let fetch = unsaved.map(|fetch| Box::new((received, FetchRecord { state: end, ..fetch })));
    Ok(Some(GoneFile { file, fetch }))
}

impl Engine {
    /// Takes these messages out of the vault in one transaction, and ends what they leave behind.
    pub(super) fn take_out(
        &mut self,
        which: impl FnOnce(&mut WriteTx<'_>) -> Result<Vec<MessageRecord>, VaultError>,
    ) -> Result<(), EngineError> {
        let data = DataFolder::within(&self.options.data);
        let (gone, files) = self.vault.write(|tx| -> Result<_, VaultError> {
            let (mut gone, mut files) = (Vec::new(), Vec::new());
            for record in which(tx)? {
                let file = forget(tx, &record)?;
                // Before the rows are gone that lead to it: after a kill nobody would know of it any more.
                if let Some(fetch) = file.as_ref().and_then(|file| file.fetch.as_ref())
                    && data.forget_parts(&fetch.1).is_err()
                {
                    tracing::warn!("the parts of a file whose message is gone could not be removed");
                }
                files.extend(file);
                gone.push((record.conversation, record.message));
            }
            Ok((gone, files))
        })?;
        for file in files {
            self.let_go_of_file(file);
        }
        self.after_deletion(&gone)
    }

    /// After the commit: the file task lets go of it too.
    pub(in crate::engine) fn let_go_of_file(&self, gone: GoneFile) {
        let GoneFile { file, fetch } = gone;
        if DataFolder::within(&self.options.data).forget_offer(file).is_err() {
            tracing::warn!("the hashes of an offer could not be removed");
        }
        self.errand(move |porter| async move {
            match fetch {
                Some(begun) => {
                    let (offer, fetch) = *begun;
                    porter.discard(offer, fetch).await
                }
                None => porter.close(vec![file], FileRefusal::Withdrawn).await,
            }
        });
    }

    /// Says what is gone, and lets go of what was still to be done to it.
    fn after_deletion(&mut self, gone: &[(ConversationId, MessageId)]) -> Result<(), EngineError> {
        if gone.is_empty() {
            return Ok(());
        }
        let messages: Vec<MessageId> = gone.iter().map(|(_, message)| *message).collect();
        self.emit(json!({"event": "gone", "messages": messages}));
        self.converse(|conversations, tx, _| {
            let mut out = Outcome::default();
            for (conversation, message) in gone {
                out.merge(conversations.drop_words_about(tx, *conversation, *message)?);
            }
            Ok(out)
        })
    }
}
