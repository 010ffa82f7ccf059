//! What the vault keeps about offers and fetches, and what a message or a wish makes of it: transactions alone, nothing moves here. An
//! offer is what its first message said; no later message may change it, or fetch anything in its name.

use protocol::ids::FileId;
use protocol::link::FileRefusal;
use protocol::message::MessageBody;

use crate::conversation::Received;
use crate::files::records::{Destination, FetchRecord, FetchState, OfferReceived, OfferState, PartKind};
use crate::store::tables::{FETCHES, OFFERS_MADE, OFFERS_RECEIVED};
use crate::store::{Reading, VaultError, WriteTx};

/// Keeps an offer that came in a message, or notes that it was taken back; in the message's own transaction.
pub(super) fn keep_offer(tx: &mut WriteTx<'_>, received: &Received) -> Result<(), VaultError> {
    match &received.body {
        MessageBody::FileOffer { offer, .. } => {
            if tx.get(&OFFERS_RECEIVED, offer.file.as_bytes())?.is_some()
                || tx.get(&OFFERS_MADE, offer.file.as_bytes())?.is_some()
            {
                return Ok(());
            }
            let kept = OfferReceived {
                conversation: received.conversation,
                holder: received.device,
                offer: offer.clone(),
                state: OfferState::Open,
            };
            tx.put(&OFFERS_RECEIVED, offer.file.as_bytes(), &kept)
        }
        MessageBody::FileWithdrawn { file } => {
            let kept = tx.get(&OFFERS_RECEIVED, file.as_bytes())?;
            let is_its_author =
                |kept: &OfferReceived| kept.conversation == received.conversation && kept.holder == received.device;
            let Some(mut kept) = kept.filter(is_its_author) else { return Ok(()) };
            kept.state = OfferState::Withdrawn;
            tx.put(&OFFERS_RECEIVED, file.as_bytes(), &kept)?;
            let mut fetch = tx.get(&FETCHES, file.as_bytes())?.unwrap_or_else(|| FetchRecord::new(*file, None));
            if matches!(fetch.state, FetchState::Wanted | FetchState::Paused | FetchState::Canceled) {
                fetch.state = FetchState::Refused(FileRefusal::Withdrawn);
                tx.put(&FETCHES, file.as_bytes(), &fetch)?;
            }
            Ok(())
        }
        MessageBody::Text { .. }
        | MessageBody::Edit { .. }
        | MessageBody::Delete { .. }
        | MessageBody::Reaction { .. }
        | MessageBody::Timer { .. }
        | MessageBody::RosterRequest { .. }
        | MessageBody::RosterChanged { .. }
        | MessageBody::Later(_) => Ok(()),
    }
}

/// The file that this message offers, if it may be saved without asking: small enough, and never fetched before. The kept offer is
/// what counts, and the message must be the one that made it: only that offer would be fetched.
pub(super) fn saved_by_itself(
    tx: &impl Reading,
    received: &Received,
    bytes_max: u64,
) -> Result<Option<FileId>, VaultError> {
    let MessageBody::FileOffer { offer, context } = &received.body else { return Ok(None) };
    // What deletes itself is kept only by a person who asks for it.
    if context.lifetime_s.is_some() {
        return Ok(None);
    }
    let Some(kept) = tx.get(&OFFERS_RECEIVED, offer.file.as_bytes())? else { return Ok(None) };
    let made_by_it =
        kept.conversation == received.conversation && kept.holder == received.device && kept.offer == *offer;
    let is_new = tx.get(&FETCHES, offer.file.as_bytes())?.is_none();
    Ok((made_by_it && is_new && kept.offer.bytes <= bytes_max).then_some(offer.file))
}

/// What becomes of the wish to have a file somewhere.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Wish {
    /// Nobody offered it.
    Unknown,
    /// It is on its way to another place, and what has arrived is there already.
    Elsewhere,
    /// It is fetched, or fetched on.
    Fetch(Box<Fetch>),
}

/// A fetch to begin or to go on with.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Fetch {
    pub offer: OfferReceived,
    pub record: FetchRecord,
    /// Parts in another folder, which nobody will want any more.
    pub left: Option<FetchRecord>,
}

/// What is to be done so that this file gets to this place.
pub(super) fn wished(tx: &impl Reading, file: FileId, destination: Destination) -> Result<Wish, VaultError> {
    let Some(offer) = tx.get(&OFFERS_RECEIVED, file.as_bytes())? else { return Ok(Wish::Unknown) };
    let kept: Option<FetchRecord> = tx.get(&FETCHES, file.as_bytes())?;
    let Some(kept) = kept else {
        return Ok(Wish::Fetch(Box::new(Fetch {
            offer,
            record: FetchRecord::new(file, Some(destination)),
            left: None,
        })));
    };
    let other = kept.destination.as_ref() != Some(&destination);
    if matches!(kept.state, FetchState::Wanted | FetchState::Paused) && kept.part == PartKind::Beside && other {
        return Ok(Wish::Elsewhere);
    }
    let on = FetchRecord { destination: Some(destination.clone()), state: FetchState::Wanted, ..kept.clone() };
    let parts_stay = on.part_folder() == kept.part_folder();
    let record = match kept.state {
        FetchState::Wanted | FetchState::Paused | FetchState::Kept => on,
        FetchState::Failed(_) if parts_stay => on,
        FetchState::Failed(_)
        | FetchState::Saved(_)
        | FetchState::Canceled
        | FetchState::Refused(_)
        | FetchState::Faulty => FetchRecord::new(file, Some(destination)),
    };
    let done = matches!(kept.state, FetchState::Wanted | FetchState::Paused | FetchState::Kept | FetchState::Saved(_));
    let left = (!done && !parts_stay).then_some(kept);
    Ok(Wish::Fetch(Box::new(Fetch { offer, record, left })))
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use protocol::ids::{ConversationId, DeviceId, Hash32, MemberId, MessageId};
    use protocol::lane::HybridClock;
    use protocol::message::{Context, FileOffer};
    use protocol::secret::Personal;

    use super::*;
    use crate::core::transfer::receiver::Trouble;
    use crate::store::Vault;

    const FILE: FileId = FileId::from_bytes([1; 16]);
    const LIMIT: u64 = 1_000;

    fn offered(name: &str, bytes: u64) -> Received {
        let offer = FileOffer {
            file: FILE,
            name: Personal::new(name.to_owned()),
            bytes,
            media_type: String::from("application/pdf"),
            root: Hash32::from_bytes([2; 32]),
            key: [3; 32],
            folder: None,
        };
        Received {
            conversation: ConversationId::from_bytes([4; 16]),
            author: MemberId::from_bytes([5; 16]),
            device: DeviceId::from_bytes([6; 16]),
            message: MessageId::from_bytes([7; 16]),
            clock: HybridClock { ms: 1, count: 0 },
            heads: Vec::new(),
            body: MessageBody::FileOffer { offer, context: Context::default() },
        }
    }

    /// The file that would be fetched without asking after these messages, in their order.
    fn saved_after(messages: &[Received]) -> (Vault, Option<FileId>) {
        let vault = Vault::ephemeral().unwrap();
        let mut saved = None;
        for message in messages {
            vault.write(|tx| keep_offer(tx, message)).unwrap();
            saved = vault.read(|tx| saved_by_itself(tx, message, LIMIT)).unwrap();
        }
        (vault, saved)
    }

    #[test]
    fn small_offers_are_saved_without_asking_and_large_ones_are_not() {
        assert_eq!(saved_after(&[offered("invoice.pdf", LIMIT)]).1, Some(FILE));
        assert_eq!(saved_after(&[offered("invoice.pdf", LIMIT + 1)]).1, None);
    }

    #[test]
    fn a_second_offer_under_the_same_id_fetches_nothing() {
        let large = || offered("film.mkv", 100 << 30);
        let (vault, saved) = saved_after(&[large(), offered("invoice.pdf", 1)]);
        assert_eq!(saved, None, "the large file would be pulled in the name of the small one");
        let kept = vault.read(|tx| tx.get(&OFFERS_RECEIVED, FILE.as_bytes())).unwrap().unwrap();
        assert_eq!(MessageBody::FileOffer { offer: kept.offer, context: Context::default() }, large().body);
        let elsewhere = Received { device: DeviceId::from_bytes([8; 16]), ..offered("invoice.pdf", 1) };
        assert_eq!(saved_after(&[offered("invoice.pdf", 1), elsewhere]).1, None);
    }

    #[test]
    fn an_offer_that_is_repeated_does_not_start_again_what_was_canceled() {
        let vault = Vault::ephemeral().unwrap();
        let canceled = FetchRecord { state: FetchState::Canceled, ..FetchRecord::new(FILE, None) };
        let offer = offered("invoice.pdf", 1);
        vault.write(|tx| keep_offer(tx, &offer)).unwrap();
        vault.write(|tx| tx.put(&FETCHES, FILE.as_bytes(), &canceled)).unwrap();
        assert_eq!(vault.read(|tx| saved_by_itself(tx, &offer, LIMIT)).unwrap(), None);
    }

    fn folder(name: &str) -> Destination {
        Destination::Folder { folder: PathBuf::from(name).into() }
    }

    /// What becomes of the wish to have the file in B, when this is kept about it.
    fn wished_in_b(kept: &FetchRecord) -> Wish {
        let (vault, _) = saved_after(&[offered("invoice.pdf", 1)]);
        vault.write(|tx| tx.put(&FETCHES, FILE.as_bytes(), kept)).unwrap();
        vault.read(|tx| wished(tx, FILE, folder("/b"))).unwrap()
    }

    #[test]
    fn a_file_that_arrives_elsewhere_is_not_turned_aside() {
        let running = FetchRecord { verified_pieces: 5, ..FetchRecord::new(FILE, Some(folder("/a"))) };
        assert_eq!(wished_in_b(&running), Wish::Elsewhere);
        let here = FetchRecord { destination: Some(folder("/b")), ..running };
        assert!(matches!(wished_in_b(&here), Wish::Fetch(fetch) if fetch.record == here && fetch.left.is_none()));
    }

    #[test]
    fn parts_in_a_folder_that_is_no_longer_wanted_go_and_it_begins_anew() {
        for state in
            [FetchState::Failed(Trouble::Folder), FetchState::Refused(FileRefusal::Missing), FetchState::Faulty]
        {
            let failed = FetchRecord { verified_pieces: 5, state, ..FetchRecord::new(FILE, Some(folder("/a"))) };
            let Wish::Fetch(fetch) = wished_in_b(&failed) else { panic!("it is fetched") };
            assert_eq!(fetch.record, FetchRecord::new(FILE, Some(folder("/b"))));
            assert_eq!(fetch.left, Some(failed));
        }
    }

    #[test]
    fn a_fetch_that_failed_goes_on_in_the_same_folder() {
        let failed = FetchRecord {
            verified_pieces: 5,
            state: FetchState::Failed(Trouble::Full),
            ..FetchRecord::new(FILE, Some(folder("/b")))
        };
        let on = FetchRecord { state: FetchState::Wanted, ..failed.clone() };
        assert!(matches!(wished_in_b(&failed), Wish::Fetch(fetch) if fetch.record == on && fetch.left.is_none()));
    }

    #[test]
    fn what_nobody_offered_is_unknown() {
        let vault = Vault::ephemeral().unwrap();
        assert_eq!(vault.read(|tx| wished(tx, FILE, folder("/b"))).unwrap(), Wish::Unknown);
    }
}
