//! Keys of the vault's tables: bytes whose order is the order of the values, and spans of them.
//! Keys are sealed with their values: must never be written anywhere in the clear.

use std::ops::Bound;

use protocol::ids::{
    ContactId, ConversationId, DeviceId, FileId, Hash32, LaneId, LinkId, MemberId, MessageId, TransferId,
};

/// A value that can be a key: fixed width, big-endian, so that bytes sort as values do.
pub trait Key: Sized {
    const BYTES: usize;

    fn put(&self, out: &mut Vec<u8>);
    fn take(from: &mut &[u8]) -> Result<Self, MalformedKey>;
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a stored key is malformed")]
pub struct MalformedKey;

pub(crate) fn encode_key(key: &impl Key) -> Vec<u8> {
    let mut bytes = Vec::new();
    key.put(&mut bytes);
    bytes
}

pub(crate) fn decode_key<K: Key>(mut bytes: &[u8]) -> Result<K, MalformedKey> {
    let key = K::take(&mut bytes)?;
    if bytes.is_empty() { Ok(key) } else { Err(MalformedKey) }
}

impl<const N: usize> Key for [u8; N] {
    const BYTES: usize = N;

    fn put(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(self);
    }

    fn take(from: &mut &[u8]) -> Result<Self, MalformedKey> {
        let (head, rest) = from.split_first_chunk::<N>().ok_or(MalformedKey)?;
        *from = rest;
        Ok(*head)
    }
}

macro_rules! integer_keys {
    ($($integer:ty),*) => {$(
        impl Key for $integer {
            const BYTES: usize = size_of::<$integer>();

            fn put(&self, out: &mut Vec<u8>) {
                out.extend_from_slice(&self.to_be_bytes());
            }

            fn take(from: &mut &[u8]) -> Result<Self, MalformedKey> {
                Ok(<$integer>::from_be_bytes(Key::take(from)?))
            }
        }
    )*};
}

integer_keys!(u8, u16, u32, u64);

macro_rules! identifier_keys {
    ($($identifier:ty),*) => {$(
        impl Key for $identifier {
            const BYTES: usize = <$identifier>::LEN;

            fn put(&self, out: &mut Vec<u8>) {
                out.extend_from_slice(self.as_bytes());
            }

            fn take(from: &mut &[u8]) -> Result<Self, MalformedKey> {
                Ok(Self::from_bytes(Key::take(from)?))
            }
        }
    )*};
}

identifier_keys!(MemberId, DeviceId, MessageId, ConversationId, FileId, TransferId, LinkId, ContactId, Hash32);

impl Key for LaneId {
    const BYTES: usize = DeviceId::BYTES + ConversationId::BYTES + u32::BYTES;

    fn put(&self, out: &mut Vec<u8>) {
        self.device.put(out);
        self.conversation.put(out);
        self.generation.put(out);
    }

    fn take(from: &mut &[u8]) -> Result<Self, MalformedKey> {
        Ok(Self { device: Key::take(from)?, conversation: Key::take(from)?, generation: Key::take(from)? })
    }
}

macro_rules! tuple_keys {
    ($(($($part:ident),*)),*) => {$(
        impl<$($part: Key),*> Key for ($($part,)*) {
            const BYTES: usize = 0 $(+ $part::BYTES)*;

            #[allow(non_snake_case, unused_variables)]
            fn put(&self, out: &mut Vec<u8>) {
                let ($($part,)*) = self;
                $($part.put(out);)*
            }

            #[allow(unused_variables)]
            fn take(from: &mut &[u8]) -> Result<Self, MalformedKey> {
                Ok(($($part::take(from)?,)*))
            }
        }
    )*};
}

tuple_keys!((), (A), (A, B), (A, B, C), (A, B, C, D));

/// Which rows of a table a scan gives, and in which order.
#[derive(Clone, Debug)]
pub struct Span {
    pub(crate) start: Bound<Vec<u8>>,
    pub(crate) end: Bound<Vec<u8>>,
    pub(crate) direction: Direction,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Direction {
    Forwards,
    Backwards,
}

impl Span {
    /// Every row, in ascending order of keys.
    pub fn all() -> Self {
        Self { start: Bound::Unbounded, end: Bound::Unbounded, direction: Direction::Forwards }
    }

    /// The rows whose key begins with `prefix`, which is one or more of the key's leading parts.
    pub fn under(prefix: &impl Key) -> Self {
        let start = encode_key(prefix);
        let end = successor(&start).map_or(Bound::Unbounded, Bound::Excluded);
        Self { start: Bound::Included(start), end, direction: Direction::Forwards }
    }

    /// Only keys from this one on.
    #[must_use]
    pub fn starting(mut self, key: &impl Key) -> Self {
        self.start = Bound::Included(encode_key(key));
        self
    }

    /// Only keys after this one.
    #[must_use]
    pub fn after(mut self, key: &impl Key) -> Self {
        self.start = Bound::Excluded(encode_key(key));
        self
    }

    /// Only keys before this one.
    #[must_use]
    pub fn before(mut self, key: &impl Key) -> Self {
        self.end = Bound::Excluded(encode_key(key));
        self
    }

    /// In descending order.
    #[must_use]
    pub fn backwards(mut self) -> Self {
        self.direction = Direction::Backwards;
        self
    }

    pub(crate) fn contains(&self, key: &[u8]) -> bool {
        let after_start = match &self.start {
            Bound::Included(start) => key >= start.as_slice(),
            Bound::Excluded(start) => key > start.as_slice(),
            Bound::Unbounded => true,
        };
        let before_end = match &self.end {
            Bound::Included(end) => key <= end.as_slice(),
            Bound::Excluded(end) => key < end.as_slice(),
            Bound::Unbounded => true,
        };
        after_start && before_end
    }
}

/// The least string of the same length above every string that begins with `prefix`.
fn successor(prefix: &[u8]) -> Option<Vec<u8>> {
    let mut next = prefix.to_vec();
    while let Some(last) = next.pop() {
        if let Some(higher) = last.checked_add(1) {
            next.push(higher);
            return Some(next);
        }
    }
    None
}
