//! `[audit]`: where the audit is sent. `[[audit.sinks]]` is one destination each: a file, a syslog server, a webhook.

use std::path::{Component, Path, PathBuf};

use protocol::secret::Secret;

use super::identity::{checked, is_name};
use super::problem::{Expected, ProblemKind};
use super::reader::Section;
use super::tls::CertificateFiles;
use super::witness::{self, WitnessConfig};

/// Destinations of one server.
pub const SINKS_MAX: usize = 8;
/// A secret file larger than this holds no secret.
const SECRET_BYTES_MAX: usize = 4 * 1_024;
/// A shorter secret can be guessed.
const SECRET_BYTES_MIN: usize = 16;
const ROTATE_MIB_DEFAULT: u64 = 64;
const KEEP_DEFAULT: u64 = 10;
const KEEP_MAX: u64 = 1_000;
const MIB: u64 = 1_024 * 1_024;
/// RFC 5425 §4.1.
const SYSLOG_TLS_PORT: u16 = 6_514;
/// RFC 6587 names none; what servers listen on.
const SYSLOG_TCP_PORT: u16 = 514;
/// RFC 9110 §4.2.2.
const HTTPS_PORT: u16 = 443;

/// The checked section.
#[derive(Debug, Clone, Default)]
pub struct AuditConfig {
    pub sinks: Vec<SinkConfig>,
    pub witnesses: Vec<WitnessConfig>,
}

/// One destination.
#[derive(Debug, Clone)]
pub struct SinkConfig {
    /// How far it has got is kept under this name.
    pub name: String,
    pub to: SinkTo,
}

/// What kind of destination.
#[derive(Debug, Clone)]
pub enum SinkTo {
    File(FileSink),
    Syslog(SyslogSink),
    Webhook(WebhookSink),
}

impl SinkTo {
    /// The word in the configuration and in JSON.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::File(_) => "file",
            Self::Syslog(_) => "syslog",
            Self::Webhook(_) => "webhook",
        }
    }
}

/// JSON Lines in a file of this machine.
#[derive(Debug, Clone)]
pub struct FileSink {
    pub path: PathBuf,
    /// A file that has reached this size gets a number, and a new one is begun.
    pub rotate_bytes: u64,
    /// How many of the numbered ones stay.
    pub keep: u64,
}

/// RFC 5424 messages over TLS (RFC 5425) or TCP (RFC 6587 §3.4.1).
#[derive(Debug, Clone)]
pub struct SyslogSink {
    pub host: String,
    pub port: u16,
    pub security: SyslogSecurity,
}

/// How a syslog server is reached.
#[derive(Debug, Clone)]
pub enum SyslogSecurity {
    /// Roots: those of the file, or the system's. The certificate proves this server, if the syslog server wants that.
    Tls { ca_file: Option<PathBuf>, certificate: Option<CertificateFiles> },
    /// Whoever is on the way can read and change it.
    None,
}

/// Signed requests to an HTTPS server.
#[derive(Debug, Clone)]
pub struct WebhookSink {
    pub url: String,
    pub secret: Secret<String>,
    pub ca_file: Option<PathBuf>,
}

pub fn read(mut section: Section<'_>) -> AuditConfig {
    let mut sinks: Vec<SinkConfig> = Vec::new();
    section.tables("sinks", SINKS_MAX, |_, sink| {
        if let Some(config) = read_sink(sink) {
            if sinks.iter().any(|other| other.name == config.name) {
                sink.problem("name", ProblemKind::Wrong(Expected::UniqueName));
            }
            if sinks.iter().any(|other| collide(&other.to, &config.to)) {
                sink.problem("path", ProblemKind::Wrong(Expected::PathOfItsOwn));
            }
            sinks.push(config);
        }
    });
    let witnesses = witness::read(&mut section);
    section.finish();
    AuditConfig { sinks, witnesses }
}

/// Whether two destinations would write the same file, or one the other's rotated ones.
fn collide(one: &SinkTo, other: &SinkTo) -> bool {
    let (SinkTo::File(one), SinkTo::File(other)) = (one, other) else { return false };
    let [one, other] = [one, other].map(|file| plain(&file.path));
    let is_rotated = |of: &Path, path: &Path| {
        let of = [of.as_os_str().as_encoded_bytes(), b"."].concat();
        let number = path.as_os_str().as_encoded_bytes().strip_prefix(of.as_slice());
        number.is_some_and(|number| !number.is_empty() && number.iter().all(u8::is_ascii_digit))
    };
    one == other || is_rotated(&one, &other) || is_rotated(&other, &one)
}

/// Without `.` and doubled slashes, and without `..` as far as its folder is named.
fn plain(path: &Path) -> PathBuf {
    let mut plain = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir if plain.file_name().is_some() => {
                plain.pop();
            }
            part => plain.push(part),
        }
    }
    plain
}

fn read_sink(section: &mut Section<'_>) -> Option<SinkConfig> {
    let name = checked(section, "name", Expected::PlainName, is_name);
    let to = match section.required_text("kind").as_deref() {
        Some("file") => file(section).map(SinkTo::File),
        Some("syslog") => syslog(section).map(SinkTo::Syslog),
        Some("webhook") => webhook(section).map(SinkTo::Webhook),
        Some(_) => {
            section.problem("kind", ProblemKind::Wrong(Expected::OneOf("file, syslog, webhook")));
            None
        }
        None => None,
    };
    Some(SinkConfig { name: name?, to: to? })
}

fn file(section: &mut Section<'_>) -> Option<FileSink> {
    let path = section.path("path");
    let rotate_mib = section.integer("rotate_mib", 1..=1_024 * 1_024).unwrap_or(ROTATE_MIB_DEFAULT);
    let keep = section.integer("keep", 0..=KEEP_MAX).unwrap_or(KEEP_DEFAULT);
    Some(FileSink { path: path?, rotate_bytes: rotate_mib.saturating_mul(MIB), keep })
}

fn syslog(section: &mut Section<'_>) -> Option<SyslogSink> {
    let url = section.required_text("url");
    let ca_file = section.file("ca_file");
    let certificate = match (section.has("certificate_file"), section.has("key_file")) {
        (true, false) => {
            section.problem("certificate_file", ProblemKind::Needs("key_file"));
            None
        }
        (false, true) => {
            section.problem("key_file", ProblemKind::Needs("certificate_file"));
            None
        }
        _ => section.file("certificate_file").zip(section.file("key_file")),
    };
    let certificate = certificate.map(|(certificate_file, key_file)| CertificateFiles { certificate_file, key_file });
    let url = url?;
    let (security, rest, port) = if let Some(rest) = url.strip_prefix("tls://") {
        (SyslogSecurity::Tls { ca_file, certificate }, rest, SYSLOG_TLS_PORT)
    } else if let Some(rest) = url.strip_prefix("tcp://") {
        for key in ["ca_file", "certificate_file"] {
            let written = if key == "ca_file" { ca_file.is_some() } else { certificate.is_some() };
            if written {
                section.problem(key, ProblemKind::Needs("tls://"));
            }
        }
        (SyslogSecurity::None, rest, SYSLOG_TCP_PORT)
    } else {
        section.problem("url", ProblemKind::Wrong(Expected::SyslogUrl));
        return None;
    };
    let Some((host, port)) = authority(rest.strip_suffix('/').unwrap_or(rest), port) else {
        section.problem("url", ProblemKind::Wrong(Expected::SyslogUrl));
        return None;
    };
    Some(SyslogSink { host, port, security })
}

fn webhook(section: &mut Section<'_>) -> Option<WebhookSink> {
    let url = https_url(section);
    let ca_file = section.file("ca_file");
    let secret = if section.has("secret_file") {
        section.file_contents("secret_file", SECRET_BYTES_MAX)
    } else {
        section.required_text("secret_file")
    };
    let secret = secret.filter(|secret| {
        let fits = secret.len() >= SECRET_BYTES_MIN;
        if !fits {
            section.problem("secret_file", ProblemKind::Wrong(Expected::LongSecret { min: SECRET_BYTES_MIN }));
        }
        fits
    });
    Some(WebhookSink { url: url?, secret: Secret::new(secret?), ca_file })
}

/// `https://HOST[:PORT]/…`, as [`HttpsUrl::parse`](crate::https::HttpsUrl::parse) takes it.
pub(super) fn https_url(section: &mut Section<'_>) -> Option<String> {
    section.required_text("url").filter(|url| {
        let rest = url.strip_prefix("https://");
        let fits = rest.and_then(|rest| authority(rest.split(['/', '?']).next()?, HTTPS_PORT)).is_some()
            && url.bytes().all(|byte| byte.is_ascii_graphic() && !b"#@\\".contains(&byte));
        if !fits {
            section.problem("url", ProblemKind::Wrong(Expected::HttpsUrl));
        }
        fits
    })
}

/// `HOST`, `HOST:PORT`, `[IPv6]` or `[IPv6]:PORT`.
fn authority(text: &str, port_default: u16) -> Option<(String, u16)> {
    let (host, port) = match text.strip_prefix('[') {
        Some(rest) => {
            let (host, after) = rest.split_once(']')?;
            host.parse::<std::net::Ipv6Addr>().ok()?;
            (host, after.strip_prefix(':').or(after.is_empty().then_some(""))?)
        }
        None => text.split_once(':').unwrap_or((text, "")),
    };
    let is_host = |host: &str| {
        let is_name = host.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-".contains(&byte));
        !host.is_empty() && (is_name || host.parse::<std::net::Ipv6Addr>().is_ok())
    };
    let port = if port.is_empty() { port_default } else { port.parse().ok().filter(|port| *port > 0)? };
    is_host(host).then(|| (host.to_owned(), port))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Config, Problems};

    fn load(text: &str) -> Result<Config, Problems> {
        let folder = tempfile::tempdir().expect("a temp folder");
        std::fs::write(folder.path().join("secret"), "a secret that is long enough\n").expect("written");
        std::fs::write(folder.path().join("short"), "short\n").expect("written");
        let file = folder.path().join("config.toml");
        std::fs::write(&file, text).expect("written");
        Config::load(Some(&file), Path::new("data"), std::iter::empty())
    }

    #[test]
    fn each_kind_is_read_with_its_defaults() {
        let config = load(
            r#"
            [[audit.sinks]]
            name = "archive"
            kind = "file"
            path = "audit.jsonl"
            [[audit.sinks]]
            name = "siem"
            kind = "syslog"
            url = "tls://siem.example"
            [[audit.sinks]]
            name = "hook"
            kind = "webhook"
            url = "https://hook.example/audit"
            secret_file = "secret"
        "#,
        )
        .expect("valid");
        let kinds: Vec<&str> = config.audit.sinks.iter().map(|sink| sink.to.kind()).collect();
        assert_eq!(kinds, ["file", "syslog", "webhook"]);
        assert!(config.audit.sinks.iter().any(|sink| matches!(&sink.to, SinkTo::Syslog(to) if to.port == 6_514)));
        assert_eq!(config.sources.named.len(), 1, "the secret is in a backup");
    }

    #[test]
    fn every_problem_of_a_destination_is_told_with_its_place() {
        let problems = load(
            r#"
            [[audit.sinks]]
            name = "Archive!"
            kind = "file"
            [[audit.sinks]]
            name = "siem"
            kind = "syslog"
            url = "udp://siem.example"
            [[audit.sinks]]
            name = "siem"
            kind = "webhook"
            url = "http://hook.example/"
            secret_file = "short"
            colour = "red"
            [[audit.sinks]]
            name = "pigeon"
            kind = "pigeon"
        "#,
        )
        .expect_err("refused");
        let told: Vec<&str> = problems.iter().map(|problem| problem.key.as_str()).collect();
        let expected = [
            "audit.sinks.1.name",
            "audit.sinks.1.path",
            "audit.sinks.2.url",
            "audit.sinks.3.url",
            "audit.sinks.3.secret_file",
            "audit.sinks.3.colour",
            "audit.sinks.4.kind",
        ];
        assert_eq!(told, expected);
    }

    #[test]
    fn two_destinations_never_write_one_file() {
        for (one, other, fits) in [
            ("audit.jsonl", "audit.jsonl", false),
            ("audit.jsonl", "./x/../audit.jsonl", false),
            ("audit.jsonl", "audit.jsonl.1", false),
            ("audit.jsonl.12", "audit.jsonl", false),
            ("audit.jsonl", "audit.jsonl.old", true),
            ("audit.jsonl", "other/audit.jsonl", true),
        ] {
            let sink = |name: &str, path: &str| {
                format!("[[audit.sinks]]\nname = \"{name}\"\nkind = \"file\"\npath = \"{path}\"\n")
            };
            let loaded = load(&[sink("one", one), sink("other", other)].concat());
            let told =
                loaded.err().map(|problems| problems.iter().map(|problem| problem.key.clone()).collect::<Vec<_>>());
            assert_eq!(told, (!fits).then(|| vec!["audit.sinks.2.path".to_owned()]), "{one} {other}");
        }
    }

    #[test]
    fn a_webhook_with_a_port_that_is_none_is_told() {
        let hook = |port: u32| {
            load(&format!(
                "[[audit.sinks]]\nname = \"hook\"\nkind = \"webhook\"\nsecret_file = \"secret\"\n\
                 url = \"https://hook.example:{port}/audit\"\n"
            ))
        };
        assert!(hook(8_443).is_ok());
        assert!(hook(99_999).is_err() && hook(0).is_err());
    }

    #[test]
    fn hosts_are_names_and_addresses_with_and_without_a_port() {
        for (text, expected) in [
            ("siem.example", Some(("siem.example", 9))),
            ("siem.example:6514", Some(("siem.example", 6_514))),
            ("[::1]:6514", Some(("::1", 6_514))),
            ("[::1]", Some(("::1", 9))),
            ("", None),
            (":1", None),
            ("a b", None),
            ("host:0", None),
            ("host:99999", None),
            ("user@host", None),
            ("[::1]x", None),
        ] {
            assert_eq!(authority(text, 9), expected.map(|(host, port)| (host.to_owned(), port)), "{text}");
        }
    }
}
