//! Whom a receiver asks: the author of the offer, or in a group another member who may have the file. Nobody but the author can end a
//! fetch: a member who does not serve, or sends what does not verify, is passed over, and costs no more than a request.

use std::collections::BTreeMap;

use protocol::ids::{LinkId, TransferId};
use protocol::link::FileRefusal;
use protocol::time::Timestamp;

use super::{End, INVALID_PIECES_MAX, Output, Pause, Receiver, Source, State};

/// Who does not serve a file is not asked for it again for so long …
pub const ASIDE_MS: u64 = 60_000;
/// … and who asks for patience so long after the pause, while others may be asked.
pub const BUSY_ASIDE_MS: u64 = 5_000;
/// So long after the author refused, another member who has it is looked for.
pub const SEARCH_MS: u64 = 60_000;

/// Who was asked in vain.
#[derive(Debug, Default)]
pub struct Holders {
    /// Links on which nothing is asked, until when: for as long as they are open without a time.
    aside: BTreeMap<LinkId, Option<Timestamp>>,
    /// What the author said, and when that counts unless somebody else has the file.
    refusal: Option<(FileRefusal, Timestamp)>,
}

impl Holders {
    /// A link is gone; on another one its device is asked anew.
    pub fn forget(&mut self, link: LinkId) {
        self.aside.remove(&link);
    }

    /// Somebody beside the author has the file.
    pub const fn found(&mut self) {
        self.refusal = None;
    }
}

impl Receiver {
    /// Whether it would ask on this link.
    pub fn takes(&self, link: LinkId) -> bool {
        !self.holders.aside.contains_key(&link)
    }

    pub(super) fn refused(&mut self, now: Timestamp, transfer: TransferId, reason: FileRefusal) {
        let State::Running(run) = &self.state else { return };
        if run.transfer != transfer {
            return;
        }
        match (self.ran_as, reason) {
            (_, FileRefusal::Busy) => self.put_off(now, Pause::Busy),
            (Source::Only, _) | (Source::Author, FileRefusal::Withdrawn) => self.end(End::Refused(reason)),
            (Source::Author, _) => {
                self.holders.refusal.get_or_insert((reason, now.plus_ms(SEARCH_MS)));
                self.pass_over(Some(now.plus_ms(ASIDE_MS)));
                self.outputs.push_back(Output::Paused(Pause::Refused(reason)));
            }
            (Source::Member, _) => self.pass_over(Some(now.plus_ms(ASIDE_MS))),
        }
    }

    /// The holder asks for patience, or went silent: others are asked meanwhile.
    pub(super) fn put_off(&mut self, now: Timestamp, pause: Pause) {
        let asked = self.link;
        self.pause(now, pause);
        let State::Waiting { until } = &self.state else { return };
        if let Some((link, _)) = asked.filter(|_| self.ran_as != Source::Only) {
            // The pause is theirs alone: whoever else has the file is asked at once.
            self.holders.aside.insert(link, Some(until.plus_ms(BUSY_ASIDE_MS)));
            self.state = State::Idle;
        }
        if (self.ran_as, pause) == (Source::Member, Pause::Busy) {
            self.holders.found();
        }
    }

    /// The holder sent what it must not.
    pub(super) fn blame(&mut self, now: Timestamp) {
        if self.ran_as == Source::Member {
            self.drop_run();
            return self.pass_over(None);
        }
        self.invalid += 1;
        if self.invalid >= INVALID_PIECES_MAX {
            self.drop_run();
            self.end(End::Faulty);
        } else {
            self.retry_later(now);
        }
    }

    /// Asks nothing more on the link of the last run.
    fn pass_over(&mut self, until: Option<Timestamp>) {
        self.state = State::Idle;
        if let Some(link) = self.link().filter(|link| self.ran_on == Some(*link)) {
            self.holders.aside.insert(link, until);
            self.link = None;
        }
    }

    pub(super) fn holders_deadline(&self) -> Option<Timestamp> {
        if self.is_running() {
            return None;
        }
        let search = self.holders.refusal.map(|(_, until)| until);
        self.holders.aside.values().flatten().copied().chain(search).min()
    }

    /// Time has passed: who was passed over may be asked again. What the author said, if nobody else was found.
    pub(super) fn given_up(&mut self, now: Timestamp) -> Option<FileRefusal> {
        self.holders.aside.retain(|_, until| until.is_none_or(|until| now < until));
        let (reason, until) = self.holders.refusal?;
        (now >= until && !self.is_running()).then_some(reason)
    }
}
