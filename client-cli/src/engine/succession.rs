//! The engine and a reset of the transparency log (spec/log.md §7): the server was restored from a backup. The person is told that
//! it was a restore and not an attack, what they know about revocations stays, and a lost enrollment is said to be one.

use std::collections::BTreeSet;

use protocol::ids::DeviceId;
use protocol::organization::TrustedOrganization;
use protocol::signaling::message::{CloseCode, LeafBytes};
use protocol::tlog::{ResetReason, VerifiedReset};
use serde_json::{Value, json};

use super::{Engine, EngineError, Server};
use crate::account::Account;
use crate::clock;
use crate::core::trust::{Adopted, Disbelief, Learned, Trust};
use crate::store::records::LogResetRecord;
use crate::store::tables::{ACCOUNT, CHECKPOINT, ENDED_DEVICES, ENROLLMENT_LOST, FORK_EVIDENCE, LOG_LEAVES, LOG_RESET};
use crate::store::{Reading as _, SecretBytes, Span, VaultError};

/// Whether the server still knows this device after its log was reset.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Enrollment {
    Known,
    Lost,
}

/// The reset as `status` and events show it.
pub(super) fn view(reset: &LogResetRecord) -> Value {
    json!({
        "reason": match reset.reason {
            ResetReason::Restore => "restore",
            ResetReason::Fork => "fork",
        },
        "time_ms": reset.time.as_millis(),
        "entries_lost": reset.forgotten,
        "devices_kept_revoked": reset.ended,
    })
}

fn record(reset: &VerifiedReset, forgotten: u64, ended: u64) -> LogResetRecord {
    let document = reset.document();
    LogResetRecord {
        signed: reset.bytes().to_vec(),
        reason: document.reason,
        time: document.time,
        forgotten,
        ended,
        fork: None,
    }
}

impl Engine {
    /// What a reset before this start left behind.
    pub(super) fn remember_succession(&mut self) -> Result<(), EngineError> {
        type Kept = (Option<LogResetRecord>, Option<LogResetRecord>, BTreeSet<DeviceId>);
        let (followed, lost, ended) = self.vault.read(|tx| -> Result<Kept, VaultError> {
            let ended = tx.scan(&ENDED_DEVICES, Span::all()).map(|row| row.map(|(id, _)| DeviceId::from_bytes(id)));
            Ok((tx.get(&LOG_RESET, &())?, tx.get(&ENROLLMENT_LOST, &())?, ended.collect::<Result<_, _>>()?))
        })?;
        if lost.is_some() {
            self.enrollment = Enrollment::Lost;
        }
        self.log_reset = lost.or(followed);
        let account = &self.me.account;
        let trust = Trust::new(account.organization, account.log_origin.clone(), account.directory_keys()?);
        self.trust = trust.at_key_serial(account.directory_key_serial.unwrap_or_default()).remembering(ended);
        Ok(())
    }

    /// The server has proved itself to the root: is its log ours, the next one, or none of the organization's?
    pub(super) fn compare_logs(&mut self, organization: &TrustedOrganization) -> Result<(), EngineError> {
        let shown = organization.log_reset.as_ref().map_or(0, VerifiedReset::epoch);
        if shown < self.trust.epoch() {
            // Whoever has the directory key could show a log that the root has ended.
            self.emit(json!({"event": "alarm", "alarm": "old-log"}));
            return Ok(());
        }
        let Some(reset) = organization.log_reset.clone().filter(|_| shown > self.trust.epoch()) else { return Ok(()) };
        let keep = self.trust.leaves_to_keep(&reset);
        let leaves = self.vault.read(|tx| -> Result<Vec<LeafBytes>, VaultError> {
            let leaves = tx.scan(&LOG_LEAVES, Span::all()).take(usize::try_from(keep).unwrap_or(usize::MAX));
            leaves.map(|row| row.map(|(_, bytes)| LeafBytes(bytes.0.to_vec()))).collect()
        })?;
        match self.trust.follow(reset.clone(), &leaves) {
            Ok(missing) => missing.into_iter().for_each(|what| self.fetch(what)),
            Err(Disbelief::OlderLog) => {}
            Err(disbelief) => tracing::warn!(reason = %disbelief, "a log reset cannot be followed"),
        }
        if self.is_unknown_to_server() {
            self.enrollment_lost(&reset)?;
        }
        Ok(())
    }

    /// Whether the server refuses this device as one that it does not know.
    pub(super) fn is_unknown_to_server(&self) -> bool {
        // A certificate whose time is over is refused as well, and is about to be renewed.
        [self.server, self.relationship_up].contains(&Server::Refused(CloseCode::Unauthenticated))
            && !self.is_overdue(clock::now())
    }

    /// Perhaps the server was restored from a time before we were enrolled: the root would say so. Asked again until it is known.
    pub(super) fn unknown_to_server(&mut self) -> Result<(), EngineError> {
        match self.trust.following().cloned() {
            Some(reset) => self.enrollment_lost(&reset),
            None => {
                self.introduce();
                Ok(())
            }
        }
    }

    /// The server was restored from a time before this device was enrolled. What waits goes on waiting.
    fn enrollment_lost(&mut self, reset: &VerifiedReset) -> Result<(), EngineError> {
        if self.enrollment == Enrollment::Lost {
            return Ok(());
        }
        let forgotten = self.trust.log_size().saturating_sub(reset.document().old_size);
        let ended = self.trust.facts().ended_devices();
        let record = record(reset, forgotten, ended.len() as u64);
        let now = clock::now();
        self.vault.write(|tx| -> Result<(), VaultError> {
            for device in &ended {
                tx.put(&ENDED_DEVICES, device.as_bytes(), &now)?;
            }
            tx.put(&ENROLLMENT_LOST, &(), &record)
        })?;
        self.enrollment = Enrollment::Lost;
        self.emit_reset(&record);
        self.emit(json!({"event": "server", "state": "offline", "reason": "enrollment-lost"}));
        self.log_reset = Some(record);
        Ok(())
    }

    fn emit_reset(&self, record: &LogResetRecord) {
        let mut event = view(record);
        event["event"] = "log-reset".into();
        self.emit(event);
    }

    /// Puts the new log in the place of the old one: all of it in one transaction.
    pub(super) fn keep_succession(&mut self, adopted: &Adopted, learned: &Learned) -> Result<(), EngineError> {
        let mut record = record(&adopted.reset, adopted.forgotten, adopted.ended.len() as u64);
        let account = Account { log_origin: adopted.reset.document().new_origin.clone(), ..self.me.account.clone() };
        let now = clock::now();
        self.vault.write(|tx| -> Result<(), VaultError> {
            tx.remove_all(&LOG_LEAVES, Span::all().starting(&adopted.kept))?;
            for (index, leaf) in learned.leaves.iter().filter(|(index, _)| *index >= adopted.kept) {
                tx.put(&LOG_LEAVES, index, &SecretBytes::new(leaf.0.clone()))?;
            }
            if let Some(note) = &learned.note {
                tx.put(&CHECKPOINT, &(), &SecretBytes::new(note.clone()))?;
            }
            for device in &adopted.ended {
                tx.put(&ENDED_DEVICES, device.as_bytes(), &now)?;
            }
            // The root has chosen a history: an alarm about two of them is over, its evidence stays.
            record.fork = tx.get(&FORK_EVIDENCE, &())?;
            tx.remove(&FORK_EVIDENCE, &())?;
            tx.put(&LOG_RESET, &(), &record)?;
            tx.put(&ACCOUNT, &(), &account)
        })?;
        self.me.account = account;
        self.emit_reset(&record);
        self.log_reset = Some(record);
        Ok(())
    }

    /// Devices that the new log does not know have no link until they are enrolled again; ours may be one of them.
    pub(super) fn live_with_succession(&mut self, adopted: &Adopted) -> Result<(), EngineError> {
        let unknown = |device: &DeviceId| self.trust.facts().device(*device).is_none();
        let gone: Vec<_> = self.peers.keys().copied().filter(|device| unknown(device)).collect();
        let own = unknown(&self.me.device);
        for device in gone {
            self.close_links(device)?;
        }
        if own {
            self.enrollment_lost(&adopted.reset)?;
        }
        // A renewal that the log took before it was reset may be lost with it: it is asked for again.
        self.renewed = None;
        self.keep_certificate(clock::now())
    }
}
