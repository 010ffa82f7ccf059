//! Publishing a policy: signed, stored, in the log and in the audit, with the version that the draft was made from checked. What
//! applies to one person is told to that person alone.

mod draft;
mod history;
mod preview;

use std::collections::{BTreeMap, BTreeSet};

use protocol::audit::{AuditEvent, Party};
use protocol::codec;
use protocol::directory::Group;
use protocol::ids::{DeviceId, MemberId};
use protocol::policy::{Policy, PolicyDocument, Scope};
use protocol::tlog::Leaf;

use crate::domain::access::{Grant, NotGranted, PeopleRead, PolicyRules, PolicyWrite};
use crate::domain::approval::Act;
use crate::domain::member::Listing;
use crate::domain::people::Listed;
use crate::domain::policy::{BadDraft, Layers, Settings, check, loosened, next_document};
use crate::storage::policy::{DraftId, SaidRow};
use crate::storage::{self, StorageError, Tx};

use super::change::Change;
use super::open::sign_policy;
use super::people::{Whom, person, person_within};
use super::published::{DeviceStanding, Published};
use super::{Clash, Denial, Fault, ServiceError, Services};

pub use draft::DraftView;
pub use history::PastPolicy;
pub use preview::{Preview, Reached};

/// The policy that is in force once a change is committed.
pub(super) struct NextPolicy {
    pub(super) document: PolicyDocument,
    pub(super) bytes: Vec<u8>,
    pub(super) layers: Layers,
}

impl Published {
    /// What is in force for a person with these groups.
    pub fn policy_of(&self, member: MemberId, groups: &BTreeSet<Group>) -> Policy {
        self.layers.in_force(&self.policy.rules(), member, groups)
    }

    /// What is in force for somebody of the list; for whoever is not in it, what everybody has.
    pub fn policy_of_listed(&self, member: MemberId) -> Policy {
        let none = BTreeSet::new();
        self.policy_of(member, self.people.get(member).map_or(&none, Listed::groups))
    }

    /// Everything that the policy in force says.
    pub fn settings(&self) -> Settings {
        self.layers.settings(self.policy.rules())
    }
}

impl Services {
    /// The policy in force.
    pub fn policy(&self) -> PolicyDocument {
        self.published().policy.clone()
    }

    /// Everything that it says within reach, with its version.
    pub fn settings(&self, grant: &Grant<PolicyRules>) -> (u64, Settings) {
        let published = self.published();
        (published.policy.version, published.settings().within(grant.reach().groups()))
    }

    /// What is in force for one person.
    pub async fn policy_of(
        &self,
        grant: &Grant<PeopleRead>,
        whom: impl Into<Whom<'_>>,
    ) -> Result<(u64, Policy), ServiceError> {
        let mut tx = self.inner.storage.read().await?;
        let member = person_within(&mut tx, whom.into(), grant.reach()).await?;
        let published = self.published();
        Ok((published.policy.version, published.policy_of(member.id, &member.profile.groups)))
    }

    /// The layers that apply to the person of a device, proved against the policy in force.
    pub fn policy_layers(&self, device: DeviceId) -> Result<Vec<u8>, ServiceError> {
        let published = self.published();
        let Some(DeviceStanding::Live { member, .. }) = published.devices.get(&device) else {
            return Err(Denial::DeviceRevoked.into());
        };
        let listed = published.people.get(*member).ok_or(Denial::Suspended)?;
        Ok(published.layers.answer(published.policy.version, *member, listed.groups()).to_bytes())
    }

    /// A scope as people write it: `organization` (none), `group:NAME`, `person:LOGIN`. What is beyond reach is no scope.
    pub async fn scope_named(&self, grant: &Grant<PolicyRules>, text: &str) -> Result<Option<Scope>, ServiceError> {
        if text == ORGANIZATION {
            return Ok(None);
        }
        if let Some(own) = grant.reach().groups() {
            return match text.parse() {
                Ok(Scope::Group(group)) if own.contains(&group) => Ok(Some(Scope::Group(group))),
                Ok(_) | Err(_) => Err(Fault::Scope.into()),
            };
        }
        if let Some(login) = text.strip_prefix("person:")
            && login.parse::<MemberId>().is_err()
        {
            let member = person(&mut self.inner.storage.read().await?, login.into()).await?;
            return Ok(Some(Scope::Person(member.id)));
        }
        text.parse().map(Some).map_err(|_| Fault::Scope.into())
    }

    /// As people read it: a person by login.
    pub fn scope_name(&self, _: &Grant<PolicyRules>, scope: Option<&Scope>) -> String {
        let Some(scope) = scope else { return ORGANIZATION.to_owned() };
        let published = self.published();
        match scope {
            Scope::Person(member) => match published.roll.get(*member) {
                Some(member) => format!("person:{}", member.profile.login.expose()),
                None => scope.to_string(),
            },
            Scope::Group(_) | Scope::Guests => scope.to_string(),
        }
    }

    /// Whether `draft` could be published now; nothing is changed.
    pub async fn check_policy(
        &self,
        grant: &Grant<PolicyWrite>,
        draft: &Settings,
        expected: u64,
    ) -> Result<(), ServiceError> {
        let (published, own) = (self.published(), grant.reach().groups());
        let current = published.settings();
        let draft = draft.clone().beside(&current, own);
        let expected = caught_up(&mut self.inner.storage.read().await?, &published, expected, own).await?;
        is_of_now(own, &published, expected)?;
        may_publish(grant, &current, &draft)?;
        check(&published.policy, expected, &draft, self.inner.ambient.now()).map_err(refused)
    }

    /// Whether a version says what the one in force says: whoever read it has read the one in force.
    pub async fn is_in_force(&self, grant: &Grant<PolicyRules>, version: u64) -> Result<bool, ServiceError> {
        let published = self.published();
        let mut tx = self.inner.storage.read().await?;
        Ok(caught_up(&mut tx, &published, version, grant.reach().groups()).await? == published.policy.version)
    }

    /// Publishes `draft`, which was made from version `expected`. If it is the draft that is kept, that has done its work. Of what is
    /// beyond reach it need say nothing: that stays as it is.
    pub async fn publish_policy(
        &self,
        grant: &Grant<PolicyWrite>,
        draft: impl Into<Settings>,
        expected: u64,
    ) -> Result<PolicyDocument, ServiceError> {
        let mut change = self.inner.change().await?;
        let (published, own) = (self.published(), grant.reach().groups());
        let current = published.settings();
        let mut draft = draft.into().tidied().beside(&current, own);
        let expected = caught_up(&mut change.tx, &published, expected, own).await?;
        is_of_now(own, &published, expected)?;
        may_publish(grant, &current, &draft)?;
        only_people(grant, &current, &draft)?;
        check(&published.policy, expected, &draft, change.now).map_err(refused)?;
        if loosened(&current, &draft).is_some() {
            let act = Act::Policy { based_on: expected, settings: draft.to_bytes().into() };
            change = self.gate(change, grant, act).await?;
        }
        let id = DraftId::of(own);
        let kept =
            storage::policy::draft(&mut change.tx, id).await?.and_then(|row| Settings::from_bytes(&row.settings));
        // Before those are left out who are gone meanwhile.
        let is_kept = kept == Some(draft.clone().within(own));
        let is_gone = |member: &MemberId| published.roll.get(*member).is_none_or(|m| m.listing == Listing::Removed);
        draft.layers.retain(|scope, _| !matches!(scope, Scope::Person(member) if is_gone(member)));
        if is_kept {
            storage::policy::discard_draft(&mut change.tx, id).await?;
        }
        let next = put(&mut change, &published.policy, &draft, Saying::New, grant.actor()).await?;
        change.commit(0..0).await?;
        Ok(next)
    }
}

/// How the scope of everybody is written.
pub const ORGANIZATION: &str = "organization";

/// A program publishes what permits no more than the policy in force.
fn only_people(grant: &Grant<PolicyWrite>, current: &Settings, draft: &Settings) -> Result<(), ServiceError> {
    match (grant.actor(), loosened(current, draft)) {
        (Party::Integration(_), Some(row)) => Err(Denial::OnlyPeople(row).into()),
        _ => Ok(()),
    }
}

/// Whether a grant reaches every scope that a draft changes: a role over a group sets the rules of that group alone.
fn may_draft(grant: &Grant<PolicyWrite>, current: &Settings, draft: &Settings) -> Result<(), NotGranted> {
    current.changed(draft).into_iter().try_for_each(|scope| match scope {
        Some(Scope::Group(group)) => grant.may_set(Some(group)),
        Some(Scope::Person(_) | Scope::Guests) | None => grant.may_set(None),
    })
}

/// The same of what is about to be in force.
pub(super) fn may_publish(grant: &Grant<PolicyWrite>, current: &Settings, draft: &Settings) -> Result<(), NotGranted> {
    may_draft(grant, current, draft)?;
    // What says the same again is a new version for everybody.
    if current == draft { grant.may_set(None) } else { Ok(()) }
}

fn refused(bad: Vec<BadDraft>) -> ServiceError {
    let is_stale = bad.iter().all(|fault| matches!(fault, BadDraft::Stale { .. }));
    if is_stale { Clash::Stale.into() } else { Fault::Policy(bad).into() }
}

/// The version in force, if everything since version `read` said the same again to whoever sees these groups; else `read`.
async fn caught_up(
    tx: &mut Tx,
    published: &Published,
    read: u64,
    own: Option<&BTreeSet<Group>>,
) -> Result<u64, StorageError> {
    if read == published.policy.version {
        return Ok(read);
    }
    let past = storage::policy::find(tx, read).await?.and_then(|row| row.said);
    let past = past.and_then(|past| Settings::from_bytes(&past.settings));
    let says_the_same = past.is_some_and(|past| past.within(own) == published.settings().within(own));
    Ok(if says_the_same { published.policy.version } else { read })
}

/// Whoever sees some groups alone hears first that something changed since they looked: what they hold of everybody's rules is old
/// then, and would look like a change that is not theirs.
fn is_of_now(own: Option<&BTreeSet<Group>>, published: &Published, expected: u64) -> Result<(), Clash> {
    if own.is_some() && expected != published.policy.version { Err(Clash::Stale) } else { Ok(()) }
}

/// Whether a new version says anything new.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Saying {
    New,
    /// The same as the version before.
    Again,
}

/// Stores, logs and audits the policy after `current` as part of `change`.
pub(super) async fn put(
    change: &mut Change<'_>,
    current: &PolicyDocument,
    settings: &Settings,
    saying: Saying,
    actor: &Party,
) -> Result<PolicyDocument, StorageError> {
    let ambient = &change.inner.ambient;
    let layers = Layers::draw(settings, || ambient.bytes());
    let document = next_document(current, settings, &layers, change.now);
    let (bytes, hash) = sign_policy(&document, &change.inner.keys);
    let version = document.version;
    let row = SaidRow {
        issued: document.issued,
        settings: if saying == Saying::New { settings.to_bytes() } else { Vec::new() },
        actor: codec::encode(&change.seal(actor).await?),
    };
    storage::policy::put(&mut change.tx, version, &bytes).await?;
    storage::policy::put_layers(&mut change.tx, version, row, layers.to_bytes()).await?;
    change.leaf(&Leaf::PolicyPublish { version, hash }).await?;
    change.audit(AuditEvent::PolicyPublished { version, hash }, None, actor).await?;
    change.set_policy(NextPolicy { document: document.clone(), bytes, layers });
    Ok(document)
}

impl Change<'_> {
    /// Whoever moves between groups that have rules of their own has other rules from now on: a policy that says the same under a
    /// new version has every device ask which layers apply to it.
    pub(super) async fn reissue(&mut self, moved: &BTreeMap<MemberId, Option<Listed>>) -> Result<(), StorageError> {
        let before = self.inner.published.load_full();
        if self.policy.is_some() || before.layers.is_empty() {
            return Ok(());
        }
        let none = BTreeSet::new();
        let has_other_rules = |(member, now): (&MemberId, &Option<Listed>)| {
            let was = before.people.get(*member).map_or(&none, Listed::groups);
            let is = now.as_ref().map_or(&none, Listed::groups);
            now.is_some() && was.symmetric_difference(is).any(|group| before.layers.has_group(group))
        };
        if moved.iter().any(has_other_rules) {
            put(self, &before.policy, &before.settings(), Saying::Again, &Party::Server).await?;
        }
        Ok(())
    }
}
