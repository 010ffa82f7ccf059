//! The `policy` commands: the policy in force, its draft, and its history. What they say is what the programs' API says.

use protocol::policy::PolicyKey;

use super::admin::{Caller, Stopped};
use crate::administration::policy::{
    Outcome, PersonPolicyRow, PolicyOrder, PolicyRow, PolicyScopeRow, PolicySet, told,
};
use crate::administration::{Refusal, Row, StateRow};
use crate::service::Services;

/// Versions that are listed at once.
const HISTORY_ROWS: u32 = 50;

pub async fn perform(caller: &mut Caller, services: &Services, order: PolicyOrder) -> Result<(), Stopped> {
    match order {
        PolicyOrder::Show { scope } => show(caller, services, scope.as_deref()).await,
        PolicyOrder::Rows => {
            for key in PolicyKey::ALL {
                caller.row(Row::PolicyKind((*key).into())).await?;
            }
            Ok(())
        }
        PolicyOrder::Of { login } => {
            let (version, policy) = services.policy_of(&caller.grant(), login.as_str()).await?;
            caller.row(Row::PersonPolicy(PersonPolicyRow::new(login, version, &policy))).await
        }
        PolicyOrder::Set(set) => self::set(caller, services, set).await,
        PolicyOrder::Preview => preview(caller, services).await,
        PolicyOrder::PublishDraft { draft } => {
            services.publish_policy_draft(&caller.grant(), &draft).await?;
            show(caller, services, None).await
        }
        PolicyOrder::Discard => {
            services.discard_policy_draft(&caller.grant()).await?;
            done(caller, "discarded").await
        }
        PolicyOrder::History { before } => {
            for past in services.policy_history(&caller.grant(), before, HISTORY_ROWS).await? {
                caller.row(Row::PastPolicy(told::past(past))).await?;
            }
            Ok(())
        }
        PolicyOrder::RollBack { version } => {
            let current = services.policy().version;
            services.roll_back_policy(&caller.grant(), version, current).await?;
            show(caller, services, None).await
        }
    }
}

async fn done(caller: &mut Caller, state: &str) -> Result<(), Stopped> {
    caller.row(Row::State(StateRow { login: None, device_id: None, state: state.to_owned() })).await
}

/// Everything, or one scope.
async fn show(caller: &mut Caller, services: &Services, scope: Option<&str>) -> Result<(), Stopped> {
    let grant = caller.grant();
    let (_, settings) = services.settings(&grant);
    if let Some(text) = scope {
        let scope = services.scope_named(&grant, text).await?;
        if let Some(scope) = scope {
            let rules = settings.at(Some(&scope)).cloned().unwrap_or_default();
            return caller.row(Row::PolicyScope(PolicyScopeRow::new(text.to_owned(), &rules))).await;
        }
    }
    caller.row(Row::Policy(PolicyRow::from(&services.policy()))).await?;
    if scope.is_none() {
        for (scope, rules) in &settings.layers {
            let name = services.scope_name(&grant, Some(scope));
            caller.row(Row::PolicyScope(PolicyScopeRow::new(name, rules))).await?;
        }
    }
    Ok(())
}

/// Sets each row, or says everything that is wrong.
async fn set(caller: &mut Caller, services: &Services, set: PolicySet) -> Result<(), Stopped> {
    let scope = match &set.scope {
        Some(text) => services.scope_named(&caller.grant(), text).await?,
        None => None,
    };
    let mut made = told::to_change(services, &caller.grant(), set.outcome).await?;
    let changes = set.changes.iter().map(|change| (change.key.as_str(), change.value.as_str()));
    let wrong = told::change(&mut made.settings, scope.as_ref(), set.lock, changes);
    if !wrong.is_empty() {
        let lines: Vec<String> = wrong.into_iter().map(|(key, bad)| format!("{key}: {bad}")).collect();
        return Err(Stopped::Refused(Refusal::new("policy", lines.join("; "))));
    }
    told::put(services, &caller.grant(), made, set.outcome).await?;
    match set.outcome {
        Outcome::Publish => show(caller, services, set.scope.as_deref()).await,
        Outcome::Draft => preview(caller, services).await,
    }
}

async fn preview(caller: &mut Caller, services: &Services) -> Result<(), Stopped> {
    let row = told::preview(services, &caller.grant()).await?;
    caller.row(Row::PolicyPreview(row)).await
}
