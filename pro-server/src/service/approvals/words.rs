//! What a request says: a word for the act, and what it is about, with the names of this moment. Texts are the faces' own.

use data_encoding::HEXLOWER;
use protocol::audit::{Assignment, Party};
use protocol::ids::{AdministratorId, MemberId};
use protocol::policy::{PolicyKey, Scope};
use protocol::secret::Personal;

use crate::domain::access::Reach;
use crate::domain::approval::{Act, LEAVERS_NAMED_MAX, Request, RunEffect};
use crate::domain::directory_key;
use crate::domain::policy::Settings;
use crate::service::audit::party_view;
use crate::service::{ServiceError, Services};
use crate::storage::{self, Tx, administrator};

use super::ApprovalView;

/// An act, to be put into words.
#[derive(Debug, Clone)]
pub struct ActView {
    /// Stable: `code`, `suspend`, `policy`, …
    pub word: &'static str,
    /// What it is about: a stable word, and a text.
    pub details: Vec<(&'static str, Personal<String>)>,
}

/// How much is told of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Depth {
    /// One of many in a list.
    Short,
    Whole,
}

impl Depth {
    /// So many people are named who lose access.
    const fn names_max(self) -> usize {
        match self {
            Self::Short => 10,
            Self::Whole => LEAVERS_NAMED_MAX,
        }
    }
}

fn roles_text(roles: &[Assignment]) -> Personal<String> {
    roles.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ").into()
}

async fn login(tx: &mut Tx, id: MemberId) -> Result<Personal<String>, ServiceError> {
    let found = storage::member::find(tx, id).await?;
    Ok(found.map_or_else(|| id.to_string().into(), |member| member.profile.login.expose().into()))
}

async fn name(tx: &mut Tx, id: AdministratorId) -> Result<Personal<String>, ServiceError> {
    let found = administrator::find(tx, id).await?;
    Ok(found.and_then(|row| row.name).unwrap_or_else(|| id.to_string().into()))
}

impl Services {
    /// As somebody sees it who reaches these people.
    pub(super) async fn shown_approval(
        &self,
        tx: &mut Tx,
        reader: &Reach,
        request: Request,
        depth: Depth,
    ) -> Result<ApprovalView, ServiceError> {
        let asker = party_view(tx, Some(request.asker.clone()), [0; 16]).await?;
        let decider = match request.decider.clone() {
            Some(party) => Some(party_view(tx, Some::<Party>(party), [0; 16]).await?),
            None => None,
        };
        Ok(ApprovalView {
            number: request.number,
            hash: request.hash(),
            act: self.act_view(tx, &request.act, reader, depth).await?,
            asker,
            asked: request.asked,
            expires: request.expires,
            outcome: request.outcome,
            decider,
            decided: request.decided,
        })
    }

    async fn act_view(&self, tx: &mut Tx, act: &Act, reader: &Reach, depth: Depth) -> Result<ActView, ServiceError> {
        let (word, details) = match act {
            Act::Code(id) => ("code", vec![("person", login(tx, *id).await?)]),
            Act::ResetIdentity(id) => ("reset-identity", vec![("person", login(tx, *id).await?)]),
            Act::Suspend(id) => ("suspend", vec![("person", login(tx, *id).await?)]),
            Act::Remove(id) => ("remove", vec![("person", login(tx, *id).await?)]),
            Act::Revoke { device, member } => {
                ("revoke", vec![("person", login(tx, *member).await?), ("device", device.to_string().into())])
            }
            Act::Run { source, plan, effect } => {
                let mut details = vec![("source", source.as_str().into()), ("plan", plan.to_string().into())];
                details.extend(effect.iter().flat_map(|effect| self.run_details(effect, reader, depth)));
                ("run", details)
            }
            Act::ReleaseBrake => ("release-brake", Vec::new()),
            Act::AddAdministrator(roles) => ("add-administrator", vec![("roles", roles_text(roles))]),
            Act::AssignRoles { administrator, roles } => {
                ("assign-roles", vec![("administrator", name(tx, *administrator).await?), ("roles", roles_text(roles))])
            }
            Act::ResetAdministrator(id) => ("reset-administrator", vec![("administrator", name(tx, *id).await?)]),
            Act::RemoveAdministrator(id) => ("remove-administrator", vec![("administrator", name(tx, *id).await?)]),
            Act::LinkAdministrator { administrator, provider, subject } => (
                "link-administrator",
                vec![
                    ("administrator", name(tx, *administrator).await?),
                    ("provider", provider.as_str().into()),
                    ("account", subject.clone()),
                ],
            ),
            Act::Policy { based_on, settings } => ("policy", self.policy_details(tx, *based_on, settings).await?),
            Act::Erase(id) => ("erase", vec![("person", login(tx, *id).await?)]),
            Act::ErasePerson(id) => ("erase-person", vec![("person", login(tx, *id).await?)]),
            Act::EraseAdministrator(id) => ("erase-administrator", vec![("administrator", name(tx, *id).await?)]),
            Act::QuorumOff => ("quorum-off", Vec::new()),
            Act::ExportPerson(id) => ("export-person", vec![("person", login(tx, *id).await?)]),
            Act::AddIntegration { scope, name, days } => (
                "add-integration",
                vec![("program", name.clone()), ("scope", scope.name().into()), ("days", days.to_string().into())],
            ),
            Act::RotateDirectoryKey(signed) => ("rotate-directory-key", self.rotation_details(signed)),
            Act::Forgotten => ("forgotten", Vec::new()),
        };
        Ok(ActView { word, details })
    }

    /// The new key, as whoever signed for it named it.
    fn rotation_details(&self, signed: &[u8]) -> Vec<(&'static str, Personal<String>)> {
        let said = directory_key::said(signed, &self.inner.keys.root);
        said.map(|said| ("key", HEXLOWER.encode(&said.key).into())).into_iter().collect()
    }

    /// What the version said that an act of policy changes: what was shown to both stays what it was, once it is done too.
    pub(super) async fn settings_before(&self, tx: &mut Tx, based_on: u64) -> Result<Settings, ServiceError> {
        Ok(self.said_at(tx, based_on).await?.unwrap_or_else(|| self.published().settings()))
    }

    /// How many people a directory run changes, and who loses access, as far as the reader reaches.
    fn run_details(&self, effect: &RunEffect, reader: &Reach, depth: Depth) -> Vec<(&'static str, Personal<String>)> {
        let counts = [
            ("loses-access", effect.access),
            ("loses-groups", effect.groups),
            ("joins", effect.added),
            ("changes", effect.changed),
        ];
        let counts = counts.into_iter().filter(|(what, count)| *count > 0 || *what == "loses-access");
        let mut details: Vec<_> = counts.map(|(what, count)| (what, count.to_string().into())).collect();
        let roll = &self.published().roll;
        let within = effect.leavers.iter().filter_map(|id| roll.get(*id));
        let within = within.filter(|member| reader.holds(&member.profile.groups)).take(depth.names_max());
        let named: Vec<_> = within.map(|member| ("leaver", member.profile.login.expose().into())).collect();
        let more = effect.access.saturating_sub(named.len() as u64);
        details.extend(named);
        details.extend((more > 0).then(|| ("leavers-more", more.to_string().into())));
        details
    }

    /// Every row that the settings change, at each scope.
    async fn policy_details(
        &self,
        tx: &mut Tx,
        based_on: u64,
        settings: &[u8],
    ) -> Result<Vec<(&'static str, Personal<String>)>, ServiceError> {
        let mut details = vec![("version", based_on.to_string().into())];
        let Some(draft) = Settings::from_bytes(settings) else { return Ok(details) };
        let published = self.published();
        let before = self.settings_before(tx, based_on).await?;
        for scope in before.changed(&draft) {
            let name = match scope {
                None => String::new(),
                Some(Scope::Person(member)) => match published.roll.get(*member) {
                    Some(member) => format!("person:{} ", member.profile.login.expose()),
                    None => format!("person:{member} "),
                },
                Some(scope) => format!("{scope} "),
            };
            let own = |settings: &Settings, key: PolicyKey| match (settings.at(scope), scope) {
                (Some(rules), None) => rules.policy.value(key),
                (Some(rules), Some(_)) if rules.policy.own(key).is_some() => rules.policy.value(key),
                _ => "–".to_owned(),
            };
            for key in PolicyKey::ALL.iter().copied() {
                let (was, is) = (own(&before, key), own(&draft, key));
                if was != is {
                    details.push(("setting", format!("{name}{}: {was} → {is}", key.name()).into()));
                }
                // A lock that goes can permit more than any value that changes.
                let lock = |settings: &Settings| settings.at(scope).is_some_and(|rules| rules.locked.contains(&key));
                let word = |is_locked| if is_locked { "on" } else { "off" };
                let (was, is) = (lock(&before), lock(&draft));
                if was != is {
                    let change = format!("{name}{} (lock): {} → {}", key.name(), word(was), word(is));
                    details.push(("setting", change.into()));
                }
            }
        }
        Ok(details)
    }
}
