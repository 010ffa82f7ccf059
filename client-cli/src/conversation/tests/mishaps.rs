//! What befalls the crowd: backups that come back, networks that part, clocks that are wrong, devices that are revoked.

use std::collections::BTreeSet;

use protocol::ids::MemberId;

use super::crowd::Crowd;
use super::machine::Does;
use super::parts::copy;
use super::world::Commit;
use crate::crypto::lane::LaneCrypto;

impl<C: LaneCrypto> Crowd<C> {
    pub(super) fn back_up(&mut self, at: usize) {
        let written = self.sent.len();
        let machine = &mut self.machines[at];
        machine.backup = Some((copy(&machine.vault), written));
    }

    /// The old vault is back; the installation counter says so.
    pub(super) fn restore(&mut self, at: usize) {
        let Some((backup, written)) = self.machines[at].backup.take() else { return };
        self.machines[at].vault = copy(&backup);
        self.machines[at].backup = Some((backup, written));
        self.crash(at);
        self.wait(1_000);
        let kept = self.machines[at].history();
        let waiting: Vec<_> = self.machines.iter().map(|machine| machine.owed()).collect();
        for (number, sent) in self.sent.iter_mut().enumerate() {
            if sent.author == at {
                if let Does::Says(words) = &mut sent.does {
                    words.unsure = true;
                }
                if number >= written {
                    sent.excused.extend(0..waiting.len());
                }
            } else if !kept.contains_key(sent.id.as_bytes()) {
                let member = self.machines[at].member;
                let is_owed = waiting[sent.author].get(&sent.id).is_some_and(|owed| owed.contains(&member));
                if !is_owed {
                    sent.excused.insert(at);
                }
            }
        }
        self.call(at, Commit::Whole, |talk, tx, _| talk.after_restore(tx));
    }

    /// The old vault is back, and nothing says so: what is written now may have been written before.
    pub(super) fn rewind(&mut self, at: usize) {
        let Some((backup, _)) = self.machines[at].backup.take() else { return };
        self.machines[at].vault = backup;
        self.crash(at);
    }

    /// These are cut off from the others, until [`Self::join`].
    pub(super) fn part(&mut self, island: BTreeSet<usize>) {
        let cut: Vec<_> =
            self.links.iter().copied().filter(|(a, b)| island.contains(a) != island.contains(b)).collect();
        for (a, b) in cut {
            self.unlink(a, b);
        }
        self.island = island;
    }

    pub(super) fn join(&mut self) {
        self.island.clear();
    }

    pub(super) fn set_clock(&mut self, at: usize, ahead: i64) {
        self.machines[at].ahead = ahead;
    }

    /// Whether some are left without this one, and it is clear to all of them who takes the pen from it.
    pub(super) fn may_lose(&self, at: usize) -> bool {
        let member = self.machines[at].member;
        let views = self.present().into_iter().filter(|other| *other != at).filter_map(|other| self.roster(other));
        let heirs: BTreeSet<_> = views
            .map(|group| {
                let is_out = |other: MemberId| other == member || self.has_ended(other);
                (group.roster.pen() == member).then(|| group.roster.heir(&is_out))
            })
            .collect();
        self.present().len() > 2 && heirs.len() <= 1
    }

    pub(super) fn revoke(&mut self, at: usize) {
        let device = self.machines[at].device;
        self.crash(at);
        self.revoked.insert(device);
        for other in (0..self.machines.len()).filter(|other| *other != at) {
            self.call(other, Commit::Whole, |talk, tx, around| talk.on_device_revoked(tx, around, device));
        }
    }
}
