//! The engine's one interface: requests, answers and events as JSON-RPC 2.0, a line each, over the local socket or in the same
//! process. The command line, bots and later the windows are its callers. It must never listen beyond this user.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::sync::broadcast;

pub use crate::engine::port::{Answer, Beside, Decision, EngineHandle, Fault, Receipts, Request, SendingOn, TimerWish};
use crate::platform::{self, LocalListener, LocalStream};

/// Longest line of a request or answer.
const LINE_BYTES_MAX: u64 = 64 * 1024 * 1024;
/// JSON-RPC's first code for an application's own errors (§5.1).
const APPLICATION_ERROR: i64 = -32_000;
/// The line is not a request (§5.1).
const INVALID_REQUEST: i64 = -32_600;

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
    stream.get_mut().write_all(format!("{message}\n").as_bytes()).await.map_err(|_| gone())?;
    let line = read_line(stream).await?.ok_or_else(gone)?;
    let mut answer: Value = serde_json::from_str(&line).map_err(|_| Fault::new("agent-garbled"))?;
    match answer.get_mut("error") {
        Some(error) => {
            Err(serde_json::from_value(error["data"].take()).unwrap_or_else(|_| Fault::new("agent-garbled")))
        }
        None => Ok(answer["result"].take()),
    }
}

/// Serves the engine on the local socket until it is dropped.
pub async fn serve(listener: LocalListener, engine: EngineHandle) {
    loop {
        match listener.accept().await {
            Ok(stream) => {
                tokio::spawn(serve_one(stream, engine.clone()));
            }
            Err(error) => {
                tracing::warn!(kind = ?error.kind(), "the local socket failed to accept");
                tokio::time::sleep(std::time::Duration::from_millis(200)).await;
            }
        }
    }
}

async fn serve_one(stream: LocalStream, engine: EngineHandle) {
    let mut stream = BufReader::new(stream);
    while let Ok(Some(line)) = read_line(&mut stream).await {
        let message: Value = serde_json::from_str(&line).unwrap_or(Value::Null);
        let id = message.get("id").cloned().unwrap_or(Value::Null);
        let Some(request) = request_of(message) else {
            let error =
                json!({"code": INVALID_REQUEST, "message": "Invalid Request", "data": Fault::new("bad-request")});
            if write(&mut stream, &json!({"jsonrpc": "2.0", "id": id, "error": error})).await.is_err() {
                return;
            }
            continue;
        };
        if request == (Request::Watch {}) {
            return serve_events(stream, id, &engine).await;
        }
        let answer = match engine.ask(request).await {
            Ok(result) => json!({"jsonrpc": "2.0", "id": id, "result": result}),
            Err(fault) => {
                let error = json!({"code": APPLICATION_ERROR, "message": fault.code.clone(), "data": fault});
                json!({"jsonrpc": "2.0", "id": id, "error": error})
            }
        };
        if write(&mut stream, &answer).await.is_err() {
            return;
        }
    }
}

fn request_of(mut message: Value) -> Option<Request> {
    let fields = message.as_object_mut()?;
    fields.remove("jsonrpc");
    fields.remove("id");
    fields.entry("params").or_insert_with(|| json!({}));
    serde_json::from_value(message).ok()
}

async fn serve_events(mut stream: BufReader<LocalStream>, id: Value, engine: &EngineHandle) {
    let mut events = engine.events.subscribe();
    if write(&mut stream, &json!({"jsonrpc": "2.0", "id": id, "result": {}})).await.is_err() {
        return;
    }
    loop {
        let event = tokio::select! {
            event = events.recv() => match event {
                Ok(event) => event,
                Err(broadcast::error::RecvError::Lagged(missed)) => json!({"event": "missed", "events": missed}),
                Err(broadcast::error::RecvError::Closed) => return,
            },
            // The watcher says nothing more: anything read is its end.
            _ = stream.read_u8() => return,
        };
        if write(&mut stream, &json!({"jsonrpc": "2.0", "method": "event", "params": event})).await.is_err() {
            return;
        }
    }
}

async fn write(stream: &mut BufReader<LocalStream>, message: &Value) -> std::io::Result<()> {
    stream.get_mut().write_all(format!("{message}\n").as_bytes()).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_read_as_json_rpc_writes_them() {
        let read = |text: &str| request_of(serde_json::from_str(text).unwrap());
        assert_eq!(read(r#"{"jsonrpc":"2.0","id":1,"method":"status"}"#), Some(Request::Status {}));
        let send = r#"{"jsonrpc":"2.0","id":1,"method":"send","params":{"who":"a","text":"b","wait_ms":null}}"#;
        assert!(matches!(read(send), Some(Request::Send { .. })));
        assert_eq!(read(r#"{"jsonrpc":"2.0","id":1,"method":"impersonate"}"#), None);
        assert_eq!(read("[]"), None);
    }
}
