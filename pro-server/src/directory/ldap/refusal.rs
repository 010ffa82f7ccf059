//! What a refused sign-in means (RFC 4513 §5.1). Active Directory puts its reason into the text of result 49, as a number after
//! "data" (MS-ERREF); others have a control for it. Pure; nothing of the text is kept.

use ldap3::LdapResult;

use super::super::fault::LdapFault;
use super::password_policy::{self, Told};

pub(super) const INVALID_CREDENTIALS: u32 = 49;

/// Why a directory lets nobody in although it knows the account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Hindrance {
    #[error("the password has expired")]
    PasswordExpired,
    #[error("the password has to be changed first")]
    PasswordMustChange,
    #[error("the account is disabled")]
    Disabled,
    #[error("the account has expired")]
    AccountExpired,
    #[error("the account is locked after wrong passwords")]
    LockedOut,
    #[error("the account may not sign in at this hour")]
    Hours,
    #[error("the account may not sign in from here")]
    Place,
    #[error("the directory refuses the account")]
    Unspecified,
}

impl Hindrance {
    /// A stable word; clients have a sentence for each.
    pub const fn code(self) -> &'static str {
        match self {
            Self::PasswordExpired => "password-expired",
            Self::PasswordMustChange => "password-must-change",
            Self::Disabled => "account-disabled",
            Self::AccountExpired => "account-expired",
            Self::LockedOut => "account-locked-out",
            Self::Hours => "account-hours",
            Self::Place => "account-place",
            Self::Unspecified => "password-blocked",
        }
    }
}

/// How a sign-in ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum SignIn {
    Done,
    /// No such account, or another password.
    Wrong,
    Hindered(Hindrance),
    Failed(LdapFault),
}

/// Sorts the answer to a simple bind.
pub(super) fn of_bind(result: &LdapResult) -> SignIn {
    match (result.rc, password_policy::told(result)) {
        // Whoever signs in so may do nothing before the change.
        (0 | INVALID_CREDENTIALS, Some(Told::MustChange)) => return SignIn::Hindered(Hindrance::PasswordMustChange),
        (INVALID_CREDENTIALS, Some(Told::Expired)) => return SignIn::Hindered(Hindrance::PasswordExpired),
        (INVALID_CREDENTIALS, Some(Told::Locked)) => return SignIn::Hindered(Hindrance::LockedOut),
        _ => {}
    }
    match (result.rc, data(&result.text)) {
        (0, _) => SignIn::Done,
        (INVALID_CREDENTIALS, Some("530")) => SignIn::Hindered(Hindrance::Hours),
        (INVALID_CREDENTIALS, Some("531")) => SignIn::Hindered(Hindrance::Place),
        (INVALID_CREDENTIALS, Some("532")) => SignIn::Hindered(Hindrance::PasswordExpired),
        (INVALID_CREDENTIALS, Some("533")) => SignIn::Hindered(Hindrance::Disabled),
        (INVALID_CREDENTIALS, Some("701")) => SignIn::Hindered(Hindrance::AccountExpired),
        (INVALID_CREDENTIALS, Some("773")) => SignIn::Hindered(Hindrance::PasswordMustChange),
        (INVALID_CREDENTIALS, Some("775")) => SignIn::Hindered(Hindrance::LockedOut),
        // 525: no such account; 52e: another password. Others are not known to say more.
        (INVALID_CREDENTIALS, _) => SignIn::Wrong,
        (19 | 53, _) => SignIn::Hindered(Hindrance::Unspecified),
        (51 | 52, _) => SignIn::Failed(LdapFault::Busy),
        (code, _) => SignIn::Failed(LdapFault::Refused { code }),
    }
}

/// Whether the service account is in.
pub(super) fn of_service_account(result: &LdapResult) -> Result<(), LdapFault> {
    match of_bind(result) {
        SignIn::Done => Ok(()),
        SignIn::Hindered(Hindrance::PasswordExpired | Hindrance::PasswordMustChange) => {
            Err(LdapFault::ServicePasswordExpired)
        }
        SignIn::Hindered(Hindrance::LockedOut) => Err(LdapFault::ServiceAccountLocked),
        SignIn::Hindered(Hindrance::Unspecified) | SignIn::Wrong => Err(LdapFault::ServiceAccount),
        SignIn::Hindered(Hindrance::Disabled | Hindrance::AccountExpired | Hindrance::Hours | Hindrance::Place) => {
            Err(LdapFault::ServiceAccountClosed)
        }
        // No such name, a name that is none, or a kind of signing in that is not allowed for it.
        SignIn::Failed(LdapFault::Refused { code: 32 | 34 | 48 | 50 }) => Err(LdapFault::ServiceAccount),
        SignIn::Failed(fault) => Err(fault),
    }
}

/// `AcceptSecurityContext error, data 52e, v4563`.
fn data(text: &str) -> Option<&str> {
    let (_, rest) = text.split_once("data ")?;
    rest.split([',', ' ']).next().filter(|code| !code.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(text: &str) -> LdapResult {
        let (matched, refs, ctrls) = (String::new(), Vec::new(), Vec::new());
        LdapResult { rc: INVALID_CREDENTIALS, matched, text: text.to_owned(), refs, ctrls }
    }

    fn coded(data: &str) -> LdapResult {
        refused(&format!("80090308: LdapErr: DSID-0C090439, comment: AcceptSecurityContext error, data {data}, v4563"))
    }

    #[test]
    fn each_reason_of_active_directory_is_told_apart() {
        use Hindrance::{AccountExpired, Disabled, Hours, LockedOut, PasswordExpired, PasswordMustChange, Place};
        for (code, hindrance) in [
            ("530", Hours),
            ("531", Place),
            ("532", PasswordExpired),
            ("533", Disabled),
            ("701", AccountExpired),
            ("773", PasswordMustChange),
            ("775", LockedOut),
        ] {
            assert_eq!(of_bind(&coded(code)), SignIn::Hindered(hindrance), "{code}");
            assert!(of_service_account(&coded(code)).is_err());
        }
        for code in ["52e", "525", "", "0"] {
            assert_eq!(of_bind(&coded(code)), SignIn::Wrong, "{code}");
        }
        assert_eq!(of_bind(&refused("Invalid credentials")), SignIn::Wrong);
        assert_eq!(of_bind(&refused("data ")), SignIn::Wrong);
    }

    #[test]
    fn a_service_account_whose_password_ended_is_not_a_wrong_password() {
        assert_eq!(of_service_account(&coded("532")), Err(LdapFault::ServicePasswordExpired));
        assert_eq!(of_service_account(&coded("775")), Err(LdapFault::ServiceAccountLocked));
        assert_eq!(of_service_account(&coded("533")), Err(LdapFault::ServiceAccountClosed));
        assert_eq!(of_service_account(&coded("52e")), Err(LdapFault::ServiceAccount));
    }
}
