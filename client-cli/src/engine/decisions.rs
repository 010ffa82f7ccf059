//! What the person decides about others: to talk, to refuse, to block, and that a safety number was compared. Going on with another
//! identity, or with somebody else under a known login, must be for the very key whose number was shown, never for one that came since.

use std::collections::BTreeSet;

use protocol::ids::MemberId;
use serde_json::{Value, json};

use super::Engine;
use super::port::{Decision, Fault};
use super::requests::Refused;
use crate::clock;
use crate::core::identity::Bond;
use crate::core::peer;
use crate::store::tables::PEERS;

/// Digits of a safety number, however they were written down.
fn digits(number: &str) -> impl Iterator<Item = char> {
    number.chars().filter(|c| !c.is_whitespace())
}

impl Engine {
    pub(super) fn decide(&mut self, who: &str, decision: Decision, number: Option<&str>) -> Result<Value, Refused> {
        self.refuse_shared(who)?;
        let member = self.find(who)?;
        let decision = match decision {
            Decision::Accept => peer::Decision::Accept,
            Decision::Refuse => peer::Decision::Refuse,
            Decision::Block => peer::Decision::Block,
        };
        let is_held = self.bond(member) != Bond::Holds;
        if decision == peer::Decision::Accept && is_held {
            self.has_seen(member, number)?;
            self.go_on_with(member)?;
            self.meet_identity(member)?;
        }
        let mut devices: BTreeSet<_> = self.peers_of(member).map(|peer| peer.record.device).collect();
        if decision == peer::Decision::Block {
            devices.extend(self.trust.devices_of(member, clock::now()));
        }
        if devices.is_empty() && !is_held {
            return Err(Fault::new("no-contact").into());
        }
        for device in devices {
            if self.peer(device)?.is_some() {
                self.drive(device, peer::Input::Decide(decision))?;
            }
        }
        self.review_wants()?;
        Ok(self.contacts())
    }

    pub(super) fn verify(&mut self, who: &str, confirm: Option<bool>, number: Option<&str>) -> Result<Value, Refused> {
        self.refuse_shared(who)?;
        let member = self.find(who)?;
        let key = self.trust.facts().identity_key(member).ok_or_else(|| Fault::new("not-enrolled-yet"))?;
        let shown = self.safety_number_with(member).ok_or_else(|| Fault::new("not-enrolled-yet"))?;
        if confirm == Some(true) {
            self.has_seen(member, number)?;
            self.go_on_with(member)?;
            self.meet_identity(member)?;
        }
        let devices: Vec<_> = match confirm {
            Some(_) => self.trust.devices_of(member, clock::now()).collect(),
            None => Vec::new(),
        };
        for device in devices {
            if let Some(peer) = self.peer(device)? {
                peer.record.verified = (confirm == Some(true)).then_some(key);
                let record = peer.record.clone();
                self.vault.write(|tx| tx.put(&PEERS, device.as_bytes(), &record))?;
            }
        }
        if confirm.is_some() {
            // What waited for this.
            self.settle_queues()?;
        }
        let verified = self.peers_of(member).any(|peer| peer.record.verified == Some(key));
        let resets = self.trust.facts().identity_resets(member);
        let mut row = json!({
            "login": self.login_of(member), "safety_number": shown, "verified": verified, "identity_resets": resets,
        });
        self.add_reset(member, &mut row);
        self.review_wants()?;
        Ok(row)
    }

    /// The person decides about the key whose number they were shown; meanwhile it may have become another one.
    fn has_seen(&self, member: MemberId, number: Option<&str>) -> Result<(), Fault> {
        match (self.safety_number_with(member), number) {
            (None, _) if self.bond(member) == Bond::Ended => Err(Fault::new("identity-ended")),
            (None, _) => Err(Fault::new("not-enrolled-yet")),
            (Some(_), None) => Err(Fault::with("safety-number-needed", self.login_of(member))),
            (Some(now), Some(shown)) if digits(&now).eq(digits(shown)) => Ok(()),
            (Some(_), Some(_)) => Err(Fault::with("safety-number-other", self.login_of(member))),
        }
    }
}
