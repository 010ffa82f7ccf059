//! The whole server in this process, seen from outside: TLS, HTTP, enrollment, signaling, STUN, metrics, stop; and, in
//! `worlds`, what it leaves behind.

#![allow(clippy::expect_used, reason = "a test fails by panicking, in its helpers too")]
#![expect(clippy::panic, reason = "a test that sees something else has failed")]

mod api;
mod console;
mod home;
mod outside;
mod policy;
mod worlds;

use std::time::Duration;

use home::{Home, on_both_engines};
use outside::{Socket, ask, connect, post, spki};
use pro_server::app::{Running, StartError};
use pro_server::clock::Ambient;
use pro_server::domain::access::{Grant, LocalAdministrator, Permission};
use protocol::certificate::{self, CERTIFICATE_VERSION, CertificateBody};
use protocol::codec;
use protocol::directory::FrontDoor;
use protocol::enrollment::{Begin, Begun, Credential, Finish, Finished};
use protocol::ids::{Address, DeviceId};
use protocol::keys::{EnvelopeKeyPair, SigningKey, put_key};
use protocol::organization::OrganizationDocument;
use protocol::policy::Version;
use protocol::signaling::field::{Auth, CloseCode, FetchWhat, SessionKind};
use protocol::signaling::message::{ClientFrame, ServerFrame};
use protocol::signaling::proof;
use protocol::time::DAY_MS;
use tests::postgres::Engine;

const CAPABILITY: [u8; 32] = [5; 32];

fn grant<P: Permission>() -> Grant<P> {
    LocalAdministrator::of_peer(0, 0).expect("root").grant()
}

on_both_engines! {
    the_server_proves_itself_on_this_connection,
    refusals_are_problems_with_a_stable_code,
    two_devices_meet_and_the_revoked_one_leaves_at_once,
    a_stop_ends_every_session_and_takes_ready_json_away,
    what_is_no_frame_closes_the_session,
    metrics_are_totals_without_labels,
    stun_answers_beside_the_public_port,
}

/// An enrolled device.
struct Device {
    key: SigningKey,
    certificate: Vec<u8>,
    door: SigningKey,
}

async fn enroll(running: &Running, login: &str) -> Device {
    let csv = format!("login,name,mail\n{login},Notary,\n");
    running.services.import_people(&grant(), csv.as_bytes()).await.expect("imported");
    enroll_known(running, login, &Ambient::system()).await
}

/// Enrolls somebody who is in the directory already, with this time and these keys.
async fn enroll_known(running: &Running, login: &str, ambient: &Ambient) -> Device {
    let code = running.services.create_code(&grant(), login).await.expect("a code").code;
    let mut rng = ambient.rng();
    let key = protocol::keys::signing_key(&mut rng);
    let identity = protocol::keys::signing_key(&mut rng);
    let door = protocol::keys::signing_key(&mut rng);
    let envelope = EnvelopeKeyPair::generate(&mut rng).expect("a key");
    let device = DeviceId::of_key(key.verifying_key().as_bytes());
    let mut stream = connect(running.address).await;
    let begin = Begin { credential: Credential::Code { code }, device };
    let begun: Begun = post(&mut stream, "/v1/enrollment/begin", &begin).await;
    assert_eq!(begun.login.expose(), login);
    let now = ambient.now();
    let body = CertificateBody {
        version: CERTIFICATE_VERSION,
        organization: running.fingerprint,
        member: begun.member,
        device,
        signature_key: key.verifying_key().to_bytes(),
        identity_key: identity.verifying_key().to_bytes(),
        envelope_key_hash: envelope.public().hash(),
        not_before: now,
        not_after: now.plus_ms(DAY_MS),
        capabilities: Vec::new(),
    };
    let finish = Finish {
        ticket: begun.ticket,
        request: certificate::request(&body, &identity, &key),
        envelope_key: envelope.public().as_bytes().to_vec(),
        front_door: FrontDoor { address: Address::of_key(door.verifying_key().as_bytes()), capability: CAPABILITY },
    };
    let finished: Finished = post(&mut stream, "/v1/enrollment/finish", &finish).await;
    assert!(!finished.leaves.is_empty());
    Device { key, certificate: finished.certificate, door }
}

struct Session {
    socket: Socket,
    id: protocol::ids::SessionId,
    nonce: [u8; 32],
}

impl Session {
    async fn open(running: &Running, device: &Device, kind: SessionKind) -> Result<Self, CloseCode> {
        Self::of_release(running, device, kind, Version::current()).await
    }

    /// With a client program of this version.
    async fn of_release(
        running: &Running,
        device: &Device,
        kind: SessionKind,
        release: Version,
    ) -> Result<Self, CloseCode> {
        let mut socket = Socket::open(running.address).await;
        let Some(ServerFrame::Challenge { nonce, .. }) = socket.next().await else { panic!("no CHALLENGE") };
        let signature = proof::hello(&device.key, &nonce, &socket.exporter, kind);
        let auth = Auth::Device { certificate: device.certificate.clone(), signature };
        socket.send(&ClientFrame::Hello { version: 1, kind, release, auth }).await;
        match socket.next().await {
            Some(ServerFrame::Welcome { session, nonce, .. }) => Ok(Session { socket, id: session, nonce }),
            Some(ServerFrame::Close { code }) => Err(code),
            other => panic!("{other:?}"),
        }
    }

    async fn own(&mut self, key: &SigningKey, put_key: [u8; 32]) {
        let signature = proof::sub(key, &self.nonce, self.id, &put_key);
        self.socket.send(&ClientFrame::Sub { key: key.verifying_key().to_bytes(), put_key, signature }).await;
    }

    async fn put(&mut self, n: u64, address: Address, key: [u8; 32], envelope: &[u8]) {
        let mac = proof::put(&key.into(), self.id, n, address, envelope);
        self.socket.send(&ClientFrame::Put { n, address, mac, envelope: envelope.to_vec() }).await;
    }

    /// Whatever was sent before has been handled when the answer to this is there.
    async fn settle(&mut self, n: u64) {
        self.socket.send(&ClientFrame::Fetch { n, what: FetchWhat::Policy }).await;
        match self.socket.next_but_news().await {
            Some(ServerFrame::Part { .. } | ServerFrame::Error { .. }) => {}
            other => panic!("{other:?}"),
        }
    }
}

async fn the_server_proves_itself_on_this_connection(engine: Engine) {
    let home = Home::on(engine);
    let running = home.start().await;
    let mut stream = connect(running.address).await;
    let (_, connection) = stream.get_ref();
    assert_eq!(connection.protocol_version(), Some(rustls::ProtocolVersion::TLSv1_3));
    let group = connection.negotiated_key_exchange_group().expect("a group").name();
    assert_eq!(group, rustls::NamedGroup::X25519MLKEM768);
    let answer = ask(&mut stream, "GET /v1/organization HTTP/1.1", &[]).await;
    assert_eq!(answer.status, 200);
    let document = OrganizationDocument::from_bytes(&answer.body).expect("a document");
    let trusted = document.verify(running.fingerprint, spki(&stream), Ambient::system().now());
    assert_eq!(trusted.expect("trusted").fingerprint, running.fingerprint);
    running.stop().await.expect("stopped");
}

async fn refusals_are_problems_with_a_stable_code(engine: Engine) {
    let home = Home::on(engine);
    let running = home.start().await;
    let mut stream = connect(running.address).await;
    let begin = "POST /v1/enrollment/begin HTTP/1.1";
    let cbor = "POST /v1/enrollment/begin HTTP/1.1\r\nContent-Type: application/cbor";
    let wrong_code = codec::encode(&Begin {
        credential: Credential::Code { code: "AAAA".to_owned().into() },
        device: DeviceId::from_bytes([1; 16]),
    });
    for (head, body, status, code) in [
        ("GET /nowhere HTTP/1.1", &b""[..], 404, "no-such-path"),
        ("POST /healthz HTTP/1.1", b"", 405, "wrong-method"),
        ("GET /v1/signal HTTP/1.1", b"", 426, "not-websocket"),
        (begin, b"{}", 415, "wrong-media-type"),
        (cbor, b"\xff\xff", 400, "malformed"),
        (cbor, &wrong_code, 401, "code"),
        (cbor, &[0; 20_000], 413, "too-large"),
    ] {
        // A refused body may end the connection.
        let mut other = connect(running.address).await;
        let answer = ask(&mut other, head, body).await;
        assert_eq!(answer.status, status, "{head}");
        assert!(answer.head.contains("application/problem+json"), "{}", answer.head);
        let problem: serde_json::Value = serde_json::from_slice(&answer.body).expect("JSON");
        assert_eq!(problem["code"], code);
        assert_eq!(problem["status"], status);
    }
    assert_eq!(ask(&mut stream, "GET /healthz HTTP/1.1", &[]).await.status, 200);
    assert_eq!(ask(&mut stream, "GET /readyz HTTP/1.1", &[]).await.status, 200);
    running.stop().await.expect("stopped");
}

async fn two_devices_meet_and_the_revoked_one_leaves_at_once(engine: Engine) {
    let home = Home::on(engine);
    let running = home.start().await;
    let (one, two) = (enroll(&running, "notary01").await, enroll(&running, "notary02").await);
    let mut door = Session::open(&running, &one, SessionKind::Door).await.expect("welcome");
    let at = Address::of_key(one.door.verifying_key().as_bytes());
    door.own(&one.door, *put_key(&CAPABILITY, at).expose()).await;
    door.settle(1).await;

    let mut sender = Session::open(&running, &two, SessionKind::Relationship).await.expect("welcome");
    sender.put(1, at, *put_key(&CAPABILITY, at).expose(), &[7; 4_096]).await;
    match door.socket.next_but_news().await {
        Some(ServerFrame::Deliver { address, envelope }) => {
            assert_eq!((address, envelope), (at, vec![7; 4_096]));
        }
        other => panic!("{other:?}"),
    }

    // A relationship address that nobody owns, then one of the sender's own: the answers come in order.
    let nobody = Address::from_bytes([9; 16]);
    sender.put(2, nobody, [1; 32], &[7; 4_096]).await;
    assert!(matches!(sender.socket.next_but_news().await, Some(ServerFrame::Gone { n: 2 })));
    // The front door of a device that is not there: silence, then the answer to the next one.
    let away = Address::of_key(two.door.verifying_key().as_bytes());
    sender.put(3, away, [1; 32], &[7; 4_096]).await;
    sender.put(4, nobody, [1; 32], &[7; 4_096]).await;
    assert!(matches!(sender.socket.next_but_news().await, Some(ServerFrame::Gone { n: 4 })));

    running.services.suspend_person(&grant(), "notary01").await.expect("suspended");
    assert!(matches!(door.socket.next_but_news().await, Some(ServerFrame::Close { code: CloseCode::Suspended })));
    assert!(door.socket.next().await.is_none(), "the WebSocket is closed");
    let again = Session::open(&running, &one, SessionKind::Door).await;
    assert_eq!(again.err(), Some(CloseCode::Suspended));
    running.stop().await.expect("stopped");
}

async fn a_stop_ends_every_session_and_takes_ready_json_away(engine: Engine) {
    let home = Home::on(engine);
    let running = home.start().await;
    let ready = std::fs::read(home.data().join("ready.json")).expect("there");
    let ready: serde_json::Value = serde_json::from_slice(&ready).expect("JSON");
    assert_eq!(ready["url"], running.url.to_string());
    assert_eq!(ready["organization_fingerprint"], running.fingerprint.to_string());
    assert_eq!(ready["pid"], std::process::id());
    assert!(matches!(home.try_start().await, Err(StartError::Taken)));

    let device = enroll(&running, "notary01").await;
    let mut session = Session::open(&running, &device, SessionKind::Relationship).await.expect("welcome");
    // One that has not said HELLO yet, and one that is idle.
    let mut silent = Socket::open(running.address).await;
    let _idle = connect(running.address).await;
    assert!(matches!(silent.next().await, Some(ServerFrame::Challenge { .. })));
    let stopping = tokio::spawn(running.stop());
    for socket in [&mut session.socket, &mut silent] {
        assert!(matches!(socket.next_but_news().await, Some(ServerFrame::Close { code: CloseCode::Draining })));
    }
    tokio::time::timeout(Duration::from_secs(8), stopping).await.expect("in time").expect("no panic").expect("stopped");
    assert!(!home.data().join("ready.json").exists());

    // The same organization and the same device after a restart.
    let running = home.start().await;
    Session::open(&running, &device, SessionKind::Door).await.expect("welcome again");
    running.stop().await.expect("stopped");
}

async fn what_is_no_frame_closes_the_session(engine: Engine) {
    let home = Home::on(engine);
    let running = home.start().await;
    for attempt in 0..3 {
        let mut socket = Socket::open(running.address).await;
        assert!(matches!(socket.next().await, Some(ServerFrame::Challenge { .. })));
        match attempt {
            0 => socket.raw(vec![0xff; 40]).await,
            1 => socket.text("hello").await,
            _ => socket.raw(vec![0; protocol::limits::SIGNALING_FRAME_BYTES_MAX + 1]).await,
        }
        assert!(matches!(socket.next().await, Some(ServerFrame::Close { code: CloseCode::Malformed })));
        assert!(socket.next().await.is_none());
    }
    running.stop().await.expect("stopped");
}

/// What `GET /metrics` renders.
async fn metrics(running: &Running) -> String {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    let address = running.metrics.expect("a listener");
    let mut stream = tokio::net::TcpStream::connect(address).await.expect("connected");
    stream.write_all(b"GET /metrics HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").await.expect("sent");
    let mut text = String::new();
    stream.read_to_string(&mut text).await.expect("read");
    let (_, body) = text.split_once("\r\n\r\n").expect("a head");
    body.to_owned()
}

async fn metrics_are_totals_without_labels(engine: Engine) {
    let home = Home::on(engine);
    let running = home.start().await;
    enroll(&running, "notary01").await;
    let text = metrics(&running).await;
    assert!(text.contains("isoloir_http_requests_total "), "{text}");
    assert!(!text.contains('{'), "a label: {text}");
    running.stop().await.expect("stopped");
}

async fn stun_answers_beside_the_public_port(engine: Engine) {
    let home = Home::on(engine);
    let running = home.start().await;
    assert_eq!(running.stun, Some(running.address), "the same number over UDP");
    let socket = tokio::net::UdpSocket::bind("127.0.0.1:0").await.expect("bound");
    let mut request = vec![0, 1, 0, 0, 0x21, 0x12, 0xa4, 0x42];
    request.extend([7; 12]);
    socket.send_to(&request, running.address).await.expect("sent");
    let mut answer = [0; 128];
    let received = tokio::time::timeout(Duration::from_secs(5), socket.recv(&mut answer)).await;
    let length = received.expect("in time").expect("received");
    assert!(length >= 32 && answer[..2] == [1, 1] && answer[8..20] == [7; 12]);
    running.stop().await.expect("stopped");
}
