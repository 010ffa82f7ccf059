//! The addresses of the configuration: whether they are free, unless our own server has them.

use std::io;
use std::net::{SocketAddr, TcpListener, UdpSocket};

use super::{Finding, Part};
use crate::config::{Config, MetricsListen, StunListen};

/// Whether our own server runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ours {
    Serve,
    Rest,
}

pub fn examine(config: &Config, ours: Ours) -> Vec<Finding> {
    if ours == Ours::Serve {
        return vec![Finding::fine(Part::Ports, "ports-serving")];
    }
    let listen = config.http.listen;
    let stun = match config.stun {
        StunListen::LikeHttp => Some(listen),
        StunListen::Chosen(address) => Some(address),
        StunListen::Off => None,
    };
    let metrics = match config.metrics {
        MetricsListen::Chosen(address) => Some(address),
        // The server goes without when the default is taken.
        MetricsListen::Default => None,
    };
    let tcp = [Some(("http.listen", listen)), metrics.map(|address| ("metrics.listen", address))];
    let tcp = tcp.into_iter().flatten().map(|(key, address)| (key, address, TcpListener::bind(address).map(drop)));
    let udp = stun.map(|address| ("stun.listen", address, UdpSocket::bind(address).map(drop)));
    let taken: Vec<Finding> = tcp.chain(udp).filter_map(|(key, address, bound)| refused(key, address, bound)).collect();
    if taken.is_empty() { vec![Finding::fine(Part::Ports, "ports-fine").with("address", listen)] } else { taken }
}

fn refused(key: &str, address: SocketAddr, bound: io::Result<()>) -> Option<Finding> {
    let error = bound.err()?;
    let code = match error.kind() {
        io::ErrorKind::AddrInUse => "port-taken",
        io::ErrorKind::AddrNotAvailable => "port-not-here",
        io::ErrorKind::PermissionDenied => "port-forbidden",
        _ => "port-unusable",
    };
    let finding = Finding::problem(Part::Ports, code).with("key", key).with("address", address);
    Some(finding.with("reason", error.kind()))
}
