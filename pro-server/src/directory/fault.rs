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
    #[error("the directory has no entry base_dn; check its spelling and what the service account may read")]
    Base,
    #[error("the directory does not accept the filter; check its parentheses and attribute names")]
    Filter,
    #[error("the directory stops before the end of the list; allow the service account unlimited paged results")]
    SizeLimit,
    #[error("the directory shows more people than {} ; narrow base_dn or filter", super::PEOPLE_MAX)]
    TooMany,
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
            Self::Base => "ldap-base",
            Self::Filter => "ldap-filter",
            Self::SizeLimit => "ldap-size-limit",
            Self::TooMany => "ldap-too-many",
            Self::Disconnected => "ldap-disconnected",
            Self::Refused { .. } => "ldap-refused",
        }
    }

    /// Sorts the result of a search (RFC 4511 Appendix A).
    pub(super) fn of_result(result: &LdapResult) -> Result<(), Self> {
        match result.rc {
            0 => Ok(()),
            3 => Err(Self::Timeout),
            4 | 11 => Err(Self::SizeLimit),
            32 | 34 => Err(Self::Base),
            49 => Err(Self::ServiceAccount),
            52 => Err(Self::Disconnected),
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
