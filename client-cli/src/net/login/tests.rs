//! Enrollment against a server of our own on loopback: honest, unwilling, hostile, or with somebody in between.

use std::sync::{Arc, Mutex};

use ed25519_dalek::SigningKey;
use protocol::directory::FrontDoor;
use protocol::enrollment::{Credential, IdentityStep};
use protocol::ids::{Address, DeviceId, Hash32, MemberId};
use protocol::organization::{DirectoryKey, TlsKeys};
use protocol::secret::Secret;
use protocol::signed;
use tokio::io::{AsyncReadExt, AsyncWriteExt, copy, split};

use super::*;
use crate::net::rig::{Answer, ServerKey, TlsServer, serve_http};

const NOW: Timestamp = Timestamp::from_millis(1_000);
const PASSWORD: &str = "canary-password";

fn organization(spki: Hash32) -> (OrganizationFingerprint, Vec<u8>) {
    let (root, directory) = (SigningKey::from_bytes(&[1; 32]), SigningKey::from_bytes(&[2; 32]));
    let key = DirectoryKey {
        serial: 1,
        key: directory.verifying_key().to_bytes(),
        not_before: Timestamp::ZERO,
        not_after: Timestamp::from_millis(1_000_000),
    };
    let tls = TlsKeys { spki_sha256: vec![spki], not_after: Timestamp::from_millis(500_000) };
    let signed_key = signed::sign(&key, &root);
    let document = OrganizationDocument::new(&root.verifying_key(), signed_key, &tls, &directory, None);
    (OrganizationFingerprint::of_key(&root.verifying_key().to_bytes()), codec::encode(&document))
}

fn begin() -> Begin {
    Begin {
        credential: Credential::Password {
            login: "notary03".to_owned().into(),
            password: Secret::new(PASSWORD.to_owned()),
        },
        device: DeviceId::from_bytes([3; 16]),
    }
}

fn begun() -> Begun {
    Begun {
        ticket: Secret::new([4; 32]),
        member: MemberId::from_bytes([5; 16]),
        login: "notary03".to_owned().into(),
        name: "Notary 03".to_owned().into(),
        identity: IdentityStep::First,
        lifetime_ms: None,
    }
}

fn finish() -> Finish {
    Finish {
        ticket: Secret::new([4; 32]),
        request: vec![6; 100],
        envelope_key: vec![7; 1216],
        front_door: FrontDoor { address: Address::from_bytes([8; 16]), capability: [9; 32] },
    }
}

/// Serves the organization's document and answers everything else with `post`.
async fn server(
    key: &ServerKey,
    post: impl Fn(&str) -> Answer + Send + Sync + 'static,
) -> (TlsServer, OrganizationFingerprint) {
    let (fingerprint, document) = organization(key.spki);
    let server = TlsServer::bind(key).await;
    let serving = server.clone();
    let post = Arc::new(post);
    tokio::spawn(async move {
        loop {
            let Ok(stream) = serving.try_accept().await else { continue };
            let (document, post) = (document.clone(), Arc::clone(&post));
            tokio::spawn(serve_http(stream, move |path: &str| match path {
                ORGANIZATION_PATH => Answer::cbor(document.clone()),
                path => post(path),
            }));
        }
    });
    (server, fingerprint)
}

#[tokio::test]
async fn a_server_that_proved_itself_enrolls_over_the_same_connection() {
    let key = ServerKey::fresh();
    let finished = Finished { certificate: vec![1; 50], leaves: Vec::new(), checkpoint: vec![2; 60] };
    let answer = codec::encode(&finished);
    let (server, fingerprint) = server(&key, move |path| match path {
        BEGIN_PATH => Answer::cbor(codec::encode(&begun())),
        FINISH_PATH => Answer::cbor(answer.clone()),
        _ => Answer::problem(404, "no-such-path"),
    })
    .await;
    let mut introduced = introduce(&server.endpoint(), fingerprint, NOW).await.unwrap();
    assert_eq!(introduced.organization().fingerprint, fingerprint);
    let answer = introduced.begin(NOW, &begin()).await.unwrap();
    assert_eq!(answer.member, MemberId::from_bytes([5; 16]));
    assert_eq!(introduced.finish(NOW, &finish()).await.unwrap(), finished);
    assert_eq!(server.accepted(), 1);
}

#[tokio::test]
async fn refusals_are_told_apart() {
    let key = ServerKey::fresh();
    for (status, code, expected) in [
        (401, "password", Refusal::Password),
        (403, "suspended", Refusal::Suspended),
        (429, "too-many-attempts", Refusal::TooManyAttempts),
        (503, "directory-unreachable", Refusal::Unavailable),
        (400, "something-newer", Refusal::Other),
    ] {
        let (server, fingerprint) = server(&key, move |_| Answer::problem(status, code)).await;
        let mut introduced = introduce(&server.endpoint(), fingerprint, NOW).await.unwrap();
        match introduced.begin(NOW, &begin()).await {
            Err(LoginError::Refused(problem)) => {
                assert_eq!((problem.code.as_str(), problem.refusal()), (code, expected));
                assert!(!format!("{problem:?}").contains("canary"));
            }
            other => panic!("{other:?}"),
        }
    }
}

#[tokio::test]
async fn another_organization_gets_nothing() {
    let key = ServerKey::fresh();
    let (server, _) = server(&key, |_| Answer::cbor(codec::encode(&begun()))).await;
    let other = OrganizationFingerprint::from_bytes([0xee; 32]);
    let refused = introduce(&server.endpoint(), other, NOW).await.err();
    assert_eq!(refused, Some(LoginError::NotTrusted(NotTrusted::OtherOrganization)));
}

/// Somebody ends TLS with a certificate of their own and forwards to the real server, reading everything.
#[tokio::test]
async fn a_relay_in_between_sees_no_password_and_the_client_says_why() {
    let (key, relay_key) = (ServerKey::fresh(), ServerKey::fresh());
    let (server, fingerprint) = server(&key, |_| Answer::cbor(codec::encode(&begun()))).await;
    let relay = TlsServer::bind(&relay_key).await;
    let seen = Arc::new(Mutex::new(Vec::new()));
    let forwarding = {
        let (relay, real, seen) = (relay.clone(), server.endpoint(), Arc::clone(&seen));
        tokio::spawn(async move {
            let (mut from_client, mut to_client) = split(relay.accept().await);
            let real = tls::connect(&real, &Permitted::FirstContact).await.unwrap();
            let (mut from_server, mut to_server) = split(real.stream);
            let answers = tokio::spawn(async move { copy(&mut from_server, &mut to_client).await });
            let mut bytes = [0; 4096];
            while let Ok(count @ 1..) = from_client.read(&mut bytes).await {
                seen.lock().unwrap().extend_from_slice(&bytes[..count]);
                to_server.write_all(&bytes[..count]).await.unwrap();
            }
            answers.abort();
        })
    };
    let enrolled = async {
        let mut introduced = introduce(&relay.endpoint(), fingerprint, NOW).await?;
        introduced.begin(NOW, &begin()).await
    };
    assert_eq!(enrolled.await.err(), Some(LoginError::NotTrusted(NotTrusted::Connection)));
    forwarding.await.unwrap();
    let seen = String::from_utf8_lossy(&seen.lock().unwrap()).into_owned();
    assert!(seen.starts_with("GET /v1/organization "), "the relay really stood in between: {seen}");
    assert!(!seen.contains("POST") && !seen.contains(PASSWORD) && !seen.contains("notary03"));
}

/// The server closed while the person typed; behind the new connection stands somebody else.
#[tokio::test]
async fn a_new_connection_has_to_prove_itself_again() {
    let key = ServerKey::fresh();
    let (fingerprint, document) = organization(key.spki);
    let server = TlsServer::bind(&key).await;
    let impostor = ServerKey::fresh();
    let serving = server.clone();
    let closed = tokio::spawn(async move {
        let first = serving.accept().await;
        serve_http(first, {
            let document = document.clone();
            move |_: &str| Answer::cbor(document.clone()).and_close()
        })
        .await;
        let second = serving.accept_with(&impostor).await;
        let posted = Arc::new(Mutex::new(false));
        let note = Arc::clone(&posted);
        serve_http(second, move |path: &str| {
            *note.lock().unwrap() |= path != ORGANIZATION_PATH;
            Answer::cbor(document.clone()).and_close()
        })
        .await;
        *posted.lock().unwrap()
    });
    let mut introduced = introduce(&server.endpoint(), fingerprint, NOW).await.unwrap();
    let refused = introduced.begin(NOW, &begin()).await.err();
    assert_eq!(refused, Some(LoginError::NotTrusted(NotTrusted::Connection)));
    drop(introduced);
    assert!(!closed.await.unwrap(), "nothing was posted to the impostor");
}

#[tokio::test]
async fn documents_beyond_their_cap_and_strange_answers_are_refused() {
    let key = ServerKey::fresh();
    for answer in [
        Answer::cbor(vec![0; ENROLLMENT_RESPONSE_BYTES_MAX + 1]),
        Answer::cbor(vec![0xff; 10]),
        Answer::html(200),
        Answer::html(302),
        Answer::html(500),
    ] {
        let (server, fingerprint) = server(&key, move |_| answer.clone()).await;
        let mut introduced = introduce(&server.endpoint(), fingerprint, NOW).await.unwrap();
        assert_eq!(introduced.begin(NOW, &begin()).await.err(), Some(LoginError::Protocol));
    }
}
