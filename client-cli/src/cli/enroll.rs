//! `isoloir enroll LINK`: who the person is, with what the vault opens, then enrollment, and each refusal in words.

use std::path::PathBuf;

use protocol::enrollment::Credential;
use protocol::organization::EnrollmentLink;
use protocol::secret::{Personal, Secret};

use super::{Failure, Shell, read_secret};
use crate::engine::fault_of;
use crate::enrollment::{self, EnrollmentError, Proof};
use crate::net::login::{Block, LoginError, Refusal};
use crate::net::loopback::Pages;
use crate::net::tls::TlsError;
use crate::plain::plain;
use crate::platform;
use crate::rpc::{Fault, Request};
use crate::sign_in::{self, Notice, Preference, Screen, SignInError, Wish};
use crate::store::{Unlock, Vault};

/// What was written on the command line.
pub(super) struct Typed {
    pub login: Option<String>,
    pub password_file: Option<PathBuf>,
    pub sso: Option<Wish>,
    /// Where nothing was written and the server leaves no choice.
    pub preference: Preference,
}

/// What the browser shows at the end.
struct Texts {
    done: String,
    refused: String,
    not_asked: String,
}

impl Shell<'_> {
    pub(super) async fn enroll(&self, link: &str, typed: Typed) -> Result<(), Failure> {
        let link: EnrollmentLink = link.parse().map_err(|error| {
            tracing::debug!(%error, "the link was not read");
            Fault::new("enrollment-link")
        })?;
        let data = self.data()?;
        let wish = self.wish(&link, &typed).await?;
        let say = |key| self.printer.words.say(key);
        let texts =
            Texts { done: say("browser-done"), refused: say("browser-refused"), not_asked: say("browser-not-asked") };
        let notice = |notice: &Notice<'_>| self.tell(notice);
        let proof = match wish {
            Some(wish) => {
                let pages = Pages { done: &texts.done, refused: &texts.refused, not_asked: &texts.not_asked };
                Proof::SignIn(wish, Screen { pages, notice: &notice })
            }
            None => Proof::Credential(self.credential(&link, typed.login, typed.password_file)?),
        };
        let unlock = self.new_unlock(&data)?;
        let (account, device) =
            enrollment::enroll(&data, &unlock, &link, proof).await.map_err(|error| Failure::Fault(fault(&error)))?;
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

    /// Whether the person signs in at an identity provider: because they say so, or because nothing else is left.
    async fn wish(&self, link: &EnrollmentLink, typed: &Typed) -> Result<Option<Wish>, Failure> {
        if typed.sso.is_some() || link.code.is_some() || typed.login.is_some() || typed.password_file.is_some() {
            return Ok(typed.sso.clone());
        }
        match enrollment::offers(link).await {
            Ok(offers) if sign_in::is_only_way(&offers) => {
                Ok(Some(Wish { provider: None, preference: typed.preference }))
            }
            Ok(offers) if !offers.providers.is_empty() => {
                self.printer.note("sso-hint");
                Ok(None)
            }
            // A server of an earlier version knows no providers.
            Ok(_) | Err(LoginError::Refused(_)) => Ok(None),
            Err(error) => Err(login_fault(&error).into()),
        }
    }

    /// Says what to do; a browser that does not open is no fault, for the address is shown.
    fn tell(&self, notice: &Notice<'_>) {
        if self.printer.json {
            let (page, user_code) = match notice {
                Notice::Open { page, .. } => (page.expose().as_str(), None),
                Notice::Type { page, code, .. } => (*page, Some(code.expose().as_str())),
            };
            println!("{}", serde_json::json!({"sign_in": {"page": page, "user_code": user_code}}));
        }
        match notice {
            Notice::Open { provider, page } => {
                let opened = platform::open_page(page.expose());
                let key = if opened.is_ok() { "sign-in-opened" } else { "sign-in-open" };
                self.printer.note_with(key, &[("provider", plain(provider).into())]);
                eprintln!("{}", page.expose());
            }
            Notice::Type { provider, page, code } => {
                let values = [
                    ("provider", plain(provider).into()),
                    ("page", (*page).into()),
                    ("code", code.expose().as_str().into()),
                ];
                self.printer.note_with("sign-in-type", &values);
            }
        }
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
        Ok(Unlock::Passphrase(self.ask_new_passphrase()?))
    }
}

fn fault(error: &EnrollmentError) -> Fault {
    match error {
        EnrollmentError::Vault(error) => fault_of(error),
        EnrollmentError::OtherPerson => Fault::new("enrollment-other-person"),
        EnrollmentError::EndedLog => Fault::new("enrollment-ended-log"),
        EnrollmentError::Folder => Fault::new("data-folder"),
        EnrollmentError::Enrolled => Fault::new("already-enrolled"),
        EnrollmentError::Key(_) => Fault::new("vault-damaged"),
        EnrollmentError::Unproven => Fault::new("enrollment-unproven"),
        EnrollmentError::Login(error) | EnrollmentError::SignIn(SignInError::Login(error)) => login_fault(error),
        EnrollmentError::SignIn(error) => Fault::new(match error {
            SignInError::Refused => "login-sign-in-refused",
            SignInError::Expired => "login-sign-in-expired",
            SignInError::NoProvider => "login-no-provider",
            SignInError::Several => "login-several-providers",
            SignInError::Port => "login-sign-in-port",
            SignInError::Page | SignInError::Login(_) => "server-protocol",
        }),
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
            Refusal::SignInPending | Refusal::SignInExpired => "login-sign-in-expired",
            Refusal::SignInRefused => "login-sign-in-refused",
            Refusal::SignInToken => "login-sign-in-token",
            Refusal::SignInRequired => "login-sign-in-required",
            Refusal::SignInUnnamed => "login-sign-in-unnamed",
            Refusal::SignInUnknown => "login-sign-in-unknown",
            Refusal::SignInOtherAccount => "login-sign-in-other-account",
            Refusal::Provider => "login-provider",
            Refusal::NoProvider => "login-no-provider",
            Refusal::TooManyAttempts => "login-too-many-attempts",
            Refusal::Unavailable => "server-unavailable",
            Refusal::Other => "server-refused",
        },
    };
    Fault::new(code)
}
