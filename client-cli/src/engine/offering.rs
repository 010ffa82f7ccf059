//! The engine and files that the person offers: read once where they are, then said in a message. Nothing is copied, and nothing is
//! offered that the policy forbids by the time it was read.

use std::path::PathBuf;

use protocol::ids::{ConversationId, MessageId};
use protocol::limits::FOLDER_FILES_MAX;
use protocol::message::{Context, InFolder, MessageBody, is_component};
use protocol::secret::Personal;
use rand_core::{OsRng, RngCore as _};
use serde_json::{Value, json};
use tokio::sync::{broadcast, oneshot};

use super::groups::{self, Place};
use super::messages::keep_own;
use super::port::{Answer, Fault};
use super::requests::finish;
use super::{Engine, EngineError, Input};
use crate::conversation::Outcome;
use crate::core::authorship;
use crate::files::folder::{self, ListError, Listing};
use crate::files::records::OfferMade;
use crate::files::{self, DataFolder, HashError};
use crate::store::tables::OFFERS_MADE;

/// What is being read so that it can be offered.
#[derive(Debug, Clone)]
struct Chosen {
    files: Vec<(PathBuf, Option<InFolder>)>,
    /// Links and the like in a folder.
    skipped: usize,
}

/// Offers that were being hashed.
pub(crate) struct Hashed {
    to: Place,
    context: Context,
    offers: Result<Vec<OfferMade>, HashError>,
    skipped: usize,
    wait_ms: Option<u64>,
    reply: oneshot::Sender<Answer>,
}

impl Engine {
    /// Offers a file, or each file of a folder.
    pub(super) fn send_file(
        &mut self,
        (to, context): (Place, Context),
        path: PathBuf,
        wait_ms: Option<u64>,
        reply: oneshot::Sender<Answer>,
    ) -> Result<(), EngineError> {
        let Chosen { files, skipped } = match self.chosen(to, path) {
            Ok(chosen) => chosen,
            Err(fault) => return finish(Err(fault.into()), reply),
        };
        let (data, conversation) = (DataFolder::within(&self.options.data), self.conversation_at(to));
        let (input, events) = (self.input.clone(), self.events.clone());
        tokio::spawn(async move {
            let offers = read(&data, conversation, files, &events).await;
            let _ = input.send(Input::Hashed(Box::new(Hashed { to, context, offers, skipped, wait_ms, reply }))).await;
        });
        Ok(())
    }

    /// What is at this path to be offered, if the policy allows all of it.
    fn chosen(&self, to: Place, path: PathBuf) -> Result<Chosen, Fault> {
        let metadata = std::fs::metadata(&path).map_err(|_| Fault::new("file-unreadable"))?;
        if metadata.is_file() {
            self.may_send(to, &path, metadata.len())?;
            return Ok(Chosen { files: vec![(path, None)], skipped: 0 });
        }
        if !metadata.is_dir() {
            return Err(Fault::new("file-not-regular"));
        }
        let Listing { files, skipped } = folder::list(&path).map_err(list_fault)?;
        for found in &files {
            self.may_send(to, &found.path, found.bytes)?;
        }
        let whole = std::fs::canonicalize(&path).map_err(|_| Fault::new("file-unreadable"))?;
        let name = whole.file_name().and_then(|name| name.to_str()).filter(|name| is_component(name));
        let name = Personal::new(name.ok_or_else(|| Fault::new("folder-name"))?.to_owned());
        let mut nonce = [0; 16];
        OsRng.fill_bytes(&mut nonce);
        let bytes = files.iter().fold(0_u64, |sum, found| sum.saturating_add(found.bytes));
        let count = u32::try_from(files.len()).map_err(|_| Fault::with("folder-too-much", FOLDER_FILES_MAX))?;
        let place = |between| InFolder { nonce, name: name.clone(), path: between, files: count, bytes };
        let files = files.into_iter().map(|found| (found.path, Some(place(found.between)))).collect();
        Ok(Chosen { files, skipped })
    }

    pub(super) fn on_hashed(&mut self, hashed: Hashed) -> Result<(), EngineError> {
        let Hashed { to, context, offers, skipped, wait_ms, reply } = hashed;
        let offers = match offers.map_err(|error| Fault::new(hash_fault(error))) {
            Ok(offers) => offers,
            Err(fault) => return finish(Err(fault.into()), reply),
        };
        // The policy may have changed while the files were read.
        let allowed = offers.iter().try_for_each(|made| self.may_send(to, made.path.as_path(), made.bytes));
        if let Err(fault) = allowed {
            return finish(Err(fault.into()), reply);
        }
        let (message, last) = match self.offer_all(to, &context, offers) {
            Ok(Some(last)) => last,
            Ok(None) => return finish(Err(Fault::new("folder-empty").into()), reply),
            Err(error) => return finish(Err(groups::refused(error)), reply),
        };
        let mut answer = Self::view_sent(message, "queued");
        match &last.folder {
            None => answer["file_id"] = json!(last.file),
            Some(place) => {
                answer["folder_id"] = json!(place.id(last.conversation, self.me.device));
                answer["files"] = place.files.into();
                answer["skipped"] = skipped.into();
            }
        }
        self.answer_sent(message, answer, wait_ms, reply)
    }

    /// Offers them one after the other, in one transaction; the last message says that the others are there too.
    fn offer_all(
        &mut self,
        to: Place,
        context: &Context,
        offers: Vec<OfferMade>,
    ) -> Result<Option<(MessageId, OfferMade)>, EngineError> {
        let (author, operations) = (self.me.account.member, self.operations_at(to)?);
        let lifetime = self.lifetime_in(self.conversation_at(to))?;
        let said: Vec<_> = offers
            .into_iter()
            .map(|made| {
                let made = OfferMade { operations, ..made };
                let body = MessageBody::FileOffer { offer: made.to_offer(), context: context.clone() };
                (authorship::draw(&self.me.device, &mut OsRng), body.living(lifetime), made)
            })
            .collect();
        self.converse(|conversations, tx, around| {
            let mut out = Outcome::default();
            for (message, body, made) in &said {
                out.merge(to.send(conversations, tx, around, *message, body.clone())?);
                keep_own(tx, author, *message, body)?;
                tx.put(&OFFERS_MADE, made.file.as_bytes(), made)?;
            }
            Ok(out)
        })?;
        self.reach_out(to)?;
        Ok(said.into_iter().next_back().map(|(message, _, made)| (message, made)))
    }
}

async fn read(
    data: &DataFolder,
    conversation: ConversationId,
    files: Vec<(PathBuf, Option<InFolder>)>,
    events: &broadcast::Sender<Value>,
) -> Result<Vec<OfferMade>, HashError> {
    let (mut offers, mut before) = (Vec::new(), 0_u64);
    for (path, folder) in files {
        let events = events.clone();
        let progress = move |bytes: u64| {
            let _ = events.send(json!({"event": "hashing", "bytes": before.saturating_add(bytes)}));
        };
        let made = match files::offer(data.clone(), conversation, path, &mut OsRng, progress).await {
            Ok(made) => made,
            Err(error) => {
                // Nothing of a folder is offered unless all of it is; the next start would remove these trees too.
                offers.iter().for_each(|made: &OfferMade| drop(data.forget_offer(made.file)));
                return Err(error);
            }
        };
        before = before.saturating_add(made.bytes);
        offers.push(OfferMade { folder, ..made });
    }
    Ok(offers)
}

fn list_fault(error: ListError) -> Fault {
    match error {
        ListError::Unreadable => Fault::new("file-unreadable"),
        ListError::TooMuch => Fault::with("folder-too-much", FOLDER_FILES_MAX),
        ListError::Empty => Fault::new("folder-empty"),
    }
}

const fn hash_fault(error: HashError) -> &'static str {
    match error {
        HashError::Missing | HashError::Unreadable => "file-unreadable",
        HashError::NotAFile => "file-not-regular",
        HashError::Changing => "file-changing",
        HashError::DataFolder => "data-folder",
    }
}
