//! A scripted device: the client's own connections and sessions, driven step by step, with keys that are a function of the
//! person's number.

use anyhow::{Context as _, Result, bail};
use client_cli::net::login;
use client_cli::net::signal::{Signal, SignalCommand, SignalConfig, SignalEvent};
use client_cli::net::tls::Endpoint;
use pro_server::clock::Ambient;
use protocol::certificate::{CERTIFICATE_VERSION, CertificateBody, request};
use protocol::directory::FrontDoor;
use protocol::enrollment::{Begin, Credential, Finish};
use protocol::ids::{Address, DeviceId, Hash32};
use protocol::keys::{EnvelopeKeyPair, SigningKey, put_key, signing_key};
use protocol::limits::{CERTIFICATE_LIFETIME_MS_MAX, ENVELOPE_SHORT_BYTES};
use protocol::organization::EnrollmentLink;
use protocol::secret::Secret;
use protocol::signaling::client::{Device as Identity, RequestId};
use protocol::signaling::field::SessionKind;
use protocol::time::Timestamp;
use rand_core::RngCore as _;
use tests::step;
use tokio::time::timeout;

/// Where somebody can be reached.
#[derive(Clone)]
pub struct Target {
    pub address: Address,
    capability: [u8; 32],
    session: SessionKind,
}

/// An address of one's own.
struct Place {
    key: SigningKey,
    target: Target,
}

pub struct Device {
    endpoint: Endpoint,
    permitted: Vec<Hash32>,
    certificate: Vec<u8>,
    key: SigningKey,
    ambient: Ambient,
    front_door: Place,
    relationship: Place,
    sessions: Option<(Signal, Signal)>,
    requests: u64,
}

impl Place {
    fn new(ambient: &Ambient, session: SessionKind) -> Self {
        let key = signing_key(&mut ambient.rng());
        let address = Address::of_key(key.verifying_key().as_bytes());
        Self { target: Target { address, capability: ambient.bytes(), session }, key }
    }

    fn own(&self) -> SignalCommand {
        let put_key = put_key(&self.target.capability, self.target.address);
        SignalCommand::Own { key: self.key.clone(), put_key }
    }
}

impl Device {
    /// Enrolls with a one-time code, as `isoloir enroll LINK` does.
    pub async fn enroll(link: &str, person: usize, now: Timestamp) -> Result<Self> {
        let link: EnrollmentLink = link.parse()?;
        let ambient = Ambient::fixed(now, [u8::try_from(person)?; 32]);
        let mut rng = ambient.rng();
        let (identity, key) = (signing_key(&mut rng), signing_key(&mut rng));
        let envelope = EnvelopeKeyPair::generate(&mut rng)?;
        let front_door = Place::new(&ambient, SessionKind::Door);
        let relationship = Place::new(&ambient, SessionKind::Relationship);
        let endpoint = Endpoint::from(&link);

        let mut introduced = login::introduce(&endpoint, link.fingerprint, now).await?;
        let code = link.code.clone().context("the link has no code")?;
        let device = DeviceId::of_key(key.verifying_key().as_bytes());
        let begun = introduced.begin(now, &Begin { credential: Credential::Code { code }, device }).await?;
        let body = CertificateBody {
            version: CERTIFICATE_VERSION,
            organization: link.fingerprint,
            member: begun.member,
            device,
            signature_key: key.verifying_key().to_bytes(),
            identity_key: identity.verifying_key().to_bytes(),
            envelope_key_hash: envelope.public().hash(),
            not_before: now,
            not_after: now.plus_ms(CERTIFICATE_LIFETIME_MS_MAX),
            capabilities: Vec::new(),
        };
        let finish = Finish {
            ticket: begun.ticket,
            request: request(&body, &identity, &key),
            envelope_key: envelope.public().as_bytes().to_vec(),
            front_door: FrontDoor { address: front_door.target.address, capability: front_door.target.capability },
        };
        let finished = introduced.finish(now, &finish).await?;
        let permitted = introduced.organization().tls_keys.clone();
        Ok(Self {
            endpoint,
            permitted,
            certificate: finished.certificate,
            key,
            ambient,
            front_door,
            relationship,
            sessions: None,
            requests: 0,
        })
    }

    /// Opens both sessions, one after the other, and owns an address in each. An envelope to oneself shows that it is so.
    pub async fn connect(&mut self) -> Result<()> {
        let door = self.session(SessionKind::Door).await?;
        door.command(self.front_door.own())?;
        let relationship = self.session(SessionKind::Relationship).await?;
        relationship.command(self.relationship.own())?;
        self.sessions = Some((door, relationship));
        for target in [self.front_door.target.clone(), self.relationship.target.clone()] {
            self.put(&target)?;
            self.delivered(&target).await?;
        }
        Ok(())
    }

    /// The front door, or the address that only the peer would know.
    pub fn target(&self, first_contact: bool) -> Target {
        if first_contact { self.front_door.target.clone() } else { self.relationship.target.clone() }
    }

    /// Sends an envelope. What is in it no server can tell from random bytes.
    pub fn put(&mut self, to: &Target) -> Result<()> {
        let mut envelope = vec![0_u8; ENVELOPE_SHORT_BYTES];
        self.ambient.rng().fill_bytes(&mut envelope);
        self.requests += 1;
        let (_, relationship) = self.sessions.as_ref().context("not connected")?;
        let put_key: Secret<[u8; 32]> = put_key(&to.capability, to.address);
        relationship.command(SignalCommand::Put {
            id: RequestId(self.requests),
            address: to.address,
            put_key,
            envelope,
        })?;
        Ok(())
    }

    /// Waits for an envelope at one of its own addresses.
    pub async fn delivered(&mut self, at: &Target) -> Result<()> {
        let (door, relationship) = self.sessions.as_mut().context("not connected")?;
        let session = match at.session {
            SessionKind::Door => door,
            SessionKind::Relationship => relationship,
        };
        loop {
            match timeout(step(), session.event()).await?.context("the session is gone")? {
                SignalEvent::Delivered { address, .. } if address == at.address => return Ok(()),
                SignalEvent::News(_) => {}
                other => bail!("instead of an envelope: {other:?}"),
            }
        }
    }

    /// Closes both sessions, one after the other.
    pub async fn disconnect(self) {
        if let Some((door, relationship)) = self.sessions {
            drop(relationship);
            tokio::task::yield_now().await;
            drop(door);
        }
    }

    async fn session(&self, kind: SessionKind) -> Result<Signal> {
        let device = Identity {
            certificate: self.certificate.clone(),
            key: self.key.clone(),
            release: env!("CARGO_PKG_VERSION").parse()?,
        };
        let config = SignalConfig { endpoint: self.endpoint.clone(), permitted: self.permitted.clone(), kind, device };
        let mut session = Signal::open(config, Box::new(self.ambient.stream("session").rng()));
        match timeout(step(), session.event()).await?.context("the session is gone")? {
            SignalEvent::Online(_) => Ok(session),
            other => bail!("instead of a session: {other:?}"),
        }
    }
}
