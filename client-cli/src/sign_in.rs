//! Signing in at an identity provider for enrollment: in the system's browser, or by a code that is typed on any screen (RFC 8628). No
//! token passes here, and the server proved itself before: what the person does, they do at the provider.

use std::time::Duration;

use protocol::enrollment::{
    Begin, Begun, Callback, Credential, OfferedWay, Passwords, ProviderOffer, Providers, SignIn, SignInBegun,
    SignInStep, Way,
};
use protocol::ids::DeviceId;
use protocol::secret::Secret;
use tokio::time::{Instant, sleep, timeout};

use crate::clock;
use crate::net::login::{Introduced, LoginError, Refusal};
use crate::net::loopback::{Answered, Loopback, Pages};

/// Between two questions when the server does not say.
const PAUSE: Duration = Duration::from_secs(5);
/// No pause is longer, whatever a server says.
const PAUSE_MAX: Duration = Duration::from_secs(60);
/// Faults in a row after which the person is told.
const FAULTS_MAX: u32 = 5;

/// How the person would like to come to the provider.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Preference {
    Browser,
    Device,
}

/// With which provider, and how.
#[derive(Clone, Debug)]
pub struct Wish {
    /// By name; only needed where there are several.
    pub provider: Option<String>,
    pub preference: Preference,
}

/// What the person is to do now.
#[derive(Debug)]
pub enum Notice<'a> {
    /// The page is to be opened in the browser of this device.
    Open { provider: &'a str, page: &'a Secret<String> },
    /// The page is to be opened anywhere, and the code typed there.
    Type { provider: &'a str, page: &'a str, code: &'a Secret<String> },
}

/// What the person reads and does.
pub struct Screen<'a> {
    pub pages: Pages<'a>,
    pub notice: &'a (dyn Fn(&Notice<'_>) + Sync),
}

/// Why nobody signed in.
#[derive(Debug, thiserror::Error)]
pub enum SignInError {
    #[error(transparent)]
    Login(#[from] LoginError),
    #[error("the server has no identity provider, or none of this name")]
    NoProvider,
    #[error("the server has several identity providers, and none was named")]
    Several,
    #[error("the port that the provider comes back to is in use")]
    Port,
    #[error("the sign-in was refused")]
    Refused,
    #[error("nobody signed in in time")]
    Expired,
    #[error("the server names a page that is not one to open")]
    Page,
}

/// Whether a password would be of no use and a provider is the only way.
pub fn is_only_way(offers: &Providers) -> bool {
    offers.passwords == Passwords::Unchecked && !offers.providers.is_empty()
}

/// Signs in, and says who the server took the person for.
pub async fn run(
    server: &mut Introduced,
    device: DeviceId,
    wish: &Wish,
    screen: &Screen<'_>,
) -> Result<Begun, SignInError> {
    let offers = server.providers(clock::now()).await?;
    let offer = chosen(&offers, wish)?;
    match way(offer, wish.preference) {
        OfferedWay::Browser { port } => in_browser(server, device, offer, port, screen).await,
        OfferedWay::Device {} => by_code(server, device, offer, screen).await,
    }
}

fn chosen<'a>(offers: &'a Providers, wish: &Wish) -> Result<&'a ProviderOffer, SignInError> {
    let offered = || offers.providers.iter().filter(|offer| !offer.ways.is_empty());
    match &wish.provider {
        Some(name) => offered().find(|offer| offer.name == *name).ok_or(SignInError::NoProvider),
        None => match (offered().next(), offered().nth(1)) {
            (Some(offer), None) => Ok(offer),
            (Some(_), Some(_)) => Err(SignInError::Several),
            (None, _) => Err(SignInError::NoProvider),
        },
    }
}

/// As preferred where that is offered, else the other way.
fn way(offer: &ProviderOffer, preference: Preference) -> OfferedWay {
    let fits = |way: &&OfferedWay| {
        matches!(
            (way, preference),
            (OfferedWay::Browser { .. }, Preference::Browser) | (OfferedWay::Device {}, Preference::Device)
        )
    };
    offer.ways.iter().find(fits).or(offer.ways.first()).copied().unwrap_or(OfferedWay::Device {})
}

async fn in_browser(
    server: &mut Introduced,
    device: DeviceId,
    offer: &ProviderOffer,
    port: Option<u16>,
    screen: &Screen<'_>,
) -> Result<Begun, SignInError> {
    let loopback = Loopback::bind(port).await.map_err(|_| SignInError::Port)?;
    let begun = begin(server, device, offer, Way::Browser { port: loopback.port() }).await?;
    let SignInStep::Browser { page, state } = &begun.step else { return Err(LoginError::Protocol.into()) };
    if !is_page(page.expose()) {
        return Err(SignInError::Page);
    }
    (screen.notice)(&Notice::Open { provider: &offer.label, page });
    let lifetime = Duration::from_secs(begun.lifetime_s.into());
    match timeout(lifetime, loopback.answer(state, screen.pages)).await {
        Ok(Answered::Code(callback)) => finish(server, device, &begun, Some(callback)).await,
        Ok(Answered::Refused) => Err(SignInError::Refused),
        Err(_) => Err(SignInError::Expired),
    }
}

async fn by_code(
    server: &mut Introduced,
    device: DeviceId,
    offer: &ProviderOffer,
    screen: &Screen<'_>,
) -> Result<Begun, SignInError> {
    let begun = begin(server, device, offer, Way::Device {}).await?;
    let SignInStep::Device { page, user_code, interval_s, .. } = &begun.step else {
        return Err(LoginError::Protocol.into());
    };
    if !is_page(page) || !user_code.expose().bytes().all(|byte| byte.is_ascii_graphic() || byte == b' ') {
        return Err(SignInError::Page);
    }
    (screen.notice)(&Notice::Type { provider: &offer.label, page, code: user_code });
    sleep(Duration::from_secs((*interval_s).into()).min(PAUSE_MAX)).await;
    finish(server, device, &begun, None).await
}

async fn begin(
    server: &mut Introduced,
    device: DeviceId,
    offer: &ProviderOffer,
    way: Way,
) -> Result<SignInBegun, SignInError> {
    Ok(server.begin_sign_in(clock::now(), &SignIn { provider: offer.name.clone(), device, way }).await?)
}

/// Asks until the server knows, or the time is over. What is lost on the way is asked again: the answer stays the same.
async fn finish(
    server: &mut Introduced,
    device: DeviceId,
    begun: &SignInBegun,
    callback: Option<Callback>,
) -> Result<Begun, SignInError> {
    let until = Instant::now() + Duration::from_secs(begun.lifetime_s.into());
    let credential = Credential::Provider { flow: begun.flow.clone(), callback };
    let mut faults = 0;
    loop {
        let asked = server.begin(clock::now(), &Begin { credential: credential.clone(), device }).await;
        let error = match asked {
            Ok(begun) => return Ok(begun),
            Err(error) => error,
        };
        let pause = match &error {
            LoginError::Refused(problem) if problem.refusal() == Refusal::SignInPending => {
                faults = 0;
                problem.retry_after_s.map_or(PAUSE, |seconds| Duration::from_secs(seconds.into()))
            }
            LoginError::Refused(problem) if problem.refusal() == Refusal::Unavailable => PAUSE,
            LoginError::Interrupted | LoginError::Tls(_) => PAUSE,
            _ => return Err(error.into()),
        };
        faults += 1;
        if faults > FAULTS_MAX {
            return Err(error.into());
        }
        let pause = pause.clamp(Duration::from_secs(1), PAUSE_MAX);
        if Instant::now() + pause > until {
            return Err(SignInError::Expired);
        }
        sleep(pause).await;
    }
}

/// An https address, in characters that do no harm in a terminal or on a command line.
fn is_page(text: &str) -> bool {
    text.starts_with("https://") && text.bytes().all(|byte| byte.is_ascii_graphic())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn offer(name: &str, ways: Vec<OfferedWay>) -> ProviderOffer {
        ProviderOffer { name: name.to_owned(), label: name.to_owned(), ways }
    }

    #[test]
    fn one_provider_needs_no_name_and_several_do() {
        let wish =
            |provider: Option<&str>| Wish { provider: provider.map(str::to_owned), preference: Preference::Browser };
        let some = |names: &[&str]| Providers {
            providers: names.iter().map(|name| offer(name, vec![OfferedWay::Device {}])).collect(),
            passwords: Passwords::Unchecked,
        };
        assert!(chosen(&some(&["a"]), &wish(None)).is_ok_and(|offer| offer.name == "a"));
        assert!(matches!(chosen(&some(&["a", "b"]), &wish(None)), Err(SignInError::Several)));
        assert!(chosen(&some(&["a", "b"]), &wish(Some("b"))).is_ok_and(|offer| offer.name == "b"));
        assert!(matches!(chosen(&some(&["a"]), &wish(Some("c"))), Err(SignInError::NoProvider)));
        assert!(matches!(chosen(&some(&[]), &wish(None)), Err(SignInError::NoProvider)));
    }

    #[test]
    fn the_way_is_the_preferred_one_if_it_is_offered() {
        let both = offer("a", vec![OfferedWay::Browser { port: Some(1) }, OfferedWay::Device {}]);
        assert_eq!(way(&both, Preference::Browser), OfferedWay::Browser { port: Some(1) });
        assert_eq!(way(&both, Preference::Device), OfferedWay::Device {});
        let one = offer("a", vec![OfferedWay::Device {}]);
        assert_eq!(way(&one, Preference::Browser), OfferedWay::Device {});
    }

    #[test]
    fn only_a_page_is_opened() {
        assert!(is_page("https://id.example/auth?state=a"));
        for bad in ["http://id.example", "file:///etc/passwd", "--help", "https://a b", "https://a\u{1b}[2J", ""] {
            assert!(!is_page(bad), "{bad}");
        }
    }
}
