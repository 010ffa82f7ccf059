//! Commands that stay until they are asked to end: `agent`, `watch` and `chat`. Each ends its engine in order, so that nothing that was
//! kept is lost. Whatever locks is replaced by the same program anew, so that nothing that was known stays in memory.

use std::ffi::OsString;
use std::io::Write as _;
use std::ops::ControlFlow;
use std::os::fd::OwnedFd;
use std::path::PathBuf;
use std::time::Duration;

use protocol::policy::Preview;

use super::arguments::{Look, Notify, Stay};
use super::{Failure, Shell, export};
use crate::engine::Ended;
use crate::platform::{self, LocalListener};
use crate::rpc::{self, Caller, Fault, Route};
use crate::ui::notifications::{Bus, Notifications};
use crate::ui::plain::{self, Lines};
use crate::ui::terminal::{self, Left, Places, Pointer, Window};

/// How long the last answers have to leave before the process is replaced.
pub(super) const LAST_WORDS: Duration = Duration::from_millis(200);
/// How long an agent that locks may be away.
const AWAY_MAX: Duration = Duration::from_secs(20);
/// Between two looks whether it is back.
const LOOK_AGAIN: Duration = Duration::from_millis(50);

impl Shell<'_> {
    pub(super) async fn watch(&self) -> Result<(), Failure> {
        let session = self.session().await?;
        let mut caller = Some(session.caller);
        let watching = async {
            while let Some(watched) = caller.take() {
                let mut is_locked = false;
                watched
                    .watch(|event| {
                        is_locked = event["event"] == "locked";
                        self.printer.event(&event);
                        ControlFlow::Continue(())
                    })
                    .await?;
                if is_locked && session.running.is_none() {
                    // The agent is another process now.
                    caller = tokio::time::timeout(AWAY_MAX, self.agent_again()).await.ok();
                }
            }
            Ok::<_, Failure>(())
        };
        tokio::select! {
            watched = watching => watched?,
            stopped = platform::asked_to_stop() => stopped.map_err(|_| Fault::new("internal"))?,
            () = async {
                match &session.running {
                    Some(running) => running.finished().await,
                    None => std::future::pending().await,
                }
            } => {}
        }
        match session.running {
            Some(running) => match running.stop().await? {
                Ended::Stopped => Ok(()),
                Ended::Locked => Err(Fault::new("locked").into()),
            },
            None => Ok(()),
        }
    }

    async fn agent_again(&self) -> Caller {
        loop {
            if let Ok(data) = self.data()
                && let Ok(Some(caller)) = Caller::of_agent(&data).await
            {
                return caller;
            }
            tokio::time::sleep(LOOK_AGAIN).await;
        }
    }

    /// The agent's engine, or one of our own that serves the other commands meanwhile.
    pub(super) async fn chat(&self, who: Option<String>, stay: &Stay, look: &Look) -> Result<(), Failure> {
        let is_plain = look.plain || plain::is_wanted();
        if !is_plain && !terminal::is_available() {
            return Err(Fault::new("chat-needs-terminal").into());
        }
        let data = self.data()?;
        let agent = Caller::of_agent(&data).await.map_err(|_| Fault::new("agent-gone"))?;
        let (route, own) = match agent {
            Some(_) => (Route::Agent(data), None),
            None => {
                let guard = self.begin(&data, stay)?;
                let listener = LocalListener::bind(&data).map_err(|_| Fault::new("socket"))?;
                let route = Route::Here(guard.handle.clone());
                let serving = tokio::spawn(rpc::serve(listener, guard.handle.clone()));
                (route, Some((guard, serving)))
            }
        };
        let ended = async {
            let finished = async {
                match &own {
                    Some((guard, _)) => guard.finished().await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                // Without signals there is still F10.
                stopped = platform::asked_to_stop() => if stopped.is_err() { std::future::pending().await },
                () = finished => {}
            }
        };
        let (words, places) = (self.printer.words.clone(), self.places());
        let chatted = if is_plain {
            plain::run(Lines { route, words, who, places }, ended).await
        } else {
            let pointer = if look.no_mouse { Pointer::Terminals } else { Pointer::Ours };
            let exporter = export::exporter(&words);
            terminal::run(Window { route, words, who, places, pointer, exporter }, ended).await
        };
        let mut has_locked = false;
        let is_own = own.is_some();
        if let Some((guard, serving)) = own {
            serving.abort();
            let _ = serving.await;
            has_locked = guard.stop().await? == Ended::Locked;
        }
        if has_locked || chatted? == Left::Locked {
            return Err(self.begin_anew(if is_own { &["--locked"] } else { &[] }, None));
        }
        Ok(())
    }

    pub(super) async fn agent(&self, stay: &Stay, notify: Notify) -> Result<(), Failure> {
        let data = self.data()?;
        let inherited = LocalListener::inherited(&data).map_err(|_| Fault::new("socket"))?;
        let is_first = inherited.is_none();
        if is_first && Caller::of_agent(&data).await.ok().flatten().is_some() {
            return Err(Fault::new("agent-runs").into());
        }
        let asked_to_stop = platform::asked_to_stop();
        let guard = self.begin(&data, stay)?;
        let listener = match inherited {
            Some(listener) => listener,
            None => LocalListener::bind(&data).map_err(|_| Fault::new("socket"))?,
        };
        let spare = listener.spare().map_err(|_| Fault::new("socket"))?;
        let serving = tokio::spawn(rpc::serve(listener, guard.handle.clone()));
        let notifying = self.notifications(notify).map(|notifying| tokio::spawn(notifying.run(guard.handle.clone())));
        if is_first {
            // Who started it may have stopped reading; the agent stays.
            let _ = writeln!(std::io::stdout(), "ready");
        }
        let ended = tokio::select! {
            stopped = asked_to_stop => stopped.map_err(|_| Failure::Fault(Fault::new("internal"))),
            () = guard.finished() => {
                tokio::time::sleep(LAST_WORDS).await;
                Ok(())
            }
        };
        let stopped = guard.stop().await;
        if matches!(stopped, Ok(Ended::Locked)) {
            // The socket stays where it is: callers wait in its queue.
            return Err(self.begin_anew(&["--locked"], Some(spare)));
        }
        serving.abort();
        let _ = serving.await;
        if let Some(notifying) = notifying {
            // What stands on the desktop goes with whoever would take it back.
            let _ = tokio::time::timeout(LAST_WORDS, notifying).await;
        }
        stopped?;
        ended
    }

    fn notifications(&self, notify: Notify) -> Option<Notifications> {
        let most = match notify {
            Notify::Nothing => return None,
            Notify::Sender => Preview::Sender,
            Notify::Content => Preview::Content,
        };
        Some(Notifications { bus: Bus::Session, words: self.printer.words.clone(), most })
    }

    /// The same program in place of this process. Returns only where that fails: then this process ends, and its memory with it.
    fn begin_anew(&self, further: &[&str], socket: Option<OwnedFd>) -> Failure {
        let arguments = with_further(self.arguments, further);
        let error = platform::begin_anew(&arguments, socket);
        tracing::error!(kind = ?error.kind(), "the program could not take its own place");
        Fault::new("locked").into()
    }

    /// Files are saved where `--downloads` says, else in the person's own folder for them.
    fn places(&self) -> Places {
        let home = platform::home_folder();
        let current = std::env::current_dir().unwrap_or_else(|_| PathBuf::from("/"));
        let of_home = home.as_deref().map(|home| home.join("Downloads"));
        let downloads = self.global.downloads.as_deref().and_then(|folder| std::path::absolute(folder).ok());
        let downloads = downloads.or_else(|| of_home.filter(|folder| folder.is_dir())).or_else(|| home.clone());
        Places { downloads: downloads.unwrap_or_else(|| current.clone()), home, current }
    }
}

/// The arguments with these options, where they are read as such.
fn with_further(arguments: &[OsString], further: &[&str]) -> Vec<OsString> {
    let end = arguments.iter().position(|argument| argument == "--").unwrap_or(arguments.len());
    let (options, rest) = arguments.split_at(end);
    let missing = further.iter().filter(|argument| !options.iter().any(|known| known == *argument));
    options.iter().cloned().chain(missing.map(OsString::from)).chain(rest.iter().cloned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_option_stands_before_what_is_no_option() {
        let with = |arguments: &[&str]| {
            let arguments: Vec<OsString> = arguments.iter().map(OsString::from).collect();
            with_further(&arguments, &["--locked"])
                .into_iter()
                .map(|one| one.into_string().unwrap())
                .collect::<Vec<_>>()
        };
        assert_eq!(with(&["isoloir", "agent"]), ["isoloir", "agent", "--locked"]);
        assert_eq!(with(&["isoloir", "agent", "--locked"]), ["isoloir", "agent", "--locked"]);
        assert_eq!(with(&["isoloir", "chat", "--", "bob"]), ["isoloir", "chat", "--locked", "--", "bob"]);
        assert_eq!(with(&["isoloir", "chat", "--", "--locked"]), ["isoloir", "chat", "--locked", "--", "--locked"]);
    }
}
