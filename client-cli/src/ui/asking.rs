//! What stands between a window and its engine: questions in lanes, answers and events back. It decides nothing. No queue grows without
//! bound: what does not fit is asked again.

use std::ops::ControlFlow;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::sync::mpsc;
use tokio::task::JoinSet;

use crate::rpc::{Answer, Caller, Fault, Request, Route};

/// Answers and events that wait for the window.
pub const HAPPENED_MAX: usize = 512;
/// Questions that wait for their turn.
const ASKS_MAX: usize = 128;
/// Pause before an agent that ended is looked for again.
const RETRY: Duration = Duration::from_secs(1);

/// A request, and what its answer is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ask<T> {
    pub topic: T,
    pub request: Request,
}

/// What comes from the engine.
pub enum Happened<T> {
    /// It can be asked and its events come.
    Connected,
    /// It ended; another attempt follows.
    Disconnected,
    /// The answer to an [`Ask`].
    Answered(T, Answer),
    /// An event of `watch`.
    News(Value),
}

/// Questions that may not wait for each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Lane {
    Reading,
    Status,
    Acting,
    /// Takes as long as a file takes.
    Alone,
}

const fn lane_of(request: &Request) -> Lane {
    match request {
        Request::Whoami {}
        | Request::Contacts {}
        | Request::Files {}
        | Request::Conversations {}
        | Request::History { .. }
        | Request::Page { .. }
        | Request::Seen { .. }
        | Request::Outbox {}
        | Request::Evidence {}
        | Request::Checkpoint {}
        | Request::Organization {}
        | Request::Receipts { .. }
        | Request::Watch {}
        | Request::Groups {}
        | Request::Group { .. }
        | Request::GroupPicture { .. }
        | Request::Export { .. }
        | Request::Search { .. } => Lane::Reading,
        Request::Status {} | Request::Present {} => Lane::Status,
        Request::People { .. }
        | Request::Decide { .. }
        | Request::Verify { .. }
        | Request::Send { .. }
        | Request::Edit { .. }
        | Request::Delete { .. }
        | Request::React { .. }
        | Request::Timer { .. }
        | Request::Cancel { .. }
        | Request::PauseFile { .. }
        | Request::ResumeFile { .. }
        | Request::LimitFiles { .. }
        | Request::Lock {}
        | Request::GroupCreate { .. }
        | Request::GroupFromDirectory { .. }
        | Request::GroupSync { .. }
        | Request::GroupChange { .. }
        | Request::Unlock { .. }
        | Request::SetPassphrase { .. } => Lane::Acting,
        Request::SendFile { .. } | Request::Forward { .. } | Request::Save { .. } => Lane::Alone,
    }
}

/// The tasks that talk to the engine; they end with this.
pub struct Tasks<T> {
    route: Route,
    events: mpsc::Sender<Happened<T>>,
    reading: mpsc::Sender<Ask<T>>,
    status: mpsc::Sender<Ask<T>>,
    acting: mpsc::Sender<Ask<T>>,
    running: JoinSet<()>,
}

impl<T: Send + 'static> Tasks<T> {
    pub fn start(route: &Route, events: mpsc::Sender<Happened<T>>) -> Self {
        let mut running = JoinSet::new();
        running.spawn(listen(route.clone(), events.clone()));
        let mut lane = || {
            let (asks, waiting) = mpsc::channel(ASKS_MAX);
            running.spawn(answer_in_turn(route.clone(), waiting, events.clone()));
            asks
        };
        let (reading, status, acting) = (lane(), lane(), lane());
        Self { route: route.clone(), events, reading, status, acting, running }
    }

    /// Asks; the answer happens.
    pub fn ask(&mut self, ask: Ask<T>) {
        let lane = match lane_of(&ask.request) {
            Lane::Reading => &self.reading,
            Lane::Status => &self.status,
            Lane::Acting => &self.acting,
            Lane::Alone => {
                let (route, events) = (self.route.clone(), self.events.clone());
                // Those that ended are forgotten.
                while self.running.try_join_next().is_some() {}
                self.running.spawn(async move { answer(&route, &mut None, ask, &events).await });
                return;
            }
        };
        if let Err(error) = lane.try_send(ask) {
            let (mpsc::error::TrySendError::Full(ask) | mpsc::error::TrySendError::Closed(ask)) = error;
            let events = self.events.clone();
            self.running.spawn(async move {
                let _ = events.send(Happened::Answered(ask.topic, Err(Fault::new("busy")))).await;
            });
        }
    }
}

impl<T: Send + 'static> Tasks<T> {
    /// Has something else done with the engine; what came of it happens.
    pub fn have<F>(&mut self, topic: T, act: impl FnOnce(Caller) -> F + Send + 'static)
    where
        F: Future<Output = Answer> + Send,
    {
        let (route, events) = (self.route.clone(), self.events.clone());
        while self.running.try_join_next().is_some() {}
        self.running.spawn(async move {
            let answer = match route.caller().await {
                Ok(caller) => act(caller).await,
                Err(fault) => Err(fault),
            };
            // The window closes.
            let _ = events.send(Happened::Answered(topic, answer)).await;
        });
    }
}

async fn answer_in_turn<T>(route: Route, mut waiting: mpsc::Receiver<Ask<T>>, events: mpsc::Sender<Happened<T>>) {
    let mut caller = None;
    while let Some(ask) = waiting.recv().await {
        answer(&route, &mut caller, ask, &events).await;
    }
}

async fn answer<T>(route: &Route, kept: &mut Option<Caller>, ask: Ask<T>, events: &mpsc::Sender<Happened<T>>) {
    let answer = match kept.take() {
        Some(caller) => Ok(caller),
        None => route.caller().await,
    };
    let answer = match answer {
        Ok(mut caller) => {
            let answer = caller.ask(ask.request).await;
            // After a broken line the next word would be taken for this answer.
            if !answer.as_ref().is_err_and(|fault| fault.code.starts_with("agent-")) {
                *kept = Some(caller);
            }
            answer
        }
        Err(fault) => Err(fault),
    };
    // The window closes.
    let _ = events.send(Happened::Answered(ask.topic, answer)).await;
}

/// Passes events on, and finds the agent again when it was started anew.
async fn listen<T>(route: Route, events: mpsc::Sender<Happened<T>>) {
    loop {
        if let Ok(caller) = route.caller().await {
            let mut missed = 0u64;
            // How it ended does not matter: it is tried again.
            let _ = caller.watch(|news| pass(&events, news, &mut missed)).await;
        }
        if events.send(Happened::Disconnected).await.is_err() {
            return;
        }
        tokio::time::sleep(RETRY).await;
    }
}

fn pass<T>(events: &mpsc::Sender<Happened<T>>, news: Value, missed: &mut u64) -> ControlFlow<()> {
    if *missed > 0 && events.try_send(Happened::News(json!({"event": "missed", "events": *missed}))).is_ok() {
        *missed = 0;
    }
    let event = if news["event"] == "watching" { Happened::Connected } else { Happened::News(news) };
    match events.try_send(event) {
        Ok(()) => ControlFlow::Continue(()),
        Err(mpsc::error::TrySendError::Full(_)) => {
            *missed += 1;
            ControlFlow::Continue(())
        }
        Err(mpsc::error::TrySendError::Closed(_)) => ControlFlow::Break(()),
    }
}
