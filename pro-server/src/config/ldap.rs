//! Reads `[directory.ldap]`, or each `[[directory.ldap]]`, into what `config::directory` describes. The bind password is read from its file, never from here.

use std::collections::BTreeSet;

use protocol::secret::{Personal, Secret};

use super::directory::{
    BRAKE_MINIMUM_DEFAULT, BRAKE_PERCENT_DEFAULT, DirectoryConfig, INTERVAL_S_DEFAULT, INTERVAL_S_MAX, INTERVAL_S_MIN,
    LDAP_SOURCES_MAX, LdapAttributes, LdapConfig, LdapSecurity, LdapServer,
};
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
    section.finish();
    DirectoryConfig { ldap: ldap.into_iter().flatten().collect() }
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
    let server = section.required_text("url").and_then(|url| {
        let server = LdapServer::parse(&url, security);
        if server.is_none() {
            section.problem("url", ProblemKind::Wrong(Expected::LdapUrl));
        }
        server
    });
    let ca_file = section.file("ca_file");
    let bind_dn = section.required_text("bind_dn").map(Personal::new);
    let bind_password = password(section);
    let base_dn = section.required_text("base_dn").map(Personal::new);
    let filter = section.required_text("filter").filter(|filter| {
        let shaped = filter.starts_with('(') && filter.ends_with(')');
        if !shaped {
            section.problem("filter", ProblemKind::Wrong(Expected::LdapFilter));
        }
        shaped
    });
    let interval_s = section.integer("interval_s", INTERVAL_S_MIN..=INTERVAL_S_MAX);
    let limits = limits(section);
    let attributes = attributes(section.section("attributes"));
    Some(LdapConfig {
        name: name?,
        server: server?,
        ca_file,
        bind_dn: bind_dn?,
        bind_password: bind_password?,
        base_dn: base_dn?,
        filter: filter?,
        interval_s: interval_s.unwrap_or(INTERVAL_S_DEFAULT),
        limits,
        attributes,
    })
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

fn attributes(mut section: Section<'_>) -> LdapAttributes {
    let default = LdapAttributes::default();
    let mut name = |key, default| match section.text(key) {
        Some(name) if LdapAttributes::is_name(&name) => name,
        Some(_) => {
            section.problem(key, ProblemKind::Wrong(Expected::AttributeName));
            default
        }
        None => default,
    };
    let attributes = LdapAttributes {
        id: name("id", default.id),
        login: name("login", default.login),
        name: name("name", default.name),
        mail: name("mail", default.mail),
        groups: name("groups", default.groups),
    };
    section.finish();
    attributes
}
