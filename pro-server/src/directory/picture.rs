//! Everything that one LDAP source shows, as one picture: its people, its groups, and which of them are in which. Increments
//! change the picture; what a run sees is always made from the whole of it. Pure.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use protocol::directory::Group;
use protocol::limits::GROUPS_PER_PERSON_MAX;
use protocol::secret::Personal;
use protocol::time::Timestamp;
use sha2::{Digest as _, Sha256};

use crate::domain::member::ExternalId;
use crate::domain::sync::{Observation, Seen, Skipped};
use crate::domain::withheld::{NoAccess, WithoutAccess};

use super::account::Account;
use super::closure::Nesting;
use super::dn::Dn;
use super::fault::LdapFault;

/// What names an entry for as long as it exists, or somebody in a group: the first half of the SHA-256 of a unique id, or of a
/// name where nothing else is known.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key(Personal<[u8; 16]>);

impl Key {
    /// Compared byte for byte.
    pub fn of(text: &str) -> Self {
        let digest: [u8; 32] = Sha256::digest(text).into();
        let mut half = [0; 16];
        half.copy_from_slice(&digest[..16]);
        Self(Personal::new(half))
    }

    /// Of another entry that claims the same id.
    pub fn second(&self) -> Self {
        Self::of(&format!("{} twice", data_encoding::HEXLOWER.encode(self.0.expose())))
    }
}

/// A keyed hash over all that an entry showed; no two are compared that were made with different keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Print(pub u64);

/// A person's entry.
#[derive(Debug, Clone)]
pub struct PersonEntry {
    pub print: Print,
    pub dn: Dn,
    /// What `memberUid` says of this person.
    pub uid: Option<Key>,
    pub account: Account,
    /// Under which of the bases it stands.
    pub base: usize,
    /// With the groups that the last look found, where groups list their members.
    pub read: Result<Seen, Skipped>,
}

/// How a group names one of its members.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reference {
    Dn(Dn),
    Uid(Key),
}

/// A group's entry.
#[derive(Debug, Clone)]
pub struct GroupEntry {
    pub print: Print,
    pub dn: Dn,
    /// What policies call it; `None` if it has no name that a group can have.
    pub name: Option<Group>,
    pub members: Arc<[Reference]>,
}

/// Where a person's groups come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Membership {
    /// The person's own entry says them.
    OfPerson,
    /// The groups of this picture list their members.
    OfGroups,
}

/// Who may have access at all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Required {
    Nobody,
    /// Who is in this group of the picture, directly or through others.
    Group(Dn),
    /// These entries, as the directory itself has found them.
    People(BTreeSet<Key>),
}

/// The source as it is known.
#[derive(Debug, Clone)]
pub struct Picture {
    pub membership: Membership,
    pub required: Required,
    pub people: BTreeMap<Key, PersonEntry>,
    pub groups: BTreeMap<Key, GroupEntry>,
}

impl Picture {
    /// What a run sees at this time. A required group that is not there is a fault: it must not look like an empty one.
    pub fn observe(&mut self, now: Timestamp) -> Result<Observation, LdapFault> {
        let Self { membership, required, people, groups } = self;
        let groups = InOrder::of(groups);
        let wanted = match &required {
            Required::Group(dn) => Some(*groups.by_dn.get(dn).ok_or(LdapFault::RequiredGroup)?),
            Required::Nobody | Required::People(_) => None,
        };
        let mut memberships = Memberships::of(&groups, people);
        let mut observation = Observation::default();
        for (number, (key, person)) in people.iter_mut().enumerate() {
            let within = memberships.of_next(number);
            let outside = match &required {
                Required::Nobody => false,
                Required::Group(_) => wanted.is_some_and(|group| within.binary_search(&group).is_err()),
                Required::People(people) => !people.contains(key),
            };
            let cause = person.account.refusal(now).or(outside.then_some(NoAccess::OutsideGroup));
            match (person.external_id(), cause) {
                (Some((external_id, place)), Some(cause)) => {
                    observation.without_access.push(WithoutAccess { place, external_id: external_id.clone(), cause });
                }
                _ => {
                    if *membership == Membership::OfGroups {
                        person.put_into(&groups, &within);
                    }
                    match &person.read {
                        Ok(seen) => observation.seen.push(seen.clone()),
                        Err(skipped) => observation.skipped.push(skipped.clone()),
                    }
                }
            }
        }
        Ok(observation)
    }

    /// Whether it was made from the same entries as another one, each as it was.
    pub fn is_as(&self, other: &Self) -> bool {
        let (people, groups) = (self.people.iter().zip(&other.people), self.groups.iter().zip(&other.groups));
        (self.membership, self.people.len(), self.groups.len())
            == (other.membership, other.people.len(), other.groups.len())
            && self.required == other.required
            && people
                .into_iter()
                .all(|((key, new), (known, old))| (key, new.print, new.base) == (known, old.print, old.base))
            && groups.into_iter().all(|((key, new), (known, old))| (key, new.print) == (known, old.print))
    }

    /// The bases that show people.
    pub fn peopled(&self) -> BTreeSet<usize> {
        self.people.values().map(|person| person.base).collect()
    }

    /// When an account that is open now expires, if nothing else happens before.
    pub fn next_expiry(&self, now: Timestamp) -> Option<Timestamp> {
        self.people.values().filter_map(|person| person.account.expires).filter(|expires| *expires > now).min()
    }
}

impl PersonEntry {
    /// What is as it was before is shared with it: a large directory is not kept twice. Where groups list their members, the last
    /// look's groups are as good a guess as none.
    pub fn share(&mut self, before: &Self, membership: Membership) {
        let (Ok(now), Ok(before)) = (&mut self.read, &before.read) else { return };
        let (new, old) = (&now.profile, &before.profile);
        if (&new.login, &new.name, &new.mail) == (&old.login, &old.name, &old.mail)
            && (membership == Membership::OfGroups || new.groups == old.groups)
        {
            now.profile = Arc::clone(&before.profile);
        }
        if now.external_id == before.external_id {
            now.external_id = before.external_id.clone();
        }
    }

    /// The same entry at another place of the answer.
    #[must_use]
    pub fn at(mut self, place: u64) -> Self {
        match &mut self.read {
            Ok(seen) => seen.place = place,
            Err(skipped) => skipped.place = place,
        }
        self
    }

    fn external_id(&self) -> Option<(&ExternalId, u64)> {
        match &self.read {
            Ok(seen) => Some((&seen.external_id, seen.place)),
            Err(skipped) => skipped.external_id.as_ref().map(|id| (id, skipped.place)),
        }
    }

    /// Of too many groups the first in the order of their names count, so that the directory's order decides nothing.
    fn put_into(&mut self, groups: &InOrder<'_>, within: &[usize]) {
        let Ok(seen) = &mut self.read else { return };
        let mut names: Vec<&Group> =
            within.iter().filter_map(|group| groups.entries.get(*group)?.name.as_ref()).collect();
        names.dedup();
        names.truncate(GROUPS_PER_PERSON_MAX);
        if !names.iter().copied().eq(&seen.profile.groups) {
            Arc::make_mut(&mut seen.profile).groups = names.into_iter().cloned().collect();
        }
    }
}

/// Groups by number, in the order of their names.
struct InOrder<'p> {
    entries: Vec<&'p GroupEntry>,
    by_dn: HashMap<Dn, usize>,
}

impl<'p> InOrder<'p> {
    fn of(groups: &'p BTreeMap<Key, GroupEntry>) -> Self {
        let mut entries: Vec<&GroupEntry> = groups.values().collect();
        entries.sort_by(|one, other| one.name.cmp(&other.name));
        let by_dn = entries.iter().enumerate().map(|(number, group)| (group.dn.clone(), number)).collect();
        Self { entries, by_dn }
    }
}

/// Who is listed where. People have the numbers of their order.
struct Memberships {
    nesting: Nesting,
    /// Person and group, in order.
    direct: Vec<(u32, u32)>,
    /// Before it are the groups of people who have been asked for.
    at: usize,
}

impl Memberships {
    fn of(groups: &InOrder<'_>, people: &BTreeMap<Key, PersonEntry>) -> Self {
        let (mut nesting, mut direct) = (Nesting::new(groups.entries.len()), Vec::new());
        if groups.entries.is_empty() {
            return Self { nesting, direct, at: 0 };
        }
        // Names by value: a large directory asks for half a million of them.
        let by_dn: HashMap<Dn, u32> = (0..).zip(people.values()).map(|(at, person)| (person.dn.clone(), at)).collect();
        let mut by_uid: HashMap<&Key, Vec<u32>> = HashMap::new();
        let is_by_uid = |group: &&GroupEntry| group.members.iter().any(|member| matches!(member, Reference::Uid(_)));
        if groups.entries.iter().any(is_by_uid) {
            for (number, person) in (0..).zip(people.values()) {
                if let Some(uid) = &person.uid {
                    by_uid.entry(uid).or_default().push(number);
                }
            }
        }
        for (outer, group) in (0..).zip(&groups.entries) {
            for member in group.members.iter() {
                match member {
                    Reference::Dn(dn) => match groups.by_dn.get(dn) {
                        Some(inner) => nesting.put(*inner, outer as usize),
                        None => direct.extend(by_dn.get(dn).map(|number| (*number, outer))),
                    },
                    Reference::Uid(uid) => {
                        direct.extend(by_uid.get(uid).into_iter().flatten().map(|number| (*number, outer)));
                    }
                }
            }
        }
        direct.sort_unstable();
        direct.dedup();
        Self { nesting, direct, at: 0 }
    }

    /// The groups of a person, in order. People are asked for in theirs.
    fn of_next(&mut self, number: usize) -> Vec<usize> {
        let left = self.direct.get(self.at..).unwrap_or_default();
        let own = left.iter().take_while(|(person, _)| *person as usize <= number);
        let direct: Vec<usize> = own.map(|(_, group)| *group as usize).collect();
        self.at += direct.len();
        if direct.iter().all(|group| self.nesting.is_outermost(*group)) {
            return direct;
        }
        self.nesting.closure(direct).into_iter().collect()
    }
}

#[cfg(test)]
mod tests {
    use crate::domain::member::{Attribute, Profile};
    use crate::domain::sync::SkipReason;

    use super::*;

    const NOW: Timestamp = Timestamp::from_millis(1_800_000_000_000);

    fn person(login: &str) -> (Key, PersonEntry) {
        let external_id = ExternalId::parse(login).expect("sample");
        let profile = Profile::parse(login, "Notary", "").expect("sample");
        let entry = PersonEntry {
            print: Print(0),
            dn: Dn::of(&format!("uid={login},ou=people")),
            uid: Some(Key::of(login)),
            account: Account::OPEN,
            base: 0,
            read: Ok(Seen { external_id, profile: profile.into(), place: 1 }),
        };
        (Key::of(login), entry)
    }

    fn group(name: &str, members: &[&str]) -> (Key, GroupEntry) {
        let reference = |member: &&str| match member.strip_prefix('@') {
            Some(uid) => Reference::Uid(Key::of(uid)),
            None => Reference::Dn(Dn::of(member)),
        };
        let entry = GroupEntry {
            print: Print(0),
            dn: Dn::of(&format!("cn={name},ou=groups")),
            name: Group::parse(name).ok(),
            members: members.iter().map(reference).collect(),
        };
        (Key::of(name), entry)
    }

    fn picture() -> Picture {
        let inner = ["uid=a,ou=people", "UID=B, ou=People", "cn=outer,ou=groups"];
        Picture {
            membership: Membership::OfGroups,
            required: Required::Nobody,
            people: ["a", "b", "c"].map(person).into(),
            groups: [
                group("inner", &inner),
                group("middle", &["cn=inner,ou=groups", "@c"]),
                group("outer", &["cn=middle,ou=groups", "cn=nobody,ou=elsewhere"]),
                group("empty", &[]),
            ]
            .into(),
        }
    }

    fn groups_of(observation: &Observation, login: &str) -> Vec<String> {
        let seen = observation.seen.iter().find(|seen| seen.profile.login.expose() == login).expect("seen");
        seen.profile.groups.iter().map(|group| group.as_str().to_owned()).collect()
    }

    #[test]
    fn groups_are_followed_through_groups_in_circles_too() {
        let observation = picture().observe(NOW).expect("a picture");
        assert_eq!(groups_of(&observation, "a"), ["inner", "middle", "outer"]);
        assert_eq!(groups_of(&observation, "b"), ["inner", "middle", "outer"]);
        assert_eq!(groups_of(&observation, "c"), ["inner", "middle", "outer"], "the circle leads back in");
    }

    #[test]
    fn who_is_outside_the_required_group_has_no_access() {
        let mut picture = picture();
        picture.groups.remove(&Key::of("outer"));
        picture.required = Required::Group(Dn::of("CN=Inner,OU=Groups"));
        let observation = picture.observe(NOW).expect("a picture");
        assert_eq!(observation.seen.len(), 2);
        assert_eq!(observation.without_access.len(), 1);
        assert_eq!(observation.without_access[0].cause, NoAccess::OutsideGroup);
    }

    #[test]
    fn a_required_group_that_is_not_there_is_no_empty_group() {
        let mut picture = picture();
        picture.required = Required::Group(Dn::of("cn=deleted,ou=groups"));
        assert_eq!(picture.observe(NOW).err(), Some(LdapFault::RequiredGroup));
    }

    #[test]
    fn a_disabled_account_gives_no_access_even_if_its_entry_is_broken() {
        let mut picture = picture();
        let text = HashMap::from([("nsAccountLock".to_owned(), vec!["TRUE".to_owned()])]);
        let entry = super::super::attributes::Entry { text: &text, binary: &HashMap::new() };
        let locked = super::super::account::read(entry, crate::config::ldap_kind::LdapKind::Standard);
        let broken = picture.people.get_mut(&Key::of("a")).expect("there");
        broken.account = locked.expect("readable");
        let reason = SkipReason::Missing(Attribute::Name);
        broken.read = Err(Skipped { place: 1, external_id: ExternalId::parse("a").ok(), login: None, reason });
        let observation = picture.observe(NOW).expect("a picture");
        assert_eq!((observation.without_access.len(), observation.skipped.len()), (1, 0));
    }
}
