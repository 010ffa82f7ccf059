//! Whether messages may go to a person now: what the log, the organization and the two people themselves say of it. It must never let
//! anything go to an identity that this person has not said yes to.

use std::collections::BTreeMap;

use protocol::ids::{DeviceId, MemberId};
use protocol::time::Timestamp;

use super::PeerState;
use super::organization::OwnAccess;
use super::policy::is_unverified;
use crate::core::identity::{Bond, Identities};
use crate::core::logins::Logins;
use crate::core::outbox::{Refusal, Standing};
use crate::core::peer::Relation;
use crate::core::trust::Trust;
use crate::crypto::lane::{Counting, EnrolledDevice};

/// What is known of others: of the organization, of their devices, and of what this person has said about them.
#[derive(Clone, Copy)]
pub(super) struct Acquaintances<'a> {
    pub trust: &'a Trust,
    pub peers: &'a BTreeMap<DeviceId, PeerState>,
    pub identities: &'a Identities,
    pub logins: &'a Logins,
}

impl<'a> Acquaintances<'a> {
    /// The login that a member bears: by the directory, else by the card that they showed last.
    pub fn login(self, member: MemberId) -> Option<&'a str> {
        let listed = self.trust.person(member).map(|person| person.login.expose().as_str());
        let met = || self.peers.values().find(|peer| peer.record.member == member);
        listed.or_else(|| met().map(|peer| peer.record.login.expose().as_str()))
    }

    /// How the identity of a member stands.
    pub fn bond(self, member: MemberId) -> Bond {
        // Whoever has left bore a login that is somebody else's by now, and takes nothing over.
        if self.login(member).is_some_and(|login| self.logins.is_anothers(login, member)) && !self.has_left(member) {
            Bond::Reassigned
        } else {
            self.identities.bond(member, self.trust.facts())
        }
    }

    /// Whether somebody whose devices were known has none left and will have none. Whoever is to get another identity has not left, as
    /// long as the organization lists them, or lists only some to us.
    pub fn has_left(self, member: MemberId) -> bool {
        let facts = self.trust.facts();
        let mut theirs = self.peers.values().filter(|peer| peer.record.member == member);
        let stays = || facts.live_devices(member).next().is_some();
        let is_listed = || self.trust.person(member).is_some() || !self.trust.lists_everybody();
        theirs.any(|peer| peer.record.relation == Relation::Revoked)
            && !stays()
            && (facts.identity_ended(member).is_none() || !is_listed())
    }

    /// What the log says of a device, whether or not it counts now.
    pub fn enrolled(self, device: DeviceId) -> Option<EnrolledDevice> {
        let facts = self.trust.facts();
        let stands = if facts.is_live(device) { Counting::Counts } else { Counting::Ended };
        facts.device(device).map(|known| EnrolledDevice { member: known.member, stands })
    }

    /// Whether somebody had a device and has none that counts any more.
    pub fn has_ended(self, member: MemberId) -> bool {
        let facts = self.trust.facts();
        facts.last_identity_key(member).is_some() && facts.live_devices(member).next().is_none()
    }

    /// How a person stands towards us, for their waiting messages.
    pub fn standing(self, access: OwnAccess, member: MemberId, now: Timestamp) -> Standing {
        let Self { trust, peers, .. } = self;
        if access == OwnAccess::Ended {
            return Standing::Ended(Refusal::DeviceRevoked);
        }
        // Before anything else about them: what will never be sent must not wait for a decision.
        if self.has_left(member) {
            return Standing::Ended(Refusal::PeerRevoked);
        }
        if self.bond(member) != Bond::Holds {
            return Standing::Held;
        }
        let mut certified = trust.devices_of(member, now).peekable();
        if certified.peek().is_none() {
            return Standing::Unmet;
        }
        if is_unverified(trust, peers, member) {
            return Standing::Unverified;
        }
        let accepted =
            certified.any(|device| peers.get(&device).is_some_and(|peer| peer.record.relation == Relation::Accepted));
        if accepted { Standing::Accepted } else { Standing::Asked }
    }
}
