//! `[directory]`: where people come from. `[directory.ldap]` is one LDAP directory, `[[directory.ldap]]` are several, each with
//! a name of its own. Without any the built-in directory serves alone, filled by CSV import.

use std::path::PathBuf;

use protocol::secret::{Personal, Secret};

use super::ldap_kind::{AttributeNames, Following, LdapGroups, LdapKind};
use crate::domain::source::SourceName;
use crate::domain::sync::Limits;

/// LDAP directories at one time.
pub const LDAP_SOURCES_MAX: usize = 16;
/// Controllers of one directory at most.
pub const LDAP_SERVERS_MAX: usize = 16;
/// Bases of one directory at most.
pub const LDAP_BASES_MAX: usize = 64;
/// A directory run reads at least this seldom …
pub const INTERVAL_S_MIN: u64 = 5;
/// … and at least this often.
pub const INTERVAL_S_MAX: u64 = 24 * 60 * 60;
/// Used when `interval_s` is not written: whoever leaves the directory is out within a minute, the reading included.
pub const INTERVAL_S_DEFAULT: u64 = 30;
/// Used when `brake_percent` is not written.
pub const BRAKE_PERCENT_DEFAULT: u8 = 10;
/// Used when `brake_minimum` is not written.
pub const BRAKE_MINIMUM_DEFAULT: u32 = 5;

/// The checked section.
#[derive(Debug, Clone, Default)]
pub struct DirectoryConfig {
    pub scim: ScimConfig,
    /// At most [`LDAP_SOURCES_MAX`], no name twice.
    pub ldap: Vec<LdapConfig>,
}

/// What is believed of providers that push people.
#[derive(Debug, Clone, Copy)]
pub struct ScimConfig {
    /// Of people who lose their devices within a day.
    pub limits: Limits,
}

impl Default for ScimConfig {
    fn default() -> Self {
        let limits = Limits { brake_percent: BRAKE_PERCENT_DEFAULT, brake_minimum: BRAKE_MINIMUM_DEFAULT };
        Self { limits }
    }
}

/// How to reach and read the organization's LDAP directory.
#[derive(Debug, Clone)]
pub struct LdapConfig {
    pub name: SourceName,
    /// Controllers of one directory, asked in this order; at least one.
    pub servers: Vec<LdapServer>,
    /// The directory's own word when absent.
    pub kind: Option<LdapKind>,
    /// PEM roots that sign the directory's certificate; the system's when absent.
    pub ca_file: Option<PathBuf>,
    /// The service account: its distinguished name, or in Active Directory also `user@domain` or `DOMAIN\\user`.
    pub bind_dn: Personal<String>,
    pub bind_password: Secret<String>,
    /// Where people stand; at least one.
    pub base_dns: Vec<Personal<String>>,
    /// [`LdapKind::people_filter`] when absent.
    pub filter: Option<String>,
    /// Without them a person's groups are what the person's own entry says.
    pub groups: Option<LdapGroups>,
    /// The distinguished name of the group outside of which nobody has access.
    pub required_group: Option<Personal<String>>,
    pub following: Following,
    /// From the start of one run to the start of the next.
    pub interval_s: u64,
    pub limits: Limits,
    pub attributes: AttributeNames,
}

impl LdapConfig {
    /// Its controllers, for people to read.
    pub fn url(&self) -> String {
        self.servers.iter().map(LdapServer::url).collect::<Vec<_>>().join(" ")
    }
}

/// How the connection is protected; there is no way without.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LdapSecurity {
    /// `ldaps://`: TLS from the first byte.
    Tls,
    /// `ldap://` with `start_tls = true` (RFC 4511 §4.14).
    StartTls,
}

/// The directory's address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LdapServer {
    pub security: LdapSecurity,
    /// Host and port as the URL has them.
    pub authority: String,
}

impl LdapServer {
    /// Reads `ldaps://HOST[:PORT]`, or `ldap://HOST[:PORT]` when StartTLS follows. Nothing may stand behind the port.
    pub fn parse(url: &str, security: LdapSecurity) -> Option<Self> {
        let authority = url.strip_prefix(Self::scheme(security))?;
        let authority = authority.strip_suffix('/').unwrap_or(authority);
        let port = authority.rsplit_once(':').filter(|(_, port)| !port.contains(']')).map(|(_, port)| port);
        let fits = !authority.is_empty()
            && !authority.contains(['/', '@', '?', '#', ' '])
            && port.is_none_or(|port| port.parse::<u16>().is_ok_and(|port| port != 0));
        fits.then(|| Self { security, authority: authority.to_owned() })
    }

    /// The URL again.
    pub fn url(&self) -> String {
        format!("{}{}", Self::scheme(self.security), self.authority)
    }

    const fn scheme(security: LdapSecurity) -> &'static str {
        match security {
            LdapSecurity::Tls => "ldaps://",
            LdapSecurity::StartTls => "ldap://",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_addresses_that_end_in_tls() {
        let tls = |url| LdapServer::parse(url, LdapSecurity::Tls).map(|server| server.url());
        assert_eq!(tls("ldaps://directory.example:636").as_deref(), Some("ldaps://directory.example:636"));
        assert_eq!(tls("ldaps://[2001:db8::1]/").as_deref(), Some("ldaps://[2001:db8::1]"));
        for bad in
            ["ldap://directory.example", "ldaps://", "ldaps://a:0", "ldaps://a:99999", "ldaps://a/dc=x", "ldaps://u@a"]
        {
            assert_eq!(tls(bad), None, "{bad}");
        }
        assert!(LdapServer::parse("ldap://a:389", LdapSecurity::StartTls).is_some());
    }
}
