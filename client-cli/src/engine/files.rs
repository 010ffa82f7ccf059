//! The engine and files: where a file goes, what is kept about it, and what is told of it. The porter moves the bytes.

use std::collections::BTreeSet;
use std::path::PathBuf;

use protocol::ids::{FileId, FolderId};
use protocol::link::FileRefusal;
use protocol::message::MessageBody;
use serde_json::{Value, json};
use tokio::sync::oneshot;

pub(super) use super::fetches::keep_offer;
use super::fetches::{self, Fetch, Wish};
use super::port::{Answer, Fault};
use super::requests::{Refused, file_id, finish};
use super::{Engine, EngineError};
use crate::conversation::{ConversationError, Received};
use crate::core::transfer::receiver::{End, Pause};
use crate::files::records::{Destination, FetchRecord, FetchState, IfExists, OfferMade, OfferState};
use crate::files::{self, FileEvent, Porter, PorterGone};
use crate::store::tables::{FETCHES, OFFERS_MADE, OFFERS_RECEIVED};
use crate::store::{Reading, Span, VaultError};

/// Somebody who waits for a file to be saved.
pub(super) struct Saver {
    file: FileId,
    reply: oneshot::Sender<Answer>,
}

impl Engine {
    /// Goes on with every fetch that was not finished.
    pub(super) fn remember_files(&mut self) -> Result<(), EngineError> {
        let (made, fetches) = self.vault.read(|tx| -> Result<_, VaultError> {
            let made: Vec<_> = tx.scan(&OFFERS_MADE, Span::all()).collect::<Result<_, _>>()?;
            let fetches: Vec<_> = tx.scan(&FETCHES, Span::all()).collect::<Result<_, _>>()?;
            Ok((made, fetches))
        })?;
        let known: BTreeSet<_> = made
            .iter()
            .map(|(file, _)| *file)
            .chain(fetches.iter().map(|(file, _)| *file))
            .map(FileId::from_bytes)
            .collect();
        if files::DataFolder::within(&self.options.data).sweep(&known).is_err() {
            tracing::warn!("leftovers of file transfers could not be removed");
        }
        for (file, record) in fetches {
            if record.state == FetchState::Wanted
                && let Some(offer) = self.vault.read(|tx| tx.get(&OFFERS_RECEIVED, &file))?
                && self.may_go_on(&offer, &record)
            {
                self.errand(move |porter| async move { porter.resume(offer, record).await });
            }
        }
        self.tell_members()?;
        self.remember_limit()?;
        if self.options.downloads.is_none() && !self.trust.policy().saves_anywhere() {
            // A command without the folder is no reason to give up what the agent with it fetches.
            return Ok(());
        }
        self.stop_receiving_files()
    }

    /// A message about a file arrived: small files go to the downloads folder by themselves.
    pub(super) fn on_file_message(&mut self, received: &Received) -> Result<(), EngineError> {
        match &received.body {
            MessageBody::FileOffer { offer, .. } => {
                if self.take_folder_file(received, offer)? {
                    return Ok(());
                }
                let Some(folder) = self.options.downloads.clone() else { return Ok(()) };
                let bytes_max = self.options.auto_save_bytes;
                match self.vault.read(|tx| fetches::saved_by_itself(tx, received, bytes_max))? {
                    Some(file) => self.save_by_itself(file, &folder),
                    None => Ok(()),
                }
            }
            MessageBody::FileWithdrawn { file } => {
                let (offer, fetch) = self.vault.read(|tx| -> Result<_, VaultError> {
                    Ok((tx.get(&OFFERS_RECEIVED, file.as_bytes())?, tx.get(&FETCHES, file.as_bytes())?))
                })?;
                // Only its own holder takes an offer back, and what is saved stays: `keep_offer` has judged that.
                if let (Some(offer), Some(fetch)) = (offer, fetch)
                    && fetch.state == FetchState::Refused(FileRefusal::Withdrawn)
                {
                    self.errand(move |porter| async move { porter.discard(offer, fetch).await });
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

    /// Says something to the porter, after everything said before.
    pub(super) fn errand<F>(&self, say: impl FnOnce(Porter) -> F)
    where
        F: Future<Output = Result<(), PorterGone>> + Send + 'static,
    {
        let said = say(self.porter.clone());
        // Both end only with the engine.
        let errand = Box::pin(async move {
            let _ = said.await;
        });
        if self.errands.try_send(errand).is_err() {
            tracing::error!("too many words wait for the file task; one was dropped until the next start");
        }
    }

    pub(super) fn start_fetch(
        &mut self,
        file: FileId,
        destination: Destination,
    ) -> Result<Result<FileId, Fault>, EngineError> {
        let Fetch { offer, record, left } = match self.vault.read(|tx| fetches::wished(tx, file, destination))? {
            Wish::Unknown => return Ok(Err(Fault::new("unknown-file"))),
            Wish::Elsewhere => return Ok(Err(Fault::new("file-arriving"))),
            Wish::Fetch(fetch) => *fetch,
        };
        if let Err(fault) = self.may_receive(offer.offer.name.expose(), offer.offer.bytes) {
            return Ok(Err(fault));
        }
        // Before the record says that they are elsewhere: nobody would look for them any more.
        if let Some(left) = left
            && files::DataFolder::within(&self.options.data).forget_parts(&left).is_err()
        {
            tracing::warn!("the parts of a file in another folder could not be removed");
        }
        self.vault.write(|tx| tx.put(&FETCHES, file.as_bytes(), &record))?;
        let holder = offer.holder;
        self.tell_members()?;
        self.errand(move |porter| async move { porter.fetch(offer, record).await });
        self.drive(holder, crate::core::peer::Input::Want)?;
        self.seek(file)?;
        Ok(Ok(file))
    }

    pub(super) fn on_file_event(&mut self, event: FileEvent) -> Result<(), EngineError> {
        match event {
            FileEvent::Persist(record) => {
                Ok(self.vault.write(|tx| match tx.get(&OFFERS_RECEIVED, record.file.as_bytes())? {
                    Some(_) => tx.put(&FETCHES, record.file.as_bytes(), &record),
                    // Its message is gone, and with it whatever was kept of the file.
                    None => Ok(()),
                })?)
            }
            FileEvent::Progress { file, verified_bytes, bytes } => {
                self.emit(json!({
                    "event": "file", "file_id": file, "state": "receiving", "verified_bytes": verified_bytes, "bytes": bytes,
                }));
                Ok(())
            }
            FileEvent::Paused { file, pause } => {
                self.emit(json!({"event": "file", "file_id": file, "state": "paused"}));
                if matches!(pause, Pause::Refused(_)) { self.look_further(file) } else { Ok(()) }
            }
            FileEvent::FetchEnded { file, end } => self.on_fetch_ended(file, end),
            FileEvent::ServeEnded { file, end, .. } => {
                let state = match end {
                    crate::core::transfer::holder::End::Sent => "served",
                    crate::core::transfer::holder::End::Stopped => "stopped",
                    crate::core::transfer::holder::End::Refused(_) => "refused",
                };
                self.emit(json!({"event": "file", "file_id": file, "state": state}));
                Ok(())
            }
        }
    }

    fn on_fetch_ended(&mut self, file: FileId, _end: End) -> Result<(), EngineError> {
        self.sharing.seeking.remove(&file);
        let view = self.view_received(file)?;
        if let Some(view) = &view {
            let mut event = view.clone();
            event["event"] = "file".into();
            self.emit(event);
        }
        let (done, waiting): (Vec<_>, Vec<_>) =
            std::mem::take(&mut self.savers).into_iter().partition(|saver| saver.file == file);
        self.savers = waiting;
        for saver in done {
            let answer = match &view {
                Some(view) if view["state"] == "saved" => Ok(view.clone()),
                Some(view) => {
                    let reason = view["reason"].as_str().unwrap_or("failed");
                    Err(Fault::new(&format!("file-{reason}")))
                }
                None => Err(Fault::new("unknown-file")),
            };
            let _ = saver.reply.send(answer);
        }
        self.on_folder_file(file, view.as_ref())
    }

    pub(super) fn save_file(
        &mut self,
        file: &str,
        path: PathBuf,
        reply: oneshot::Sender<Answer>,
    ) -> Result<(), EngineError> {
        if let Some(folder) = self.folder_named(file)? {
            return self.save_folder(folder, &path, reply);
        }
        let started = file_id(file).map_err(Refused::from).and_then(|file| {
            self.may_save_to(&path)?;
            let destination = Destination::chosen(path, IfExists::Refuse);
            if matches!(&destination, Destination::File { path, .. } if path.as_path().exists()) {
                return Err(Fault::new("file-exists").into());
            }
            Ok(self.start_fetch(file, destination)??)
        });
        match started {
            Ok(file) => {
                self.savers.push(Saver { file, reply });
                Ok(())
            }
            Err(refused) => finish(Err(refused), reply),
        }
    }

    /// The folder that a caller names, if this id is none of a file.
    fn folder_named(&self, id: &str) -> Result<Option<FolderId>, EngineError> {
        let (Ok(file), Ok(folder)) = (id.parse::<FileId>(), id.parse::<FolderId>()) else { return Ok(None) };
        let is_file = self.vault.read(|tx| -> Result<_, VaultError> {
            let made = tx.get(&OFFERS_MADE, file.as_bytes())?.is_some();
            Ok(made || tx.get(&OFFERS_RECEIVED, file.as_bytes())?.is_some())
        })?;
        Ok(if is_file || self.files_of(folder)?.is_empty() { None } else { Some(folder) })
    }

    pub(super) fn cancel_file(&mut self, file: &str) -> Result<Value, Refused> {
        if let Some(folder) = self.folder_named(file)? {
            let mut state = Value::Null;
            for file in self.files_of(folder)? {
                state = self.cancel_file(&file.to_string())?["state"].take();
            }
            return Ok(json!({"folder_id": folder, "state": state}));
        }
        let file = file_id(file)?;
        let (made, received) = self.vault.read(|tx| -> Result<_, VaultError> {
            Ok((tx.get(&OFFERS_MADE, file.as_bytes())?, tx.get(&OFFERS_RECEIVED, file.as_bytes())?))
        })?;
        match (made, received) {
            (Some(made), _) => {
                let to = self.offered_at(made.conversation)?;
                let withdrawn = OfferMade { state: OfferState::Withdrawn, ..made };
                let body = MessageBody::FileWithdrawn { file };
                let said = to.map(|to| self.queue(to, body, |tx| tx.put(&OFFERS_MADE, file.as_bytes(), &withdrawn)));
                match said {
                    Some(Ok(_)) => {}
                    // Whoever is no member any more says nothing there, and serves nothing.
                    Some(Err(EngineError::Conversation(ConversationError::Group(_)))) | None => {
                        self.vault.write(|tx| tx.put(&OFFERS_MADE, file.as_bytes(), &withdrawn))?;
                    }
                    Some(Err(error)) => return Err(error.into()),
                }
                if files::DataFolder::within(&self.options.data).forget_offer(file).is_err() {
                    tracing::warn!("the hashes of an offer could not be removed");
                }
                self.errand(move |porter| async move { porter.close(vec![file], FileRefusal::Withdrawn).await });
                Ok(json!({"file_id": file, "state": "withdrawn"}))
            }
            (None, Some(offer)) => {
                let mut record = self
                    .vault
                    .read(|tx| tx.get(&FETCHES, file.as_bytes()))?
                    .unwrap_or_else(|| FetchRecord::new(file, None));
                record.state = FetchState::Canceled;
                match self.vault.write(|tx| tx.put(&FETCHES, file.as_bytes(), &record)) {
                    // The parts may be what fills the disk; once they are gone the porter has the record written again.
                    Ok(()) | Err(VaultError::DiskFull) => {}
                    Err(error) => return Err(error.into()),
                }
                self.errand(move |porter| async move { porter.discard(offer, record).await });
                Ok(json!({"file_id": file, "state": "canceled"}))
            }
            (None, None) => Err(Fault::new("unknown-file").into()),
        }
    }
}
