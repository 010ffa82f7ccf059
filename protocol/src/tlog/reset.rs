//! LogReset (spec/log.md §7): the root's word that another log goes on from an earlier state of this one, because the server was
//! restored from a backup. Nothing but the root key starts another log, and no reset takes anybody back to an older one.

use minicbor::{Decode, Encode};

use crate::bounded;
use crate::ids::{Hash32, OrganizationFingerprint};
use crate::keys::{SigningKey, VerifyingKey};
use crate::limits::{LOG_LEAVES_MAX, LOG_RESET_BYTES_MAX, ORIGIN_BYTES_MAX};
use crate::organization::{log_epoch, log_origin};
use crate::signed::{self, Document, Unverified};
use crate::time::Timestamp;

/// Why the log had to be reset; clients have words for each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(index_only)]
pub enum ResetReason {
    /// The server was restored from a backup.
    #[n(0)]
    Restore,
    /// The server had signed two histories, and one of them was chosen.
    #[n(1)]
    Fork,
}

/// The end of a log as far as somebody knew it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct LogEnd {
    /// How many leaves it had.
    #[n(0)]
    pub size: u64,
    /// Root over them.
    #[n(1)]
    pub root: Hash32,
}

/// Signed by the root: which log comes after which.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct LogReset {
    /// The log that ends.
    #[n(0)]
    #[cbor(decode_with = "bounded::text::<_, ORIGIN_BYTES_MAX>")]
    pub old_origin: String,
    /// So many of its leaves are the first ones of the new log …
    #[n(1)]
    pub old_size: u64,
    /// … with this root.
    #[n(2)]
    pub old_root: Hash32,
    /// The log that begins; its epoch is later than the old one's.
    #[n(3)]
    #[cbor(decode_with = "bounded::text::<_, ORIGIN_BYTES_MAX>")]
    pub new_origin: String,
    /// Why.
    #[n(4)]
    pub reason: ResetReason,
    /// When it was signed.
    #[n(5)]
    pub time: Timestamp,
    /// How far the old log is known to have gone, if anybody could tell.
    #[n(6)]
    pub newest: Option<LogEnd>,
}

impl Document for LogReset {
    const LABEL: &'static str = "isoloir log reset v1";
    const BYTES_MAX: usize = LOG_RESET_BYTES_MAX;
}

/// A reset whose signature and rules hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerifiedReset {
    document: LogReset,
    epoch: u32,
    bytes: Vec<u8>,
}

/// Why a reset counts for nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadReset {
    /// Not such a document, or not by the organization's root key.
    #[error("the log reset is not signed by the organization's root key")]
    Signature,
    /// Its logs are not this organization's.
    #[error("the log reset is about another organization's log")]
    OtherOrganization,
    /// The new log would not be later than the old one.
    #[error("the log reset does not lead to a later log")]
    Backwards,
    /// Sizes that no log has.
    #[error("the log reset names a size that no log has")]
    Size,
}

impl LogReset {
    /// The reset as the root signs it.
    pub fn sign(&self, root: &SigningKey) -> Vec<u8> {
        signed::sign(self, root)
    }

    /// The epoch of the log that begins, if the document keeps the rules.
    pub fn check(&self, organization: OrganizationFingerprint) -> Result<u32, BadReset> {
        let old = log_epoch(organization, &self.old_origin).ok_or(BadReset::OtherOrganization)?;
        let new = log_epoch(organization, &self.new_origin).ok_or(BadReset::OtherOrganization)?;
        if new <= old {
            return Err(BadReset::Backwards);
        }
        // The new log has one leaf more: the one that names this document.
        if self.old_size >= LOG_LEAVES_MAX || self.newest.is_some_and(|end| end.size > LOG_LEAVES_MAX) {
            return Err(BadReset::Size);
        }
        Ok(new)
    }
}

impl VerifiedReset {
    /// What was signed.
    pub fn document(&self) -> &LogReset {
        &self.document
    }

    /// Epoch of the log that begins; it only grows.
    pub fn epoch(&self) -> u32 {
        self.epoch
    }

    /// The signed form.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// What the new log's LogReset leaf says.
    pub fn hash(&self) -> Hash32 {
        Hash32::sha256(&self.bytes)
    }
}

impl Unverified<VerifiedReset> {
    /// The reset, if `root` signed it and it keeps the rules for this organization.
    pub fn verify(
        &self,
        organization: OrganizationFingerprint,
        root: &VerifyingKey,
    ) -> Result<VerifiedReset, BadReset> {
        if OrganizationFingerprint::of_key(root.as_bytes()) != organization {
            return Err(BadReset::OtherOrganization);
        }
        let document = Unverified::<LogReset>::from_bytes(self.as_bytes()).verify(root);
        let document = document.map_err(|_| BadReset::Signature)?;
        let epoch = document.check(organization)?;
        Ok(VerifiedReset { document, epoch, bytes: self.as_bytes().to_vec() })
    }
}

/// The epoch of the log after `old` that begins at `now`: seconds, so that a state that was lost cannot have used it already.
pub fn next_epoch(old: u32, now: Timestamp) -> u32 {
    u32::try_from(now.as_millis() / 1_000).unwrap_or(u32::MAX).max(old.saturating_add(1))
}

/// The origin of the log after `old` that begins at `now`.
pub fn next_origin(organization: OrganizationFingerprint, old: u32, now: Timestamp) -> String {
    log_origin(organization, next_epoch(old, now))
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_millis(1_700_000_000_000);

    fn root() -> SigningKey {
        SigningKey::from_bytes(&[1; 32])
    }

    fn organization() -> OrganizationFingerprint {
        OrganizationFingerprint::of_key(root().verifying_key().as_bytes())
    }

    fn reset(old: u32, new: u32) -> LogReset {
        LogReset {
            old_origin: log_origin(organization(), old),
            old_size: 7,
            old_root: Hash32::from_bytes([2; 32]),
            new_origin: log_origin(organization(), new),
            reason: ResetReason::Restore,
            time: NOW,
            newest: None,
        }
    }

    fn verify(bytes: Vec<u8>) -> Result<VerifiedReset, BadReset> {
        Unverified::<VerifiedReset>::from_bytes(bytes).verify(organization(), &root().verifying_key())
    }

    #[test]
    fn only_the_root_starts_another_log() {
        let signed = reset(0, 9).sign(&root());
        assert_eq!(verify(signed.clone()).map(|reset| reset.epoch()), Ok(9));
        let directory = SigningKey::from_bytes(&[2; 32]);
        assert_eq!(verify(reset(0, 9).sign(&directory)), Err(BadReset::Signature));
        // A root of somebody else is no root here, whatever it signed.
        let theirs = Unverified::<VerifiedReset>::from_bytes(reset(0, 9).sign(&directory));
        assert_eq!(theirs.verify(organization(), &directory.verifying_key()), Err(BadReset::OtherOrganization));
        for index in 0..signed.len() {
            let mut changed = signed.clone();
            changed[index] ^= 1;
            assert!(verify(changed).is_err(), "byte {index}");
        }
    }

    #[test]
    fn no_reset_leads_back() {
        for (old, new) in [(0, 0), (9, 9), (9, 3)] {
            assert_eq!(verify(reset(old, new).sign(&root())), Err(BadReset::Backwards));
        }
        let foreign = LogReset { new_origin: "isoloir.log/elsewhere/3".into(), ..reset(0, 9) };
        assert_eq!(verify(foreign.sign(&root())), Err(BadReset::OtherOrganization));
        let endless = LogReset { old_size: LOG_LEAVES_MAX, ..reset(0, 9) };
        assert_eq!(verify(endless.sign(&root())), Err(BadReset::Size));
    }

    #[test]
    fn an_epoch_is_never_used_twice_even_if_it_was_forgotten() {
        assert_eq!(next_epoch(0, NOW), 1_700_000_000);
        assert_eq!(next_epoch(1_700_000_000, NOW), 1_700_000_001);
        assert_eq!(next_epoch(0, Timestamp::from_millis(u64::MAX)), u32::MAX);
    }
}
