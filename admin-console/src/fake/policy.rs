//! The policy of the organization in memory: what holds for everybody can be published, and a draft is kept. Judges little.

use protocol::audit::AuditEvent;
use protocol::ids::Hash32;
use protocol::policy::{Policy, PolicyDocument, PolicyKey, Rules, Version};

use super::Fake;
use super::state::party;
use crate::api::{
    Administrator, ApiError, Clash, DraftChange, Field, FieldFault, FieldProblem, Lock, PartyView, PolicyDesk,
    PolicyDraft, PolicyVersion, PolicyView, Right, RuleOrder, ScopedRule, Thing,
};

/// A draft of one rule is named by it.
fn mark(order: &RuleOrder) -> String {
    format!("{}-{}-{}", order.scope.len(), order.key.row().number, order.value.len())
}

impl Fake {
    pub(super) fn policy_checked(&self, who: &Administrator, draft: &Policy, expected: u64) -> Result<(), ApiError> {
        let state = self.with(who, Right::PolicyChange)?;
        if state.policy.version != expected {
            return Err(Clash::Stale.into());
        }
        if draft.client_min_version() > Version::current() {
            let fault = FieldFault::LocksEverybodyOut;
            return Err(ApiError::Invalid(vec![FieldProblem { field: Field::ClientMinVersion, fault }]));
        }
        Ok(())
    }

    pub(super) fn policy_published(
        &self,
        who: &Administrator,
        draft: &Policy,
        expected: u64,
    ) -> Result<PolicyView, ApiError> {
        self.policy_checked(who, draft, expected)?;
        let mut state = self.with(who, Right::PolicyChange)?;
        let rules = Rules { policy: draft.clone(), ..Rules::default() };
        state.policy = PolicyDocument::new(expected + 1, state.now, rules, None);
        let event = AuditEvent::PolicyPublished { version: expected + 1, hash: Hash32::sha256(b"policy") };
        state.record(event, None, party(who));
        Ok(PolicyView { document: state.policy.clone(), reach: state.reach(), version_max: Version::current() })
    }

    pub(super) fn desk(&self, who: &Administrator) -> Result<PolicyDesk, ApiError> {
        let state = self.with(who, Right::PolicyRules)?;
        let groups = who.roles.iter().filter(|_| !who.rights.has(Right::PolicyForEverybody));
        let own = groups.filter_map(|role| role.group().map(|group| format!("group:{}", group.as_str())));
        let (now, version) = (state.now, state.policy.version);
        let by = Some(PartyView::LocalAdministrator { uid: 0 });
        let draft = state.policy_draft.as_ref().map(|order| PolicyDraft {
            based_on: version,
            mark: mark(order),
            by: by.clone(),
            changed: now,
            people: 40,
            reached: 12,
            changes: vec![DraftChange {
                key: order.key,
                before: state.policy.policy.value(order.key),
                after: order.value.clone(),
                people: 12,
                groups: vec![(String::from("étude lyon"), 7)],
            }],
            weakened: vec![(order.key, order.scope.clone())],
        });
        let rule = |key, value: &str, is_locked| ScopedRule {
            scope: String::from("group:stagiaires"),
            key,
            value: value.to_owned(),
            is_locked,
        };
        let rules = vec![rule(PolicyKey::FileSend, "types:pdf", true), rule(PolicyKey::FileMaxBytes, "5000000", false)];
        let versions = (1..=version).rev().map(|version| PolicyVersion { version, issued: now, by: by.clone() });
        Ok(PolicyDesk { own: own.collect(), rules, draft, versions: versions.collect() })
    }

    pub(super) fn rule_drafted(&self, who: &Administrator, order: &RuleOrder) -> Result<(), ApiError> {
        let wrong = |field| ApiError::Invalid(vec![FieldProblem { field, fault: FieldFault::Malformed }]);
        if Policy::of(&[(order.key, &order.value)]).is_err() {
            return Err(wrong(Field::PolicyValue));
        }
        if order.scope != "organization" && !order.scope.starts_with("group:") {
            return Err(wrong(Field::PolicyScope));
        }
        self.with(who, Right::PolicyChange)?.policy_draft = Some(order.clone());
        Ok(())
    }

    pub(super) fn version_drafted(&self, who: &Administrator, version: u64) -> Result<(), ApiError> {
        let (scope, value) = (String::from("organization"), String::from("off"));
        let mut state = self.with(who, Right::PolicyChange)?;
        if version > state.policy.version {
            return Err(ApiError::Missing(Thing::Policy));
        }
        state.policy_draft = Some(RuleOrder { scope, key: PolicyKey::FileSend, value, lock: Lock::Open });
        Ok(())
    }

    pub(super) fn draft_published(&self, who: &Administrator, shown: &str) -> Result<(), ApiError> {
        let (order, version) = {
            let mut state = self.with(who, Right::PolicyChange)?;
            if state.policy_draft.as_ref().is_some_and(|order| mark(order) != shown) {
                return Err(Clash::Stale.into());
            }
            (state.policy_draft.take().ok_or(ApiError::Missing(Thing::Policy))?, state.policy.version)
        };
        let mut policy = self.up()?.policy.policy.clone();
        policy.set(order.key, &order.value).map_err(|_| ApiError::Internal)?;
        self.policy_published(who, &policy, version).map(drop)
    }

    pub(super) fn draft_discarded(&self, who: &Administrator) -> Result<(), ApiError> {
        self.with(who, Right::PolicyChange)?.policy_draft = None;
        Ok(())
    }
}
