//! What was read of a directory, kept to be brought up to date, and to recognize that nothing of it has changed. It must never stand
//! for a reading: whoever uses it has just been told by the directory that it is still so.

use std::collections::BTreeSet;
use std::sync::Arc;

use protocol::time::Timestamp;

use crate::domain::member::ExternalId;
use crate::domain::sync::Observation;
use crate::domain::withheld::NoAccess;

use super::super::fault::LdapFault;
use super::super::picture::Picture;
use super::refresh::Replica;
use super::usn;

/// What was read.
pub(super) struct Kept {
    pub(super) picture: Picture,
    pub(super) replica: Replica,
    /// None: the directory cannot tell what changes.
    pub(super) mark: Option<Mark>,
    /// Who was outside the required group.
    pub(super) outside: BTreeSet<ExternalId>,
    pub(super) seen: Sight,
}

/// Up to where the directory was read.
#[derive(Debug, Clone)]
pub(super) enum Mark {
    Cookies { controller: usize, cookies: Vec<Option<Vec<u8>>> },
    Usn(usn::Mark),
}

/// What a run sees of a picture, from a moment on until an account expires.
#[derive(Clone)]
pub(super) struct Sight {
    pub(super) observation: Arc<Observation>,
    from: Timestamp,
    pub(super) until: Option<Timestamp>,
}

impl Sight {
    pub(super) fn of(picture: &mut Picture, now: Timestamp) -> Result<Self, LdapFault> {
        let observation = Arc::new(picture.observe(now)?);
        Ok(Self { observation, from: now, until: picture.next_expiry(now) })
    }

    /// Whether a run at this time sees the same.
    pub(super) fn holds(&self, now: Timestamp) -> bool {
        self.from <= now && self.until.is_none_or(|until| now < until)
    }
}

pub(super) fn outside(observation: &Observation) -> BTreeSet<ExternalId> {
    let outside = observation.without_access.iter().filter(|entry| entry.cause == NoAccess::OutsideGroup);
    outside.map(|entry| entry.external_id.clone()).collect()
}
