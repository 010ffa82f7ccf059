//! One WebSocket connection: binary messages in and out, one at a time, bounded. Whatever else the server says ends it.

use std::collections::VecDeque;
use std::future::poll_fn;
use std::task::{Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use futures_util::stream::{SplitSink, SplitStream};
use futures_util::{SinkExt, StreamExt};
use protocol::limits::SIGNALING_FRAME_BYTES_MAX;
use protocol::signaling::message::EXPORTER_BYTES;
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::client::TlsStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::{WebSocketStream, client_async_with_config};

use super::SignalFault;
use crate::net::tls::{self, Endpoint, Permitted};

const PATH: &str = "/v1/signal";
const UPGRADE_TIMEOUT: Duration = Duration::from_secs(10);
const READ_BUFFER_BYTES: usize = 16 * 1024;

/// Above this many frames waiting for the server to read, no more commands are taken.
pub(super) const OUTGOING_FRAMES_BUSY: usize = 64;

type Stream = WebSocketStream<TlsStream<TcpStream>>;

pub(super) struct Socket {
    sink: SplitSink<Stream, Message>,
    stream: SplitStream<Stream>,
    outgoing: VecDeque<Message>,
}

/// Connects, checks the server's key, upgrades.
pub(super) async fn connect(
    endpoint: Endpoint,
    permitted: Permitted,
) -> Result<(Socket, [u8; EXPORTER_BYTES]), SignalFault> {
    let connection = tls::connect(&endpoint, &permitted).await?;
    let mut config = WebSocketConfig::default();
    config.read_buffer_size = READ_BUFFER_BYTES;
    config.max_message_size = Some(SIGNALING_FRAME_BYTES_MAX);
    config.max_frame_size = Some(SIGNALING_FRAME_BYTES_MAX);
    let url = format!("wss://{}{PATH}", endpoint.authority());
    let upgraded = client_async_with_config(url, connection.stream, Some(config));
    let (stream, _) = timeout(UPGRADE_TIMEOUT, upgraded)
        .await
        .map_err(|_| SignalFault::NoWebSocket)?
        .map_err(|_| SignalFault::NoWebSocket)?;
    let (sink, stream) = stream.split();
    Ok((Socket { sink, stream, outgoing: VecDeque::new() }, connection.exporter))
}

/// What a socket did.
pub(super) enum Moved {
    Read(Bytes),
    /// Everything queued is with the system.
    Written,
    Over,
}

impl Socket {
    pub(super) fn queue(&mut self, frame: Vec<u8>) {
        self.outgoing.push_back(Message::Binary(frame.into()));
    }

    pub(super) fn is_busy(&self) -> bool {
        self.outgoing.len() > OUTGOING_FRAMES_BUSY
    }

    /// Writes what is queued, and reads when `reading` allows. Dropping the future loses nothing.
    pub(super) async fn run(&mut self, reading: Reading) -> Moved {
        let Self { sink, stream, outgoing } = self;
        let write = async {
            if outgoing.is_empty() {
                return std::future::pending().await;
            }
            match write(sink, outgoing).await {
                Ok(()) => Moved::Written,
                Err(Broken) => Moved::Over,
            }
        };
        let read = async {
            match reading {
                Reading::Paused => std::future::pending().await,
                Reading::Allowed => read(stream).await,
            }
        };
        tokio::select! {
            moved = write => moved,
            moved = read => moved,
        }
    }
}

/// Whether the engine has room for what would be read.
#[derive(Clone, Copy)]
pub(super) enum Reading {
    Allowed,
    Paused,
}

struct Broken;

async fn write(sink: &mut SplitSink<Stream, Message>, outgoing: &mut VecDeque<Message>) -> Result<(), Broken> {
    poll_fn(|context| {
        while !outgoing.is_empty() {
            ready!(sink.poll_ready_unpin(context)).map_err(|_| Broken)?;
            if let Some(message) = outgoing.pop_front() {
                sink.start_send_unpin(message).map_err(|_| Broken)?;
            }
        }
        match ready!(sink.poll_flush_unpin(context)) {
            Ok(()) => Poll::Ready(Ok(())),
            Err(_) => Poll::Ready(Err(Broken)),
        }
    })
    .await
}

async fn read(stream: &mut SplitStream<Stream>) -> Moved {
    loop {
        match stream.next().await {
            Some(Ok(Message::Binary(bytes))) => return Moved::Read(bytes),
            Some(Ok(Message::Ping(_) | Message::Pong(_))) => {}
            Some(Ok(Message::Text(_) | Message::Close(_) | Message::Frame(_)) | Err(_)) | None => return Moved::Over,
        }
    }
}
