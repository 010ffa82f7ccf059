//! Signing in at an identity provider for enrollment (spec/enrollment.md §2): a sign-in is begun for one device and finished by the
//! holder of its secret. Everything about it is in memory only; what stays, once the device is enrolled, is who the account belongs to.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use protocol::audit::AuditEvent;
use protocol::enrollment::{self, LOOPBACK_PATH, OfferedWay, Passwords, ProviderOffer, Providers, SignIn, SignInBegun};
use protocol::enrollment::{Callback, SignInStep};
use protocol::ids::{DeviceId, Hash32, MemberId};
use protocol::secret::Secret;
use protocol::time::Timestamp;

use crate::clock::Ambient;
use crate::config::identity::{LoopbackHost, OidcConfig, PersonIs, Way, Who};
use crate::domain::access::{Grant, PeopleWrite};
use crate::domain::member::{Login, Member};
use crate::domain::throttle::{Rate, Throttle};
use crate::identity::oidc::claims::Unnamed;
use crate::identity::oidc::fault::{BadToken, SignInRefused};
use crate::identity::oidc::{self, BrowserSignIn, Provider, Verified};
use crate::storage::sign_in_link::{self, Account};
use crate::storage::{self, Tx};

use super::people::{Whom, person_within};
use super::{Clash, Denial, Fault, Outage, ServiceError, Services, Thing};

/// From its beginning to the end of a sign-in in a browser.
pub const SIGN_IN_LIFETIME_MS: u64 = 10 * 60 * 1_000;
/// Sign-ins under way at one time; another one ends the oldest.
pub const SIGN_INS_MAX: usize = 10_000;
/// Sign-ins that one network begins; a whole site may share one address.
const BEGIN_RATE_EACH_NETWORK: Rate = Rate { burst: 100, refill_ms: 1_000 };
/// Sign-ins that are begun altogether: each asks the provider.
const BEGIN_RATE_ALL: Rate = Rate { burst: 300, refill_ms: 200 };
/// More time between two questions once the provider says that they come too fast (RFC 8628 §3.5).
const SLOW_DOWN_MS: u64 = 5_000;
const SECOND_MS: u64 = 1_000;

/// Why a sign-in does not enroll.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SignInDenial {
    #[error("the sign-in is not finished yet")]
    Pending { retry_after_ms: u64 },
    #[error("the sign-in was refused at the identity provider")]
    Refused,
    #[error("the sign-in took too long, was finished before, or the server was restarted meanwhile")]
    Expired,
    #[error("what the identity provider said cannot be trusted: {0}")]
    Token(BadToken),
    #[error("the identity provider does not say of this person what this server requires")]
    Required,
    #[error("the identity provider says nothing by which this server knows people")]
    Unnamed,
    #[error("the identity provider has not verified the person's mail address")]
    UnverifiedMail,
    #[error("nobody of the directory is the person who signed in")]
    Unknown,
    #[error("the person of the directory has signed in with another account before")]
    OtherAccount,
}

impl SignInDenial {
    /// A stable word for scripts, problem documents and translations.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Pending { .. } => "sign-in-pending",
            Self::Refused => "sign-in-refused",
            Self::Expired => "sign-in-expired",
            Self::Token(_) => "sign-in-token",
            Self::Required => "sign-in-required",
            Self::Unnamed => "sign-in-unnamed",
            Self::UnverifiedMail => "sign-in-mail",
            Self::Unknown => "sign-in-unknown",
            Self::OtherAccount => "sign-in-other-account",
        }
    }
}

impl From<SignInRefused> for ServiceError {
    fn from(refused: SignInRefused) -> Self {
        let denial = match refused {
            SignInRefused::Fault(fault) => return Outage::Provider(fault).into(),
            SignInRefused::Pending | SignInRefused::SlowDown => SignInDenial::Pending { retry_after_ms: SLOW_DOWN_MS },
            SignInRefused::Denied => SignInDenial::Refused,
            SignInRefused::Expired => SignInDenial::Expired,
            SignInRefused::Token(bad) => SignInDenial::Token(bad),
            SignInRefused::Required => SignInDenial::Required,
        };
        Denial::SignInAt(denial).into()
    }
}

/// The configured providers, and the sign-ins under way.
pub(super) struct SignIns {
    pub(super) providers: Vec<Arc<Provider>>,
    ambient: Ambient,
    open: Mutex<BTreeMap<Hash32, Arc<Flow>>>,
    begins: Mutex<Throttle>,
}

/// One sign-in for one device.
struct Flow {
    provider: Arc<Provider>,
    device: DeviceId,
    expires: Timestamp,
    /// Held while the provider is asked: a code is never shown to it twice.
    step: tokio::sync::Mutex<Step>,
}

enum Step {
    Browser(Box<BrowserSignIn>),
    Device {
        code: Secret<String>,
        next: Timestamp,
        pause_ms: u64,
    },
    Verified(Verified),
    /// Over; the answer stays the same.
    Over(SignInDenial),
}

impl SignIns {
    pub(super) fn new(providers: Vec<Arc<Provider>>, ambient: &Ambient) -> Self {
        let ambient = ambient.stream("sign-ins");
        let begins = Throttle::new(BEGIN_RATE_EACH_NETWORK, BEGIN_RATE_ALL, ambient.bytes());
        Self { providers, open: Mutex::default(), begins: Mutex::new(begins), ambient }
    }

    /// A provider for these.
    pub(super) fn provider(&self, name: &str, who: Who) -> Option<&Arc<Provider>> {
        self.providers.iter().find(|provider| provider.config.name == name && provider.config.who.contains(&who))
    }

    /// Counts one beginning.
    pub(super) fn count(&self, network: Option<super::Asker>, now: Timestamp) -> Result<(), Denial> {
        let key = network.map_or([0; 16], |super::Asker(network)| network);
        lock(&self.begins).attempt(&key, now).map_err(Denial::TooMany)
    }

    fn keep(&self, flow: Flow, now: Timestamp) -> Secret<[u8; 32]> {
        let secret = Secret::new(self.ambient.bytes());
        let mut open = lock(&self.open);
        if open.len() >= SIGN_INS_MAX {
            open.retain(|_, flow| flow.expires > now);
        }
        if open.len() >= SIGN_INS_MAX {
            let oldest = open.iter().min_by_key(|(_, flow)| flow.expires).map(|(key, _)| *key);
            oldest.and_then(|key| open.remove(&key));
        }
        open.insert(Hash32::sha256(secret.expose()), Arc::new(flow));
        secret
    }

    fn find(&self, secret: &Secret<[u8; 32]>, device: DeviceId, now: Timestamp) -> Option<Arc<Flow>> {
        let open = lock(&self.open);
        let flow = open.get(&Hash32::sha256(secret.expose()))?;
        (flow.device == device && flow.expires > now).then(|| flow.clone())
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Services {
    /// Who can say who a person is.
    pub fn providers(&self) -> Providers {
        let people = |provider: &&Arc<Provider>| provider.config.who.contains(&Who::People);
        let offer = |provider: &Arc<Provider>| ProviderOffer {
            name: provider.config.name.clone(),
            label: provider.config.label.clone(),
            ways: provider.config.ways.iter().map(|way| offered(*way, &provider.config)).collect(),
        };
        Providers {
            providers: self.inner.sign_ins.providers.iter().filter(people).map(offer).collect(),
            passwords: if self.inner.sources.directories().next().is_some() {
                Passwords::Checked
            } else {
                Passwords::Unchecked
            },
        }
    }

    /// Begins a sign-in for a device.
    pub async fn begin_sign_in(&self, asked: &SignIn) -> Result<SignInBegun, ServiceError> {
        let sign_ins = &self.inner.sign_ins;
        let now = self.inner.ambient.now();
        let provider = sign_ins.provider(&asked.provider, Who::People).ok_or(ServiceError::Missing(Thing::Provider))?;
        sign_ins.count(self.asker, now)?;
        let (step, told, lifetime_ms) = match asked.way {
            enrollment::Way::Browser { port } => {
                let redirect = redirect(&provider.config, port).ok_or(Fault::SignInWay)?;
                let begun = provider.begin_in_browser(&redirect, asked.device.as_bytes()).await;
                let begun = begun.map_err(Outage::Provider)?;
                let page = Secret::new(begun.page.as_str().to_owned());
                let told = SignInStep::Browser { page, state: begun.state.clone() };
                (Step::Browser(Box::new(begun)), told, SIGN_IN_LIFETIME_MS)
            }
            enrollment::Way::Device {} if provider.config.ways.contains(&Way::Device) => {
                let begun = provider.begin_by_device().await.map_err(Outage::Provider)?;
                let pause_ms = begun.interval_s.saturating_mul(SECOND_MS);
                let step = Step::Device { code: begun.code.clone(), next: now.plus_ms(pause_ms), pause_ms };
                let lifetime_ms = begun.lifetime_s.saturating_mul(SECOND_MS);
                (step, device_step(begun), lifetime_ms)
            }
            enrollment::Way::Device {} => return Err(Fault::SignInWay.into()),
        };
        let (provider, step) = (provider.clone(), tokio::sync::Mutex::new(step));
        let flow = Flow { provider, device: asked.device, expires: now.plus_ms(lifetime_ms), step };
        let lifetime_s = u32::try_from(lifetime_ms / SECOND_MS).unwrap_or(u32::MAX);
        Ok(SignInBegun { flow: sign_ins.keep(flow, now), lifetime_s, step: told })
    }

    /// Forgets which account at a provider is the person's: the next one that names them may be.
    pub async fn unlink_person(
        &self,
        grant: &Grant<PeopleWrite>,
        whom: impl Into<Whom<'_>>,
    ) -> Result<(), ServiceError> {
        let mut change = self.inner.change().await?;
        let member = person_within(&mut change.tx, whom.into(), grant.reach()).await?;
        if sign_in_link::remove_member(&mut change.tx, member.id).await? == 0 {
            return Err(Clash::NotLinked.into());
        }
        change.audit(AuditEvent::AccountUnlinked, Some(member.id), grant.actor()).await?;
        change.commit(0..0).await?;
        Ok(())
    }

    /// The person of the directory who has finished the sign-in, and the account that they did it with.
    pub(super) async fn by_provider(
        &self,
        secret: &Secret<[u8; 32]>,
        callback: Option<&Callback>,
        device: DeviceId,
    ) -> Result<(Member, Account), ServiceError> {
        let now = self.inner.ambient.now();
        let flow = self.inner.sign_ins.find(secret, device, now);
        let flow = flow.ok_or(Denial::SignInAt(SignInDenial::Expired))?;
        let verified = finished(&flow, callback, now).await?;
        let mut tx = self.inner.storage.read().await?;
        person_of(&mut tx, &verified, &flow.provider.config).await
    }
}

fn offered(way: Way, config: &OidcConfig) -> OfferedWay {
    match way {
        Way::Browser => OfferedWay::Browser { port: config.loopback_port },
        Way::Device => OfferedWay::Device {},
    }
}

/// The address on the person's own device at which the client listens.
fn redirect(config: &OidcConfig, port: u16) -> Option<String> {
    let fits = config.ways.contains(&Way::Browser) && port != 0 && config.loopback_port.is_none_or(|only| only == port);
    let host = match config.loopback_host {
        LoopbackHost::Address => "127.0.0.1",
        LoopbackHost::Name => "localhost",
    };
    fits.then(|| format!("http://{host}:{port}{LOOPBACK_PATH}"))
}

fn device_step(begun: oidc::DeviceCode) -> SignInStep {
    SignInStep::Device {
        page: begun.page.as_str().to_owned(),
        user_code: begun.user_code,
        page_with_code: begun.page_with_code.map(|page| page.as_str().into()),
        interval_s: u32::try_from(begun.interval_s).unwrap_or(u32::MAX),
    }
}

/// Who has signed in. A repeat gets what the first one got.
async fn finished(flow: &Flow, callback: Option<&Callback>, now: Timestamp) -> Result<Verified, ServiceError> {
    let mut step = flow.step.lock().await;
    let outcome = match &mut *step {
        Step::Verified(verified) => return Ok(verified.clone()),
        Step::Over(denial) => return Err(Denial::SignInAt(*denial).into()),
        Step::Browser(begun) => {
            let callback = callback.ok_or(Fault::SignInWay)?;
            let callback = oidc::Callback {
                code: callback.code.clone(),
                state: callback.state.clone(),
                issuer: callback.issuer.clone(),
            };
            flow.provider.finish_in_browser(begun, &callback).await
        }
        Step::Device { next, .. } if now < *next => {
            return Err(Denial::SignInAt(SignInDenial::Pending { retry_after_ms: next.since(now) }).into());
        }
        Step::Device { code, next, pause_ms } => {
            let outcome = flow.provider.finish_by_device(code).await;
            if outcome.as_ref().is_err_and(|refused| *refused == SignInRefused::SlowDown) {
                *pause_ms = pause_ms.saturating_add(SLOW_DOWN_MS);
            }
            *next = now.plus_ms(*pause_ms);
            if matches!(outcome, Err(SignInRefused::Pending | SignInRefused::SlowDown)) {
                return Err(Denial::SignInAt(SignInDenial::Pending { retry_after_ms: *pause_ms }).into());
            }
            outcome
        }
    };
    match outcome {
        Ok(verified) => {
            *step = Step::Verified(verified.clone());
            Ok(verified)
        }
        Err(refused) => {
            let error = ServiceError::from(refused);
            // An outage passes; anything else is the last word about this sign-in.
            if let ServiceError::Denied(Denial::SignInAt(denial)) = error {
                *step = Step::Over(denial);
            }
            Err(error)
        }
    }
}

/// By the account once it is tied to somebody, else by the claim that the configuration trusts.
async fn person_of(tx: &mut Tx, verified: &Verified, config: &OidcConfig) -> Result<(Member, Account), ServiceError> {
    let denied = |denial| ServiceError::from(Denial::SignInAt(denial));
    let account = Account { issuer: verified.issuer.clone(), subject: verified.subject.clone() };
    if let Some(id) = sign_in_link::member_of(tx, &account).await? {
        let member = storage::member::find(tx, id).await?.ok_or_else(|| denied(SignInDenial::Unknown))?;
        return Ok((member, account));
    }
    let named = verified.person.as_ref().map_err(|unnamed| {
        denied(match unnamed {
            Unnamed::Missing => SignInDenial::Unnamed,
            Unnamed::UnverifiedMail => SignInDenial::UnverifiedMail,
        })
    })?;
    let text = named.expose();
    let is = config.person.as_ref().map_or(PersonIs::Login, |person| person.is);
    let member = match is {
        PersonIs::Login => match Login::parse(text) {
            Ok(login) => storage::member::find_login(tx, &login).await?,
            Err(_) => None,
        },
        PersonIs::Id => {
            let found = sign_in_link::listed_by_id(tx, text).await?;
            only(tx, &found).await?
        }
        PersonIs::Mail => {
            let found = sign_in_link::listed_by_mail(tx, &text.to_lowercase()).await?;
            only(tx, &found).await?
        }
    };
    let member = member.ok_or_else(|| denied(SignInDenial::Unknown))?;
    if sign_in_link::has_member(tx, &account.issuer, member.id).await? {
        return Err(denied(SignInDenial::OtherAccount));
    }
    Ok((member, account))
}

/// Two people with one name of that kind are nobody.
async fn only(tx: &mut Tx, found: &[MemberId]) -> Result<Option<Member>, ServiceError> {
    match found {
        [id] => Ok(storage::member::find(tx, *id).await?),
        _ => Ok(None),
    }
}
