//! `[http]`, `[metrics]`, `[stun]`: where the server listens and under which URL people reach it.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use protocol::audit::IntegrationScope;
use protocol::ids::OrganizationFingerprint;
use protocol::organization::EnrollmentLink;
use protocol::secret::Secret;

use super::problem::{Expected, ProblemKind};
use super::reader::Section;

/// Default address of the one public port.
pub const LISTEN_DEFAULT: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::UNSPECIFIED), 8443);
/// Default address of `GET /metrics`: loopback only.
pub const METRICS_LISTEN_DEFAULT: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 9464);
/// Below the public URL.
const CONSOLE_PATH: &str = "/admin/";
/// Below it too: where providers push.
pub const SCIM_PATH: &str = "/scim/v2";
/// Below it too: where programs administer.
pub const API_PATH: &str = "/api/v1";
/// The port an `https` URL has when it names none.
const HTTPS_PORT: u16 = 443;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Http {
    pub listen: SocketAddr,
    /// What links and `ready.json` name; found from the listening address when absent.
    pub public_url: Option<PublicUrl>,
    pub workers: usize,
}

/// `https://HOST:PORT`, nothing behind it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicUrl {
    pub host: String,
    pub port: u16,
}

impl PublicUrl {
    /// Parses `https://HOST[:PORT][/]`; IPv6 hosts in brackets.
    pub fn parse(text: &str) -> Option<Self> {
        let authority = text.strip_prefix("https://")?;
        let authority = authority.strip_suffix('/').unwrap_or(authority);
        let (host, port) = match authority.strip_prefix('[') {
            Some(rest) => {
                let (host, port) = rest.split_once(']')?;
                host.parse::<std::net::Ipv6Addr>().ok()?;
                (host, port.strip_prefix(':').or(port.is_empty().then_some(""))?)
            }
            None => authority.split_once(':').unwrap_or((authority, "")),
        };
        let host_ok =
            !host.is_empty() && host.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b':'));
        let port = if port.is_empty() { HTTPS_PORT } else { port.parse().ok().filter(|port| *port != 0)? };
        host_ok.then(|| PublicUrl { host: host.to_owned(), port })
    }

    pub fn of_address(address: SocketAddr) -> Self {
        PublicUrl { host: address.ip().to_string(), port: address.port() }
    }

    /// Where the administration console is.
    pub fn console(&self) -> String {
        format!("{self}{CONSOLE_PATH}")
    }

    /// A one-time link by which somebody sets up how they sign in.
    pub fn set_up_link(&self, token: &Secret<String>) -> Secret<String> {
        Secret::new(format!("{self}{CONSOLE_PATH}set-up/{}", token.expose()))
    }

    /// A link by which somebody enrolls a device.
    pub fn enrollment_link(&self, fingerprint: OrganizationFingerprint, code: Secret<String>) -> Secret<String> {
        let link = EnrollmentLink { host: self.host.as_str().into(), port: self.port, fingerprint, code: Some(code) };
        Secret::new(link.to_text().expose().clone())
    }

    /// Where a program with a token of this scope asks.
    pub fn of_scope(&self, scope: IntegrationScope) -> String {
        let path = match scope {
            IntegrationScope::Provisioning => SCIM_PATH,
            IntegrationScope::Read | IntegrationScope::Administer => API_PATH,
        };
        format!("{self}{path}")
    }

    /// `HOST:PORT`, with brackets where IPv6 needs them.
    pub fn authority(&self) -> String {
        if self.host.contains(':') {
            format!("[{}]:{}", self.host, self.port)
        } else {
            format!("{}:{}", self.host, self.port)
        }
    }
}

impl fmt::Display for PublicUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "https://{}", self.authority())
    }
}

/// Where `GET /metrics` answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MetricsListen {
    /// [`METRICS_LISTEN_DEFAULT`] if it is free, else none: a default must not keep a second server from starting.
    Default,
    Chosen(SocketAddr),
}

/// Where STUN (UDP) answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StunListen {
    /// The address and port number of `[http] listen`, over UDP.
    LikeHttp,
    Chosen(SocketAddr),
    Off,
}

/// Most worker threads one can ask for.
const WORKERS_MAX: u64 = 64;

pub fn read_http(mut section: Section<'_>) -> Http {
    let listen = section.socket_address("listen").unwrap_or(LISTEN_DEFAULT);
    let public_url = section.text("public_url").and_then(|text| {
        let url = PublicUrl::parse(&text);
        if url.is_none() {
            section.problem("public_url", ProblemKind::Wrong(Expected::HttpsUrl));
        }
        url
    });
    let workers = section.integer("workers", 1..=WORKERS_MAX);
    section.finish();
    Http {
        listen,
        public_url,
        workers: workers.and_then(|count| usize::try_from(count).ok()).unwrap_or_else(workers_default),
    }
}

fn workers_default() -> usize {
    std::thread::available_parallelism().map_or(1, |cores| cores.get().min(8))
}

pub fn read_metrics(mut section: Section<'_>) -> MetricsListen {
    let listen = section.socket_address("listen");
    section.finish();
    listen.map_or(MetricsListen::Default, MetricsListen::Chosen)
}

pub fn read_stun(mut section: Section<'_>) -> StunListen {
    let enabled = section.boolean("enabled").unwrap_or(true);
    let listen = section.socket_address("listen");
    section.finish();
    match (enabled, listen) {
        (false, _) => StunListen::Off,
        (true, Some(address)) => StunListen::Chosen(address),
        (true, None) => StunListen::LikeHttp,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn public_urls() {
        let parsed = |text| PublicUrl::parse(text).map(|url| url.to_string());
        assert_eq!(parsed("https://chat.example").as_deref(), Some("https://chat.example:443"));
        assert_eq!(parsed("https://chat.example:8443/").as_deref(), Some("https://chat.example:8443"));
        assert_eq!(parsed("https://[2001:db8::1]:9").as_deref(), Some("https://[2001:db8::1]:9"));
        for bad in [
            "http://a",
            "https://",
            "https://a/b",
            "https://a:0",
            "https://a:70000",
            "https://a#b",
            "https://[::1",
            "https://u@a",
        ] {
            assert_eq!(parsed(bad), None, "{bad}");
        }
    }
}
