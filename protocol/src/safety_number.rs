//! The number that two people compare to know that nobody stands between them. It must be the same on both sides and change
//! whenever an identity key does.

use ed25519_dalek::VerifyingKey;

use crate::ids::MemberId;
use crate::keys;

/// The 60 digits that two people compare: over both (member id, identity key) pairs, the same on both sides.
pub fn safety_number(a: (MemberId, &VerifyingKey), b: (MemberId, &VerifyingKey)) -> String {
    let mut pairs = [a, b].map(|(member, key)| [member.as_bytes().as_slice(), key.as_bytes().as_slice()].concat());
    pairs.sort();
    let block = |number: u8| keys::derive(&pairs.concat(), "isoloir safety number v1", &[&[number]]);
    (0..12u8)
        .map(|group| {
            let bytes = block(group);
            let number = bytes.expose().iter().take(8).fold(0u64, |sum, byte| (sum << 8) | u64::from(*byte));
            format!("{:05}", number % 100_000)
        })
        .collect::<Vec<_>>()
        .join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_safety_number_is_the_same_on_both_sides() {
        let key = |seed| ed25519_dalek::SigningKey::from_bytes(&[seed; 32]).verifying_key();
        let (a, b) = ((MemberId::from_bytes([1; 16]), key(1)), (MemberId::from_bytes([2; 16]), key(2)));
        let number = safety_number((a.0, &a.1), (b.0, &b.1));
        assert_eq!(number, safety_number((b.0, &b.1), (a.0, &a.1)));
        assert_eq!(number.chars().filter(char::is_ascii_digit).count(), 60);
        assert_ne!(number, safety_number((a.0, &a.1), (b.0, &key(3))));
    }
}
