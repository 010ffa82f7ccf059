//! People and their devices as the console shows them.

use admin_console::api::{
    Administrator, ApiError, CARDS_MAX, CardChoices, CardGroup, CardOrder, Cards, DeviceState, DeviceView,
    EarlierCodes, EnrollmentCode, Neighbor, PEOPLE_PAGE_ROWS, PeoplePage, PeoplePosition, PeopleQuery, PersonDetail,
    PersonView, Source, Standing, Waiting,
};
use protocol::directory::Group;
use protocol::ids::{DeviceId, MemberId};

use super::Desk;
use super::refusal::refused;
use crate::domain::access::{CodeWrite, DeviceWrite, LostDevice, NewcomerCode, Reach};
use crate::domain::member;
use crate::domain::source::{Origin, SourceKind};
use crate::service::enrollment::NewCode;
use crate::service::people_pages::{DeviceRow, PersonRow, Position, Query};
use crate::service::{ServiceError, Services, Thing, cards};

fn standing(standing: member::Standing) -> Standing {
    match standing {
        member::Standing::Provisioned => Standing::Provisioned,
        member::Standing::Active => Standing::Active,
        // Whoever is removed is on no page.
        member::Standing::Suspended | member::Standing::Removed => Standing::Suspended,
        member::Standing::Locked => Standing::Locked,
    }
}

fn asked(standing: Standing) -> member::Standing {
    match standing {
        Standing::Provisioned => member::Standing::Provisioned,
        Standing::Active => member::Standing::Active,
        Standing::Suspended => member::Standing::Suspended,
        Standing::Locked => member::Standing::Locked,
    }
}

fn person(row: PersonRow, services: &Services) -> PersonView {
    let source = match services.origin(row.source) {
        Some(Origin { kind: SourceKind::Ldap, name, .. }) => Source::Ldap { name: name.to_string() },
        Some(Origin { kind: SourceKind::Scim, .. }) => Source::Scim,
        Some(Origin { kind: SourceKind::BuiltIn, .. }) | None => Source::BuiltIn,
    };
    PersonView {
        id: row.id,
        login: row.login,
        name: row.name,
        mail: row.mail,
        source,
        standing: standing(row.standing),
        devices: u32::try_from(row.devices).unwrap_or(u32::MAX),
    }
}

fn device(row: &DeviceRow) -> DeviceView {
    DeviceView {
        id: row.id,
        state: row.revoked.map_or(DeviceState::Active, |at| DeviceState::Revoked { at }),
        enrolled: row.enrolled,
        not_after: row.not_after,
    }
}

fn waiting(of: &cards::Waiting) -> Waiting {
    Waiting { without_code: of.without_code, with_code: of.with_code }
}

impl Desk {
    pub(super) async fn people_page(&self, who: &Administrator, query: &PeopleQuery) -> Result<PeoplePage, ApiError> {
        let from = match query.position {
            PeoplePosition::Start => Position::Start,
            PeoplePosition::After(id) => Position::After(id),
            PeoplePosition::Before(id) => Position::Before(id),
        };
        let asks = Query { text: &query.text, standing: query.standing.map(asked), from, rows_max: PEOPLE_PAGE_ROWS };
        let page = self.services.people_page(&self.grant(who)?, &asks).await.map_err(refused)?;
        let neighbor = |is_there| if is_there { Neighbor::Some } else { Neighbor::None };
        Ok(PeoplePage {
            rows: page.rows.into_iter().map(|row| person(row, &self.services)).collect(),
            found: page.found,
            earlier: neighbor(page.earlier),
            later: neighbor(page.later),
        })
    }

    pub(super) async fn person_detail(&self, who: &Administrator, id: MemberId) -> Result<PersonDetail, ApiError> {
        let detail = self.services.person_detail(&self.grant(who)?, id).await.map_err(refused)?;
        Ok(PersonDetail {
            added: detail.person.added,
            person: person(detail.person, &self.services),
            devices: detail.devices.iter().map(device).collect(),
            code_expires: detail.code_expires,
        })
    }

    pub(super) async fn suspended(&self, who: &Administrator, id: MemberId) -> Result<(), ApiError> {
        self.services.suspend_person(&self.grant(who)?, id).await.map_err(refused)?;
        self.told().await;
        Ok(())
    }

    pub(super) async fn resumed(&self, who: &Administrator, id: MemberId) -> Result<(), ApiError> {
        self.services.resume_person(&self.grant(who)?, id).await.map_err(refused)?;
        self.told().await;
        Ok(())
    }

    pub(super) async fn revoked(&self, who: &Administrator, owner: MemberId, device: DeviceId) -> Result<(), ApiError> {
        self.revoked_within(who, device, owner).await?;
        self.told().await;
        Ok(())
    }

    /// As far as the roles go: any number, or some in a day.
    async fn revoked_within(&self, who: &Administrator, device: DeviceId, owner: MemberId) -> Result<(), ApiError> {
        if let Ok(grant) = self.grant::<DeviceWrite>(who) {
            match self.services.revoke_device(&grant, device, Some(owner)).await {
                Err(ServiceError::Missing(_)) if *grant.reach() != Reach::Everybody => {}
                done => return done.map_err(refused),
            }
        }
        self.services.revoke_lost_device(&self.grant::<LostDevice>(who)?, device, Some(owner)).await.map_err(refused)
    }

    /// Somebody by their login.
    pub(super) async fn person_called(&self, who: &Administrator, login: &str) -> Result<PersonView, ApiError> {
        let everybody = self.services.people(&self.grant(who)?).await.map_err(refused)?;
        let found = everybody.iter().find(|row| row.login.expose() == login).map(|row| row.member);
        let id = found.ok_or(ApiError::Missing(admin_console::api::Thing::Person))?;
        let detail = self.services.person_detail(&self.grant(who)?, id).await.map_err(refused)?;
        Ok(person(detail.person, &self.services))
    }

    /// As far as the roles go: for anybody, or for a newcomer.
    async fn code_within(&self, who: &Administrator, id: MemberId) -> Result<NewCode, ApiError> {
        if let Ok(grant) = self.grant::<CodeWrite>(who) {
            match self.services.create_code(&grant, id).await {
                Err(ServiceError::Missing(Thing::Person)) if *grant.reach() != Reach::Everybody => {}
                made => return made.map_err(refused),
            }
        }
        self.services.create_newcomer_code(&self.grant::<NewcomerCode>(who)?, id).await.map_err(refused)
    }

    pub(super) async fn code(&self, who: &Administrator, id: MemberId) -> Result<EnrollmentCode, ApiError> {
        let made = self.code_within(who, id).await?;
        self.code_shown(who, id, made).await
    }

    pub(super) async fn identity_reset(&self, who: &Administrator, id: MemberId) -> Result<EnrollmentCode, ApiError> {
        let made = self.services.reset_identity(&self.grant(who)?, id, None).await.map_err(refused)?;
        self.told().await;
        self.code_shown(who, id, made).await
    }

    async fn code_shown(&self, who: &Administrator, id: MemberId, made: NewCode) -> Result<EnrollmentCode, ApiError> {
        let detail = self.services.person_detail(&self.grant(who)?, id).await.map_err(refused)?;
        let link = self.url.enrollment_link(self.services.fingerprint(), made.code);
        Ok(EnrollmentCode { person: person(detail.person, &self.services), link, expires: made.expires })
    }

    pub(super) async fn choices_of_cards(&self, who: &Administrator) -> Result<CardChoices, ApiError> {
        let choices = self.services.card_choices(&self.grant(who)?).await.map_err(refused)?;
        let group =
            |(name, of): (&Group, &cards::Waiting)| CardGroup { name: name.as_str().into(), waiting: waiting(of) };
        Ok(CardChoices { everybody: waiting(&choices.everybody), groups: choices.groups.iter().map(group).collect() })
    }

    pub(super) async fn cards(&self, who: &Administrator, order: &CardOrder) -> Result<Cards, ApiError> {
        let grant = self.grant(who)?;
        let group = match order.group.as_ref().map(|name| Group::parse(name.expose())) {
            None => None,
            Some(Ok(group)) => Some(group),
            // Nothing that could be in a group is called so.
            Some(Err(_)) => return Ok(Cards::default()),
        };
        let earlier = match order.earlier {
            EarlierCodes::Keep => cards::EarlierCodes::Keep,
            EarlierCodes::Replace { made_before } => cards::EarlierCodes::Replace { made_before },
        };
        let order = cards::Order { group: group.as_ref(), earlier, cards_max: CARDS_MAX };
        let made = self.services.create_cards(&grant, order).await.map_err(refused)?;
        let card = |card: cards::Card| EnrollmentCode {
            link: self.url.enrollment_link(self.services.fingerprint(), card.code),
            person: person(card.person, &self.services),
            expires: card.expires,
        };
        let began = Some(made.began);
        Ok(Cards { cards: made.cards.into_iter().map(card).collect(), left: made.left, began })
    }
}
