//! Reads `[directory.ldap]`, or each `[[directory.ldap]]`, into what `config::directory` describes. The bind password is read from its file, never from here.

use std::collections::BTreeSet;

use protocol::secret::{Personal, Secret};

use super::directory::{
    BRAKE_MINIMUM_DEFAULT, BRAKE_PERCENT_DEFAULT, DirectoryConfig, INTERVAL_S_DEFAULT, INTERVAL_S_MAX, INTERVAL_S_MIN,
    LDAP_BASES_MAX, LDAP_SERVERS_MAX, LDAP_SOURCES_MAX, LdapConfig, LdapSecurity, LdapServer, ScimConfig,
};
use super::ldap_kind::{AttributeNames, Following, LdapAttributes, LdapGroups, LdapKind};
use super::problem::{Expected, ProblemKind};
use super::reader::{Section, Written};
use crate::domain::source::{LDAP_NAME_DEFAULT, SourceName};
use crate::domain::sync::Limits;

/// A password file larger than this holds no password.
const PASSWORD_BYTES_MAX: usize = 4 * 1024;

pub fn read(mut section: Section<'_>) -> DirectoryConfig {
    let mut names = BTreeSet::new();
    let ldap = section.tables("ldap", LDAP_SOURCES_MAX, |written, section| {
        let name = read_name(section, written, &mut names);
        read_ldap(section, name)
    });
    let mut scim = section.section("scim");
    let limits = limits(&mut scim);
    scim.finish();
    section.finish();
    DirectoryConfig { scim: ScimConfig { limits }, ldap: ldap.into_iter().flatten().collect() }
}

/// A directory that stands alone needs no name.
fn read_name(section: &mut Section<'_>, written: Written, names: &mut BTreeSet<SourceName>) -> Option<SourceName> {
    const KEY: &str = "name";
    let text = match written {
        Written::Alone if !section.has(KEY) => LDAP_NAME_DEFAULT.to_owned(),
        Written::Alone | Written::InList => section.required_text(KEY)?,
    };
    let name = SourceName::parse(&text).ok().filter(|name| !name.is_reserved() && names.insert(name.clone()));
    if name.is_none() {
        section.problem(KEY, ProblemKind::Wrong(Expected::SourceName));
    }
    name
}

fn read_ldap(section: &mut Section<'_>, name: Option<SourceName>) -> Option<LdapConfig> {
    let security = match section.boolean("start_tls") {
        Some(true) => LdapSecurity::StartTls,
        Some(false) | None => LdapSecurity::Tls,
    };
    let servers = servers(section, security);
    let kind = section.text("kind").map(|kind| {
        let parsed = LdapKind::parse(&kind);
        if parsed.is_none() {
            section.problem("kind", ProblemKind::Wrong(Expected::LdapKind));
        }
        parsed
    });
    let ca_file = section.file("ca_file");
    let bind_dn = section.required_text("bind_dn").map(Personal::new);
    let bind_password = password(section);
    let base_dns = section.required_texts("base_dn", LDAP_BASES_MAX).map(personal);
    let filter = filter(section, "filter");
    let groups = groups(section);
    let required_group = section.text("required_group").map(Personal::new);
    let following = match section.boolean("live") {
        Some(false) => Following::Never,
        Some(true) | None => Following::WhenPossible,
    };
    let interval_s = section.integer("interval_s", INTERVAL_S_MIN..=INTERVAL_S_MAX);
    let limits = limits(section);
    let attributes = attributes(section.section("attributes"));
    Some(LdapConfig {
        name: name?,
        servers: servers?,
        kind: kind.flatten(),
        ca_file,
        bind_dn: bind_dn?,
        bind_password: bind_password?,
        base_dns: base_dns?,
        filter,
        groups,
        required_group,
        following,
        interval_s: interval_s.unwrap_or(INTERVAL_S_DEFAULT),
        limits,
        attributes,
    })
}

fn servers(section: &mut Section<'_>, security: LdapSecurity) -> Option<Vec<LdapServer>> {
    let urls = section.required_texts("url", LDAP_SERVERS_MAX)?;
    let servers: Option<Vec<LdapServer>> = urls.iter().map(|url| LdapServer::parse(url, security)).collect();
    if servers.is_none() {
        section.problem("url", ProblemKind::Wrong(Expected::LdapUrl));
    }
    servers
}

fn filter(section: &mut Section<'_>, key: &'static str) -> Option<String> {
    section.text(key).filter(|filter| {
        let shaped = filter.starts_with('(') && filter.ends_with(')');
        if !shaped {
            section.problem(key, ProblemKind::Wrong(Expected::LdapFilter));
        }
        shaped
    })
}

fn groups(section: &mut Section<'_>) -> Option<LdapGroups> {
    let filter = filter(section, "group_filter");
    let base_dns = section.texts("group_base_dn", LDAP_BASES_MAX).map(personal);
    if base_dns.is_none() && filter.is_some() {
        section.problem("group_filter", ProblemKind::Needs("group_base_dn"));
    }
    Some(LdapGroups { base_dns: base_dns?, filter })
}

fn personal(texts: Vec<String>) -> Vec<Personal<String>> {
    texts.into_iter().map(Personal::new).collect()
}

fn password(section: &mut Section<'_>) -> Option<Secret<String>> {
    const KEY: &str = "bind_password_file";
    if !section.has(KEY) {
        return section.required_text(KEY).map(Secret::new);
    }
    let password = section.file_contents(KEY, PASSWORD_BYTES_MAX)?;
    if password.is_empty() {
        // Many directories answer an empty password with success (RFC 4513 §5.1.2) and then show nothing.
        section.problem(KEY, ProblemKind::Wrong(Expected::Text));
        return None;
    }
    Some(Secret::new(password))
}

fn limits(section: &mut Section<'_>) -> Limits {
    let percent = section.integer("brake_percent", 0..=100);
    let minimum = section.integer("brake_minimum", 0..=u64::from(u32::MAX));
    Limits {
        brake_percent: percent.and_then(|percent| u8::try_from(percent).ok()).unwrap_or(BRAKE_PERCENT_DEFAULT),
        brake_minimum: minimum.and_then(|minimum| u32::try_from(minimum).ok()).unwrap_or(BRAKE_MINIMUM_DEFAULT),
    }
}

fn attributes(mut section: Section<'_>) -> AttributeNames {
    let mut name = |key| {
        let name = section.text(key)?;
        if !LdapAttributes::is_name(&name) {
            section.problem(key, ProblemKind::Wrong(Expected::AttributeName));
            return None;
        }
        Some(name)
    };
    let attributes = AttributeNames {
        id: name("id"),
        login: name("login"),
        name: name("name"),
        mail: name("mail"),
        groups: name("groups"),
    };
    section.finish();
    attributes
}
