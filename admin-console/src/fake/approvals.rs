//! What waits for a second person in the organization in memory.

use protocol::audit::IntegrationScope;
use protocol::ids::Hash32;
use protocol::policy::PolicyKey;

use super::State;
use super::sample::{HOSTILE, NOW, OWNER};
use crate::api::*;

/// An act, and what it is about.
type Sample = (&'static str, Vec<(&'static str, ApprovalDetail)>);

fn rules() -> Vec<(&'static str, ApprovalDetail)> {
    let rule = |scope: Option<&str>, becomes| {
        let (scope, key) = (scope.map(Into::into), PolicyKey::FileSend);
        ("setting", ApprovalDetail::Rule(RuleChange { scope, key, becomes }))
    };
    let values = |was: Option<&str>, is: &str| RuleBecomes::Value([was.map(Into::into), Some(is.into())]);
    vec![
        ("version", "4".into()),
        rule(None, values(Some("off"), "all")),
        rule(Some(HOSTILE), values(None, "off")),
        rule(Some("group:lyon"), RuleBecomes::Locked),
        rule(Some("person:anna"), RuleBecomes::Open),
    ]
}

/// Every act once.
fn acts() -> Vec<Sample> {
    let person = || vec![("person", HOSTILE.into())];
    let administrator = || ("administrator", HOSTILE.into());
    let role = |text: &str| text.parse().ok();
    let roles = || {
        let held = ["people:lyon", "auditor"].into_iter().filter_map(role).collect();
        ("roles", ApprovalDetail::Roles(held))
    };
    vec![
        ("code", person()),
        ("suspend", person()),
        ("remove", person()),
        ("revoke", vec![("person", HOSTILE.into()), ("device", "0101".into())]),
        (
            "run",
            vec![
                ("source", HOSTILE.into()),
                ("plan", "0202".into()),
                ("loses-access", "27".into()),
                ("loses-groups", "3".into()),
                ("joins", "1".into()),
                ("changes", "2".into()),
                ("leaver", HOSTILE.into()),
                ("leavers-more", "26".into()),
            ],
        ),
        ("release-brake", Vec::new()),
        ("add-administrator", vec![roles()]),
        ("assign-roles", vec![administrator(), roles()]),
        ("reset-administrator", vec![administrator()]),
        ("remove-administrator", vec![administrator()]),
        ("link-administrator", vec![administrator(), ("provider", HOSTILE.into()), ("account", HOSTILE.into())]),
        ("policy", rules()),
        ("erase", person()),
        ("erase-person", person()),
        ("erase-administrator", vec![administrator()]),
        ("quorum-off", Vec::new()),
        ("rotate-directory-key", vec![("key", "0303".into())]),
        ("export-person", person()),
        (
            "add-integration",
            vec![
                ("program", HOSTILE.into()),
                ("scope", ApprovalDetail::Scope(IntegrationScope::Administer)),
                ("days", "90".into()),
            ],
        ),
        ("forgotten", Vec::new()),
    ]
}

/// Every act once, in every state.
pub fn samples() -> Vec<ApprovalView> {
    let states = [
        ApprovalState::Waiting,
        ApprovalState::Expired,
        ApprovalState::Interrupted,
        ApprovalState::Done,
        ApprovalState::Refused,
        ApprovalState::Stale,
        ApprovalState::Open,
    ];
    let view = |(index, (act, details)): (usize, Sample)| {
        let state = states.get(index % states.len()).copied().unwrap_or(ApprovalState::Waiting);
        ApprovalView {
            number: index as u64 + 1,
            act,
            details,
            digest: Hash32::sha256(act.as_bytes()),
            asker: PartyView::Administrator { login: if index == 0 { OWNER.into() } else { HOSTILE.into() } },
            asked: NOW,
            expires: NOW,
            state,
            decider: (state == ApprovalState::Done).then_some(PartyView::LocalAdministrator { uid: 0 }),
            decided: (state == ApprovalState::Done).then_some(NOW),
        }
    };
    acts().into_iter().enumerate().map(view).collect()
}

fn find(state: &mut State, number: u64) -> Result<&mut ApprovalView, ApiError> {
    let missing = ApiError::Missing(Thing::Approval);
    state.approvals.requests.iter_mut().find(|request| request.number == number).ok_or(missing)
}

pub(super) fn of(state: &mut State, number: u64) -> Result<ApprovalView, ApiError> {
    find(state, number).cloned()
}

/// Nobody else is in memory to do it: it counts as done.
pub(super) fn approve(
    state: &mut State,
    who: &Administrator,
    number: u64,
    digest: Hash32,
) -> Result<ApprovalYield, ApiError> {
    let now = state.now;
    let request = find(state, number)?;
    let own = PartyView::Administrator { login: who.login.clone() };
    if request.state != ApprovalState::Waiting {
        return Err(Clash::Decided.into());
    }
    if request.asker == own {
        return Err(Denial::OwnRequest.into());
    }
    if request.digest != digest {
        return Err(Clash::Stale.into());
    }
    (request.state, request.decider, request.decided) = (ApprovalState::Done, Some(own), Some(now));
    Ok(ApprovalYield::Nothing)
}

pub(super) fn refuse(state: &mut State, who: &Administrator, number: u64) -> Result<(), ApiError> {
    let now = state.now;
    let request = find(state, number)?;
    if request.state != ApprovalState::Waiting {
        return Err(Clash::Decided.into());
    }
    let own = PartyView::Administrator { login: who.login.clone() };
    (request.state, request.decider, request.decided) = (ApprovalState::Refused, Some(own), Some(now));
    Ok(())
}
