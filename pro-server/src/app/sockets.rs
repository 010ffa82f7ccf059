//! The sockets, bound before anything else so that a taken port is the first thing told.

use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener, UdpSocket};

use super::StartError;
use crate::config::{self, Config, MetricsListen, PublicUrl, StunListen};
use crate::http::Transport;

/// Connections that wait to be accepted.
const BACKLOG: u32 = 1_024;
/// Free ports tried until one is free for TCP and UDP.
const PORT_TRIES_MAX: usize = 16;
/// What the server listens on.
pub(super) struct Sockets {
    pub(super) public: TcpListener,
    pub(super) address: SocketAddr,
    pub(super) stun: Option<UdpSocket>,
    pub(super) metrics: Option<TcpListener>,
}

impl Sockets {
    pub(super) fn bind(config: &Config) -> Result<Self, StartError> {
        let metrics = bind_metrics(config.metrics)?;
        for _ in 1..PORT_TRIES_MAX {
            match Self::bind_public(config) {
                // Somebody else's UDP port; another free TCP port may do.
                Err(StartError::Listen { kind: io::ErrorKind::AddrInUse, .. }) if config.http.listen.port() == 0 => {}
                other => return other.map(|sockets| Sockets { metrics, ..sockets }),
            }
        }
        Self::bind_public(config).map(|sockets| Sockets { metrics, ..sockets })
    }

    fn bind_public(config: &Config) -> Result<Self, StartError> {
        let public = listen(config.http.listen)?;
        let address = public.local_addr().map_err(|error| refused(config.http.listen, &error))?;
        let stun = match config.stun {
            StunListen::LikeHttp => Some(address),
            StunListen::Chosen(address) => Some(address),
            StunListen::Off => None,
        };
        let stun = stun.map(|at| UdpSocket::bind(at).map_err(|error| refused(at, &error))).transpose()?;
        Ok(Sockets { public, address, stun, metrics: None })
    }
}

fn refused(address: SocketAddr, error: &io::Error) -> StartError {
    StartError::Listen { address, kind: error.kind() }
}

fn listen(address: SocketAddr) -> Result<TcpListener, StartError> {
    let socket = match address {
        SocketAddr::V4(_) => tokio::net::TcpSocket::new_v4(),
        SocketAddr::V6(_) => tokio::net::TcpSocket::new_v6(),
    };
    let bound = socket.and_then(|socket| {
        socket.set_reuseaddr(true)?;
        socket.bind(address)?;
        socket.listen(BACKLOG)?.into_std()
    });
    bound.map_err(|error| refused(address, &error))
}

fn bind_metrics(choice: MetricsListen) -> Result<Option<TcpListener>, StartError> {
    match choice {
        MetricsListen::Chosen(address) => listen(address).map(Some),
        MetricsListen::Default => match listen(config::http::METRICS_LISTEN_DEFAULT) {
            Ok(listener) => Ok(Some(listener)),
            Err(_) => {
                tracing::warn!("the default address of the metrics is taken; set [metrics] listen");
                Ok(None)
            }
        },
    }
}

/// The address under which others reach a listener: itself, or for "all interfaces" the one that leads outwards.
pub(super) fn reachable(bound: SocketAddr) -> SocketAddr {
    if !bound.ip().is_unspecified() {
        return bound;
    }
    let ip = outward().unwrap_or(IpAddr::V4(Ipv4Addr::LOCALHOST));
    SocketAddr::new(ip, bound.port())
}

/// This host's address on the way out. Connecting a UDP socket only asks the routing table; nothing is sent.
fn outward() -> Option<IpAddr> {
    /// TEST-NET-1 (RFC 5737): nobody's.
    const ELSEWHERE: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1)), 9);
    let socket = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0)).ok()?;
    socket.connect(ELSEWHERE).ok()?;
    socket.local_addr().ok().map(|address| address.ip()).filter(|ip| !ip.is_unspecified())
}

/// A certificate of the organization's own under a name, on a port that nothing else shares.
pub(super) fn transport(config: &Config, url: &PublicUrl) -> Transport {
    const HTTPS: u16 = 443;
    let is_name = url.host.parse::<IpAddr>().is_err();
    if config.tls.is_some() && is_name && url.port == HTTPS { Transport::Strict } else { Transport::Unpinned }
}
