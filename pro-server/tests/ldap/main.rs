//! The LDAP adapter against real directories, and against one that answers what no real one would: nobody is lost by mistake,
//! and nobody stays who has left.

#![allow(clippy::expect_used, reason = "a test fails by panicking, in its helpers too")]

mod ber;
mod faults;
mod openldap;
mod samba;
mod script;
mod scripted;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::time::Duration;

use pro_server::config::Config;
use pro_server::directory::ldap::LdapDirectory;
use pro_server::domain::sync::Observation;
use pro_server::domain::withheld::NoAccess;
use protocol::time::Timestamp;

/// Within this a change has to be known; generous for slow machines, and below the promise of two seconds.
const SOON: Duration = Duration::from_millis(1_900);

/// Some day of this test's life; accounts expire before and after it.
const NOW: Timestamp = Timestamp::from_millis(1_800_000_000_000);

/// Something that is done to a directory, by its name.
type Change<'w> = (&'static str, Box<dyn Fn() + 'w>);

/// The directory that a configuration describes.
fn directory(folder: &Path, toml: &str) -> LdapDirectory {
    let file = folder.join("config.toml");
    std::fs::write(&file, toml).expect("written");
    let config = Config::load(Some(&file), folder, std::iter::empty()).expect("a configuration");
    LdapDirectory::new(config.directory.ldap.into_iter().next().expect("a directory"))
}

/// What counts of an observation: who is in which groups, and who is without access why.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
struct Shown {
    people: BTreeMap<String, (String, BTreeSet<String>)>,
    skipped: usize,
    without_access: BTreeMap<String, NoAccess>,
}

impl Shown {
    fn of(observation: &Observation) -> Self {
        let people = observation.seen.iter().map(|seen| {
            let groups = seen.profile.groups.iter().map(|group| group.as_str().to_owned()).collect();
            (seen.external_id.expose().to_owned(), (seen.profile.login.expose().to_owned(), groups))
        });
        let without =
            observation.without_access.iter().map(|entry| (entry.external_id.expose().to_owned(), entry.cause));
        Self { people: people.collect(), skipped: observation.skipped.len(), without_access: without.collect() }
    }

    fn logins(&self) -> BTreeSet<&str> {
        self.people.values().map(|(login, _)| login.as_str()).collect()
    }

    fn groups_of(&self, login: &str) -> BTreeSet<&str> {
        let found = self.people.values().find(|(known, _)| known == login);
        found.map(|(_, groups)| groups.iter().map(String::as_str).collect()).expect("a person of this login")
    }
}
