//! Ids of messages name the device that drew them, pure: readers take no other from it, so that nobody can use the id of somebody else's
//! message first and make it pass for one that came before. Source: `protocol/spec/lanes.md`, section 3.

use protocol::ids::{DeviceId, MessageId};
use rand_core::CryptoRngCore;
use sha2::{Digest as _, Sha256};

/// Bytes of a message's id that say whose device drew it.
const AUTHOR_BYTES: usize = 8;

/// A fresh id for a message of this device.
pub fn draw(author: &DeviceId, rng: &mut dyn CryptoRngCore) -> MessageId {
    let mut id = *MessageId::random(rng).as_bytes();
    id.iter_mut().zip(part_of(author)).take(AUTHOR_BYTES).for_each(|(to, from)| *to = from);
    MessageId::from_bytes(id)
}

/// Whether this device drew it.
pub fn is_by(message: &MessageId, author: &DeviceId) -> bool {
    message.as_bytes().iter().zip(part_of(author)).take(AUTHOR_BYTES).all(|(one, other)| *one == other)
}

fn part_of(author: &DeviceId) -> [u8; 32] {
    Sha256::new().chain_update(b"isoloir message id v1").chain_update(author.as_bytes()).finalize().into()
}

#[cfg(test)]
mod tests {
    use rand_core::OsRng;

    use super::*;

    #[test]
    fn an_id_is_its_authors_and_nobody_elses() {
        let [ada, eve] = [1, 2].map(|byte| DeviceId::from_bytes([byte; 16]));
        let [first, second] = [(); 2].map(|()| draw(&ada, &mut OsRng));
        assert!(is_by(&first, &ada) && !is_by(&first, &eve));
        assert_ne!(first, second);
    }
}
