//! What an administrator wants to know of a directory before anybody enrolls: which controllers answer, what it is, what it
//! shows, whether it tells changes, and what the service account may not read. Reads only.

use ldap3::Scope;
use ldap3::controls::RawControl;
use protocol::time::Timestamp;

use crate::config::ldap_kind::{Following, LdapKind};
use crate::domain::member::Attribute;
use crate::domain::sync::{Observation, SkipReason};

use super::super::fault::LdapFault;
use super::Inner;
use super::reading::Questions;
use super::root::Syncs;
use super::search::Search;
use super::session::Session;
use super::usn::SHOW_DELETED;

/// What was found.
#[derive(Debug)]
pub struct Examination {
    /// Each controller's URL, in the order of the configuration.
    pub controllers: Vec<(String, Result<(), LdapFault>)>,
    pub kind: LdapKind,
    pub observation: Observation,
    /// Groups whose members were read.
    pub groups: usize,
    pub changes: Changes,
    pub unseen: Vec<Unseen>,
}

/// Whether changes are known as they happen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Changes {
    Told,
    /// The configuration does without.
    NotWanted,
    /// The directory cannot.
    NotOffered,
    /// The directory can, and not for this account or base.
    Refused,
}

/// What the service account may not read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unseen {
    /// Whether so many accounts are disabled.
    Accounts { count: usize },
    /// Which people were deleted.
    Deleted,
}

pub(super) async fn examine(inner: &Inner, now: Timestamp) -> Result<Examination, LdapFault> {
    let mut controllers = Vec::new();
    for (controller, server) in inner.config.servers.iter().enumerate() {
        let answered = Session::open_at(&inner.config, server, controller).await;
        let outcome = match answered {
            Ok(session) => {
                session.close().await;
                Ok(())
            }
            // A wrong password is not tried at each controller.
            Err(fault) if !fault.is_of_one_controller() => return Err(fault),
            Err(fault) => Err(fault),
        };
        controllers.push((server.url(), outcome));
    }
    let mut session = Session::open(&inner.config, &inner.preferred).await?;
    let questions = Questions::of(&inner.config, session.root.kind);
    let (mut picture, _, mark) = inner.whole(&mut session, &questions, now).await?;
    let observation = picture.observe(now)?;
    let changes = match (mark, inner.config.following, questions.kind, session.root.syncs) {
        (Some(_), _, _, _) => Changes::Told,
        (None, Following::Never, _, _) => Changes::NotWanted,
        (None, Following::WhenPossible, LdapKind::Standard, Syncs::Unknown) => Changes::NotOffered,
        (None, Following::WhenPossible, LdapKind::Standard | LdapKind::ActiveDirectory, _) => Changes::Refused,
    };
    let mut unseen = Vec::new();
    let blind = |reason: &SkipReason| *reason == SkipReason::Missing(Attribute::Account);
    let count = observation.skipped.iter().filter(|skipped| blind(&skipped.reason)).count();
    if count > 0 {
        unseen.push(Unseen::Accounts { count });
    }
    if questions.kind == LdapKind::ActiveDirectory && !sees_deleted(&mut session).await? {
        unseen.push(Unseen::Deleted);
    }
    session.close().await;
    let (kind, groups) = (questions.kind, picture.groups.len());
    Ok(Examination { controllers, kind, observation, groups, changes, unseen })
}

async fn sees_deleted(session: &mut Session) -> Result<bool, LdapFault> {
    let base = format!("CN=Deleted Objects,{}", session.root.domain.clone().unwrap_or_default());
    let deleted = RawControl { ctype: SHOW_DELETED.to_owned(), crit: true, val: None };
    let (attributes, mut seen) = (["cn".to_owned()], false);
    let search = Search {
        base: &base,
        scope: Scope::Base,
        filter: "(objectClass=*)",
        attributes: &attributes,
        controls: vec![deleted],
    };
    let looking = session.each(search, |_| {
        seen = true;
        Ok(())
    });
    match looking.await {
        Ok(()) => Ok(seen),
        Err(LdapFault::Base | LdapFault::Refused { .. }) => Ok(false),
        Err(fault) => Err(fault),
    }
}
