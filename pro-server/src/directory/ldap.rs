//! The organization's LDAP directory (RFC 4511): reading everybody, and checking one password. Always over TLS.
//! The client library can panic on malformed answers, so each use is a task of its own, and its death is a disconnect.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use ldap3::adapters::{Adapter, EntriesOnly, PagedResults};
use ldap3::{Ldap, LdapConnAsync, LdapConnSettings, Scope, SearchEntry, ldap_escape};
use protocol::secret::Secret;
use rustls::{ClientConfig, RootCertStore};
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject as _;
use tokio::task::{AbortHandle, JoinError};

use crate::config::directory::{LdapConfig, LdapSecurity};
use crate::domain::member::{ExternalId, Login};
use crate::domain::sync::Observation;

use super::PEOPLE_MAX;
use super::attributes::{self, Entry};
use super::fault::LdapFault;

const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
const OPERATION_TIMEOUT: Duration = Duration::from_secs(30);
/// A whole run, however slowly its pages come.
const RUN_TIMEOUT: Duration = Duration::from_secs(15 * 60);
/// Checking a password, all steps together.
const PASSWORD_TIMEOUT: Duration = Duration::from_secs(20);
const PAGE_ENTRIES: i32 = 500;

const INVALID_CREDENTIALS: u32 = 49;

/// The directory; a cheap clone.
#[derive(Clone)]
pub struct LdapDirectory {
    config: Arc<LdapConfig>,
}

/// What the directory says to a login and a password.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// They belong together; this is the entry's own id.
    Right(ExternalId),
    /// No such person in the filter, or another password. Which of both is not told.
    Wrong,
    /// The password is right but the directory lets nobody in with it: expired, disabled, to be changed.
    Blocked,
}

/// Whether the library can read `filter` (RFC 4515).
pub fn is_filter(filter: &str) -> bool {
    filter.starts_with('(') && ldap3::parse_filter(filter).is_ok()
}

impl LdapDirectory {
    /// Nothing is connected before it is needed.
    pub fn new(config: LdapConfig) -> Self {
        Self { config: Arc::new(config) }
    }

    /// Everybody in the filter: each entry read, or skipped with its reason. An incomplete list is a fault, never an answer.
    pub async fn read_all(&self) -> Result<Observation, LdapFault> {
        let config = Arc::clone(&self.config);
        in_own_task(RUN_TIMEOUT, async move { read_all(&config).await }).await
    }

    /// Whether `password` is the one of the person whom `login` names, by binding as that person.
    /// An empty password is `Wrong`: many servers answer success to an unauthenticated bind (RFC 4513 §5.1.2).
    pub async fn check_password(&self, login: &Login, password: &Secret<String>) -> Result<Verdict, LdapFault> {
        if password.expose().is_empty() {
            return Ok(Verdict::Wrong);
        }
        let (config, login, password) = (Arc::clone(&self.config), login.clone(), password.clone());
        in_own_task(PASSWORD_TIMEOUT, async move { check_password(&config, &login, &password).await }).await
    }
}

/// Runs `work` where a panic or a hang ends nothing but the work.
async fn in_own_task<T: Send + 'static>(
    limit: Duration,
    work: impl Future<Output = Result<T, LdapFault>> + Send + 'static,
) -> Result<T, LdapFault> {
    let mut task = tokio::spawn(work);
    let _aborts = AbortOnDrop(task.abort_handle());
    match tokio::time::timeout(limit, &mut task).await {
        Ok(done) => done.unwrap_or_else(|_: JoinError| Err(LdapFault::Disconnected)),
        Err(_) => Err(LdapFault::Timeout),
    }
}

struct AbortOnDrop(AbortHandle);

impl Drop for AbortOnDrop {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// A connection whose service account is signed in. Dropping it ends the driver.
struct Session {
    ldap: Ldap,
    _driver: AbortOnDrop,
}

impl Session {
    async fn open(config: &LdapConfig) -> Result<Self, LdapFault> {
        let settings = LdapConnSettings::new()
            .set_conn_timeout(CONNECT_TIMEOUT)
            .set_starttls(config.server.security == LdapSecurity::StartTls);
        let settings = match &config.ca_file {
            Some(path) => settings.set_config(Arc::new(trusting(path)?)),
            None => settings,
        };
        let connected = LdapConnAsync::with_settings(settings, &config.server.url()).await;
        let (connection, ldap) = connected.map_err(|error| match LdapFault::from(error) {
            // Whoever hangs up before TLS stands is no directory, or not on this port.
            LdapFault::Disconnected => LdapFault::Unreachable,
            fault => fault,
        })?;
        let driver = tokio::spawn(async move {
            // How it ends shows in the operations that wait for it.
            let _ = connection.drive().await;
        });
        let mut session = Self { ldap, _driver: AbortOnDrop(driver.abort_handle()) };
        match session.bind(config.bind_dn.expose(), config.bind_password.expose()).await? {
            0 => Ok(session),
            INVALID_CREDENTIALS | 48 | 50 | 53 | 32 | 34 => Err(LdapFault::ServiceAccount),
            code => Err(LdapFault::Refused { code }),
        }
    }

    /// The result code of a simple bind. An empty password never leaves this function.
    async fn bind(&mut self, dn: &str, password: &str) -> Result<u32, LdapFault> {
        if dn.is_empty() || password.is_empty() {
            return Ok(INVALID_CREDENTIALS);
        }
        Ok(self.ldap.with_timeout(OPERATION_TIMEOUT).simple_bind(dn, password).await?.rc)
    }

    async fn close(mut self) {
        let _ = self.ldap.with_timeout(OPERATION_TIMEOUT).unbind().await;
    }
}

fn trusting(ca_file: &std::path::Path) -> Result<ClientConfig, LdapFault> {
    let mut roots = RootCertStore::empty();
    let certificates = CertificateDer::pem_file_iter(ca_file).map_err(|_| LdapFault::CaFile)?;
    for certificate in certificates {
        roots.add(certificate.map_err(|_| LdapFault::CaFile)?).map_err(|_| LdapFault::CaFile)?;
    }
    if roots.is_empty() {
        return Err(LdapFault::CaFile);
    }
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let builder = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    Ok(builder.map_err(|_| LdapFault::CaFile)?.with_root_certificates(roots).with_no_client_auth())
}

async fn read_all(config: &LdapConfig) -> Result<Observation, LdapFault> {
    let mut session = Session::open(config).await?;
    let names = &config.attributes;
    let wanted: Vec<&str> = vec![&names.id, &names.login, &names.name, &names.mail, &names.groups];
    let adapters: Vec<Box<dyn Adapter<'_, &str, Vec<&str>>>> =
        vec![Box::new(EntriesOnly::new()), Box::new(PagedResults::new(PAGE_ENTRIES))];
    let mut stream = session
        .ldap
        .with_timeout(OPERATION_TIMEOUT)
        .streaming_search_with(adapters, config.base_dn.expose(), Scope::Subtree, &config.filter, wanted)
        .await?;
    let mut observation = Observation::default();
    let mut place = 0;
    while let Some(entry) = stream.next().await? {
        place += 1;
        if place > PEOPLE_MAX as u64 {
            return Err(LdapFault::TooMany);
        }
        let entry = SearchEntry::construct(entry);
        match attributes::read(place, Entry { text: &entry.attrs, binary: &entry.bin_attrs }, names) {
            Ok(seen) => observation.seen.push(seen),
            Err(skipped) => observation.skipped.push(skipped),
        }
    }
    LdapFault::of_result(&stream.finish().await)?;
    drop(stream);
    session.close().await;
    Ok(observation)
}

async fn check_password(config: &LdapConfig, login: &Login, password: &Secret<String>) -> Result<Verdict, LdapFault> {
    let mut session = Session::open(config).await?;
    let found = find_person(&mut session, config, login).await?;
    // A login that nobody has takes the same steps, with a DN that nobody has.
    let nobody = || (format!("{}=-,{}", config.attributes.login, config.base_dn.expose()), None);
    let (dn, external_id) = found.map_or_else(nobody, |(dn, id)| (dn, Some(id)));
    let bound = session.ldap.with_timeout(OPERATION_TIMEOUT).simple_bind(&dn, password.expose()).await?;
    session.close().await;
    Ok(match (bound.rc, external_id) {
        (0, Some(external_id)) => Verdict::Right(external_id),
        (INVALID_CREDENTIALS, Some(_)) if is_blocked(&bound.text) => Verdict::Blocked,
        (19 | 53, Some(_)) => Verdict::Blocked,
        (51 | 52, _) => return Err(LdapFault::Disconnected),
        _ => Verdict::Wrong,
    })
}

/// The DN and id of the one person in the filter whom `login` names.
async fn find_person(
    session: &mut Session,
    config: &LdapConfig,
    login: &Login,
) -> Result<Option<(String, ExternalId)>, LdapFault> {
    let names = &config.attributes;
    let filter = format!("(&{}({}={}))", config.filter, names.login, ldap_escape(login.expose()));
    let wanted = vec![names.id.as_str(), names.login.as_str()];
    let search = session.ldap.with_timeout(OPERATION_TIMEOUT);
    let found = search.search(config.base_dn.expose(), Scope::Subtree, &filter, wanted).await?;
    LdapFault::of_result(&found.1)?;
    let mut people =
        found.0.into_iter().filter(|entry| !entry.is_ref() && !entry.is_intermediate()).map(SearchEntry::construct);
    match (people.next(), people.next()) {
        (Some(entry), None) if !entry.dn.is_empty() => Ok(identify(&entry, config).map(|id| (entry.dn, id))),
        _ => Ok(None),
    }
}

fn identify(entry: &SearchEntry, config: &LdapConfig) -> Option<ExternalId> {
    let entry = Entry { text: &entry.attrs, binary: &entry.bin_attrs };
    attributes::external_id(entry, &config.attributes.id).ok()
}

/// Active Directory says why in the text of result 49: 52e and 525 are a wrong password or person, the others are blocks
/// (530 hours, 531 workstation, 532 password expired, 533 disabled, 701 account expired, 773 must change, 775 locked).
fn is_blocked(text: &str) -> bool {
    let code = text.split_once("data ").and_then(|(_, rest)| rest.split(',').next());
    code.is_some_and(|code| ["530", "531", "532", "533", "701", "773", "775"].contains(&code.trim()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn active_directory_tells_a_block_from_a_wrong_password() {
        let text = |data: &str| {
            format!("80090308: LdapErr: DSID-0C090439, comment: AcceptSecurityContext error, data {data}, v4563")
        };
        assert!(is_blocked(&text("533")));
        assert!(!is_blocked(&text("52e")));
        assert!(!is_blocked("Invalid credentials"));
    }

    #[tokio::test]
    async fn a_panic_inside_the_library_is_a_disconnect() {
        async fn parse() -> Result<(), LdapFault> {
            panic!("malformed control")
        }
        let outcome = in_own_task(OPERATION_TIMEOUT, parse()).await;
        assert_eq!(outcome, Err(LdapFault::Disconnected));
    }

    #[test]
    fn filters_are_checked_before_they_are_used() {
        assert!(is_filter("(objectClass=inetOrgPerson)"));
        assert!(is_filter("(&(objectClass=user)(!(userAccountControl:1.2.840.113556.1.4.803:=2)))"));
        assert!(!is_filter("objectClass=inetOrgPerson"));
        assert!(!is_filter("(objectClass=inetOrgPerson"));
    }
}
