//! The policy as the commands and the API say it, and changes as they ask for them: one way for both.

use protocol::policy::{BadPolicy, PolicyKey, Scope, ScopeKind};

use crate::domain::access::{Grant, PolicyRules, PolicyWrite};
use crate::domain::policy::Settings;
use crate::service::policy::PastPolicy;
use crate::service::{ServiceError, Services, Thing};

use super::super::organization::party_text;
use super::{Lock, Outcome, PastPolicyRow, PolicyPreviewRow, PolicyReachedRow, UNSET};

/// What a change is made to.
pub struct Origin {
    /// The version that it is made from.
    pub version: u64,
    pub settings: Settings,
    /// The mark of the draft that it is.
    draft: Option<String>,
}

/// What a change is made to: the draft if there is one and it is to stay one, else what is in force.
pub async fn to_change(
    services: &Services,
    grant: &Grant<PolicyRules>,
    outcome: Outcome,
) -> Result<Origin, ServiceError> {
    match services.policy_draft(grant).await? {
        Some(draft) if outcome == Outcome::Draft => {
            Ok(Origin { version: draft.version, settings: draft.settings, draft: Some(draft.mark) })
        }
        Some(_) | None => {
            let (version, settings) = services.settings(grant);
            Ok(Origin { version, settings, draft: None })
        }
    }
}

/// Sets these rows at a scope. What is wrong, row by row; then nothing may be made of `settings`.
pub fn change<'c>(
    settings: &mut Settings,
    scope: Option<&Scope>,
    lock: Lock,
    changes: impl Iterator<Item = (&'c str, &'c str)>,
) -> Vec<(String, BadPolicy)> {
    let kind = scope.map_or(ScopeKind::Organization, Scope::kind);
    let rules = settings.at_mut(scope);
    let mut set = |name: &str, value: &str| {
        let key: PolicyKey = name.parse()?;
        if !key.is_for(kind) {
            return Err(BadPolicy::NotThere(key));
        }
        if value == UNSET {
            rules.policy.unset(key);
        } else {
            rules.policy.set(key, value)?;
        }
        match lock {
            Lock::Keep => {}
            Lock::Lock => {
                rules.locked.insert(key);
            }
            Lock::Unlock => {
                rules.locked.remove(&key);
            }
        }
        Ok(())
    };
    changes.filter_map(|(name, value)| set(name, value).err().map(|bad| (name.to_owned(), bad))).collect()
}

/// Publishes it, or keeps it as the draft.
pub async fn put(
    services: &Services,
    grant: &Grant<PolicyWrite>,
    changed: Origin,
    outcome: Outcome,
) -> Result<(), ServiceError> {
    let Origin { version, settings, draft } = changed;
    match outcome {
        Outcome::Publish => services.publish_policy(grant, settings, version).await.map(drop),
        Outcome::Draft => services.keep_policy_draft(grant, settings, version, draft.as_deref()).await,
    }
}

pub fn past(past: PastPolicy) -> PastPolicyRow {
    PastPolicyRow::new(past.version, past.issued, past.by.map(party_text), &past.organization, past.scopes)
}

/// What the draft would change.
pub async fn preview(services: &Services, grant: &Grant<PolicyRules>) -> Result<PolicyPreviewRow, ServiceError> {
    let draft = services.policy_draft(grant).await?.ok_or(ServiceError::Missing(Thing::Policy))?;
    let preview = services.preview_policy(grant, &draft.settings).await?;
    let name = |scope: Option<&Scope>| services.scope_name(grant, scope);
    let changes = preview.changes.into_iter().map(|reached| PolicyReachedRow {
        policy: reached.key.name().to_owned(),
        before: reached.key.kind().write(&reached.before),
        after: reached.key.kind().write(&reached.after),
        people: reached.people,
        groups: reached.groups.into_iter().map(|(group, people)| (group.as_str().to_owned(), people)).collect(),
    });
    let weakened = preview.weakened.iter().map(|weak| format!("{} at {}", weak.key, name(weak.scope.as_ref())));
    Ok(PolicyPreviewRow {
        draft: draft.mark,
        based_on: draft.version,
        by: draft.by.map(party_text),
        changed_ms: draft.changed.as_millis(),
        people: preview.people,
        reached: preview.reached,
        scopes: preview.scopes.iter().map(|(scope, people)| (name(Some(scope)), *people)).collect(),
        changes: changes.collect(),
        weakened: weakened.collect(),
    })
}
