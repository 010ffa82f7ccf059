//! The engine and identities that the organization resets (spec/log.md §8): the person is told once, what waits is held, and nobody
//! is let in under another key before the person says to go on. What is decided here is kept before anything follows from it.

use std::collections::BTreeSet;

use protocol::certificate::DeviceCertificate;
use protocol::ids::{DeviceId, MemberId};
use protocol::signaling::message::LeafBytes;
use protocol::signed::Unverified;
use protocol::tlog::Leaf;
use serde_json::{Value, json};

use super::port::Fault;
use super::requests::Refused;
use super::{Engine, EngineError};
use crate::clock;
use crate::core::identity::Bond;
use crate::core::peer::{AutoDecision, Relation};
use crate::core::trust::Learned;
use crate::store::records::IdentityRecord;
use crate::store::tables::IDENTITIES;
use crate::store::{Reading as _, Span, VaultError};

impl Engine {
    /// Under which keys others are known. A folder of before this was kept takes them from the certificates of acquaintances.
    pub(super) fn remember_identities(&mut self) -> Result<(), EngineError> {
        let kept =
            self.vault.read(|tx| -> Result<Vec<_>, VaultError> { tx.scan(&IDENTITIES, Span::all()).collect() })?;
        for (member, record) in kept {
            self.identities.know(MemberId::from_bytes(member), record.key);
        }
        let met: Vec<_> = self
            .peers
            .values()
            .filter(|peer| {
                peer.record.relation != Relation::Stranger && self.identities.known(peer.record.member).is_none()
            })
            .filter_map(|peer| Some((peer.record.member, self.identity_of(&peer.record.certificate)?)))
            .collect();
        for (member, key) in met {
            self.know_identity(member, key)?;
        }
        Ok(())
    }

    fn know_identity(&mut self, member: MemberId, key: [u8; 32]) -> Result<(), EngineError> {
        self.vault.write(|tx| tx.put(&IDENTITIES, member.as_bytes(), &IdentityRecord { key }))?;
        self.identities.know(member, key);
        Ok(())
    }

    /// The person deals with a member, or refuses to, from now on under the key that is in force, if not before: whoever was blocked has no
    /// clean slate under another identity.
    pub(super) fn meet_identity(&mut self, member: MemberId) -> Result<(), EngineError> {
        match self.trust.facts().identity_key(member) {
            Some(key) if self.identities.known(member).is_none() => self.know_identity(member, key),
            Some(_) | None => Ok(()),
        }
    }

    /// How the identity of a member stands.
    pub(super) fn bond(&self, member: MemberId) -> Bond {
        self.identities.bond(member, self.trust.facts())
    }

    /// What a first contact of a device gets without our person: nothing, if its own person's identity was reset.
    pub(super) fn auto_decision(&self, device: DeviceId) -> AutoDecision {
        let member = self.trust.device(device, clock::now()).map(|known| known.certificate.body().member);
        let holds = member.is_none_or(|member| self.bond(member) == Bond::Holds);
        if holds && self.trust.policy().accepts_colleagues() { AutoDecision::Accept } else { AutoDecision::Ask }
    }

    /// Whether it was a reset of our own person's identity that ended this device.
    pub(super) fn is_replaced(&self) -> bool {
        let (facts, me) = (self.trust.facts(), self.me.account.member);
        let own = self.me.keys.identity().ok().map(|key| key.verifying_key().to_bytes());
        facts.identity_ended(me).is_some() || facts.last_identity_key(me).is_some_and(|key| Some(key) != own)
    }

    /// The person has been told that the identity was reset, and goes on under the new key.
    pub(super) fn go_on_with(&mut self, member: MemberId) -> Result<(), Refused> {
        match (self.bond(member), self.trust.facts().identity_key(member)) {
            (Bond::Holds, _) => Ok(()),
            (Bond::Replaced, Some(key)) => Ok(self.know_identity(member, key)?),
            (Bond::Ended | Bond::Replaced, _) => Err(Fault::new("identity-ended").into()),
        }
    }

    /// Nothing is sent to somebody whose identity was reset before the person has said to go on.
    pub(super) fn refuse_held(&self, member: MemberId) -> Result<(), Fault> {
        match self.bond(member) {
            Bond::Holds => Ok(()),
            Bond::Ended => Err(Fault::new("identity-ended")),
            Bond::Replaced => Err(Fault::with("identity-reset", self.login_of(member))),
        }
    }

    /// What a row about a member says of a reset that the person has not decided about: nothing for everybody else.
    pub(super) fn add_reset(&self, member: MemberId, row: &mut Value) {
        let state = match self.bond(member) {
            Bond::Holds => return,
            Bond::Ended => "ended",
            Bond::Replaced => "replaced",
        };
        let at = self.trust.facts().identity_reset_at(member).map(|at| at.as_millis());
        row["identity_reset"] = json!({"state": state, "at_ms": at});
    }

    /// Another identity, or none, of somebody we know: the person must see that. What is learned may be a whole log, after a restore or
    /// another enrollment: a key that was known already is no news.
    pub(super) fn tell_identity_resets(&self, learned: &Learned) {
        let reset = |(_, leaf): &(u64, LeafBytes)| match Leaf::from_bytes(&leaf.0) {
            Ok(Leaf::IdentityReset { member, .. } | Leaf::IdentityEnd { member, .. }) => Some(member),
            _ => None,
        };
        let members: BTreeSet<MemberId> = match &learned.adopted {
            Some(adopted) => adopted.reidentified.clone(),
            None => learned.leaves.iter().filter_map(reset).collect(),
        };
        let facts = self.trust.facts();
        for member in members {
            let key = facts.identity_key(member);
            let known_key =
                |key| self.peers_of(member).any(|peer| self.identity_of(&peer.record.certificate) == Some(key));
            let is_known = key.is_some_and(|key| known_key(key) && self.bond(member) == Bond::Holds);
            if let (Some(peer), false) = (self.peers_of(member).next(), is_known) {
                self.emit(json!({
                    "event": "identity-reset",
                    "login": peer.record.login.expose(),
                    "state": if key.is_some() { "replaced" } else { "ended" },
                    "at_ms": facts.identity_reset_at(member).map(|at| at.as_millis()),
                }));
            }
        }
    }

    /// The identity key that a certificate of ours or of a peer names, whether or not it still counts.
    fn identity_of(&self, certificate: &[u8]) -> Option<[u8; 32]> {
        let certificate = Unverified::<DeviceCertificate>::from_bytes(certificate.to_vec());
        let certificate = self.trust.signed(|key| certificate.verify(self.me.account.organization, key));
        Some(certificate.ok()?.body().identity_key)
    }
}
