//! The engine's one interface: requests, answers and events as JSON-RPC 2.0, a line each, over the local socket, standard input and
//! output, or in the same process. The command line, bots and windows are its callers. It must never listen beyond this user.

mod schema;
mod serving;

use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::sync::broadcast;
use zeroize::Zeroizing;

pub use self::schema::openrpc;
pub use self::serving::{serve, serve_stream};
pub use crate::engine::port::{
    Answer, Beside, Decision, EngineHandle, Fault, GroupChange, Phrase, RateWish, Receipts, Request, SendingOn,
    TimerWish,
};
use crate::platform::{self, LocalStream};

/// Longest line of an answer that is read, in bytes.
const LINE_BYTES_MAX: u64 = 64 * 1024 * 1024;

/// How an engine is reached, as often as needed.
#[derive(Debug, Clone)]
pub enum Route {
    /// In this process.
    Here(EngineHandle),
    /// The agent of this data folder.
    Agent(PathBuf),
}

impl Route {
    /// A caller of its own.
    pub async fn caller(&self) -> Result<Caller, Fault> {
        match self {
            Self::Here(engine) => Ok(Caller::Here(engine.clone())),
            Self::Agent(folder) => {
                let agent = Caller::of_agent(folder).await.ok().flatten();
                agent.ok_or_else(|| Fault::new("agent-gone"))
            }
        }
    }
}

/// A caller of an engine, wherever it runs.
pub enum Caller {
    /// In this process.
    Here(EngineHandle),
    /// An agent.
    Agent(BufReader<LocalStream>),
}

impl Caller {
    /// The agent that serves `folder`, if one runs.
    pub async fn of_agent(folder: &Path) -> std::io::Result<Option<Self>> {
        Ok(platform::connect(folder).await?.map(|stream| Self::Agent(BufReader::new(stream))))
    }

    /// Asks and waits for the answer.
    pub async fn ask(&mut self, request: Request) -> Answer {
        match self {
            Self::Here(engine) => engine.ask(request).await,
            Self::Agent(stream) => ask_agent(stream, &request).await,
        }
    }

    /// Hands every event to `show` until the engine ends or `show` says stop. The first is `watching`: from then on none is
    /// missed, so that a caller who acts after it sees what comes of it.
    pub async fn watch(self, mut show: impl FnMut(Value) -> std::ops::ControlFlow<()>) -> Result<(), Fault> {
        match self {
            Self::Here(engine) => {
                let mut events = engine.events.subscribe();
                if show(watching()).is_break() {
                    return Ok(());
                }
                loop {
                    let event = match events.recv().await {
                        Ok(event) => event,
                        Err(broadcast::error::RecvError::Lagged(missed)) => {
                            json!({"event": "missed", "events": missed})
                        }
                        Err(broadcast::error::RecvError::Closed) => return Ok(()),
                    };
                    if show(event).is_break() {
                        return Ok(());
                    }
                }
            }
            Self::Agent(mut stream) => {
                ask_agent(&mut stream, &Request::Watch {}).await?;
                if show(watching()).is_break() {
                    return Ok(());
                }
                while let Some(line) = read_line(&mut stream).await? {
                    let mut message: Value = serde_json::from_str(&line).map_err(|_| Fault::new("agent-garbled"))?;
                    if show(message["params"].take()).is_break() {
                        break;
                    }
                }
                Ok(())
            }
        }
    }
}

fn watching() -> Value {
    json!({"event": "watching"})
}

async fn read_line(stream: &mut BufReader<LocalStream>) -> Result<Option<String>, Fault> {
    let mut line = String::new();
    let gone = |_| Fault::new("agent-gone");
    let length = stream.take(LINE_BYTES_MAX).read_line(&mut line).await.map_err(gone)?;
    Ok((length > 0).then_some(line))
}

async fn ask_agent(stream: &mut BufReader<LocalStream>, request: &Request) -> Answer {
    let gone = || Fault::new("agent-gone");
    let mut message = serde_json::to_value(request).map_err(|_| Fault::new("internal"))?;
    message["jsonrpc"] = "2.0".into();
    message["id"] = 1.into();
    // A passphrase may be in it.
    let line = Zeroizing::new(format!("{message}\n"));
    stream.get_mut().write_all(line.as_bytes()).await.map_err(|_| gone())?;
    let line = read_line(stream).await?.ok_or_else(gone)?;
    let mut answer: Value = serde_json::from_str(&line).map_err(|_| Fault::new("agent-garbled"))?;
    match answer.get_mut("error") {
        Some(error) => {
            Err(serde_json::from_value(error["data"].take()).unwrap_or_else(|_| Fault::new("agent-garbled")))
        }
        None => Ok(answer["result"].take()),
    }
}
