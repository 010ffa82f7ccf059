//! `openmls_traits::storage::StorageProvider` over [`MlsStorage`]: one line per kind of value.
//! Must never merge two kinds under one label: labels are part of the stored format. Source: `openmls_traits` 0.6, storage version 1.

use openmls_traits::storage::{CURRENT_VERSION, StorageProvider, traits};

use super::{MlsStorage, MlsStoreError, decode};

const KEY_PACKAGE: u8 = 1;
const PSK: u8 = 2;
const ENCRYPTION_KEY_PAIR: u8 = 3;
const SIGNATURE_KEY_PAIR: u8 = 4;
const EPOCH_KEY_PAIRS: u8 = 5;
const TREE: u8 = 6;
const GROUP_CONTEXT: u8 = 7;
const INTERIM_TRANSCRIPT_HASH: u8 = 8;
const CONFIRMATION_TAG: u8 = 9;
const JOIN_CONFIG: u8 = 10;
const OWN_LEAF_NODES: u8 = 11;
const GROUP_STATE: u8 = 12;
const QUEUED_PROPOSAL: u8 = 13;
const PROPOSAL_REFS: u8 = 14;
const OWN_LEAF_INDEX: u8 = 15;
const EPOCH_SECRETS: u8 = 16;
const RESUMPTION_PSKS: u8 = 17;
const MESSAGE_SECRETS: u8 = 18;

/// One value per group: write, read, delete.
macro_rules! per_group {
    ($label:expr, $write:ident, $read:ident, $delete:ident, $kind:ident) => {
        fn $write<GroupId: traits::GroupId<CURRENT_VERSION>, Value: traits::$kind<CURRENT_VERSION>>(
            &self,
            group_id: &GroupId,
            value: &Value,
        ) -> Result<(), MlsStoreError> {
            self.put($label, group_id, value)
        }

        fn $read<GroupId: traits::GroupId<CURRENT_VERSION>, Value: traits::$kind<CURRENT_VERSION>>(
            &self,
            group_id: &GroupId,
        ) -> Result<Option<Value>, MlsStoreError> {
            self.value($label, group_id)
        }

        per_group!($label, $delete);
    };
    ($label:expr, $delete:ident) => {
        fn $delete<GroupId: traits::GroupId<CURRENT_VERSION>>(&self, group_id: &GroupId) -> Result<(), MlsStoreError> {
            self.delete($label, group_id)
        }
    };
}

/// One value per key that is no group: write, read, delete.
macro_rules! per_key {
    ($label:expr, $write:ident<$wk:ident, $wv:ident>, $read:ident<$first:ident, $second:ident>, $delete:ident, $key:ident => $kind:ident) => {
        fn $write<$wk: traits::$key<CURRENT_VERSION>, $wv: traits::$kind<CURRENT_VERSION>>(
            &self,
            key: &$wk,
            value: &$wv,
        ) -> Result<(), MlsStoreError> {
            self.put($label, key, value)
        }

        per_key!(@read $label, $read, $first, $second, $key, $kind);

        fn $delete<K: traits::$key<CURRENT_VERSION>>(&self, key: &K) -> Result<(), MlsStoreError> {
            self.delete($label, key)
        }
    };
    (@read $label:expr, $read:ident, K, V, $key:ident, $kind:ident) => {
        fn $read<K: traits::$key<CURRENT_VERSION>, V: traits::$kind<CURRENT_VERSION>>(
            &self,
            key: &K,
        ) -> Result<Option<V>, MlsStoreError> {
            self.value($label, key)
        }
    };
    (@read $label:expr, $read:ident, V, K, $key:ident, $kind:ident) => {
        fn $read<V: traits::$kind<CURRENT_VERSION>, K: traits::$key<CURRENT_VERSION>>(
            &self,
            key: &K,
        ) -> Result<Option<V>, MlsStoreError> {
            self.value($label, key)
        }
    };
}

impl StorageProvider<CURRENT_VERSION> for MlsStorage {
    type Error = MlsStoreError;

    per_group!(JOIN_CONFIG, write_mls_join_config, mls_group_join_config, delete_group_config, MlsGroupJoinConfig);
    per_group!(TREE, write_tree, tree, delete_tree, TreeSync);
    per_group!(
        INTERIM_TRANSCRIPT_HASH,
        write_interim_transcript_hash,
        interim_transcript_hash,
        delete_interim_transcript_hash,
        InterimTranscriptHash
    );
    per_group!(GROUP_CONTEXT, write_context, group_context, delete_context, GroupContext);
    per_group!(CONFIRMATION_TAG, write_confirmation_tag, confirmation_tag, delete_confirmation_tag, ConfirmationTag);
    per_group!(MESSAGE_SECRETS, write_message_secrets, message_secrets, delete_message_secrets, MessageSecrets);
    per_group!(
        RESUMPTION_PSKS,
        write_resumption_psk_store,
        resumption_psk_store,
        delete_all_resumption_psk_secrets,
        ResumptionPskStore
    );
    per_group!(OWN_LEAF_INDEX, write_own_leaf_index, own_leaf_index, delete_own_leaf_index, LeafNodeIndex);
    per_group!(
        EPOCH_SECRETS,
        write_group_epoch_secrets,
        group_epoch_secrets,
        delete_group_epoch_secrets,
        GroupEpochSecrets
    );
    per_group!(GROUP_STATE, delete_group_state);
    per_group!(OWN_LEAF_NODES, delete_own_leaf_nodes);

    per_key!(
        SIGNATURE_KEY_PAIR,
        write_signature_key_pair<K, V>,
        signature_key_pair<K, V>,
        delete_signature_key_pair,
        SignaturePublicKey => SignatureKeyPair
    );
    per_key!(
        ENCRYPTION_KEY_PAIR,
        write_encryption_key_pair<K, V>,
        encryption_key_pair<V, K>,
        delete_encryption_key_pair,
        EncryptionKey => HpkeKeyPair
    );
    per_key!(
        KEY_PACKAGE,
        write_key_package<K, V>,
        key_package<K, V>,
        delete_key_package,
        HashReference => KeyPackage
    );
    per_key!(PSK, write_psk<K, V>, psk<V, K>, delete_psk, PskId => PskBundle);

    fn write_group_state<GroupState: traits::GroupState<CURRENT_VERSION>, GroupId: traits::GroupId<CURRENT_VERSION>>(
        &self,
        group_id: &GroupId,
        group_state: &GroupState,
    ) -> Result<(), MlsStoreError> {
        self.put(GROUP_STATE, group_id, group_state)
    }

    fn group_state<GroupState: traits::GroupState<CURRENT_VERSION>, GroupId: traits::GroupId<CURRENT_VERSION>>(
        &self,
        group_id: &GroupId,
    ) -> Result<Option<GroupState>, MlsStoreError> {
        self.value(GROUP_STATE, group_id)
    }

    fn append_own_leaf_node<GroupId: traits::GroupId<CURRENT_VERSION>, LeafNode: traits::LeafNode<CURRENT_VERSION>>(
        &self,
        group_id: &GroupId,
        leaf_node: &LeafNode,
    ) -> Result<(), MlsStoreError> {
        self.append(OWN_LEAF_NODES, group_id, leaf_node)
    }

    fn own_leaf_nodes<GroupId: traits::GroupId<CURRENT_VERSION>, LeafNode: traits::LeafNode<CURRENT_VERSION>>(
        &self,
        group_id: &GroupId,
    ) -> Result<Vec<LeafNode>, MlsStoreError> {
        self.list(OWN_LEAF_NODES, group_id)?.iter().map(|item| decode(item)).collect()
    }

    fn write_encryption_epoch_key_pairs<
        GroupId: traits::GroupId<CURRENT_VERSION>,
        EpochKey: traits::EpochKey<CURRENT_VERSION>,
        HpkeKeyPair: traits::HpkeKeyPair<CURRENT_VERSION>,
    >(
        &self,
        group_id: &GroupId,
        epoch: &EpochKey,
        leaf_index: u32,
        key_pairs: &[HpkeKeyPair],
    ) -> Result<(), MlsStoreError> {
        self.put(EPOCH_KEY_PAIRS, &(group_id, epoch, leaf_index), key_pairs)
    }

    fn encryption_epoch_key_pairs<
        GroupId: traits::GroupId<CURRENT_VERSION>,
        EpochKey: traits::EpochKey<CURRENT_VERSION>,
        HpkeKeyPair: traits::HpkeKeyPair<CURRENT_VERSION>,
    >(
        &self,
        group_id: &GroupId,
        epoch: &EpochKey,
        leaf_index: u32,
    ) -> Result<Vec<HpkeKeyPair>, MlsStoreError> {
        Ok(self.value(EPOCH_KEY_PAIRS, &(group_id, epoch, leaf_index))?.unwrap_or_default())
    }

    fn delete_encryption_epoch_key_pairs<
        GroupId: traits::GroupId<CURRENT_VERSION>,
        EpochKey: traits::EpochKey<CURRENT_VERSION>,
    >(
        &self,
        group_id: &GroupId,
        epoch: &EpochKey,
        leaf_index: u32,
    ) -> Result<(), MlsStoreError> {
        self.delete(EPOCH_KEY_PAIRS, &(group_id, epoch, leaf_index))
    }

    fn queue_proposal<
        GroupId: traits::GroupId<CURRENT_VERSION>,
        ProposalRef: traits::ProposalRef<CURRENT_VERSION>,
        QueuedProposal: traits::QueuedProposal<CURRENT_VERSION>,
    >(
        &self,
        group_id: &GroupId,
        proposal_ref: &ProposalRef,
        proposal: &QueuedProposal,
    ) -> Result<(), MlsStoreError> {
        self.put(QUEUED_PROPOSAL, &(group_id, proposal_ref), proposal)?;
        self.append(PROPOSAL_REFS, group_id, proposal_ref)
    }

    fn queued_proposal_refs<
        GroupId: traits::GroupId<CURRENT_VERSION>,
        ProposalRef: traits::ProposalRef<CURRENT_VERSION>,
    >(
        &self,
        group_id: &GroupId,
    ) -> Result<Vec<ProposalRef>, MlsStoreError> {
        self.list(PROPOSAL_REFS, group_id)?.iter().map(|item| decode(item)).collect()
    }

    fn queued_proposals<
        GroupId: traits::GroupId<CURRENT_VERSION>,
        ProposalRef: traits::ProposalRef<CURRENT_VERSION>,
        QueuedProposal: traits::QueuedProposal<CURRENT_VERSION>,
    >(
        &self,
        group_id: &GroupId,
    ) -> Result<Vec<(ProposalRef, QueuedProposal)>, MlsStoreError> {
        let mut queued = Vec::new();
        for proposal_ref in self.queued_proposal_refs::<GroupId, ProposalRef>(group_id)? {
            let proposal = self.value(QUEUED_PROPOSAL, &(group_id, &proposal_ref))?;
            queued.push((proposal_ref, proposal.ok_or(MlsStoreError::Malformed)?));
        }
        Ok(queued)
    }

    fn remove_proposal<GroupId: traits::GroupId<CURRENT_VERSION>, ProposalRef: traits::ProposalRef<CURRENT_VERSION>>(
        &self,
        group_id: &GroupId,
        proposal_ref: &ProposalRef,
    ) -> Result<(), MlsStoreError> {
        self.remove_item(PROPOSAL_REFS, group_id, proposal_ref)?;
        self.delete(QUEUED_PROPOSAL, &(group_id, proposal_ref))
    }

    fn clear_proposal_queue<
        GroupId: traits::GroupId<CURRENT_VERSION>,
        ProposalRef: traits::ProposalRef<CURRENT_VERSION>,
    >(
        &self,
        group_id: &GroupId,
    ) -> Result<(), MlsStoreError> {
        for proposal_ref in self.queued_proposal_refs::<GroupId, ProposalRef>(group_id)? {
            self.delete(QUEUED_PROPOSAL, &(group_id, &proposal_ref))?;
        }
        self.delete(PROPOSAL_REFS, group_id)
    }
}
