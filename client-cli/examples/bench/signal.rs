//! Signaling in bulk against a real server: many devices, both sessions of each, and envelopes between them within the rates that
//! the protocol allows. It goes on to the next step when a line comes in, so that the driver can look at the server between.

use std::time::Duration;

use anyhow::{Context as _, bail};
use client_cli::account::DeviceKeys;
use client_cli::clock;
use client_cli::net::login;
use client_cli::net::signal::{Signal, SignalCommand, SignalConfig, SignalEvent};
use client_cli::net::tls::Endpoint;
use protocol::certificate::{self, CERTIFICATE_VERSION, CertificateBody};
use protocol::enrollment::{Begin, Credential, Finish};
use protocol::ids::{Address, Hash32};
use protocol::keys::{self, SigningKey};
use protocol::limits::{CERTIFICATE_LIFETIME_MS_MAX, ENVELOPE_SHORT_BYTES, PUTS_BURST_MAX};
use protocol::organization::EnrollmentLink;
use protocol::policy::Version;
use protocol::secret::Secret;
use protocol::signaling::client::{Device, RequestId};
use protocol::signaling::field::SessionKind;
use rand_core::OsRng;
use tokio::io::{AsyncBufReadExt as _, BufReader, Lines, Stdin};

use crate::{Words, print};

/// What one session may send at once without waiting for its rate: the client keeps a quarter of the burst back.
const ENVELOPES_PER_SESSION: usize = (PUTS_BURST_MAX - PUTS_BURST_MAX / 4) as usize;
const PATIENCE: Duration = Duration::from_secs(60);

#[derive(Clone)]
pub struct Enrolled {
    device: Device,
    endpoint: Endpoint,
    permitted: Vec<Hash32>,
}

/// A relationship session and the one address it owns.
struct Open {
    signal: Signal,
    key: SigningKey,
}

/// `--links FILE`: a file with one enrollment link with a code on each line; `--routing N`: so many of them send envelopes.
pub async fn run(words: &Words) -> anyhow::Result<()> {
    let links = std::fs::read_to_string(words.value("--links").context("--links FILE")?)?;
    let routing = words.number("--routing", 16)?;
    let mut steps = BufReader::new(tokio::io::stdin()).lines();
    let mut enrolled = Vec::new();
    for link in links.lines() {
        enrolled.push(enroll(link.parse()?).await?);
    }
    print(&serde_json::json!({"enrolled": enrolled.len()}))?;

    step(&mut steps).await?;
    let mut doors = Vec::new();
    let mut open = Vec::new();
    for device in &enrolled {
        doors.push(online(device, SessionKind::Door).await?.0);
        let (signal, _) = online(device, SessionKind::Relationship).await?;
        let key = keys::signing_key(&mut OsRng);
        signal.command(SignalCommand::Own { key: key.clone(), put_key: put_key() })?;
        open.push(Open { signal, key });
    }
    print(&serde_json::json!({"sessions": doors.len() + open.len()}))?;

    // Two rounds, each of sessions that have not spent their rate.
    for _ in 0..2 {
        step(&mut steps).await?;
        let rest = open.split_off(routing.min(open.len()));
        let delivered = route(std::mem::replace(&mut open, rest)).await?;
        print(&serde_json::json!({"delivered": delivered, "envelope_bytes": ENVELOPE_SHORT_BYTES}))?;
    }
    step(&mut steps).await
}

/// The next line, or the end of the driver.
async fn step(steps: &mut Lines<BufReader<Stdin>>) -> anyhow::Result<()> {
    steps.next_line().await?;
    Ok(())
}

fn put_key() -> Secret<[u8; 32]> {
    Secret::new([9; 32])
}

pub async fn enroll(link: EnrollmentLink) -> anyhow::Result<Enrolled> {
    let endpoint = Endpoint::from(&link);
    let now = clock::now();
    let keys = DeviceKeys::generate(&mut OsRng);
    let mut server = login::introduce(&endpoint, link.fingerprint, now).await?;
    let credential = Credential::Code { code: link.code.context("a link with a code")? };
    let begun = server.begin(now, &Begin { credential, device: keys.device()? }).await?;
    let (signature, identity, envelope) = (keys.signature()?, keys.identity()?, keys.envelope()?);
    let body = CertificateBody {
        version: CERTIFICATE_VERSION,
        organization: server.organization().fingerprint,
        member: begun.member,
        device: keys.device()?,
        signature_key: signature.verifying_key().to_bytes(),
        identity_key: identity.verifying_key().to_bytes(),
        envelope_key_hash: envelope.public().hash(),
        not_before: now,
        not_after: now.plus_ms(CERTIFICATE_LIFETIME_MS_MAX),
        capabilities: Vec::new(),
    };
    let finish = Finish {
        ticket: begun.ticket,
        request: certificate::request(&body, &identity, &signature),
        envelope_key: envelope.public().as_bytes().to_vec(),
        front_door: keys.front_door()?,
    };
    let finished = server.finish(now, &finish).await?;
    let permitted = server.organization().tls_keys.clone();
    let device = Device { certificate: finished.certificate, key: signature, release: Version::current() };
    Ok(Enrolled { device, endpoint, permitted })
}

/// A session that is open, and the version of the policy that it was welcomed with.
pub async fn online(enrolled: &Enrolled, kind: SessionKind) -> anyhow::Result<(Signal, u64)> {
    let Enrolled { device, endpoint, permitted } = enrolled;
    let config =
        SignalConfig { endpoint: endpoint.clone(), permitted: permitted.clone(), kind, device: device.clone() };
    let mut signal = Signal::open(config, Box::new(OsRng));
    let opened = async {
        while let Some(event) = signal.event().await {
            match event {
                SignalEvent::Online(welcomed) => return Ok(welcomed.news.policy_version),
                // A machine that is full of handshakes may let one wait too long: the session tries again by itself.
                SignalEvent::News(_) | SignalEvent::Offline { .. } => {}
                other => bail!("no session: {other:?}"),
            }
        }
        bail!("the session ended")
    };
    let policy = tokio::time::timeout(PATIENCE, opened).await??;
    Ok((signal, policy))
}

/// Each session sends its burst to the next one; returns how many arrived.
async fn route(open: Vec<Open>) -> anyhow::Result<usize> {
    let addresses: Vec<_> = open.iter().map(|open| Address::of_key(open.key.verifying_key().as_bytes())).collect();
    let envelope = vec![5; ENVELOPE_SHORT_BYTES];
    let mut receiving = Vec::new();
    for (number, Open { mut signal, .. }) in open.into_iter().enumerate() {
        let to = *addresses.get((number + 1) % addresses.len()).context("an address")?;
        for id in 0..ENVELOPES_PER_SESSION as u64 {
            let (id, envelope) = (RequestId(id), envelope.clone());
            signal.command(SignalCommand::Put { id, address: to, put_key: put_key(), envelope })?;
        }
        receiving.push(tokio::spawn(async move {
            let mut delivered = 0;
            while delivered < ENVELOPES_PER_SESSION {
                match signal.event().await {
                    Some(SignalEvent::Delivered { .. }) => delivered += 1,
                    Some(SignalEvent::News(_)) => {}
                    other => bail!("an envelope did not arrive: {other:?}"),
                }
            }
            Ok((delivered, signal))
        }));
    }
    let mut delivered = 0;
    for received in receiving {
        delivered += tokio::time::timeout(PATIENCE, received).await???.0;
    }
    Ok(delivered)
}
