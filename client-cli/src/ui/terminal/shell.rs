//! The thin shell of the chat: carries keys, answers, events and the time to the model, and its questions to the engine. It decides
//! nothing. No queue grows without bound: what does not fit is asked again.

use std::ops::ControlFlow;
use std::time::Duration;

use crossterm::event::{Event as Input, EventStream};
use futures_util::StreamExt as _;
use jiff::tz::TimeZone;
use serde_json::{Value, json};
use tokio::sync::mpsc;
use tokio::task::JoinSet;

use super::layout::Size;
use super::model::{Ask, Attention, Event, Left, Model, Places};
use super::screen::Screen;
use crate::clock;
use crate::rpc::{Caller, Fault, Request, Route};
use crate::words::Words;

/// Answers and events that wait for the window.
const EVENTS_MAX: usize = 512;
/// Questions that wait for their turn.
const ASKS_MAX: usize = 128;
/// The heartbeat of the window.
const TICK: Duration = Duration::from_secs(1);
/// Pause before an agent that ended is looked for again.
const RETRY: Duration = Duration::from_secs(1);

/// What a chat is started with.
pub struct Window {
    pub route: Route,
    pub words: Words,
    /// With whom to begin.
    pub who: Option<String>,
    pub places: Places,
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
        | Request::Lock {}
        | Request::GroupCreate { .. }
        | Request::GroupChange { .. }
        | Request::Unlock { .. }
        | Request::SetPassphrase { .. } => Lane::Acting,
        Request::SendFile { .. } | Request::Forward { .. } | Request::Save { .. } => Lane::Alone,
    }
}

/// Chats until the person leaves or `ended` comes. Gives the terminal back before it returns.
pub async fn run(window: Window, ended: impl Future<Output = ()>) -> Result<Left, Fault> {
    let gone = |_| Fault::new("chat-needs-terminal");
    let mut screen = Screen::enter().map_err(gone)?;
    let zone = TimeZone::system();
    let size = screen.size().map_err(gone)?;
    let mut model = Model::new(window.words, window.places, zone, clock::now(), size).beginning_with(window.who);
    let (events, mut happened) = mpsc::channel(EVENTS_MAX);
    let mut tasks = Tasks::start(&window.route, events);
    let mut keys = EventStream::new();
    let mut ticks = tokio::time::interval(TICK);
    tokio::pin!(ended);
    while model.left().is_none() {
        screen.draw(&model).map_err(gone)?;
        let event = tokio::select! {
            biased;
            () = &mut ended => break,
            input = keys.next() => match input {
                Some(Ok(input)) => event_of(input),
                // The terminal is gone.
                Some(Err(_)) | None => break,
            },
            Some(event) = happened.recv() => Some(event),
            _ = ticks.tick() => Some(Event::Tick(clock::now())),
        };
        let mut next = event;
        // What is there already is shown at once.
        for _ in 0..EVENTS_MAX {
            let Some(event) = next.take().or_else(|| happened.try_recv().ok()) else { break };
            for ask in model.handle(event) {
                tasks.ask(ask);
            }
            if let Some(text) = model.take_copied() {
                screen.copy(&text).map_err(gone)?;
            }
        }
    }
    Ok(model.left().unwrap_or(Left::Quit))
}

fn event_of(input: Input) -> Option<Event> {
    match input {
        Input::Key(key) => Some(Event::Key(key)),
        Input::Paste(text) => Some(Event::Pasted(text.into())),
        Input::Resize(columns, rows) => Some(Event::Resized(Size { columns, rows })),
        Input::FocusGained => Some(Event::Attention(Attention::Here)),
        Input::FocusLost => Some(Event::Attention(Attention::Elsewhere)),
        Input::Mouse(_) => None,
    }
}

/// The tasks that talk to the engine; they end with this.
struct Tasks {
    route: Route,
    events: mpsc::Sender<Event>,
    reading: mpsc::Sender<Ask>,
    status: mpsc::Sender<Ask>,
    acting: mpsc::Sender<Ask>,
    running: JoinSet<()>,
}

impl Tasks {
    fn start(route: &Route, events: mpsc::Sender<Event>) -> Self {
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

    fn ask(&mut self, ask: Ask) {
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
                let _ = events.send(Event::Answered(ask.topic, Err(Fault::new("busy")))).await;
            });
        }
    }
}

async fn answer_in_turn(route: Route, mut waiting: mpsc::Receiver<Ask>, events: mpsc::Sender<Event>) {
    let mut caller = None;
    while let Some(ask) = waiting.recv().await {
        answer(&route, &mut caller, ask, &events).await;
    }
}

async fn answer(route: &Route, kept: &mut Option<Caller>, ask: Ask, events: &mpsc::Sender<Event>) {
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
    let _ = events.send(Event::Answered(ask.topic, answer)).await;
}

/// Passes events on, and finds the agent again when it was started anew.
async fn listen(route: Route, events: mpsc::Sender<Event>) {
    loop {
        if let Ok(caller) = route.caller().await {
            let mut missed = 0u64;
            // How it ended does not matter: it is tried again.
            let _ = caller.watch(|news| pass(&events, news, &mut missed)).await;
        }
        if events.send(Event::Disconnected).await.is_err() {
            return;
        }
        tokio::time::sleep(RETRY).await;
    }
}

fn pass(events: &mpsc::Sender<Event>, news: Value, missed: &mut u64) -> ControlFlow<()> {
    if *missed > 0 && events.try_send(Event::News(json!({"event": "missed", "events": *missed}))).is_ok() {
        *missed = 0;
    }
    let event = if news["event"] == "watching" { Event::Connected } else { Event::News(news) };
    match events.try_send(event) {
        Ok(()) => ControlFlow::Continue(()),
        Err(mpsc::error::TrySendError::Full(_)) => {
            *missed += 1;
            ControlFlow::Continue(())
        }
        Err(mpsc::error::TrySendError::Closed(_)) => ControlFlow::Break(()),
    }
}
