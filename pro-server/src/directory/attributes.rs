//! From one LDAP entry to a person, or to the reason why not. Pure; a hostile directory can make an entry unusable, nothing more.

use std::collections::{BTreeSet, HashMap};

use data_encoding::{HEXLOWER, HEXLOWER_PERMISSIVE};
use protocol::directory::Group;
use protocol::limits::GROUPS_PER_PERSON_MAX;

use crate::config::directory::LdapAttributes;
use crate::domain::member::{Attribute, ExternalId, Profile};
use crate::domain::sync::{Seen, SkipReason, Skipped};

/// The attributes of an entry. The client library sorts each *attribute* into one of both maps, by whether its values
/// happen to be UTF-8.
#[derive(Debug, Clone, Copy)]
pub struct Entry<'a> {
    pub text: &'a HashMap<String, Vec<String>>,
    pub binary: &'a HashMap<String, Vec<Vec<u8>>>,
}

/// Ids that are bytes even when they look like text; both are Active Directory's.
const BINARY_IDS: [&str; 2] = ["objectGUID", "objectSid"];

/// Values of one attribute that are looked at.
const VALUES_MAX: usize = 64;

/// Reads an entry. The id comes back beside a refusal, so that a person whose entry broke is recognized and spared.
pub fn read(place: u64, entry: Entry<'_>, names: &LdapAttributes) -> Result<Seen, Skipped> {
    let external_id = external_id(entry, &names.id).map_err(|reason| Skipped { place, external_id: None, reason })?;
    match profile(entry, names) {
        Ok(profile) => Ok(Seen { external_id, profile, place }),
        Err(reason) => Err(Skipped { place, external_id: Some(external_id), reason }),
    }
}

fn profile(entry: Entry<'_>, names: &LdapAttributes) -> Result<Profile, SkipReason> {
    let login = one(entry.texts(&names.login), Attribute::Login)?;
    // Several names are usual (`cn` in both orders). The directory promises no order, so ours must.
    let name = entry.texts(&names.name).into_iter().min().ok_or(SkipReason::Missing(Attribute::Name))?;
    let mail = entry.texts(&names.mail).into_iter().min().unwrap_or_default();
    // A mail address is only shown to administrators: a broken one does not keep a person out.
    let profile = Profile::parse(login, name, mail).or_else(|_| Profile::parse(login, name, ""))?;
    Ok(profile.with_groups(groups(entry, &names.groups))?)
}

/// The groups of an entry. A value that cannot be a group hides somebody rather than keeping them out; of too many, the first
/// in order of their names count, so that the directory's order decides nothing.
fn groups(entry: Entry<'_>, name: &str) -> BTreeSet<Group> {
    let all: BTreeSet<Group> =
        values(entry.text, name).filter_map(|value| Group::parse(&group_name(value)).ok()).collect();
    all.into_iter().take(GROUPS_PER_PERSON_MAX).collect()
}

/// The value of the first RDN, if this is a distinguished name (RFC 4514 §3); else the value itself.
fn group_name(value: &str) -> String {
    let is_type = |kind: &str| {
        kind.starts_with(|c: char| c.is_ascii_alphabetic())
            && kind.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
    };
    let Some((_, rest)) = value.split_once('=').filter(|(kind, _)| is_type(kind)) else {
        return value.to_owned();
    };
    let (mut name, mut bytes) = (Vec::new(), rest.bytes());
    while let Some(byte) = bytes.next() {
        match byte {
            b',' | b'+' | b';' => break,
            b'\\' => match (bytes.next(), bytes.clone().next()) {
                (Some(high @ (b'0'..=b'9' | b'a'..=b'f' | b'A'..=b'F')), Some(low)) if low.is_ascii_hexdigit() => {
                    bytes.next();
                    name.extend(HEXLOWER_PERMISSIVE.decode(&[high, low]).unwrap_or_default());
                }
                (escaped, _) => name.extend(escaped),
            },
            byte => name.push(byte),
        }
    }
    String::from_utf8_lossy(&name).into_owned()
}

/// The entry's own id, as text; binary ids in hexadecimal.
pub fn external_id(entry: Entry<'_>, name: &str) -> Result<ExternalId, SkipReason> {
    let is_binary = BINARY_IDS.iter().any(|id| id.eq_ignore_ascii_case(name));
    let texts = entry.texts(name);
    let binary = entry.binary(name);
    let id = if is_binary || texts.is_empty() {
        let bytes = texts.into_iter().map(str::as_bytes).chain(binary).collect();
        HEXLOWER.encode(one(bytes, Attribute::Id)?)
    } else {
        one(texts, Attribute::Id)?.to_ascii_lowercase()
    };
    ExternalId::parse(&id).map_err(SkipReason::from)
}

fn one<T>(values: Vec<T>, attribute: Attribute) -> Result<T, SkipReason> {
    let mut values = values.into_iter();
    match (values.next(), values.next()) {
        (None, _) => Err(SkipReason::Missing(attribute)),
        (Some(value), None) => Ok(value),
        (Some(_), Some(_)) => Err(SkipReason::SeveralValues(attribute)),
    }
}

impl<'a> Entry<'a> {
    fn texts(self, name: &str) -> Vec<&'a str> {
        values(self.text, name).take(VALUES_MAX).map(String::as_str).collect()
    }

    fn binary(self, name: &str) -> Vec<&'a [u8]> {
        values(self.binary, name).take(VALUES_MAX).map(Vec::as_slice).collect()
    }
}

/// Attribute names are compared without case (RFC 4512 §2.5).
fn values<'a, T>(map: &'a HashMap<String, Vec<T>>, name: &str) -> impl Iterator<Item = &'a T> {
    map.iter().filter(|(key, _)| key.eq_ignore_ascii_case(name)).flat_map(|(_, values)| values)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn entry(pairs: &[(&str, &[&str])]) -> HashMap<String, Vec<String>> {
        pairs.iter().map(|(key, values)| ((*key).into(), values.iter().map(|v| (*v).into()).collect())).collect()
    }

    fn read_text(pairs: &[(&str, &[&str])]) -> Result<Seen, (Option<ExternalId>, SkipReason)> {
        let read = read(1, Entry { text: &entry(pairs), binary: &HashMap::new() }, &LdapAttributes::default());
        read.map_err(|skipped| (skipped.external_id, skipped.reason))
    }

    #[test]
    fn an_ordinary_entry_in_any_spelling() {
        let seen = read_text(&[
            ("entryuuid", &["A-1"]),
            ("UID", &["Notary03"]),
            ("cn", &["Notary 03", "03 Notary"]),
            ("mail", &["n03@example.test"]),
        ]);
        let seen = seen.expect("a person");
        assert_eq!(seen.external_id.expose(), "a-1");
        assert_eq!(seen.profile.login.expose(), "notary03");
        assert_eq!(seen.profile.name.expose(), "03 Notary");
    }

    #[test]
    fn what_is_missing_or_doubled_is_said_and_the_id_survives() {
        assert_eq!(read_text(&[("uid", &["n"]), ("cn", &["N"])]), Err((None, SkipReason::Missing(Attribute::Id))));
        let no_name = read_text(&[("entryUUID", &["1"]), ("uid", &["n"])]);
        assert!(matches!(no_name, Err((Some(_), SkipReason::Missing(Attribute::Name)))));
        let two = read_text(&[("entryUUID", &["1"]), ("uid", &["n", "m"]), ("cn", &["N"])]);
        assert!(matches!(two, Err((Some(_), SkipReason::SeveralValues(Attribute::Login)))));
        let broken_mail = read_text(&[("entryUUID", &["1"]), ("uid", &["n"]), ("cn", &["N"]), ("mail", &["nowhere"])]);
        assert!(broken_mail.is_ok_and(|seen| seen.profile.mail.is_none()));
    }

    #[test]
    fn groups_are_names_whether_they_come_as_names_or_as_distinguished_names() {
        for (value, name) in [
            ("Notaries", "notaries"),
            ("CN=Notaries Lyon,OU=Groups,DC=example,DC=test", "notaries lyon"),
            (r"cn=A\20\2BB,dc=example", "a +b"),
            (r"cn=\C3\89tude+ou=x,dc=example", "étude"),
            ("2 = two", "2 = two"),
            (r"cn=end\", "end"),
        ] {
            assert_eq!(Group::parse(&group_name(value)).expect("a group").as_str(), name, "{value}");
        }
        let groups = ["cn=One,dc=x", "one", "cn=Two,dc=x", r"cn=a\,b,dc=x", "cn=,dc=x"];
        let seen = read_text(&[("entryUUID", &["1"]), ("uid", &["n"]), ("cn", &["N"]), ("memberOf", &groups)]);
        let names: Vec<String> =
            seen.expect("a person").profile.groups.iter().map(|group| group.as_str().to_owned()).collect();
        assert_eq!(names, ["one", "two"], "what cannot be a group is left out");
    }

    #[test]
    fn a_binary_id_is_the_same_whether_or_not_it_looks_like_text() {
        let names = LdapAttributes { id: "objectGUID".into(), ..LdapAttributes::default() };
        let text = entry(&[("objectGUID", &["abcdefghijklmnop"])]);
        let binary = HashMap::from([("objectGUID".to_owned(), vec![b"abcdefghijklmnop".to_vec()])]);
        let (no_text, no_binary) = (HashMap::new(), HashMap::new());
        let from_text = external_id(Entry { text: &text, binary: &no_binary }, &names.id);
        let from_binary = external_id(Entry { text: &no_text, binary: &binary }, &names.id);
        assert_eq!(from_text, from_binary);
        assert!(from_text.is_ok_and(|id| id.expose().len() == 32));
    }

    proptest! {
        #[test]
        fn no_entry_can_panic(
            text in prop::collection::hash_map("(?i:entryUUID|uid|cn|mail|memberOf|x)", prop::collection::vec(".{0,40}", 0..3), 0..6),
            binary in prop::collection::hash_map("(?i:entryUUID|uid|cn)", prop::collection::vec(prop::collection::vec(any::<u8>(), 0..20), 0..3), 0..3),
        ) {
            let names = LdapAttributes::default();
            let _ = read(1, Entry { text: &text, binary: &binary }, &names);
        }
    }
}
