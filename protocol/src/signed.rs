//! Signed documents: COSE_Sign1 (RFC 9052 §4.2) with Ed25519 over a CBOR document, bound to a label by the external data.
//! The only door from received bytes to a document is [`Unverified::verify`].

use std::fmt;
use std::marker::PhantomData;

use coset::{CborSerializable, CoseSign1, CoseSign1Builder, HeaderBuilder, iana};
use ed25519_dalek::{Signer as _, SigningKey, VerifyingKey};
use minicbor::{Decode, Encode};

use crate::codec::{self, Malformed};

/// A kind of document that somebody signs.
pub trait Document: Encode<()> + for<'b> Decode<'b, ()> {
    /// Bound into the signature: a document of one kind can never be taken for another.
    const LABEL: &'static str;
    /// Longest signed form in bytes.
    const BYTES_MAX: usize;
}

/// Why a signed document was not accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotSigned {
    /// The bytes are not such a document.
    #[error(transparent)]
    Malformed(#[from] Malformed),
    /// The signature is not by the expected key, or over something else.
    #[error("the signature does not match")]
    Signature,
}

/// The signed form of `document`.
pub fn sign<T: Document>(document: &T, key: &SigningKey) -> Vec<u8> {
    let signed = CoseSign1Builder::new()
        .protected(HeaderBuilder::new().algorithm(iana::Algorithm::EdDSA).build())
        .payload(codec::encode(document))
        .create_signature(T::LABEL.as_bytes(), |bytes| key.sign(bytes).to_bytes().to_vec())
        .build();
    match signed.to_vec() {
        Ok(bytes) => bytes,
        Err(error) => unreachable!("a COSE_Sign1 of ours always encodes: {error}"),
    }
}

/// Received bytes that claim to be a signed `T`.
#[derive(Clone)]
pub struct Unverified<T> {
    bytes: Vec<u8>,
    kind: PhantomData<fn() -> T>,
}

/// A list of people is such bytes too.
impl<T> fmt::Debug for Unverified<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Unverified(…)")
    }
}

impl<T> Unverified<T> {
    /// Keeps the bytes; nothing is looked at before `verify`.
    pub fn from_bytes(bytes: impl Into<Vec<u8>>) -> Self {
        Self { bytes: bytes.into(), kind: PhantomData }
    }

    /// The bytes as received.
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }
}

impl<T: Document> Unverified<T> {
    /// The document, if `key` signed exactly it under its kind's label.
    pub fn verify(&self, key: &VerifyingKey) -> Result<T, NotSigned> {
        if self.bytes.len() > T::BYTES_MAX {
            return Err(Malformed::TooLong { limit_bytes: T::BYTES_MAX }.into());
        }
        let signed = CoseSign1::from_slice(&self.bytes).map_err(|_| Malformed::Shape)?;
        signed.verify_signature(T::LABEL.as_bytes(), |signature, bytes| {
            let signature = ed25519_dalek::Signature::from_slice(signature).map_err(|_| NotSigned::Signature)?;
            key.verify_strict(bytes, &signature).map_err(|_| NotSigned::Signature)
        })?;
        let payload = signed.payload.as_deref().ok_or(Malformed::Shape)?;
        Ok(codec::decode(payload)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, PartialEq, Encode, Decode)]
    #[cbor(map)]
    struct Sample {
        #[n(0)]
        number: u64,
    }

    impl Document for Sample {
        const LABEL: &'static str = "isoloir sample v1";
        const BYTES_MAX: usize = 1_024;
    }

    #[derive(Debug, PartialEq, Encode, Decode)]
    #[cbor(map)]
    struct Other {
        #[n(0)]
        number: u64,
    }

    impl Document for Other {
        const LABEL: &'static str = "isoloir other v1";
        const BYTES_MAX: usize = 1_024;
    }

    #[test]
    fn only_the_signer_the_bytes_and_the_kind_verify() {
        let key = SigningKey::from_bytes(&[1; 32]);
        let bytes = sign(&Sample { number: 5 }, &key);
        assert_eq!(
            Unverified::<Sample>::from_bytes(bytes.clone()).verify(&key.verifying_key()),
            Ok(Sample { number: 5 })
        );
        assert_eq!(
            Unverified::<Other>::from_bytes(bytes.clone()).verify(&key.verifying_key()),
            Err(NotSigned::Signature)
        );
        let stranger = SigningKey::from_bytes(&[2; 32]).verifying_key();
        assert_eq!(Unverified::<Sample>::from_bytes(bytes.clone()).verify(&stranger), Err(NotSigned::Signature));
        for index in 0..bytes.len() {
            let mut changed = bytes.clone();
            changed[index] ^= 1;
            assert!(Unverified::<Sample>::from_bytes(changed).verify(&key.verifying_key()).is_err(), "byte {index}");
        }
    }
}
