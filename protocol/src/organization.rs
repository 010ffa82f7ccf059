//! The organization's own keys, as a client first meets them; the link that names the organization is `link`'s.
//! Nothing of this is trusted before [`OrganizationDocument::verify`] has tied it to the link's fingerprint and to the connection.

use ed25519_dalek::{SigningKey, VerifyingKey};
use minicbor::bytes::ByteVec;
use minicbor::{Decode, Encode};

use crate::codec::{self, Malformed};
use crate::ids::{Hash32, OrganizationFingerprint};
use crate::keys;
use crate::limits::{CLOCK_SKEW_MS_MAX, DIRECTORY_KEY_LIFETIME_MS_MAX, ORGANIZATION_DOCUMENT_BYTES_MAX};
use crate::signed::{self, Document, NotSigned, Unverified};
use crate::time::Timestamp;
use crate::tlog::VerifiedReset;

pub use self::directory_keys::DirectoryKeys;
pub use self::link::{EnrollmentLink, NotALink};

mod directory_keys;
mod link;

/// TLS keys that one directory signature may permit.
const TLS_KEYS_MAX: usize = 16;

/// Signed by the root: which key is the directory's, and until when.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct DirectoryKey {
    /// Grows with each rotation; a client never goes back.
    #[n(0)]
    pub serial: u64,
    /// Ed25519 public key.
    #[cbor(n(1), with = "minicbor::bytes")]
    pub key: [u8; 32],
    /// First moment of validity.
    #[n(2)]
    pub not_before: Timestamp,
    /// End of validity, at most [`DIRECTORY_KEY_LIFETIME_MS_MAX`] later.
    #[n(3)]
    pub not_after: Timestamp,
}

impl Document for DirectoryKey {
    const LABEL: &'static str = "isoloir directory key v1";
    const BYTES_MAX: usize = 1_024;
}

/// Signed by the directory key: the TLS keys that the server may show.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct TlsKeys {
    /// SHA-256 of each permitted SubjectPublicKeyInfo (RFC 5280 §4.1).
    #[n(0)]
    pub spki_sha256: Vec<Hash32>,
    /// End of validity.
    #[n(1)]
    pub not_after: Timestamp,
}

impl Document for TlsKeys {
    const LABEL: &'static str = "isoloir tls keys v1";
    const BYTES_MAX: usize = 8 * 1_024;
}

/// What `GET /v1/organization` answers, in CBOR.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct OrganizationDocument {
    /// Ed25519 root public key; its SHA-256 is in every enrollment link.
    #[cbor(n(0), with = "minicbor::bytes")]
    pub root_key: [u8; 32],
    /// [`DirectoryKey`], signed by the root.
    #[cbor(n(1), with = "minicbor::bytes")]
    pub directory_key: Vec<u8>,
    /// [`TlsKeys`], signed by the directory key.
    #[cbor(n(2), with = "minicbor::bytes")]
    pub tls_keys: Vec<u8>,
    /// The transparency log's origin line (C2SP tlog-checkpoint).
    #[n(3)]
    pub log_origin: String,
    /// [`LogReset`](crate::tlog::LogReset) with which this log began, signed by the root; absent for the organization's first log.
    #[n(4)]
    pub log_reset: Option<ByteVec>,
}

/// An organization whose keys were tied to a fingerprint that the person was given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrustedOrganization {
    /// SHA-256 of the root key.
    pub fingerprint: OrganizationFingerprint,
    /// The root key.
    pub root_key: VerifyingKey,
    /// The directory key in force.
    pub directory_key: VerifyingKey,
    /// Its serial.
    pub directory_key_serial: u64,
    /// When it ends.
    pub directory_key_not_after: Timestamp,
    /// SHA-256 of the permitted TLS keys.
    pub tls_keys: Vec<Hash32>,
    /// The log's origin line.
    pub log_origin: String,
    /// How this log came after another one.
    pub log_reset: Option<VerifiedReset>,
}

/// Why an organization was not trusted. No secret may be sent to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotTrusted {
    /// The document cannot be read.
    #[error(transparent)]
    Malformed(#[from] Malformed),
    /// The root key is not the one whose fingerprint the link carries.
    #[error("the server's organization is not the one in the link")]
    OtherOrganization,
    /// The directory key is not signed by the root, or has expired.
    #[error("the directory key is not valid")]
    DirectoryKey,
    /// The list of TLS keys is not signed by the directory key, or has expired.
    #[error("the list of permitted TLS keys is not valid")]
    TlsKeys,
    /// The connection's TLS key is not on the list: somebody stands in between.
    #[error("this connection does not end at the organization's server")]
    Connection,
    /// The log's name does not belong to the organization.
    #[error("the log's origin is not the organization's")]
    LogOrigin,
    /// The log is not the first one, and the root did not say how it began.
    #[error("the server shows a log that the organization's root key did not start")]
    LogReset,
}

impl From<NotSigned> for NotTrusted {
    fn from(error: NotSigned) -> Self {
        match error {
            NotSigned::Malformed(malformed) => Self::Malformed(malformed),
            NotSigned::Signature => Self::DirectoryKey,
        }
    }
}

/// The origin of the organization's log number `epoch`: 0 is the first one, a LogReset starts a later one.
pub fn log_origin(fingerprint: OrganizationFingerprint, epoch: u32) -> String {
    format!("isoloir.log/{fingerprint}/{epoch}")
}

/// The number of a log of this organization; `None` for any other text.
pub fn log_epoch(fingerprint: OrganizationFingerprint, origin: &str) -> Option<u32> {
    let epoch = origin.rsplit('/').next()?.parse().ok()?;
    (log_origin(fingerprint, epoch) == origin).then_some(epoch)
}

/// The organization whose log has this origin.
pub fn log_organization(origin: &str) -> Option<OrganizationFingerprint> {
    let organization = origin.split('/').nth(1)?.parse().ok()?;
    log_epoch(organization, origin).map(|_| organization)
}

impl OrganizationDocument {
    /// Makes the document from the keys.
    pub fn new(
        root: &VerifyingKey,
        directory_key: Vec<u8>,
        tls_keys: &TlsKeys,
        directory: &SigningKey,
        log_reset: Option<&VerifiedReset>,
    ) -> Self {
        let root_key = root.to_bytes();
        let epoch = log_reset.map_or(0, VerifiedReset::epoch);
        Self {
            root_key,
            directory_key,
            tls_keys: signed::sign(tls_keys, directory),
            log_origin: log_origin(OrganizationFingerprint::of_key(&root_key), epoch),
            log_reset: log_reset.map(|reset| reset.bytes().to_vec().into()),
        }
    }

    /// Reads the document; bounded, nothing trusted yet.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, Malformed> {
        codec::decode_bounded(bytes, ORGANIZATION_DOCUMENT_BYTES_MAX)
    }

    /// Ties the document to the link's `fingerprint` and to the TLS key (SHA-256 of its SPKI) of the connection it came over.
    pub fn verify(
        &self,
        fingerprint: OrganizationFingerprint,
        connection_spki_sha256: Hash32,
        now: Timestamp,
    ) -> Result<TrustedOrganization, NotTrusted> {
        if OrganizationFingerprint::of_key(&self.root_key) != fingerprint {
            return Err(NotTrusted::OtherOrganization);
        }
        let root_key = keys::verifying_key(&self.root_key).map_err(|_| NotTrusted::OtherOrganization)?;
        let directory = Unverified::<DirectoryKey>::from_bytes(self.directory_key.clone()).verify(&root_key)?;
        let lifetime_ms = directory.not_after.since(directory.not_before);
        if now.plus_ms(CLOCK_SKEW_MS_MAX) < directory.not_before
            || now >= directory.not_after
            || lifetime_ms > DIRECTORY_KEY_LIFETIME_MS_MAX
        {
            return Err(NotTrusted::DirectoryKey);
        }
        let directory_key = keys::verifying_key(&directory.key).map_err(|_| NotTrusted::DirectoryKey)?;
        let tls = Unverified::<TlsKeys>::from_bytes(self.tls_keys.clone())
            .verify(&directory_key)
            .map_err(|_| NotTrusted::TlsKeys)?;
        if now >= tls.not_after || tls.spki_sha256.len() > TLS_KEYS_MAX {
            return Err(NotTrusted::TlsKeys);
        }
        if !tls.spki_sha256.contains(&connection_spki_sha256) {
            return Err(NotTrusted::Connection);
        }
        let log_reset = self.verified_reset(fingerprint, &root_key)?;
        Ok(TrustedOrganization {
            fingerprint,
            root_key,
            directory_key,
            directory_key_serial: directory.serial,
            directory_key_not_after: directory.not_after,
            tls_keys: tls.spki_sha256,
            log_origin: self.log_origin.clone(),
            log_reset,
        })
    }

    /// The first log needs no word; every other one only counts with the root's.
    fn verified_reset(
        &self,
        fingerprint: OrganizationFingerprint,
        root_key: &VerifyingKey,
    ) -> Result<Option<VerifiedReset>, NotTrusted> {
        let epoch = log_epoch(fingerprint, &self.log_origin).ok_or(NotTrusted::LogOrigin)?;
        if epoch == 0 {
            return Ok(None);
        }
        let bytes = self.log_reset.as_ref().ok_or(NotTrusted::LogReset)?;
        let reset = Unverified::<VerifiedReset>::from_bytes(bytes.to_vec()).verify(fingerprint, root_key);
        let reset = reset.map_err(|_| NotTrusted::LogReset)?;
        if reset.epoch() == epoch { Ok(Some(reset)) } else { Err(NotTrusted::LogReset) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn organization(spki: Hash32) -> (OrganizationDocument, OrganizationFingerprint) {
        let (root, directory) = (SigningKey::from_bytes(&[1; 32]), SigningKey::from_bytes(&[2; 32]));
        let key = DirectoryKey {
            serial: 1,
            key: directory.verifying_key().to_bytes(),
            not_before: Timestamp::ZERO,
            not_after: Timestamp::from_millis(1_000_000),
        };
        let tls = TlsKeys { spki_sha256: vec![spki], not_after: Timestamp::from_millis(500_000) };
        let document =
            OrganizationDocument::new(&root.verifying_key(), signed::sign(&key, &root), &tls, &directory, None);
        (document, OrganizationFingerprint::of_key(&root.verifying_key().to_bytes()))
    }

    #[test]
    fn trusted_only_with_the_right_fingerprint_connection_and_time() {
        let spki = Hash32::sha256(b"spki");
        let (document, fingerprint) = organization(spki);
        let now = Timestamp::from_millis(1_000);
        let document = OrganizationDocument::from_bytes(&codec::encode(&document)).unwrap();
        assert!(document.verify(fingerprint, spki, now).is_ok());
        let other = OrganizationFingerprint::from_bytes([9; 32]);
        assert_eq!(document.verify(other, spki, now), Err(NotTrusted::OtherOrganization));
        assert_eq!(document.verify(fingerprint, Hash32::sha256(b"relay"), now), Err(NotTrusted::Connection));
        assert_eq!(document.verify(fingerprint, spki, Timestamp::from_millis(600_000)), Err(NotTrusted::TlsKeys));
        assert_eq!(
            document.verify(fingerprint, spki, Timestamp::from_millis(2_000_000)),
            Err(NotTrusted::DirectoryKey)
        );
    }

    #[test]
    fn another_log_counts_only_with_the_root_s_word() {
        let spki = Hash32::sha256(b"spki");
        let (document, fingerprint) = organization(spki);
        let (root, now) = (SigningKey::from_bytes(&[1; 32]), Timestamp::from_millis(1_000));
        let reset = |new| crate::tlog::LogReset {
            old_origin: log_origin(fingerprint, 0),
            old_size: 3,
            old_root: Hash32::from_bytes([7; 32]),
            new_origin: log_origin(fingerprint, new),
            reason: crate::tlog::ResetReason::Restore,
            time: now,
            newest: None,
        };
        let shown = |log_reset, epoch| {
            let log_origin = log_origin(fingerprint, epoch);
            let log_reset: Option<Vec<u8>> = log_reset;
            let shown = OrganizationDocument { log_reset: log_reset.map(Into::into), log_origin, ..document.clone() };
            let shown = OrganizationDocument::from_bytes(&codec::encode(&shown)).unwrap();
            shown.verify(fingerprint, spki, now).map(|trusted| trusted.log_reset.map(|reset| reset.epoch()))
        };
        assert_eq!(shown(None, 0), Ok(None));
        assert_eq!(shown(Some(reset(5).sign(&root)), 5), Ok(Some(5)));
        assert_eq!(shown(None, 5), Err(NotTrusted::LogReset));
        assert_eq!(shown(Some(reset(5).sign(&root)), 6), Err(NotTrusted::LogReset));
        assert_eq!(shown(Some(reset(5).sign(&SigningKey::from_bytes(&[2; 32]))), 5), Err(NotTrusted::LogReset));
        let other = OrganizationDocument { log_origin: "isoloir.log/x/0".into(), ..document.clone() };
        assert_eq!(other.verify(fingerprint, spki, now), Err(NotTrusted::LogOrigin));
    }
}
