//! The LDAP directory: reached, trusted, signed in to, and with people in the filter; which controllers answer,
//! and what the service account may not see. Only numbers of what it shows are told.

use protocol::time::Timestamp;

use super::{Finding, Part};
use crate::config::Config;
use crate::config::directory::LdapConfig;
use crate::directory::fault::LdapFault;
use crate::directory::ldap::{Changes, Examination, LdapDirectory, Unseen};
use crate::domain::withheld::Withheld;

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
    let source = ldap.name.as_str();
    let found = match LdapDirectory::new(ldap.clone()).examine(now).await {
        Ok(found) => tell(&found),
        // The words are those of a directory run that fails in the same way.
        Err(fault) => vec![Finding::problem(Part::Directory, fault.code()).with("detail", fault)],
    };
    found.into_iter().map(|finding| finding.with("source", source)).collect()
}

fn tell(examination: &Examination) -> Vec<Finding> {
    let mut found: Vec<Finding> =
        examination.controllers.iter().map(|(url, outcome)| controller(url, *outcome)).collect();
    let (seen, skipped) = (examination.observation.seen.len(), examination.observation.skipped.len());
    let withheld = Withheld::count(&examination.observation.without_access);
    let shown = |finding: Finding| finding.with("kind", examination.kind.name()).with("seen", seen);
    if seen == 0 && skipped == 0 && withheld.total() == 0 {
        found.push(Finding::problem(Part::Directory, "directory-nobody"));
    } else if seen == 0 && withheld.total() == 0 {
        found.push(Finding::problem(Part::Directory, "directory-none-usable").with("skipped", skipped));
    } else if seen == 0 {
        found.push(Finding::problem(Part::Directory, "directory-none-with-access").with("count", withheld.total()));
    } else {
        let fine = Finding::fine(Part::Directory, "directory-fine").with("groups", examination.groups);
        found.push(shown(fine));
    }
    if withheld.total() > 0 {
        let counted = Finding::fine(Part::Directory, "directory-withheld").with("disabled", withheld.disabled);
        found.push(counted.with("expired", withheld.expired).with("outside", withheld.outside_group));
    }
    if seen > 0 && skipped > 0 {
        found.push(Finding::warning(Part::Directory, "directory-skipped").with("skipped", skipped));
    }
    found.push(changes(examination.changes));
    found.extend(examination.unseen.iter().map(|unseen| match unseen {
        Unseen::Accounts { count } => {
            Finding::problem(Part::Directory, "directory-accounts-unseen").with("count", count)
        }
        Unseen::Deleted => Finding::warning(Part::Directory, "directory-deleted-unseen"),
    }));
    found
}

fn controller(url: &str, outcome: Result<(), LdapFault>) -> Finding {
    let finding = match outcome {
        Ok(()) => Finding::fine(Part::Directory, "directory-controller"),
        Err(fault) => Finding::warning(Part::Directory, "directory-controller-away")
            .with("fault", fault.code())
            .with("detail", fault),
    };
    finding.with("url", url)
}

fn changes(changes: Changes) -> Finding {
    match changes {
        Changes::Told => Finding::fine(Part::Directory, "directory-live"),
        Changes::NotWanted => Finding::fine(Part::Directory, "directory-timer"),
        Changes::NotOffered => Finding::fine(Part::Directory, "directory-silent"),
        Changes::Refused => Finding::warning(Part::Directory, "directory-changes-refused"),
    }
}
