//! The engine and folders, which are offered file by file: what belongs to one, and saving it as one. What a message says of names and
//! sizes is a claim: more than the folder claims is not fetched, and nothing is put outside the folder that was made for it.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use protocol::ids::{FileId, FolderId};
use protocol::message::{FileOffer, InFolder};
use serde_json::{Value, json};
use tokio::sync::oneshot;

use super::port::{Answer, Fault};
use super::requests::{Refused, finish};
use super::{Engine, EngineError};
use crate::conversation::Received;
use crate::files::folder;
use crate::files::records::{Destination, FetchState, FolderRecord, FolderWish, OfferReceived};
use crate::store::tables::{FETCHES, FOLDERS, OFFERS_MADE, OFFERS_RECEIVED};
use crate::store::{Reading as _, Span, VaultError};

/// Somebody who waits for a folder to be saved.
pub(super) struct FolderSaver {
    folder: FolderId,
    left: BTreeSet<FileId>,
    fault: Option<Fault>,
    reply: oneshot::Sender<Answer>,
}

/// A folder of somebody else's, as far as it was offered.
struct Offered {
    files: Vec<OfferReceived>,
    claim: InFolder,
}

impl Engine {
    /// What was offered of a folder; a fault if that contradicts itself.
    fn offered_folder(&self, folder: FolderId) -> Result<Offered, Refused> {
        let files = self.vault.read(|tx| -> Result<Vec<OfferReceived>, VaultError> {
            let rows = tx.scan(&OFFERS_RECEIVED, Span::all()).map(|row| row.map(|(_, offer)| offer));
            let is_in = |offer: &OfferReceived| id_of(offer) == Some(folder);
            rows.filter(|row| row.as_ref().map_or(true, is_in)).collect()
        })?;
        let claim = files.first().and_then(|offer| offer.offer.folder.clone());
        let claim = claim.ok_or_else(|| Fault::new("unknown-file"))?;
        let claims_the_same = |offer: &OfferReceived| {
            let other = offer.offer.folder.as_ref();
            other
                .is_some_and(|other| (&other.name, other.files, other.bytes) == (&claim.name, claim.files, claim.bytes))
        };
        let bytes = files.iter().try_fold(0_u64, |sum, offer| sum.checked_add(offer.offer.bytes));
        let fits = u32::try_from(files.len()).is_ok_and(|count| count <= claim.files)
            && bytes.is_some_and(|bytes| bytes <= claim.bytes);
        if fits && files.iter().all(claims_the_same) {
            Ok(Offered { files, claim })
        } else {
            Err(Fault::new("folder-faulty").into())
        }
    }

    pub(super) fn save_folder(
        &mut self,
        folder: FolderId,
        chosen: &Path,
        reply: oneshot::Sender<Answer>,
    ) -> Result<(), EngineError> {
        match self.start_folder(folder, chosen) {
            Ok((left, fault)) => {
                self.sharing.savers.push(FolderSaver { folder, left, fault, reply });
                self.answer_folders()
            }
            Err(refused) => finish(Err(refused), reply),
        }
    }

    fn start_folder(&mut self, folder: FolderId, chosen: &Path) -> Result<(BTreeSet<FileId>, Option<Fault>), Refused> {
        let offered = self.offered_folder(folder)?;
        self.may_save_to(chosen)?;
        let root = self.folder_root(folder, &offered.claim, chosen, FolderWish::Whole)?;
        let (mut left, mut fault) = (BTreeSet::new(), None);
        for offer in &offered.files {
            match self.fetch_below(&root, offer) {
                Ok(file) => left.extend(file),
                Err(Refused::Fault(refused)) => fault = fault.or(Some(refused)),
                Err(refused) => return Err(refused),
            }
        }
        Ok((left, fault))
    }

    /// The folder that was made for this one in that place; made now if there is none.
    fn folder_root(&self, id: FolderId, claim: &InFolder, chosen: &Path, wish: FolderWish) -> Result<PathBuf, Refused> {
        let known = self.vault.read(|tx| tx.get(&FOLDERS, id.as_bytes()))?;
        let there = known.filter(|known| known.chosen.as_path() == chosen && folder::is_folder(known.root.as_path()));
        let root = match &there {
            Some(known) if known.wish == FolderWish::Whole || known.wish == wish => {
                return Ok(known.root.as_path().to_owned());
            }
            Some(known) => known.root.clone(),
            None => folder::make_root(chosen, claim.name.expose()).map_err(|_| Fault::new("file-failed"))?.into(),
        };
        let record = FolderRecord { chosen: chosen.to_owned().into(), root: root.clone(), wish };
        self.vault.write(|tx| tx.put(&FOLDERS, id.as_bytes(), &record))?;
        Ok(root.as_path().to_owned())
    }

    /// Fetches a file of a folder to its place below; nothing if it is there.
    fn fetch_below(&mut self, root: &Path, offer: &OfferReceived) -> Result<Option<FileId>, Refused> {
        // The rule may be another one than when the folder was chosen.
        self.may_save_to(root)?;
        let file = offer.offer.file;
        let fetch = self.vault.read(|tx| tx.get(&FETCHES, file.as_bytes()))?;
        let is_there = |path: &Path| path.starts_with(root) && path.is_file();
        if fetch.is_some_and(|fetch| matches!(fetch.state, FetchState::Saved(path) if is_there(path.as_path()))) {
            return Ok(None);
        }
        let between = offer.offer.folder.as_ref().map_or(&[][..], |folder| &folder.path);
        let place = folder::make_way(root, between).map_err(|_| Fault::new("file-failed"))?;
        Ok(Some(self.start_fetch(file, Destination::Folder { folder: place.into() })??))
    }

    /// A file of a folder was offered: one that the person wants whole is fetched with it.
    pub(super) fn take_folder_file(&mut self, received: &Received, offer: &FileOffer) -> Result<bool, EngineError> {
        let Some(claim) = &offer.folder else { return Ok(false) };
        let id = claim.id(received.conversation, received.device);
        let (record, kept, fetch) = self.vault.read(|tx| -> Result<_, VaultError> {
            let kept = tx.get(&OFFERS_RECEIVED, offer.file.as_bytes())?;
            Ok((tx.get(&FOLDERS, id.as_bytes())?, kept, tx.get(&FETCHES, offer.file.as_bytes())?))
        })?;
        let (Some(record), Some(kept), None) = (record, kept, fetch) else { return Ok(false) };
        if record.wish != FolderWish::Whole || kept.offer != *offer || id_of(&kept) != Some(id) {
            return Ok(false);
        }
        let fetched = self.offered_folder(id).and_then(|_| self.fetch_below(record.root.as_path(), &kept));
        match fetched {
            Ok(_) | Err(Refused::Fault(_)) => Ok(true),
            Err(Refused::Engine(error)) => Err(error),
        }
    }

    /// Saves a small file without asking: to its place in its folder, if it is in one.
    pub(super) fn save_by_itself(&mut self, file: FileId, downloads: &Path) -> Result<(), EngineError> {
        let saved = self.place_by_itself(file, downloads);
        match saved {
            Ok(()) | Err(Refused::Fault(_)) => Ok(()),
            Err(Refused::Engine(error)) => Err(error),
        }
    }

    fn place_by_itself(&mut self, file: FileId, downloads: &Path) -> Result<(), Refused> {
        let offer = self.vault.read(|tx| tx.get(&OFFERS_RECEIVED, file.as_bytes()))?;
        let offer = offer.ok_or_else(|| Fault::new("unknown-file"))?;
        let Some(id) = id_of(&offer) else {
            self.start_fetch(file, Destination::Folder { folder: downloads.to_owned().into() })??;
            return Ok(());
        };
        let offered = self.offered_folder(id)?;
        self.may_receive(offer.offer.name.expose(), offer.offer.bytes)?;
        let root = self.folder_root(id, &offered.claim, downloads, FolderWish::Small)?;
        self.fetch_below(&root, &offer).map(drop)
    }

    /// A fetch has ended: who waits for its folder has one file less to wait for.
    pub(super) fn on_folder_file(&mut self, file: FileId, view: Option<&Value>) -> Result<(), EngineError> {
        let reason = match view {
            Some(view) if view["state"] == "saved" => None,
            Some(view) => Some(view["reason"].as_str().unwrap_or("failed")),
            None => Some("unknown"),
        };
        for saver in &mut self.sharing.savers {
            if let (true, Some(reason)) = (saver.left.remove(&file), reason) {
                saver.fault.get_or_insert_with(|| Fault::new(&format!("file-{reason}")));
            }
        }
        self.answer_folders()
    }

    fn answer_folders(&mut self) -> Result<(), EngineError> {
        let (done, waiting): (Vec<_>, Vec<_>) =
            std::mem::take(&mut self.sharing.savers).into_iter().partition(|saver| saver.left.is_empty());
        self.sharing.savers = waiting;
        for FolderSaver { folder, fault, reply, .. } in done {
            let answer = fault.map_or_else(|| self.view_folder(folder), |fault| Err(fault.into()));
            finish(answer, reply)?;
        }
        Ok(())
    }

    /// A folder that was saved, as far as it was offered.
    fn view_folder(&self, id: FolderId) -> Result<Value, Refused> {
        let Offered { files, claim } = self.offered_folder(id)?;
        let record = self.vault.read(|tx| tx.get(&FOLDERS, id.as_bytes()))?;
        let is_whole = u32::try_from(files.len()).is_ok_and(|count| count == claim.files);
        let mut view = json!({
            "folder_id": id, "name": claim.name.expose(), "bytes": claim.bytes, "files": claim.files,
            "state": if is_whole { "saved" } else { "receiving" },
        });
        if let Some(record) = record {
            view["path"] = record.root.as_path().to_string_lossy().into();
        }
        Ok(view)
    }

    /// The files of a folder under this id, ours or others'.
    pub(super) fn files_of(&self, folder: FolderId) -> Result<Vec<FileId>, EngineError> {
        let me = self.me.device;
        Ok(self.vault.read(|tx| -> Result<Vec<FileId>, VaultError> {
            let mut files = Vec::new();
            for row in tx.scan(&OFFERS_MADE, Span::all()) {
                let (_, made) = row?;
                let id = made.folder.as_ref().map(|place| place.id(made.conversation, me));
                files.extend((id == Some(folder)).then_some(made.file));
            }
            for row in tx.scan(&OFFERS_RECEIVED, Span::all()) {
                let (_, offer) = row?;
                files.extend((id_of(&offer) == Some(folder)).then_some(offer.offer.file));
            }
            Ok(files)
        })?)
    }
}

/// The folder that an offer of somebody else's is in.
pub(super) fn id_of(offer: &OfferReceived) -> Option<FolderId> {
    offer.offer.folder.as_ref().map(|place| place.id(offer.conversation, offer.holder))
}

/// Where a file is in a folder, for eyes and programs.
pub(super) fn view_place(place: &InFolder, id: FolderId) -> Value {
    let path: Vec<&str> = place.path.iter().map(|name| name.expose().as_str()).collect();
    json!({"folder_id": id, "name": place.name.expose(), "path": path, "files": place.files, "bytes": place.bytes})
}
