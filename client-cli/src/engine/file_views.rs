//! How files look to callers: the `files` rows and the `file` objects of docs/cli.md. Shown names are the offer's, never paths of ours
//! for files of others.

use protocol::ids::FileId;
use protocol::link::FileRefusal;
use protocol::message::FileOffer;
use serde_json::{Value, json};

use super::folders::{id_of, view_place};
use super::requests::Refused;
use super::{Engine, EngineError};
use crate::core::transfer::receiver::Trouble;
use crate::files::records::{FetchRecord, FetchState, OfferMade, OfferState};
use crate::store::tables::{FETCHES, GROUPS, OFFERS_MADE, OFFERS_RECEIVED};
use crate::store::{Reading as _, Span, VaultError};

impl Engine {
    pub(super) fn files(&self) -> Result<Value, Refused> {
        let hidden = self.files_out_of_sight()?;
        let rows = self.vault.read(|tx| -> Result<Vec<Value>, VaultError> {
            let mut rows = Vec::new();
            for row in tx.scan(&OFFERS_RECEIVED, Span::all()) {
                let (_, offer) = row?;
                if hidden.contains(&offer.offer.file) {
                    continue;
                }
                let fetch = tx.get(&FETCHES, offer.offer.file.as_bytes())?;
                let mut view = view_fetch(&offer.offer, fetch.as_ref());
                view["from"] = self.login_of_peer(offer.holder).into();
                if let (Some(place), Some(id)) = (&offer.offer.folder, id_of(&offer)) {
                    view["folder"] = view_place(place, id);
                }
                if tx.get(&GROUPS, offer.conversation.as_bytes())?.is_some() {
                    view["group_id"] = json!(offer.conversation);
                }
                rows.push(view);
            }
            for row in tx.scan(&OFFERS_MADE, Span::all()) {
                let (_, made) = row?;
                if hidden.contains(&made.file) {
                    continue;
                }
                let mut view = view_made(&made);
                if let Some(place) = &made.folder {
                    view["folder"] = view_place(place, place.id(made.conversation, self.me.device));
                }
                let to =
                    self.peers.values().find(|peer| self.conversation_with(peer.record.member) == made.conversation);
                view["to"] = to.map(|peer| self.login_of(peer.record.member)).into();
                if let Some(group) = tx.get(&GROUPS, made.conversation.as_bytes())? {
                    view["to"] = group.roster.name().expose().as_str().into();
                    view["group_id"] = json!(made.conversation);
                }
                rows.push(view);
            }
            Ok(rows)
        })?;
        Ok(Value::Array(rows))
    }

    pub(super) fn view_received(&self, file: FileId) -> Result<Option<Value>, EngineError> {
        Ok(self.vault.read(|tx| -> Result<_, VaultError> {
            let offer = tx.get(&OFFERS_RECEIVED, file.as_bytes())?;
            let fetch = tx.get(&FETCHES, file.as_bytes())?;
            Ok(offer.map(|offer| view_fetch(&offer.offer, fetch.as_ref())))
        })?)
    }

    /// The file of a message in a conversation's history: as it was offered first, since that is what would be saved.
    pub(super) fn view_file_of(&self, offer: &FileOffer) -> Result<Value, EngineError> {
        Ok(self.vault.read(|tx| -> Result<_, VaultError> {
            if let Some(made) = tx.get(&OFFERS_MADE, offer.file.as_bytes())? {
                return Ok(view_made(&made));
            }
            let kept = tx.get(&OFFERS_RECEIVED, offer.file.as_bytes())?;
            let fetch = tx.get(&FETCHES, offer.file.as_bytes())?;
            Ok(view_fetch(kept.as_ref().map_or(offer, |kept| &kept.offer), fetch.as_ref()))
        })?)
    }
}

fn view_made(made: &OfferMade) -> Value {
    let offer = made.to_offer();
    let state = match made.state {
        OfferState::Open => "offered",
        OfferState::Withdrawn => "withdrawn",
        OfferState::Paused => "paused",
    };
    json!({
        "file_id": offer.file, "name": offer.name.expose(), "bytes": offer.bytes, "state": state,
        "media_type": offer.media_type, "path": made.path.as_path().to_string_lossy(),
    })
}

fn view_fetch(offer: &FileOffer, fetch: Option<&FetchRecord>) -> Value {
    let mut view = json!({
        "file_id": offer.file, "name": offer.name.expose(), "bytes": offer.bytes, "media_type": offer.media_type,
    });
    let Some(fetch) = fetch else {
        view["state"] = "offered".into();
        return view;
    };
    let (state, reason) = match &fetch.state {
        FetchState::Wanted => ("receiving", None),
        FetchState::Paused => ("paused", Some("paused")),
        FetchState::Kept => ("received", None),
        FetchState::Saved(path) => {
            view["path"] = path.as_path().to_string_lossy().into();
            ("saved", None)
        }
        FetchState::Canceled => ("canceled", Some("canceled")),
        FetchState::Refused(refusal) => ("refused", Some(refusal_word(*refusal))),
        FetchState::Faulty => ("failed", Some("faulty")),
        FetchState::Failed(trouble) => ("failed", Some(trouble_word(*trouble))),
    };
    view["state"] = state.into();
    view["verified_bytes"] =
        fetch.verified_pieces.saturating_mul(protocol::limits::FILE_PIECE_BYTES as u64).min(offer.bytes).into();
    if let Some(reason) = reason {
        view["reason"] = reason.into();
    }
    view
}

const fn refusal_word(refusal: FileRefusal) -> &'static str {
    match refusal {
        FileRefusal::Unknown => "unknown",
        FileRefusal::Missing => "missing",
        FileRefusal::Changed => "changed",
        FileRefusal::Withdrawn => "withdrawn",
        FileRefusal::Busy => "busy",
        FileRefusal::Unreadable => "unreadable",
    }
}

const fn trouble_word(trouble: Trouble) -> &'static str {
    match trouble {
        Trouble::Invalid | Trouble::Damaged => "faulty",
        Trouble::Full => "full",
        Trouble::Exists => "exists",
        Trouble::Disk | Trouble::Folder => "failed",
    }
}
