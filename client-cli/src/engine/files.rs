//! The engine and files: who may pull what, where a file goes, and what is kept about it. The porter moves the bytes.

use std::collections::BTreeSet;
use std::path::PathBuf;

use protocol::ids::{DeviceId, FileId, LinkId, MemberId};
use protocol::link::{FileRefusal, LinkFrame};
use protocol::message::{Context, MessageBody};
use rand_core::OsRng;
use serde_json::{Value, json};
use tokio::sync::oneshot;

pub(super) use super::fetches::keep_offer;
use super::fetches::{self, Fetch, Wish};
use super::groups::Place;
use super::port::{Answer, Fault};
use super::requests::{Refused, file_id, finish};
use super::{Engine, EngineError, Input};
use crate::conversation::Received;
use crate::core::transfer::receiver::End;
use crate::files::records::{Destination, FetchRecord, FetchState, IfExists, OfferMade, OfferState};
use crate::files::{self, FileEvent, HashError, Porter, PorterGone};
use crate::store::tables::{FETCHES, OFFERS_MADE, OFFERS_RECEIVED};
use crate::store::{Reading, Span, VaultError};

/// Somebody who waits for a file to be saved.
pub(super) struct Saver {
    file: FileId,
    reply: oneshot::Sender<Answer>,
}

/// An offer that was being hashed.
pub(crate) struct Hashed {
    to: MemberId,
    context: Context,
    offer: Result<OfferMade, HashError>,
    wait_ms: Option<u64>,
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
        if self.options.downloads.is_none() && !self.trust.policy().saves_anywhere() {
            // A command without the folder is no reason to give up what the agent with it fetches.
            return Ok(());
        }
        self.stop_receiving_files()
    }

    /// Devices whose files are still being pulled.
    pub(super) fn holders_wanted(&self) -> Result<BTreeSet<DeviceId>, EngineError> {
        Ok(self.vault.read(|tx| -> Result<_, VaultError> {
            let mut holders = BTreeSet::new();
            for row in tx.scan(&FETCHES, Span::all()) {
                let (file, record) = row?;
                if record.state == FetchState::Wanted
                    && let Some(offer) = tx.get(&OFFERS_RECEIVED, &file)?
                {
                    holders.insert(offer.holder);
                }
            }
            Ok(holders)
        })?)
    }

    /// A message about a file arrived: small files go to the downloads folder by themselves.
    pub(super) fn on_file_message(&mut self, received: &Received) -> Result<(), EngineError> {
        match &received.body {
            MessageBody::FileOffer { .. } => {
                let Some(folder) = self.options.downloads.clone() else { return Ok(()) };
                let bytes_max = self.options.auto_save_bytes;
                match self.vault.read(|tx| fetches::saved_by_itself(tx, received, bytes_max))? {
                    Some(file) => self.start_fetch(file, Destination::Folder { folder: folder.into() }).map(drop),
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

    fn start_fetch(&mut self, file: FileId, destination: Destination) -> Result<Result<FileId, Fault>, EngineError> {
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
        self.errand(move |porter| async move { porter.fetch(offer, record).await });
        self.drive(holder, crate::core::peer::Input::Want)?;
        Ok(Ok(file))
    }

    /// A peer asks for pieces of a file: only what was offered to that very person, and still stands.
    pub(super) fn take_file_frame(
        &mut self,
        device: DeviceId,
        link: LinkId,
        frame: LinkFrame,
    ) -> Result<(), EngineError> {
        let LinkFrame::FileRequest { file, conversation, .. } = &frame else { return Ok(()) };
        let Some(member) = self.peers.get(&device).map(|peer| peer.record.member) else { return Ok(()) };
        let shared = self.conversation_with(member);
        let made = self.vault.read(|tx| tx.get(&OFFERS_MADE, file.as_bytes()))?;
        let offer = match made {
            Some(made) if made.conversation == shared && *conversation == shared => match made.state {
                // What was offered before it was forbidden waits until it is allowed again.
                OfferState::Open => self.may_send_offered(&made).map_or(Err(FileRefusal::Busy), |()| Ok(made)),
                OfferState::Withdrawn => Err(FileRefusal::Withdrawn),
            },
            Some(_) | None => Err(FileRefusal::Unknown),
        };
        self.errand(move |porter| async move { porter.requested(link, &frame, offer).await });
        Ok(())
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
            FileEvent::Paused { file, .. } => {
                self.emit(json!({"event": "file", "file_id": file, "state": "paused"}));
                Ok(())
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
        Ok(())
    }

    pub(super) fn send_file(
        &mut self,
        (to, context): (MemberId, Context),
        path: PathBuf,
        wait_ms: Option<u64>,
        reply: oneshot::Sender<Answer>,
    ) -> Result<(), EngineError> {
        let length = std::fs::metadata(&path).map_err(|_| Fault::new("file-unreadable"));
        let checked = length.and_then(|length| {
            if !length.is_file() {
                return Err(Fault::new("file-not-regular"));
            }
            self.may_send(to, &path, length.len())
        });
        if let Err(fault) = checked {
            return finish(Err(fault.into()), reply);
        }
        let (data, conversation) = (files::DataFolder::within(&self.options.data), self.conversation_with(to));
        let (input, events) = (self.input.clone(), self.events.clone());
        tokio::spawn(async move {
            let progress = move |bytes| {
                let _ = events.send(json!({"event": "hashing", "bytes": bytes}));
            };
            let offer = files::offer(data, conversation, path, &mut OsRng, progress).await;
            let _ = input.send(Input::Hashed(Box::new(Hashed { to, context, offer, wait_ms, reply }))).await;
        });
        Ok(())
    }

    pub(super) fn on_hashed(&mut self, hashed: Hashed) -> Result<(), EngineError> {
        let Hashed { to, context, offer, wait_ms, reply } = hashed;
        // The policy may have changed while the file was read.
        let allowed = offer
            .map_err(|error| Fault::new(hash_fault(error)))
            .and_then(|made| self.may_send(to, made.path.as_path(), made.bytes).map(|()| made));
        let made = match allowed {
            Ok(made) => made,
            Err(fault) => return finish(Err(fault.into()), reply),
        };
        let file = made.file;
        let body = MessageBody::FileOffer { offer: made.to_offer(), context };
        let queued = self.queue(Place::Person(to), body, |tx| tx.put(&OFFERS_MADE, file.as_bytes(), &made));
        let message = match queued {
            Ok(message) => message,
            Err(error) => return finish(Err(error.into()), reply),
        };
        let mut answer = Self::view_sent(message, "queued");
        answer["file_id"] = json!(file);
        self.answer_sent(message, answer, wait_ms, reply)
    }

    pub(super) fn save_file(
        &mut self,
        file: &str,
        path: PathBuf,
        reply: oneshot::Sender<Answer>,
    ) -> Result<(), EngineError> {
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

    pub(super) fn cancel_file(&mut self, file: &str) -> Result<Value, Refused> {
        let file = file_id(file)?;
        let (made, received) = self.vault.read(|tx| -> Result<_, VaultError> {
            Ok((tx.get(&OFFERS_MADE, file.as_bytes())?, tx.get(&OFFERS_RECEIVED, file.as_bytes())?))
        })?;
        match (made, received) {
            (Some(made), _) => {
                let to = self
                    .peers
                    .values()
                    .map(|peer| peer.record.member)
                    .find(|member| self.conversation_with(*member) == made.conversation);
                let withdrawn = OfferMade { state: OfferState::Withdrawn, ..made };
                match to {
                    Some(to) => {
                        let body = MessageBody::FileWithdrawn { file };
                        self.queue(Place::Person(to), body, |tx| tx.put(&OFFERS_MADE, file.as_bytes(), &withdrawn))?;
                    }
                    None => self.vault.write(|tx| tx.put(&OFFERS_MADE, file.as_bytes(), &withdrawn))?,
                }
                if files::DataFolder::within(&self.options.data).forget_offer(file).is_err() {
                    tracing::warn!("the hashes of an offer could not be removed");
                }
                self.errand(move |porter| async move { porter.withdraw(file).await });
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

const fn hash_fault(error: HashError) -> &'static str {
    match error {
        HashError::Missing | HashError::Unreadable => "file-unreadable",
        HashError::NotAFile => "file-not-regular",
        HashError::Changing => "file-changing",
        HashError::DataFolder => "data-folder",
    }
}
