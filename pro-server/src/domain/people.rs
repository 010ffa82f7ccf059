//! The published list of people in memory: who is in it, what each class of readers sees of it, and what changed since earlier
//! versions. Pure. A reader must never get anybody whom the rule hides from their class, nor hear that such a person changed.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

use protocol::directory::{
    DirectoryGroup, DirectoryUpdate, Group, GroupPeople, Have, Person, Visibility, class, digest,
};
use protocol::ids::{Hash32, MemberId};
use protocol::limits::ROSTER_MEMBERS_MAX;
use protocol::time::Timestamp;

use super::member::{Member, Profile};

/// Changes that are remembered; a reader with an older list gets the complete one.
const PAST_MAX: usize = 65_536;

/// A person of the list, and what decides who sees them.
#[derive(Debug, Clone)]
pub struct Listed {
    pub person: Person,
    /// Whose groups count; the rest of it is nobody's business here.
    pub profile: Arc<Profile>,
}

impl PartialEq for Listed {
    fn eq(&self, other: &Self) -> bool {
        self.person == other.person && self.groups() == other.groups()
    }
}

impl Eq for Listed {}

impl Listed {
    /// Whoever may take part stands in the list.
    pub fn of(member: &Member) -> Option<Self> {
        let profile = &member.profile;
        let (login, name) = (profile.login.expose().into(), profile.name.clone());
        let person = Person { member: member.id, login, name };
        member.may_take_part().then(|| Self { person, profile: Arc::clone(profile) })
    }

    pub fn groups(&self) -> &BTreeSet<Group> {
        &self.profile.groups
    }
}

/// How a person was before a version.
#[derive(Debug, Clone)]
struct Past {
    version: u64,
    member: MemberId,
    before: Option<Arc<Listed>>,
}

/// A reader's view: the rule in force, and the groups that the reader has.
#[derive(Debug, Clone)]
pub struct View {
    rule: Visibility,
    own: BTreeSet<Group>,
}

impl View {
    /// The id that all readers share who see the same.
    pub fn class(&self) -> Hash32 {
        class(&self.rule, &self.own)
    }

    /// Whether it shows a person.
    pub fn shows(&self, listed: &Listed) -> bool {
        self.rule.shows(&self.own, listed.groups())
    }
}

/// One version of the list.
#[derive(Debug, Clone)]
pub struct People {
    version: u64,
    issued: Timestamp,
    /// Opens the log's commitment to this version; none before anything was published in this form.
    salt: Option<[u8; 32]>,
    list: BTreeMap<MemberId, Arc<Listed>>,
    /// Who of the list is in which group: what a class sees is found without asking everybody.
    groups: BTreeMap<Group, Arc<BTreeSet<MemberId>>>,
    /// Ascending by version.
    past: VecDeque<Past>,
    /// The oldest version since which every change is remembered.
    known_since: u64,
}

impl People {
    /// The list as stored; what was before is not known.
    pub fn new<'m>(version: u64, issued: Timestamp, salt: [u8; 32], members: impl Iterator<Item = &'m Member>) -> Self {
        let mut people = Self { issued, salt: Some(salt), known_since: version, ..Self::unpublished(version) };
        people.note(members.filter_map(Listed::of).map(|listed| (listed.person.member, Some(listed))));
        people
    }

    /// Nobody, until the version after `version`.
    pub fn unpublished(version: u64) -> Self {
        Self {
            version,
            issued: Timestamp::ZERO,
            salt: None,
            list: BTreeMap::new(),
            groups: BTreeMap::new(),
            past: VecDeque::new(),
            known_since: version.saturating_add(1),
        }
    }

    /// Whether this version can be shown.
    pub fn is_published(&self) -> bool {
        self.salt.is_some()
    }

    pub fn version(&self) -> u64 {
        self.version
    }

    pub fn issued(&self) -> Timestamp {
        self.issued
    }

    pub fn get(&self, member: MemberId) -> Option<&Listed> {
        self.list.get(&member).map(Arc::as_ref)
    }

    /// Everybody in the list.
    pub fn iter(&self) -> impl Iterator<Item = &Listed> {
        self.list.values().map(Arc::as_ref)
    }

    /// [`digest`] of everybody.
    pub fn digest(&self) -> Hash32 {
        digest(self.list.values().map(|listed| &listed.person))
    }

    /// The next version, in which these people are as given. Who is as before is passed over.
    pub fn change(
        &mut self,
        issued: Timestamp,
        salt: [u8; 32],
        changes: impl IntoIterator<Item = (MemberId, Option<Listed>)>,
    ) {
        self.version = self.version.saturating_add(1);
        (self.issued, self.salt) = (issued, Some(salt));
        for (member, after) in changes {
            if self.get(member) != after.as_ref() {
                let before = self.put(member, after);
                self.past.push_back(Past { version: self.version, member, before });
            }
        }
        while self.past.len() > PAST_MAX
            && let Some(past) = self.past.pop_front()
        {
            self.known_since = self.known_since.max(past.version);
        }
    }

    /// Notes people as they are now when nobody can see a difference.
    pub fn note(&mut self, changes: impl IntoIterator<Item = (MemberId, Option<Listed>)>) {
        for (member, after) in changes {
            self.put(member, after);
        }
    }

    /// Another rule is in force: what was noted under the old one is no answer to a reader under the new one.
    pub fn forget_past(&mut self) {
        self.past.clear();
        self.known_since = self.version;
    }

    fn put(&mut self, member: MemberId, after: Option<Listed>) -> Option<Arc<Listed>> {
        let after = after.map(Arc::new);
        let before = match after.clone() {
            Some(listed) => self.list.insert(member, listed),
            None => self.list.remove(&member),
        };
        let none = BTreeSet::new();
        let old = before.as_ref().map_or(&none, |listed| listed.groups());
        let new = after.as_ref().map_or(&none, |listed| listed.groups());
        for group in old.difference(new) {
            if let Some(members) = self.groups.get_mut(group) {
                Arc::make_mut(members).remove(&member);
                if members.is_empty() {
                    self.groups.remove(group);
                }
            }
        }
        for group in new.difference(old) {
            Arc::make_mut(self.groups.entry(group.clone()).or_default()).insert(member);
        }
        before
    }

    /// The groups that `reader` is in, ascending, each with all of its people who are in the list, or with none.
    pub fn groups_of(&self, reader: MemberId, view: &View) -> Vec<DirectoryGroup> {
        let none = BTreeSet::new();
        let own = self.get(reader).map_or(&none, Listed::groups);
        own.iter()
            .map(|name| DirectoryGroup { name: name.clone(), people: self.people_of(name, reader, view) })
            .collect()
    }

    fn people_of(&self, group: &Group, reader: MemberId, view: &View) -> GroupPeople {
        let is_shown =
            |member: &MemberId| *member == reader || self.get(*member).is_some_and(|listed| view.shows(listed));
        match self.groups.get(group) {
            Some(members) if members.len() > ROSTER_MEMBERS_MAX => GroupPeople::TooMany,
            Some(members) if members.iter().all(is_shown) => GroupPeople::All(members.iter().copied().collect()),
            Some(_) | None => GroupPeople::Hidden,
        }
    }

    /// Everybody whom `view` shows, ascending by member id: those for whom [`View::shows`] holds.
    fn shown<'p>(&'p self, view: &View) -> Box<dyn Iterator<Item = &'p Person> + 'p> {
        let groups = match &view.rule {
            Visibility::All => return Box::new(self.list.values().map(|listed| &listed.person)),
            Visibility::SameGroup => &view.own,
            Visibility::Groups(shown) => shown,
            Visibility::Nobody => return Box::new(std::iter::empty()),
        };
        let members = groups.iter().filter_map(|group| self.groups.get(group)).flat_map(|members| members.iter());
        let members: BTreeSet<MemberId> = members.copied().collect();
        Box::new(members.into_iter().filter_map(|member| self.list.get(&member)).map(|listed| &listed.person))
    }

    /// [`digest`] of what `view` shows.
    pub fn digest_of(&self, view: &View) -> Hash32 {
        digest(self.shown(view))
    }

    /// Whether what `view` shows certainly is what it showed at `version`: nobody whom it shows, or showed, has changed since.
    pub fn is_same_since(&self, view: &View, version: u64) -> bool {
        let is_remembered = (self.known_since..=self.version).contains(&version);
        is_remembered
            && !self.past_since(version).any(|past| {
                let is_shown = |listed: Option<&Listed>| listed.is_some_and(|listed| view.shows(listed));
                is_shown(past.before.as_deref()) || is_shown(self.get(past.member))
            })
    }

    fn past_since(&self, version: u64) -> impl Iterator<Item = &Past> {
        self.past.range(self.past.partition_point(|past| past.version <= version)..)
    }

    /// What a member sees under a rule. Whoever is not in the list has no groups.
    pub fn view(&self, rule: &Visibility, reader: MemberId) -> View {
        let own = self.get(reader).map(|listed| listed.groups().clone()).unwrap_or_default();
        View { rule: rule.clone(), own }
    }

    /// Since which version a reader can be told what changed; `None`: the complete list is needed.
    pub fn base(&self, view: &View, have: Option<Have>) -> Option<u64> {
        let have = have.filter(|have| have.class == view.class())?;
        (self.known_since..=self.version).contains(&have.version).then_some(have.version)
    }

    /// The list as `view` shows it: what changed since `base`, or all of it. `digest` is its [`People::digest_of`].
    pub fn update(&self, view: &View, base: Option<u64>, digest: Hash32) -> DirectoryUpdate {
        let (people, removed) = match base {
            None => (self.shown(view).cloned().collect(), Vec::new()),
            Some(base) => self.changes(view, base),
        };
        DirectoryUpdate {
            version: self.version,
            issued: self.issued,
            class: view.class(),
            base,
            people,
            removed,
            digest,
            salt: self.salt.filter(|_| view.rule == Visibility::All),
        }
    }

    /// Somebody who was hidden before and is hidden now has no change.
    fn changes(&self, view: &View, base: u64) -> (Vec<Person>, Vec<MemberId>) {
        let mut before: BTreeMap<MemberId, Option<&Person>> = BTreeMap::new();
        for past in self.past_since(base) {
            // The first change after `base` knows how it was at `base`.
            let shown = past.before.as_deref().filter(|listed| view.shows(listed));
            before.entry(past.member).or_insert(shown.map(|listed| &listed.person));
        }
        let (mut people, mut removed) = (Vec::new(), Vec::new());
        for (member, before) in before {
            let now = self.get(member).filter(|listed| view.shows(listed)).map(|listed| &listed.person);
            match (before, now) {
                (before, Some(now)) if before != Some(now) => people.push(now.clone()),
                (Some(_), None) => removed.push(member),
                (_, _) => {}
            }
        }
        (people, removed)
    }
}

#[cfg(test)]
mod tests;
