//! Active Directory's increments: what has a higher update sequence number (MS-ADTS §3.1.1.1.9) than all that was read before.
//! Numbers are of one controller and of one life of its database, so both are part of the mark; anything else is read whole.

use std::collections::BTreeSet;

use ldap3::controls::RawControl;
use ldap3::{Scope, SearchEntry};

use crate::config::directory::LdapConfig;

use super::super::attributes::Entry;
use super::super::fault::LdapFault;
use super::super::picture::{Key, Picture};
use super::reading::{self, Questions};
use super::search::Search;
use super::session::Session;

const USN: &str = "uSNChanged";
/// `LDAP_SERVER_SHOW_DELETED_OID`.
pub(super) const SHOW_DELETED: &str = "1.2.840.113556.1.4.417";
/// Increments larger than this are read whole.
const CHANGES_MAX: usize = 20_000;

/// Up to where everything was read, and from whom.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Mark {
    service: String,
    invocation: Vec<u8>,
    pub(super) usn: u64,
}

/// Whether an increment was enough.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Outcome {
    Followed,
    /// Names have moved, or too much has changed: only the whole says what is true.
    ReadWhole,
}

/// The mark of this moment: taken before anything is read, so that nothing falls between.
pub(super) async fn mark(session: &mut Session) -> Result<Option<Mark>, LdapFault> {
    let (Some(service), Some(usn)) = (session.root.service.clone(), session.root.newest_usn) else { return Ok(None) };
    let wanted = ["invocationId".to_owned()];
    let Some(entry) = session.entry(&service, &wanted).await? else { return Ok(None) };
    let values = Entry { text: &entry.attrs, binary: &entry.bin_attrs };
    let texts = values.texts("invocationId").into_iter().map(str::as_bytes);
    let invocation = texts.chain(values.binary("invocationId")).next().map(<[u8]>::to_vec);
    Ok(invocation.map(|invocation| Mark { service, invocation, usn }))
}

impl Mark {
    /// Whether both are numbers of the same row.
    pub(super) fn goes_on(&self, other: &Self) -> bool {
        self.service == other.service && self.invocation == other.invocation && self.usn <= other.usn
    }
}

/// Brings `picture` from `since` up to date. It is not touched unless all went well.
pub(super) async fn follow(
    session: &mut Session,
    config: &LdapConfig,
    questions: &Questions,
    picture: &mut Picture,
    since: &Mark,
) -> Result<Outcome, LdapFault> {
    let mut touched = touched(session, since, &questions.names.id, questions).await?;
    if touched.len() > CHANGES_MAX {
        return Ok(Outcome::ReadWhole);
    }
    let (mut people, mut groups) = (Vec::new(), Vec::new());
    for (number, base) in config.base_dns.iter().enumerate() {
        let filter = changed(&questions.people_filter, since);
        let search = Search::below(base.expose(), &filter, &questions.people_attributes);
        for entry in gathered(session, search).await? {
            people.push(questions.person(picture.people.len() as u64 + 1, number, &entry));
        }
    }
    for base in &questions.group_bases {
        let filter = changed(&questions.group_filter, since);
        let search = Search::below(base, &filter, &questions.group_attributes);
        for entry in gathered(session, search).await? {
            groups.push(reading::group(session, questions, &entry).await?);
        }
    }
    // Who was renamed stands in groups under the former name here, and so does whoever is in a renamed unit.
    let renamed = people.iter().any(|(key, person)| picture.people.get(key).is_some_and(|known| known.dn != person.dn))
        || groups.iter().any(|(key, group)| picture.groups.get(key).is_some_and(|known| known.dn != group.dn));
    if renamed || touched.contains_unit {
        return Ok(Outcome::ReadWhole);
    }
    for (key, _) in &people {
        touched.keys.remove(key);
    }
    for (key, _) in &groups {
        touched.keys.remove(key);
    }
    // Changed, and not to be found where people and groups are: deleted, moved away, or out of the filter.
    picture.people.retain(|key, _| !touched.keys.contains(key));
    picture.groups.retain(|key, _| !touched.keys.contains(key));
    picture.people.extend(people);
    picture.groups.extend(groups);
    Ok(Outcome::Followed)
}

/// Whether anything of interest has changed since the mark.
pub(super) async fn is_behind(session: &mut Session, questions: &Questions, since: &Mark) -> Result<bool, LdapFault> {
    Ok(touched(session, since, &questions.names.id, questions).await?.len() > 0)
}

/// Which people, groups and units of the domain changed, wherever they stand now, deleted ones included.
struct Touched {
    keys: BTreeSet<Key>,
    contains_unit: bool,
}

impl Touched {
    fn len(&self) -> usize {
        self.keys.len() + usize::from(self.contains_unit)
    }
}

async fn touched(session: &mut Session, since: &Mark, id: &str, questions: &Questions) -> Result<Touched, LdapFault> {
    let domain = session.root.domain.clone().unwrap_or_default();
    let wanted = [id.to_owned(), "objectClass".to_owned()];
    let classes =
        "(|(&(objectClass=user)(!(objectClass=computer)))(objectClass=group)(objectClass=organizationalUnit))";
    let filter = changed(classes, since);
    let deleted = RawControl { ctype: SHOW_DELETED.to_owned(), crit: true, val: None };
    let search =
        Search { base: &domain, scope: Scope::Subtree, filter: &filter, attributes: &wanted, controls: vec![deleted] };
    let mut found = Touched { keys: BTreeSet::new(), contains_unit: false };
    let reading = session.each(search, |entry| {
        let values = Entry { text: &entry.attrs, binary: &entry.bin_attrs };
        if values.texts("objectClass").contains(&"organizationalUnit") {
            found.contains_unit = true;
        } else {
            found.keys.insert(questions.key(&entry));
        }
        if found.keys.len() > CHANGES_MAX { Err(LdapFault::TooMany) } else { Ok(()) }
    });
    match reading.await {
        Ok(()) => Ok(found),
        Err(LdapFault::TooMany) => Ok(Touched { contains_unit: true, ..found }),
        Err(fault) => Err(fault),
    }
}

async fn gathered(session: &mut Session, search: Search<'_>) -> Result<Vec<SearchEntry>, LdapFault> {
    let mut found = Vec::new();
    let reading = session.each(search, |entry| {
        found.push(entry);
        Ok(())
    });
    reading.await?;
    Ok(found)
}

fn changed(filter: &str, since: &Mark) -> String {
    format!("(&{filter}({USN}>={}))", since.usn.saturating_add(1))
}
