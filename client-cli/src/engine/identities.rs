//! The engine and identities that the organization resets (spec/log.md §8): the person is told once, what waits is held, and nobody
//! is let in under another key before the person says to go on. What is decided here is kept before anything follows from it.

use std::collections::{BTreeMap, BTreeSet};

use protocol::certificate::DeviceCertificate;
use protocol::ids::{DeviceId, MemberId};
use protocol::keys::verifying_key;
use protocol::safety_number::safety_number;
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
        let facts = self.trust.facts();
        let mut met: BTreeMap<MemberId, [u8; 32]> = BTreeMap::new();
        for record in self.peers.values().map(|peer| &peer.record) {
            let is_undecided = matches!(record.relation, Relation::Stranger | Relation::Asked);
            if is_undecided || self.identities.known(record.member).is_some() {
                continue;
            }
            let Some(key) = self.identity_of(&record.certificate) else { continue };
            // Of several keys the one in force: with it the person dealt last.
            let is_in_force = facts.identity_key(record.member) == Some(key) && record.relation != Relation::Revoked;
            if is_in_force || !met.contains_key(&record.member) {
                met.insert(record.member, key);
            }
        }
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

    /// The person deals with a member, or refuses to, from now on under the login and the key that are in force, if not before: whoever was
    /// blocked has no clean slate under another identity.
    pub(super) fn meet_identity(&mut self, member: MemberId) -> Result<(), EngineError> {
        self.know_login(member)?;
        match self.trust.facts().identity_key(member) {
            Some(key) if self.identities.known(member).is_none() => self.know_identity(member, key),
            Some(_) | None => Ok(()),
        }
    }

    /// How the identity of a member stands.
    pub(super) fn bond(&self, member: MemberId) -> Bond {
        self.acquaintances().bond(member)
    }

    /// What a first contact of a device gets without our person: nothing, if its own person's identity was reset, or if it comes under a
    /// login of somebody else.
    pub(super) fn auto_decision(&self, device: DeviceId, card: Option<&[u8]>) -> AutoDecision {
        let member = self.trust.device(device, clock::now()).map(|known| known.certificate.body().member);
        let bears_anothers = |member| {
            let shown = self.known_as(member, card);
            shown.is_some_and(|person| self.logins.is_anothers(person.login.expose(), member))
        };
        let holds = member.is_none_or(|member| self.bond(member) == Bond::Holds && !bears_anothers(member));
        let is_in_a_group = || member.is_some_and(|member| self.shares_group(member));
        if holds && (self.trust.policy().accepts_colleagues() || is_in_a_group()) {
            AutoDecision::Accept
        } else {
            AutoDecision::Ask
        }
    }

    /// Whether it was a reset of our own person's identity that ended this device.
    pub(super) fn is_replaced(&self) -> bool {
        let (facts, me) = (self.trust.facts(), self.me.account.member);
        let own = self.me.keys.identity().ok().map(|key| key.verifying_key().to_bytes());
        facts.identity_ended(me).is_some() || facts.last_identity_key(me).is_some_and(|key| Some(key) != own)
    }

    /// The person has been told that the identity was reset, or that the login was somebody else's, and goes on.
    pub(super) fn go_on_with(&mut self, member: MemberId) -> Result<(), Refused> {
        let Some(key) = self.trust.facts().identity_key(member) else {
            return match self.bond(member) {
                Bond::Holds => Ok(()),
                Bond::Reassigned => Err(Fault::new("not-enrolled-yet").into()),
                Bond::Ended | Bond::Replaced => Err(Fault::new("identity-ended").into()),
            };
        };
        if self.bond(member) == Bond::Reassigned {
            self.give_login(member)?;
        }
        // Whoever takes over a login may have another key than before as well: it is the one whose number was shown.
        if self.bond(member) == Bond::Replaced {
            self.know_identity(member, key)?;
        }
        Ok(())
    }

    /// Nothing is sent to somebody whose identity was reset before the person has said to go on.
    pub(super) fn refuse_held(&self, member: MemberId) -> Result<(), Fault> {
        match self.bond(member) {
            Bond::Holds => Ok(()),
            Bond::Ended => Err(Fault::new("identity-ended")),
            Bond::Replaced => Err(Fault::with("identity-reset", self.login_of(member))),
            Bond::Reassigned => Err(Fault::with("login-reassigned", self.login_of(member))),
        }
    }

    /// What a row about a member says of what the person has not decided about: a reset, or a login that was somebody else's. Nothing for
    /// everybody else.
    pub(super) fn add_reset(&self, member: MemberId, row: &mut Value) {
        if let Some(reset) = self.reset_of(member) {
            row["identity_reset"] = reset;
        }
    }

    fn reset_of(&self, member: MemberId) -> Option<Value> {
        let at = self.trust.facts().identity_reset_at(member).map(|at| at.as_millis());
        let number = || self.safety_number_with(member);
        Some(match self.bond(member) {
            Bond::Holds => return None,
            Bond::Ended => json!({"state": "ended", "at_ms": at}),
            Bond::Replaced => json!({"state": "replaced", "at_ms": at, "safety_number": number()}),
            Bond::Reassigned => {
                let (login, name) = (self.acquaintances().login(member), self.name_of(member));
                json!({"state": "reassigned", "of_login": login, "name": name, "safety_number": number()})
            }
        })
    }

    /// Says once, while it happens, what rows say from then on.
    pub(super) fn tell_reset(&self, member: MemberId) {
        if let Some(mut event) = self.reset_of(member) {
            event["event"] = "identity-reset".into();
            event["login"] = self.login_of(member).into();
            self.emit(event);
        }
    }

    /// The number to compare with a member, for the key that is in force now.
    pub(super) fn safety_number_with(&self, member: MemberId) -> Option<String> {
        let theirs = verifying_key(&self.trust.facts().identity_key(member)?).ok()?;
        let ours = self.me.keys.identity().ok()?.verifying_key();
        Some(safety_number((self.me.account.member, &ours), (member, &theirs)))
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
                    "login": self.login_of(peer.record.member),
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
