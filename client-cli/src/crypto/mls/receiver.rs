//! The receiver's side of a lane: it joins by welcome and follows the owner. It must never apply a commit or a message that leaf 0
//! did not write, or stay in a group with a leaf that is not a certified device of the conversation's roster.

use openmls::prelude::tls_codec::Deserialize as _;
use openmls::prelude::{
    KeyPackage, MlsMessageBodyIn, MlsMessageIn, MlsMessageOut, ProcessMessageError, ProcessedMessageContent, Proposal,
    ProtocolMessage, Sender, StagedCommit, StagedWelcome, WelcomeError,
};
use protocol::ids::LaneId;

use super::{Mls, STORAGE, SUITE, admit, capabilities, group_id, join_config, load};
use crate::crypto::lane::{Applied, CryptoFault, Intruder, Leaves};
use crate::store::mls::MlsProvider;

/// The owner made the group, so its leaf is the first.
const OWNER_LEAF: u32 = 0;

pub(super) fn make_key_package(mls: &Mls, provider: &MlsProvider) -> Result<Vec<u8>, CryptoFault> {
    let bundle = KeyPackage::builder()
        .leaf_node_capabilities(capabilities())
        .build(SUITE, provider, &mls.signer, mls.credential.clone())
        .map_err(|_| STORAGE)?;
    MlsMessageOut::from(bundle.into_key_package()).to_bytes().map_err(|_| STORAGE)
}

pub(super) fn join(
    provider: &MlsProvider,
    lane: &LaneId,
    welcome: &[u8],
    leaves: Leaves<'_>,
) -> Result<(), CryptoFault> {
    const INVALID: CryptoFault = CryptoFault::Invalid("welcome");
    let message = MlsMessageIn::tls_deserialize_exact(welcome).map_err(|_| INVALID)?;
    let MlsMessageBodyIn::Welcome(welcome) = message.extract() else { return Err(INVALID) };
    let staged =
        StagedWelcome::new_from_welcome(provider, &join_config(), welcome, None).map_err(|error| match error {
            WelcomeError::NoMatchingKeyPackage => CryptoFault::NoKeyPackage,
            WelcomeError::StorageError(_) => STORAGE,
            _ => INVALID,
        })?;
    if *staged.group_context().group_id() != group_id(lane) || staged.group_context().ciphersuite() != SUITE {
        return Err(INVALID);
    }
    if staged.welcome_sender_index().u32() != OWNER_LEAF {
        return Err(Intruder::NotOwner.into());
    }
    for member in staged.members() {
        let device = admit(leaves, &member.credential, &member.signature_key)?;
        if (member.index.u32() == OWNER_LEAF) != (device == leaves.owner) {
            return Err(Intruder::NotOwner.into());
        }
    }
    staged.into_group(provider).map_err(|_| STORAGE)?;
    Ok(())
}

pub(super) fn apply(
    provider: &MlsProvider,
    lane: &LaneId,
    bytes: &[u8],
    leaves: Leaves<'_>,
) -> Result<Applied, CryptoFault> {
    const INVALID: CryptoFault = CryptoFault::Invalid("lane entry");
    let message = MlsMessageIn::tls_deserialize_exact(bytes).map_err(|_| INVALID)?;
    let message: ProtocolMessage = message.try_into_protocol_message().map_err(|_| INVALID)?;
    let mut group = load(provider, lane)?;
    if !group.is_active() {
        return Ok(Applied::Removed);
    }
    let processed = group.process_message(provider, message).map_err(|error| match error {
        ProcessMessageError::StorageError(_) => STORAGE,
        _ => INVALID,
    })?;
    if !matches!(processed.sender(), Sender::Member(leaf) if leaf.u32() == OWNER_LEAF) {
        return Ok(Applied::Dropped(Intruder::NotOwner));
    }
    match processed.into_content() {
        ProcessedMessageContent::ApplicationMessage(message) => Ok(Applied::Body(message.into_bytes())),
        ProcessedMessageContent::StagedCommitMessage(commit) => {
            admit_commit(&commit, leaves)?;
            let applied = if commit.self_removed() { Applied::Removed } else { Applied::Nothing };
            group.merge_staged_commit(provider, *commit).map_err(|_| STORAGE)?;
            Ok(applied)
        }
        ProcessedMessageContent::ProposalMessage(_)
        | ProcessedMessageContent::ExternalJoinProposalMessage(_)
        | ProcessedMessageContent::OwnPendingCommit
        | ProcessedMessageContent::OwnPrivateMessage => Ok(Applied::Dropped(Intruder::NotOwner)),
    }
}

/// Only adds, removes and updates; every new or changed leaf must be admissible, and leaf 0 must stay the owner's.
fn admit_commit(commit: &StagedCommit, leaves: Leaves<'_>) -> Result<(), Intruder> {
    for queued in commit.queued_proposals() {
        match queued.proposal() {
            Proposal::Add(add) => {
                let leaf = add.key_package().leaf_node();
                admit(leaves, leaf.credential(), leaf.signature_key().as_slice())?;
            }
            Proposal::Update(update) => {
                let leaf = update.leaf_node();
                admit(leaves, leaf.credential(), leaf.signature_key().as_slice())?;
            }
            Proposal::Remove(_) => {}
            _ => return Err(Intruder::NotOwner),
        }
    }
    match commit.update_path_leaf_node() {
        Some(leaf) if admit(leaves, leaf.credential(), leaf.signature_key().as_slice())? != leaves.owner => {
            Err(Intruder::NotOwner)
        }
        _ => Ok(()),
    }
}
