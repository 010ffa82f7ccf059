//! What a controller says of itself (root DSE, RFC 4512 §5.1): of what kind it is and what it can do.

use ldap3::{Ldap, Scope, SearchEntry};

use crate::config::ldap_kind::LdapKind;

use super::super::fault::LdapFault;

/// `LDAP_CAP_ACTIVE_DIRECTORY_OID`: a domain controller (MS-ADTS §3.1.1.3.4.3).
const IS_ACTIVE_DIRECTORY: &str = "1.2.840.113556.1.4.800";
/// RFC 4533 §2.2.
const SYNC_REQUEST: &str = "1.3.6.1.4.1.4203.1.9.1.1";

/// A controller's root DSE, as far as it matters here.
#[derive(Debug, Clone)]
pub(super) struct Root {
    pub(super) kind: LdapKind,
    /// Whether RFC 4533 is spoken here.
    pub(super) syncs: Syncs,
    /// The domain's own base, in Active Directory.
    pub(super) domain: Option<String>,
    /// The object that names this controller, in Active Directory.
    pub(super) service: Option<String>,
    /// The newest update sequence number, in Active Directory.
    pub(super) newest_usn: Option<u64>,
}

/// Whether a server offers content synchronization.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Syncs {
    Offered,
    Unknown,
}

impl Root {
    /// A server that shows no root DSE is an LDAP server like any other.
    pub(super) async fn read(ldap: &mut Ldap, written: Option<LdapKind>) -> Result<Self, LdapFault> {
        const WANTED: [&str; 5] = [
            "supportedCapabilities",
            "supportedControl",
            "defaultNamingContext",
            "dsServiceName",
            "highestCommittedUSN",
        ];
        let found = ldap.search("", Scope::Base, "(objectClass=*)", WANTED.to_vec()).await?;
        let entry = match (found.1.rc, found.0.into_iter().next()) {
            (0, Some(entry)) if !entry.is_ref() && !entry.is_intermediate() => Some(SearchEntry::construct(entry)),
            (51 | 52, _) => return Err(LdapFault::Busy),
            _ => None,
        };
        let values = |name: &str| -> Vec<String> {
            let attributes = entry.iter().flat_map(|entry| &entry.attrs);
            attributes
                .filter(|(key, _)| key.eq_ignore_ascii_case(name))
                .flat_map(|(_, values)| values.clone())
                .collect()
        };
        let said = if values("supportedCapabilities").iter().any(|oid| oid == IS_ACTIVE_DIRECTORY) {
            LdapKind::ActiveDirectory
        } else {
            LdapKind::Standard
        };
        let offers = values("supportedControl").iter().any(|oid| oid == SYNC_REQUEST);
        Ok(Self {
            kind: written.unwrap_or(said),
            syncs: if offers { Syncs::Offered } else { Syncs::Unknown },
            domain: values("defaultNamingContext").into_iter().next(),
            service: values("dsServiceName").into_iter().next(),
            newest_usn: values("highestCommittedUSN").first().and_then(|usn| usn.parse().ok()),
        })
    }
}
