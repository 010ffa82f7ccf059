//! What must be so among several people once everybody was online long enough.

use super::super::GroupRow;
use super::crowd::Crowd;
use super::machine::{Does, Sent};
use super::world::Commit;
use crate::crypto::lane::LaneCrypto;
use protocol::time::HOUR_MS;

impl<C: LaneCrypto> Crowd<C> {
    /// Everybody online, nothing disturbed: everything must arrive.
    pub(super) fn settle(&mut self) {
        self.join();
        let present = self.present();
        for a in &present {
            for b in &present {
                self.link(*a, *b);
            }
        }
        for round in 0..60 {
            while present.iter().any(|at| self.deliver(*at, Commit::Whole)) {}
            if self.is_settled(&present) {
                return;
            }
            // What one reader claims alone is believed after a while.
            self.wait(if round < 30 { 10_000 } else { HOUR_MS });
            for at in &present {
                self.tick(*at);
            }
        }
        for at in &present {
            println!("{at}: {:?} {:?}", self.machines[*at].owed(), self.roster(*at));
        }
        panic!("not settled, frozen: {}", self.frozen);
    }

    /// Lets arrive what is on its way between the others.
    pub(super) fn settle_without(&mut self, absent: usize) {
        let others: Vec<_> = self.present().into_iter().filter(|at| *at != absent).collect();
        while others.iter().any(|at| self.deliver(*at, Commit::Whole)) {}
    }

    fn is_settled(&self, present: &[usize]) -> bool {
        let rosters: Vec<_> = present.iter().filter_map(|at| self.roster(*at).map(|group| (*at, group))).collect();
        let newest = rosters.iter().map(|(_, group)| group.roster.operations()).max().unwrap_or(0);
        let is_current = |(at, group): &(usize, GroupRow)| {
            let is_in = group.roster.is_member(self.machines[*at].member);
            // Whoever is next in line takes the pen when they have something to write.
            let is_written = group.roster.departing().next().is_none() || self.has_ended(group.roster.pen());
            !is_in || (group.roster.operations() == newest && is_written)
        };
        let all = present.iter().all(|at| self.machines[*at].owed().is_empty() && self.machines[*at].inbox.is_empty());
        all && rosters.iter().all(is_current)
    }

    /// What the protocol promises once everybody was online long enough.
    pub(super) fn check(&self) {
        assert_eq!(self.frozen, 0, "honest devices freeze nothing");
        let present = self.present();
        let rosters = present.iter().filter_map(|at| self.roster(*at).map(|group| (*at, group.roster)));
        let in_it: Vec<_> = rosters.filter(|(at, roster)| roster.is_member(self.machines[*at].member)).collect();
        assert!(in_it.windows(2).all(|two| two[0].1 == two[1].1), "all members have the same roster");
        for at in &present {
            let history = self.machines[*at].history();
            let is_promised = |sent: &Sent| {
                // Whoever went, and whoever wrote and went, may have been too late.
                let still_in = self.knows_as_member(sent.author, *at) && self.knows_as_member(*at, sent.author);
                let has_gap = self.has_been_out(*at) || self.has_been_out(sent.author);
                sent.to.contains(at) && !sent.excused.contains(at) && !sent.refused && still_in && !has_gap
            };
            for author in 0..self.machines.len() {
                let theirs = self.sent.iter().filter(|sent| sent.author == author && is_promised(sent));
                let promised: Vec<_> =
                    theirs.map(|sent| history.get(sent.id.as_bytes()).expect("no message is missing")).collect();
                assert!(promised.is_sorted_by_key(|(place, _)| place), "messages arrive in the order of writing");
            }
            for sent in self.sent.iter().filter(|sent| is_promised(sent)) {
                let Does::Says(words) = &sent.does else { continue };
                if !words.unsure && words.told_by.is_none_or(|edit| is_promised(&self.sent[edit])) {
                    let here = self.machines[*at].words(sent.id);
                    assert_eq!(here, Some(words.version), "everybody reads the newest words");
                }
            }
            for sent in self.sent.iter().filter(|sent| history.contains_key(sent.id.as_bytes())) {
                assert!(sent.to.contains(at), "nobody has what was not written to them");
            }
        }
    }

    /// Somebody who went and came back has a gap.
    fn has_been_out(&self, at: usize) -> bool {
        let member = self.machines[at].member;
        self.roster(at).is_none_or(|group| {
            let times = group.roster.ever().filter(|known| *known == member).count();
            times != 1 || !group.roster.is_member(member)
        })
    }
}
