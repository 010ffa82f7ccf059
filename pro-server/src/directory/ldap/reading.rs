//! Reads a whole source into a picture: people of every base, groups of every group base, and who is in the required group.

use std::collections::{BTreeMap, BTreeSet};

use ldap3::{SearchEntry, ldap_escape};
use protocol::directory::Group;
use protocol::secret::Personal;

use crate::config::directory::LdapConfig;
use crate::config::ldap_kind::{LdapAttributes, LdapKind};

use super::super::PEOPLE_MAX;
use super::super::account;
use super::super::attributes::{self, Entry};
use super::super::dn::{self, Dn};
use super::super::fault::LdapFault;
use super::super::picture::{GroupEntry, Key, Membership, PersonEntry, Picture, Reference, Required};
use super::printer::Printer;
use super::search::Search;
use super::session::Session;

/// More groups than this are refused: a wrong base or filter.
pub const LDAP_GROUPS_MAX: usize = 50_000;

/// How groups name their members: by name, or by login (RFC 2307).
const BY_NAME: [&str; 2] = ["member", "uniqueMember"];
const BY_LOGIN: &str = "memberUid";

/// What is asked of one source, with the defaults of its kind filled in.
#[derive(Debug, Clone)]
pub(super) struct Questions {
    pub(super) kind: LdapKind,
    pub(super) names: LdapAttributes,
    pub(super) people_filter: String,
    pub(super) people_attributes: Vec<String>,
    pub(super) group_bases: Vec<String>,
    pub(super) group_filter: String,
    pub(super) group_attributes: Vec<String>,
    /// What the last whole reading showed, if it is still known.
    pub(super) before: Option<Picture>,
    pub(super) printer: Printer,
}

impl Questions {
    pub(super) fn of(config: &LdapConfig, kind: LdapKind) -> Self {
        let names = LdapAttributes::of(kind, &config.attributes);
        let own = [&names.id, &names.login, &names.name, &names.mail].map(String::as_str);
        let otherwise = [&names.login_otherwise, &names.name_otherwise].into_iter().filter_map(Option::as_deref);
        let wanted = own.into_iter().chain(otherwise).chain(account::attributes(kind).iter().copied());
        // Only the person's own word on groups, or only the groups': the other one costs and would not be looked at.
        let last = if config.groups.is_some() { "uid" } else { names.groups.as_str() };
        let people_attributes: BTreeSet<String> = wanted.chain([last]).map(str::to_owned).collect();
        let groups = config.groups.as_ref();
        let exposed = |base: &Personal<String>| base.expose().clone();
        let group_attributes = [names.id.as_str(), "cn"].into_iter().chain(BY_NAME).chain([BY_LOGIN]);
        Self {
            kind,
            people_filter: config.filter.clone().unwrap_or_else(|| kind.people_filter().to_owned()),
            people_attributes: people_attributes.into_iter().collect(),
            group_bases: groups.map(|groups| groups.base_dns.iter().map(exposed).collect()).unwrap_or_default(),
            group_filter: groups
                .and_then(|groups| groups.filter.clone())
                .unwrap_or_else(|| kind.group_filter().to_owned()),
            group_attributes: group_attributes.map(str::to_owned).collect(),
            before: None,
            printer: Printer::default(),
            names,
        }
    }

    /// A person's entry under the base of this number. `place` counts entries from 1.
    pub(super) fn person(&self, place: u64, base: usize, entry: &SearchEntry) -> (Key, PersonEntry) {
        let key = self.key(entry);
        let person = self.person_of(&key, place, base, entry);
        (key, person)
    }

    /// The entry of the person with this key. One that is as it was before is not read again, and is shared with what it was.
    pub(super) fn person_of(&self, key: &Key, place: u64, base: usize, entry: &SearchEntry) -> PersonEntry {
        let print = self.printer.print(entry, &[]);
        let before = self.before.as_ref().and_then(|before| before.people.get(key));
        if let Some(before) = before.filter(|before| before.print == print) {
            return PersonEntry { base, ..before.clone() }.at(place);
        }
        let values = Entry { text: &entry.attrs, binary: &entry.bin_attrs };
        let uid = values.texts("uid").first().map(|uid| Key::of(&uid.to_lowercase()));
        let read = attributes::read(place, values, &self.names, self.kind);
        let (dn, account) = (Dn::of(&entry.dn), read.account);
        let mut person = PersonEntry { print, dn, uid, account, base, read: read.outcome };
        if let Some(before) = before {
            person.share(before, self.membership());
        }
        person
    }

    fn membership(&self) -> Membership {
        if self.group_bases.is_empty() { Membership::OfPerson } else { Membership::OfGroups }
    }

    /// A group's entry, with the members that it came with and `others` that were fetched.
    pub(super) fn group(&self, entry: &SearchEntry, others: &[String]) -> Result<(Key, GroupEntry), LdapFault> {
        // The library puts all values of an attribute aside if one of them is no text.
        if BY_NAME.into_iter().chain([BY_LOGIN]).any(|attribute| has_binary(entry, attribute)) {
            return Err(LdapFault::Incomplete);
        }
        let (key, print) = (self.key(entry), self.printer.print(entry, others));
        let before = self.before.as_ref().and_then(|before| before.groups.get(&key));
        if let Some(before) = before.filter(|before| before.print == print) {
            return Ok((key, before.clone()));
        }
        let values = Entry { text: &entry.attrs, binary: &entry.bin_attrs };
        let name = dn::first_value(&entry.dn);
        let uids = values.every_text(BY_LOGIN).map(|uid| Reference::Uid(Key::of(&uid.to_lowercase())));
        let by_name = BY_NAME.into_iter().flat_map(|attribute| values.every_text(attribute));
        let by_name = by_name.chain(others.iter().map(String::as_str));
        let members = by_name.map(|member| Reference::Dn(Dn::of(without_uid(member)))).chain(uids).collect();
        let dn = Dn::of(&entry.dn);
        Ok((key, GroupEntry { print, dn, name: Group::parse(&name).ok(), members }))
    }

    /// The entry's own id where it shows one, else its name.
    pub(super) fn key(&self, entry: &SearchEntry) -> Key {
        let values = Entry { text: &entry.attrs, binary: &entry.bin_attrs };
        match attributes::external_id(values, &self.names.id) {
            Ok(id) => Key::of(id.expose()),
            Err(_) => Key::of(&entry.dn.to_lowercase()),
        }
    }
}

/// `uniqueMember` may have an id after the name (RFC 4517 §3.3.21): `…,dc=example#'0101'B`.
fn without_uid(member: &str) -> &str {
    member.rsplit_once("#'").filter(|(_, uid)| uid.ends_with("'B")).map_or(member, |(name, _)| name)
}

/// The whole source, page by page.
pub(super) async fn whole(
    session: &mut Session,
    config: &LdapConfig,
    questions: &Questions,
) -> Result<Picture, LdapFault> {
    let people = people(session, config, questions).await?;
    let groups = groups(session, questions).await?;
    let mut picture = Picture { people, groups, ..empty(config) };
    require(session, config, questions, &mut picture).await?;
    Ok(picture)
}

/// A source that shows nothing yet.
pub(super) fn empty(config: &LdapConfig) -> Picture {
    let membership = if config.groups.is_some() { Membership::OfGroups } else { Membership::OfPerson };
    Picture { membership, required: Required::Nobody, people: BTreeMap::new(), groups: BTreeMap::new() }
}

/// Looks anew who is in the required group, where the groups of the picture do not say it.
pub(super) async fn require(
    session: &mut Session,
    config: &LdapConfig,
    questions: &Questions,
    picture: &mut Picture,
) -> Result<(), LdapFault> {
    let Some(dn) = &config.required_group else { return Ok(()) };
    picture.required = if config.groups.is_some() {
        Required::Group(Dn::of(dn.expose()))
    } else if questions.kind == LdapKind::ActiveDirectory {
        in_chain(session, config, questions, dn).await?
    } else {
        picture.groups = inner_groups(session, questions, dn.expose(), &picture.people).await?;
        Required::Group(Dn::of(dn.expose()))
    };
    Ok(())
}

async fn people(
    session: &mut Session,
    config: &LdapConfig,
    questions: &Questions,
) -> Result<BTreeMap<Key, PersonEntry>, LdapFault> {
    let mut people = BTreeMap::new();
    let mut place = 0;
    for (number, base) in config.base_dns.iter().enumerate() {
        let search = Search::below(base.expose(), &questions.people_filter, &questions.people_attributes);
        let reading = session.each(search, |entry| {
            place += 1;
            let (key, person) = questions.person(place, number, &entry);
            keep(&mut people, key, person);
            if people.len() > PEOPLE_MAX { Err(LdapFault::TooMany) } else { Ok(()) }
        });
        reading.await?;
    }
    Ok(people)
}

/// Bases may overlap: the same entry counts once. Two entries with one id are both kept, for `domain::sync` to judge.
fn keep(people: &mut BTreeMap<Key, PersonEntry>, key: Key, person: PersonEntry) {
    match people.get(&key) {
        Some(known) if known.dn != person.dn => {
            people.insert(key.second(), person);
        }
        Some(_) => {}
        None => {
            people.insert(key, person);
        }
    }
}

async fn groups(session: &mut Session, questions: &Questions) -> Result<BTreeMap<Key, GroupEntry>, LdapFault> {
    let mut groups = BTreeMap::new();
    for base in &questions.group_bases {
        let mut in_parts = Vec::new();
        let search = Search::below(base, &questions.group_filter, &questions.group_attributes);
        let reading = session.each(search, |entry| {
            if is_in_parts(&entry) {
                in_parts.push(entry);
            } else {
                groups.extend([questions.group(&entry, &[])?]);
            }
            if in_parts.len() + groups.len() > LDAP_GROUPS_MAX { Err(LdapFault::TooManyGroups) } else { Ok(()) }
        });
        reading.await?;
        for entry in in_parts {
            let (key, group) = group(session, questions, &entry).await?;
            groups.insert(key, group);
        }
    }
    Ok(groups)
}

/// Whether members of a group have yet to be fetched (MS-ADTS §3.1.1.3.1.3.3).
pub(super) fn is_in_parts(entry: &SearchEntry) -> bool {
    entry.attrs.keys().any(|name| name.contains(";range="))
}

/// The group of an entry with all its members. One that goes or is renamed meanwhile would look empty: then the answer is not whole.
pub(super) async fn group(
    session: &mut Session,
    questions: &Questions,
    entry: &SearchEntry,
) -> Result<(Key, GroupEntry), LdapFault> {
    let mut others = Vec::new();
    if is_in_parts(entry) {
        for attribute in BY_NAME {
            others.append(&mut session.all_values(entry, attribute).await?.ok_or(LdapFault::Incomplete)?);
        }
    }
    questions.group(entry, &others)
}

fn has_binary(entry: &SearchEntry, attribute: &str) -> bool {
    entry.bin_attrs.keys().any(|name| name.split(';').next().is_some_and(|own| own.eq_ignore_ascii_case(attribute)))
}

/// Who is in the group or in a group inside it, as Active Directory itself finds (`LDAP_MATCHING_RULE_IN_CHAIN`).
async fn in_chain(
    session: &mut Session,
    config: &LdapConfig,
    questions: &Questions,
    group: &Personal<String>,
) -> Result<Required, LdapFault> {
    let id = [questions.names.id.clone()];
    if session.entry(group.expose(), &id).await?.is_none() {
        return Err(LdapFault::RequiredGroup);
    }
    let chain = format!("(memberOf:1.2.840.113556.1.4.1941:={})", ldap_escape(group.expose().as_str()));
    let filter = format!("(&{}{chain})", questions.people_filter);
    let mut within = BTreeSet::new();
    for base in &config.base_dns {
        let reading = session.each(Search::below(base.expose(), &filter, &id), |entry| {
            within.insert(questions.key(&entry));
            Ok(())
        });
        reading.await?;
    }
    Ok(Required::People(within))
}

/// The group and the groups inside it, each asked for by its name: everything that a member is unless it is a person.
async fn inner_groups(
    session: &mut Session,
    questions: &Questions,
    group_dn: &str,
    people: &BTreeMap<Key, PersonEntry>,
) -> Result<BTreeMap<Key, GroupEntry>, LdapFault> {
    let people: BTreeSet<&Dn> = people.values().map(|person| &person.dn).collect();
    let (mut groups, mut asked) = (BTreeMap::new(), BTreeSet::new());
    let mut open = vec![group_dn.to_owned()];
    while let Some(name) = open.pop() {
        if !asked.insert(Dn::of(&name)) {
            continue;
        }
        if asked.len() > LDAP_GROUPS_MAX {
            return Err(LdapFault::TooManyGroups);
        }
        let Some(entry) = session.entry_in(&name, &questions.group_filter, &questions.group_attributes).await? else {
            continue;
        };
        let (key, found) = group(session, questions, &entry).await?;
        for attribute in BY_NAME {
            let members = session.all_values(&entry, attribute).await?.unwrap_or_default();
            let members = members.iter().map(|member| without_uid(member));
            open.extend(members.filter(|member| !people.contains(&Dn::of(member))).map(str::to_owned));
        }
        groups.insert(key, found);
    }
    Ok(groups)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_unique_member_is_its_name() {
        assert_eq!(without_uid("cn=a,dc=x#'0101'B"), "cn=a,dc=x");
        assert_eq!(without_uid("cn=a#'b,dc=x"), "cn=a#'b,dc=x");
        assert_eq!(without_uid("cn=a,dc=x"), "cn=a,dc=x");
    }
}
