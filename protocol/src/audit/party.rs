//! Who the audit is about, sealed: a party under a key of its own, whose destruction leaves the entry whole and names nobody. It must
//! never tell by its length which kind of party it is.

use aes_gcm::aead::{Aead, KeyInit, Payload};
use aes_gcm::{Aes256Gcm, Nonce};
use minicbor::{Decode, Encode};
use rand_core::CryptoRngCore;
use zeroize::Zeroizing;

use crate::codec;
use crate::ids::{AdministratorId, Hash32, IntegrationId};
use crate::secret::Secret;

/// Who an event is about or who caused it: a pseudonym, and the name sealed under that party's own key.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct SealedParty {
    /// Names the key; random, the same for all events of the party.
    #[cbor(n(0), with = "minicbor::bytes")]
    pub pseudonym: [u8; 16],
    /// Random, never repeated under one key.
    #[cbor(n(1), with = "minicbor::bytes")]
    pub nonce: [u8; 12],
    /// AES-256-GCM of the party's encoding.
    #[cbor(n(2), with = "minicbor::bytes")]
    pub ciphertext: Vec<u8>,
}

/// A party as it is inside the seal.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub enum Party {
    /// A person of the directory.
    #[n(0)]
    Member(#[n(0)] crate::ids::MemberId),
    /// Whoever runs commands on the server's own machine, by its user number.
    #[n(1)]
    LocalAdministrator {
        /// Unix user id.
        #[n(0)]
        uid: u32,
    },
    /// The server itself: a timed run, a start.
    #[n(2)]
    Server,
    /// An administrator of the console.
    #[n(3)]
    Administrator(#[n(0)] AdministratorId),
    /// A program, by its token.
    #[n(4)]
    Integration(#[n(0)] IntegrationId),
}

/// The key of one party.
pub type PartyKey = Secret<[u8; 32]>;

/// The seal does not open: another key, or changed bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the sealed party does not open")]
pub struct NotOpened;

/// Before the hashed bytes of a name.
const NAME_LABEL: &[u8] = b"isoloir audit name v1";

/// What the audit keeps of the name of `party`: nobody finds the name by trying once the party's key is destroyed, which is the salt.
pub fn name_commitment(key: &PartyKey, party: &Party, name: &str) -> Hash32 {
    let party = codec::encode(party);
    let length = u16::try_from(party.len()).unwrap_or(u16::MAX).to_be_bytes();
    Hash32::sha256(&Zeroizing::new([NAME_LABEL, key.expose(), &length, &party, name.as_bytes()].concat()))
}

/// Padded so that all kinds of party seal to one length.
const PARTY_BYTES: usize = 32;

impl SealedParty {
    /// Seals `party` under its own key.
    pub fn seal(party: &Party, pseudonym: [u8; 16], key: &PartyKey, rng: &mut dyn CryptoRngCore) -> Self {
        let mut nonce = [0; 12];
        rng.fill_bytes(&mut nonce);
        let mut plain = codec::encode(party);
        plain.resize(plain.len().max(PARTY_BYTES), 0);
        let payload = Payload { msg: &plain, aad: &pseudonym };
        match Aes256Gcm::new(key.expose().into()).encrypt(Nonce::from_slice(&nonce), payload) {
            Ok(ciphertext) => Self { pseudonym, nonce, ciphertext },
            Err(_) => unreachable!("sealing 32 bytes in memory cannot fail"),
        }
    }

    /// Who it is, while the key exists.
    pub fn open(&self, key: &PartyKey) -> Result<Party, NotOpened> {
        let payload = Payload { msg: &self.ciphertext, aad: &self.pseudonym };
        let plain = Aes256Gcm::new(key.expose().into())
            .decrypt(Nonce::from_slice(&self.nonce), payload)
            .map_err(|_| NotOpened)?;
        minicbor::Decoder::new(&plain).decode().map_err(|_| NotOpened)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::MemberId;

    #[test]
    fn a_name_is_held_to_its_party_and_key() {
        let [one, other] = [1, 2].map(|n| Party::Administrator(AdministratorId::from_bytes([n; 16])));
        let [key, later] = [3, 4].map(|n| PartyKey::new([n; 32]));
        let kept = name_commitment(&key, &one, "claire");
        assert_eq!(kept, name_commitment(&key, &one, "claire"));
        for else_ in [
            name_commitment(&key, &one, "marc"),
            name_commitment(&key, &other, "claire"),
            name_commitment(&later, &one, "claire"),
        ] {
            assert_ne!(kept, else_);
        }
    }

    #[test]
    fn a_party_opens_under_its_own_key_only() {
        let mut rng = rand_core::OsRng;
        let (key, other) = (PartyKey::new([1; 32]), PartyKey::new([2; 32]));
        let party = Party::Member(MemberId::from_bytes([3; 16]));
        let sealed = SealedParty::seal(&party, [4; 16], &key, &mut rng);
        assert_eq!(sealed.open(&key), Ok(party));
        assert_eq!(sealed.open(&other), Err(NotOpened));
        let server = SealedParty::seal(&Party::Server, [4; 16], &key, &mut rng);
        assert_eq!(server.ciphertext.len(), sealed.ciphertext.len());
        let administrator = Party::Administrator(AdministratorId::from_bytes([5; 16]));
        let sealed = SealedParty::seal(&administrator, [4; 16], &key, &mut rng);
        assert_eq!(server.ciphertext.len(), sealed.ciphertext.len());
        assert_eq!(sealed.open(&key), Ok(administrator));
    }
}
