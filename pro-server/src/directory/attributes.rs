//! From one LDAP entry to a person, or to the reason why not. Pure; a hostile directory can make an entry unusable, nothing more.

use std::collections::{BTreeSet, HashMap};

use data_encoding::HEXLOWER;
use protocol::directory::Group;
use protocol::limits::GROUPS_PER_PERSON_MAX;

use crate::config::ldap_kind::{LdapAttributes, LdapKind};
use crate::domain::member::{Attribute, ExternalId, Login, Profile};
use crate::domain::sync::{Seen, SkipReason, Skipped};

use super::account::{self, Account};
use super::dn;

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

/// What one entry says.
#[derive(Debug, Clone)]
pub struct Read {
    /// The id comes back beside a refusal, so that a person whose entry broke is recognized and spared.
    pub outcome: Result<Seen, Skipped>,
    /// Open, if it could not be read: the outcome says so then.
    pub account: Account,
}

/// Reads an entry.
pub fn read(place: u64, entry: Entry<'_>, names: &LdapAttributes, kind: LdapKind) -> Read {
    let external_id = match external_id(entry, &names.id) {
        Ok(external_id) => external_id,
        Err(reason) => {
            let login = login(entry, names).ok().and_then(|login| Login::parse(login).ok());
            let outcome = Err(Skipped { place, external_id: None, login, reason });
            return Read { outcome, account: Account::OPEN };
        }
    };
    let account = account::read(entry, kind);
    let outcome = match (account, profile(entry, names)) {
        (Ok(_), Ok(profile)) => Ok(Seen { external_id, profile: profile.into(), place }),
        (Err(reason), _) | (_, Err(reason)) => {
            Err(Skipped { place, external_id: Some(external_id), login: None, reason })
        }
    };
    Read { outcome, account: account.unwrap_or(Account::OPEN) }
}

fn login<'a>(entry: Entry<'a>, names: &LdapAttributes) -> Result<&'a str, SkipReason> {
    one(entry.texts_of(&names.login, names.login_otherwise.as_deref()), Attribute::Login)
}

fn profile(entry: Entry<'_>, names: &LdapAttributes) -> Result<Profile, SkipReason> {
    let login = login(entry, names)?;
    // Several names are usual (`cn` in both orders). The directory promises no order, so ours must.
    let shown = entry.texts_of(&names.name, names.name_otherwise.as_deref());
    let name = shown.into_iter().min().ok_or(SkipReason::Missing(Attribute::Name))?;
    let mail = entry.texts(&names.mail).into_iter().min().unwrap_or_default();
    // A mail address is only shown to administrators: a broken one does not keep a person out.
    let profile = Profile::parse(login, name, mail).or_else(|_| Profile::parse(login, name, ""))?;
    Ok(profile.with_groups(groups(entry, &names.groups))?)
}

/// The groups of an entry. A value that cannot be a group hides somebody rather than keeping them out; of too many, the first
/// in order of their names count, so that the directory's order decides nothing.
fn groups(entry: Entry<'_>, name: &str) -> BTreeSet<Group> {
    let all: BTreeSet<Group> =
        values(entry.text, name).filter_map(|value| Group::parse(&dn::first_value(value)).ok()).collect();
    all.into_iter().take(GROUPS_PER_PERSON_MAX).collect()
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
    /// Text values, the first ones of many.
    pub fn texts(self, name: &str) -> Vec<&'a str> {
        self.every_text(name).take(VALUES_MAX).collect()
    }

    /// Those of another attribute where there are none.
    fn texts_of(self, name: &str, otherwise: Option<&str>) -> Vec<&'a str> {
        let texts = self.texts(name);
        match otherwise {
            Some(otherwise) if texts.is_empty() => self.texts(otherwise),
            _ => texts,
        }
    }

    /// All text values.
    pub fn every_text(self, name: &str) -> impl Iterator<Item = &'a str> + use<'a, '_> {
        values(self.text, name).map(String::as_str)
    }

    /// Values of an attribute one of which is no text.
    pub fn binary(self, name: &str) -> Vec<&'a [u8]> {
        values(self.binary, name).take(VALUES_MAX).map(Vec::as_slice).collect()
    }
}

/// Attribute names are compared without case (RFC 4512 §2.5). The first values of very many come under a name with a range.
fn values<'a, 'n, T>(map: &'a HashMap<String, Vec<T>>, name: &'n str) -> impl Iterator<Item = &'a T> + use<'a, 'n, T> {
    let is_named = move |key: &str| {
        let (own, option) = key.split_once(';').unwrap_or((key, "range="));
        own.eq_ignore_ascii_case(name) && option.starts_with("range=")
    };
    map.iter().filter(move |(key, _)| is_named(key)).flat_map(|(_, values)| values)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::config::ldap_kind::AttributeNames;

    fn usual() -> LdapAttributes {
        LdapAttributes::of(LdapKind::Standard, &AttributeNames::default())
    }

    fn entry(pairs: &[(&str, &[&str])]) -> HashMap<String, Vec<String>> {
        pairs.iter().map(|(key, values)| ((*key).into(), values.iter().map(|v| (*v).into()).collect())).collect()
    }

    fn read_text(pairs: &[(&str, &[&str])]) -> Result<Seen, (Option<ExternalId>, SkipReason)> {
        let read = read(1, Entry { text: &entry(pairs), binary: &HashMap::new() }, &usual(), LdapKind::Standard);
        read.outcome.map_err(|skipped| (skipped.external_id, skipped.reason))
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
            assert_eq!(Group::parse(&dn::first_value(value)).expect("a group").as_str(), name, "{value}");
        }
        let groups = ["cn=One,dc=x", "one", "cn=Two,dc=x", r"cn=a\,b,dc=x", "cn=,dc=x"];
        let seen = read_text(&[("entryUUID", &["1"]), ("uid", &["n"]), ("cn", &["N"]), ("memberOf", &groups)]);
        let names: Vec<String> =
            seen.expect("a person").profile.groups.iter().map(|group| group.as_str().to_owned()).collect();
        assert_eq!(names, ["one", "two"], "what cannot be a group is left out");
    }

    #[test]
    fn a_binary_id_is_the_same_whether_or_not_it_looks_like_text() {
        let names = LdapAttributes { id: "objectGUID".into(), ..usual() };
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
            text in prop::collection::hash_map("(?i:entryUUID|uid|cn|mail|memberOf|objectGUID|userAccountControl|accountExpires|x)", prop::collection::vec(".{0,40}", 0..3), 0..6),
            binary in prop::collection::hash_map("(?i:entryUUID|uid|cn)", prop::collection::vec(prop::collection::vec(any::<u8>(), 0..20), 0..3), 0..3),
        ) {
            let _ = read(1, Entry { text: &text, binary: &binary }, &usual(), LdapKind::Standard);
            let ad = LdapAttributes::of(LdapKind::ActiveDirectory, &AttributeNames::default());
            let _ = read(1, Entry { text: &text, binary: &binary }, &ad, LdapKind::ActiveDirectory);
        }
    }
}
