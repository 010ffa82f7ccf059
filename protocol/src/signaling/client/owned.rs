//! An address that a client session owns in each of its connections (spec/signaling.md §4). Its key must never leave but as a
//! signature.

use crate::ids::SessionId;
use crate::keys::SigningKey;
use crate::secret::Secret;
use crate::signaling::message::ClientFrame;
use crate::signaling::proof;

pub(super) struct Owned {
    pub(super) key: SigningKey,
    pub(super) put_key: Secret<[u8; 32]>,
}

impl Owned {
    /// SUB for the connection that WELCOME opened.
    pub(super) fn sub(&self, nonce: &[u8; 32], session: SessionId) -> Vec<u8> {
        let put_key = *self.put_key.expose();
        let signature = proof::sub(&self.key, nonce, session, &put_key);
        ClientFrame::Sub { key: self.key.verifying_key().to_bytes(), put_key, signature }.to_bytes()
    }
}
