//! Lane cryptography without cryptography, for many seeds: counters instead of ratchets. It is as strict as the real one: a
//! second use of a key package, a message out of order, a rolled-back ratchet, a leaf that may not be there or an entry for who was
//! removed fails.

use ed25519_dalek::SigningKey;
use minicbor::{Decode, Encode};
use protocol::codec::{decode, encode};
use protocol::ids::{DeviceId, LaneId};

use crate::crypto::lane::{
    Added, Applied, CryptoFault, Devices, Intruder, KeyPackageName, LaneCrypto, Leaves, Newcomer,
};
use crate::store::{Reading as _, Table, WriteTx};

type Id = [u8; 16];

pub(super) const FAKE_GROUPS: Table<(Id, Id, u32), Group> = Table::new(65_001, "fake_groups");
pub(super) const FAKE_KEY_PACKAGES: Table<Id, u64> = Table::new(65_002, "fake_key_packages");

/// Counts what it sealed and opened.
pub(super) struct Fake {
    key: [u8; 32],
}

impl Fake {
    pub(super) fn new(key: &SigningKey) -> Self {
        Self { key: key.verifying_key().to_bytes() }
    }

    fn device(&self) -> DeviceId {
        DeviceId::of_key(&self.key)
    }
}

#[derive(Clone, Encode, Decode)]
pub(super) struct Group {
    #[n(0)]
    counter: u64,
    #[n(1)]
    leaves: Vec<Leaf>,
}

#[derive(Clone, Encode, Decode)]
struct Leaf {
    #[cbor(n(0), with = "minicbor::bytes")]
    key: [u8; 32],
}

#[derive(Encode, Decode)]
struct Sealed {
    #[n(0)]
    lane: LaneId,
    #[n(1)]
    counter: u64,
    #[n(2)]
    what: What,
}

#[derive(Clone, Encode, Decode)]
enum What {
    #[n(0)]
    Body(#[cbor(n(0), with = "minicbor::bytes")] Vec<u8>),
    #[n(1)]
    Update,
    #[n(2)]
    Add(#[n(0)] Leaf),
    #[n(3)]
    Remove(#[n(0)] DeviceId),
}

#[derive(Encode, Decode)]
struct Welcome {
    #[n(0)]
    lane: LaneId,
    #[cbor(n(1), with = "minicbor::bytes")]
    key_package: [u8; 16],
    #[n(2)]
    group: Group,
}

fn key(lane: &LaneId) -> (Id, Id, u32) {
    (*lane.device.as_bytes(), *lane.conversation.as_bytes(), lane.generation)
}

fn group(tx: &WriteTx<'_>, lane: &LaneId) -> Result<Group, CryptoFault> {
    tx.get(&FAKE_GROUPS, &key(lane))?.ok_or(CryptoFault::StateLost("no group"))
}

fn change(group: &mut Group, what: &What) {
    group.counter += 1;
    match what {
        What::Body(_) | What::Update => {}
        What::Add(leaf) => group.leaves.push(leaf.clone()),
        What::Remove(device) => group.leaves.retain(|leaf| DeviceId::of_key(&leaf.key) != *device),
    }
}

fn write(tx: &mut WriteTx<'_>, lane: &LaneId, what: What) -> Result<Vec<u8>, CryptoFault> {
    let mut group = group(tx, lane)?;
    let sealed = Sealed { lane: *lane, counter: group.counter, what };
    change(&mut group, &sealed.what);
    tx.put(&FAKE_GROUPS, &key(lane), &group)?;
    Ok(encode(&sealed))
}

fn newcomer(reader: Newcomer<'_>, leaves: Leaves<'_>) -> Result<(Leaf, [u8; 16]), CryptoFault> {
    let Devices::Certified(certified) = leaves.devices else { panic!("an owner lets in who counts") };
    let device = certified(&reader.device).ok_or(Intruder::NotCertified)?;
    leaves.admit(&reader.device, &device.signature_key)?;
    let key_package = reader.key_package.try_into().map_err(|_| CryptoFault::Invalid("key package"))?;
    Ok((Leaf { key: device.signature_key }, key_package))
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
        let (leaf, key_package) = newcomer(reader, leaves)?;
        assert!(tx.get(&FAKE_GROUPS, &key(lane))?.is_none(), "a lane is created once");
        let group = Group { counter: 0, leaves: vec![Leaf { key: self.key }, leaf] };
        tx.put(&FAKE_GROUPS, &key(lane), &group)?;
        Ok(encode(&Welcome { lane: *lane, key_package, group }))
    }

    fn add(
        &self,
        tx: &mut WriteTx<'_>,
        lane: &LaneId,
        reader: Newcomer<'_>,
        leaves: Leaves<'_>,
    ) -> Result<Added, CryptoFault> {
        let (leaf, key_package) = newcomer(reader, leaves)?;
        let is_there = group(tx, lane)?.leaves.iter().any(|known| known.key == leaf.key);
        assert!(!is_there, "a device has one leaf");
        let commit = write(tx, lane, What::Add(leaf))?;
        let group = group(tx, lane)?;
        Ok(Added { commit, welcome: encode(&Welcome { lane: *lane, key_package, group }) })
    }

    fn remove(&self, tx: &mut WriteTx<'_>, lane: &LaneId, reader: &DeviceId) -> Result<Vec<u8>, CryptoFault> {
        let is_there = group(tx, lane)?.leaves.iter().any(|leaf| DeviceId::of_key(&leaf.key) == *reader);
        assert!(is_there, "who has no leaf is not removed");
        write(tx, lane, What::Remove(*reader))
    }

    fn update(&self, tx: &mut WriteTx<'_>, lane: &LaneId) -> Result<Vec<u8>, CryptoFault> {
        write(tx, lane, What::Update)
    }

    fn seal(&self, tx: &mut WriteTx<'_>, lane: &LaneId, body: &[u8]) -> Result<Vec<u8>, CryptoFault> {
        write(tx, lane, What::Body(body.to_vec()))
    }

    fn join(
        &self,
        tx: &mut WriteTx<'_>,
        lane: &LaneId,
        welcome: &[u8],
        key_packages: &[KeyPackageName],
        leaves: Leaves<'_>,
    ) -> Result<(), CryptoFault> {
        let welcome: Welcome = decode(welcome).map_err(|_| CryptoFault::Invalid("welcome"))?;
        let known = tx.get(&FAKE_KEY_PACKAGES, &welcome.key_package)?.is_some();
        if !known || !key_packages.contains(&welcome.key_package) {
            return Err(CryptoFault::NoKeyPackage);
        }
        if welcome.lane != *lane {
            return Err(CryptoFault::Invalid("welcome"));
        }
        for leaf in &welcome.group.leaves {
            leaves.admit(&DeviceId::of_key(&leaf.key), &leaf.key)?;
        }
        for name in key_packages {
            tx.remove(&FAKE_KEY_PACKAGES, name)?;
        }
        Ok(tx.put(&FAKE_GROUPS, &key(lane), &welcome.group)?)
    }

    fn apply(
        &self,
        tx: &mut WriteTx<'_>,
        lane: &LaneId,
        bytes: &[u8],
        leaves: Leaves<'_>,
    ) -> Result<Applied, CryptoFault> {
        let sealed: Sealed = decode(bytes).map_err(|_| CryptoFault::Invalid("entry"))?;
        let mut group = group(tx, lane)?;
        let reads = group.leaves.iter().any(|leaf| leaf.key == self.key);
        if sealed.lane != *lane || group.counter != sealed.counter || !reads {
            return Err(CryptoFault::Invalid("entry"));
        }
        if let What::Add(leaf) = &sealed.what {
            leaves.admit(&DeviceId::of_key(&leaf.key), &leaf.key)?;
        }
        change(&mut group, &sealed.what);
        tx.put(&FAKE_GROUPS, &key(lane), &group)?;
        Ok(match sealed.what {
            What::Body(body) => Applied::Body(body),
            What::Remove(device) if device == self.device() => Applied::Removed,
            What::Update | What::Add(_) | What::Remove(_) => Applied::Nothing,
        })
    }

    fn discard(&self, tx: &mut WriteTx<'_>, lane: &LaneId) -> Result<(), CryptoFault> {
        Ok(tx.remove(&FAKE_GROUPS, &key(lane))?)
    }
}
