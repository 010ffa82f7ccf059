//! The loop that owns presence: it alone knows which address belongs to which session, and hands envelopes from one socket's
//! task to another's queue. Everything is in RAM; nothing here is ever logged, and counted only as process totals.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use protocol::ids::{Address, DeviceId, SessionId};
use protocol::limits::SESSION_QUEUE_FRAMES_MAX;
use protocol::secret::Secret;
use protocol::signaling::field::{CloseCode, SessionKind};
use protocol::signaling::server::{self as signaling, Route};
use tokio::sync::{mpsc, oneshot};
use tokio_util::sync::CancellationToken;

use crate::clock::Ambient;
use crate::domain::presence::{Input, Output, Presence};
use crate::telemetry::{count, names};

/// Inputs waiting for the hub; a full queue makes the sockets wait, each for itself.
const QUEUE_INPUTS_MAX: usize = 1_024;

enum Message {
    Enter {
        session: SessionId,
        device: DeviceId,
        kind: SessionKind,
        line: Line,
    },
    Presence(Input),
    /// Answered with the number of devices that have a session.
    Count(oneshot::Sender<usize>),
    /// Answered when everything sent before has been carried out.
    Settled(oneshot::Sender<()>),
}

/// The hub's end of a session's queue.
struct Line {
    inputs: mpsc::Sender<signaling::Input>,
    end: oneshot::Sender<CloseCode>,
}

/// The session's end.
pub struct Post {
    /// Bounded by `SESSION_QUEUE_FRAMES_MAX`.
    pub inputs: mpsc::Receiver<signaling::Input>,
    /// Passes by the queue: an end is never kept waiting. Fails if the hub is gone.
    pub end: oneshot::Receiver<CloseCode>,
}

/// The way to the hub; a cheap clone.
#[derive(Clone)]
pub struct Hub {
    messages: mpsc::Sender<Message>,
}

/// The hub has stopped.
#[derive(Debug, thiserror::Error)]
#[error("the server is stopping")]
pub struct Stopped;

impl Hub {
    /// The hub and the loop that must be spawned.
    pub fn new(ambient: &Ambient) -> (Self, HubLoop) {
        let (messages, queue) = mpsc::channel(QUEUE_INPUTS_MAX);
        let ambient = ambient.stream("hub");
        let hub_loop = HubLoop {
            presence: Presence::new(ambient.bytes(), ambient.bytes()),
            lines: BTreeMap::new(),
            queue,
            ambient,
        };
        (Hub { messages }, hub_loop)
    }

    /// Opens a device's session. An older one of the same kind ends.
    pub async fn enter(&self, session: SessionId, device: DeviceId, kind: SessionKind) -> Result<Post, Stopped> {
        let (inputs, post_inputs) = mpsc::channel(SESSION_QUEUE_FRAMES_MAX);
        let (end, post_end) = oneshot::channel();
        let line = Line { inputs, end };
        self.send(Message::Enter { session, device, kind, line }).await?;
        Ok(Post { inputs: post_inputs, end: post_end })
    }

    pub async fn leave(&self, session: SessionId) -> Result<(), Stopped> {
        self.tell(Input::Leave { session }).await
    }

    pub async fn own(&self, session: SessionId, address: Address, put_key: Secret<[u8; 32]>) -> Result<(), Stopped> {
        self.tell(Input::Own { session, address, put_key }).await
    }

    pub async fn disown(&self, session: SessionId, address: Address) -> Result<(), Stopped> {
        self.tell(Input::Disown { session, address }).await
    }

    pub async fn route(&self, route: Route) -> Result<(), Stopped> {
        self.tell(Input::Route(route)).await
    }

    /// The front doors of the directory in force: PUTs to them are never answered.
    pub async fn front_doors(&self, addresses: BTreeSet<Address>) -> Result<(), Stopped> {
        self.tell(Input::FrontDoors(addresses)).await
    }

    /// Gives every session the same bytes (an encoded `ServerFrame::News`).
    pub async fn news(&self, bytes: Arc<[u8]>) -> Result<(), Stopped> {
        self.tell(Input::News(bytes)).await
    }

    /// Ends all sessions of these devices; when this returns, none of them can send or receive.
    pub async fn expel(&self, devices: Vec<DeviceId>, code: CloseCode) -> Result<(), Stopped> {
        self.tell(Input::Expel { devices, code }).await?;
        self.settled().await
    }

    /// Ends every session: the server stops.
    pub async fn drain(&self) -> Result<(), Stopped> {
        self.tell(Input::Drain).await?;
        self.settled().await
    }

    /// How many devices have a session at this moment.
    pub async fn devices(&self) -> Result<usize, Stopped> {
        let (counted, wait) = oneshot::channel();
        self.send(Message::Count(counted)).await?;
        wait.await.map_err(|_| Stopped)
    }

    async fn settled(&self) -> Result<(), Stopped> {
        let (done, wait) = oneshot::channel();
        self.send(Message::Settled(done)).await?;
        wait.await.map_err(|_| Stopped)
    }

    async fn tell(&self, input: Input) -> Result<(), Stopped> {
        self.send(Message::Presence(input)).await
    }

    async fn send(&self, message: Message) -> Result<(), Stopped> {
        self.messages.send(message).await.map_err(|_| Stopped)
    }
}

/// The loop's state; dropped, it forgets everybody.
pub struct HubLoop {
    presence: Presence,
    lines: BTreeMap<SessionId, Line>,
    queue: mpsc::Receiver<Message>,
    ambient: Ambient,
}

impl HubLoop {
    /// Runs until cancelled.
    pub async fn run(mut self, stop: CancellationToken) {
        while let Some(Some(message)) = stop.run_until_cancelled(self.queue.recv()).await {
            self.on(message);
        }
    }

    fn on(&mut self, message: Message) {
        match message {
            Message::Enter { session, device, kind, line } => {
                self.lines.insert(session, line);
                self.tell(Input::Enter { session, device, kind });
            }
            Message::Presence(Input::Leave { session }) => {
                self.lines.remove(&session);
                self.tell(Input::Leave { session });
            }
            Message::Presence(input) => self.tell(input),
            // Whoever asked may have gone.
            Message::Settled(done) => drop(done.send(())),
            Message::Count(counted) => drop(counted.send(self.presence.devices())),
        }
    }

    fn tell(&mut self, input: Input) {
        self.presence.handle(self.ambient.now(), input);
        while let Some(output) = self.presence.poll() {
            self.perform(output);
        }
    }

    fn perform(&mut self, output: Output) {
        match output {
            Output::Deliver { to, address, envelope, otherwise } => {
                match self.give(to, signaling::Input::Deliver { address, envelope }) {
                    Ok(()) => count(names::ENVELOPES_DELIVERED),
                    Err(Full) => self.presence.handle(self.ambient.now(), Input::Undelivered(otherwise)),
                }
            }
            Output::Gone { to, n } => {
                count(names::ENVELOPES_DROPPED);
                // A sender that does not read its answers does without.
                let _ = self.give(to, signaling::Input::Gone { n });
            }
            Output::Lost { to, address } => {
                if self.give(to, signaling::Input::Lost { address }).is_err() {
                    self.end(to, CloseCode::Slow);
                }
            }
            Output::News(bytes) => self.news(&bytes),
            Output::End { session, code } => self.end(session, code),
        }
    }

    fn give(&self, to: SessionId, input: signaling::Input) -> Result<(), Full> {
        let line = self.lines.get(&to).ok_or(Full)?;
        line.inputs.try_send(input).map_err(|_| Full)
    }

    fn news(&mut self, bytes: &Arc<[u8]>) {
        let slow: Vec<SessionId> = self
            .lines
            .iter()
            .filter(|(_, line)| {
                let news = signaling::Input::News(bytes.clone());
                line.inputs.try_send(news).is_err()
            })
            .map(|(session, _)| *session)
            .collect();
        for session in slow {
            self.end(session, CloseCode::Slow);
        }
    }

    fn end(&mut self, session: SessionId, code: CloseCode) {
        if let Some(line) = self.lines.remove(&session) {
            // A session that is already gone needs no end.
            let _ = line.end.send(code);
        }
        self.presence.handle(self.ambient.now(), Input::Leave { session });
    }
}

/// The receiver's queue is full, or the receiver has gone.
struct Full;

#[cfg(test)]
mod tests {
    use protocol::signaling::proof;
    use protocol::time::Timestamp;

    use super::*;

    const KEY: [u8; 32] = [3; 32];

    fn id(n: u8) -> SessionId {
        SessionId::from_bytes([n; 16])
    }

    fn route(from: u8, n: u64, to: u8) -> Route {
        let (session, address, envelope) = (id(from), Address::from_bytes([to; 16]), vec![1; 64]);
        let mac = proof::put(&Secret::new(KEY), session, n, address, &envelope);
        Route { session, n, address, mac, envelope }
    }

    async fn enter(hub: &Hub, n: u8) -> Post {
        let device = DeviceId::from_bytes([n; 16]);
        hub.enter(id(n), device, SessionKind::Relationship).await.expect("running")
    }

    fn start() -> (Hub, CancellationToken) {
        let ambient = Ambient::fixed(Timestamp::from_millis(1), [1; 32]);
        let (hub, hub_loop) = Hub::new(&ambient);
        let stop = CancellationToken::new();
        tokio::spawn(hub_loop.run(stop.clone()));
        (hub, stop)
    }

    #[tokio::test]
    async fn a_full_queue_is_told_to_the_sender_alone() {
        let (hub, _stop) = start();
        let (mut sender, mut receiver) = (enter(&hub, 1).await, enter(&hub, 2).await);
        hub.own(id(2), Address::from_bytes([20; 16]), Secret::new(KEY)).await.expect("running");
        let all = SESSION_QUEUE_FRAMES_MAX as u64;
        for n in 1..=all + 1 {
            hub.route(route(1, n, 20)).await.expect("running");
        }
        hub.settled().await.expect("running");
        assert!(matches!(
            sender.inputs.try_recv(),
            Ok(signaling::Input::Gone { n }) if n == all + 1
        ));
        assert!(sender.inputs.try_recv().is_err());
        assert_eq!(receiver.inputs.len(), SESSION_QUEUE_FRAMES_MAX);
        assert!(receiver.end.try_recv().is_err(), "still there");
    }

    #[tokio::test]
    async fn everybody_gets_the_same_news_and_who_cannot_take_it_is_slow() {
        let (hub, _stop) = start();
        let (mut one, mut two) = (enter(&hub, 1).await, enter(&hub, 2).await);
        let bytes: Arc<[u8]> = vec![7; 9].into();
        for _ in 0..=SESSION_QUEUE_FRAMES_MAX {
            hub.news(bytes.clone()).await.expect("running");
            hub.settled().await.expect("running");
            let got = one.inputs.recv().await;
            assert!(matches!(got, Some(signaling::Input::News(got)) if Arc::ptr_eq(&got, &bytes)));
        }
        assert_eq!(two.end.try_recv(), Ok(CloseCode::Slow));
        assert!(one.end.try_recv().is_err());
    }

    #[tokio::test]
    async fn an_end_passes_by_a_full_queue() {
        let (hub, _stop) = start();
        let mut post = enter(&hub, 1).await;
        for _ in 0..SESSION_QUEUE_FRAMES_MAX {
            hub.news(Arc::from([1])).await.expect("running");
        }
        hub.expel(vec![DeviceId::from_bytes([1; 16])], CloseCode::Revoked).await.expect("running");
        assert_eq!(post.end.try_recv(), Ok(CloseCode::Revoked));
    }

    #[tokio::test]
    async fn a_stopped_hub_says_so() {
        let (hub, stop) = start();
        let mut post = enter(&hub, 1).await;
        hub.drain().await.expect("running");
        assert_eq!(post.end.try_recv(), Ok(CloseCode::Draining));
        stop.cancel();
        while hub.leave(id(1)).await.is_ok() {
            tokio::task::yield_now().await;
        }
    }
}
