//! The engine and the policy about files (spec/policy.md): it is asked when a file is chosen, again when it is offered, and whenever
//! somebody pulls it. A file that may not be sent now must not leave, however long ago it was offered.

use std::path::Path;

use protocol::ids::FileId;
use protocol::link::FileRefusal;
use protocol::policy::Listed;

use super::groups::Place;
use super::port::Fault;
use super::requests::Refused;
use super::{Engine, EngineError};
use crate::files::records::{FetchRecord, FetchState, OfferMade, OfferReceived, OfferState};
use crate::store::tables::{FETCHES, OFFERS_MADE, OFFERS_RECEIVED};
use crate::store::{Reading as _, Span, VaultError};

/// Whether files of this name may pass; if not, the first of the codes where none may, else the second.
fn allows(listed: &Listed, name: &Path, [none, not_this]: [&str; 2]) -> Result<(), Fault> {
    let extension = name.extension().map(|extension| extension.to_string_lossy().to_lowercase()).unwrap_or_default();
    match listed {
        Listed::Nothing => Err(Fault::new(none)),
        Listed::Some(types) if !types.contains(&extension) => {
            Err(Fault::with(not_this, types.iter().map(String::as_str).collect::<Vec<_>>().join(", ")))
        }
        Listed::Some(_) | Listed::Everything => Ok(()),
    }
}

fn fits(limit: Option<u64>, bytes: u64) -> Result<(), Fault> {
    limit.filter(|limit| bytes > *limit).map_or(Ok(()), |limit| Err(Fault::with("policy-file-too-large", limit)))
}

impl Engine {
    /// Whether the policy allows to send this file there now.
    pub(super) fn may_send(&self, to: Place, name: &Path, bytes: u64) -> Result<(), Fault> {
        let policy = self.trust.policy();
        allows(policy.file_send(), name, ["policy-file-off", "policy-file-type"])?;
        fits(policy.file_max_bytes(), bytes)?;
        match to {
            Place::Person(member) => self.may_talk_to(member),
            // Each member is looked at when they pull it.
            Place::Group(_) => Ok(()),
        }
    }

    /// Whether the policy allows to fetch a file that is offered under this name.
    pub(super) fn may_receive(&self, name: &str, bytes: u64) -> Result<(), Fault> {
        let policy = self.trust.policy();
        allows(policy.file_receive(), Path::new(name), ["policy-file-receive-off", "policy-file-receive-type"])?;
        fits(policy.file_max_bytes(), bytes)
    }

    /// Whether it allows to go on fetching what was wanted before it said what it says now.
    pub(super) fn may_go_on(&self, offer: &OfferReceived, record: &FetchRecord) -> bool {
        let there = record.destination.as_ref().map_or(Ok(()), |to| self.may_save_to(to.folder()));
        there.and_then(|()| self.may_receive(offer.offer.name.expose(), offer.offer.bytes)).is_ok()
    }

    /// `file.save_location`: whether a file may be saved there.
    pub(super) fn may_save_to(&self, path: &Path) -> Result<(), Fault> {
        if self.trust.policy().saves_anywhere() {
            return Ok(());
        }
        let folder = self.options.downloads.as_deref().ok_or_else(|| Fault::new("policy-save-nowhere"))?;
        // The file is not there yet; its folder is, and links lead where they lead.
        let wanted = if path.is_dir() { path } else { path.parent().unwrap_or(path) };
        let is_there = match (std::fs::canonicalize(wanted), std::fs::canonicalize(folder)) {
            (Ok(wanted), Ok(folder)) => wanted.starts_with(folder),
            (_, _) => false,
        };
        if is_there { Ok(()) } else { Err(Fault::with("policy-save-folder", folder.display())) }
    }

    /// The policy forbids to fetch files, or to save them there: what is being pulled ends.
    pub(super) fn stop_receiving_files(&mut self) -> Result<(), EngineError> {
        let forbidden = self.vault.read(|tx| -> Result<Vec<FileId>, VaultError> {
            let mut forbidden = Vec::new();
            for row in tx.scan(&FETCHES, Span::all()) {
                let (file, record) = row?;
                if record.state != FetchState::Wanted {
                    continue;
                }
                let Some(offer) = tx.get(&OFFERS_RECEIVED, &file)? else { continue };
                if !self.may_go_on(&offer, &record) {
                    forbidden.push(record.file);
                }
            }
            Ok(forbidden)
        })?;
        for file in forbidden {
            match self.cancel_file(&file.to_string()) {
                Ok(_) | Err(Refused::Fault(_)) => {}
                Err(Refused::Engine(error)) => return Err(error),
            }
        }
        Ok(())
    }

    /// Whether it allows what was offered before.
    pub(super) fn may_send_offered(&self, made: &OfferMade) -> Result<(), Fault> {
        let to = self.offered_at(made.conversation).map_err(|_| Fault::new("internal"))?;
        let to = to.ok_or_else(|| Fault::new("unknown-person"))?;
        self.may_send(to, made.path.as_path(), made.bytes)
    }

    /// The policy forbids to send files: what is being pulled stops, and is asked for again in vain until it is allowed.
    pub(super) fn stop_sending_files(&mut self) -> Result<(), EngineError> {
        let offers = self.vault.read(|tx| -> Result<Vec<OfferMade>, VaultError> {
            let made = tx.scan(&OFFERS_MADE, Span::all()).map(|row| row.map(|(_, made)| made));
            let mut offers = made.collect::<Result<Vec<_>, _>>()?;
            for row in tx.scan(&FETCHES, Span::all()) {
                let (file, record) = row?;
                if let (FetchState::Saved(path), Some(offer)) = (record.state, tx.get(&OFFERS_RECEIVED, &file)?) {
                    offers.push(offer.held_at(&path));
                }
            }
            Ok(offers)
        })?;
        let open = offers.into_iter().filter(|offer| offer.state == OfferState::Open);
        let stopped: Vec<FileId> =
            open.filter(|offer| self.may_send_offered(offer).is_err()).map(|offer| offer.file).collect();
        self.errand(move |porter| async move { porter.close(stopped, FileRefusal::Busy).await });
        Ok(())
    }
}
