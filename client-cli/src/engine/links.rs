//! The engine and its links: setting them up through sealed envelopes, and the frames that travel on them.

use std::time::Duration;

use bytes::Bytes;
use protocol::envelope::EnvelopeBody;
use protocol::ids::{DeviceId, LinkId};
use protocol::keys::EnvelopeKeyPair;
use protocol::limits::LINK_AUTH_TIMEOUT_MS;
use protocol::link::{BadFrame, LinkContext, LinkFrame, LinkKey, decapsulate, encapsulate};
use protocol::secret::{Personal, Secret};
use protocol::signaling::message::LeafBytes;
use rand_core::OsRng;
use serde_json::json;
use tokio::sync::mpsc;

use super::setup::PendingOffer;
use super::traffic::{forward, send_frames};
use super::{Engine, EngineError, Input};
use crate::core::peer::{self, LinkState};
use crate::net::link::{ClosedReason, Link, LinkAnswer, LinkError, LinkEvents, LinkOffer, Path, PendingLink};
use crate::store::tables::LOG_LEAVES;
use crate::store::{Reading as _, SecretBytes, Span, VaultError};

/// Control frames that wait for one link; a link that cannot keep up is closed, and what was not acknowledged goes again.
const OUTGOING_FRAMES_MAX: usize = 8_192;
/// Leaves in one answer to a peer.
const LEAVES_PER_FRAME: usize = 64;

/// A link whose both ends proved its key.
pub struct LiveLink {
    pub link: Link,
    outgoing: mpsc::Sender<Bytes>,
    pub path: Option<Path>,
}

impl Engine {
    pub(super) fn make_offer(&mut self, device: DeviceId, link: LinkId) {
        let (config, input) = (self.links.clone(), self.input.clone());
        let task = tokio::spawn(async move {
            let offer = LinkOffer::create(&config).await;
            let _ = input.send(Input::OfferMade(device, link, offer)).await;
        });
        if let Some(peer) = self.peers.get_mut(&device) {
            peer.task = Some(task.abort_handle());
        }
    }

    pub(super) fn on_offer_made(
        &mut self,
        device: DeviceId,
        link: LinkId,
        offer: Result<LinkOffer, LinkError>,
    ) -> Result<(), EngineError> {
        let Ok(offer) = offer else { return self.drive(device, peer::Input::SetupFailed(link)) };
        let one_time = EnvelopeKeyPair::generate(&mut OsRng)?;
        let body = EnvelopeBody::Offer {
            link,
            one_time_key: one_time.public().clone(),
            fingerprint: offer.fingerprint(),
            sdp: Personal::new(offer.sdp().to_owned()),
        };
        let Some(envelope) = self.put_to_peer(device, &body)? else {
            return self.drive(device, peer::Input::SetupFailed(link));
        };
        if let Some(peer) = self.peers.get_mut(&device) {
            let fingerprint = offer.fingerprint();
            peer.offer = Some(PendingOffer { link, offer, one_time, fingerprint, envelope });
        }
        Ok(())
    }

    pub(super) fn use_answer(&mut self, device: DeviceId, link: LinkId) -> Result<(), EngineError> {
        let Some(peer) = self.peers.get_mut(&device) else { return Ok(()) };
        let (Some(pending), Some(answer)) = (peer.offer.take(), peer.answer.take()) else { return Ok(()) };
        if pending.link != link || answer.link != link {
            return Ok(());
        }
        let Ok(secret) = decapsulate(&answer.encapsulation, &pending.one_time) else {
            return self.drive(device, peer::Input::SetupFailed(link));
        };
        let context = LinkContext {
            link,
            offerer: self.me.device,
            answerer: device,
            offerer_fingerprint: pending.fingerprint,
            answerer_fingerprint: answer.fingerprint,
            offer_envelope: pending.envelope,
            answer_envelope: answer.envelope,
        };
        let key = LinkKey::derive(&secret, &context);
        let input = self.input.clone();
        let task = tokio::spawn(async move {
            let ready = match pending.offer.accept_answer(answer.sdp.expose(), &answer.fingerprint).await {
                Ok(opening) => opening.open(key, Duration::from_millis(LINK_AUTH_TIMEOUT_MS)).await,
                Err(error) => Err(error),
            };
            let _ = input.send(Input::LinkReady(device, link, ready)).await;
        });
        if let Some(peer) = self.peers.get_mut(&device) {
            peer.task = Some(task.abort_handle());
        }
        Ok(())
    }

    pub(super) fn make_answer(&mut self, device: DeviceId, link: LinkId) {
        let Some(peer) = self.peers.get_mut(&device) else { return };
        let Some(offer) = peer.incoming.as_ref().filter(|offer| offer.link == link) else { return };
        let (config, input) = (self.links.clone(), self.input.clone());
        let (sdp, fingerprint) = (offer.sdp.clone(), offer.fingerprint);
        let task = tokio::spawn(async move {
            let answer = LinkAnswer::create(&config, sdp.expose(), &fingerprint).await;
            let _ = input.send(Input::AnswerMade(device, link, answer)).await;
        });
        peer.task = Some(task.abort_handle());
    }

    pub(super) fn on_answer_made(
        &mut self,
        device: DeviceId,
        link: LinkId,
        answer: Result<LinkAnswer, LinkError>,
    ) -> Result<(), EngineError> {
        let offer =
            self.peers.get_mut(&device).and_then(|peer| peer.incoming.take()).filter(|offer| offer.link == link);
        let (Some(offer), Ok(answer)) = (offer, answer) else {
            return self.drive(device, peer::Input::SetupFailed(link));
        };
        let Ok((encapsulation, secret)) = encapsulate(&offer.one_time_key) else {
            return self.drive(device, peer::Input::SetupFailed(link));
        };
        let LinkAnswer { sdp, fingerprint, pending } = answer;
        let body = EnvelopeBody::Answer { link, encapsulation, fingerprint, sdp: Personal::new(sdp) };
        let Some(envelope) = self.put_to_peer(device, &body)? else {
            return self.drive(device, peer::Input::SetupFailed(link));
        };
        let context = LinkContext {
            link,
            offerer: device,
            answerer: self.me.device,
            offerer_fingerprint: offer.fingerprint,
            answerer_fingerprint: fingerprint,
            offer_envelope: offer.envelope,
            answer_envelope: envelope,
        };
        self.open_answered(device, link, pending, &secret, &context);
        Ok(())
    }

    fn open_answered(
        &mut self,
        device: DeviceId,
        link: LinkId,
        pending: PendingLink,
        secret: &Secret<Vec<u8>>,
        context: &LinkContext,
    ) {
        let key = LinkKey::derive(secret, context);
        let input = self.input.clone();
        let task = tokio::spawn(async move {
            let ready = pending.open(key, Duration::from_millis(LINK_AUTH_TIMEOUT_MS)).await;
            let _ = input.send(Input::LinkReady(device, link, ready)).await;
        });
        if let Some(peer) = self.peers.get_mut(&device) {
            peer.task = Some(task.abort_handle());
        }
    }

    pub(super) fn on_link_ready(
        &mut self,
        device: DeviceId,
        link: LinkId,
        ready: Result<(Link, LinkEvents), LinkError>,
    ) -> Result<(), EngineError> {
        let (live, events) = match ready {
            Ok(ready) => ready,
            Err(error) => {
                if let LinkError::Refused(refused) = error {
                    // Somebody changed what was signaled: the person is told.
                    self.emit(json!({"event": "alarm", "alarm": "link-refused", "reason": refused.to_string()}));
                }
                tracing::debug!(%error, "a link did not open");
                return self.drive(device, peer::Input::SetupFailed(link));
            }
        };
        let (outgoing, waiting) = mpsc::channel(OUTGOING_FRAMES_MAX);
        tokio::spawn(send_frames(live.clone(), waiting));
        tokio::spawn(forward((device, link), live.clone(), events, self.porter.clone(), self.input.clone()));
        if let Some(peer) = self.peers.get_mut(&device) {
            peer.task = None;
            peer.links.insert(link, LiveLink { link: live.clone(), outgoing, path: None });
        }
        self.note_path(device, link, live);
        self.drive(device, peer::Input::LinkOpened(link))?;
        if self.peers.get(&device).and_then(|peer| peer.machine.open_link()) == Some(link) {
            if let Some(note) = self.trust.newest_note().map(<[u8]>::to_vec) {
                self.send(device, &LinkFrame::Checkpoint { note });
            }
            self.send_certificate(device);
            self.note_reached(device)?;
            self.conversations.on_link_closed(&device);
            self.converse(|conversations, tx, around| conversations.on_link_open(tx, around, device))?;
            self.tell_seen_again(device)?;
            self.tell_members()?;
        }
        Ok(())
    }

    fn note_path(&self, device: DeviceId, link: LinkId, live: Link) {
        let input = self.input.clone();
        tokio::spawn(async move {
            let path = live.path().await;
            let _ = input.send(Input::PathKnown(device, link, path)).await;
        });
    }

    pub(super) fn on_path_known(&mut self, device: DeviceId, link: LinkId, path: Option<Path>) {
        if let Some(live) = self.peers.get_mut(&device).and_then(|peer| peer.links.get_mut(&link)) {
            live.path = path;
            self.emit_link(device, LinkState::Open);
        }
    }

    pub(super) fn on_link_closed(
        &mut self,
        device: DeviceId,
        link: LinkId,
        reason: ClosedReason,
    ) -> Result<(), EngineError> {
        tracing::debug!(%reason, "a link closed");
        let Some(peer) = self.peers.get_mut(&device) else { return Ok(()) };
        peer.links.remove(&link);
        if peer.machine.open_link() == Some(link) {
            self.conversations.on_link_closed(&device);
            self.note_reached(device)?;
        }
        self.drive(device, peer::Input::LinkClosed(link))
    }

    pub(super) fn drop_setup(&mut self, device: DeviceId, link: LinkId) {
        let Some(peer) = self.peers.get_mut(&device) else { return };
        if let Some(task) = peer.task.take() {
            task.abort();
        }
        peer.offer.take_if(|offer| offer.link == link);
        peer.answer.take_if(|answer| answer.link == link);
        peer.incoming.take_if(|offer| offer.link == link);
    }

    pub(super) fn close_link(&mut self, device: DeviceId, link: LinkId) -> Result<(), EngineError> {
        let Some(peer) = self.peers.get_mut(&device) else { return Ok(()) };
        if let Some(live) = peer.links.remove(&link) {
            tokio::spawn(async move { live.link.close().await });
        }
        if peer.links.is_empty() {
            self.conversations.on_link_closed(&device);
        }
        Ok(())
    }

    /// Closes whatever is open to a device and lets its machine know.
    pub(super) fn close_links(&mut self, device: DeviceId) -> Result<(), EngineError> {
        let links: Vec<_> = self.peers.get(&device).into_iter().flat_map(|peer| peer.links.keys().copied()).collect();
        for link in links {
            self.close_link(device, link)?;
            self.drive(device, peer::Input::LinkClosed(link))?;
        }
        Ok(())
    }

    pub(super) fn probe(&mut self, device: DeviceId) -> Result<(), EngineError> {
        self.send(device, &LinkFrame::Ping { number: rand_core::RngCore::next_u64(&mut OsRng) });
        Ok(())
    }

    /// Puts a frame on the open link to a device; without one it is dropped, and whoever made it repeats it.
    pub(super) fn send(&mut self, device: DeviceId, frame: &LinkFrame) {
        let Some(peer) = self.peers.get(&device) else { return };
        let Some(live) = peer.machine.open_link().and_then(|link| peer.links.get(&link)) else { return };
        if live.outgoing.try_send(Bytes::from(frame.to_bytes())).is_err() {
            let link = live.link.clone();
            tokio::spawn(async move { link.close().await });
        }
    }

    /// Applies frames in order, neighbors about lanes in one transaction.
    pub(super) fn take_frames(&mut self, frames: Vec<(DeviceId, LinkId, Bytes)>) -> Result<(), EngineError> {
        let mut lanes = Vec::new();
        for (device, link, bytes) in frames {
            if self.peers.get(&device).and_then(|peer| peer.machine.open_link()) != Some(link) {
                continue;
            }
            match LinkFrame::from_bytes(&bytes) {
                Ok(frame) if is_about_lanes(&frame) => lanes.push((device, frame)),
                Ok(frame) => {
                    self.take_lane_frames(std::mem::take(&mut lanes))?;
                    self.take_frame(device, link, frame)?;
                }
                Err(BadFrame::UnknownKind) => {}
                Err(BadFrame::Malformed(_)) => {
                    self.take_lane_frames(std::mem::take(&mut lanes))?;
                    self.close_link(device, link)?;
                    self.drive(device, peer::Input::LinkClosed(link))?;
                }
            }
            self.drive(device, peer::Input::Heard)?;
        }
        self.take_lane_frames(lanes)
    }

    fn take_frame(&mut self, device: DeviceId, link: LinkId, frame: LinkFrame) -> Result<(), EngineError> {
        match frame {
            LinkFrame::Ping { number } => {
                self.send(device, &LinkFrame::Pong { number });
                Ok(())
            }
            LinkFrame::Pong { .. } => Ok(()),
            LinkFrame::Checkpoint { note } => {
                let from = self.trust.log_size();
                let learned = self.trust.hear_from_peer(&note);
                let behind = learned.as_ref().is_ok_and(|learned| !learned.missing.is_empty());
                self.learn(learned)?;
                if behind {
                    self.send(device, &LinkFrame::LeavesRequest { from });
                }
                Ok(())
            }
            LinkFrame::LeavesRequest { from } => self.send_leaves(device, from),
            LinkFrame::Leaves { from, leaves } => {
                let leaves: Vec<_> = leaves.into_iter().map(|leaf| LeafBytes(leaf.into())).collect();
                let learned = self.trust.hear_leaves(from, &leaves);
                self.learn(learned)
            }
            LinkFrame::Seen { messages } => self.on_seen(device, &messages),
            LinkFrame::Certificate { certificate } => self.on_certificate(device, certificate),
            frame => self.take_file_frame(device, link, frame),
        }
    }

    fn send_leaves(&mut self, device: DeviceId, from: u64) -> Result<(), EngineError> {
        let leaves = self.vault.read(|tx| -> Result<Vec<(u64, SecretBytes)>, VaultError> {
            tx.scan(&LOG_LEAVES, Span::all().starting(&from)).take(LEAVES_PER_FRAME).collect()
        })?;
        if !leaves.is_empty() {
            let leaves = leaves.into_iter().map(|(_, leaf)| leaf.0.to_vec().into()).collect();
            self.send(device, &LinkFrame::Leaves { from, leaves });
        }
        Ok(())
    }

    /// What we learned, every open link learns: a revocation travels even where the server does not.
    pub(super) fn share_checkpoint(&mut self) {
        let Some(note) = self.trust.newest_note().map(<[u8]>::to_vec) else { return };
        for device in self.peers.keys().copied().collect::<Vec<_>>() {
            self.send(device, &LinkFrame::Checkpoint { note: note.clone() });
        }
    }

    pub(super) fn emit_link(&self, device: DeviceId, state: LinkState) {
        if let Some(peer) = self.peers.get(&device) {
            let path = super::views::path_of(peer);
            self.emit(
                json!({"event": "link", "peer": self.login_of(peer.record.member), "path": path, "state": state}),
            );
        }
    }
}

fn is_about_lanes(frame: &LinkFrame) -> bool {
    matches!(
        frame,
        LinkFrame::KeyPackageRequest { .. }
            | LinkFrame::KeyPackage { .. }
            | LinkFrame::LaneEntry(_)
            | LinkFrame::LaneRequest { .. }
            | LinkFrame::LaneAck(_)
            | LinkFrame::LaneReset { .. }
            | LinkFrame::RosterHave { .. }
            | LinkFrame::Roster { .. }
            | LinkFrame::PictureWanted { .. }
            | LinkFrame::Picture { .. }
    )
}
