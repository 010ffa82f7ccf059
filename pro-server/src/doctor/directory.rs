//! The LDAP directory: reached, trusted, signed in to, and with people in the filter. Only numbers of what it shows are told.

use protocol::time::Timestamp;

use super::{Finding, Part};
use crate::config::Config;
use crate::config::directory::LdapConfig;
use crate::directory::ldap::{LdapDirectory, Reading};

pub async fn examine(config: &Config, now: Timestamp) -> Vec<Finding> {
    if config.directory.ldap.is_empty() {
        return vec![Finding::fine(Part::Directory, "directory-own")];
    }
    let mut found = Vec::new();
    for ldap in &config.directory.ldap {
        found.extend(look(ldap, now).await);
    }
    found
}

async fn look(ldap: &LdapConfig, now: Timestamp) -> Vec<Finding> {
    let observation = match LdapDirectory::new(ldap.clone()).read(Reading::Whole, now).await {
        Ok(observation) => observation,
        // The words are those of a directory run that fails in the same way.
        Err(fault) => return vec![Finding::problem(Part::Directory, fault.code()).with("detail", fault)],
    };
    let (seen, skipped) = (observation.seen.len(), observation.skipped.len());
    let mut found = Vec::new();
    if seen == 0 && skipped == 0 {
        found.push(Finding::problem(Part::Directory, "directory-nobody"));
    } else if seen == 0 {
        found.push(Finding::problem(Part::Directory, "directory-none-usable").with("skipped", skipped));
    } else {
        found.push(Finding::fine(Part::Directory, "directory-fine").with("seen", seen));
    }
    if seen > 0 && skipped > 0 {
        found.push(Finding::warning(Part::Directory, "directory-skipped").with("skipped", skipped));
    }
    found
}
