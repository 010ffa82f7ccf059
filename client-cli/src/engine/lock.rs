//! The engine and what opens its vault: the policy's rules about that, and another passphrase. Where a passphrase is required and there
//! is none, it must send, fetch and show nothing.

use protocol::policy::AppLock;
use serde_json::{Value, json};
use tokio::sync::watch;

use super::port::{Fault, Phrase, Request};
use super::requests::Refused;
use super::{Engine, EngineError, Server};
use crate::core::peer;
use crate::store::{KdfCost, Protection, Unlock, VaultError};

/// What holds for the lock of this device.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LockRules {
    /// With what the vault opens.
    pub protection: Protection,
    /// `device.app_lock`.
    pub app_lock: AppLock,
    /// `device.lock_idle_minutes`.
    pub idle_ms: Option<u64>,
}

impl LockRules {
    pub(super) const fn unknown(protection: Protection) -> Self {
        Self { protection, app_lock: AppLock::Off, idle_ms: None }
    }

    /// Whether there has to be a passphrase before anything else.
    pub(super) fn is_unmet(self) -> bool {
        self.app_lock == AppLock::Required && self.protection == Protection::KeyFile
    }
}

impl Engine {
    /// Takes the rules from the policy in force: at the start, when another one is, and when another passphrase is set.
    pub(super) fn keep_lock_rules(&mut self) -> Result<(), EngineError> {
        let policy = self.trust.policy();
        let wipe_after = policy.lock_wipe_after();
        let rules = LockRules {
            protection: self.vault.protection()?,
            app_lock: policy.app_lock(),
            idle_ms: policy.lock_idle_ms(),
        };
        let before = self.lock_rules.send_replace(rules);
        let devices: Vec<_> = self.peers.keys().copied().collect();
        if rules.is_unmet() {
            for device in devices {
                self.close_links(device)?;
            }
        } else if before.is_unmet() && self.relationship_up == Server::Online {
            for device in devices {
                self.drive(device, peer::Input::SignalingDown)?;
                self.drive(device, peer::Input::SignalingUp)?;
            }
        }
        // Last: on a full disk the rules hold all the same.
        Ok(self.vault.wipe_after(wipe_after)?)
    }

    /// `device.app_lock`: whether there has to be a passphrase before anything else.
    pub(super) fn lacks_passphrase(&self) -> bool {
        self.lock_rules.borrow().is_unmet()
    }

    /// What may be asked all the same: who and how this device is, what the organization says, and what helps.
    pub(super) fn refuse_unprotected(&self, request: &Request) -> Result<(), Fault> {
        let helps = matches!(
            request,
            Request::Whoami {}
                | Request::Status {}
                | Request::Organization {}
                | Request::Evidence {}
                | Request::Checkpoint {}
                | Request::Watch {}
                | Request::Present {}
                | Request::SetPassphrase { .. }
        );
        if self.lacks_passphrase() && !helps { Err(Fault::new("passphrase-required")) } else { Ok(()) }
    }

    pub(super) fn set_passphrase(&mut self, present: Option<Phrase>, next: Option<Phrase>) -> Result<Value, Refused> {
        if next.is_none() && self.lock_rules.borrow().app_lock == AppLock::Required {
            return Err(Fault::new("passphrase-required").into());
        }
        if next.as_ref().is_some_and(|next| next.0.expose().is_empty()) {
            return Err(Fault::new("secret-empty").into());
        }
        let unlock = |phrase: Option<Phrase>| phrase.map_or(Unlock::KeyFile, |phrase| Unlock::Passphrase(phrase.0));
        match self.vault.change_unlock(&unlock(present), &unlock(next), KdfCost::RECOMMENDED) {
            Ok(()) => {}
            // Nothing is left that this engine could go on with.
            Err(VaultError::Wiped) => return Err(Refused::Engine(VaultError::Wiped.into())),
            Err(error) => return Err(fault_of(&error).into()),
        }
        self.keep_lock_rules()?;
        let protection = match self.lock_rules.borrow().protection {
            Protection::Passphrase => "passphrase",
            Protection::KeyFile => "key-file",
        };
        Ok(json!({"opens_with": protection}))
    }
}

/// What holds before the policy was read.
pub(super) fn rules_of(protection: Protection) -> watch::Sender<LockRules> {
    watch::Sender::new(LockRules::unknown(protection))
}

/// Why a vault does not open, as a stable word.
pub fn fault_of(error: &VaultError) -> Fault {
    match error {
        VaultError::WrongPassphrase { left: Some(left) } => return Fault::with("wrong-passphrase-left", left),
        VaultError::Later { wait_ms } => return Fault::with("unlock-later", wait_ms.div_ceil(1_000)),
        _ => {}
    }
    Fault::new(match error {
        VaultError::Missing => "not-enrolled",
        VaultError::Exists => "already-enrolled",
        VaultError::InUse => "vault-in-use",
        VaultError::WrongPassphrase { .. } => "wrong-passphrase",
        VaultError::Wiped => "vault-wiped",
        VaultError::WrongKeyFile => "wrong-key-file",
        VaultError::PassphraseNeeded => "passphrase-needed",
        VaultError::KeyFileNeeded => "key-file-needed",
        VaultError::KeyFileMissing => "key-file-missing",
        VaultError::DiskFull => "disk-full",
        VaultError::UnknownFormat { .. } => "vault-format",
        VaultError::Damaged | VaultError::Malformed { .. } => "vault-damaged",
        _ => "vault-unusable",
    })
}
