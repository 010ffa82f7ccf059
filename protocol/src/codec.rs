//! The one codec: CBOR (RFC 8949) with definite lengths and integer map keys in ascending order, which makes an encoding of
//! ours deterministic (§4.2). It must never accept trailing bytes or allocate more than its input is long.

use minicbor::{Decode, Encode};

/// The bytes are not a well-formed document of the expected kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Malformed {
    /// Not CBOR of the expected shape.
    #[error("malformed CBOR")]
    Shape,
    /// A well-formed document followed by more bytes.
    #[error("bytes after the end of the document")]
    Trailing,
    /// Longer than its named limit.
    #[error("longer than the limit of {limit_bytes} bytes")]
    TooLong {
        /// The limit that was passed.
        limit_bytes: usize,
    },
    /// Not the deterministic encoding of what it says (RFC 8949 §4.2).
    #[error("not deterministically encoded")]
    NotDeterministic,
}

/// The deterministic encoding of `value`.
pub fn encode<T: Encode<()>>(value: &T) -> Vec<u8> {
    let mut bytes = Vec::new();
    match minicbor::encode(value, &mut bytes) {
        Ok(()) => bytes,
        // Writing to a Vec cannot fail and our types have no failing encoders.
        Err(error) => unreachable!("encoding into memory failed: {error}"),
    }
}

/// Reads exactly one document; unknown map fields are ignored, trailing bytes are not.
pub fn decode<'b, T: Decode<'b, ()>>(bytes: &'b [u8]) -> Result<T, Malformed> {
    let mut decoder = minicbor::Decoder::new(bytes);
    let value = decoder.decode().map_err(|_| Malformed::Shape)?;
    if decoder.position() == bytes.len() { Ok(value) } else { Err(Malformed::Trailing) }
}

/// Like [`decode`], refusing input of more than `limit_bytes` before looking at it.
pub fn decode_bounded<'b, T: Decode<'b, ()>>(bytes: &'b [u8], limit_bytes: usize) -> Result<T, Malformed> {
    if bytes.len() > limit_bytes {
        return Err(Malformed::TooLong { limit_bytes });
    }
    decode(bytes)
}

/// Like [`decode`], and the bytes must be the very ones that [`encode`] would write: no unknown fields, one encoding per value.
pub fn decode_deterministic<'b, T: Decode<'b, ()> + Encode<()>>(bytes: &'b [u8]) -> Result<T, Malformed> {
    let value = decode::<T>(bytes)?;
    if encode(&value) == bytes { Ok(value) } else { Err(Malformed::NotDeterministic) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::MemberId;

    #[test]
    fn trailing_bytes_and_other_encodings_are_refused() {
        let id = MemberId::from_bytes([3; 16]);
        let mut bytes = encode(&id);
        assert_eq!(decode::<MemberId>(&bytes), Ok(id));
        bytes.push(0);
        assert_eq!(decode::<MemberId>(&bytes), Err(Malformed::Trailing));
        // The number 1 with a needlessly long head.
        assert_eq!(decode_deterministic::<u64>(&[0x18, 0x01]), Err(Malformed::NotDeterministic));
    }
}
