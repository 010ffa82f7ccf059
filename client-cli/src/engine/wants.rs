//! For whom something waits: messages, and changes of groups. Their devices are reached, and the others let go.

use protocol::ids::{DeviceId, MemberId};
use rand_core::OsRng;

use super::{Engine, EngineError};
use crate::clock;
use crate::conversation::{ConversationError, Conversations, OutboxEntry, Surroundings};
use crate::core::outbox::Freshness;
use crate::core::peer::Input;
use crate::core::trust::Age;
use crate::crypto::lane::CertifiedDevice;
use crate::crypto::mls::Mls;
use crate::store::ReadTx;

impl Engine {
    /// What is not delivered yet, and why.
    pub(super) fn outbox_entries(&self) -> Result<Vec<OutboxEntry>, EngineError> {
        self.review(|conversations, tx, around| conversations.outbox(tx, around))
    }

    /// Looks at the conversations, and changes nothing.
    fn review<T>(
        &self,
        look: impl FnOnce(&Conversations<Mls>, &ReadTx, &Surroundings<'_>) -> Result<T, ConversationError>,
    ) -> Result<T, EngineError> {
        let (now, access) = (clock::now(), self.own_access());
        let certified = |device: &DeviceId| {
            let known = self.trust.device(*device, now)?.certificate.body();
            Some(CertifiedDevice { member: known.member, signature_key: known.signature_key })
        };
        let standing = |member: &MemberId| self.acquaintances().standing(access, *member, now);
        let freshness = if self.trust.age(now) == Age::Expired { Freshness::Expired } else { Freshness::Known };
        let known = self.acquaintances();
        let around = Surroundings {
            now,
            rng: &mut OsRng,
            certified: &certified,
            enrolled: &|device| known.enrolled(*device),
            has_ended: &|member| known.has_ended(*member),
            signer: &self.me.signature,
            standing: &standing,
            freshness,
        };
        Ok(self.vault.read(|tx| look(&self.conversations, tx, &around))?)
    }

    /// How people stand has changed: each queue moves as far as it now may.
    pub(super) fn settle_queues(&mut self) -> Result<(), EngineError> {
        self.converse(|conversations, tx, around| conversations.settle(tx, around))
    }

    /// Reaches the devices of everybody for whom something waits, and lets go of the others.
    pub(super) fn review_wants(&mut self) -> Result<(), EngineError> {
        let mut waiting = self.review(|conversations, tx, around| conversations.wanted(tx, around))?;
        waiting.extend(self.holders_wanted()?);
        let satisfied: Vec<_> = self
            .peers
            .values()
            .filter(|peer| !waiting.contains(&peer.record.member))
            .map(|peer| peer.record.device)
            .collect();
        for device in satisfied {
            self.drive(device, Input::Satisfied)?;
        }
        for member in waiting {
            self.want(member)?;
        }
        Ok(())
    }
}
