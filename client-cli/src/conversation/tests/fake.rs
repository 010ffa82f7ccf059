//! Lane cryptography without cryptography, for many seeds: counters instead of ratchets. It is as strict as the real one: a
//! second use of a key package, a message out of order or a rolled-back ratchet fails.

use minicbor::{Decode, Encode};
use protocol::codec::{decode, encode};
use protocol::ids::{DeviceId, LaneId};

use crate::crypto::lane::{Added, Applied, CryptoFault, KeyPackageName, LaneCrypto, Leaves, Newcomer};
use crate::store::{Reading as _, Table, WriteTx};

type Id = [u8; 16];

pub(super) const FAKE_GROUPS: Table<(Id, Id, u32), u64> = Table::new(65_001, "fake_groups");
pub(super) const FAKE_KEY_PACKAGES: Table<Id, u64> = Table::new(65_002, "fake_key_packages");

/// Counts what it sealed and opened.
pub(super) struct Fake;

#[derive(Encode, Decode)]
struct Sealed {
    #[n(0)]
    lane: LaneId,
    #[n(1)]
    counter: u64,
    #[cbor(n(2), with = "minicbor::bytes")]
    body: Vec<u8>,
}

#[derive(Encode, Decode)]
struct Welcome {
    #[n(0)]
    lane: LaneId,
    #[cbor(n(1), with = "minicbor::bytes")]
    key_package: [u8; 16],
}

fn key(lane: &LaneId) -> (Id, Id, u32) {
    (*lane.device.as_bytes(), *lane.conversation.as_bytes(), lane.generation)
}

fn next(tx: &mut WriteTx<'_>, lane: &LaneId) -> Result<u64, CryptoFault> {
    let counter = tx.get(&FAKE_GROUPS, &key(lane))?.ok_or(CryptoFault::StateLost("no group"))?;
    tx.put(&FAKE_GROUPS, &key(lane), &(counter + 1))?;
    Ok(counter)
}

impl LaneCrypto for Fake {
    fn make_key_package(&self, tx: &mut WriteTx<'_>, name: KeyPackageName) -> Result<Vec<u8>, CryptoFault> {
        tx.put(&FAKE_KEY_PACKAGES, &name, &1)?;
        Ok(name.to_vec())
    }

    fn forget_key_package(&self, tx: &mut WriteTx<'_>, name: KeyPackageName) -> Result<(), CryptoFault> {
        Ok(tx.remove(&FAKE_KEY_PACKAGES, &name)?)
    }

    fn create(
        &self,
        tx: &mut WriteTx<'_>,
        lane: &LaneId,
        reader: Newcomer<'_>,
        leaves: Leaves<'_>,
    ) -> Result<Vec<u8>, CryptoFault> {
        let device = (leaves.certified)(&reader.device).ok_or(crate::crypto::lane::Intruder::NotCertified)?;
        leaves.admit(&reader.device, &device.signature_key)?;
        assert!(tx.get(&FAKE_GROUPS, &key(lane))?.is_none(), "a lane is created once");
        tx.put(&FAKE_GROUPS, &key(lane), &0)?;
        let key_package = reader.key_package.try_into().map_err(|_| CryptoFault::Invalid("key package"))?;
        Ok(encode(&Welcome { lane: *lane, key_package }))
    }

    fn add(&self, _: &mut WriteTx<'_>, _: &LaneId, _: Newcomer<'_>, _: Leaves<'_>) -> Result<Added, CryptoFault> {
        Err(CryptoFault::StateLost("not in the fake"))
    }

    fn remove(&self, _: &mut WriteTx<'_>, _: &LaneId, _: &DeviceId) -> Result<Vec<u8>, CryptoFault> {
        Err(CryptoFault::StateLost("not in the fake"))
    }

    fn update(&self, tx: &mut WriteTx<'_>, lane: &LaneId) -> Result<Vec<u8>, CryptoFault> {
        self.seal(tx, lane, &[])
    }

    fn seal(&self, tx: &mut WriteTx<'_>, lane: &LaneId, body: &[u8]) -> Result<Vec<u8>, CryptoFault> {
        let counter = next(tx, lane)?;
        Ok(encode(&Sealed { lane: *lane, counter, body: body.to_vec() }))
    }

    fn join(
        &self,
        tx: &mut WriteTx<'_>,
        lane: &LaneId,
        welcome: &[u8],
        key_packages: &[KeyPackageName],
        _: Leaves<'_>,
    ) -> Result<(), CryptoFault> {
        let welcome: Welcome = decode(welcome).map_err(|_| CryptoFault::Invalid("welcome"))?;
        let known = tx.get(&FAKE_KEY_PACKAGES, &welcome.key_package)?.is_some();
        if !known || !key_packages.contains(&welcome.key_package) {
            return Err(CryptoFault::NoKeyPackage);
        }
        if welcome.lane != *lane {
            return Err(CryptoFault::Invalid("welcome"));
        }
        for name in key_packages {
            tx.remove(&FAKE_KEY_PACKAGES, name)?;
        }
        Ok(tx.put(&FAKE_GROUPS, &key(lane), &0)?)
    }

    fn apply(&self, tx: &mut WriteTx<'_>, lane: &LaneId, bytes: &[u8], _: Leaves<'_>) -> Result<Applied, CryptoFault> {
        let sealed: Sealed = decode(bytes).map_err(|_| CryptoFault::Invalid("entry"))?;
        if sealed.lane != *lane || tx.get(&FAKE_GROUPS, &key(lane))? != Some(sealed.counter) {
            return Err(CryptoFault::Invalid("entry"));
        }
        next(tx, lane)?;
        Ok(if sealed.body.is_empty() { Applied::Nothing } else { Applied::Body(sealed.body) })
    }

    fn discard(&self, tx: &mut WriteTx<'_>, lane: &LaneId) -> Result<(), CryptoFault> {
        Ok(tx.remove(&FAKE_GROUPS, &key(lane))?)
    }
}
