//! What differs between Active Directory and other LDAP servers in how they are read: attributes, filters, groups.

use protocol::secret::Personal;

/// What kind of directory answers. Without `kind` the directory's own word counts (its root DSE, RFC 4512 §5.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LdapKind {
    ActiveDirectory,
    /// OpenLDAP, 389 Directory Server and others with `inetOrgPerson` (RFC 2798).
    Standard,
}

impl LdapKind {
    /// As the configuration writes it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::ActiveDirectory => "active-directory",
            Self::Standard => "standard",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        [Self::ActiveDirectory, Self::Standard].into_iter().find(|kind| kind.name() == text)
    }

    /// Who is a person, when `filter` is not written. Tombstones have no `objectCategory`, so it is not asked for.
    pub const fn people_filter(self) -> &'static str {
        match self {
            Self::ActiveDirectory => "(&(objectClass=user)(!(objectClass=computer)))",
            Self::Standard => "(objectClass=inetOrgPerson)",
        }
    }

    /// What is a group, when `group_filter` is not written.
    pub const fn group_filter(self) -> &'static str {
        match self {
            Self::ActiveDirectory => "(objectClass=group)",
            Self::Standard => {
                "(|(objectClass=groupOfNames)(objectClass=groupOfMembers)(objectClass=groupOfUniqueNames)(objectClass=posixGroup))"
            }
        }
    }
}

/// Whether changes are followed as they happen, and only they are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Following {
    /// Where the directory can: by RFC 4533, or by Active Directory's update sequence numbers.
    WhenPossible,
    /// Everything is read each time.
    Never,
}

/// Where groups stand whose members are followed, groups in groups included.
#[derive(Debug, Clone)]
pub struct LdapGroups {
    pub base_dns: Vec<Personal<String>>,
    /// [`LdapKind::group_filter`] when absent.
    pub filter: Option<String>,
}

/// Which attribute says what, as far as the configuration says it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AttributeNames {
    pub id: Option<String>,
    pub login: Option<String>,
    pub name: Option<String>,
    pub mail: Option<String>,
    pub groups: Option<String>,
}

/// Which attribute says what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LdapAttributes {
    pub id: String,
    pub login: String,
    /// Read where an entry has no `login`.
    pub login_otherwise: Option<String>,
    pub name: String,
    /// Read where an entry has no `name`.
    pub name_otherwise: Option<String>,
    pub mail: String,
    /// Names of groups, or their distinguished names.
    pub groups: String,
}

impl LdapAttributes {
    /// What is written, and the defaults of this kind for the rest.
    pub fn of(kind: LdapKind, written: &AttributeNames) -> Self {
        let [id, login, name] = match kind {
            LdapKind::ActiveDirectory => ["objectGUID", "userPrincipalName", "displayName"],
            LdapKind::Standard => ["entryUUID", "uid", "cn"],
        };
        let pick = |written: &Option<String>, default: &str| written.clone().unwrap_or_else(|| default.to_owned());
        let otherwise = |written: &Option<String>, other: &str| {
            (kind == LdapKind::ActiveDirectory && written.is_none()).then(|| other.to_owned())
        };
        Self {
            id: pick(&written.id, id),
            login: pick(&written.login, login),
            login_otherwise: otherwise(&written.login, "sAMAccountName"),
            name: pick(&written.name, name),
            name_otherwise: otherwise(&written.name, "cn"),
            mail: pick(&written.mail, "mail"),
            groups: pick(&written.groups, "memberOf"),
        }
    }

    /// Whether `name` can be an attribute description without options (RFC 4512 §2.5).
    pub fn is_name(name: &str) -> bool {
        !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'.')
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_wins_over_what_is_usual() {
        let written = AttributeNames { login: Some("mail".to_owned()), ..AttributeNames::default() };
        let ad = LdapAttributes::of(LdapKind::ActiveDirectory, &written);
        assert_eq!((ad.id.as_str(), ad.login.as_str(), ad.login_otherwise), ("objectGUID", "mail", None));
        let usual = LdapAttributes::of(LdapKind::ActiveDirectory, &AttributeNames::default());
        assert_eq!(usual.login_otherwise.as_deref(), Some("sAMAccountName"));
        let standard = LdapAttributes::of(LdapKind::Standard, &AttributeNames::default());
        assert_eq!((standard.id.as_str(), standard.name.as_str()), ("entryUUID", "cn"));
        assert_eq!(LdapKind::parse("active-directory"), Some(LdapKind::ActiveDirectory));
        assert_eq!(LdapKind::parse("ad"), None);
    }
}
