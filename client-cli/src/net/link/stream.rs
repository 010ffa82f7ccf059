//! An open link: frames in and out, bounded both ways. A consumer that stops reading stops the far end (SCTP's window
//! closes), it never fills memory. It must never deliver a frame above the limit, nor anything after `Closed`.

use std::sync::{Arc, OnceLock};

use bytes::{Bytes, BytesMut};
use rtc::peer_connection::transport::RTCIceCandidate;
use tokio::sync::{mpsc, watch};
use tokio_util::sync::DropGuard;
use webrtc::data_channel::{DataChannel, DataChannelEvent};
use webrtc::peer_connection::{PeerConnection, RTCIceCandidateType, RTCPeerConnectionState};

use super::peer::{Closer, Peer, Progress};
use super::{ClosedReason, LINK_FRAME_BYTES_MAX, Path, SendError};

/// Frames of one channel waiting for the engine, beyond those the stack holds.
const RECEIVED_FRAMES_MAX: usize = 16;

/// What happens on a link.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LinkEvent {
    Control(Bytes),
    Bulk(Bytes),
    /// Nothing follows.
    Closed(ClosedReason),
}

/// The sending half; clones share one link. When the last is dropped, the link closes.
#[derive(Clone)]
pub struct Link {
    shared: Arc<Shared>,
}

/// The receiving half. When it is dropped, the link closes.
pub struct LinkEvents {
    control: mpsc::Receiver<Bytes>,
    bulk: mpsc::Receiver<Bytes>,
    reason: Arc<OnceLock<ClosedReason>>,
    _guard: DropGuard,
}

struct Shared {
    connection: Arc<dyn PeerConnection>,
    control: Arc<dyn DataChannel>,
    bulk: Arc<dyn DataChannel>,
    reason: Arc<OnceLock<ClosedReason>>,
    closer: Closer,
    _guard: DropGuard,
}

/// Starts the pumps of an authenticated connection.
pub(super) fn start(peer: Peer) -> (Link, LinkEvents) {
    let Peer { connection, control, bulk, progress, closer, guard } = peer;
    let reason = Arc::new(OnceLock::new());
    let events = LinkEvents {
        control: pump(Arc::clone(&control), &reason, &closer),
        bulk: pump(Arc::clone(&bulk), &reason, &closer),
        reason: Arc::clone(&reason),
        _guard: closer.guard(),
    };
    tokio::spawn(watch_state(progress, Arc::clone(&reason), closer.clone()));
    let link = Link { shared: Arc::new(Shared { connection, control, bulk, reason, closer, _guard: guard }) };
    (link, events)
}

/// Ends the link when the stack says that the far end is gone.
async fn watch_state(mut progress: watch::Receiver<Progress>, reason: Arc<OnceLock<ClosedReason>>, closer: Closer) {
    let gone = progress.wait_for(|progress| ended(*progress).is_some());
    let why = tokio::select! {
        () = closer.asked() => return,
        gone = gone => gone.ok().and_then(|progress| ended(*progress)),
    };
    let _ = reason.set(why.unwrap_or(ClosedReason::Lost));
    closer.ask();
}

fn ended(progress: Progress) -> Option<ClosedReason> {
    match progress.state {
        RTCPeerConnectionState::Failed => Some(ClosedReason::Lost),
        RTCPeerConnectionState::Closed => Some(ClosedReason::Peer),
        _ => None,
    }
}

/// Moves frames of one channel towards the engine; ends with the channel, and ends the link with it.
fn pump(channel: Arc<dyn DataChannel>, reason: &Arc<OnceLock<ClosedReason>>, closer: &Closer) -> mpsc::Receiver<Bytes> {
    let (sender, receiver) = mpsc::channel(RECEIVED_FRAMES_MAX);
    let reason = Arc::clone(reason);
    let closer = closer.clone();
    tokio::spawn(async move {
        let why = drain(&*channel, &sender).await;
        let _ = reason.set(why);
        closer.ask();
    });
    receiver
}

async fn drain(channel: &dyn DataChannel, frames: &mpsc::Sender<Bytes>) -> ClosedReason {
    while let Some(event) = channel.poll().await {
        match event {
            DataChannelEvent::OnMessage(message) => {
                if message.data.len() > LINK_FRAME_BYTES_MAX {
                    return ClosedReason::FrameTooLarge;
                }
                if frames.send(message.data.freeze()).await.is_err() {
                    return ClosedReason::Local;
                }
            }
            DataChannelEvent::OnError | DataChannelEvent::OnClosing | DataChannelEvent::OnClose => {
                return ClosedReason::Peer;
            }
            _ => {}
        }
    }
    ClosedReason::Lost
}

impl LinkEvents {
    /// The next event, control before bulk. After `Closed` it only repeats it. Dropping the future loses nothing.
    pub async fn recv(&mut self) -> LinkEvent {
        tokio::select! {
            biased;
            Some(frame) = self.control.recv() => LinkEvent::Control(frame),
            Some(frame) = self.bulk.recv() => LinkEvent::Bulk(frame),
            else => LinkEvent::Closed(*self.reason.get().unwrap_or(&ClosedReason::Lost)),
        }
    }
}

impl Link {
    /// Waits while too much is on its way. When the future is dropped, the frame may or may not go.
    pub async fn send_control(&self, frame: Bytes) -> Result<(), SendError> {
        send(&*self.shared.control, frame).await
    }

    /// As [`Self::send_control`], on the channel for file chunks.
    pub async fn send_bulk(&self, frame: Bytes) -> Result<(), SendError> {
        send(&*self.shared.bulk, frame).await
    }

    /// How packets travel now; `None` when the link is down.
    pub async fn path(&self) -> Option<Path> {
        let ice = self.shared.connection.sctp().await?.transport().ice_transport();
        let pair = ice.get_selected_candidate_pair().await.ok()??;
        let known = [ice.get_local_candidates().await.ok()?, ice.get_remote_candidates().await.ok()?].concat();
        Some(path_of([pair.local(), pair.remote()], &known))
    }

    /// Closes and waits until its tasks and sockets are gone. The far end is told.
    pub async fn close(&self) {
        let _ = self.shared.reason.set(ClosedReason::Local);
        self.shared.closer.ask();
        self.shared.closer.done().await;
    }
}

impl Drop for Shared {
    fn drop(&mut self) {
        let _ = self.reason.set(ClosedReason::Local);
    }
}

impl Drop for LinkEvents {
    fn drop(&mut self) {
        let _ = self.reason.set(ClosedReason::Local);
    }
}

async fn send(channel: &dyn DataChannel, frame: Bytes) -> Result<(), SendError> {
    if frame.len() > LINK_FRAME_BYTES_MAX {
        return Err(SendError::TooLarge);
    }
    channel.send(BytesMut::from(frame)).await.map_err(|_| SendError::Closed)
}

/// A check that overtakes its description makes a host candidate look peer-reflexive: its address tells.
fn path_of(pair: [&RTCIceCandidate; 2], known: &[RTCIceCandidate]) -> Path {
    let is_host = |candidate: &RTCIceCandidate| {
        candidate.typ == RTCIceCandidateType::Host
            || known.iter().any(|other| {
                other.typ == RTCIceCandidateType::Host
                    && other.address == candidate.address
                    && other.port == candidate.port
            })
    };
    if pair.iter().any(|candidate| candidate.typ == RTCIceCandidateType::Relay) {
        Path::Relay
    } else if pair.iter().all(|candidate| is_host(candidate)) {
        Path::Host
    } else {
        Path::Srflx
    }
}
