//! Sessions of the administration console: in memory only, ended by silence, by age, by a sign-out, and at once when the
//! account changes. It must never hold a session's secret, only its hash, nor anything about where it comes from.

use std::collections::BTreeMap;
use std::sync::Arc;

use protocol::audit::Assignment;
use protocol::ids::{AdministratorId, Hash32};
use protocol::policy::Policy;
use protocol::time::Timestamp;

use super::access::{Proved, SignedIn};

/// A session that is not used for this long ends.
pub const SESSION_IDLE_MS: u64 = 15 * 60 * 1_000;
/// A session ends after this long, whatever is done in it.
pub const SESSION_LIFETIME_MS: u64 = 12 * 60 * 60 * 1_000;
/// Sessions of one administrator; another one ends the oldest.
pub const SESSIONS_PER_ADMINISTRATOR_MAX: usize = 8;

/// The sign-in at an identity provider that a session came from, by hashes: it ends when that does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AtProvider {
    pub issuer: Hash32,
    pub subject: Hash32,
    /// The provider's own name for it, if it has one.
    pub session: Option<Hash32>,
}

/// An open session, for whoever looks after them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenSession {
    /// Names it, and opens nothing.
    pub id: Hash32,
    pub administrator: AdministratorId,
    pub opened: Timestamp,
    pub used: Timestamp,
    /// An identity provider vouched for it.
    pub is_from_provider: bool,
}

/// Before the hashed key of a session.
const ID_LABEL: &[u8] = b"isoloir console session id v1\0";

#[derive(Debug, Clone)]
struct Session {
    who: SignedIn,
    from: Option<AtProvider>,
    opened: Timestamp,
    used: Timestamp,
}

/// How long sessions last: what the policy says, and never longer than a session lasts at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lasting {
    pub idle_ms: u64,
    pub lifetime_ms: u64,
}

impl Lasting {
    /// Where no policy says less.
    pub const LONGEST: Self = Self { idle_ms: SESSION_IDLE_MS, lifetime_ms: SESSION_LIFETIME_MS };

    /// `admin.session_idle_minutes` and `admin.session_hours`.
    pub fn of(policy: &Policy) -> Self {
        let Self { idle_ms, lifetime_ms } = Self::LONGEST;
        Self {
            idle_ms: idle_ms.min(policy.admin_session_idle_ms()),
            lifetime_ms: lifetime_ms.min(policy.admin_session_ms()),
        }
    }
}

impl Session {
    fn stands(&self, now: Timestamp, lasting: Lasting) -> bool {
        now < self.used.plus_ms(lasting.idle_ms) && now < self.opened.plus_ms(lasting.lifetime_ms)
    }
}

/// All open sessions, by the hash of their secret.
#[derive(Debug, Default)]
pub struct Sessions {
    open: BTreeMap<Hash32, Session>,
}

impl Sessions {
    /// Opens a session for somebody whose password and second factor have just been checked, or whom a provider has vouched for.
    pub fn open(
        &mut self,
        key: Hash32,
        id: AdministratorId,
        roles: Arc<[Assignment]>,
        from: Option<AtProvider>,
        now: Timestamp,
    ) -> SignedIn {
        self.open.retain(|_, session| session.stands(now, Lasting::LONGEST));
        let own = self.open.iter().filter(|(_, session)| session.who.id() == id);
        let mut own: Vec<(Timestamp, Hash32)> = own.map(|(key, session)| (session.opened, *key)).collect();
        own.sort_unstable();
        let too_many = (own.len() + 1).saturating_sub(SESSIONS_PER_ADMINISTRATOR_MAX);
        for (_, oldest) in own.into_iter().take(too_many) {
            self.open.remove(&oldest);
        }
        // A provider vouches for a sign-in whose age it does not tell.
        let proved = if from.is_none() { Proved::At(now) } else { Proved::Elsewhere };
        let name = Hash32::sha256(&[ID_LABEL, key.as_bytes()].concat());
        let who = SignedIn::new(id, roles, name, proved);
        self.open.insert(key, Session { who: who.clone(), from, opened: now, used: now });
        who
    }

    /// Whose session it is, if it still stands; this use keeps it from ending by silence.
    pub fn resume(&mut self, key: Hash32, now: Timestamp, lasting: Lasting) -> Option<SignedIn> {
        let session = self.open.get_mut(&key)?;
        if !session.stands(now, lasting) {
            self.open.remove(&key);
            return None;
        }
        session.used = session.used.max(now);
        Some(session.who.clone())
    }

    /// Another rule follows: what was over by the one until now does not come back by it.
    pub fn end_over(&mut self, now: Timestamp, until_now: Lasting) {
        self.open.retain(|_, session| session.stands(now, until_now));
    }

    /// The rights of whoever has this session, if it stands.
    pub fn find(&self, session: Hash32, now: Timestamp, lasting: Lasting) -> Option<SignedIn> {
        let found = self.open.values().find(|open| open.who.session() == session && open.stands(now, lasting));
        found.map(|open| open.who.clone())
    }

    /// All that stand, the latest used first.
    pub fn list(&self, now: Timestamp, lasting: Lasting) -> Vec<OpenSession> {
        let standing = self.open.values().filter(|session| session.stands(now, lasting));
        let mut all: Vec<OpenSession> = standing
            .map(|session| OpenSession {
                id: session.who.session(),
                administrator: session.who.id(),
                opened: session.opened,
                used: session.used,
                is_from_provider: session.from.is_some(),
            })
            .collect();
        all.sort_unstable_by_key(|session| (std::cmp::Reverse(session.used), session.id));
        all
    }

    /// Ends the session of this name.
    pub fn end(&mut self, session: Hash32) {
        self.open.retain(|_, open| open.who.session() != session);
    }

    /// Signs out.
    pub fn close(&mut self, key: Hash32) {
        self.open.remove(&key);
    }

    /// Ends all sessions of an administrator.
    pub fn close_all(&mut self, id: AdministratorId) {
        self.open.retain(|_, session| session.who.id() != id);
    }

    /// Ends all sessions of an administrator but this one.
    pub fn close_others(&mut self, id: AdministratorId, kept: Hash32) {
        self.open.retain(|_, session| session.who.id() != id || session.who.session() == kept);
    }

    /// Ends the sessions of an administrator that a provider has vouched for.
    pub fn close_from_providers(&mut self, id: AdministratorId) {
        self.open.retain(|_, session| session.who.id() != id || session.from.is_none());
    }

    /// Ends what a provider says is over: one sign-in there if it names one that is known here by name, else all of the subject's.
    pub fn close_at_provider(&mut self, issuer: Hash32, subject: Option<Hash32>, ended: Option<Hash32>) {
        self.open.retain(|_, session| {
            let Some(from) = session.from.filter(|from| from.issuer == issuer) else { return true };
            let same_subject = subject.map(|subject| subject == from.subject);
            let same_session = ended.zip(from.session).map(|(ended, session)| ended == session);
            match (same_session, same_subject) {
                (Some(same_session), same_subject) => !(same_session && same_subject != Some(false)),
                (None, Some(same_subject)) => !same_subject,
                (None, None) => true,
            }
        });
    }
}

#[cfg(test)]
mod tests {
    use protocol::audit::AdministratorRole;
    use protocol::policy::PolicyKey;

    use super::*;
    use crate::domain::access::{FRESH_MS, Person as _};

    const START: Timestamp = Timestamp::from_millis(1_700_000_000_000);
    const ID: AdministratorId = AdministratorId::from_bytes([1; 16]);
    const OTHER: AdministratorId = AdministratorId::from_bytes([2; 16]);

    fn key(number: u8) -> Hash32 {
        Hash32::from_bytes([number; 32])
    }

    fn owner() -> Arc<[Assignment]> {
        [Assignment::everywhere(AdministratorRole::Owner)].into()
    }

    fn auditor() -> Arc<[Assignment]> {
        [Assignment::everywhere(AdministratorRole::Auditor)].into()
    }

    fn opened() -> Sessions {
        let mut sessions = Sessions::default();
        sessions.open(key(1), ID, owner(), None, START);
        sessions
    }

    #[test]
    fn the_policy_makes_sessions_shorter_and_never_longer() {
        let rows = |minutes, hours| {
            let rows = [(PolicyKey::AdminSessionIdleMinutes, minutes), (PolicyKey::AdminSessionHours, hours)];
            Lasting::of(&Policy::of(&rows).expect("rows"))
        };
        assert_eq!(Lasting::of(&Policy::default()), Lasting::LONGEST);
        assert_eq!(rows("15", "12"), Lasting::LONGEST);
        let short = rows("1", "1");
        let mut sessions = Sessions::default();
        sessions.open(key(1), ID, owner(), None, START);
        assert!(sessions.resume(key(1), START.plus_ms(short.idle_ms - 1), short).is_some());
        assert!(sessions.resume(key(1), START.plus_ms(2 * short.idle_ms), short).is_none(), "silence");
        sessions.open(key(2), ID, owner(), None, START);
        let idle = Lasting { idle_ms: u64::MAX, ..short };
        assert!(sessions.resume(key(2), START.plus_ms(short.lifetime_ms), idle).is_none(), "age");
    }

    #[test]
    fn a_looser_rule_brings_no_session_back() {
        let short = Lasting { idle_ms: 60_000, ..Lasting::LONGEST };
        let mut sessions = opened();
        sessions.open(key(2), OTHER, owner(), None, START.plus_ms(30_000));
        let changed = START.plus_ms(60_000);
        sessions.end_over(changed, short);
        assert!(sessions.resume(key(1), changed, Lasting::LONGEST).is_none(), "it was over");
        assert!(sessions.resume(key(2), changed.plus_ms(60_000), Lasting::LONGEST).is_some(), "and this one was not");
    }

    #[test]
    fn silence_ends_a_session() {
        let mut sessions = opened();
        let last = START.plus_ms(SESSION_IDLE_MS - 1);
        assert!(sessions.resume(key(1), last, Lasting::LONGEST).is_some());
        assert!(sessions.resume(key(1), last.plus_ms(SESSION_IDLE_MS - 1), Lasting::LONGEST).is_some());
        assert!(sessions.resume(key(1), last.plus_ms(2 * SESSION_IDLE_MS), Lasting::LONGEST).is_none());
        assert!(sessions.resume(key(1), last, Lasting::LONGEST).is_none(), "an ended session does not come back");
    }

    #[test]
    fn age_ends_a_session_however_much_it_is_used() {
        let mut sessions = opened();
        let mut now = START;
        while now < START.plus_ms(SESSION_LIFETIME_MS) {
            assert!(sessions.resume(key(1), now, Lasting::LONGEST).is_some());
            now = now.plus_ms(SESSION_IDLE_MS / 2);
        }
        assert!(sessions.resume(key(1), now, Lasting::LONGEST).is_none());
    }

    #[test]
    fn a_removed_administrator_is_out_everywhere_and_nobody_else() {
        let mut sessions = opened();
        sessions.open(key(2), ID, owner(), None, START);
        sessions.open(key(3), OTHER, auditor(), None, START);
        sessions.close_all(ID);
        assert!(
            sessions.resume(key(1), START, Lasting::LONGEST).is_none()
                && sessions.resume(key(2), START, Lasting::LONGEST).is_none()
        );
        let left = sessions.resume(key(3), START, Lasting::LONGEST).expect("open");
        assert!(sessions.find(left.session(), START, Lasting::LONGEST).is_some());
        assert_eq!(sessions.list(START, Lasting::LONGEST).len(), 1);
        assert_eq!(left.roles(), &*auditor());
    }

    #[test]
    fn a_provider_ends_what_it_vouched_for_and_nothing_else() {
        let from = |subject, session: Option<u8>| {
            Some(AtProvider { issuer: key(50), subject: key(subject), session: session.map(key) })
        };
        let all = || {
            let mut sessions = opened();
            for (number, from) in
                [(2, from(60, Some(70))), (3, from(60, Some(71))), (4, from(60, None)), (5, from(61, Some(72)))]
            {
                sessions.open(key(number), OTHER, owner(), from, START);
            }
            sessions
        };
        let left = |issuer, subject: Option<u8>, ended: Option<u8>| {
            let mut sessions = all();
            sessions.close_at_provider(key(issuer), subject.map(key), ended.map(key));
            (1..=5)
                .filter(|number| sessions.resume(key(*number), START, Lasting::LONGEST).is_some())
                .collect::<Vec<u8>>()
        };
        assert_eq!(left(50, None, Some(70)), [1, 3, 4, 5]);
        assert_eq!(left(50, Some(60), Some(70)), [1, 3, 5], "one without a name goes by its subject");
        assert_eq!(left(50, Some(60), None), [1, 5]);
        assert_eq!(left(50, Some(61), Some(70)), [1, 2, 3, 4, 5]);
        assert_eq!(left(51, Some(60), Some(70)), [1, 2, 3, 4, 5], "another provider");
        let mut sessions = all();
        sessions.close_from_providers(OTHER);
        assert!(
            sessions.resume(key(1), START, Lasting::LONGEST).is_some()
                && sessions.resume(key(2), START, Lasting::LONGEST).is_none()
        );
    }

    #[test]
    fn one_session_ends_by_its_name_and_the_others_stay() {
        let mut sessions = opened();
        let other = sessions.open(key(2), ID, owner(), None, START);
        let named = sessions.list(START, Lasting::LONGEST);
        assert_eq!(named.len(), 2);
        assert!(named.iter().all(|session| session.id != key(1) && session.id != key(2)), "no key is shown");
        sessions.end(other.session());
        assert!(
            sessions.resume(key(1), START, Lasting::LONGEST).is_some()
                && sessions.resume(key(2), START, Lasting::LONGEST).is_none()
        );
        assert_eq!(sessions.list(START.plus_ms(SESSION_IDLE_MS), Lasting::LONGEST).len(), 0);
    }

    #[test]
    fn who_a_provider_vouches_for_has_proved_nothing_here() {
        let mut sessions = opened();
        let typed = sessions.resume(key(1), START, Lasting::LONGEST).expect("open");
        let from = Some(AtProvider { issuer: key(50), subject: key(60), session: None });
        let vouched = sessions.open(key(2), ID, owner(), from, START);
        assert!(typed.proved().is_fresh(START) && !vouched.proved().is_fresh(START));
        assert!(!typed.proved().is_fresh(START.plus_ms(FRESH_MS)));
    }

    #[test]
    fn sessions_are_few() {
        let mut sessions = Sessions::default();
        for number in 0..=SESSIONS_PER_ADMINISTRATOR_MAX {
            let number = u8::try_from(number).expect("few");
            sessions.open(key(number), ID, owner(), None, START.plus_ms(u64::from(number)));
        }
        assert!(sessions.resume(key(0), START, Lasting::LONGEST).is_none(), "the oldest made place");
        assert!(sessions.resume(key(1), START, Lasting::LONGEST).is_some());
    }
}
