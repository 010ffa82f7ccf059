//! The porter at the device's rate: links and fetches take their turns at what may move. It must never let one of them keep the others
//! waiting for good.

use std::num::NonZeroU64;

use protocol::ids::FileId;
use protocol::limits::FILE_PIECE_BYTES;
use protocol::time::Timestamp;

use super::{Desk, after};
use crate::core::transfer::receiver::Input;

const PIECE: u64 = FILE_PIECE_BYTES as u64;

impl Desk {
    pub(super) fn limit(&mut self, rate: Option<NonZeroU64>) {
        let now = self.now();
        self.serving_pace.set(now, rate);
        self.fetching_pace.set(now, rate);
        let ration = self.first_ration();
        for file in self.fetching.keys().copied().collect::<Vec<_>>() {
            self.drive(file, Input::Ration(ration));
        }
    }

    /// What a fetch may ask for at its beginning.
    pub(super) fn first_ration(&self) -> Option<u64> {
        self.fetching_pace.is_limited().then_some(0)
    }

    /// Lets hungry fetches ask for a piece each, as long as the rate allows.
    pub(super) fn feed(&mut self) {
        loop {
            let hungry: Vec<FileId> = self.hungry().collect();
            if hungry.is_empty() {
                return;
            }
            for file in after(hungry, self.fed_last) {
                if !self.fetching_pace.take(self.now(), PIECE) {
                    return;
                }
                self.fed_last = Some(file);
                self.drive(file, Input::Ration(Some(1)));
            }
        }
    }

    fn hungry(&self) -> impl Iterator<Item = FileId> {
        self.fetching.iter().filter(|(_, fetching)| fetching.machine.is_hungry()).map(|(file, _)| *file)
    }

    /// When more may move for whoever waits for it.
    pub(super) fn paces_deadline(&self) -> Option<Timestamp> {
        let now = self.now();
        let serving = self.links.values().any(|link| link.holder.wants_turn());
        let serving = serving.then(|| self.serving_pace.ready(now, PIECE));
        let fetching = self.hungry().next().map(|_| self.fetching_pace.ready(now, PIECE));
        serving.into_iter().chain(fetching).min()
    }
}
