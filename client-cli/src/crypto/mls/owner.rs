//! The owner's side of a lane: it alone commits and sends. Each commit is merged in the transaction that makes it, since nobody
//! can commit against it. It must never add a leaf before its key package was checked against the certified devices.

use openmls::prelude::tls_codec::Deserialize as _;
use openmls::prelude::{
    KeyPackage, LeafNodeIndex, LeafNodeParameters, MlsGroup, MlsMessageBodyIn, MlsMessageIn, MlsMessageOut,
    OpenMlsProvider as _, PURE_CIPHERTEXT_WIRE_FORMAT_POLICY, ProtocolVersion,
};
use protocol::ids::{DeviceId, LaneId};

use super::{Mls, SUITE, admit, capabilities, device_of, group_id, in_order, load};
use crate::crypto::lane::{Added, CryptoFault, Intruder, Leaves, Newcomer};
use crate::store::mls::MlsProvider;

/// A key package that is valid, of our suite, and of exactly the device that was asked for.
pub(super) fn checked_key_package(
    provider: &MlsProvider,
    reader: Newcomer<'_>,
    leaves: Leaves<'_>,
) -> Result<KeyPackage, CryptoFault> {
    const INVALID: CryptoFault = CryptoFault::Invalid("key package");
    let message = MlsMessageIn::tls_deserialize_exact(reader.key_package).map_err(|_| INVALID)?;
    let MlsMessageBodyIn::KeyPackage(unverified) = message.extract() else { return Err(INVALID) };
    let key_package = unverified.validate(provider.crypto(), ProtocolVersion::Mls10).map_err(|_| INVALID)?;
    if key_package.ciphersuite() != SUITE || key_package.last_resort() {
        return Err(INVALID);
    }
    let leaf = key_package.leaf_node();
    let device = admit(leaves, leaf.credential(), leaf.signature_key().as_slice())?;
    if device == reader.device { Ok(key_package) } else { Err(Intruder::Credential.into()) }
}

pub(super) fn create(
    mls: &Mls,
    provider: &MlsProvider,
    lane: &LaneId,
    key_package: KeyPackage,
) -> Result<Vec<u8>, CryptoFault> {
    let mut group = MlsGroup::builder()
        .with_group_id(group_id(lane))
        .ciphersuite(SUITE)
        .with_wire_format_policy(PURE_CIPHERTEXT_WIRE_FORMAT_POLICY)
        .max_past_epochs(0)
        .number_of_resumption_psks(0)
        .use_ratchet_tree_extension(true)
        .sender_ratchet_configuration(in_order())
        .with_capabilities(capabilities())
        .build(provider, &mls.signer, mls.credential.clone())
        .map_err(|_| FAILED)?;
    // Our leaf key is as fresh as the group: no path is needed yet.
    let (_, welcome, _) =
        group.add_members_without_update(provider, &mls.signer, &[key_package]).map_err(|_| FAILED)?;
    group.merge_pending_commit(provider).map_err(|_| FAILED)?;
    to_bytes(&welcome)
}

pub(super) fn add(
    mls: &Mls,
    provider: &MlsProvider,
    lane: &LaneId,
    key_package: KeyPackage,
) -> Result<Added, CryptoFault> {
    let mut group = load(provider, lane)?;
    let (commit, welcome, _) = group.add_members(provider, &mls.signer, &[key_package]).map_err(|_| FAILED)?;
    group.merge_pending_commit(provider).map_err(|_| FAILED)?;
    Ok(Added { commit: to_bytes(&commit)?, welcome: to_bytes(&welcome)? })
}

pub(super) fn remove(
    mls: &Mls,
    provider: &MlsProvider,
    lane: &LaneId,
    reader: &DeviceId,
) -> Result<Vec<u8>, CryptoFault> {
    let mut group = load(provider, lane)?;
    let leaf = leaf_of(&group, reader).ok_or(CryptoFault::StateLost("the device has no leaf"))?;
    let (commit, _, _) = group.remove_members(provider, &mls.signer, &[leaf]).map_err(|_| FAILED)?;
    group.merge_pending_commit(provider).map_err(|_| FAILED)?;
    to_bytes(&commit)
}

pub(super) fn update(mls: &Mls, provider: &MlsProvider, lane: &LaneId) -> Result<Vec<u8>, CryptoFault> {
    let mut group = load(provider, lane)?;
    // The credential goes along: a renewed certificate reaches the leaf here.
    let parameters = LeafNodeParameters::builder().with_credential_with_key(mls.credential.clone()).build();
    let bundle = group.self_update(provider, &mls.signer, parameters).map_err(|_| FAILED)?;
    group.merge_pending_commit(provider).map_err(|_| FAILED)?;
    to_bytes(bundle.commit())
}

pub(super) fn seal(mls: &Mls, provider: &MlsProvider, lane: &LaneId, body: &[u8]) -> Result<Vec<u8>, CryptoFault> {
    let mut group = load(provider, lane)?;
    let message = group.create_message(provider, &mls.signer, body).map_err(|_| FAILED)?;
    to_bytes(&message)
}

fn leaf_of(group: &MlsGroup, device: &DeviceId) -> Option<LeafNodeIndex> {
    group.members().find(|member| device_of(&member.credential) == Ok(*device)).map(|member| member.index)
}

fn to_bytes(message: &MlsMessageOut) -> Result<Vec<u8>, CryptoFault> {
    message.to_bytes().map_err(|_| FAILED)
}

/// The group cannot do what its owner asks: its state is not what it was.
const FAILED: CryptoFault = CryptoFault::StateLost("the group refused its owner");
