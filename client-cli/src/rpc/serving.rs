//! Serving the engine to callers of this user: JSON-RPC 2.0 (jsonrpc.org, 2013-01-04), a line for each message. One connection asks
//! and watches at once. Batches are refused with words. It must never take a line without bound, nor let one caller hold up another.

use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt as _, AsyncRead, AsyncWrite, AsyncWriteExt as _, BufReader};
use tokio::sync::broadcast;
use tokio::task::JoinSet;
use zeroize::{Zeroize as _, Zeroizing};

use super::schema::is_method;
use super::{Answer, EngineHandle, Fault, Request};
use crate::platform::{LocalListener, LocalStream};

/// Longest line of a request, in bytes.
pub(super) const REQUEST_BYTES_MAX: usize = 1 << 20;
/// Connections at a time; further ones wait.
pub(super) const CONNECTIONS_MAX: usize = 64;
/// Requests of one connection that are answered at a time; further ones wait.
pub(super) const ASKED_MAX: usize = 16;

/// Codes of the specification's §5.1.
const PARSE_ERROR: i64 = -32_700;
const INVALID_REQUEST: i64 = -32_600;
const METHOD_NOT_FOUND: i64 = -32_601;
const INVALID_PARAMS: i64 = -32_602;
/// The first code for an application's own errors; `data.code` says which.
pub(super) const APPLICATION_ERROR: i64 = -32_000;

/// Serves the engine on the local socket until it is dropped.
pub async fn serve(listener: LocalListener, engine: EngineHandle) {
    let mut connections = JoinSet::new();
    loop {
        while connections.try_join_next().is_some() {}
        if connections.len() >= CONNECTIONS_MAX {
            connections.join_next().await;
        }
        match listener.accept().await {
            Ok(stream) => {
                connections.spawn(serve_connection(stream, engine.clone()));
            }
            Err(error) => {
                tracing::warn!(kind = ?error.kind(), "the local socket failed to accept");
                tokio::time::sleep(std::time::Duration::from_millis(200)).await;
            }
        }
    }
}

async fn serve_connection(stream: LocalStream, engine: EngineHandle) {
    let (reader, writer) = stream.into_split();
    // Whoever goes away in the middle is not waited for.
    let _ = serve_stream(reader, writer, engine).await;
}

/// Serves one caller until it has said everything and has every answer, or nobody reads them any more.
pub async fn serve_stream(
    reader: impl AsyncRead + Unpin,
    writer: impl AsyncWrite + Unpin,
    engine: EngineHandle,
) -> std::io::Result<()> {
    let mut caller = Connection { lines: Lines::new(reader), writer, engine, asked: JoinSet::new(), events: None };
    while let Some(happened) = caller.next().await? {
        caller.take(happened).await?;
    }
    Ok(())
}

struct Connection<R, W> {
    lines: Lines<R>,
    writer: W,
    engine: EngineHandle,
    asked: JoinSet<(Value, Answer)>,
    /// Once it watches.
    events: Option<broadcast::Receiver<Value>>,
}

enum Happened {
    Said(Line),
    Answered(Value, Answer),
    News(Value),
    EngineEnded,
}

impl<R: AsyncRead + Unpin, W: AsyncWrite + Unpin> Connection<R, W> {
    async fn next(&mut self) -> std::io::Result<Option<Happened>> {
        let Self { lines, asked, events, .. } = self;
        if lines.ended && asked.is_empty() {
            return Ok(None);
        }
        let news = async {
            match events {
                Some(events) => events.recv().await,
                None => std::future::pending().await,
            }
        };
        let happened = tokio::select! {
            biased;
            Some(answered) = asked.join_next() => match answered {
                Ok((id, answer)) => Happened::Answered(id, answer),
                // Its task ended with the program.
                Err(_) => Happened::EngineEnded,
            },
            news = news => match news {
                Ok(event) => Happened::News(event),
                Err(broadcast::error::RecvError::Lagged(missed)) => {
                    Happened::News(json!({"event": "missed", "events": missed}))
                }
                Err(broadcast::error::RecvError::Closed) => Happened::EngineEnded,
            },
            line = lines.next(), if !lines.ended && asked.len() < ASKED_MAX => Happened::Said(line?),
        };
        Ok(Some(happened))
    }

    async fn take(&mut self, happened: Happened) -> std::io::Result<()> {
        match happened {
            Happened::Said(Line::End) => Ok(()),
            Happened::Said(Line::TooLong) => {
                let fault = Fault::with("request-too-long", REQUEST_BYTES_MAX);
                self.write(&refusal(&Value::Null, INVALID_REQUEST, &fault)).await
            }
            Happened::Said(Line::Whole(text)) => match parse(&text) {
                Ok(None) => Ok(()),
                Ok(Some(said)) => self.ask(said).await,
                Err(refused) => self.write(&refused).await,
            },
            Happened::Answered(id, answer) => self.write(&answered(&id, answer)).await,
            Happened::News(event) => self.write(&json!({"jsonrpc": "2.0", "method": "event", "params": event})).await,
            Happened::EngineEnded => Err(std::io::ErrorKind::BrokenPipe.into()),
        }
    }

    async fn ask(&mut self, Said { id, request }: Said) -> std::io::Result<()> {
        if request == (Request::Watch {}) {
            self.events.get_or_insert_with(|| self.engine.events.subscribe());
            return match id {
                Some(id) => self.write(&answered(&id, Ok(json!({})))).await,
                None => Ok(()),
            };
        }
        let engine = self.engine.clone();
        match id {
            Some(id) => {
                self.asked.spawn(async move { (id, engine.ask(request).await) });
            }
            // A notification has no answer, not even an error (§4.1).
            None => drop(engine.ask(request).await),
        }
        Ok(())
    }

    async fn write(&mut self, message: &Value) -> std::io::Result<()> {
        self.writer.write_all(format!("{message}\n").as_bytes()).await?;
        self.writer.flush().await
    }
}

/// A request that can be asked.
#[derive(Debug, PartialEq)]
struct Said {
    /// None for a notification.
    id: Option<Value>,
    request: Request,
}

/// What a line says; none for an empty one.
fn parse(line: &[u8]) -> Result<Option<Said>, Value> {
    if line.trim_ascii().is_empty() {
        return Ok(None);
    }
    let refused = |id: &Value, code, fault| Err(refusal(id, code, &Fault::new(fault)));
    let mut message: Value = match serde_json::from_slice(line) {
        Ok(message) => message,
        Err(_) => return refused(&Value::Null, PARSE_ERROR, "bad-json"),
    };
    if message.is_array() {
        return refused(&Value::Null, INVALID_REQUEST, "no-batches");
    }
    let Some(fields) = message.as_object_mut() else { return refused(&Value::Null, INVALID_REQUEST, "bad-request") };
    let id = fields.remove("id");
    let shown = id.clone().filter(|id| id.is_string() || id.is_number()).unwrap_or_default();
    let is_id = id.as_ref().is_none_or(|id| id.is_string() || id.is_number() || id.is_null());
    if fields.remove("jsonrpc").is_none_or(|version| version != "2.0") || !is_id {
        return refused(&shown, INVALID_REQUEST, "bad-request");
    }
    match fields.get("method").and_then(Value::as_str) {
        None => return refused(&shown, INVALID_REQUEST, "bad-request"),
        Some(method) if !is_method(method) => return refused(&shown, METHOD_NOT_FOUND, "unknown-method"),
        Some(_) => {}
    }
    let params = fields.entry("params").or_insert_with(|| json!({}));
    if !params.is_object() {
        return refused(&shown, INVALID_PARAMS, "bad-params");
    }
    match serde_json::from_value(message) {
        Ok(request) => Ok(Some(Said { id, request })),
        Err(_) => refused(&shown, INVALID_PARAMS, "bad-params"),
    }
}

fn answered(id: &Value, answer: Answer) -> Value {
    match answer {
        Ok(result) => json!({"jsonrpc": "2.0", "id": id, "result": result}),
        Err(fault) => refusal(id, APPLICATION_ERROR, &fault),
    }
}

fn refusal(id: &Value, code: i64, fault: &Fault) -> Value {
    let message = match code {
        PARSE_ERROR => "Parse error",
        INVALID_REQUEST => "Invalid Request",
        METHOD_NOT_FOUND => "Method not found",
        INVALID_PARAMS => "Invalid params",
        _ => fault.code.as_str(),
    };
    json!({"jsonrpc": "2.0", "id": id, "error": {"code": code, "message": message, "data": fault}})
}

/// Lines of bounded length; a longer one is passed over. Nothing is lost when a wait for one is given up.
struct Lines<R> {
    reader: BufReader<R>,
    begun: Zeroizing<Vec<u8>>,
    too_long: bool,
    ended: bool,
}

enum Line {
    /// May hold a passphrase.
    Whole(Zeroizing<Vec<u8>>),
    TooLong,
    End,
}

impl<R: AsyncRead + Unpin> Lines<R> {
    fn new(reader: R) -> Self {
        let begun = Zeroizing::new(Vec::new());
        Self { reader: BufReader::new(reader), begun, too_long: false, ended: false }
    }

    async fn next(&mut self) -> std::io::Result<Line> {
        loop {
            let (taken, is_whole) = self.more().await?;
            if taken == 0 {
                self.ended = true;
                // What stands there without an end of line was cut off, or is the last.
                return Ok(if self.begun.is_empty() { Line::End } else { self.whole() });
            }
            if self.begun.len() > REQUEST_BYTES_MAX {
                self.begun.zeroize();
                self.too_long = true;
            }
            if is_whole {
                return Ok(if std::mem::take(&mut self.too_long) {
                    self.begun.zeroize();
                    Line::TooLong
                } else {
                    self.whole()
                });
            }
        }
    }

    fn whole(&mut self) -> Line {
        Line::Whole(std::mem::take(&mut self.begun))
    }

    /// How many bytes came, and whether a line ends with them.
    async fn more(&mut self) -> std::io::Result<(usize, bool)> {
        let chunk = self.reader.fill_buf().await?;
        let end = chunk.iter().position(|byte| *byte == b'\n');
        let taken = end.map_or(chunk.len(), |end| end + 1);
        self.begun.extend(chunk.iter().take(taken));
        self.reader.consume(taken);
        Ok((taken, end.is_some()))
    }
}

#[cfg(test)]
mod tests;
