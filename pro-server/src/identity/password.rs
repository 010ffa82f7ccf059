//! The directory password: checked by binding to the directory as the person, never stored, never logged, empty refused.
//! Attempts are limited for each login and for all together, so that this is no way to lock people out of their directory.

use std::sync::{Arc, Mutex, PoisonError};

use protocol::secret::Secret;

use crate::clock::Ambient;
use crate::directory::fault::LdapFault;
use crate::directory::ldap::{Hindrance, LdapDirectory, Verdict};
use crate::domain::member::{ExternalId, Login, Source};
use crate::domain::throttle::{Rate, Throttle, TooMany};

/// Fewer than the usual lockout threshold of a directory, per login.
pub const PASSWORD_RATE: Rate = Rate { burst: 4, refill_ms: 5 * 60 * 1_000 };
/// All logins together.
pub const PASSWORD_RATE_ALL: Rate = Rate { burst: 200, refill_ms: 200 };
/// Wrong ones from one network: a fifth of what all may try in the long run, so that one alone cannot use it up.
pub const PASSWORD_RATE_EACH_NETWORK: Rate = Rate { burst: 100, refill_ms: 1_000 };
/// A longer password is refused unread.
pub const PASSWORD_BYTES_MAX: usize = 1_024;

/// Why a password did not let the person in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PasswordRefused {
    /// Unknown login, wrong or empty password: one answer for all.
    #[error("the login or the password is wrong")]
    Wrong,
    #[error("the directory does not let this person in: {0}")]
    Blocked(Hindrance),
    #[error(transparent)]
    TooMany(#[from] TooMany),
    #[error(transparent)]
    Directory(#[from] LdapFault),
    /// There is no directory that knows passwords.
    #[error("this server has no directory that checks passwords; ask for an enrollment code")]
    NoDirectory,
}

/// Checks passwords; a cheap clone.
#[derive(Clone)]
pub struct PasswordCheck {
    /// The directory of each source that has one.
    directories: Arc<[(Source, LdapDirectory)]>,
    throttle: Arc<Mutex<Throttle>>,
    ambient: Ambient,
}

impl PasswordCheck {
    /// Without a directory every password is refused.
    pub fn new(directories: impl IntoIterator<Item = (Source, LdapDirectory)>, ambient: &Ambient) -> Self {
        let ambient = ambient.stream("password throttle");
        let throttle = Throttle::new(PASSWORD_RATE, PASSWORD_RATE_ALL, ambient.bytes());
        let directories = directories.into_iter().collect();
        Self { directories, throttle: Arc::new(Mutex::new(throttle)), ambient }
    }

    /// The id of the entry that `login` and `password` belong to, at the source that lists the person. Of several directories
    /// the one that knows a login which nobody is listed by gets the password; where none does, the first one is asked all the
    /// same, so that the time taken tells nothing.
    pub async fn check(
        &self,
        source: Option<Source>,
        login: &Login,
        password: &Secret<String>,
    ) -> Result<(Source, ExternalId), PasswordRefused> {
        let first = self.directories.first().ok_or(PasswordRefused::NoDirectory)?;
        if password.expose().is_empty() || password.expose().len() > PASSWORD_BYTES_MAX {
            return Err(PasswordRefused::Wrong);
        }
        self.count(login)?;
        let (asked, directory) = match self.directories.iter().find(|(known, _)| Some(*known) == source) {
            Some(listing) => listing,
            None if self.directories.len() > 1 => self.knowing(login).await.unwrap_or(first),
            None => first,
        };
        match directory.check_password(login, password).await? {
            Verdict::Right(external_id) => Ok((*asked, external_id)),
            Verdict::Wrong => Err(PasswordRefused::Wrong),
            Verdict::Blocked(hindrance) => Err(PasswordRefused::Blocked(hindrance)),
        }
    }

    /// The one directory that has an entry of this name. One that does not answer knows nobody.
    async fn knowing(&self, login: &Login) -> Option<&(Source, LdapDirectory)> {
        let mut knowing = None;
        for directory in self.directories.iter() {
            if directory.1.knows(login).await.unwrap_or(false) && knowing.replace(directory).is_some() {
                return None;
            }
        }
        knowing
    }

    fn count(&self, login: &Login) -> Result<(), TooMany> {
        let mut throttle = self.throttle.lock().unwrap_or_else(PoisonError::into_inner);
        throttle.attempt(login.expose().as_bytes(), self.ambient.now())
    }
}
