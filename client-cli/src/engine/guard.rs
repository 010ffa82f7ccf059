//! The door in front of an engine: it hands requests on while the vault is open, closes everything when the person says so or has not
//! been here for as long as the policy allows, and while it is locked knows nothing but that. It must never open without the passphrase.
//!
//! Locking ends the engine in order and then this door, too: whoever runs it replaces the whole process, so that nothing of what was
//! known stays anywhere in its memory (`docs/adr/0025-locking-replaces-the-process.md`).

use protocol::time::Timestamp;
use serde_json::{Value, json};
use tokio::sync::{broadcast, mpsc, oneshot};
use tokio::task::JoinHandle;

use super::lock::{LockRules, fault_of};
use super::port::{CALLS_MAX, Call, EVENTS_MAX, EngineHandle, Fault, Phrase, Request};
use super::start::{Running, start_told};
use super::{EngineError, Options};
use crate::clock;
use crate::store::{Claim, Protection, Unlock, Vault, VaultError};

/// How often the time is looked at while it may lock by itself.
const LOOK_EVERY_MS: u64 = 10_000;

/// How a guard begins.
pub enum Begin {
    /// With this vault.
    Open(Vault),
    /// Waiting for the passphrase of this one, which nobody else can open meanwhile.
    Locked(Claim),
}

/// How a guard ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// It was told to.
    Stopped,
    /// Everything is closed; what this process still has in its memory must go with it.
    Locked,
}

/// An engine behind its door.
pub struct Guard {
    /// The way to it.
    pub handle: EngineHandle,
    stop: oneshot::Sender<()>,
    task: JoinHandle<Result<Ended, EngineError>>,
}

impl Guard {
    /// Opens, or waits locked.
    pub fn start(begin: Begin, options: Options) -> Result<Self, EngineError> {
        let (calls_in, calls) = mpsc::channel(CALLS_MAX);
        let (events, _) = broadcast::channel(EVENTS_MAX);
        let handle = EngineHandle { calls: calls_in, events: events.clone() };
        let (running, claim) = match begin {
            Begin::Open(vault) => (Some(start_told(vault, options.clone(), events.clone())?), None),
            Begin::Locked(claim) => (None, Some(claim)),
        };
        let (stop, stopped) = oneshot::channel();
        let door = Door { options, calls, events, running, claim, used: clock::now() };
        Ok(Self { handle, stop, task: tokio::spawn(door.run(stopped)) })
    }

    /// Waits until it has ended by itself; [`Guard::stop`] tells how.
    pub async fn finished(&self) {
        self.handle.calls.closed().await;
    }

    /// Closes links, tidies the vault and waits for the end.
    pub async fn stop(self) -> Result<Ended, EngineError> {
        let _ = self.stop.send(());
        match self.task.await {
            Ok(ended) => ended,
            Err(error) if error.is_panic() => std::panic::resume_unwind(error.into_panic()),
            Err(_) => Ok(Ended::Stopped),
        }
    }
}

pub(super) struct Door {
    pub(super) options: Options,
    pub(super) calls: mpsc::Receiver<Call>,
    pub(super) events: broadcast::Sender<Value>,
    /// None while locked.
    pub(super) running: Option<Running>,
    /// The vault, while locked.
    pub(super) claim: Option<Claim>,
    /// When the person last did something.
    pub(super) used: Timestamp,
}

/// What happened at the door.
enum Happened {
    Stopped,
    Called(Box<Call>),
    /// Other rules hold, or nobody has been here for long enough to look at the time.
    Look,
    EngineEnded,
}

impl Door {
    pub(super) async fn run(mut self, mut stopped: oneshot::Receiver<()>) -> Result<Ended, EngineError> {
        loop {
            match self.next(&mut stopped).await {
                Happened::Stopped => {
                    self.close().await?;
                    return Ok(Ended::Stopped);
                }
                // The machine may have slept meanwhile: whoever woke it comes too late.
                Happened::Called(call) if self.is_idle() => {
                    self.close_locked().await?;
                    let _ = call.reply.send(Err(Fault::new("locked")));
                    return Ok(Ended::Locked);
                }
                Happened::Called(call) => match call.request {
                    Request::Lock {} => {
                        if self.lock(*call).await? {
                            return Ok(Ended::Locked);
                        }
                    }
                    _ => {
                        if self.take(*call).await? == Next::Leave {
                            return Ok(Ended::Locked);
                        }
                    }
                },
                Happened::Look if self.is_idle() => {
                    self.close_locked().await?;
                    return Ok(Ended::Locked);
                }
                Happened::Look => {}
                // How, stopping it says.
                Happened::EngineEnded => {
                    self.close().await?;
                    return Err(VaultError::Io { kind: std::io::ErrorKind::Other }.into());
                }
            }
        }
    }

    async fn next(&mut self, stopped: &mut oneshot::Receiver<()>) -> Happened {
        // Timers stand still while the machine sleeps; the time of day does not.
        let look_at = self.idle_at().map(|at| at.min(clock::now().plus_ms(LOOK_EVERY_MS)));
        let Self { calls, running, .. } = self;
        let (ended, ruled) = match running {
            Some(running) => {
                let Running { handle, lock, .. } = running;
                (Some(handle.calls.clone()), Some(lock))
            }
            None => (None, None),
        };
        tokio::select! {
            biased;
            _ = stopped => Happened::Stopped,
            () = or_never(ended.map(|calls| async move { calls.closed().await })) => Happened::EngineEnded,
            Some(call) = calls.recv() => Happened::Called(Box::new(call)),
            () = or_never(ruled.map(|rules| async move { if rules.changed().await.is_err() { std::future::pending::<()>().await } })) => Happened::Look,
            () = clock::until(look_at) => Happened::Look,
        }
    }

    fn rules(&self) -> Option<LockRules> {
        self.running.as_ref().map(|running| *running.lock.borrow())
    }

    /// When it locks unless somebody does something.
    fn idle_at(&self) -> Option<Timestamp> {
        let rules = self.rules().filter(|rules| rules.protection == Protection::Passphrase)?;
        rules.idle_ms.map(|idle_ms| self.used.plus_ms(idle_ms))
    }

    pub(super) fn is_idle(&self) -> bool {
        self.idle_at().is_some_and(|at| at <= clock::now())
    }

    /// Ends the engine in order: what was acknowledged is durable, links close, and messages wait with their senders.
    pub(super) async fn close(&mut self) -> Result<(), EngineError> {
        match self.running.take() {
            Some(running) => running.stop().await,
            None => Ok(()),
        }
    }

    async fn close_locked(&mut self) -> Result<(), EngineError> {
        let _ = self.events.send(json!({"event": "locked"}));
        self.close().await
    }

    /// Whether it is locked now, and was not before.
    async fn lock(&mut self, call: Call) -> Result<bool, EngineError> {
        let (answer, is_locking) = match self.rules().map(|rules| rules.protection) {
            None => (Ok(json!({"state": "locked"})), false),
            Some(Protection::KeyFile) => (Err(Fault::new("lock-needs-passphrase")), false),
            Some(Protection::Passphrase) => {
                self.close_locked().await?;
                (Ok(json!({"state": "locked"})), true)
            }
        };
        // The caller may have gone.
        let _ = call.reply.send(answer);
        Ok(is_locking)
    }

    pub(super) async fn take(&mut self, call: Call) -> Result<Next, EngineError> {
        if call.request.is_use() {
            self.used = clock::now();
        }
        let Some(running) = &self.running else { return self.take_locked(call).await };
        let answer = match call.request {
            Request::Unlock { .. } => json!({"state": "open"}),
            Request::Present {} => json!({}),
            _ => {
                // It ended: the loop hears of it next, and the caller that nobody answers.
                let _ = running.handle.calls.send(call).await;
                return Ok(Next::Stay);
            }
        };
        let _ = call.reply.send(Ok(answer));
        Ok(Next::Stay)
    }

    async fn take_locked(&mut self, call: Call) -> Result<Next, EngineError> {
        let Call { request, reply } = call;
        let answer = match request {
            Request::Unlock { passphrase } => match self.open(passphrase).await {
                Ok(()) => Ok(json!({"state": "open"})),
                Err(error) => {
                    let next = next_after(&error);
                    let fault = match &error {
                        EngineError::Vault(error) => fault_of(error),
                        EngineError::NotEnrolled => Fault::new("not-enrolled"),
                        _ => Fault::new("internal"),
                    };
                    let _ = reply.send(Err(fault));
                    // There is nothing left to wait for.
                    let is_over = matches!(error, EngineError::Vault(VaultError::Wiped));
                    return if is_over { Err(error) } else { Ok(next) };
                }
            },
            Request::Status {} => Ok(json!({"state": "locked", "server": "offline"})),
            Request::Watch {} | Request::Present {} => Ok(json!({})),
            _ => Err(Fault::new("locked")),
        };
        let _ = reply.send(answer);
        Ok(Next::Stay)
    }

    async fn open(&mut self, passphrase: Phrase) -> Result<(), EngineError> {
        let claim = self.claim.take().ok_or(VaultError::InUse)?;
        let opening = tokio::task::spawn_blocking(move || {
            let opened = claim.open(&Unlock::Passphrase(passphrase.0));
            (claim, opened)
        });
        let (claim, opened) = opening.await.map_err(|_| VaultError::KeyDerivation)?;
        let vault = match opened {
            Ok(vault) => vault,
            Err(error) => {
                self.claim = Some(claim);
                return Err(error.into());
            }
        };
        self.running = Some(start_told(vault, self.options.clone(), self.events.clone())?);
        self.used = clock::now();
        let _ = self.events.send(json!({"event": "unlocked"}));
        Ok(())
    }
}

/// What a request leaves of a door.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Next {
    Stay,
    /// It never opened, but what would open it was here.
    Leave,
}

/// A passphrase that was not right leaves nothing behind; one that was, and did not open all the same, leaves keys in this memory.
const fn next_after(error: &EngineError) -> Next {
    match error {
        EngineError::Vault(
            VaultError::WrongPassphrase { .. }
            | VaultError::Later { .. }
            | VaultError::KeyFileNeeded
            | VaultError::Missing,
        ) => Next::Stay,
        _ => Next::Leave,
    }
}

async fn or_never(event: Option<impl Future<Output = ()>>) {
    match event {
        Some(event) => event.await,
        None => std::future::pending().await,
    }
}
