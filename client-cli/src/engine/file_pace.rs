//! The engine and how files move: paused by the person, one by one, and at most at a rate for the device. Both are kept: a restart
//! resumes nothing that was paused and forgets no rate.

use std::num::NonZeroU64;

use protocol::link::FileRefusal;
use serde_json::{Value, json};

use super::port::{Fault, RateWish};
use super::requests::{Refused, file_id};
use super::{Engine, EngineError};
use crate::core::transfer::pace::{RATE_MAX, RATE_MIN};
use crate::files::records::{FetchRecord, FetchState, OfferMade, OfferState};
use crate::store::records::Choices;
use crate::store::tables::{CHOICES, FETCHES, OFFERS_MADE, OFFERS_RECEIVED};
use crate::store::{Reading as _, VaultError};

impl Engine {
    /// Moves nothing of a file for now: an offer of ours is not served, a fetch asks for nothing.
    pub(super) fn pause_file(&mut self, file: &str) -> Result<Value, Refused> {
        let file = file_id(file)?;
        let (made, fetch) = self.vault.read(|tx| -> Result<_, VaultError> {
            Ok((tx.get(&OFFERS_MADE, file.as_bytes())?, tx.get(&FETCHES, file.as_bytes())?))
        })?;
        match (made, fetch) {
            (Some(made), _) if made.state == OfferState::Open => {
                let made = OfferMade { state: OfferState::Paused, ..made };
                self.vault.write(|tx| tx.put(&OFFERS_MADE, file.as_bytes(), &made))?;
                self.errand(move |porter| async move { porter.close(vec![file], FileRefusal::Busy).await });
            }
            (None, Some(fetch)) if fetch.state == FetchState::Wanted => {
                let fetch = FetchRecord { state: FetchState::Paused, ..fetch };
                self.vault.write(|tx| tx.put(&FETCHES, file.as_bytes(), &fetch))?;
                self.errand(move |porter| async move { porter.pause(file).await });
            }
            (None, None) if self.vault.read(|tx| tx.get(&OFFERS_RECEIVED, file.as_bytes()))?.is_none() => {
                return Err(Fault::new("unknown-file").into());
            }
            (_, _) => return Err(Fault::new("file-not-moving").into()),
        }
        Ok(json!({"file_id": file, "state": "paused"}))
    }

    /// Goes on with what was paused.
    pub(super) fn resume_file(&mut self, file: &str) -> Result<Value, Refused> {
        let file = file_id(file)?;
        let (made, offer, fetch) = self.vault.read(|tx| -> Result<_, VaultError> {
            let (made, offer) = (tx.get(&OFFERS_MADE, file.as_bytes())?, tx.get(&OFFERS_RECEIVED, file.as_bytes())?);
            Ok((made, offer, tx.get(&FETCHES, file.as_bytes())?))
        })?;
        match (made, offer, fetch) {
            (Some(made), _, _) if made.state == OfferState::Paused => {
                let made = OfferMade { state: OfferState::Open, ..made };
                self.vault.write(|tx| tx.put(&OFFERS_MADE, file.as_bytes(), &made))?;
                Ok(json!({"file_id": file, "state": "offered"}))
            }
            (None, Some(offer), Some(fetch)) if fetch.state == FetchState::Paused => {
                self.may_receive(offer.offer.name.expose(), offer.offer.bytes)?;
                if let Some(destination) = &fetch.destination {
                    self.may_save_to(destination.folder())?;
                }
                let (holder, fetch) = (offer.holder, FetchRecord { state: FetchState::Wanted, ..fetch });
                self.vault.write(|tx| tx.put(&FETCHES, file.as_bytes(), &fetch))?;
                self.tell_members()?;
                self.errand(move |porter| async move { porter.resume(offer, fetch).await });
                self.drive(holder, crate::core::peer::Input::Want)?;
                self.seek(file)?;
                Ok(json!({"file_id": file, "state": "receiving"}))
            }
            (None, None, _) => Err(Fault::new("unknown-file").into()),
            (_, _, _) => Err(Fault::new("file-not-paused").into()),
        }
    }

    /// How fast files may move; sets it first, if that is wished.
    pub(super) fn limit_files(&mut self, wish: Option<RateWish>) -> Result<Value, Refused> {
        if let Some(wish) = wish {
            let files_rate = match wish {
                RateWish::Off => None,
                RateWish::Bytes(rate) if (RATE_MIN..=RATE_MAX).contains(&rate) => NonZeroU64::new(rate),
                RateWish::Bytes(_) => return Err(Fault::with("files-rate", RATE_MIN).into()),
            };
            self.vault.write(|tx| -> Result<(), VaultError> {
                let choices = tx.get(&CHOICES, &())?.unwrap_or_default();
                tx.put(&CHOICES, &(), &Choices { files_rate, ..choices })
            })?;
            self.errand(move |porter| async move { porter.limit(files_rate).await });
        }
        Ok(json!({"bytes_per_s": self.files_rate()?}))
    }

    fn files_rate(&self) -> Result<Option<NonZeroU64>, VaultError> {
        Ok(self.vault.read(|tx| tx.get(&CHOICES, &()))?.and_then(|choices| choices.files_rate))
    }

    /// The rate that was set before.
    pub(super) fn remember_limit(&self) -> Result<(), EngineError> {
        if let Some(rate) = self.files_rate()? {
            self.errand(move |porter| async move { porter.limit(Some(rate)).await });
        }
        Ok(())
    }
}
