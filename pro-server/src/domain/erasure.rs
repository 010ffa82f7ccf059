//! Whom a source may not bring back: what it called somebody who was erased, as a keyed hash, so that the entry is known again and
//! nothing of it is kept (RFC 2104 with SHA-256). It must never keep a name, a login or an id of a source.

use std::collections::HashSet;
use std::sync::Arc;

use hmac::{Hmac, Mac as _};
use protocol::secret::Secret;
use sha2::Sha256;

use super::member::Source;
use super::sync::{Observation, Seen, SkipReason, Skipped};

const LABEL: &[u8] = b"isoloir erased entry v1";

/// What is left of the name that a source had for somebody.
pub type Tomb = [u8; 32];

/// The key of all tombs; it lies apart from the database.
#[derive(Clone)]
pub struct TombKey(Secret<[u8; 32]>);

impl TombKey {
    pub fn new(key: Secret<[u8; 32]>) -> Self {
        Self(key)
    }

    /// The tomb of what `source` calls somebody.
    pub fn tomb(&self, source: Source, called: &str) -> Tomb {
        let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(self.0.expose()) else {
            unreachable!("HMAC takes a key of any length");
        };
        mac.update(LABEL);
        mac.update(&source.number().to_be_bytes());
        mac.update(called.as_bytes());
        mac.finalize().into_bytes().into()
    }
}

/// Leaves out the entries of whoever was erased. Without any, nothing is copied.
pub fn leave_out(observation: &mut Arc<Observation>, source: Source, key: &TombKey, tombs: &HashSet<Tomb>) {
    let is_erased = |seen: &Seen| tombs.contains(&key.tomb(source, seen.external_id.expose()));
    if tombs.is_empty() || !observation.seen.iter().any(is_erased) {
        return;
    }
    let observation = Arc::make_mut(observation);
    let (erased, seen): (Vec<Seen>, Vec<Seen>) = observation.seen.drain(..).partition(is_erased);
    observation.seen = seen;
    let skipped = erased.into_iter().map(|seen| Skipped {
        place: seen.place,
        external_id: None,
        login: None,
        reason: SkipReason::Removed,
    });
    observation.skipped.extend(skipped);
}
