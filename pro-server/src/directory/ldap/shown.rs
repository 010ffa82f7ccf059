//! What the last readings of a directory were of: which controller spoke, and which bases had people. It says what is doubtful in
//! the next one; it never decides anything.

use std::collections::BTreeSet;
use std::sync::Arc;

use protocol::time::Timestamp;

use crate::domain::sync::{Controller, Observation};

/// For so long what another controller had shown may still be under way to the one that is read now.
const LAG_MS: u64 = 5 * 60 * 1_000;
/// Controllers that take turns must not put off for good what they show: after so long whoever speaks is believed.
const LAG_MS_MAX: u64 = 2 * LAG_MS;

/// What the last readings were of.
#[derive(Debug, Default)]
pub(super) struct LastShown {
    controller: Option<usize>,
    /// When it began to be read instead of another one.
    since: Option<Timestamp>,
    /// The same of the first of those that took turns.
    first: Option<Timestamp>,
    /// The bases that showed people, and with which everybody was content.
    peopled: BTreeSet<usize>,
    peopled_now: BTreeSet<usize>,
}

/// What is doubtful in a reading.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Doubt {
    pub(super) controller: Controller,
    /// Bases that showed people at the last reading and show none now.
    pub(super) emptied_places: usize,
}

impl Doubt {
    /// Says it of what was read, which may be what was read before.
    pub(super) fn of(self, observation: &mut Arc<Observation>) {
        if (observation.controller, observation.emptied_places) != (self.controller, self.emptied_places) {
            let observation = Arc::make_mut(observation);
            (observation.controller, observation.emptied_places) = (self.controller, self.emptied_places);
        }
    }
}

impl LastShown {
    /// Takes note of a reading, and says what is doubtful in it.
    pub(super) fn note(&mut self, controller: usize, peopled: BTreeSet<usize>, now: Timestamp) -> Doubt {
        if self.controller.is_some_and(|before| before != controller) {
            self.first = self.first.filter(|_| self.settles(now).is_some()).or(Some(now));
            self.since = Some(now);
        }
        self.controller = Some(controller);
        let controller = if self.settles(now).is_some() { Controller::MayLag } else { Controller::Settled };
        let emptied_places = self.peopled.difference(&peopled).count();
        self.peopled_now = peopled;
        Doubt { controller, emptied_places }
    }

    /// Until when the controller that spoke last may lag; none if it does not.
    pub(super) fn settles(&self, now: Timestamp) -> Option<Timestamp> {
        let (since, first) = self.since.zip(self.first)?;
        Some(since.plus_ms(LAG_MS).min(first.plus_ms(LAG_MS_MAX))).filter(|settles| now < *settles)
    }

    /// Whoever judges was content with what was shown last.
    pub(super) fn content(&mut self) {
        self.peopled.clone_from(&self.peopled_now);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn noted(shown: &mut LastShown, controller: usize, peopled: &[usize], now_ms: u64) -> (Controller, usize) {
        let doubt = shown.note(controller, peopled.iter().copied().collect(), Timestamp::from_millis(now_ms));
        (doubt.controller, doubt.emptied_places)
    }

    #[test]
    fn another_controller_may_lag_for_a_while() {
        let mut shown = LastShown::default();
        assert_eq!(noted(&mut shown, 0, &[0], 1_000), (Controller::Settled, 0));
        assert_eq!(noted(&mut shown, 1, &[0], 2_000), (Controller::MayLag, 0));
        assert_eq!(noted(&mut shown, 1, &[0], 2_000 + LAG_MS - 1), (Controller::MayLag, 0));
        assert_eq!(noted(&mut shown, 1, &[0], 2_000 + LAG_MS), (Controller::Settled, 0));
        assert_eq!(noted(&mut shown, 0, &[0], 2_001 + LAG_MS), (Controller::MayLag, 0), "back again");
    }

    #[test]
    fn whoever_speaks_again_just_before_the_end_may_lag_as_long_as_anybody() {
        let mut shown = LastShown::default();
        noted(&mut shown, 0, &[0], 0);
        noted(&mut shown, 1, &[0], 1_000);
        let again = LAG_MS;
        assert_eq!(noted(&mut shown, 0, &[0], again), (Controller::MayLag, 0));
        assert_eq!(noted(&mut shown, 0, &[0], again + LAG_MS - 1), (Controller::MayLag, 0));
        assert_eq!(noted(&mut shown, 0, &[0], again + LAG_MS), (Controller::Settled, 0));
    }

    #[test]
    fn controllers_that_take_turns_are_believed_between_the_times() {
        let mut shown = LastShown::default();
        let mut settled = 0;
        for minute in 0..60 {
            let (controller, _) = noted(&mut shown, usize::from(minute / 4 % 2 == 1), &[0], minute * 60_000);
            settled += usize::from(controller == Controller::Settled);
        }
        assert!((10..50).contains(&settled), "{settled} of 60 minutes");
    }

    #[test]
    fn a_base_without_people_is_doubtful_until_somebody_is_content() {
        let mut shown = LastShown::default();
        assert_eq!(noted(&mut shown, 0, &[0, 1], 1_000), (Controller::Settled, 0));
        shown.content();
        assert_eq!(noted(&mut shown, 0, &[0], 2_000), (Controller::Settled, 1));
        assert_eq!(noted(&mut shown, 0, &[0], 3_000), (Controller::Settled, 1));
        shown.content();
        assert_eq!(noted(&mut shown, 0, &[0], 4_000), (Controller::Settled, 0));
    }
}
