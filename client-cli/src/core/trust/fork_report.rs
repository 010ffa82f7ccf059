//! Evidence of a fork as a file that can be handed on and checked by anybody, without a vault or a server. Pure. It must never
//! hold anything about a person: two signed checkpoints and hashes are all there is.

use data_encoding::HEXLOWER;
use protocol::codec;
use protocol::ids::OrganizationFingerprint;
use protocol::keys::verifying_key;
use protocol::organization::DirectoryKeys;
use protocol::tlog::{ForkEvidence, NotEvidence};
use serde::{Deserialize, Serialize};

/// What a third party needs: whose log, which key, and the evidence in CBOR (spec/log.md §5), all in hexadecimal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ForkReport {
    /// Of the root key.
    pub organization: OrganizationFingerprint,
    /// Origin of the log.
    pub log: String,
    /// Ed25519 public key that signed one history, or both. Whoever checks compares it with the one that the organization publishes.
    pub directory_key: String,
    /// The one that signed the other, where another key took over in between. Whoever stole a key that was replaced could have made it:
    /// that the organization forked its log is proved only by a checkpoint of before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub other_directory_key: Option<String>,
    /// Encoded [`ForkEvidence`].
    pub evidence: String,
}

/// Why a report proves nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadReport {
    /// Not a key, or not evidence.
    #[error("malformed report")]
    Malformed,
    /// It reads, and does not hold.
    #[error(transparent)]
    NotEvidence(#[from] NotEvidence),
}

impl ForkReport {
    pub(super) fn new(
        organization: OrganizationFingerprint,
        log: &str,
        keys: &DirectoryKeys,
        evidence: &ForkEvidence,
    ) -> Self {
        let [one, other] = evidence.signers(log, keys).unwrap_or([*keys.current(); 2]);
        Self {
            organization,
            log: log.to_owned(),
            directory_key: HEXLOWER.encode(one.as_bytes()),
            other_directory_key: (other != one).then(|| HEXLOWER.encode(other.as_bytes())),
            evidence: HEXLOWER.encode(&codec::encode(evidence)),
        }
    }

    /// Whether the keys in it signed two histories of the log in it.
    pub fn check(&self) -> Result<(), BadReport> {
        let decode = |text: &str| HEXLOWER.decode(text.as_bytes()).map_err(|_| BadReport::Malformed);
        let key = |text: &String| {
            let key = <[u8; 32]>::try_from(decode(text)?).map_err(|_| BadReport::Malformed)?;
            verifying_key(&key).map_err(|_| BadReport::Malformed)
        };
        let other = self.other_directory_key.as_ref().map(key).transpose()?;
        let keys = DirectoryKeys::after(key(&self.directory_key)?, other);
        let evidence: ForkEvidence = codec::decode(&decode(&self.evidence)?).map_err(|_| BadReport::Malformed)?;
        Ok(evidence.verify(&self.log, &keys)?)
    }
}

#[cfg(test)]
mod tests {
    use protocol::ids::Hash32;
    use protocol::keys::SigningKey;
    use protocol::time::Timestamp;
    use protocol::tlog::Checkpoint;

    use super::*;

    fn report(roots: [u8; 2]) -> ForkReport {
        let key = SigningKey::from_bytes(&[7; 32]);
        let signed = roots.map(|root| {
            let checkpoint = Checkpoint {
                origin: "log.example".to_owned(),
                size: 3,
                root: Hash32::from_bytes([root; 32]),
                time: Timestamp::from_millis(1),
            };
            checkpoint.sign(&key).expect("signs")
        });
        let evidence = ForkEvidence { a: signed[0].note().to_vec(), b: signed[1].note().to_vec(), prefix: None };
        let organization = OrganizationFingerprint::from_bytes([1; 32]);
        ForkReport::new(organization, "log.example", &key.verifying_key().into(), &evidence)
    }

    #[test]
    fn two_histories_are_proved_and_nothing_else_is() {
        assert_eq!(report([1, 2]).check(), Ok(()));
        assert_eq!(report([1, 1]).check(), Err(NotEvidence::Compatible.into()));
        let other_log = ForkReport { log: "other.example".to_owned(), ..report([1, 2]) };
        assert_eq!(other_log.check(), Err(NotEvidence::Checkpoint.into()));
        let other_key = HEXLOWER.encode(SigningKey::from_bytes(&[8; 32]).verifying_key().as_bytes());
        assert_eq!(
            ForkReport { directory_key: other_key, ..report([1, 2]) }.check(),
            Err(NotEvidence::Checkpoint.into())
        );
        let cut = ForkReport { evidence: report([1, 2]).evidence[2..].to_owned(), ..report([1, 2]) };
        assert_eq!(cut.check(), Err(BadReport::Malformed));
    }

    #[test]
    fn a_report_survives_its_file() {
        let text = serde_json::to_string(&report([1, 2])).expect("serializes");
        let read: ForkReport = serde_json::from_str(&text).expect("reads");
        assert_eq!(read, report([1, 2]));
    }
}
