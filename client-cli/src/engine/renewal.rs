//! Renewal: of this device's certificate, and of the keys that the server may show. Nothing new is believed but through the root key
//! or the log.

use protocol::limits::{CERTIFICATE_LIFETIME_MS_MAX, CHECKPOINT_STALE_MS};
use protocol::organization::TrustedOrganization;
use protocol::signaling::message::SessionKind;
use protocol::time::Timestamp;
use serde_json::json;

use super::{Engine, EngineError, Input, Server};
use crate::clock;
use crate::net::login::{self, LoginError};
use crate::net::signal::SignalCommand;
use crate::store::tables::ACCOUNT;

/// A certificate is renewed when less than this is left.
const RENEW_BEFORE_MS: u64 = CERTIFICATE_LIFETIME_MS_MAX / 3;

impl Engine {
    /// The server shows another key: perhaps its certificate was renewed. It has to prove itself anew, to the root.
    pub(super) fn introduce(&mut self) {
        if !self.introducing {
            self.introducing = true;
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
            // A new directory key has to come through the log: until then only TLS keys are taken.
            Ok(organization) if organization.directory_key.to_bytes() == self.me.account.directory_key => {
                self.me.account.tls_keys = organization.tls_keys.clone();
                self.vault.write(|tx| tx.put(&ACCOUNT, &(), &self.me.account))?;
                for kind in [SessionKind::Door, SessionKind::Relationship] {
                    self.tell(kind, SignalCommand::Permit(organization.tls_keys.clone()));
                }
                Ok(())
            }
            Ok(_) | Err(LoginError::NotTrusted(_)) => {
                self.emit(json!({"event": "alarm", "alarm": "server-key"}));
                Ok(())
            }
            Err(_) => Ok(()),
        }
    }

    pub(super) fn keep_certificate(&mut self, now: Timestamp) -> Result<(), EngineError> {
        let Some(own) = self.trust.device(self.me.device, now) else { return Ok(()) };
        let body = own.certificate.body();
        let enough = body.not_after.since(now) > RENEW_BEFORE_MS;
        if self.server != Server::Online || self.renewed.is_some() || enough {
            return Ok(());
        }
        let body = protocol::certificate::CertificateBody {
            not_before: now.minus_ms(CHECKPOINT_STALE_MS),
            not_after: now.minus_ms(CHECKPOINT_STALE_MS).plus_ms(CERTIFICATE_LIFETIME_MS_MAX),
            ..body.clone()
        };
        let request = protocol::certificate::request(&body, &self.me.keys.identity()?, &self.me.signature);
        let id = self.request();
        self.tell(SessionKind::Door, SignalCommand::Renew { id, request });
        Ok(())
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
        self.me.account.certificate = certificate.clone();
        self.vault.write(|tx| tx.put(&ACCOUNT, &(), &self.me.account))?;
        self.tell(SessionKind::Door, SignalCommand::Certificate(certificate.clone()));
        self.tell(SessionKind::Relationship, SignalCommand::Certificate(certificate));
        Ok(())
    }
}
