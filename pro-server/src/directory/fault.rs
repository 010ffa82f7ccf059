//! What can go wrong with an LDAP directory, told with the next step. It must never carry a name, a DN or what a server wrote.

use ldap3::{LdapError, LdapResult};

/// Why the directory could not be asked. A run that ends with one of these has changed nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum LdapFault {
    #[error("the directory cannot be reached; check the host and port in url, and the network between")]
    Unreachable,
    #[error("the directory did not answer in time; check its load and the network between")]
    Timeout,
    #[error(
        "the directory's certificate is not trusted; set ca_file to the roots that signed it, and use the host name that it was made for"
    )]
    Certificate,
    #[error("ca_file has no usable certificate; it must be PEM")]
    CaFile,
    #[error("the directory refuses StartTLS; use ldaps://, or turn StartTLS on at the directory")]
    StartTls,
    #[error("the directory refuses the service account; check bind_dn and bind_password_file")]
    ServiceAccount,
    #[error(
        "the password of the service account has expired; set a new one at the directory and in bind_password_file"
    )]
    ServicePasswordExpired,
    #[error("the service account is locked after wrong passwords; unlock it, and look for what else uses it")]
    ServiceAccountLocked,
    #[error("the service account is disabled, has expired or may not sign in now; open it at the directory")]
    ServiceAccountClosed,
    #[error(
        "the directory has no entry base_dn or group_base_dn; check its spelling and what the service account may read"
    )]
    Base,
    #[error("the directory does not accept the filter; check its parentheses and attribute names")]
    Filter,
    #[error("the directory stops before the end of the list; allow the service account unlimited paged results")]
    SizeLimit,
    #[error("the directory shows more people than {} ; narrow base_dn or filter", super::PEOPLE_MAX)]
    TooMany,
    #[error(
        "the directory shows more groups than {} ; narrow group_base_dn or group_filter",
        super::ldap::LDAP_GROUPS_MAX
    )]
    TooManyGroups,
    #[error(
        "the directory has no entry required_group that the service account can read; check its spelling and rights"
    )]
    RequiredGroup,
    #[error(
        "a part of the people is on another server, to which the directory refers; read that one as a source of its own"
    )]
    Referral,
    #[error("the directory ended its answer before all of it had come; it is tried again at the next run")]
    Incomplete,
    #[error("the directory is busy or shutting down; it is tried again at the next run")]
    Busy,
    #[error("the connection to the directory broke; it is tried again at the next run")]
    Disconnected,
    #[error("the directory refuses with LDAP result {code}; its own log says why")]
    Refused { code: u32 },
}

impl LdapFault {
    /// A stable word for scripts, metrics and translations.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Unreachable => "ldap-unreachable",
            Self::Timeout => "ldap-timeout",
            Self::Certificate => "ldap-certificate",
            Self::CaFile => "ldap-ca-file",
            Self::StartTls => "ldap-start-tls",
            Self::ServiceAccount => "ldap-service-account",
            Self::ServicePasswordExpired => "ldap-service-password-expired",
            Self::ServiceAccountLocked => "ldap-service-account-locked",
            Self::ServiceAccountClosed => "ldap-service-account-closed",
            Self::Base => "ldap-base",
            Self::Filter => "ldap-filter",
            Self::SizeLimit => "ldap-size-limit",
            Self::TooMany => "ldap-too-many",
            Self::TooManyGroups => "ldap-too-many-groups",
            Self::RequiredGroup => "ldap-required-group",
            Self::Referral => "ldap-referral",
            Self::Incomplete => "ldap-incomplete",
            Self::Busy => "ldap-busy",
            Self::Disconnected => "ldap-disconnected",
            Self::Refused { .. } => "ldap-refused",
        }
    }

    /// Whether another controller of the same directory may do better.
    pub(super) const fn is_of_one_controller(self) -> bool {
        matches!(
            self,
            Self::Unreachable
                | Self::Timeout
                | Self::Certificate
                | Self::StartTls
                | Self::Disconnected
                | Self::Busy
                | Self::SizeLimit
                | Self::Incomplete
                | Self::Refused { .. }
        )
    }

    /// Sorts the result of a search (RFC 4511 Appendix A).
    pub(super) fn of_result(result: &LdapResult) -> Result<(), Self> {
        match result.rc {
            0 => Ok(()),
            3 => Err(Self::Timeout),
            4 | 11 => Err(Self::SizeLimit),
            10 => Err(Self::Referral),
            32 | 34 => Err(Self::Base),
            49 => Err(Self::ServiceAccount),
            51 | 52 => Err(Self::Busy),
            code => Err(Self::Refused { code }),
        }
    }
}

impl From<LdapError> for LdapFault {
    fn from(error: LdapError) -> Self {
        match error {
            LdapError::Io { source } if is_tls(&source) => Self::Certificate,
            LdapError::Io { source } => match source.kind() {
                std::io::ErrorKind::TimedOut => Self::Timeout,
                std::io::ErrorKind::UnexpectedEof
                | std::io::ErrorKind::BrokenPipe
                | std::io::ErrorKind::ConnectionReset => Self::Disconnected,
                _ => Self::Unreachable,
            },
            LdapError::Timeout { .. } => Self::Timeout,
            LdapError::Rustls { .. } | LdapError::DNSName { .. } => Self::Certificate,
            LdapError::FilterParsing => Self::Filter,
            LdapError::LdapResult { .. } => Self::StartTls,
            LdapError::UrlParsing { .. } | LdapError::UnknownScheme(_) => Self::Unreachable,
            _ => Self::Disconnected,
        }
    }
}

fn is_tls(error: &std::io::Error) -> bool {
    error.get_ref().is_some_and(|inner| inner.is::<rustls::Error>())
}
