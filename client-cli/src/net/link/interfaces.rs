//! The local addresses a link binds, one socket each, so that every host candidate names an address a peer can dial.
//! It must never offer link-local addresses (they mean nothing without a scope) nor bind a wildcard. RFC 8445 §5.1.1.1.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use rtc::shared::ifaces::ifaces;

use super::Interfaces;

/// Sockets of one link; a host with more addresses offers the first ones of each family.
const SOCKETS_PER_FAMILY_MAX: usize = 6;

/// Addresses to bind, port 0. Never empty.
pub(super) fn bind_addresses(interfaces: Interfaces) -> Vec<SocketAddr> {
    let found = match interfaces {
        Interfaces::Routable => usable(
            ifaces().unwrap_or_default().into_iter().filter_map(|interface| interface.addr).map(|address| address.ip()),
        ),
        Interfaces::Loopback => Vec::new(),
    };
    let found = if found.is_empty() { loopback() } else { found };
    found.into_iter().map(|ip| SocketAddr::new(ip, 0)).collect()
}

/// Keeps what a peer can reach, without repetition, at most so many of each family.
fn usable(all: impl Iterator<Item = IpAddr>) -> Vec<IpAddr> {
    let mut kept: Vec<IpAddr> = Vec::new();
    for ip in all {
        let of_family = kept.iter().filter(|other| other.is_ipv4() == ip.is_ipv4()).count();
        if reachable(ip) && !kept.contains(&ip) && of_family < SOCKETS_PER_FAMILY_MAX {
            kept.push(ip);
        }
    }
    kept
}

fn reachable(ip: IpAddr) -> bool {
    !ip.is_loopback()
        && !ip.is_unspecified()
        && !ip.is_multicast()
        && match ip {
            IpAddr::V4(ip) => !ip.is_link_local(),
            IpAddr::V6(ip) => !ip.is_unicast_link_local(),
        }
}

/// The loopback addresses this machine really has: a kernel without IPv6 must not cost the link its IPv4.
fn loopback() -> Vec<IpAddr> {
    [IpAddr::V4(Ipv4Addr::LOCALHOST), IpAddr::V6(Ipv6Addr::LOCALHOST)]
        .into_iter()
        .filter(|ip| std::net::UdpSocket::bind((*ip, 0)).is_ok())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_both_families_and_drops_what_no_peer_can_dial() {
        let all = ["127.0.0.1", "::1", "10.0.0.7", "10.0.0.7", "169.254.3.4", "fe80::1", "2001:db8::7", "0.0.0.0"]
            .map(|text| text.parse::<IpAddr>().unwrap());
        let kept = usable(all.into_iter());
        assert_eq!(kept, ["10.0.0.7", "2001:db8::7"].map(|text| text.parse::<IpAddr>().unwrap()));
    }

    #[test]
    fn many_addresses_of_one_family_do_not_push_out_the_other() {
        let v4 = (1..=200u8).map(|last| IpAddr::V4(Ipv4Addr::new(10, 0, 0, last)));
        let v6 = std::iter::once("2001:db8::1".parse::<IpAddr>().unwrap());
        let kept = usable(v4.chain(v6));
        assert_eq!(kept.len(), SOCKETS_PER_FAMILY_MAX + 1);
        assert!(kept.iter().any(IpAddr::is_ipv6));
    }

    #[test]
    fn there_is_always_something_to_bind() {
        assert!(!bind_addresses(Interfaces::Loopback).is_empty());
        assert!(!bind_addresses(Interfaces::Routable).is_empty());
    }
}
