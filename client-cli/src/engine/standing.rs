//! Whether messages may go to a person now: what the log, the organization and the two people themselves say of it. It must never let
//! anything go to an identity that this person has not said yes to.

use std::collections::BTreeMap;

use protocol::ids::{DeviceId, MemberId};
use protocol::time::Timestamp;

use super::PeerState;
use super::organization::OwnAccess;
use super::policy::is_unverified;
use crate::core::identity::{Bond, Identities};
use crate::core::outbox::{Refusal, Standing};
use crate::core::peer::Relation;
use crate::core::trust::Trust;

/// How a person stands towards us, for their waiting messages.
pub(super) fn standing(
    trust: &Trust,
    peers: &BTreeMap<DeviceId, PeerState>,
    identities: &Identities,
    access: OwnAccess,
    member: MemberId,
    now: Timestamp,
) -> Standing {
    if access == OwnAccess::Ended {
        return Standing::Ended(Refusal::DeviceRevoked);
    }
    if identities.bond(member, trust.facts()) != Bond::Holds {
        return Standing::Held;
    }
    let mut certified = trust.devices_of(member, now).peekable();
    if certified.peek().is_none() {
        let left = peers.values().any(|peer| peer.record.member == member && peer.record.relation == Relation::Revoked);
        let stays = trust.facts().live_devices(member).next().is_some();
        return if left && !stays { Standing::Ended(Refusal::PeerRevoked) } else { Standing::Unmet };
    }
    if is_unverified(trust, peers, member) {
        return Standing::Unverified;
    }
    let accepted =
        certified.any(|device| peers.get(&device).is_some_and(|peer| peer.record.relation == Relation::Accepted));
    if accepted { Standing::Accepted } else { Standing::Asked }
}
