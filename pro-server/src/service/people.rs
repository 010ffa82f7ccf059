//! People: listing, suspending and resuming by hand.

use protocol::audit::Cause;
use protocol::ids::MemberId;
use protocol::secret::Personal;

use crate::domain::access::{Behind, Grant, PeopleRead, PeopleWrite, Reach};
use crate::domain::approval::Act;
use crate::domain::member::{Listing, Login, Member, Source, Standing};
use crate::domain::people_index::Entry;
use crate::domain::person::{Access, Event};
use crate::storage::{self, Tx};

use super::standing::happen;
use super::{Fault, ServiceError, Services, Thing};

/// A person as an administrator sees them.
#[derive(Debug, Clone)]
pub struct PersonView {
    pub member: MemberId,
    pub login: Personal<String>,
    pub name: Personal<String>,
    pub mail: Option<Personal<String>>,
    /// Names of groups, in order.
    pub groups: Vec<Personal<String>>,
    pub source: Source,
    pub standing: Standing,
}

/// Which person: by login, as commands say it, or by id.
#[derive(Debug, Clone, Copy)]
pub enum Whom<'a> {
    Login(&'a str),
    Id(MemberId),
}

impl<'a> From<&'a str> for Whom<'a> {
    fn from(login: &'a str) -> Self {
        Whom::Login(login)
    }
}

impl From<MemberId> for Whom<'_> {
    fn from(id: MemberId) -> Self {
        Whom::Id(id)
    }
}

/// The person who is meant.
pub(super) async fn person(tx: &mut Tx, whom: Whom<'_>) -> Result<Member, ServiceError> {
    let found = match whom {
        Whom::Login(login) => {
            let login = Login::parse(login).map_err(|_| Fault::Login)?;
            storage::member::find_login(tx, &login).await?
        }
        Whom::Id(id) => storage::member::find(tx, id).await?,
    };
    found.filter(|member| member.listing != Listing::Removed).ok_or(ServiceError::Missing(Thing::Person))
}

/// The same, if they are within `reach`. Whoever is not is not there at all: an answer would tell that they exist.
pub(super) async fn person_within(tx: &mut Tx, whom: Whom<'_>, reach: &Reach) -> Result<Member, ServiceError> {
    let found = person(tx, whom).await?;
    if reach.holds(&found.profile.groups) { Ok(found) } else { Err(ServiceError::Missing(Thing::Person)) }
}

impl Services {
    /// Everybody within reach who is not removed, by login.
    pub async fn people(&self, grant: &Grant<PeopleRead>) -> Result<Vec<PersonView>, ServiceError> {
        let index = self.people_index().await?;
        let view = |entry: &Entry| PersonView {
            member: entry.id,
            login: Personal::from(entry.profile.login.expose()),
            name: entry.profile.name.clone(),
            mail: entry.profile.mail.clone(),
            groups: entry.profile.groups.iter().map(|group| group.as_str().into()).collect(),
            source: entry.source,
            standing: entry.standing,
        };
        let inside = |entry: &&Entry| grant.reach().holds(&entry.profile.groups);
        Ok(index.entries().iter().filter(inside).map(view).collect())
    }

    /// Suspends a person by hand: every device is revoked, and no directory run brings the person back.
    pub async fn suspend_person(
        &self,
        grant: &Grant<PeopleWrite>,
        whom: impl Into<Whom<'_>>,
    ) -> Result<(), ServiceError> {
        self.by_hand(grant, whom.into(), Event::Locked).await
    }

    /// Takes a suspension by hand back. The person enrolls again, with a code.
    pub async fn resume_person(
        &self,
        grant: &Grant<PeopleWrite>,
        whom: impl Into<Whom<'_>>,
    ) -> Result<(), ServiceError> {
        self.by_hand(grant, whom.into(), Event::Unlocked).await
    }

    /// Removes a person for good: every device is revoked, nothing personal is kept, and the entry at the source brings nobody
    /// back. The audit goes on naming the id.
    pub async fn remove_person(
        &self,
        grant: &Grant<PeopleWrite>,
        whom: impl Into<Whom<'_>>,
    ) -> Result<(), ServiceError> {
        self.by_hand(grant, whom.into(), Event::Removed).await
    }

    async fn by_hand(&self, grant: &Grant<PeopleWrite>, whom: Whom<'_>, event: Event) -> Result<(), ServiceError> {
        let mut change = self.inner.change().await?;
        let member = person_within(&mut change.tx, whom, grant.reach()).await?;
        let act = match event {
            Event::Locked => Some(Act::Suspend(member.id)),
            Event::Removed => Some(Act::Remove(member.id)),
            _ => None,
        };
        if let Some(act) = act {
            change = self.gate_loss(change, grant, act).await?;
        }
        let step = happen(&mut change, &member, event, Cause::Administrator, grant.actor()).await?;
        // Counted while nobody else has the turn: those who come at the same time meet the count.
        if grant.behind() == Behind::One && (step.access == Access::Lost || event == Event::Removed) {
            self.losses().note(grant.actor(), change.now);
        }
        change.commit(0..0).await?;
        Ok(())
    }
}
