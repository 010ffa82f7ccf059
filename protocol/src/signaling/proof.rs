//! What HELLO, SUB and PUT sign or authenticate (spec/signaling.md §4). One label per purpose; each binds its session, so nothing
//! from one session is of use in another. Must never compare a MAC in variable time.

use hmac::{Hmac, Mac};
use sha2::Sha256;

use super::field::SessionKind;
use super::message::EXPORTER_BYTES;
use crate::ids::{Address, Hash32, SessionId};
use crate::keys::{self, SigningKey, VerifyingKey};
use crate::secret::Secret;

const HELLO_LABEL: &str = "isoloir hello1";
const SUB_LABEL: &str = "isoloir sub1";
const PUT_LABEL: &str = "isoloir put1";

/// HELLO: the device key signs CHALLENGE's nonce, this TLS connection's exporter, and the kind of session.
pub fn hello(key: &SigningKey, nonce: &[u8; 32], exporter: &[u8; EXPORTER_BYTES], kind: SessionKind) -> [u8; 64] {
    keys::sign(key, HELLO_LABEL, &[nonce, exporter, &[kind.as_byte()]])
}

/// Checks [`hello`].
pub fn is_hello(
    key: &VerifyingKey,
    nonce: &[u8; 32],
    exporter: &[u8; EXPORTER_BYTES],
    kind: SessionKind,
    signature: &[u8; 64],
) -> bool {
    keys::verify(key, HELLO_LABEL, &[nonce, exporter, &[kind.as_byte()]], signature)
}

/// SUB: the address key signs WELCOME's nonce, the session and the put key.
pub fn sub(key: &SigningKey, nonce: &[u8; 32], session: SessionId, put_key: &[u8; 32]) -> [u8; 64] {
    keys::sign(key, SUB_LABEL, &[nonce, session.as_bytes(), put_key])
}

/// Checks [`sub`].
pub fn is_sub(
    key: &VerifyingKey,
    nonce: &[u8; 32],
    session: SessionId,
    put_key: &[u8; 32],
    signature: &[u8; 64],
) -> bool {
    keys::verify(key, SUB_LABEL, &[nonce, session.as_bytes(), put_key], signature)
}

/// PUT: HMAC-SHA-256 (RFC 2104) under the put key over session, `n`, address and SHA-256 of the envelope.
pub fn put(put_key: &Secret<[u8; 32]>, session: SessionId, n: u64, address: Address, envelope: &[u8]) -> [u8; 32] {
    put_mac(put_key.expose(), session, n, address, envelope).finalize().into_bytes().into()
}

/// Checks [`put`] in constant time.
pub fn is_put(
    put_key: &Secret<[u8; 32]>,
    session: SessionId,
    n: u64,
    address: Address,
    envelope: &[u8],
    mac: &[u8; 32],
) -> bool {
    put_mac(put_key.expose(), session, n, address, envelope).verify(mac.into()).is_ok()
}

fn put_mac(put_key: &[u8; 32], session: SessionId, n: u64, address: Address, envelope: &[u8]) -> Hmac<Sha256> {
    let hash = Hash32::sha256(envelope);
    let parts: [&[u8]; 4] = [session.as_bytes(), &n.to_be_bytes(), address.as_bytes(), hash.as_bytes()];
    let Ok(mut mac) = <Hmac<Sha256> as Mac>::new_from_slice(put_key) else {
        unreachable!("HMAC takes keys of any length")
    };
    mac.update(&keys::transcript(PUT_LABEL, &parts));
    mac
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_put_is_bound_to_all_it_names() {
        let key = Secret::new([1; 32]);
        let (session, address) = (SessionId::from_bytes([2; 16]), Address::from_bytes([3; 16]));
        let mac = put(&key, session, 4, address, b"envelope");
        assert!(is_put(&key, session, 4, address, b"envelope", &mac));
        assert!(!is_put(&Secret::new([9; 32]), session, 4, address, b"envelope", &mac));
        assert!(!is_put(&key, SessionId::from_bytes([9; 16]), 4, address, b"envelope", &mac));
        assert!(!is_put(&key, session, 5, address, b"envelope", &mac));
        assert!(!is_put(&key, session, 4, Address::from_bytes([9; 16]), b"envelope", &mac));
        assert!(!is_put(&key, session, 4, address, b"envelopE", &mac));
    }

    #[test]
    fn hello_and_sub_are_bound_to_their_connection() {
        let key = SigningKey::from_bytes(&[1; 32]);
        let public = key.verifying_key();
        let signature = hello(&key, &[1; 32], &[2; 32], SessionKind::Door);
        assert!(is_hello(&public, &[1; 32], &[2; 32], SessionKind::Door, &signature));
        assert!(!is_hello(&public, &[1; 32], &[2; 32], SessionKind::Relationship, &signature));
        assert!(!is_hello(&public, &[1; 32], &[3; 32], SessionKind::Door, &signature));
        assert!(!is_hello(&public, &[3; 32], &[2; 32], SessionKind::Door, &signature));
        let session = SessionId::from_bytes([4; 16]);
        let signature = sub(&key, &[1; 32], session, &[5; 32]);
        assert!(is_sub(&public, &[1; 32], session, &[5; 32], &signature));
        assert!(!is_sub(&public, &[1; 32], session, &[6; 32], &signature));
        assert!(!is_sub(&public, &[1; 32], SessionId::from_bytes([6; 16]), &[5; 32], &signature));
    }
}
