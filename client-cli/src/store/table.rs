//! Typed handles on the vault's tables, and what can be a value in them.
//! Must never give a value a form that depends on the machine: values are CBOR (RFC 8949) through the protocol's codec, or raw secret bytes.

use std::marker::PhantomData;

use minicbor::{Decode, Encode};
use protocol::codec;
use zeroize::Zeroizing;

use super::VaultError;
use super::key::Key;

/// What the vault remembers of a table beside its rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Telling {
    Nothing,
    /// Which rows were written or removed.
    Changes,
}

/// A table of the vault: `K` sorts its rows, `V` is what they hold. Declared in `tables.rs`, in one place.
pub struct Table<K, V> {
    pub(crate) number: u16,
    pub(crate) name: &'static str,
    pub(crate) group_bytes: usize,
    pub(crate) telling: Telling,
    rows: PhantomData<fn() -> (K, V)>,
}

impl<K: Key, V: Value> Table<K, V> {
    /// `number` is part of the stored format: never changed, never used again.
    pub const fn new(number: u16, name: &'static str) -> Self {
        Self { number, name, group_bytes: 0, telling: Telling::Nothing, rows: PhantomData }
    }

    /// Rows whose keys differ in their leading `Group` never share a bucket: a bucket is what is re-sealed
    /// when one of its rows is deleted or overwritten.
    pub const fn grouped<Group: Key>(number: u16, name: &'static str) -> Self {
        Self { number, name, group_bytes: Group::BYTES, telling: Telling::Nothing, rows: PhantomData }
    }

    /// The vault remembers which of its rows changed, until somebody asks ([`super::Vault::take_changes`]).
    #[must_use]
    pub const fn telling(self) -> Self {
        Self { telling: Telling::Changes, ..self }
    }
}

/// What a table can hold.
pub trait Value: Sized {
    fn to_bytes(&self) -> Zeroizing<Vec<u8>>;
    /// Fails on a form this version does not know.
    fn of_bytes(bytes: &[u8]) -> Result<Self, MalformedValue>;
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a stored value is malformed")]
pub struct MalformedValue;

impl<T> Value for T
where
    T: Encode<()> + for<'b> Decode<'b, ()>,
{
    fn to_bytes(&self) -> Zeroizing<Vec<u8>> {
        Zeroizing::new(codec::encode(self))
    }

    fn of_bytes(bytes: &[u8]) -> Result<Self, MalformedValue> {
        codec::decode(bytes).map_err(|_| MalformedValue)
    }
}

/// Bytes that are wiped from memory when dropped: MLS state, private keys.
#[derive(Clone, PartialEq, Eq)]
pub struct SecretBytes(pub Zeroizing<Vec<u8>>);

impl SecretBytes {
    pub fn new(bytes: Vec<u8>) -> Self {
        Self(Zeroizing::new(bytes))
    }
}

impl std::fmt::Debug for SecretBytes {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SecretBytes(..)")
    }
}

impl<C> Encode<C> for SecretBytes {
    fn encode<W: minicbor::encode::Write>(
        &self,
        e: &mut minicbor::Encoder<W>,
        _: &mut C,
    ) -> Result<(), minicbor::encode::Error<W::Error>> {
        e.bytes(&self.0)?.ok()
    }
}

impl<'b, C> Decode<'b, C> for SecretBytes {
    fn decode(d: &mut minicbor::Decoder<'b>, _: &mut C) -> Result<Self, minicbor::decode::Error> {
        Ok(Self::new(d.bytes()?.to_vec()))
    }
}

impl<K, V> std::fmt::Debug for Table<K, V> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name)
    }
}

pub(crate) fn decode_value<V: Value>(table: &'static str, bytes: &[u8]) -> Result<V, VaultError> {
    V::of_bytes(bytes).map_err(|MalformedValue| VaultError::Malformed { table })
}
