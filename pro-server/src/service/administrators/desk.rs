//! What the accounts need in memory: sessions, throttles, the hasher and the seal. It must never hold a network address.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use protocol::audit::Assignment;
use protocol::ids::{AdministratorId, Hash32};
use protocol::secret::Secret;
use protocol::time::Timestamp;

use crate::clock::Ambient;
use crate::domain::access::SignedIn;
use crate::domain::console::{AtProvider, Sessions};
use crate::domain::throttle::{Rate, Throttle};
use crate::domain::unguessable::Unguessable;
use crate::identity::password_hash::Hasher;
use crate::service::asker::Askers;
use crate::service::seal::{BROWSER_BYTES, Seal};
use crate::storage::Tenure;

use super::provider::Flows;

/// Sign-ins with one name: with a second factor of six digits, and three of them right at a time, years of guessing.
const SIGN_IN_RATE: Rate = Rate { burst: 5, refill_ms: 60_000 };
/// Sign-ins with all names together.
const SIGN_IN_RATE_ALL: Rate = Rate { burst: 60, refill_ms: 1_000 };
/// Wrong sign-ins from one network: a fifth of what all may try in the long run, so that one alone cannot use it up.
const SIGN_IN_RATE_EACH_NETWORK: Rate = Rate { burst: 20, refill_ms: 5_000 };
/// Attempts with wrong one-time tokens, all together: a token has 256 bits, this only keeps the database free.
const LINK_RATE: Rate = Rate { burst: 100, refill_ms: 200 };
/// That sign-ins of somebody are refused is recorded once in this time.
pub(super) const BLOCKED_NOTE_MS: u64 = 60 * 60 * 1_000;
/// Sign-ins from one browser in which the same administrator signed in before: counted apart, so that whoever knows a name and
/// guesses elsewhere keeps nobody out.
const SIGN_IN_RATE_KNOWN_BROWSER: Rate = SIGN_IN_RATE;
/// Bytes of a one-time token and of a session's token.
pub(super) const TOKEN_BYTES: usize = 32;
const TOKEN_LABEL: &[u8] = b"isoloir console link v1\0";
const SESSION_LABEL: &[u8] = b"isoloir console session v1\0";

/// What a browser keeps to be known again after a sign-in; it opens nothing.
pub type BrowserToken = Secret<[u8; BROWSER_BYTES]>;

/// What a browser shows to go on with a session.
pub type SessionToken = Secret<[u8; TOKEN_BYTES]>;

/// What the accounts need in memory.
pub(in crate::service) struct Desk {
    /// Entropy for tokens that are never persisted.
    pub(super) ambient: Ambient,
    pub(super) hasher: Hasher,
    pub(super) seal: Seal,
    pub(super) sessions: Mutex<Sessions>,
    /// In which they were opened.
    tenure: Mutex<Tenure>,
    pub(super) sign_ins: Mutex<Throttle>,
    /// Of browsers that are known.
    pub(super) browsers: Mutex<Throttle>,
    /// Networks that guess.
    pub(in crate::service) askers: Askers,
    pub(super) links: Mutex<Unguessable>,
    /// Sign-ins with identity providers.
    pub(super) flows: Mutex<Flows>,
    /// When it was last recorded that somebody's sign-ins are refused.
    pub(super) blocked: Mutex<BTreeMap<AdministratorId, Timestamp>>,
}

pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Desk {
    /// `links` are those that wait to be used.
    pub(in crate::service) fn new(seal: Seal, links: Vec<Hash32>, tenure: Tenure, ambient: &Ambient) -> Self {
        let salt = |purpose| ambient.stream(purpose).bytes();
        Desk {
            ambient: ambient.stream("console"),
            hasher: Hasher::new(&ambient.stream("persisted")),
            seal,
            sessions: Mutex::default(),
            tenure: Mutex::new(tenure),
            sign_ins: Mutex::new(Throttle::new(SIGN_IN_RATE, SIGN_IN_RATE_ALL, salt("sign-in throttle"))),
            browsers: Mutex::new(Throttle::new(SIGN_IN_RATE_KNOWN_BROWSER, Rate::UNLIMITED, salt("sign-in browsers"))),
            askers: Askers::new(SIGN_IN_RATE_EACH_NETWORK, salt("sign-in networks")),
            links: Mutex::new(Unguessable::new(
                links.into_iter().collect(),
                LINK_RATE,
                ["link throttle", "link uses"].map(salt),
            )),
            flows: Mutex::default(),
            blocked: Mutex::default(),
        }
    }

    /// The links anew, after another server may have changed them. Sessions stand nowhere but here, so those of another tenure
    /// end: whoever was removed meanwhile does not go on.
    pub(in crate::service) fn reload(&self, links: Vec<Hash32>, tenure: Tenure) {
        lock(&self.links).replace(links.into_iter().collect());
        if std::mem::replace(&mut *lock(&self.tenure), tenure) != tenure {
            *lock(&self.sessions) = Sessions::default();
        }
    }

    /// Only while the change that vouches for it has its turn, so that a removal cannot pass by.
    pub(super) fn open(
        &self,
        id: AdministratorId,
        roles: Vec<Assignment>,
        from: Option<AtProvider>,
        now: Timestamp,
    ) -> (SessionToken, SignedIn) {
        let token = Secret::new(self.ambient.bytes());
        let who = lock(&self.sessions).open(session_key(&token), id, roles.into(), from, now);
        (token, who)
    }
}

pub(super) fn session_key(token: &SessionToken) -> Hash32 {
    Hash32::sha256(&zeroize::Zeroizing::new([SESSION_LABEL, token.expose()].concat()))
}

pub(super) fn token_key(token: &Secret<String>) -> Hash32 {
    Hash32::sha256(&zeroize::Zeroizing::new([TOKEN_LABEL, token.expose().as_bytes()].concat()))
}
