//! Renewal: of this device's certificate, and of the keys that the server may show. Nothing new is believed but through the root key
//! or the log.

use protocol::certificate::{BadCertificate, CertificateBody, DeviceCertificate};
use protocol::limits::{CERTIFICATE_LIFETIME_MS_MAX, CHECKPOINT_STALE_MS, CLOCK_SKEW_MS_MAX};
use protocol::organization::TrustedOrganization;
use protocol::signaling::message::{CloseCode, FetchWhat, SessionKind};
use protocol::signed::Unverified;
use protocol::time::Timestamp;
use protocol::tlog::CertificateRefused;
use serde_json::json;

use super::{Engine, EngineError, Input, Server};
use crate::account::FormerKey;
use crate::clock;
use crate::net::login::{self, LoginError};
use crate::net::signal::SignalCommand;
use crate::store::tables::ACCOUNT;

/// Whatever peers and servers show: the server is asked who it is at most this often.
const INTRODUCTION_PAUSE_MS: u64 = 2_000;
/// A certificate is renewed when less than this part of its life is left.
const RENEW_BEFORE_PART: u64 = 3;

impl Engine {
    /// The server shows another key: perhaps its certificate was renewed. It has to prove itself anew, to the root.
    pub(super) fn introduce(&mut self) {
        let now = clock::now();
        if !self.introducing && now.since(self.introduced_at) >= INTRODUCTION_PAUSE_MS {
            self.introducing = true;
            self.introduced_at = now;
            let (endpoint, fingerprint) = (self.endpoint.clone(), self.me.account.organization);
            let input = self.input.clone();
            tokio::spawn(async move {
                let organization = login::introduce(&endpoint, fingerprint, clock::now()).await;
                let organization = organization.map(|server| server.organization().clone());
                let _ = input.send(Input::Introduced(Box::new(organization))).await;
            });
        }
    }

    pub(super) fn on_introduced(
        &mut self,
        organization: Result<TrustedOrganization, LoginError>,
    ) -> Result<(), EngineError> {
        self.introducing = false;
        match organization {
            Ok(organization) if self.is_newer_word(&organization) => {
                self.take_word(&organization)?;
                for kind in [SessionKind::Door, SessionKind::Relationship] {
                    self.tell(kind, SignalCommand::Permit(organization.tls_keys.clone()));
                }
                self.compare_logs(&organization)
            }
            Ok(_) | Err(LoginError::NotTrusted(_)) => {
                self.emit(json!({"event": "alarm", "alarm": "server-key"}));
                Ok(())
            }
            Err(_) => Ok(()),
        }
    }

    /// The root gives the directory key more time, or puts another key in its place under a later serial (spec/certificate.md §1); a
    /// key that was replaced never comes back under an older one.
    fn is_newer_word(&self, organization: &TrustedOrganization) -> bool {
        let account = &self.me.account;
        organization.directory_key.to_bytes() == account.directory_key
            || organization.directory_key_serial > account.directory_key_serial.unwrap_or_default()
    }

    fn take_word(&mut self, organization: &TrustedOrganization) -> Result<(), EngineError> {
        let (key, until) = (organization.directory_key, organization.directory_key_not_after);
        let mut account = self.me.account.clone();
        let known = account.directory_key_serial.unwrap_or_default();
        account.directory_key_serial = Some(known.max(organization.directory_key_serial));
        account.tls_keys = organization.tls_keys.clone();
        let is_longer = account.directory_key_until.replace(until) != Some(until);
        let before = std::mem::replace(&mut account.directory_key, key.to_bytes());
        let is_other = before != account.directory_key;
        if is_other {
            account.former_directory_keys.retain(|former| former.0 != before);
            account.former_directory_keys.push(FormerKey(before));
        }
        self.vault.write(|tx| tx.put(&ACCOUNT, &(), &account))?;
        self.me.account = account;
        self.asked_serial = self.named_serial();
        if is_other {
            self.trust.take_over(key, organization.directory_key_serial);
            // What came meanwhile could not be read; our own card, which peers are shown, is signed anew.
            self.fetch(FetchWhat::Log { from: self.trust.log_size() });
            self.fetching.retain(|what| !matches!(what, FetchWhat::Directory { .. }));
            self.keep_card();
            self.emit(json!({"event": "directory-key", "until_ms": until.as_millis(), "replaced": true}));
        } else if is_longer {
            self.emit(json!({"event": "directory-key", "until_ms": until.as_millis()}));
        }
        Ok(())
    }

    /// Our own card, which peers are shown, has to be signed with the key in force: else the directory is asked for it again.
    pub(super) fn keep_card(&mut self) {
        let is_stale = |card: &[u8]| self.trust.read_card(self.me.account.member, card).is_err();
        if self.directory.card().is_some_and(|card| is_stale(&card)) {
            self.fetch(FetchWhat::Directory { have: self.trust.have() });
        }
    }

    /// The newest statement about the directory key that the log names; 0 before there is one.
    fn named_serial(&self) -> u64 {
        self.trust.facts().directory_key().map_or(0, |(serial, _)| serial)
    }

    /// The log names a later statement about the directory key than the one that is known: the root's word is asked for.
    pub(super) fn keep_directory_key(&mut self) {
        let known = self.me.account.directory_key_serial.unwrap_or_default().max(self.asked_serial);
        if self.server == Server::Online && self.named_serial() > known {
            self.introduce();
        }
    }

    pub(super) fn keep_certificate(&mut self, now: Timestamp) -> Result<(), EngineError> {
        if self.server != Server::Online || self.renewed.is_some() {
            return Ok(());
        }
        let Some(body) = self.certificate_to_renew(now) else { return Ok(()) };
        let not_before = now.minus_ms(CHECKPOINT_STALE_MS);
        let longest = not_before.plus_ms(CERTIFICATE_LIFETIME_MS_MAX);
        let not_after = longest.min(now.plus_ms(self.trust.policy().certificate_lifetime_ms()));
        let body = CertificateBody { not_before, not_after, ..body };
        let request = protocol::certificate::request(&body, &self.me.keys.identity()?, &self.me.signature);
        let id = self.request();
        self.tell(SessionKind::Door, SignalCommand::Renew { id, request });
        Ok(())
    }

    /// What our certificate says, if it ends soon, or later than the policy lets it, or if the log forgot its last renewal when the server was restored.
    fn certificate_to_renew(&self, now: Timestamp) -> Option<CertificateBody> {
        match self.trust.device(self.me.device, now) {
            Some(own) => {
                let (body, lifetime_ms) = (own.certificate.body(), self.trust.policy().certificate_lifetime_ms());
                let left_ms = body.not_after.since(now);
                let is_due = left_ms <= lifetime_ms / RENEW_BEFORE_PART;
                let is_too_long = left_ms > lifetime_ms.saturating_add(CLOCK_SKEW_MS_MAX);
                (is_due || is_too_long).then(|| body.clone())
            }
            None if self.trust.facts().is_live(self.me.device) => {
                let own = self.own_certificate()?;
                let is_lost = self.trust.facts().check_certificate(&own) == Err(CertificateRefused::NotInLog);
                let is_forgotten = is_lost && self.trust.epoch() > 0;
                (is_forgotten || own.check_time(now) == Err(BadCertificate::Expired)).then(|| own.body().clone())
            }
            None => None,
        }
    }

    /// As it is kept, whether or not it counts now.
    fn own_certificate(&self) -> Option<DeviceCertificate> {
        let own = Unverified::<DeviceCertificate>::from_bytes(self.me.account.certificate.clone());
        self.trust.signed(|key| own.verify(self.me.account.organization, key)).ok()
    }

    /// This device was away for longer than its certificate lasts: all that is missing is a renewal.
    pub(super) fn is_overdue(&self, now: Timestamp) -> bool {
        self.own_certificate().is_some_and(|own| own.check_time(now) == Err(BadCertificate::Expired))
    }

    pub(super) fn on_renewed(&mut self, certificate: Vec<u8>) -> Result<(), EngineError> {
        self.renewed = Some(certificate);
        self.use_renewed()
    }

    /// A renewed certificate counts once its leaf is in our own copy of the log.
    pub(super) fn use_renewed(&mut self) -> Result<(), EngineError> {
        let Some(certificate) = self.renewed.take() else { return Ok(()) };
        let key = self.me.envelope.public().clone();
        if self.trust.take_device(certificate.clone(), key, None) != Ok(self.me.device) {
            self.renewed = Some(certificate);
            return Ok(());
        }
        if let Some(own) = self.trust.device(self.me.device, clock::now()) {
            let until = own.certificate.body().not_after;
            self.emit(json!({"event": "certificate", "until_ms": until.as_millis()}));
        }
        self.me.account.certificate = certificate.clone();
        self.vault.write(|tx| tx.put(&ACCOUNT, &(), &self.me.account))?;
        self.tell(SessionKind::Door, SignalCommand::Certificate(certificate.clone()));
        self.tell(SessionKind::Relationship, SignalCommand::Certificate(certificate));
        if self.relationship_up == Server::Refused(CloseCode::Unauthenticated) {
            // It was refused with the one before, whose time was over.
            self.set_server(SessionKind::Relationship, Server::Offline)?;
            self.tell(SessionKind::Relationship, SignalCommand::Start);
        }
        for device in self.peers.keys().copied().collect::<Vec<_>>() {
            self.send_certificate(device);
        }
        Ok(())
    }
}
