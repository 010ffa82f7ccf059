//! `isoloir chat --plain`: conversations in plain lines, for a screen reader or a terminal that can do nothing else. What arrives is
//! printed, what the person wants is typed. No frame, no color, no cursor is moved, and nothing that was printed is drawn again.
//! `talk` decides, pure; this carries lines between it, the terminal and the engine.

mod answering;
mod commands;
mod doing;
mod news;
mod said;
mod talk;

use std::io::{self, BufRead, Read as _, Write as _};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;
use std::time::Duration;

use jiff::tz::TimeZone;
use protocol::secret::{Personal, Secret};
use tokio::sync::mpsc;

use self::talk::{Event, Talk};
use super::asking::{HAPPENED_MAX, Tasks};
use super::terminal::{Left, Places};
use crate::clock;
use crate::rpc::{Fault, Route};
use crate::words::Words;

/// Longest line that is taken, in bytes, with its end.
const LINE_BYTES_MAX: u64 = 64 * 1024;
/// The heartbeat.
const TICK: Duration = Duration::from_secs(1);

/// What such a chat is started with.
pub struct Lines {
    pub route: Route,
    pub words: Words,
    /// With whom to begin.
    pub who: Option<String>,
    pub places: Places,
}

/// What is read next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Prompt {
    Line,
    /// The passphrase, without showing it, after this question.
    Secret(String),
}

/// What was typed.
enum Typed {
    Line(Personal<String>),
    Secret(Secret<String>),
    /// A line that was too long was read to its end, and dropped.
    TooLong(LineEnd),
    /// There is nobody any more.
    End,
}

/// How a line ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LineEnd {
    Whole,
    /// In a backslash: the next line belongs to it.
    GoesOn,
}

/// Whether the environment asks for plain lines: `ISOLOIR_PLAIN`, or a terminal that cannot place a cursor.
pub fn is_wanted() -> bool {
    let asked = std::env::var("ISOLOIR_PLAIN").is_ok_and(|value| !matches!(value.as_str(), "" | "0"));
    asked || std::env::var("TERM").is_ok_and(|term| term == "dumb")
}

/// Chats until the person leaves or `ended` comes.
pub async fn run(lines: Lines, ended: impl Future<Output = ()>) -> Result<Left, Fault> {
    let gone = |_| Fault::new("chat-needs-terminal");
    let Lines { route, words, who, places } = lines;
    let mut talk = Talk::new(words, places, TimeZone::system(), clock::now(), who);
    let (events, mut happened) = mpsc::channel(HAPPENED_MAX);
    let mut tasks = Tasks::start(&route, events);
    let (prompts, mut typed) = keyboard();
    let mut ticks = tokio::time::interval(TICK);
    tokio::pin!(ended);
    loop {
        print(&mut talk).map_err(gone)?;
        if let Some(left) = talk.left() {
            return Ok(left);
        }
        if let Some(prompt) = talk.prompt()
            && prompts.send(prompt).is_err()
        {
            return Ok(Left::Quit);
        }
        let event = tokio::select! {
            biased;
            () = &mut ended => return Ok(talk.left().unwrap_or(Left::Quit)),
            line = typed.recv() => match line {
                Some(Typed::Line(line)) => Event::Typed(line),
                Some(Typed::Secret(secret)) => Event::Secret(secret),
                Some(Typed::TooLong(end)) => Event::TooLong(end),
                Some(Typed::End) | None => return Ok(Left::Quit),
            },
            Some(happened) = happened.recv() => Event::Happened(happened),
            _ = ticks.tick() => Event::Tick(clock::now()),
        };
        for ask in talk.handle(event) {
            tasks.ask(ask);
        }
    }
}

fn print(talk: &mut Talk) -> io::Result<()> {
    let mut out = io::stdout().lock();
    for line in talk.take_lines() {
        writeln!(out, "{line}")?;
    }
    out.flush()
}

/// A thread reads, a line each time it is told to: a task would hold up the end of the program while nobody types.
fn keyboard() -> (SyncSender<Prompt>, mpsc::Receiver<Typed>) {
    let (prompts, wanted) = sync_channel(1);
    let (lines, typed) = mpsc::channel(1);
    thread::spawn(move || read(&wanted, &lines));
    (prompts, typed)
}

fn read(wanted: &Receiver<Prompt>, lines: &mpsc::Sender<Typed>) {
    while let Ok(prompt) = wanted.recv() {
        let typed = match prompt {
            Prompt::Line => line(&mut io::stdin().lock()),
            Prompt::Secret(question) => {
                rpassword::prompt_password(question).map(|typed| Typed::Secret(Secret::new(typed)))
            }
        };
        let typed = typed.unwrap_or(Typed::End);
        let is_end = matches!(typed, Typed::End);
        if lines.blocking_send(typed).is_err() || is_end {
            return;
        }
    }
}

fn line(input: &mut impl BufRead) -> io::Result<Typed> {
    let bytes = part_of_line(input)?;
    if bytes.is_empty() {
        return Ok(Typed::End);
    }
    let mut tail = bytes.clone();
    let mut is_too_long = false;
    // The rest of a line must not be taken for one.
    while !tail.ends_with(b"\n") {
        let more = part_of_line(input)?;
        if more.is_empty() {
            break;
        }
        is_too_long = true;
        tail = more;
    }
    if is_too_long {
        let goes_on = tail.trim_ascii_end().ends_with(b"\\");
        return Ok(Typed::TooLong(if goes_on { LineEnd::GoesOn } else { LineEnd::Whole }));
    }
    let text = String::from_utf8_lossy(&bytes).trim_end_matches(['\r', '\n']).to_owned();
    Ok(Typed::Line(Personal::new(text)))
}

/// As much of a line as may be kept; nothing at the end.
fn part_of_line(input: &mut impl BufRead) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    input.take(LINE_BYTES_MAX).read_until(b'\n', &mut bytes)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests;
