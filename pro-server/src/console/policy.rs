//! The policy's desk behind the console: rules for groups and persons, the draft, earlier versions.

use admin_console::api::{
    Administrator, ApiError, DraftChange, Field, FieldFault, FieldProblem, Lock, PolicyDesk, PolicyDraft,
    PolicyVersion, RuleOrder, ScopedRule,
};
use protocol::policy::{BadPolicy, Scope};

use super::Desk;
use super::audit::party;
use super::refusal::refused;
use crate::administration::policy::{Lock as Locking, Outcome, told};
use crate::domain::access::{Grant, PolicyRules, PolicyWrite};
use crate::service::policy::DraftView;

/// Versions that are shown.
const VERSIONS_SHOWN: u32 = 20;

fn wrong(field: Field) -> ApiError {
    ApiError::Invalid(vec![FieldProblem { field, fault: FieldFault::Malformed }])
}

impl Desk {
    /// For the draft: it ends where this administrator's changes end.
    fn drafting(&self, who: &Administrator) -> Result<Grant<PolicyRules>, ApiError> {
        let read = self.grant::<PolicyRules>(who)?;
        Ok(match self.grant::<PolicyWrite>(who) {
            Ok(write) => read.narrowed_to(&write),
            Err(_) => read,
        })
    }

    pub(super) async fn policy_table(&self, who: &Administrator) -> Result<PolicyDesk, ApiError> {
        let (grant, drafting) = (self.grant::<PolicyRules>(who)?, self.drafting(who)?);
        let (_, settings) = self.services.settings(&grant);
        let narrower = settings.layers.iter().map(|(scope, rules)| (Some(scope), rules));
        let rules = std::iter::once((None, &settings.organization)).chain(narrower).flat_map(|(scope, rules)| {
            let name = self.services.scope_name(&grant, scope);
            rules.policy.rows().map(move |(key, _)| ScopedRule {
                scope: name.clone(),
                key,
                value: rules.policy.value(key),
                is_locked: rules.locked.contains(&key),
            })
        });
        let rules = rules.collect();
        let draft = match self.services.policy_draft(&drafting).await.map_err(refused)? {
            Some(draft) => Some(self.previewed(&drafting, draft).await?),
            None => None,
        };
        let own = drafting.reach().groups().into_iter().flatten();
        let own = own.map(|group| Scope::Group(group.clone()).to_string()).collect();
        let past = self.services.policy_history(&drafting, None, VERSIONS_SHOWN).await.map_err(refused)?;
        let versions = past.into_iter().map(|past| PolicyVersion {
            version: past.version,
            issued: past.issued,
            by: past.by.map(party),
        });
        Ok(PolicyDesk { own, rules, draft, versions: versions.collect() })
    }

    async fn previewed(&self, grant: &Grant<PolicyRules>, draft: DraftView) -> Result<PolicyDraft, ApiError> {
        let preview = self.services.preview_policy(grant, &draft.settings).await.map_err(refused)?;
        let change = |reached: crate::service::policy::Reached| DraftChange {
            key: reached.key,
            before: reached.key.kind().write(&reached.before),
            after: reached.key.kind().write(&reached.after),
            people: reached.people,
            groups: reached.groups.into_iter().map(|(group, people)| (group.as_str().to_owned(), people)).collect(),
        };
        let name = |scope: Option<&Scope>| self.services.scope_name(grant, scope);
        Ok(PolicyDraft {
            based_on: draft.version,
            mark: draft.mark,
            by: draft.by.map(party),
            changed: draft.changed,
            people: preview.people,
            reached: preview.reached,
            changes: preview.changes.into_iter().map(change).collect(),
            weakened: preview.weakened.iter().map(|weak| (weak.key, name(weak.scope.as_ref()))).collect(),
        })
    }

    pub(super) async fn rule_drafted(&self, who: &Administrator, order: &RuleOrder) -> Result<(), ApiError> {
        let (read, write) = (self.drafting(who)?, self.grant(who)?);
        let scope = self.services.scope_named(&read, &order.scope).await.map_err(|_| wrong(Field::PolicyScope))?;
        let mut made = told::to_change(&self.services, &read, Outcome::Draft).await.map_err(refused)?;
        let lock = match order.lock {
            Lock::Keep => Locking::Keep,
            Lock::Locked => Locking::Lock,
            Lock::Open => Locking::Unlock,
        };
        let changes = std::iter::once((order.key.name(), order.value.as_str()));
        match told::change(&mut made.settings, scope.as_ref(), lock, changes).first() {
            None => {}
            Some((_, BadPolicy::NotThere(_) | BadPolicy::Scope)) => return Err(wrong(Field::PolicyScope)),
            Some((_, BadPolicy::Value(_) | BadPolicy::Unknown)) => return Err(wrong(Field::PolicyValue)),
        }
        told::put(&self.services, &write, made, Outcome::Draft).await.map_err(refused)
    }

    pub(super) async fn version_drafted(&self, who: &Administrator, version: u64) -> Result<(), ApiError> {
        let (read, write) = (self.drafting(who)?, self.grant(who)?);
        let settings = self.services.settings_of(&read, version).await.map_err(refused)?;
        let current = self.services.policy().version;
        let over = self.services.policy_draft(&read).await.map_err(refused)?.map(|draft| draft.mark);
        self.services.keep_policy_draft(&write, settings, current, over.as_deref()).await.map_err(refused)
    }

    pub(super) async fn draft_published(&self, who: &Administrator, mark: &str) -> Result<(), ApiError> {
        self.services.publish_policy_draft(&self.grant(who)?, mark).await.map_err(refused)?;
        self.told().await;
        Ok(())
    }
}
