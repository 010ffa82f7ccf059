//! The engine and the transparency log: what is learned of it is kept before anything follows from it. It must never go on with a
//! belief that the vault does not hold, nor forget a fork.

use protocol::signaling::message::LeafBytes;
use protocol::tlog::BadCheckpoint;
use serde_json::json;

use super::{Engine, EngineError};
use crate::clock;
use crate::core::trust::{Age, Disbelief, Learned};
use crate::store::tables::{CHECKPOINT, FORK_EVIDENCE, LOG_LEAVES};
use crate::store::{Reading as _, SecretBytes, VaultError};

impl Engine {
    /// Whether the stored leaves are a log.
    pub(super) fn remember_log(&mut self, leaves: &[LeafBytes], note: Option<&SecretBytes>) -> bool {
        let Some(note) = note else { return false };
        let heard = self.trust.remember_log(leaves, &note.0);
        if heard.is_err() {
            tracing::error!("the stored log does not hash to its checkpoint: it is fetched anew");
        }
        heard.is_ok()
    }

    pub(super) fn learn(&mut self, learned: Result<Learned, Disbelief>) -> Result<(), EngineError> {
        let learned = match learned {
            Ok(learned) => learned,
            Err(disbelief) => return self.disbelieve(&disbelief),
        };
        if let Err(error) = self.keep_log(&learned) {
            self.forget_unkept()?;
            return Err(error);
        }
        // A checkpoint that a peer showed earlier may contradict what is proved only now.
        self.keep_fork()?;
        if !learned.leaves.is_empty() {
            self.use_renewed()?;
            self.keep_directory_key();
            self.know_own_device();
            self.keep_device_leaves(&learned.leaves)?;
            self.tell_identity_resets(&learned);
            self.keep_revocations()?;
            self.share_checkpoint();
        }
        if let Some(adopted) = &learned.adopted {
            self.live_with_succession(adopted)?;
        }
        for what in learned.missing {
            self.fetch(what);
        }
        self.ask_for_groups(clock::now());
        let before = std::mem::replace(&mut self.age, self.trust.age(clock::now()));
        if before == Age::Expired && self.age != Age::Expired {
            self.converse(|conversations, tx, around| conversations.settle(tx, around))?;
        }
        Ok(())
    }

    /// Writes what was learned of the log.
    fn keep_log(&mut self, learned: &Learned) -> Result<(), EngineError> {
        if let Some(adopted) = &learned.adopted {
            return self.keep_succession(adopted, learned);
        }
        // A heartbeat alone is not worth a write: the stored checkpoint only has to cover the stored leaves.
        if learned.leaves.is_empty() {
            return Ok(());
        }
        Ok(self.vault.write(|tx| -> Result<(), VaultError> {
            for (index, leaf) in &learned.leaves {
                tx.put(&LOG_LEAVES, index, &SecretBytes::new(leaf.0.clone()))?;
            }
            match &learned.note {
                Some(note) => tx.put(&CHECKPOINT, &(), &SecretBytes::new(note.clone())),
                None => Ok(()),
            }
        })?)
    }

    /// The vault did not take what was learned: what is believed is again what it holds, so that what comes next follows on it.
    /// Devices that ended stay so: nothing is sent to them while the disk is full.
    fn forget_unkept(&mut self) -> Result<(), EngineError> {
        let ended = self.trust.facts().ended_devices();
        // Going on with a belief of which a restart knows nothing would lose it.
        self.remember_organization().map_err(|_| EngineError::Unkept)?;
        self.trust.bar(ended);
        Ok(())
    }

    pub(super) fn disbelieve(&mut self, disbelief: &Disbelief) -> Result<(), EngineError> {
        if matches!(disbelief, Disbelief::Checkpoint(BadCheckpoint::OtherOrigin | BadCheckpoint::Signature)) {
            // Another log than ours, or another key: only the root can say that it is the next one.
            self.introduce();
            return Ok(());
        }
        tracing::warn!(reason = %disbelief, "something signed by the organization was not believed");
        self.keep_fork()
    }

    /// Evidence of a fork outlives restarts, and the person is told once.
    fn keep_fork(&mut self) -> Result<(), EngineError> {
        let Some(evidence) = self.trust.fork().map(protocol::codec::encode) else { return Ok(()) };
        if self.vault.read(|tx| tx.get(&FORK_EVIDENCE, &()))?.is_none() {
            self.vault.write(|tx| tx.put(&FORK_EVIDENCE, &(), &SecretBytes::new(evidence)))?;
            self.emit(json!({"event": "alarm", "alarm": "fork"}));
        }
        Ok(())
    }
}
