//! One other device: how far the acquaintance is, and how a link to it comes and goes. Pure: envelopes and peer connections are
//! values that the engine carries out. It must never answer an offer before the acquaintance is accepted: a stranger learns no
//! network address. (RFC 8445 does the connecting; this decides who connects when.)

mod terms;

use protocol::envelope::AnnounceReason;
use protocol::ids::{DeviceId, LinkId};
use protocol::time::Timestamp;
use rand_core::CryptoRngCore;
use std::collections::VecDeque;

pub use terms::{AutoDecision, Decision, Input, LinkState, Output, Relation};

/// A link that is not open this long after its offer is given up.
pub const LINK_SETUP_TIMEOUT_MS: u64 = 20_000;
/// First pause before another try; doubles, jittered, …
pub const RETRY_MS_MIN: u64 = 1_000;
/// … up to this.
pub const RETRY_MS_MAX: u64 = 5 * 60 * 1_000;
/// An unanswered first contact is repeated at most this rarely.
pub const CONTACT_RETRY_MS_MAX: u64 = 15 * 60 * 1_000;
/// Announcements after coming online are spread over this time.
pub const ANNOUNCE_SPREAD_MS: u64 = 250;
/// A peer that says it has just come online must answer a ping on an old link this soon, or the link is replaced.
pub const PROBE_TIMEOUT_MS: u64 = 2_000;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    Offering,
    Answering,
}

#[derive(Debug, Clone, Copy)]
struct Setup {
    link: LinkId,
    part: Part,
    until: Timestamp,
}

/// The machine of one other device.
#[derive(Debug)]
pub struct Peer {
    me: DeviceId,
    peer: DeviceId,
    relation: Relation,
    online: bool,
    wanted: bool,
    open: Option<LinkId>,
    setup: Option<Setup>,
    attempts: u32,
    retry_at: Option<Timestamp>,
    announce_at: Option<Timestamp>,
    probe_until: Option<Timestamp>,
    shown: LinkState,
    outputs: VecDeque<Output>,
}

impl Peer {
    /// A peer as the vault remembers it.
    pub fn new(me: DeviceId, peer: DeviceId, relation: Relation) -> Self {
        Self {
            me,
            peer,
            relation,
            online: false,
            wanted: false,
            open: None,
            setup: None,
            attempts: 0,
            retry_at: None,
            announce_at: None,
            probe_until: None,
            shown: LinkState::Closed,
            outputs: VecDeque::new(),
        }
    }

    /// How far the acquaintance is.
    pub fn relation(&self) -> Relation {
        self.relation
    }

    /// The open link.
    pub fn open_link(&self) -> Option<LinkId> {
        self.open
    }

    /// The link's state as people see it.
    pub fn link_state(&self) -> LinkState {
        match (self.open, self.setup) {
            (Some(_), _) => LinkState::Open,
            (None, Some(_)) => LinkState::Connecting,
            (None, None) => LinkState::Closed,
        }
    }

    /// The next thing to do; drain until `None` after each `handle`.
    pub fn poll(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    /// When to call `handle(Tick)`.
    pub fn deadline(&self) -> Option<Timestamp> {
        let setup = self.setup.map(|setup| setup.until);
        let retry = self.retry_at.filter(|_| self.online);
        [setup, retry, self.announce_at, self.probe_until].into_iter().flatten().min()
    }

    /// Takes one input.
    pub fn handle(&mut self, now: Timestamp, rng: &mut dyn CryptoRngCore, input: Input) {
        if self.relation == Relation::Revoked {
            return;
        }
        match input {
            Input::Want => self.want(now, rng),
            Input::Satisfied => self.wanted = false,
            Input::SignalingUp => self.signaling_up(now, rng),
            Input::SignalingDown => {
                self.online = false;
                self.announce_at = None;
            }
            Input::Contacted(auto) => self.contacted(now, rng, auto),
            Input::Accepted => self.accepted(now, rng),
            Input::Decide(decision) => self.decide(now, rng, decision),
            Input::Announced(reason) => self.announced(now, rng, reason),
            Input::Offered(link) => self.offered(now, link),
            Input::Answered(link) => {
                if self.setup.is_some_and(|setup| setup.link == link && setup.part == Part::Offering) {
                    self.outputs.push_back(Output::UseAnswer(link));
                }
            }
            Input::Gone => self.gone(now, rng),
            Input::LinkOpened(link) => self.link_opened(link),
            Input::LinkClosed(link) => self.link_closed(now, rng, link),
            Input::SetupFailed(link) => self.setup_failed(now, rng, link),
            Input::Heard => self.probe_until = None,
            Input::Revoked => self.revoked(),
            Input::Tick => self.tick(now, rng),
        }
        let state = self.link_state();
        if state != self.shown {
            self.shown = state;
            self.outputs.push_back(Output::LinkState(state));
        }
    }

    fn relate(&mut self, relation: Relation) {
        if self.relation != relation {
            self.relation = relation;
            self.outputs.push_back(Output::Relation(relation));
        }
    }

    fn want(&mut self, now: Timestamp, rng: &mut dyn CryptoRngCore) {
        self.wanted = true;
        match self.relation {
            Relation::Stranger | Relation::Refused => {
                self.relate(Relation::Contacting);
                self.attempts = 0;
                self.contact(now, rng);
            }
            Relation::Accepted => self.connect_soon(now, rng),
            // To write to somebody who asked is to accept them.
            Relation::Asked => self.decide(now, rng, Decision::Accept),
            Relation::Contacting | Relation::Blocked | Relation::Revoked => {}
        }
    }

    fn signaling_up(&mut self, now: Timestamp, rng: &mut dyn CryptoRngCore) {
        self.online = true;
        self.attempts = 0;
        match self.relation {
            Relation::Contacting => self.contact(now, rng),
            Relation::Accepted => self.announce_at = Some(now.plus_ms(below(rng, ANNOUNCE_SPREAD_MS))),
            Relation::Stranger | Relation::Asked | Relation::Refused | Relation::Blocked | Relation::Revoked => {}
        }
    }

    fn contact(&mut self, now: Timestamp, rng: &mut dyn CryptoRngCore) {
        if self.online {
            self.outputs.push_back(Output::PutContact);
        }
        self.retry_at = Some(now.plus_ms(pause_ms(rng, self.attempts, CONTACT_RETRY_MS_MAX)));
        self.attempts = self.attempts.saturating_add(1);
    }

    fn contacted(&mut self, now: Timestamp, rng: &mut dyn CryptoRngCore, auto: AutoDecision) {
        match (self.relation, auto) {
            // A repeat, or both asked at once: the stored answer again.
            (Relation::Accepted, _) => self.outputs.push_back(Output::PutAccept),
            (Relation::Contacting, _)
            | (Relation::Stranger | Relation::Refused | Relation::Asked, AutoDecision::Accept) => {
                self.outputs.push_back(Output::PutAccept);
                self.accepted(now, rng);
            }
            (Relation::Stranger | Relation::Refused, AutoDecision::Ask) => {
                self.relate(Relation::Asked);
                self.outputs.push_back(Output::AskPerson);
            }
            (Relation::Asked, AutoDecision::Ask) | (Relation::Blocked | Relation::Revoked, _) => {}
        }
    }

    fn accepted(&mut self, now: Timestamp, rng: &mut dyn CryptoRngCore) {
        if matches!(self.relation, Relation::Blocked | Relation::Revoked) {
            return;
        }
        self.relate(Relation::Accepted);
        self.attempts = 0;
        self.retry_at = None;
        if self.wanted {
            self.connect_soon(now, rng);
        }
    }

    fn decide(&mut self, now: Timestamp, rng: &mut dyn CryptoRngCore, decision: Decision) {
        match (decision, self.relation) {
            (Decision::Accept, Relation::Asked) => {
                self.outputs.push_back(Output::PutAccept);
                self.accepted(now, rng);
            }
            (Decision::Accept, Relation::Blocked) => self.relate(Relation::Stranger),
            (Decision::Accept, _) => {}
            (Decision::Refuse, _) => self.part(Relation::Refused),
            (Decision::Block, _) => self.part(Relation::Blocked),
        }
    }

    fn part(&mut self, relation: Relation) {
        self.relate(relation);
        self.drop_setup();
        if let Some(link) = self.open.take() {
            self.outputs.push_back(Output::CloseLink(link));
        }
        (self.retry_at, self.announce_at, self.probe_until) = (None, None, None);
    }

    fn announced(&mut self, now: Timestamp, rng: &mut dyn CryptoRngCore, reason: AnnounceReason) {
        if self.relation != Relation::Accepted {
            return;
        }
        self.attempts = 0;
        match (self.open, reason) {
            (Some(_), AnnounceReason::Online | AnnounceReason::Waiting) => {
                // Perhaps it restarted and our link is dead: ask on the link before replacing it.
                self.outputs.push_back(Output::Probe);
                self.probe_until = Some(now.plus_ms(PROBE_TIMEOUT_MS));
            }
            (Some(_), AnnounceReason::Here) => {}
            (None, _) if self.setup.is_none() => self.offer(now, rng),
            (None, _) => {}
        }
    }

    fn connect_soon(&mut self, now: Timestamp, rng: &mut dyn CryptoRngCore) {
        if self.open.is_none() && self.setup.is_none() && self.online && self.retry_at.is_none() {
            self.offer(now, rng);
        }
    }

    fn offer(&mut self, now: Timestamp, rng: &mut dyn CryptoRngCore) {
        if !self.online {
            return;
        }
        let link = LinkId::random(rng);
        self.retry_at = None;
        self.setup = Some(Setup { link, part: Part::Offering, until: now.plus_ms(LINK_SETUP_TIMEOUT_MS) });
        self.outputs.push_back(Output::MakeOffer(link));
    }

    fn offered(&mut self, now: Timestamp, link: LinkId) {
        if self.relation != Relation::Accepted || self.setup.is_some_and(|setup| setup.link == link) {
            return;
        }
        // Glare: the lower device id's offer stands.
        if self.setup.is_some_and(|setup| setup.part == Part::Offering) && self.me < self.peer {
            return;
        }
        self.drop_setup();
        self.setup = Some(Setup { link, part: Part::Answering, until: now.plus_ms(LINK_SETUP_TIMEOUT_MS) });
        self.outputs.push_back(Output::MakeAnswer(link));
    }

    fn gone(&mut self, now: Timestamp, rng: &mut dyn CryptoRngCore) {
        self.drop_setup();
        if self.wanted && self.open.is_none() && self.relation == Relation::Accepted {
            self.retry_later(now, rng);
        }
    }

    fn retry_later(&mut self, now: Timestamp, rng: &mut dyn CryptoRngCore) {
        self.retry_at = Some(now.plus_ms(pause_ms(rng, self.attempts, RETRY_MS_MAX)));
        self.attempts = self.attempts.saturating_add(1);
    }

    fn link_opened(&mut self, link: LinkId) {
        if self.setup.is_none_or(|setup| setup.link != link) || self.relation != Relation::Accepted {
            self.outputs.push_back(Output::CloseLink(link));
            return;
        }
        self.setup = None;
        (self.attempts, self.retry_at, self.probe_until) = (0, None, None);
        if let Some(old) = self.open.replace(link) {
            self.outputs.push_back(Output::CloseLink(old));
        }
    }

    fn link_closed(&mut self, now: Timestamp, rng: &mut dyn CryptoRngCore, link: LinkId) {
        if self.open == Some(link) {
            (self.open, self.probe_until) = (None, None);
            if self.relation == Relation::Accepted && self.setup.is_none() {
                self.retry_later(now, rng);
            }
        }
    }

    fn setup_failed(&mut self, now: Timestamp, rng: &mut dyn CryptoRngCore, link: LinkId) {
        if self.setup.is_some_and(|setup| setup.link == link) {
            self.setup = None;
            if self.open.is_none() && self.wanted {
                self.retry_later(now, rng);
            }
        }
    }

    fn drop_setup(&mut self) {
        if let Some(setup) = self.setup.take() {
            self.outputs.push_back(Output::DropSetup(setup.link));
        }
    }

    fn revoked(&mut self) {
        self.part(Relation::Revoked);
    }

    fn tick(&mut self, now: Timestamp, rng: &mut dyn CryptoRngCore) {
        let due = |at: Option<Timestamp>| at.is_some_and(|at| at <= now);
        if due(self.announce_at) {
            self.announce_at = None;
            let reason = if self.wanted { AnnounceReason::Waiting } else { AnnounceReason::Online };
            self.outputs.push_back(Output::PutAnnounce(reason));
        }
        if due(self.probe_until) {
            self.probe_until = None;
            if self.setup.is_none() {
                self.offer(now, rng);
            }
        }
        if let Some(setup) = self.setup.filter(|setup| setup.until <= now) {
            self.drop_setup();
            debug_assert!(self.setup.is_none(), "{:?} was dropped", setup.link);
            if self.open.is_none() && self.wanted {
                self.retry_later(now, rng);
            }
        }
        if due(self.retry_at) && self.online {
            self.retry_at = None;
            match self.relation {
                Relation::Contacting => self.contact(now, rng),
                Relation::Accepted if self.open.is_none() && self.setup.is_none() => self.offer(now, rng),
                Relation::Accepted
                | Relation::Stranger
                | Relation::Asked
                | Relation::Refused
                | Relation::Blocked
                | Relation::Revoked => {}
            }
        }
    }
}

/// A uniform-enough number below `bound`.
fn below(rng: &mut dyn CryptoRngCore, bound: u64) -> u64 {
    rng.next_u64() % bound.max(1)
}

/// Between half and one and a half of `RETRY_MS_MIN · 2^attempts`, capped.
fn pause_ms(rng: &mut dyn CryptoRngCore, attempts: u32, max_ms: u64) -> u64 {
    let base = RETRY_MS_MIN.saturating_mul(1 << attempts.min(20)).min(max_ms);
    base / 2 + below(rng, base)
}

#[cfg(test)]
mod tests;
