//! Commands that stay until they are asked to end: `agent`, `watch` and `chat`. Each ends its engine in order, so that nothing that was
//! kept is lost.

use std::io::Write as _;
use std::path::PathBuf;

use super::{Failure, Shell};
use crate::platform::{self, LocalListener};
use crate::rpc::{self, Caller, Fault, Route};
use crate::ui::terminal::{self, Places, Window};

impl Shell<'_> {
    pub(super) async fn watch(&self) -> Result<(), Failure> {
        let session = self.session().await?;
        let printer = self.printer;
        tokio::select! {
            watched = session.caller.watch(|event| { printer.event(&event); std::ops::ControlFlow::Continue(()) }) => watched?,
            stopped = platform::asked_to_stop() => stopped.map_err(|_| Fault::new("internal"))?,
        }
        match session.running {
            Some(running) => Ok(running.stop().await?),
            None => Ok(()),
        }
    }

    /// The agent's engine, or one of our own that serves the other commands meanwhile.
    pub(super) async fn chat(&self, who: Option<String>) -> Result<(), Failure> {
        if !terminal::is_available() {
            return Err(Fault::new("chat-needs-terminal").into());
        }
        let data = self.data()?;
        let session = self.session().await?;
        let (route, serving) = match &session.running {
            None => (Route::Agent(data), None),
            Some(running) => {
                let listener = LocalListener::bind(&data).map_err(|_| Fault::new("socket"))?;
                let serving = tokio::spawn(rpc::serve(listener, running.handle.clone()));
                (Route::Here(running.handle.clone()), Some(serving))
            }
        };
        let window = Window { route, words: self.printer.words.clone(), who, places: self.places() };
        let chatted = terminal::run(window, async {
            let finished = async {
                match &session.running {
                    Some(running) => running.finished().await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                // Without signals there is still F10.
                stopped = platform::asked_to_stop() => if stopped.is_err() { std::future::pending().await },
                () = finished => {}
            }
        });
        let chatted = chatted.await;
        if let Some(serving) = serving {
            serving.abort();
            let _ = serving.await;
        }
        session.end().await?;
        Ok(chatted?)
    }

    pub(super) async fn agent(&self) -> Result<(), Failure> {
        let data = self.data()?;
        if Caller::of_agent(&data).await.ok().flatten().is_some() {
            return Err(Fault::new("agent-runs").into());
        }
        let asked_to_stop = platform::asked_to_stop();
        let running = self.start(&data)?;
        let listener = LocalListener::bind(&data).map_err(|_| Fault::new("socket"))?;
        let serving = tokio::spawn(rpc::serve(listener, running.handle.clone()));
        // Who started it may have stopped reading; the agent stays.
        let _ = writeln!(std::io::stdout(), "ready");
        let ended = tokio::select! {
            stopped = asked_to_stop => stopped.map_err(|_| Failure::Fault(Fault::new("internal"))),
            () = running.finished() => Ok(()),
        };
        serving.abort();
        let _ = serving.await;
        running.stop().await?;
        ended
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
