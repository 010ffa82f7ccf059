//! `passphrase`, `lock` and `unlock`: what opens this device, closing it and opening it again. No passphrase is ever an argument; it is typed
//! without an echo, or the first line of a file.

use std::path::{Path, PathBuf};
use std::time::Duration;

use protocol::secret::Secret;

use super::arguments::{PassphraseCommand, Stay};
use super::{Failure, Session, Shell, protection, read_secret};
use crate::engine::{Begin, Guard, fault_of};
use crate::rpc::{Caller, Fault, Phrase, Request};
use crate::store::{Protection, Unlock, Vault};

/// How long the program that takes an agent's place may take to answer.
const LOCKING_MAX: Duration = Duration::from_secs(20);
/// Between two looks whether it does.
const LOOK_AGAIN: Duration = Duration::from_millis(50);

impl Shell<'_> {
    pub(super) async fn passphrase(&self, change: PassphraseCommand) -> Result<(), Failure> {
        let data = self.data()?;
        let protection = protection(&data)?;
        match (&change, protection) {
            (PassphraseCommand::Set { .. }, Protection::Passphrase) => {
                return Err(Fault::new("passphrase-is-set").into());
            }
            (PassphraseCommand::Change { .. } | PassphraseCommand::Remove, Protection::KeyFile) => {
                return Err(Fault::new("passphrase-is-none").into());
            }
            _ => {}
        }
        let present = match protection {
            Protection::Passphrase => Some(Phrase(self.typed_passphrase()?)),
            Protection::KeyFile => None,
        };
        let next = match change {
            PassphraseCommand::Set { new_passphrase_file } | PassphraseCommand::Change { new_passphrase_file } => {
                Some(Phrase(self.new_passphrase(new_passphrase_file)?))
            }
            PassphraseCommand::Remove => None,
        };
        let agent = Caller::of_agent(&data).await.map_err(|_| Fault::new("agent-gone"))?;
        let mut session = match agent {
            Some(caller) => Session { caller, running: None },
            None => {
                let unlock = present.as_ref().map_or(Unlock::KeyFile, |phrase| Unlock::Passphrase(phrase.0.clone()));
                self.own_session(&data, &unlock)?
            }
        };
        let request = Request::SetPassphrase { present, next };
        let answer = session.caller.ask(request.clone()).await;
        session.end().await?;
        self.printer.answer(&request, &answer?);
        Ok(())
    }

    fn new_passphrase(&self, file: Option<PathBuf>) -> Result<Secret<String>, Failure> {
        match file {
            Some(path) => read_secret(&path),
            None if std::io::IsTerminal::is_terminal(&std::io::stdin()) => self.ask_new_passphrase(),
            None => Err(Fault::new("new-passphrase-needed").into()),
        }
    }

    /// Typed twice, without an echo.
    pub(super) fn ask_new_passphrase(&self) -> Result<Secret<String>, Failure> {
        let ask = |key| rpassword::prompt_password(self.printer.words.say(key)).map_err(|_| Fault::new("no-terminal"));
        let (first, second) = (Secret::new(ask("ask-new-passphrase")?), Secret::new(ask("ask-passphrase-again")?));
        if first.expose() != second.expose() {
            return Err(Fault::new("passphrases-differ").into());
        }
        if first.expose().is_empty() {
            return Err(Fault::new("secret-empty").into());
        }
        Ok(first)
    }

    /// Returns once everything that the agent knew is gone.
    pub(super) async fn lock(&self) -> Result<(), Failure> {
        let data = self.data()?;
        let asked = agent_of(&data).await?.ask(Request::Lock {}).await;
        if let Err(fault) = asked
            && !matches!(fault.code.as_str(), "agent-gone" | "engine-stopped")
        {
            return Err(fault.into());
        }
        let locked = tokio::time::timeout(LOCKING_MAX, async {
            loop {
                if let Ok(mut agent) = agent_of(&data).await
                    && let Ok(status) = agent.ask(Request::Status {}).await
                    && status["state"] == "locked"
                {
                    return serde_json::json!({"state": status["state"]});
                }
                tokio::time::sleep(LOOK_AGAIN).await;
            }
        });
        let answer = locked.await.map_err(|_| Fault::new("agent-gone"))?;
        self.printer.answer(&Request::Lock {}, &answer);
        Ok(())
    }

    pub(super) async fn unlock_agent(&self) -> Result<(), Failure> {
        let mut agent = agent_of(&self.data()?).await?;
        let status = agent.ask(Request::Status {}).await?;
        // Who is not asked for a passphrase does not type one.
        let request = if status["state"] == "locked" {
            Request::Unlock { passphrase: Phrase(self.typed_passphrase()?) }
        } else {
            Request::Unlock { passphrase: Phrase(Secret::new(String::new())) }
        };
        let answer = agent.ask(request.clone()).await?;
        self.printer.answer(&request, &answer);
        Ok(())
    }

    /// A guard for a command that stays: locked where that is asked and there is a passphrase to wait for.
    pub(super) fn begin(&self, data: &Path, stay: &Stay) -> Result<Guard, Failure> {
        let refused = |error| Failure::Fault(fault_of(&error));
        // Before anybody is asked for a passphrase: of two that would wait for it, one serves nobody.
        let claim = Vault::claim(data).map_err(refused)?;
        if stay.locked && claim.protection().map_err(refused)? == Protection::Passphrase {
            return self.guard(data, Begin::Locked(claim));
        }
        let vault = claim.open(&self.unlock(data)?).map_err(refused)?;
        self.guard(data, Begin::Open(vault))
    }
}

async fn agent_of(data: &Path) -> Result<Caller, Failure> {
    let agent = Caller::of_agent(data).await.map_err(|_| Fault::new("agent-gone"))?;
    agent.ok_or_else(|| Fault::new("no-agent").into())
}
