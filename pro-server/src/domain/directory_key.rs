//! The directory key's time: the root signs it for a year, and again before that year ends (spec/certificate.md §1). Pure. Renewal
//! gives the same key more time under a later serial; another key takes its place only if whoever has the root named that key.

use minicbor::{Decode, Encode};
use protocol::codec;
use protocol::ids::OrganizationFingerprint;
use protocol::keys::{SigningKey, VerifyingKey};
use protocol::limits::DIRECTORY_KEY_LIFETIME_MS_MAX;
use protocol::organization::DirectoryKey;
use protocol::signed::{self, Document as _, Unverified};
use protocol::time::{DAY_MS, HOUR_MS, Timestamp};

/// How long the root signs a directory key for.
const LIFETIME_MS: u64 = 365 * DAY_MS;
/// Clocks of clients may be behind by this much.
const BACKDATED_MS: u64 = 60 * 60 * 1_000;
/// From then on everybody who looks after the server is told.
const NOTICE_MS: u64 = 30 * DAY_MS;

/// Where a moment lies in a directory key's time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    Good,
    /// It ends within a month.
    Ending,
    /// Nobody who meets the organization now believes the server.
    Ended,
}

impl Standing {
    /// How `key` stands at `now`.
    pub fn of(key: &DirectoryKey, now: Timestamp) -> Self {
        match key.not_after.since(now) {
            0 => Self::Ended,
            left_ms if left_ms < NOTICE_MS => Self::Ending,
            _ => Self::Good,
        }
    }
}

/// The time that the root gives `key` at `now`.
pub fn statement(key: [u8; 32], serial: u64, now: Timestamp) -> DirectoryKey {
    DirectoryKey { serial, key, not_before: now.minus_ms(BACKDATED_MS), not_after: now.plus_ms(LIFETIME_MS) }
}

/// What the root is asked to sign, and how it knows for whom.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct RenewalRequest {
    /// The statement in force, signed by the root. Whoever carries the request can put no other key into it.
    #[cbor(n(0), with = "minicbor::bytes")]
    current: Vec<u8>,
    /// The one to sign.
    #[n(1)]
    next: DirectoryKey,
}

/// What a statement of the root did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Renewed {
    /// The key in force has more time.
    Time(DirectoryKey),
    /// Another key took its place.
    Key(DirectoryKey),
}

impl Renewed {
    /// The statement.
    pub fn key(&self) -> &DirectoryKey {
        match self {
            Self::Time(key) | Self::Key(key) => key,
        }
    }
}

/// Why a renewal counts for nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadRenewal {
    #[error("this is no request for a renewal of the directory key, or no renewal")]
    Malformed,
    #[error("this was not signed by the root key of this organization")]
    OtherOrganization,
    #[error("this is about another key than the directory key in force and the one that waits to take its place")]
    OtherKey,
    #[error("this puts another key in the place of the directory key; whoever signs has to name that key")]
    Unnamed,
    #[error("a statement that is as new or newer is in force already")]
    Old,
    #[error("the time that it gives has ended, or is longer than a year")]
    Time,
}

impl RenewalRequest {
    /// Asks for more time for the key in force. `logged` is the newest serial that the log names.
    pub fn new(current: &DirectoryKey, signed: &[u8], logged: u64, now: Timestamp) -> Self {
        let serial = current.serial.max(logged).saturating_add(1);
        Self { current: signed.to_vec(), next: statement(current.key, serial, now) }
    }

    /// Asks for `key` in the place of the one in force. Within an hour it is the same request, so that a second person is asked once.
    pub fn of_successor(current: &DirectoryKey, signed: &[u8], logged: u64, key: [u8; 32], now: Timestamp) -> Self {
        let hour = Timestamp::from_millis(now.as_millis() - now.as_millis() % HOUR_MS);
        let Self { current: signed, next } = Self::new(current, signed, logged, hour);
        Self { current: signed, next: DirectoryKey { key, ..next } }
    }

    /// The key that would take the place of the one in force.
    pub fn successor(&self, root: &VerifyingKey) -> Option<[u8; 32]> {
        let current = verified(&self.current, root).ok()?;
        (self.next.key != current.key).then_some(self.next.key)
    }

    /// What is to be signed.
    pub fn next(&self) -> &DirectoryKey {
        &self.next
    }

    pub fn to_bytes(&self) -> Vec<u8> {
        codec::encode(self)
    }

    /// Reads a request; nothing of it is believed yet.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, BadRenewal> {
        codec::decode_bounded(bytes, 2 * DirectoryKey::BYTES_MAX).map_err(|_| BadRenewal::Malformed)
    }

    /// The renewal, signed, if it gives the key that `root` has signed before more time and does nothing else. Another key only if it
    /// is the `named` one, which came another way than the request: whoever carries that could have exchanged the key in it.
    pub fn sign(&self, root: &SigningKey, named: Option<[u8; 32]>) -> Result<Vec<u8>, BadRenewal> {
        let current = verified(&self.current, &root.verifying_key())?;
        match named {
            None if self.next.key != current.key => return Err(BadRenewal::Unnamed),
            Some(named) if named != self.next.key => return Err(BadRenewal::OtherKey),
            None | Some(_) => follows(&self.next, &current, 0)?,
        }
        Ok(signed::sign(&self.next, root))
    }
}

/// The organization of a root key.
pub fn organization(root: &VerifyingKey) -> OrganizationFingerprint {
    OrganizationFingerprint::of_key(root.as_bytes())
}

/// The statement in `signed`, if it can take the place of `current` at `now`: about the same key, or about the `waiting` one. `logged` is
/// the newest serial that the log names.
pub fn renewed(
    signed: &[u8],
    current: &DirectoryKey,
    waiting: Option<[u8; 32]>,
    logged: u64,
    root: &VerifyingKey,
    now: Timestamp,
) -> Result<DirectoryKey, BadRenewal> {
    let next = verified(signed, root)?;
    if next.key != current.key && Some(next.key) != waiting {
        return Err(BadRenewal::OtherKey);
    }
    follows(&next, current, logged)?;
    if now < next.not_before || now >= next.not_after { Err(BadRenewal::Time) } else { Ok(next) }
}

/// What `root` says in `signed`, to be shown.
pub fn said(signed: &[u8], root: &VerifyingKey) -> Option<DirectoryKey> {
    verified(signed, root).ok()
}

fn verified(signed: &[u8], root: &VerifyingKey) -> Result<DirectoryKey, BadRenewal> {
    Unverified::<DirectoryKey>::from_bytes(signed).verify(root).map_err(|error| match error {
        signed::NotSigned::Malformed(_) => BadRenewal::Malformed,
        signed::NotSigned::Signature => BadRenewal::OtherOrganization,
    })
}

fn follows(next: &DirectoryKey, current: &DirectoryKey, logged: u64) -> Result<(), BadRenewal> {
    if next.serial <= current.serial.max(logged) {
        return Err(BadRenewal::Old);
    }
    if is_within_a_year(next) { Ok(()) } else { Err(BadRenewal::Time) }
}

/// Whether a statement gives some time, and no more than clients believe.
pub(super) fn is_within_a_year(said: &DirectoryKey) -> bool {
    let lifetime_ms = said.not_after.since(said.not_before);
    lifetime_ms > 0 && lifetime_ms <= DIRECTORY_KEY_LIFETIME_MS_MAX
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_millis(1_700_000_000_000);

    fn root() -> SigningKey {
        SigningKey::from_bytes(&[1; 32])
    }

    fn key(n: u8) -> [u8; 32] {
        SigningKey::from_bytes(&[n; 32]).verifying_key().to_bytes()
    }

    fn in_force() -> (DirectoryKey, Vec<u8>) {
        let current = statement(key(2), 1, NOW);
        (current.clone(), signed::sign(&current, &root()))
    }

    #[test]
    fn a_year_stands_well_then_ends() {
        let (current, _) = in_force();
        let at = |days| Standing::of(&current, NOW.plus_ms(days * DAY_MS));
        assert_eq!(
            [at(0), at(334), at(336), at(364)],
            [Standing::Good, Standing::Good, Standing::Ending, Standing::Ending]
        );
        assert_eq!([at(365), at(700)], [Standing::Ended; 2]);
    }

    #[test]
    fn a_request_becomes_a_renewal_of_the_same_key_also_after_the_end() {
        let (current, in_force) = in_force();
        for days in [340, 400] {
            let later = NOW.plus_ms(days * DAY_MS);
            let request = RenewalRequest::new(&current, &in_force, 1, later).to_bytes();
            let signed = RenewalRequest::from_bytes(&request).unwrap().sign(&root(), None).unwrap();
            let next = renewed(&signed, &current, None, 1, &root().verifying_key(), later).unwrap();
            assert_eq!((next.serial, next.key, Standing::of(&next, later)), (2, current.key, Standing::Good));
            let again = renewed(&signed, &next, None, 2, &root().verifying_key(), later);
            assert_eq!(again, Err(BadRenewal::Old));
            let too_late = renewed(&signed, &current, None, 1, &root().verifying_key(), next.not_after);
            assert_eq!(too_late, Err(BadRenewal::Time));
        }
        // The log has a later serial than a keys folder that was brought back from an older copy: it never goes back.
        assert_eq!(RenewalRequest::new(&current, &in_force, 7, NOW).next().serial, 8);
        let signed = signed::sign(&statement(current.key, 7, NOW), &root());
        assert_eq!(renewed(&signed, &current, None, 7, &root().verifying_key(), NOW), Err(BadRenewal::Old));
    }

    #[test]
    fn whoever_carries_the_request_cannot_have_anything_else_signed() {
        let (current, in_force) = in_force();
        let request = |next| RenewalRequest { current: in_force.clone(), next };
        let next = statement(current.key, 2, NOW);
        let refused = [
            (DirectoryKey { key: key(3), ..next.clone() }, BadRenewal::Unnamed),
            (DirectoryKey { serial: 1, ..next.clone() }, BadRenewal::Old),
            (DirectoryKey { not_after: NOW.plus_ms(800 * DAY_MS), ..next.clone() }, BadRenewal::Time),
            (DirectoryKey { not_after: next.not_before, ..next.clone() }, BadRenewal::Time),
        ];
        for (next, why) in refused {
            assert_eq!(request(next).sign(&root(), None), Err(why));
        }
        let stranger = SigningKey::from_bytes(&[9; 32]);
        assert_eq!(request(next.clone()).sign(&stranger, None), Err(BadRenewal::OtherOrganization));
        // A key that the carrier calls the present one.
        let own = statement(key(3), 1, NOW);
        let forged = RenewalRequest { current: signed::sign(&own, &stranger), next: statement(own.key, 2, NOW) };
        assert_eq!(forged.sign(&root(), None), Err(BadRenewal::OtherOrganization));
        for bytes in [&b""[..], b"no request", &[0xff; 5_000]] {
            assert_eq!(RenewalRequest::from_bytes(bytes), Err(BadRenewal::Malformed));
        }
        let theirs = signed::sign(&next, &stranger);
        let refused = renewed(&theirs, &current, None, 1, &root().verifying_key(), NOW);
        assert_eq!(refused, Err(BadRenewal::OtherOrganization));
    }
    #[test]
    fn another_key_takes_over_only_if_the_signer_named_it_and_it_waits_here() {
        let (current, in_force) = in_force();
        let request = RenewalRequest::of_successor(&current, &in_force, 1, key(3), NOW);
        assert_eq!(request.successor(&root().verifying_key()), Some(key(3)));
        assert_eq!(RenewalRequest::new(&current, &in_force, 1, NOW).successor(&root().verifying_key()), None);
        assert_eq!(request.sign(&root(), None), Err(BadRenewal::Unnamed));
        assert_eq!(request.sign(&root(), Some(key(4))), Err(BadRenewal::OtherKey));
        let signed = request.sign(&root(), Some(key(3))).unwrap();
        let renewed = |waiting| renewed(&signed, &current, waiting, 1, &root().verifying_key(), NOW);
        assert_eq!([renewed(None), renewed(Some(key(4)))], [Err(BadRenewal::OtherKey), Err(BadRenewal::OtherKey)]);
        let next = renewed(Some(key(3))).unwrap();
        assert_eq!((next.serial, next.key), (2, key(3)));
        // A request for more time that was to be for another key.
        let renewal = RenewalRequest::new(&current, &in_force, 1, NOW);
        assert_eq!(renewal.sign(&root(), Some(key(3))), Err(BadRenewal::OtherKey));
    }
}
