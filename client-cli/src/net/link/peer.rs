//! One peer connection with its two channels, from birth to the last socket. It must never outlive its owner: dropping
//! the guard closes it, whatever state it is in. Handlers run on the driver's task, so they only set a value.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use rtc::ice::mdns::MulticastDnsMode;
use rtc::peer_connection::certificate::CertificateParams;
use rtc::peer_connection::configuration::setting_engine::SctpMaxMessageSize;
use rtc::peer_connection::transport::RTCDtlsRole;
use tokio::sync::watch;
use tokio_util::sync::{CancellationToken, DropGuard};
use webrtc::data_channel::{DataChannel, RTCDataChannelInit};
use webrtc::peer_connection::crypto::{self, SignatureScheme};
use webrtc::peer_connection::{
    CipherSuiteId, PeerConnection, PeerConnectionBuilder, PeerConnectionEventHandler, RTCCertificate,
    RTCConfigurationBuilder, RTCIceConnectionState, RTCIceGatheringState, RTCIceServer, RTCPeerConnectionState,
    SettingEngine, SettingEngineBuilder,
};

use super::interfaces::bind_addresses;
use super::runtime::{DriverWatch, LinkRuntime, receive_window_bytes};
use super::{Channel, LINK_FRAME_BYTES_MAX, LinkConfig, LinkError};

/// Bytes handed to a channel and not yet acknowledged; above it a sender waits.
const SEND_BUFFER_BYTES: usize = 4 * 1024 * 1024;

/// What the stack takes as one message. Above our own limit, so that a far end that breaks it is seen, and refused by
/// name, instead of losing the frame without a word. The stack itself never takes more than this.
const STACK_MESSAGE_BYTES_MAX: u32 = 256 * 1024;
const _: () = assert!(LINK_FRAME_BYTES_MAX < STACK_MESSAGE_BYTES_MAX as usize);

/// How long names of STUN servers may be looked up, and how many addresses of one are asked.
const LOOKUP_TIMEOUT: Duration = Duration::from_millis(400);
const STUN_ADDRESSES_MAX: usize = 2;

/// How long candidates may be gathered; a silent STUN server must not cost more.
const GATHER_TIMEOUT: Duration = Duration::from_millis(800);

/// Pause between connectivity checks of a pair, and how many are made: together the time a link may take to open.
const ICE_CHECK_INTERVAL: Duration = Duration::from_millis(50);
const ICE_CHECKS_MAX: u16 = 200;

/// A far end that sends nothing is suspected after the first, given up after the sum of both.
const ICE_DISCONNECTED_AFTER: Duration = Duration::from_secs(4);
const ICE_FAILED_AFTER: Duration = Duration::from_secs(6);
const ICE_KEEPALIVE_INTERVAL: Duration = Duration::from_secs(2);

/// How far the connection is, as the driver last said.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Progress {
    pub(super) gathered: bool,
    /// A path between the two devices was found.
    pub(super) path_found: bool,
    pub(super) state: RTCPeerConnectionState,
}

struct Reporter(watch::Sender<Progress>);

#[async_trait]
impl PeerConnectionEventHandler for Reporter {
    async fn on_ice_gathering_state_change(&self, state: RTCIceGatheringState) {
        self.0.send_modify(|progress| progress.gathered = state == RTCIceGatheringState::Complete);
    }

    async fn on_ice_connection_state_change(&self, state: RTCIceConnectionState) {
        let found = matches!(state, RTCIceConnectionState::Connected | RTCIceConnectionState::Completed);
        self.0.send_modify(|progress| progress.path_found |= found);
    }

    async fn on_connection_state_change(&self, state: RTCPeerConnectionState) {
        self.0.send_modify(|progress| progress.state = state);
    }
}

/// Closes the connection, and tells when its driver and sockets are gone.
#[derive(Clone)]
pub(super) struct Closer {
    asked: CancellationToken,
    done: CancellationToken,
}

impl Closer {
    pub(super) fn ask(&self) {
        self.asked.cancel();
    }

    /// Asks when dropped.
    pub(super) fn guard(&self) -> DropGuard {
        self.asked.clone().drop_guard()
    }

    pub(super) async fn asked(&self) {
        self.asked.cancelled().await;
    }

    pub(super) async fn done(&self) {
        self.done.cancelled().await;
    }

    /// Waits for the request, or for a driver that died, then takes everything down.
    fn spawn(connection: Arc<dyn PeerConnection>, driver: DriverWatch) -> Self {
        let closer = Self { asked: CancellationToken::new(), done: CancellationToken::new() };
        let Self { asked, done } = closer.clone();
        tokio::spawn(async move {
            let _done = done.drop_guard();
            tokio::select! {
                () = asked.cancelled() => {}
                () = driver.gone() => asked.cancel(),
            }
            // An error here only says that the far end was not told.
            let _ = connection.close().await;
            driver.stop();
            driver.gone().await;
        });
        closer
    }
}

/// A built connection; the guard closes it when this is dropped.
pub(super) struct Peer {
    pub(super) connection: Arc<dyn PeerConnection>,
    pub(super) control: Arc<dyn DataChannel>,
    pub(super) bulk: Arc<dyn DataChannel>,
    pub(super) progress: watch::Receiver<Progress>,
    pub(super) closer: Closer,
    pub(super) guard: DropGuard,
}

impl Peer {
    pub(super) async fn build(config: &LinkConfig) -> Result<Self, LinkError> {
        let (reporter, progress) = watch::channel(Progress::default());
        let driver = DriverWatch::default();
        let ice_servers = stun_addresses(&config.stun_servers)
            .await
            .into_iter()
            .map(|server| RTCIceServer { urls: vec![format!("stun:{server}")], ..Default::default() })
            .collect();
        let connection = PeerConnectionBuilder::new()
            .with_configuration(
                RTCConfigurationBuilder::new()
                    .with_ice_servers(ice_servers)
                    .with_certificates(vec![fresh_certificate()?])
                    .build(),
            )
            .with_setting_engine(settings())
            .with_runtime(Arc::new(LinkRuntime::new(driver.clone())))
            .with_handler(Arc::new(Reporter(reporter)))
            .with_udp_addrs(bind_addresses(config.interfaces))
            .with_data_channel_send_buffer_limit(SEND_BUFFER_BYTES)
            .build()
            .await
            .map_err(|_| LinkError::Stack("bind"))?;
        let connection: Arc<dyn PeerConnection> = Arc::new(connection);
        let closer = Closer::spawn(Arc::clone(&connection), driver);
        let guard = closer.guard();
        let control = negotiated(&connection, Channel::Control).await?;
        let bulk = negotiated(&connection, Channel::Bulk).await?;
        Ok(Self { connection, control, bulk, progress, closer, guard })
    }

    /// Makes the driver send what a state change left behind in the stack; without it that waits for a timer of 200 ms.
    pub(super) async fn flush(&self) {
        let _ = self.control.set_buffered_amount_low_threshold(0).await;
    }

    /// The local description once candidates are in it, or with those found in time.
    pub(super) async fn described(&mut self) -> Result<String, LinkError> {
        let gathered = self.progress.wait_for(|progress| progress.gathered);
        if let Ok(Err(_)) = tokio::time::timeout(GATHER_TIMEOUT, gathered).await {
            return Err(LinkError::Stack("gather"));
        }
        self.connection
            .local_description()
            .await
            .map(|description| description.sdp)
            .ok_or(LinkError::Stack("local description"))
    }
}

/// Names become addresses here, within a bound: the stack would look them up on its driver, and a name server that does
/// not answer would hold up the host candidates too.
async fn stun_addresses(servers: &[String]) -> Vec<SocketAddr> {
    let mut found = Vec::new();
    let lookups = async {
        for server in servers {
            // A server that cannot be found only means one candidate less.
            found.extend(tokio::net::lookup_host(server).await.into_iter().flatten().take(STUN_ADDRESSES_MAX));
        }
    };
    let _ = tokio::time::timeout(LOOKUP_TIMEOUT, lookups).await;
    found
}

/// A channel both ends know without asking: no message of an unauthenticated peer can make one.
async fn negotiated(connection: &Arc<dyn PeerConnection>, channel: Channel) -> Result<Arc<dyn DataChannel>, LinkError> {
    let (label, stream) = match channel {
        Channel::Control => ("control", 0),
        Channel::Bulk => ("bulk", 1),
    };
    let init = RTCDataChannelInit { negotiated: Some(stream), ..Default::default() };
    connection.create_data_channel(label, Some(init)).await.map_err(|_| LinkError::Stack("data channel"))
}

fn fresh_certificate() -> Result<RTCCertificate, LinkError> {
    let provider = crypto::default_provider().map_err(|_| LinkError::Stack("crypto provider"))?;
    RTCCertificate::generate(provider.crypto(), SignatureScheme::EcdsaP256Sha256, CertificateParams::default())
        .map_err(|_| LinkError::Stack("certificate"))
}

fn settings() -> SettingEngine {
    SettingEngineBuilder::new()
        // The answerer is the client of DTLS and of SCTP; the order of the MACs relies on it.
        .with_answering_dtls_role(RTCDtlsRole::Client)
        .with_dtls_cipher_suites(vec![
            CipherSuiteId::Tls_Ecdhe_Ecdsa_With_Aes_128_Gcm_Sha256,
            CipherSuiteId::Tls_Ecdhe_Ecdsa_With_ChaCha20_Poly1305_Sha256,
        ])
        // A socket for mDNS fails where there is no multicast route, and takes the link with it.
        .with_multicast_dns_mode(MulticastDnsMode::Disabled)
        .with_host_acceptance_min_wait(Some(Duration::ZERO))
        .with_srflx_acceptance_min_wait(Some(Duration::ZERO))
        .with_prflx_acceptance_min_wait(Some(Duration::ZERO))
        .with_relay_acceptance_min_wait(Some(Duration::ZERO))
        .with_ice_connection_attempts(Some(ICE_CHECK_INTERVAL), Some(ICE_CHECKS_MAX))
        .with_ice_timeouts(Some(ICE_DISCONNECTED_AFTER), Some(ICE_FAILED_AFTER), Some(ICE_KEEPALIVE_INTERVAL))
        .with_sctp_max_message_size(SctpMaxMessageSize::Bounded(STACK_MESSAGE_BYTES_MAX))
        .with_sctp_max_receive_buffer_size(receive_window_bytes())
        .build()
}
