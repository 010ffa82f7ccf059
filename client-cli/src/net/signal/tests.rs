//! Sessions against a server of our own on loopback that speaks frames as it is told.

use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use protocol::ids::SessionId;
use protocol::policy::Version;
use protocol::signaling::field::{Auth, SessionLimits};
use protocol::signaling::message::{ClientFrame, EXPORTER_LABEL, ServerFrame};
use protocol::signaling::proof;
use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng as _;
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::server::TlsStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::{WebSocketStream, accept_async};

use super::*;
use crate::net::rig::{Answer, ServerKey, TlsServer, serve_http};

const PATIENCE: Duration = Duration::from_secs(10);
const SESSION: SessionId = SessionId::from_bytes([7; 16]);
const NONCE: [u8; 32] = [8; 32];

fn device_key() -> SigningKey {
    SigningKey::from_bytes(&[1; 32])
}

fn open(server: &TlsServer, permitted: Hash32, kind: SessionKind) -> Signal {
    let device =
        Device { certificate: vec![2; 40], key: device_key(), release: Version { major: 1, minor: 0, patch: 0 } };
    let config = SignalConfig { endpoint: server.endpoint(), permitted: vec![permitted], kind, device };
    Signal::open(config, Box::new(ChaCha20Rng::seed_from_u64(3)))
}

async fn next(signal: &mut Signal) -> SignalEvent {
    timeout(PATIENCE, signal.event()).await.unwrap().unwrap()
}

fn news() -> News {
    News { checkpoint: vec![9; 10], first: 0, leaves: Vec::new(), policy_version: 1, directory_version: 1 }
}

/// The server's end of one connection.
struct Served(WebSocketStream<TlsStream<TcpStream>>);

impl Served {
    /// Accepts, challenges, checks HELLO against the exporter, welcomes.
    async fn welcome(server: &TlsServer, kind: SessionKind) -> Self {
        let stream = timeout(PATIENCE, server.accept()).await.unwrap();
        let exporter = stream.get_ref().1.export_keying_material([0; 32], EXPORTER_LABEL, None).unwrap();
        let mut served = Self(accept_async(stream).await.unwrap());
        served.send(ServerFrame::Challenge { versions: vec![1], nonce: NONCE }).await;
        match served.frame().await {
            ClientFrame::Hello { kind: said, auth: Auth::Device { signature, .. }, .. } => {
                assert_eq!(said, kind);
                assert!(proof::is_hello(&device_key().verifying_key(), &NONCE, &exporter, kind, &signature));
            }
            _ => panic!("HELLO comes first"),
        }
        let limits = SessionLimits { subscriptions_max: 10, put_burst_max: 10, put_per_s_max: 10, in_flight_max: 2 };
        served.send(ServerFrame::Welcome { session: SESSION, nonce: NONCE, limits, news: news() }).await;
        served
    }

    async fn send(&mut self, frame: ServerFrame) {
        self.0.send(Message::Binary(frame.to_bytes().into())).await.unwrap();
    }

    async fn frame(&mut self) -> ClientFrame {
        match timeout(PATIENCE, self.0.next()).await.unwrap() {
            Some(Ok(Message::Binary(bytes))) => ClientFrame::from_bytes(&bytes).unwrap(),
            other => panic!("{other:?}"),
        }
    }

    /// Waits until the client has closed.
    async fn over(mut self) {
        while let Some(Ok(_)) = timeout(PATIENCE, self.0.next()).await.unwrap() {}
    }
}

#[tokio::test]
async fn a_session_owns_addresses_puts_envelopes_and_hears_what_comes() {
    let key = ServerKey::fresh();
    let server = TlsServer::bind(&key).await;
    let mut signal = open(&server, key.spki, SessionKind::Relationship);
    let own = SigningKey::from_bytes(&[4; 32]);
    let address = Address::of_key(own.verifying_key().as_bytes());
    signal.command(SignalCommand::Own { key: own.clone(), put_key: Secret::new([5; 32]) }).unwrap();
    let mut served = Served::welcome(&server, SessionKind::Relationship).await;
    assert!(matches!(next(&mut signal).await, SignalEvent::Online(welcomed) if welcomed.session == SESSION));
    match served.frame().await {
        ClientFrame::Sub { key, put_key, signature } => {
            assert_eq!((key, put_key), (own.verifying_key().to_bytes(), [5; 32]));
            assert!(proof::is_sub(&own.verifying_key(), &NONCE, SESSION, &put_key, &signature));
        }
        _ => panic!("SUB"),
    }
    let put_key = Secret::new([6; 32]);
    let id = RequestId(1);
    let put = SignalCommand::Put { id, address, put_key: put_key.clone(), envelope: vec![1; 4096] };
    signal.command(put).unwrap();
    let ClientFrame::Put { n, mac, envelope, .. } = served.frame().await else { panic!("PUT") };
    assert!(proof::is_put(&put_key, SESSION, n, address, &envelope, &mac));
    served.send(ServerFrame::Gone { n }).await;
    assert!(matches!(next(&mut signal).await, SignalEvent::Gone(RequestId(1))));
    served.send(ServerFrame::Deliver { address, envelope: vec![3; 4096] }).await;
    assert!(matches!(next(&mut signal).await, SignalEvent::Delivered { address: at, .. } if at == address));
    served.send(ServerFrame::News { news: news() }).await;
    assert!(matches!(next(&mut signal).await, SignalEvent::News(_)));
}

#[tokio::test]
async fn a_lost_connection_is_opened_again_and_never_twice() {
    let key = ServerKey::fresh();
    let server = TlsServer::bind(&key).await;
    let mut signal = open(&server, key.spki, SessionKind::Door);
    for round in 1..=3 {
        let served = Served::welcome(&server, SessionKind::Door).await;
        assert!(matches!(next(&mut signal).await, SignalEvent::Online(_)));
        assert_eq!(server.accepted(), round);
        drop(served);
        let SignalEvent::Offline { retry_in, fault: None } = next(&mut signal).await else { panic!("offline") };
        assert!(retry_in <= Duration::from_secs(60));
        signal.command(SignalCommand::Nudge).unwrap();
    }
}

#[tokio::test]
async fn a_server_that_ends_the_session_says_why_and_is_left_alone() {
    let key = ServerKey::fresh();
    let server = TlsServer::bind(&key).await;
    let mut signal = open(&server, key.spki, SessionKind::Door);
    let mut served = Served::welcome(&server, SessionKind::Door).await;
    assert!(matches!(next(&mut signal).await, SignalEvent::Online(_)));
    served.send(ServerFrame::Close { code: CloseCode::Revoked }).await;
    assert!(matches!(next(&mut signal).await, SignalEvent::Ended(CloseCode::Revoked)));
    served.over().await;
    let put = SignalCommand::Fetch { id: RequestId(9), what: FetchWhat::Policy };
    signal.command(put).unwrap();
    let refused = next(&mut signal).await;
    assert!(matches!(refused, SignalEvent::Refused { id: Some(RequestId(9)), why: ClientRefused::Offline }));
    assert_eq!(server.accepted(), 1);
}

#[tokio::test]
async fn a_server_with_another_key_hears_nothing() {
    let (key, permitted) = (ServerKey::fresh(), ServerKey::fresh());
    let server = TlsServer::bind(&key).await;
    let mut signal = open(&server, permitted.spki, SessionKind::Door);
    assert!(server.try_accept().await.is_err());
    let SignalEvent::Offline { fault, .. } = next(&mut signal).await else { panic!("offline") };
    assert_eq!(fault, Some(SignalFault::Tls(TlsError::Key)));
    signal.command(SignalCommand::Permit(vec![key.spki])).unwrap();
    signal.command(SignalCommand::Nudge).unwrap();
    Served::welcome(&server, SessionKind::Door).await;
    assert!(matches!(next(&mut signal).await, SignalEvent::Online(_)));
}

#[tokio::test]
async fn a_server_without_signaling_is_a_fault_and_not_a_session() {
    let key = ServerKey::fresh();
    let server = TlsServer::bind(&key).await;
    let mut signal = open(&server, key.spki, SessionKind::Door);
    let stream = server.accept().await;
    tokio::spawn(serve_http(stream, |_: &str| Answer::problem(503, "unavailable")));
    let SignalEvent::Offline { fault, .. } = next(&mut signal).await else { panic!("offline") };
    assert_eq!(fault, Some(SignalFault::NoWebSocket));
}

#[tokio::test]
async fn an_engine_that_takes_no_events_stops_the_server_and_not_the_commands() {
    let key = ServerKey::fresh();
    let server = TlsServer::bind(&key).await;
    let mut signal = open(&server, key.spki, SessionKind::Door);
    let mut served = Served::welcome(&server, SessionKind::Door).await;
    let big = News { checkpoint: vec![1; 4096], ..news() };
    let frame = Message::Binary(ServerFrame::News { news: big }.to_bytes().into());
    let mut sent = 0usize;
    // Ends when all buffers between the two are full.
    while let Ok(result) = timeout(Duration::from_secs(1), served.0.send(frame.clone())).await {
        result.unwrap();
        sent += 1;
        assert!(sent < 20_000, "80 MiB taken from nobody who reads");
    }
    let what = FetchWhat::Policy;
    signal.command(SignalCommand::Fetch { id: RequestId(1), what }).unwrap();
    assert!(matches!(served.frame().await, ClientFrame::Fetch { .. }));
    assert!(matches!(next(&mut signal).await, SignalEvent::Online(_)));
    assert!(matches!(next(&mut signal).await, SignalEvent::News(_)));
}

#[tokio::test]
async fn garbage_ends_the_connection_and_the_queue_of_commands_is_bounded() {
    let key = ServerKey::fresh();
    let server = TlsServer::bind(&key).await;
    let mut signal = open(&server, key.spki, SessionKind::Door);
    let mut served = Served::welcome(&server, SessionKind::Door).await;
    assert!(matches!(next(&mut signal).await, SignalEvent::Online(_)));
    served.0.send(Message::Binary(vec![0xff; 100].into())).await.unwrap();
    assert!(matches!(next(&mut signal).await, SignalEvent::Offline { fault: None, .. }));
    served.over().await;
    // This test's runtime has one thread: the session's task takes nothing until we wait.
    let refused = (0..=COMMANDS_MAX).find_map(|_| signal.command(SignalCommand::Nudge).err());
    assert_eq!(refused, Some(Busy));
}

#[tokio::test]
async fn dropping_the_session_closes_its_socket() {
    let key = ServerKey::fresh();
    let server = TlsServer::bind(&key).await;
    let signal = open(&server, key.spki, SessionKind::Door);
    let served = Served::welcome(&server, SessionKind::Door).await;
    drop(signal);
    served.over().await;
}
