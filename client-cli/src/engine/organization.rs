//! The engine and its organization: news, log, policy, directory, renewal, freshness.

use protocol::ids::DeviceId;
use protocol::keys::put_key;
use protocol::signaling::message::{CloseCode, FetchWhat, LeafBytes, SessionKind};
use protocol::time::Timestamp;
use protocol::tlog::LogBatch;
use serde_json::json;

use super::succession::Enrollment;
use super::{Engine, EngineError, Server};
use crate::clock;
use crate::core::identity::Bond;
use crate::core::peer;
use crate::core::trust::Age;
use crate::net::signal::{SignalCommand, SignalEvent, SignalFault};
use crate::net::tls::TlsError;
use crate::store::tables::{CHECKPOINT, FORK_EVIDENCE, LOG_LEAVES, POLICY, POLICY_IN_FORCE, POLICY_LAYERS};
use crate::store::{Reading as _, SecretBytes, Span, VaultError};

impl Engine {
    /// Rebuilds what is believed from the vault: every leaf is hashed again.
    pub(super) fn remember_organization(&mut self) -> Result<(), EngineError> {
        type Kept = (Vec<LeafBytes>, [Option<SecretBytes>; 5]);
        let (leaves, [note, policy, layers, in_force, fork]) = self.vault.read(|tx| -> Result<Kept, VaultError> {
            let leaves = tx.scan(&LOG_LEAVES, Span::all()).map(|row| row.map(|(_, bytes)| LeafBytes(bytes.0.to_vec())));
            Ok((
                leaves.collect::<Result<_, _>>()?,
                [
                    tx.get(&CHECKPOINT, &())?,
                    tx.get(&POLICY, &())?,
                    tx.get(&POLICY_LAYERS, &())?,
                    tx.get(&POLICY_IN_FORCE, &())?,
                    tx.get(&FORK_EVIDENCE, &())?,
                ],
            ))
        })?;
        self.remember_succession()?;
        if let Some(policy) = in_force.and_then(|policy| protocol::codec::decode(&policy.0).ok()) {
            self.trust.keep_obeying(policy);
        }
        if self.remember_log(&leaves, note.as_ref()) {
            // What no longer fits is fetched again.
            if let Some(policy) = policy {
                let layers = layers.as_ref().map(|layers| layers.0.as_slice());
                let _ = self.trust.remember_policy(self.me.account.member, &policy.0, layers);
            }
            self.remember_directory()?;
            self.remember_devices()?;
        }
        // Last: once the log was forked, nothing new is taken, and what is stored was taken before. It is proved by itself, also
        // where the log has to be fetched anew.
        if let Some(evidence) = fork.and_then(|evidence| protocol::codec::decode(&evidence.0).ok()) {
            self.trust.remember_fork(evidence);
        }
        Ok(())
    }

    pub(super) fn own_front_door(&mut self) -> Result<(), EngineError> {
        let front_door = self.me.keys.front_door()?;
        let key = self.me.keys.front_door_key()?;
        let put_key = put_key(&front_door.capability, front_door.address);
        self.tell(SessionKind::Door, SignalCommand::Own { key, put_key });
        Ok(())
    }

    /// Hands a command to a session. A full queue means that the session is stuck; what is lost there is repeated by design.
    pub(super) fn tell(&self, kind: SessionKind, input: SignalCommand) {
        let session = match kind {
            SessionKind::Door => &self.door,
            SessionKind::Relationship => &self.relationship,
        };
        if session.try_send(input).is_err() {
            tracing::warn!("a signaling command was dropped: the session is busy");
        }
    }

    pub(super) fn on_signal(&mut self, kind: SessionKind, output: SignalEvent) -> Result<(), EngineError> {
        match output {
            SignalEvent::Online(welcomed) => {
                self.set_server(kind, Server::Online)?;
                if kind == SessionKind::Door {
                    self.fetching.clear();
                    self.in_step.ask_again();
                    let learned = self.trust.hear_news(&welcomed.news);
                    self.learn(learned)?;
                    self.follow_devices();
                    self.keep_certificate(clock::now())?;
                }
                Ok(())
            }
            SignalEvent::Offline { fault, .. } => {
                self.tried = true;
                if fault == Some(SignalFault::Tls(TlsError::Key)) {
                    self.introduce();
                }
                self.set_server(kind, Server::Offline)
            }
            SignalEvent::Ended(code) => self.set_server(kind, Server::Refused(code)),
            SignalEvent::News(news) => {
                let learned = self.trust.hear_news(&news);
                self.learn(learned)
            }
            SignalEvent::Fetched { what, bytes, .. } => self.on_fetched(what, &bytes),
            SignalEvent::Delivered { address, envelope } => self.on_envelope(address, &envelope),
            SignalEvent::Gone(id) => match self.puts.remove(&id) {
                Some(device) => self.drive(device, peer::Input::Gone),
                None => Ok(()),
            },
            SignalEvent::Failed { id, .. } | SignalEvent::Refused { id, .. } => {
                self.fetching.clear();
                if let Some(id) = id {
                    self.puts.remove(&id);
                }
                Ok(())
            }
            SignalEvent::Renewed { certificate, .. } => self.on_renewed(certificate),
            SignalEvent::Lost { .. } => Ok(()),
        }
    }

    pub(super) fn set_server(&mut self, kind: SessionKind, server: Server) -> Result<(), EngineError> {
        let told = self.server_state();
        if kind == SessionKind::Relationship {
            let before = std::mem::replace(&mut self.relationship_up, server);
            let input = match server {
                Server::Online => peer::Input::SignalingUp,
                Server::Offline | Server::Refused(_) => peer::Input::SignalingDown,
            };
            if before != server {
                for device in self.peers.keys().copied().collect::<Vec<_>>() {
                    self.drive(device, input)?;
                }
            }
        } else {
            self.server = server;
        }
        let state = self.server_state();
        if told != state {
            self.emit(match state {
                Server::Online => json!({"event": "server", "state": "online"}),
                Server::Offline => json!({"event": "server", "state": "offline"}),
                Server::Refused(code) => {
                    json!({"event": "server", "state": "offline", "reason": refusal_code(code)})
                }
            });
        }
        match server {
            Server::Refused(CloseCode::Revoked | CloseCode::Suspended) => self.own_access_ended()?,
            Server::Refused(CloseCode::Unauthenticated) if self.is_unknown_to_server() => self.unknown_to_server()?,
            Server::Online | Server::Offline | Server::Refused(_) => {}
        }
        Ok(())
    }

    /// What `status` says and what the events `server` tell.
    pub(super) const fn server_state(&self) -> Server {
        Server::of_sessions(self.server, self.relationship_up)
    }

    /// The organization ended this device's access: links close, waiting messages are refused.
    fn own_access_ended(&mut self) -> Result<(), EngineError> {
        for device in self.peers.keys().copied().collect::<Vec<_>>() {
            self.close_links(device)?;
        }
        self.settle_queues()
    }

    /// Whether the first word from the server came, or will not come soon.
    pub(super) fn is_settled(&self) -> bool {
        let heard = |server| matches!(server, Server::Online | Server::Refused(_));
        let fetching = self.fetching.iter().any(|what| !matches!(what, FetchWhat::Devices { .. }));
        let current = self.trust.knows_directory() && !fetching && self.trust.missing_documents().is_empty();
        let refused = matches!(self.server, Server::Refused(_));
        if refused && self.introducing {
            // Perhaps the root says why.
            return false;
        }
        refused
            || (heard(self.server) && heard(self.relationship_up) && current)
            || (self.tried && self.trust.knows_directory())
    }

    pub(super) fn fetch_missing(&mut self) {
        for what in self.trust.missing_documents() {
            self.fetch(what);
        }
        self.ask_for_groups(clock::now());
    }

    pub(super) fn fetch(&mut self, what: FetchWhat) {
        if self.server == Server::Online && !self.fetching.contains(&what) {
            self.fetching.push(what);
            let id = self.request();
            self.tell(SessionKind::Door, SignalCommand::Fetch { id, what });
        }
    }

    fn on_fetched(&mut self, what: FetchWhat, bytes: &[u8]) -> Result<(), EngineError> {
        self.fetching.retain(|waiting| *waiting != what);
        match what {
            FetchWhat::Log { .. } => match LogBatch::from_bytes(bytes) {
                Ok(batch) => {
                    let learned = self.trust.hear(batch.first, &batch.leaves, &batch.checkpoint);
                    self.learn(learned)
                }
                Err(_) => Ok(()),
            },
            FetchWhat::Policy => self.on_policy(bytes),
            FetchWhat::PolicyLayers => self.on_policy_layers(bytes),
            FetchWhat::Directory { have } => self.on_directory(have, bytes),
            FetchWhat::Devices { .. } => self.on_devices(bytes),
        }
    }

    /// Ends what has to do with devices that the log revoked, ours included.
    pub(super) fn keep_revocations(&mut self) -> Result<(), EngineError> {
        let ended = |device: &DeviceId| self.trust.facts().is_ended(*device);
        let own = ended(&self.me.device);
        let revoked: Vec<_> = self
            .peers
            .iter()
            .filter(|(device, peer)| peer.machine.relation() != peer::Relation::Revoked && ended(device))
            .map(|(device, _)| *device)
            .collect();
        for device in revoked {
            self.drive(device, peer::Input::Revoked)?;
            self.converse(|conversations, tx, around| conversations.on_device_revoked(tx, around, device))?;
            let Some(record) = self.peers.get(&device).map(|peer| &peer.record) else { continue };
            // Of a reset the person was told already; whoever it is has not left.
            if self.bond(record.member) == Bond::Holds {
                self.emit(json!({"event": "revoked", "login": self.login_of(record.member)}));
            }
        }
        if own {
            self.own_access_ended()?;
        }
        self.check_own_entries();
        Ok(())
    }

    /// Everything in the log under our own member must be ours.
    fn check_own_entries(&self) {
        let facts = self.trust.facts();
        let foreign = facts.live_devices(self.me.account.member).any(|device| device != self.me.device);
        let identity = self.me.keys.identity().ok().map(|key| key.verifying_key().to_bytes());
        let known = facts.device(self.me.device).is_some();
        let replaced = known && facts.identity_key(self.me.account.member).is_some_and(|key| Some(key) != identity);
        if foreign || replaced {
            self.emit(json!({"event": "alarm", "alarm": "own-entries"}));
        }
    }

    pub(super) fn keep_freshness(&mut self, now: Timestamp) -> Result<(), EngineError> {
        self.age = self.trust.age(now);
        if self.trust.age(now) == Age::Expired {
            for device in self.peers.keys().copied().collect::<Vec<_>>() {
                self.close_links(device)?;
            }
        }
        Ok(())
    }

    /// Whether this device may still act for its person.
    pub(super) fn own_access(&self) -> OwnAccess {
        let revoked = self.trust.facts().is_ended(self.me.device);
        let refused = |server| matches!(server, Server::Refused(CloseCode::Revoked | CloseCode::Suspended));
        if revoked || refused(self.server) || refused(self.relationship_up) {
            OwnAccess::Ended
        } else if self.enrollment == Enrollment::Lost {
            OwnAccess::Lost
        } else if self.lacks_passphrase() {
            OwnAccess::Unprotected
        } else {
            OwnAccess::Holds
        }
    }
}

/// Whether this device may still act for its person.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum OwnAccess {
    Holds,
    /// The server was restored from a time before this device was enrolled: to be enrolled again, and then as before.
    Lost,
    /// The organization requires a passphrase, and there is none yet.
    Unprotected,
    Ended,
}

/// Stable word for why the server ended a session.
pub(super) const fn refusal_code(code: CloseCode) -> &'static str {
    match code {
        CloseCode::Revoked => "revoked",
        CloseCode::Suspended => "suspended",
        CloseCode::Replaced => "replaced",
        CloseCode::ClientTooOld => "client-too-old",
        CloseCode::Version => "server-version",
        CloseCode::Unauthenticated => "not-recognized",
        CloseCode::Draining
        | CloseCode::Malformed
        | CloseCode::Slow
        | CloseCode::Silent
        | CloseCode::Flood
        | CloseCode::Internal => "interrupted",
    }
}
