//! What a request says: a word for the act, and what it is about, with the names of this moment. Texts are the faces' own.

use data_encoding::HEXLOWER;
use protocol::audit::{Assignment, IntegrationScope, Party};
use protocol::ids::{AdministratorId, MemberId};
use protocol::policy::{PolicyKey, Scope};
use protocol::secret::Personal;

use crate::domain::access::Reach;
use crate::domain::approval::{Act, LEAVERS_NAMED_MAX, Request, RunEffect};
use crate::domain::directory_key;
use crate::domain::policy::Settings;
use crate::service::audit::party_view;
use crate::service::policy::ORGANIZATION;
use crate::service::published::Published;
use crate::service::{ServiceError, Services};
use crate::storage::{self, Tx, administrator};

use super::ApprovalView;

/// In place of the value of a row that is not set.
const NOT_SET: &str = "–";

/// An act, to be put into words.
#[derive(Debug, Clone)]
pub struct ActView {
    /// Stable: `code`, `suspend`, `policy`, …
    pub word: &'static str,
    /// What it is about: a stable word, and what it is.
    pub details: Vec<(&'static str, Detail)>,
}

/// One thing that an act is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Detail {
    Text(Personal<String>),
    Roles(Vec<Assignment>),
    Scope(IntegrationScope),
    Setting(SettingChange),
}

/// A row of the policy that an act changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SettingChange {
    /// `organization`, `group:NAME` or `person:LOGIN`.
    pub scope: Personal<String>,
    pub key: PolicyKey,
    pub change: RuleChange,
}

/// What becomes of it there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RuleChange {
    /// Its value as `policy set` writes it, before and after; none where it is not set.
    Value([Option<String>; 2]),
    /// Whether narrower scopes cannot loosen it.
    Lock { is_locked: bool },
}

impl Detail {
    /// As commands and programs see it.
    pub fn text(self) -> Personal<String> {
        match self {
            Self::Text(text) => text,
            Self::Roles(roles) => roles.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ").into(),
            Self::Scope(scope) => scope.name().into(),
            Self::Setting(setting) => setting.text(),
        }
    }
}

impl SettingChange {
    fn text(&self) -> Personal<String> {
        let scope = match self.scope.expose().as_str() {
            ORGANIZATION => String::new(),
            scope => format!("{scope} "),
        };
        let key = self.key.name();
        match &self.change {
            RuleChange::Value(values) => {
                let [was, is] = values.each_ref().map(|value| value.as_deref().unwrap_or(NOT_SET));
                format!("{scope}{key}: {was} → {is}").into()
            }
            RuleChange::Lock { is_locked: true } => format!("{scope}{key} (lock): off → on").into(),
            RuleChange::Lock { is_locked: false } => format!("{scope}{key} (lock): on → off").into(),
        }
    }
}

impl From<Personal<String>> for Detail {
    fn from(text: Personal<String>) -> Self {
        Self::Text(text)
    }
}

impl From<String> for Detail {
    fn from(text: String) -> Self {
        Self::Text(text.into())
    }
}

impl From<&str> for Detail {
    fn from(text: &str) -> Self {
        Self::Text(text.into())
    }
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

async fn login(tx: &mut Tx, id: MemberId) -> Result<Detail, ServiceError> {
    let found = storage::member::find(tx, id).await?;
    Ok(found.map_or_else(|| id.to_string().into(), |member| member.profile.login.expose().into()))
}

async fn name(tx: &mut Tx, id: AdministratorId) -> Result<Detail, ServiceError> {
    let found = administrator::find(tx, id).await?;
    Ok(found.and_then(|row| row.name).unwrap_or_else(|| id.to_string().into()).into())
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
            Act::AddAdministrator(roles) => ("add-administrator", vec![("roles", Detail::Roles(roles.clone()))]),
            Act::AssignRoles { administrator, roles } => (
                "assign-roles",
                vec![("administrator", name(tx, *administrator).await?), ("roles", Detail::Roles(roles.clone()))],
            ),
            Act::ResetAdministrator(id) => ("reset-administrator", vec![("administrator", name(tx, *id).await?)]),
            Act::RemoveAdministrator(id) => ("remove-administrator", vec![("administrator", name(tx, *id).await?)]),
            Act::LinkAdministrator { administrator, provider, subject } => (
                "link-administrator",
                vec![
                    ("administrator", name(tx, *administrator).await?),
                    ("provider", provider.as_str().into()),
                    ("account", subject.clone().into()),
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
                vec![
                    ("program", name.clone().into()),
                    ("scope", Detail::Scope(*scope)),
                    ("days", days.to_string().into()),
                ],
            ),
            Act::RotateDirectoryKey(signed) => ("rotate-directory-key", self.rotation_details(signed)),
            Act::Forgotten => ("forgotten", Vec::new()),
        };
        Ok(ActView { word, details })
    }

    /// The new key, as whoever signed for it named it.
    fn rotation_details(&self, signed: &[u8]) -> Vec<(&'static str, Detail)> {
        let said = directory_key::said(signed, &self.inner.keys.root);
        said.map(|said| ("key", HEXLOWER.encode(&said.key).into())).into_iter().collect()
    }

    /// What the version said that an act of policy changes: what was shown to both stays what it was, once it is done too.
    pub(super) async fn settings_before(&self, tx: &mut Tx, based_on: u64) -> Result<Settings, ServiceError> {
        Ok(self.said_at(tx, based_on).await?.unwrap_or_else(|| self.published().settings()))
    }

    /// How many people a directory run changes, and who loses access, as far as the reader reaches.
    fn run_details(&self, effect: &RunEffect, reader: &Reach, depth: Depth) -> Vec<(&'static str, Detail)> {
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
    ) -> Result<Vec<(&'static str, Detail)>, ServiceError> {
        let mut details = vec![("version", based_on.to_string().into())];
        let Some(draft) = Settings::from_bytes(settings) else { return Ok(details) };
        let published = self.published();
        let before = self.settings_before(tx, based_on).await?;
        for scope in before.changed(&draft) {
            let name = scope_text(scope, &published);
            let own = |settings: &Settings, key: PolicyKey| match (settings.at(scope), scope) {
                (Some(rules), None) => Some(rules.policy.value(key)),
                (Some(rules), Some(_)) => rules.policy.own(key).map(|_| rules.policy.value(key)),
                (None, _) => None,
            };
            // A lock that goes can permit more than any value that changes.
            let lock = |settings: &Settings, key: PolicyKey| {
                settings.at(scope).is_some_and(|rules| rules.locked.contains(&key))
            };
            for key in PolicyKey::ALL.iter().copied() {
                let mut told = |change| {
                    let setting = SettingChange { scope: name.clone(), key, change };
                    details.push(("setting", Detail::Setting(setting)));
                };
                let values = [own(&before, key), own(&draft, key)];
                if let [was, is] = &values
                    && was != is
                {
                    told(RuleChange::Value(values));
                }
                let is_locked = lock(&draft, key);
                if lock(&before, key) != is_locked {
                    told(RuleChange::Lock { is_locked });
                }
            }
        }
        Ok(details)
    }
}

/// As people read it: a person by login.
fn scope_text(scope: Option<&Scope>, published: &Published) -> Personal<String> {
    let Some(scope) = scope else { return ORGANIZATION.into() };
    let login = match scope {
        Scope::Person(member) => published.roll.get(*member).map(|member| member.profile.login.expose()),
        Scope::Group(_) | Scope::Guests => None,
    };
    login.map_or_else(|| scope.to_string(), |login| format!("person:{login}")).into()
}
