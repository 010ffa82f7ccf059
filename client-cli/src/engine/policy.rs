//! The engine and the policy (spec/policy.md): a new one is taken whole, kept, told in what it changes for this person, and obeyed at
//! once. What only clients hold must never be called a guarantee.

use std::collections::BTreeMap;

use protocol::codec;
use protocol::ids::{DeviceId, MemberId};
use protocol::policy::{Policy, PolicyKey, Scope};
use serde_json::{Value, json};

use super::port::Fault;
use super::{Engine, EngineError, PeerState};
use crate::clock;
use crate::core::peer::Relation;
use crate::core::trust::Trust;
use crate::store::SecretBytes;
use crate::store::tables::{POLICY, POLICY_IN_FORCE, POLICY_LAYERS};

impl Engine {
    pub(super) fn on_policy(&mut self, bytes: &[u8]) -> Result<(), EngineError> {
        let before = self.policy_before();
        match self.trust.take_policy(bytes) {
            Ok(_) if self.trust.is_policy_coming() => {
                self.fetch_missing();
                Ok(())
            }
            Ok(_) => {
                let in_force = self.in_force();
                self.vault.write(|tx| {
                    tx.put(&POLICY, &(), &SecretBytes::new(bytes.to_vec()))?;
                    tx.put(&POLICY_IN_FORCE, &(), &in_force)?;
                    tx.remove(&POLICY_LAYERS, &())
                })?;
                self.obey(before)
            }
            Err(disbelief) => self.disbelieve(&disbelief),
        }
    }

    pub(super) fn on_policy_layers(&mut self, bytes: &[u8]) -> Result<(), EngineError> {
        let before = self.policy_before();
        match self.trust.take_policy_layers(self.me.account.member, bytes) {
            Ok(document) => {
                let in_force = self.in_force();
                self.vault.write(|tx| {
                    tx.put(&POLICY, &(), &SecretBytes::new(document))?;
                    tx.put(&POLICY_IN_FORCE, &(), &in_force)?;
                    tx.put(&POLICY_LAYERS, &(), &SecretBytes::new(bytes.to_vec()))
                })?;
                self.obey(before)
            }
            Err(disbelief) => self.disbelieve(&disbelief),
        }
    }

    /// What is obeyed from now on, to be kept.
    fn in_force(&self) -> SecretBytes {
        SecretBytes::new(codec::encode(&self.trust.policy()))
    }

    /// `contact.verify_required`: whether anything may be sent to that person.
    pub(super) fn may_talk_to(&self, member: MemberId) -> Result<(), Fault> {
        if is_unverified(&self.trust, &self.peers, member) { Err(Fault::new("policy-verify-first")) } else { Ok(()) }
    }

    /// Somebody whom we neither talk to nor find in the directory.
    pub(super) fn is_unknown(&self, device: DeviceId) -> bool {
        let relation = self.peers.get(&device).map(|peer| peer.record.relation);
        let is_new = relation.is_none_or(|relation| relation == Relation::Stranger);
        let member = self.trust.facts().device(device).map(|device| device.member);
        is_new && member.is_none_or(|member| self.trust.person(member).is_none())
    }

    /// What the rules say to this person: every row, with who holds it.
    pub(super) fn organization(&self) -> Value {
        let policy = self.trust.policy();
        let rule =
            |key: PolicyKey| json!({"policy": key.name(), "value": policy.value(key), "enforcer": key.enforcer()});
        let groups = self.trust.policy_scopes().filter_map(|scope| match scope {
            Scope::Group(group) => Some(group.as_str()),
            Scope::Guests | Scope::Person(_) => None,
        });
        json!({
            "policy_version": self.trust.policy_version(),
            "groups": groups.collect::<Vec<_>>(),
            "personal": self.trust.policy_scopes().any(|scope| matches!(scope, Scope::Person(_))),
            "rules": PolicyKey::ALL.iter().copied().map(rule).collect::<Vec<_>>(),
        })
    }

    /// What was in force; nothing before the first policy, which changes nothing for anybody.
    fn policy_before(&self) -> Option<Policy> {
        self.trust.policy_version().map(|_| self.trust.policy())
    }

    /// Another policy is in force.
    fn obey(&mut self, before: Option<Policy>) -> Result<(), EngineError> {
        let now = self.trust.policy();
        let changes = before.map_or_else(Vec::new, |before| changes(&before, &now));
        self.emit(json!({"event": "policy", "version": self.trust.policy_version(), "changes": changes}));
        self.fetch_missing();
        self.keep_lock_rules()?;
        self.keep_certificate(clock::now())?;
        // What waited for a rule that is gone.
        self.settle_queues()?;
        self.stop_sending_files()?;
        self.stop_receiving_files()?;
        self.keep_retention(clock::now())
    }
}

/// `contact.verify_required`: whether a comparison of safety numbers has to come before anything goes to that person.
pub(super) fn is_unverified(trust: &Trust, peers: &BTreeMap<DeviceId, PeerState>, member: MemberId) -> bool {
    if !trust.requires_verification() {
        return false;
    }
    let key = trust.facts().identity_key(member);
    let is_theirs = |peer: &&PeerState| peer.record.member == member && peer.record.verified == key;
    key.is_none() || !peers.values().any(|peer| is_theirs(&peer))
}

/// Each row that says something else, as scripts read it.
fn changes(before: &Policy, now: &Policy) -> Vec<Value> {
    let changed = PolicyKey::ALL.iter().copied().filter(|key| before.at(*key) != now.at(*key));
    changed.map(|key| json!({"policy": key.name(), "value": now.value(key), "before": before.value(key)})).collect()
}
