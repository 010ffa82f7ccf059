//! Starting an engine: keys out of the vault, both signaling sessions, the porter, and what was known before. A vault that came from a
//! backup must never go on with its lanes.

use std::collections::BTreeMap;

use protocol::ids::Hash32;
use protocol::policy::Version;
use protocol::signaling::client::Device;
use protocol::signaling::message::SessionKind;
use protocol::time::Timestamp;
use rand_core::OsRng;
use serde_json::Value;
use tokio::sync::{broadcast, mpsc, oneshot, watch};
use tokio::task::JoinHandle;

use super::lock::LockRules;
use super::port::{CALLS_MAX, Call, EngineHandle};
use super::succession::Enrollment;
use super::{Engine, EngineError, Errand, FIRST_DIRECTORY_MS, INPUTS_MAX, Input, Me, Options, SETTLING_MS, Server};
use crate::clock;
use crate::conversation::{ConversationError, Conversations};
use crate::core::identity::Identities;
use crate::core::logins::Logins;
use crate::core::trust::{Age, Trust};
use crate::crypto::mls::Mls;
use crate::files::DataFolder;
use crate::net::link::LinkConfig;
use crate::net::signal::{Signal, SignalCommand, SignalConfig};
use crate::net::tls::Endpoint;
use crate::store::tables::{ACCOUNT, DEVICE_KEYS};
use crate::store::{Continuity, Reading as _, Vault, VaultError};

/// Words that wait for the porter, which never blocks: only thousands of files at once could fill this.
const ERRANDS_MAX: usize = 8_192;

/// A running engine.
pub struct Running {
    /// The way to it.
    pub handle: EngineHandle,
    /// What holds for its lock.
    pub(super) lock: watch::Receiver<LockRules>,
    stop: oneshot::Sender<()>,
    task: JoinHandle<Result<(), EngineError>>,
}

impl Running {
    /// Closes links, tidies the vault and waits for the end.
    pub async fn stop(self) -> Result<(), EngineError> {
        let _ = self.stop.send(());
        match self.task.await {
            Ok(result) => result,
            Err(error) if error.is_panic() => std::panic::resume_unwind(error.into_panic()),
            Err(_) => Ok(()),
        }
    }
}

/// Starts the engine of an enrolled device; events go to these watchers.
pub(super) fn start_told(
    vault: Vault,
    options: Options,
    events: broadcast::Sender<Value>,
) -> Result<Running, EngineError> {
    let (mut engine, calls) = assemble(vault, options, events.clone())?;
    engine.after_restore()?;
    engine.remember()?;
    let lock = engine.lock_rules.subscribe();
    let (stop, stopped) = oneshot::channel();
    let task = tokio::spawn(engine.run(stopped));
    Ok(Running { handle: EngineHandle { calls, events }, lock, stop, task })
}

/// An engine that remembers nothing yet.
pub(super) fn assemble(
    vault: Vault,
    options: Options,
    events: broadcast::Sender<Value>,
) -> Result<(Engine, mpsc::Sender<Call>), EngineError> {
    let me = Me::of(&vault)?;
    let endpoint = Endpoint::from_url(me.account.url.expose()).map_err(|_| EngineError::Server)?;
    let (input, inputs) = mpsc::channel(INPUTS_MAX);
    let (calls_in, calls) = mpsc::channel(CALLS_MAX);
    let (porter, file_events) = crate::files::start(me.device, DataFolder::within(&options.data), Box::new(OsRng));
    pass_on(file_events, input.clone(), Input::File);
    let mls = Mls::new(me.signature.clone(), Hash32::sha256(&me.account.certificate));
    let engine = Engine {
        conversations: Conversations::new(me.account.member, me.device, mls),
        trust: Trust::new(me.account.organization, me.account.log_origin.clone(), me.account.directory_keys()?),
        door: me.session(SessionKind::Door, &endpoint, &input),
        relationship: me.session(SessionKind::Relationship, &endpoint, &input),
        lock_rules: super::lock::rules_of(vault.protection()?),
        links: LinkConfig { stun_servers: vec![endpoint.authority()], ..LinkConfig::default() },
        vault,
        options,
        me,
        peers: BTreeMap::new(),
        identities: Identities::default(),
        logins: Logins::default(),
        addresses: BTreeMap::new(),
        replays: BTreeMap::new(),
        puts: BTreeMap::new(),
        fetching: Vec::new(),
        directory: super::directory::Following::default(),
        in_step: super::in_step::InStep::default(),
        next_request: 0,
        endpoint,
        introducing: false,
        introduced_at: Timestamp::ZERO,
        asked_serial: 0,
        enrollment: Enrollment::Known,
        log_reset: None,
        server: Server::Offline,
        relationship_up: Server::Offline,
        waiters: Vec::new(),
        early: Vec::new(),
        settling_until: clock::now(),
        tried: false,
        age: Age::Expired,
        savers: Vec::new(),
        sharing: super::sharing::Sharing::default(),
        porter,
        errands: errand_runner(),
        lifetimes: super::lifetimes::Lifetimes::default(),
        index: super::search::Search::default(),
        upkeep_at: clock::now(),
        renewed: None,
        inputs,
        input,
        calls,
        events,
    };
    Ok((engine, calls_in))
}

impl Me {
    fn of(vault: &Vault) -> Result<Self, EngineError> {
        let (account, keys) =
            vault.read(|tx| -> Result<_, VaultError> { Ok((tx.get(&ACCOUNT, &())?, tx.get(&DEVICE_KEYS, &())?)) })?;
        let (Some(account), Some(keys)) = (account, keys) else { return Err(EngineError::NotEnrolled) };
        Ok(Self { device: keys.device()?, signature: keys.signature()?, envelope: keys.envelope()?, account, keys })
    }

    /// Opens one of the two signaling sessions; what happens in it becomes input.
    fn session(
        &self,
        kind: SessionKind,
        endpoint: &Endpoint,
        input: &mpsc::Sender<Input>,
    ) -> mpsc::Sender<SignalCommand> {
        let device = Device {
            certificate: self.account.certificate.clone(),
            key: self.signature.clone(),
            release: Version::current(),
        };
        let permitted = self.account.tls_keys.clone();
        let config = SignalConfig { endpoint: endpoint.clone(), permitted, kind, device };
        let (commands, events) = Signal::open(config, Box::new(OsRng)).split();
        pass_on(events, input.clone(), move |event| Input::Signal(kind, event));
        commands
    }
}

fn pass_on<T: Send + 'static>(
    mut from: mpsc::Receiver<T>,
    to: mpsc::Sender<Input>,
    wrap: impl Fn(T) -> Input + Send + 'static,
) {
    tokio::spawn(async move {
        while let Some(event) = from.recv().await {
            if to.send(wrap(event)).await.is_err() {
                return;
            }
        }
    });
}

/// Carries errands out one after the other.
fn errand_runner() -> mpsc::Sender<Errand> {
    let (errands, mut waiting) = mpsc::channel::<Errand>(ERRANDS_MAX);
    tokio::spawn(async move {
        while let Some(errand) = waiting.recv().await {
            errand.await;
        }
    });
    errands
}

impl Engine {
    /// Takes back from the vault what was known, and announces every address of ours.
    fn remember(&mut self) -> Result<(), EngineError> {
        self.remember_organization()?;
        self.remember_peers()?;
        self.remember_identities()?;
        self.remember_logins()?;
        self.own_front_door()?;
        self.remember_files()?;
        self.remember_lifetimes()?;
        let patience_ms = if self.trust.knows_directory() { SETTLING_MS } else { FIRST_DIRECTORY_MS };
        self.settling_until = clock::now().plus_ms(patience_ms);
        self.keep_lock_rules()?;
        self.review_wants()
    }

    /// A vault from a backup must not go on with its lanes (protocol.md §6).
    fn after_restore(&mut self) -> Result<(), EngineError> {
        if self.vault.continuity() == Continuity::Restored {
            let Self { vault, conversations, .. } = self;
            let _ = vault.write(|tx| -> Result<_, ConversationError> {
                let outcome = conversations.after_restore(tx)?;
                tx.accept_restored();
                Ok(outcome)
            })?;
        }
        Ok(())
    }
}
