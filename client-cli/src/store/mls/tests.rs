//! Two members on vaults that are reloaded at each step; a dropped journal; used secrets gone after a shred.

use std::collections::BTreeSet;

use openmls::prelude::*;
use openmls_basic_credential::SignatureKeyPair;

use super::{MlsProvider, MlsScope, forget};
use crate::store::examiner::{recoverable, shows, watch};
use crate::store::{Vault, VaultError};

const SUITE: Ciphersuite = Ciphersuite::MLS_128_MLKEM768X25519_AES128GCM_SHA256_Ed25519;

struct Member {
    vault: Vault,
    signer: SignatureKeyPair,
    credential: CredentialWithKey,
}

impl Member {
    fn new(name: &str) -> Self {
        let signer = SignatureKeyPair::new(SUITE.signature_algorithm()).unwrap();
        let credential = CredentialWithKey {
            credential: BasicCredential::new(name.as_bytes().to_vec()).into(),
            signature_key: signer.to_public_vec().into(),
        };
        Self { vault: Vault::ephemeral().unwrap(), signer, credential }
    }
}

fn lane() -> MlsScope {
    MlsScope::lane(&[1; 16], &[2; 16], 0)
}

fn key_package_scope() -> MlsScope {
    MlsScope::key_package(&[3; 16])
}

fn group_id() -> GroupId {
    GroupId::from_slice(b"lane")
}

fn keep(vault: &Vault, provider: &MlsProvider) {
    vault.write(|tx| provider.journal().apply(tx)).unwrap();
}

fn load(vault: &Vault) -> (MlsProvider, MlsGroup) {
    let provider = vault.read(|tx| MlsProvider::load(tx, lane())).unwrap();
    let group = MlsGroup::load(provider.storage(), &group_id()).unwrap().unwrap();
    (provider, group)
}

/// An owner's lane with one receiver; both states are only in their vaults afterwards.
fn pair() -> (Member, Member) {
    let (owner, receiver) = (Member::new("owner"), Member::new("receiver"));

    let provider = MlsProvider::empty(key_package_scope());
    let key_package =
        KeyPackage::builder().build(SUITE, &provider, &receiver.signer, receiver.credential.clone()).unwrap();
    keep(&receiver.vault, &provider);

    let provider = MlsProvider::empty(lane());
    let mut group = MlsGroup::builder()
        .ciphersuite(SUITE)
        .with_group_id(group_id())
        .max_past_epochs(0)
        .use_ratchet_tree_extension(true)
        .build(&provider, &owner.signer, owner.credential.clone())
        .unwrap();
    let (_, welcome, _) = group.add_members(&provider, &owner.signer, &[key_package.key_package().clone()]).unwrap();
    group.merge_pending_commit(&provider).unwrap();
    keep(&owner.vault, &provider);

    let MlsMessageBodyOut::Welcome(welcome) = welcome.body().clone() else {
        panic!("no welcome");
    };
    let provider = receiver.vault.read(|tx| MlsProvider::empty(lane()).with(tx, key_package_scope())).unwrap();
    StagedWelcome::new_from_welcome(&provider, &MlsGroupJoinConfig::default(), welcome, None)
        .unwrap()
        .into_group(&provider)
        .unwrap();
    let joined: Result<(), VaultError> = receiver.vault.write(|tx| {
        provider.journal().apply(tx)?;
        forget(tx, key_package_scope())
    });
    joined.unwrap();
    (owner, receiver)
}

fn send(owner: &Member, text: &[u8]) -> MlsMessageOut {
    let (provider, mut group) = load(&owner.vault);
    let message = group.create_message(&provider, &owner.signer, text).unwrap();
    keep(&owner.vault, &provider);
    message
}

fn receive(receiver: &Member, message: MlsMessageOut) -> Result<Vec<u8>, ProcessMessageError<super::MlsStoreError>> {
    let (provider, mut group) = load(&receiver.vault);
    let message = message.into_protocol_message().unwrap();
    let processed = group.process_message(&provider, message)?;
    let ProcessedMessageContent::ApplicationMessage(message) = processed.into_content() else {
        panic!("no application message");
    };
    keep(&receiver.vault, &provider);
    Ok(message.into_bytes())
}

trait IntoProtocol {
    fn into_protocol_message(self) -> Option<ProtocolMessage>;
}

impl IntoProtocol for MlsMessageOut {
    fn into_protocol_message(self) -> Option<ProtocolMessage> {
        MlsMessageIn::from(self).try_into_protocol_message().ok()
    }
}

#[test]
fn messages_pass_across_reloads() {
    let (owner, receiver) = pair();
    for round in 0..5u8 {
        let message = send(&owner, &[round; 40]);
        assert_eq!(receive(&receiver, message).unwrap(), [round; 40]);
    }
}

#[test]
fn a_dropped_journal_never_happened() {
    let (owner, receiver) = pair();
    let message = send(&owner, b"again");
    {
        let (provider, mut group) = load(&receiver.vault);
        let message = message.clone().into_protocol_message().unwrap();
        group.process_message(&provider, message).unwrap();
        drop(provider.journal());
    }
    assert_eq!(receive(&receiver, message.clone()).unwrap(), b"again");
    assert!(receive(&receiver, message).is_err(), "a used ratchet key opens nothing twice");
}

/// Every array of 32 small numbers in the values of a scope, as it is encoded: keys and secrets among them.
fn strings_of_32(vault: &Vault) -> BTreeSet<Vec<u8>> {
    let (provider, _) = load(vault);
    let overlay = provider.storage.overlay();
    let mut found = BTreeSet::new();
    for entry in overlay.entries.values() {
        for start in (0..entry.value.len()).filter(|start| entry.value[*start..].starts_with(&[0x98, 32])) {
            let mut end = start + 2;
            for _ in 0..32 {
                end += if entry.value.get(end) == Some(&0x18) { 2 } else { 1 };
            }
            found.extend(entry.value.get(start..end).map(<[u8]>::to_vec));
        }
    }
    found
}

fn raw(encoded: &[u8]) -> Vec<u8> {
    minicbor::decode::<Vec<u8>>(encoded).unwrap_or_default()
}

#[test]
fn used_secrets_are_gone_after_shredding() {
    watch();
    let (owner, receiver) = pair();
    for member in [&owner, &receiver] {
        assert!(strings_of_32(&member.vault).len() > 5);
    }
    let before = [strings_of_32(&owner.vault), strings_of_32(&receiver.vault)];
    for round in 0..3 {
        let message = send(&owner, &[round; 40]);
        receive(&receiver, message).unwrap();
    }
    for (member, before) in [&owner, &receiver].into_iter().zip(before) {
        let now = strings_of_32(&member.vault);
        let used: Vec<_> = before.difference(&now).collect();
        assert!(!used.is_empty(), "messages use up secrets");
        let found = recoverable(&member.vault);
        assert!(used.iter().all(|secret| shows(&found, secret)), "control: before shredding they are there");
        member.vault.shred().unwrap();
        let found = recoverable(&member.vault);
        assert!(used.iter().all(|secret| !shows(&found, secret)), "used secrets are gone");
        assert!(used.iter().all(|secret| !shows(&found, &raw(secret))), "in the raw too");
        assert!(now.iter().all(|secret| shows(&found, secret)), "control: the others are there");
    }
}
