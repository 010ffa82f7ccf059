//! Decisions that follow from the policy in force, and what may become one. Rows that only clients obey have no decision here.

mod settings;
#[cfg(test)]
mod tests;
mod weakening;

use protocol::limits::{CLOCK_SKEW_MS_MAX, POLICY_BYTES_MAX, POLICY_LAYER_BYTES_MAX, POLICY_LAYERS_MAX};
use protocol::policy::{Policy, PolicyDocument, PolicyKey, Scope, ScopeKind, Version};
use protocol::time::Timestamp;

pub use settings::{Layers, Settings, is_inside};
pub use weakening::{Weakened, loosened, weakened};

/// All layers of a policy together: whoever is in every group gets them all.
pub const LAYERS_BYTES_MAX: usize = 1_024 * 1_024;
/// Room in a document for its numbers and its signature.
const DOCUMENT_HEAD_BYTES: usize = 1_024;

/// A client that is older than the policy allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("this client is too old, at least {minimum} is needed; update it")]
pub struct ClientTooOld {
    pub minimum: Version,
}

/// `client.min_version`: whether a client of this version may come in.
pub fn decide_client(policy: &Policy, client: Version) -> Result<(), ClientTooOld> {
    let minimum = policy.client_min_version();
    if client < minimum { Err(ClientTooOld { minimum }) } else { Ok(()) }
}

/// Why a draft cannot be published.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadDraft {
    /// A minimum above this server's own version would lock everybody out, this version's clients included.
    #[error("client.min_version is newer than this server; no client could come in")]
    LocksEverybodyOut,
    #[error("{0} cannot be set there")]
    NotThere(PolicyKey),
    /// There are none yet.
    #[error("there are no guests; nothing can be set for them")]
    NoGuests,
    #[error("more than {POLICY_LAYERS_MAX} groups and persons have rules of their own, or the rules are too long")]
    TooMuch,
    #[error("the policy is version {current} meanwhile, the draft was made from {expected}; look at it again")]
    Stale { current: u64, expected: u64 },
    #[error("the clock is behind the policy in force; check the server's time")]
    ClockWentBack,
}

/// Everything that is wrong with a draft that was made from version `expected`.
pub fn check(current: &PolicyDocument, expected: u64, draft: &Settings, now: Timestamp) -> Result<(), Vec<BadDraft>> {
    let mut bad = Vec::new();
    if current.version != expected {
        bad.push(BadDraft::Stale { current: current.version, expected });
    }
    if draft
        .set_for(PolicyKey::ClientMinVersion)
        .any(|(_, rules)| rules.policy.client_min_version() > Version::current())
    {
        bad.push(BadDraft::LocksEverybodyOut);
    }
    if draft.layers.contains_key(&Scope::Guests) {
        bad.push(BadDraft::NoGuests);
    }
    for key in PolicyKey::ALL.iter().copied() {
        let kind = |scope: Option<&Scope>| scope.map_or(ScopeKind::Organization, Scope::kind);
        if draft.set_for(key).any(|(scope, _)| !key.is_for(kind(scope))) {
            bad.push(BadDraft::NotThere(key));
        }
    }
    let layers = Layers::draw(draft, || [0; 32]);
    let document = PolicyDocument::new(u64::MAX, now, draft.organization.clone(), layers.root());
    let is_too_long = layers.bytes().any(|bytes| bytes > POLICY_LAYER_BYTES_MAX)
        || layers.bytes().sum::<usize>() > LAYERS_BYTES_MAX
        || protocol::codec::encode(&document).len() > POLICY_BYTES_MAX - DOCUMENT_HEAD_BYTES;
    if draft.layers.len() > POLICY_LAYERS_MAX || is_too_long {
        bad.push(BadDraft::TooMuch);
    }
    if now.plus_ms(CLOCK_SKEW_MS_MAX) < current.issued {
        bad.push(BadDraft::ClockWentBack);
    }
    if bad.is_empty() { Ok(()) } else { Err(bad) }
}

/// The document after `current` that says `settings`, with the root of its layers.
pub fn next_document(current: &PolicyDocument, settings: &Settings, layers: &Layers, now: Timestamp) -> PolicyDocument {
    let version = current.version.saturating_add(1);
    PolicyDocument::new(version, now, settings.organization.clone(), layers.root())
}
