//! From two session descriptions to an authenticated link. Steps are types, so that none can be skipped: offer or
//! answer, pending, link. It must never send or read a frame before the far end's DTLS certificate was compared with
//! the sealed envelope's fingerprint, nor hand out a frame before both MACs were right. `protocol.md` §5.

use std::sync::Arc;
use std::time::Duration;

use bytes::BytesMut;
use sha2::{Digest, Sha256};
use webrtc::data_channel::{DataChannel, DataChannelEvent};
use webrtc::peer_connection::{RTCPeerConnectionState, RTCSessionDescription};

use super::peer::Peer;
use super::sdp;
use super::stream::{self, Link, LinkEvents};
use super::{CertificateFingerprint, Channel, LinkConfig, LinkError, LinkKey, Refused, Role};

/// Our offer, waiting for its answer. Dropping it closes its sockets.
pub struct LinkOffer {
    peer: Peer,
    sdp: String,
    fingerprint: CertificateFingerprint,
}

impl LinkOffer {
    /// Binds sockets, makes a certificate, gathers candidates.
    pub async fn create(config: &LinkConfig) -> Result<Self, LinkError> {
        let mut peer = Peer::build(config).await?;
        let offer = peer.connection.create_offer(None).await.map_err(|_| LinkError::Stack("offer"))?;
        let (sdp, fingerprint) = describe(&mut peer, offer).await?;
        Ok(Self { peer, sdp, fingerprint })
    }

    /// What goes into the sealed offer.
    pub fn sdp(&self) -> &str {
        &self.sdp
    }

    pub fn fingerprint(&self) -> CertificateFingerprint {
        self.fingerprint
    }

    /// `answer` and `fingerprint` come from the same sealed envelope.
    pub async fn accept_answer(
        self,
        answer: &str,
        fingerprint: &CertificateFingerprint,
    ) -> Result<PendingLink, LinkError> {
        let answer = remote(answer, fingerprint, RTCSessionDescription::answer)?;
        apply_remote(&self.peer, answer).await?;
        Ok(PendingLink { peer: self.peer, role: Role::Offerer, expected: *fingerprint })
    }
}

/// Our answer to an offer, with the link it leads to.
pub struct LinkAnswer {
    /// What goes into the sealed answer.
    pub sdp: String,
    pub fingerprint: CertificateFingerprint,
    pub pending: PendingLink,
}

impl LinkAnswer {
    /// `offer` and `fingerprint` come from the same sealed envelope.
    pub async fn create(
        config: &LinkConfig,
        offer: &str,
        fingerprint: &CertificateFingerprint,
    ) -> Result<Self, LinkError> {
        let offer = remote(offer, fingerprint, RTCSessionDescription::offer)?;
        let mut peer = Peer::build(config).await?;
        apply_remote(&peer, offer).await?;
        let answer = peer.connection.create_answer(None).await.map_err(|_| LinkError::Stack("answer"))?;
        let (sdp, own) = describe(&mut peer, answer).await?;
        Ok(Self { sdp, fingerprint: own, pending: PendingLink { peer, role: Role::Answerer, expected: *fingerprint } })
    }
}

/// Both descriptions are known; the far end is not yet authenticated. Dropping it closes its sockets.
pub struct PendingLink {
    peer: Peer,
    role: Role,
    expected: CertificateFingerprint,
}

impl PendingLink {
    /// The raw channel, for a far end that breaks the rules.
    #[cfg(test)]
    pub(super) fn bulk_for_tests(&self) -> &Arc<dyn DataChannel> {
        &self.peer.bulk
    }

    /// Connects, compares the certificate, exchanges the MACs. After `timeout` everything is closed.
    pub async fn open(mut self, link_key: LinkKey, timeout: Duration) -> Result<(Link, LinkEvents), LinkError> {
        match tokio::time::timeout(timeout, self.authenticate(&link_key)).await {
            Ok(Ok(())) => Ok(stream::start(self.peer)),
            Ok(Err(error)) => Err(error),
            Err(_) => Err(self.too_late()),
        }
    }

    async fn authenticate(&mut self, link_key: &LinkKey) -> Result<(), LinkError> {
        self.connected().await?;
        self.check_certificate().await?;
        tokio::try_join!(
            exchange(&self.peer.control, link_key, self.role, Channel::Control),
            exchange(&self.peer.bulk, link_key, self.role, Channel::Bulk),
        )?;
        Ok(())
    }

    async fn connected(&mut self) -> Result<(), LinkError> {
        loop {
            let progress = *self.peer.progress.borrow_and_update();
            match progress.state {
                RTCPeerConnectionState::Connected => return Ok(()),
                RTCPeerConnectionState::Failed if !progress.path_found => return Err(LinkError::Unreachable),
                RTCPeerConnectionState::Failed | RTCPeerConnectionState::Closed => return Err(LinkError::Closed),
                _ => {}
            }
            tokio::select! {
                changed = self.peer.progress.changed() => changed.map_err(|_| LinkError::Closed)?,
                () = self.peer.closer.asked() => return Err(LinkError::Closed),
            }
            self.peer.flush().await;
        }
    }

    /// The stack compares the certificate with the description; we compare it with the envelope, ourselves.
    async fn check_certificate(&self) -> Result<(), LinkError> {
        let presented = match self.peer.connection.sctp().await {
            Some(sctp) => sctp.transport().get_remote_certificates().await,
            None => return Err(LinkError::Stack("transport")),
        };
        let presented = presented.map_err(|_| LinkError::Stack("certificate"))?;
        let matches = presented.first().is_some_and(|der| Sha256::digest(der).as_slice() == self.expected);
        if matches { Ok(()) } else { Err(Refused::Fingerprint.into()) }
    }

    /// The stack does not fail by itself when the certificate is another one: its handshake just never ends.
    fn too_late(&self) -> LinkError {
        let progress = *self.peer.progress.borrow();
        match progress.state {
            RTCPeerConnectionState::Connected => Refused::Silent.into(),
            _ if progress.path_found => Refused::Fingerprint.into(),
            _ => LinkError::Unreachable,
        }
    }
}

/// Applies our own description and returns it with the candidates in it.
async fn describe(
    peer: &mut Peer,
    description: RTCSessionDescription,
) -> Result<(String, CertificateFingerprint), LinkError> {
    peer.connection.set_local_description(description).await.map_err(|_| LinkError::Stack("local description"))?;
    let sdp = peer.described().await?;
    let fingerprint = sdp::fingerprint(&sdp)?;
    Ok((sdp, fingerprint))
}

/// Checks what we check ourselves, then lets the stack parse.
fn remote<E>(
    sdp: &str,
    expected: &CertificateFingerprint,
    parse: impl FnOnce(String) -> Result<RTCSessionDescription, E>,
) -> Result<RTCSessionDescription, LinkError> {
    if sdp::fingerprint(sdp)? != *expected {
        return Err(Refused::Fingerprint.into());
    }
    parse(sdp.to_owned()).map_err(|_| Refused::Description.into())
}

/// In a task of its own: a description that makes the stack panic costs this link, not the caller.
async fn apply_remote(peer: &Peer, description: RTCSessionDescription) -> Result<(), LinkError> {
    let connection = Arc::clone(&peer.connection);
    let applied = tokio::spawn(async move { connection.set_remote_description(description).await }).await;
    match applied {
        Ok(Ok(())) => Ok(()),
        Ok(Err(_)) | Err(_) => Err(Refused::Description.into()),
    }
}

/// Sends our MAC and takes the far end's as the very first frame. The answerer speaks first: it is the SCTP client, and
/// the stack loses a frame that reaches the client together with the last packet of SCTP's own handshake, before it knows
/// the negotiated channels. The client's frames cannot come that early.
async fn exchange(
    channel: &Arc<dyn DataChannel>,
    link_key: &LinkKey,
    role: Role,
    which: Channel,
) -> Result<(), LinkError> {
    while let Some(event) = channel.poll().await {
        match event {
            DataChannelEvent::OnOpen if role == Role::Answerer => {
                send_mac(channel, link_key.auth_mac(role, which)).await?;
            }
            DataChannelEvent::OnMessage(first) => {
                if !link_key.verify_mac(role.other(), which, &first.data) {
                    return Err(Refused::Mac.into());
                }
                if role == Role::Offerer {
                    send_mac(channel, link_key.auth_mac(role, which)).await?;
                }
                return Ok(());
            }
            DataChannelEvent::OnError | DataChannelEvent::OnClosing | DataChannelEvent::OnClose => {
                return Err(LinkError::Closed);
            }
            _ => {}
        }
    }
    Err(LinkError::Closed)
}

async fn send_mac(channel: &Arc<dyn DataChannel>, mac: [u8; 32]) -> Result<(), LinkError> {
    channel.send(BytesMut::from(mac.as_slice())).await.map_err(|_| LinkError::Closed)
}
