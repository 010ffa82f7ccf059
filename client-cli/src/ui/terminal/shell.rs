//! The thin shell of the chat: carries keys, clicks, answers, events and the time to the model, and its questions to the engine. It
//! decides nothing.

use std::path::PathBuf;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use crossterm::event::{Event as Input, EventStream, MouseButton, MouseEvent, MouseEventKind};
use futures_util::StreamExt as _;
use jiff::tz::TimeZone;
use tokio::sync::mpsc;

use super::super::asking::{HAPPENED_MAX, Happened, Tasks};
use super::layout::Size;
use super::model::{Attention, Event, Export, Gesture, Left, Model, Places, Pointed, Topic};
use super::palette::Colors;
use super::screen::{Pointer, Screen};
use crate::clock;
use crate::rpc::{Answer, Caller, Fault, Route};
use crate::words::Words;

/// The heartbeat of the window.
const TICK: Duration = Duration::from_secs(1);

/// What a chat is started with.
pub struct Window {
    pub route: Route,
    pub words: Words,
    /// With whom to begin.
    pub who: Option<String>,
    pub places: Places,
    pub pointer: Pointer,
    pub exporter: Exporter,
}

/// Writes a conversation with somebody into a folder, as whoever opens the window knows how.
pub type Exporter = Arc<dyn Fn(Caller, String, PathBuf) -> Pin<Box<dyn Future<Output = Answer> + Send>> + Send + Sync>;

/// Chats until the person leaves or `ended` comes. Gives the terminal back before it returns.
pub async fn run(window: Window, ended: impl Future<Output = ()>) -> Result<Left, Fault> {
    let gone = |_| Fault::new("chat-needs-terminal");
    let mut screen = Screen::enter(window.pointer, Colors::of_environment()).map_err(gone)?;
    let zone = TimeZone::system();
    let size = screen.size().map_err(gone)?;
    let mut model = Model::new(window.words, window.places, zone, clock::now(), size).beginning_with(window.who);
    let (events, mut happened) = mpsc::channel(HAPPENED_MAX);
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
            Some(happened) = happened.recv() => Some(Event::from(happened)),
            _ = ticks.tick() => Some(Event::Tick(clock::now())),
        };
        let mut next = event;
        // What is there already is shown at once.
        for _ in 0..HAPPENED_MAX {
            let Some(event) = next.take().or_else(|| happened.try_recv().ok().map(Event::from)) else { break };
            for ask in model.handle(event) {
                tasks.ask(ask);
            }
            if let Some(Export { who, folder }) = model.take_export() {
                let exporter = window.exporter.clone();
                tasks.have(Topic::Exported, move |caller| exporter(caller, who.into_exposed(), folder));
            }
            if let Some(text) = model.take_copied() {
                screen.copy(&text).map_err(gone)?;
            }
        }
    }
    Ok(model.left().unwrap_or(Left::Quit))
}

impl From<Happened<Topic>> for Event {
    fn from(happened: Happened<Topic>) -> Self {
        match happened {
            Happened::Connected => Self::Connected,
            Happened::Disconnected => Self::Disconnected,
            Happened::Answered(topic, answer) => Self::Answered(topic, answer),
            Happened::News(news) => Self::News(news),
        }
    }
}

fn event_of(input: Input) -> Option<Event> {
    match input {
        Input::Key(key) => Some(Event::Key(key)),
        Input::Paste(text) => Some(Event::Pasted(text.into())),
        Input::Resize(columns, rows) => Some(Event::Resized(Size { columns, rows })),
        Input::FocusGained => Some(Event::Attention(Attention::Here)),
        Input::FocusLost => Some(Event::Attention(Attention::Elsewhere)),
        Input::Mouse(mouse) => pointed(mouse).map(Event::Pointed),
    }
}

fn pointed(mouse: MouseEvent) -> Option<Pointed> {
    let gesture = match mouse.kind {
        MouseEventKind::Down(MouseButton::Left) => Gesture::Click,
        MouseEventKind::ScrollUp => Gesture::WheelUp,
        MouseEventKind::ScrollDown => Gesture::WheelDown,
        _ => return None,
    };
    Some(Pointed { gesture, column: mouse.column, row: mouse.row })
}
