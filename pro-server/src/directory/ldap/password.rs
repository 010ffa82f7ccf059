//! One password checked by signing in as the person. The password goes to the directory and nowhere else.

use std::sync::atomic::AtomicUsize;

use ldap3::{SearchEntry, ldap_escape};
use protocol::secret::Secret;

use crate::config::directory::LdapConfig;
use crate::config::ldap_kind::LdapKind;
use crate::domain::member::{ExternalId, Login};

use super::super::attributes::{self, Entry};
use super::super::fault::LdapFault;
use super::password_policy;
use super::reading::Questions;
use super::refusal::{self, Hindrance, SignIn};
use super::search::Search;
use super::session::{OPERATION_TIMEOUT, Session};

/// What the directory says to a login and a password.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// They belong together; this is the entry's own id.
    Right(ExternalId),
    /// No such person in the filter, or another password. Which of both is not told.
    Wrong,
    /// The directory lets nobody in with them.
    Blocked(Hindrance),
}

pub(super) async fn check(
    config: &LdapConfig,
    preferred: &AtomicUsize,
    login: &Login,
    password: &Secret<String>,
) -> Result<Verdict, LdapFault> {
    let mut session = Session::open(config, preferred).await?;
    let questions = Questions::of(config, session.root.kind);
    let found = find_person(&mut session, config, &questions, login).await?;
    // A login that nobody has takes the same steps, with a DN that nobody has.
    let base = config.base_dns.first().map_or("", |base| base.expose().as_str());
    let nobody = || (format!("{}=-,{base}", questions.names.login), None);
    let (dn, external_id) = found.map_or_else(nobody, |(dn, id)| (dn, Some(id)));
    let sign_in = session.ldap.with_timeout(OPERATION_TIMEOUT).with_controls(password_policy::question());
    let bound = sign_in.simple_bind(&dn, password.expose()).await?;
    session.close().await;
    match (refusal::of_bind(&bound), external_id) {
        (SignIn::Done, Some(external_id)) => Ok(Verdict::Right(external_id)),
        (SignIn::Hindered(hindrance), Some(_)) => Ok(Verdict::Blocked(hindrance)),
        (SignIn::Failed(LdapFault::Busy), _) => Err(LdapFault::Busy),
        (SignIn::Done | SignIn::Wrong | SignIn::Hindered(_) | SignIn::Failed(_), _) => Ok(Verdict::Wrong),
    }
}

pub(super) async fn knows(config: &LdapConfig, preferred: &AtomicUsize, login: &Login) -> Result<bool, LdapFault> {
    let mut session = Session::open(config, preferred).await?;
    let questions = Questions::of(config, session.root.kind);
    let found = find_person(&mut session, config, &questions, login).await?;
    session.close().await;
    Ok(found.is_some())
}

/// The DN and id of the one person in the filter whom `login` names.
async fn find_person(
    session: &mut Session,
    config: &LdapConfig,
    questions: &Questions,
    login: &Login,
) -> Result<Option<(String, ExternalId)>, LdapFault> {
    let filter = format!("(&{}{})", questions.people_filter, named(questions, login));
    let wanted = [questions.names.id.clone()];
    let mut found: Vec<SearchEntry> = Vec::new();
    for base in &config.base_dns {
        let reading = session.each(Search::below(base.expose(), &filter, &wanted), |entry| {
            // Bases may overlap.
            if !found.iter().any(|known| known.dn == entry.dn) {
                found.push(entry);
            }
            Ok(())
        });
        reading.await?;
    }
    match found.as_slice() {
        [entry] if !entry.dn.is_empty() => {
            let values = Entry { text: &entry.attrs, binary: &entry.bin_attrs };
            let id = attributes::external_id(values, &questions.names.id).ok();
            Ok(id.map(|id| (entry.dn.clone(), id)))
        }
        _ => Ok(None),
    }
}

/// In Active Directory people know two names of theirs, whichever of them is the login here.
fn named(questions: &Questions, login: &Login) -> String {
    let value = ldap_escape(login.expose());
    let mut names = vec![questions.names.login.as_str()];
    if questions.kind == LdapKind::ActiveDirectory {
        names.extend(["userPrincipalName", "sAMAccountName"]);
    }
    let alternatives: String = names.iter().map(|name| format!("({name}={value})")).collect();
    format!("(|{alternatives})")
}
