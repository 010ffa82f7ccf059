//! Enrollment cards of the organization in memory. Its people stand in two groups by turns.

use protocol::audit::AuditEvent;
use protocol::secret::Personal;
use protocol::time::DAY_MS;

use super::{State, party, sample};
use crate::api::*;

const GROUPS: [&str; 2] = ["étude lyon", "étude paris"];

/// Places of the people of `group` who have no device, everybody's if none, by login.
fn waiting(state: &State, group: Option<&str>) -> Vec<usize> {
    let mut places: Vec<usize> = (0..state.people.len())
        .filter(|place| group.is_none_or(|name| GROUPS[place % GROUPS.len()] == name))
        .filter(|place| state.people[*place].person.standing == Standing::Provisioned)
        .collect();
    places.sort_by(|a, b| state.people[*a].person.login.cmp(&state.people[*b].person.login));
    places
}

fn count(state: &State, group: Option<&str>) -> Waiting {
    let places = waiting(state, group);
    let with_code = places.iter().filter(|place| state.people[**place].code_expires.is_some()).count() as u64;
    Waiting { without_code: places.len() as u64 - with_code, with_code }
}

pub(super) fn choices(state: &State) -> CardChoices {
    let groups = GROUPS.map(|name| CardGroup { name: Personal::from(name), waiting: count(state, Some(name)) });
    let groups = groups.into_iter().filter(|group| group.waiting != Waiting::default()).collect();
    CardChoices { everybody: count(state, None), groups }
}

pub(super) fn create(state: &mut State, who: &Administrator, order: &CardOrder) -> Cards {
    let expires = state.now.plus_ms(3 * DAY_MS);
    let mut places = waiting(state, order.group.as_ref().map(|name| name.expose().as_str()));
    let began = match order.earlier {
        EarlierCodes::Replace { made_before } => Some(made_before.unwrap_or(state.now)),
        EarlierCodes::Keep => None,
    };
    places.retain(|place| {
        let code = state.people[*place].code_expires;
        code.is_none_or(|expires| began.is_some_and(|began| expires < began.plus_ms(3 * DAY_MS)))
    });
    let left = places.len().saturating_sub(CARDS_MAX) as u64;
    let mut cards = Vec::new();
    for place in places.into_iter().take(CARDS_MAX) {
        state.people[place].code_expires = Some(expires);
        let person = state.people[place].person.clone();
        state.record(AuditEvent::EnrollmentCodeCreated, Some(&person), party(who));
        cards.push(EnrollmentCode { person, link: sample::enrollment_link(), expires });
    }
    Cards { cards, left, began }
}
