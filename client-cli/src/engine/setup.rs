//! What is kept of a link while it is being set up. Gone when it is open or given up.

use protocol::ids::{Hash32, LinkId};
use protocol::keys::{EnvelopeKeyPair, EnvelopePublicKey};
use protocol::secret::Personal;

use crate::net::link::LinkOffer;

/// An offer of ours that waits for its answer.
pub struct PendingOffer {
    pub link: LinkId,
    pub offer: LinkOffer,
    pub one_time: EnvelopeKeyPair,
    pub fingerprint: [u8; 32],
    pub envelope: Hash32,
}

/// Their offer, verified.
pub struct IncomingOffer {
    pub link: LinkId,
    pub one_time_key: EnvelopePublicKey,
    pub fingerprint: [u8; 32],
    pub sdp: Personal<String>,
    pub envelope: Hash32,
}

/// Their answer, verified.
pub struct IncomingAnswer {
    pub link: LinkId,
    pub encapsulation: Vec<u8>,
    pub fingerprint: [u8; 32],
    pub sdp: Personal<String>,
    pub envelope: Hash32,
}
