//! What goes with a message that is gone: its rows, and what was kept of its file. What the person saved must stay.

use protocol::ids::FileId;
use protocol::message::MessageBody;

use crate::files::records::{FetchRecord, FetchState, OfferReceived};
use crate::store::records::MessageRecord;
use crate::store::tables::{FETCHES, MESSAGE_PLACES, MESSAGES, OFFERS_MADE, OFFERS_RECEIVED};
use crate::store::{Reading as _, VaultError, WriteTx};

/// A file whose message is gone, with what was fetched of it and not saved.
pub(super) struct GoneFile {
    pub(super) file: FileId,
    pub(super) fetch: Option<(OfferReceived, FetchRecord)>,
}

/// Takes a message out of the vault with all that is kept because of it.
pub(super) fn forget(tx: &mut WriteTx<'_>, record: &MessageRecord) -> Result<Option<GoneFile>, VaultError> {
    tx.remove(&MESSAGES, &record.key())?;
    tx.remove(&MESSAGE_PLACES, record.message.as_bytes())?;
    let MessageBody::FileOffer { offer, .. } = &record.body else { return Ok(None) };
    let file = offer.file;
    let is_here = |conversation| conversation == record.conversation;
    if tx.get(&OFFERS_MADE, file.as_bytes())?.is_some_and(|made| is_here(made.conversation)) {
        tx.remove(&OFFERS_MADE, file.as_bytes())?;
        return Ok(Some(GoneFile { file, fetch: None }));
    }
    // Another message may have offered something under this id first.
    let received = tx.get(&OFFERS_RECEIVED, file.as_bytes())?;
    let Some(received) = received.filter(|kept| is_here(kept.conversation) && kept.offer == *offer) else {
        return Ok(None);
    };
    let fetch = tx.get(&FETCHES, file.as_bytes())?;
    tx.remove(&OFFERS_RECEIVED, file.as_bytes())?;
    tx.remove(&FETCHES, file.as_bytes())?;
    let unsaved = fetch.filter(|fetch| !matches!(fetch.state, FetchState::Saved(_)));
    let canceled = unsaved.map(|fetch| (received, FetchRecord { state: FetchState::Canceled, ..fetch }));
    Ok(Some(GoneFile { file, fetch: canceled }))
}
