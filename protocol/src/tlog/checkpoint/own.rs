//! Checkpoints that a key signed here, known again by whoever has the private key, without the multiplications of curve points that are
//! most of signing and of verifying: of a million of them that is the difference. It must never know a note of which one byte is another,
//! nor tell how far what it was shown was from right.

use curve25519_dalek::scalar::{Scalar, clamp_integer};
use data_encoding::BASE64;
use sha2::{Digest as _, Sha512};
use subtle::ConstantTimeEq as _;
use zeroize::Zeroizing;

use super::{Checkpoint, SignedCheckpoint, TIME_LINE, note_key_id};
use crate::ids::Hash32;
use crate::keys::SigningKey;
use crate::secret::Secret;
use crate::time::Timestamp;

const KEY_ID_BYTES: usize = 4;
const HALF_BYTES: usize = 32;

/// Knows the checkpoints of one origin that one key signed.
///
/// A signature is R and S with S = r + k·a (RFC 8032 §5.1.6): `a` and the prefix are the private key, r is a hash of the prefix and the
/// text, k one of R, the public key and the text. If S fits to the R and the text that stand there, they were signed by whoever knows `a`:
/// another S for the same text tells `a` by one division, and an S for another text needs its r, which nobody else can compute. So that R
/// is r·B, which is where the time goes, does not have to be asked.
pub struct OwnCheckpoints {
    origin: String,
    /// What stands before the signature in its line.
    before: String,
    key_id: [u8; KEY_ID_BYTES],
    public: [u8; HALF_BYTES],
    scalar: Zeroizing<Scalar>,
    prefix: Secret<[u8; HALF_BYTES]>,
}

impl OwnCheckpoints {
    /// Of the log that is called `origin`, signed by `key`.
    pub fn of(origin: &str, key: &SigningKey) -> Self {
        let secret = Zeroizing::new(<[u8; 2 * HALF_BYTES]>::from(Sha512::digest(key.as_bytes())));
        let (mut lower, mut prefix) = (Zeroizing::new([0; HALF_BYTES]), [0; HALF_BYTES]);
        lower.iter_mut().zip(secret.iter()).for_each(|(to, from)| *to = *from);
        prefix.iter_mut().zip(secret.iter().skip(HALF_BYTES)).for_each(|(to, from)| *to = *from);
        Self {
            origin: origin.to_owned(),
            before: format!("— {origin} "),
            key_id: note_key_id(origin, &key.verifying_key()).to_be_bytes(),
            public: key.verifying_key().to_bytes(),
            scalar: Zeroizing::new(Scalar::from_bytes_mod_order(clamp_integer(*lower))),
            prefix: Secret::new(prefix),
        }
    }

    /// The checkpoint, if `note` is to the byte what the key signs. Whatever is not, such as a note with a witness's line too, may be a
    /// good one all the same.
    pub fn known(&self, note: &[u8]) -> Option<SignedCheckpoint> {
        let (text, signature) = std::str::from_utf8(note).ok()?.rsplit_once("\n\n")?;
        let checkpoint = self.read(text)?;
        let text = note.get(..=text.len())?;
        let signature = signature.strip_prefix(&self.before)?.strip_suffix('\n')?;
        let signature = BASE64.decode(signature.as_bytes()).ok()?;
        let (key_id, signature) = signature.split_first_chunk()?;
        let (point, number) = signature.split_first_chunk::<HALF_BYTES>()?;
        let fits: bool = self.number(point, text).as_slice().ct_eq(number).into();
        (*key_id == self.key_id && fits).then(|| SignedCheckpoint { checkpoint, note: note.to_vec() })
    }

    /// The S that belongs to R and the text.
    fn number(&self, point: &[u8; HALF_BYTES], text: &[u8]) -> [u8; HALF_BYTES] {
        let nonce = Sha512::new().chain_update(self.prefix.expose()).chain_update(text);
        let nonce = Zeroizing::new(Scalar::from_bytes_mod_order_wide(&nonce.finalize().into()));
        let challenge = Sha512::new().chain_update(point).chain_update(self.public).chain_update(text);
        let challenge = Scalar::from_bytes_mod_order_wide(&challenge.finalize().into());
        (challenge * *self.scalar + *nonce).to_bytes()
    }

    /// The text without its last line break, in the one form that is signed.
    fn read(&self, text: &str) -> Option<Checkpoint> {
        let mut lines = text.split('\n');
        let origin = lines.next().filter(|origin| *origin == self.origin)?.to_owned();
        let size: u64 = lines.next()?.parse().ok()?;
        let root = BASE64.decode(lines.next()?.as_bytes()).ok()?;
        let root = Hash32::from_bytes(root.try_into().ok()?);
        let ms: u64 = lines.next()?.strip_prefix(TIME_LINE)?.parse().ok()?;
        let written = format!("{origin}\n{size}\n{}\n{TIME_LINE}{ms}", BASE64.encode(root.as_bytes()));
        (written == text).then_some(Checkpoint { origin, size, root, time: Timestamp::from_millis(ms) })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::limits::LOG_LEAVES_MAX;
    use crate::signed::Unverified;

    const ORIGIN: &str = "isoloir.audit/x";

    fn key(byte: u8) -> SigningKey {
        SigningKey::from_bytes(&[byte; 32])
    }

    fn signed(size: u64, time_ms: u64, by: &SigningKey) -> SignedCheckpoint {
        let root = Hash32::sha256(&size.to_be_bytes());
        let checkpoint = Checkpoint { origin: ORIGIN.to_owned(), size, root, time: Timestamp::from_millis(time_ms) };
        checkpoint.sign(by).unwrap()
    }

    proptest! {
        #[test]
        fn what_the_key_signed_is_known_as_whoever_verifies_it_reads_it(
            size in 0..=LOG_LEAVES_MAX, time_ms in 0u64..1 << 50, byte in 0u8..4,
        ) {
            let by = key(byte);
            let note = signed(size, time_ms, &by).note().to_vec();
            let known = OwnCheckpoints::of(ORIGIN, &by).known(&note);
            let verified = Unverified::<SignedCheckpoint>::from_bytes(note.clone()).verify(ORIGIN, &by.verifying_key());
            prop_assert!(known.is_some());
            prop_assert_eq!(known, verified.ok());
            prop_assert_eq!(OwnCheckpoints::of(ORIGIN, &key(9)).known(&note), None);
            prop_assert_eq!(OwnCheckpoints::of("isoloir.audit/y", &by).known(&note), None);
        }
    }

    #[test]
    fn nothing_in_it_can_change() {
        let own = OwnCheckpoints::of(ORIGIN, &key(1));
        let note = signed(3, 1_700_000_000_000, &key(1)).note().to_vec();
        for at in 0..note.len() {
            for bit in 0..8 {
                let mut changed = note.clone();
                changed[at] ^= 1 << bit;
                assert_eq!(own.known(&changed), None, "bit {bit} of byte {at}");
            }
            assert_eq!(own.known(&note[..at]), None, "the first {at} bytes");
        }
        assert_eq!(own.known(&[note.as_slice(), b"\n"].concat()), None);
        assert_eq!(own.known(b""), None);
    }

    /// A signature of the same key over another text, or half of one.
    #[test]
    fn no_part_of_one_note_serves_another() {
        let own = OwnCheckpoints::of(ORIGIN, &key(1));
        let notes = [signed(3, 7, &key(1)), signed(4, 7, &key(1))].map(|signed| signed.note().to_vec());
        let [(text, bytes), (other_text, other)] = notes.map(|note| {
            let note = String::from_utf8(note).unwrap();
            let (text, line) = note.rsplit_once(' ').unwrap();
            (text.to_owned(), BASE64.decode(line.trim_end().as_bytes()).unwrap())
        });
        let note = |text: &str, bytes: &[u8]| format!("{text} {}\n", BASE64.encode(bytes)).into_bytes();
        assert!(own.known(&note(&text, &bytes)).is_some() && own.known(&note(&other_text, &other)).is_some());
        assert_eq!(own.known(&note(&text, &other)), None);
        let middle = KEY_ID_BYTES + HALF_BYTES;
        assert_eq!(own.known(&note(&text, &[&bytes[..middle], &other[middle..]].concat())), None);
        assert_eq!(own.known(&note(&text, &[&other[..middle], &bytes[middle..]].concat())), None);
    }
}
