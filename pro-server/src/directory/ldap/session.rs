//! One connection to one controller of a directory: TLS, the service account signed in, and what the controller says of itself.
//! Controllers are asked in order, the one that answered last first; one that hangs costs a named time.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use ldap3::{Ldap, LdapConnAsync, LdapConnSettings};

use crate::config::directory::{LdapConfig, LdapSecurity, LdapServer};
use crate::tls::client::trusting;

use super::super::fault::LdapFault;
use super::AbortOnDrop;
use super::root::Root;
use super::{password_policy, refusal};

/// Connecting to one controller, TLS included …
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// … and each step of signing in there. A controller that hangs costs at most the sum.
const SIGN_IN_TIMEOUT: Duration = Duration::from_secs(5);
/// Each further answer.
pub(super) const OPERATION_TIMEOUT: Duration = Duration::from_secs(30);

/// A connection whose service account is signed in. Dropping it ends the driver.
pub(super) struct Session {
    pub(super) ldap: Ldap,
    pub(super) root: Root,
    /// Which of the configured controllers it is.
    pub(super) controller: usize,
    _driver: AbortOnDrop,
}

impl Session {
    /// The first controller that answers. When none does, the fault is that of the one that was asked first.
    pub(super) async fn open(config: &LdapConfig, preferred: &AtomicUsize) -> Result<Self, LdapFault> {
        let count = config.servers.len().max(1);
        let first = preferred.load(Ordering::Relaxed) % count;
        let mut told = None;
        for turn in 0..count {
            let controller = (first + turn) % count;
            let Some(server) = config.servers.get(controller) else { continue };
            match Self::open_at(config, server, controller).await {
                Ok(session) => {
                    preferred.store(controller, Ordering::Relaxed);
                    return Ok(session);
                }
                // Each controller would say the same, and wrong passwords are counted: they end in a lock-out.
                Err(fault) if !fault.is_of_one_controller() => return Err(fault),
                Err(fault) => told = told.or(Some(fault)),
            }
        }
        Err(told.unwrap_or(LdapFault::Unreachable))
    }

    /// One controller and no other.
    pub(super) async fn open_at(
        config: &LdapConfig,
        server: &LdapServer,
        controller: usize,
    ) -> Result<Self, LdapFault> {
        let settings = LdapConnSettings::new()
            .set_conn_timeout(CONNECT_TIMEOUT)
            .set_starttls(server.security == LdapSecurity::StartTls);
        let settings = match &config.ca_file {
            Some(path) => {
                let trusted = trusting(Some(path)).map_err(|_| LdapFault::CaFile)?;
                settings.set_config(Arc::new(trusted.with_no_client_auth()))
            }
            None => settings,
        };
        // The library's own limit does not cover every step of StartTLS.
        let url = server.url();
        let connecting = LdapConnAsync::with_settings(settings, &url);
        let connected = tokio::time::timeout(CONNECT_TIMEOUT, connecting).await.map_err(|_| LdapFault::Timeout)?;
        let (connection, mut ldap) = connected.map_err(|error| match LdapFault::from(error) {
            // Whoever hangs up before TLS stands is no directory, or not on this port.
            LdapFault::Disconnected => LdapFault::Unreachable,
            fault => fault,
        })?;
        let driver = tokio::spawn(async move {
            // How it ends shows in the operations that wait for it.
            let _ = connection.drive().await;
        });
        let driver = AbortOnDrop(driver.abort_handle());
        if config.bind_dn.expose().is_empty() || config.bind_password.expose().is_empty() {
            // Many servers take this for "anonymous" and say yes (RFC 4513 §5.1.2).
            return Err(LdapFault::ServiceAccount);
        }
        let sign_in = ldap.with_timeout(SIGN_IN_TIMEOUT).with_controls(password_policy::question());
        let bound = sign_in.simple_bind(config.bind_dn.expose(), config.bind_password.expose()).await?;
        refusal::of_service_account(&bound)?;
        let root = Root::read(ldap.with_timeout(SIGN_IN_TIMEOUT), config.kind).await?;
        Ok(Self { ldap, root, controller, _driver: driver })
    }

    pub(super) async fn close(mut self) {
        let _ = self.ldap.with_timeout(SIGN_IN_TIMEOUT).unbind().await;
    }
}
