//! `isoloir enroll LINK`: who the person is, with what the vault opens, then enrollment, and each refusal in words.

use std::path::PathBuf;

use protocol::enrollment::Credential;
use protocol::organization::EnrollmentLink;
use protocol::secret::{Personal, Secret};

use super::{Failure, Shell, read_secret, vault_fault};
use crate::enrollment::{self, EnrollmentError};
use crate::net::login::{Block, LoginError, Refusal};
use crate::net::tls::TlsError;
use crate::rpc::{Fault, Request};
use crate::store::{Unlock, Vault};

impl Shell<'_> {
    pub(super) async fn enroll(
        &self,
        link: &str,
        login: Option<String>,
        password_file: Option<PathBuf>,
    ) -> Result<(), Failure> {
        let link: EnrollmentLink = link.parse().map_err(|error| {
            tracing::debug!(%error, "the link was not read");
            Fault::new("enrollment-link")
        })?;
        let data = self.data()?;
        let credential = self.credential(&link, login, password_file)?;
        let unlock = self.new_unlock(&data)?;
        let (account, device) = enrollment::enroll(&data, &unlock, &link, credential)
            .await
            .map_err(|error| Failure::Fault(fault(&error)))?;
        let whoami = serde_json::json!({
            "login": account.login.expose(),
            "name": account.name.expose(),
            "member_id": account.member,
            "device_id": device,
            "organization": account.organization,
        });
        self.printer.answer(&Request::Whoami {}, &whoami);
        Ok(())
    }

    fn credential(
        &self,
        link: &EnrollmentLink,
        login: Option<String>,
        password_file: Option<PathBuf>,
    ) -> Result<Credential, Failure> {
        if let Some(code) = &link.code {
            return Ok(Credential::Code { code: code.clone() });
        }
        let interactive = std::io::IsTerminal::is_terminal(&std::io::stdin());
        let login = match login {
            Some(login) => login,
            None if interactive => self.ask_line("ask-login")?,
            None => return Err(Fault::new("usage").into()),
        };
        let password = match password_file {
            Some(path) => read_secret(&path)?,
            None if interactive => {
                let typed = rpassword::prompt_password(self.printer.words.say("ask-password"));
                Secret::new(typed.map_err(|_| Fault::new("no-terminal"))?)
            }
            None => return Err(Fault::new("usage").into()),
        };
        Ok(Credential::Password { login: Personal::new(login), password })
    }

    fn ask_line(&self, key: &str) -> Result<String, Failure> {
        eprint!("{} ", self.printer.words.say(key));
        let mut line = String::new();
        std::io::stdin().read_line(&mut line).map_err(|_| Fault::new("no-terminal"))?;
        Ok(line.trim().to_owned())
    }

    /// A passphrase from a file or typed twice; without either, a key file that protects only as well as the folder does.
    fn new_unlock(&self, data: &std::path::Path) -> Result<Unlock, Failure> {
        if self.global.passphrase_file.is_some() || Vault::exists(data).unwrap_or(false) {
            return self.unlock(data);
        }
        if !std::io::IsTerminal::is_terminal(&std::io::stdin()) {
            self.printer.note("key-file-warning");
            return Ok(Unlock::KeyFile);
        }
        let ask = |key| rpassword::prompt_password(self.printer.words.say(key)).map_err(|_| Fault::new("no-terminal"));
        let (first, second) = (Secret::new(ask("ask-new-passphrase")?), Secret::new(ask("ask-passphrase-again")?));
        if first.expose() != second.expose() {
            return Err(Fault::new("passphrases-differ").into());
        }
        if first.expose().is_empty() {
            return Err(Fault::new("secret-empty").into());
        }
        Ok(Unlock::Passphrase(first))
    }
}

fn fault(error: &EnrollmentError) -> Fault {
    match error {
        EnrollmentError::Vault(error) => vault_fault(error),
        EnrollmentError::OtherPerson => Fault::new("enrollment-other-person"),
        EnrollmentError::EndedLog => Fault::new("enrollment-ended-log"),
        EnrollmentError::Folder => Fault::new("data-folder"),
        EnrollmentError::Enrolled => Fault::new("already-enrolled"),
        EnrollmentError::Key(_) => Fault::new("vault-damaged"),
        EnrollmentError::Unproven => Fault::new("enrollment-unproven"),
        EnrollmentError::Login(error) => login_fault(error),
    }
}

/// The person's directory has to be asked to open the account; which way depends on why it is closed.
const fn blocked(block: Block) -> &'static str {
    match block {
        Block::PasswordExpired => "login-password-expired",
        Block::PasswordMustChange => "login-password-must-change",
        Block::Disabled => "login-account-disabled",
        Block::AccountExpired => "login-account-expired",
        Block::LockedOut => "login-account-locked-out",
        Block::Hours => "login-account-hours",
        Block::Place => "login-account-place",
        Block::Unspecified => "login-password-blocked",
    }
}

fn login_fault(error: &LoginError) -> Fault {
    let code = match error {
        LoginError::Tls(TlsError::Key) | LoginError::NotTrusted(_) => "server-not-trusted",
        LoginError::Tls(_) => "server-unreachable",
        LoginError::Interrupted => "server-interrupted",
        LoginError::Protocol | LoginError::TooLarge => "server-protocol",
        LoginError::Refused(problem) => match problem.refusal() {
            Refusal::Password => "login-password",
            Refusal::PasswordBlocked(block) => blocked(block),
            Refusal::NoPasswords => "login-no-passwords",
            Refusal::Code => "login-code",
            Refusal::CodeNeeded => "login-code-needed",
            Refusal::Ticket => "login-ticket",
            Refusal::Suspended => "login-suspended",
            Refusal::DeviceRevoked => "login-device-revoked",
            Refusal::TooManyAttempts => "login-too-many-attempts",
            Refusal::Unavailable => "server-unavailable",
            Refusal::Other => "server-refused",
        },
    };
    Fault::new(code)
}
