//! The engine and the policy about files (spec/policy.md): it is asked when a file is chosen, again when it is offered, and whenever
//! somebody pulls it. A file that may not be sent now must not leave, however long ago it was offered.

use std::collections::BTreeSet;

use protocol::policy::FileSend;

use super::port::Fault;
use super::{Engine, EngineError};
use crate::files::records::OfferState;
use crate::store::tables::OFFERS_MADE;
use crate::store::{Reading as _, Span, VaultError};

impl Engine {
    /// Whether the policy allows to send a file of that size now.
    pub(super) fn may_send(&self, bytes: u64) -> Result<(), Fault> {
        let policy = self.trust.policy();
        if policy.file_send == FileSend::Off {
            return Err(Fault::new("policy-file-off"));
        }
        policy
            .file_max_bytes
            .filter(|limit| bytes > *limit)
            .map_or(Ok(()), |limit| Err(Fault::with("policy-file-too-large", limit)))
    }

    /// The policy forbids to send files: what is being pulled stops with its link, and asks again in vain.
    pub(super) fn stop_sending_files(&mut self) -> Result<(), EngineError> {
        let made = self.vault.read(|tx| tx.scan(&OFFERS_MADE, Span::all()).collect::<Result<Vec<_>, VaultError>>())?;
        let stopped: BTreeSet<_> = made
            .into_iter()
            .filter(|(_, made)| made.state == OfferState::Open && self.may_send(made.bytes).is_err())
            .map(|(_, made)| made.conversation)
            .collect();
        let members = self.peers.values().filter(|peer| stopped.contains(&self.conversation_with(peer.record.member)));
        for device in members.map(|peer| peer.record.device).collect::<Vec<_>>() {
            self.close_links(device)?;
        }
        Ok(())
    }
}
