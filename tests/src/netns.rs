//! A small network of three hosts on one machine: a server and two clients, each in its own network namespace, joined by a
//! bridge in a fourth. Counts the bytes on each host's only interface. Needs root; removed when dropped.

use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};

use anyhow::{Context as _, Result};
use serde_json::Value;

use crate::{Place, Process, binary, step};

/// Distinguishes the networks of one test process.
static NEXT: AtomicU32 = AtomicU32::new(0);

/// Three hosts: `10.77.0.1` is the server, `.2` and `.3` are the clients.
pub struct NetNs {
    prefix: String,
}

/// A host of the network.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Host {
    Server = 1,
    First = 2,
    Second = 3,
}

/// What an interface has counted, in bytes.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Traffic {
    pub received_bytes: u64,
    pub sent_bytes: u64,
}

impl Traffic {
    /// Both directions since an earlier count.
    pub fn since(self, earlier: Self) -> u64 {
        (self.received_bytes + self.sent_bytes).saturating_sub(earlier.received_bytes + earlier.sent_bytes)
    }
}

impl NetNs {
    /// Builds the network.
    ///
    /// # Errors
    /// Without root, or when `iproute2` is not installed.
    pub fn start() -> Result<Self> {
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let network = Self { prefix: format!("isoloir{}-{number}", std::process::id()) };
        let switch = network.switch();
        ip(&["netns", "add", &switch])?;
        ip(&["-n", &switch, "link", "add", "bridge", "type", "bridge"])?;
        ip(&["-n", &switch, "link", "set", "bridge", "up"])?;
        for host in [Host::Server, Host::First, Host::Second] {
            network.join(host)?;
        }
        Ok(network)
    }

    /// Where to start a host's processes.
    pub fn place(&self, host: Host) -> Place {
        Place::Namespace(self.namespace(host))
    }

    /// The address of a host.
    pub fn address(host: Host) -> [u8; 4] {
        [10, 77, 0, host as u8]
    }

    /// What the host's interface has counted.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn traffic(&self, host: Host) -> Result<Traffic> {
        let lines = ip(&["-n", &self.namespace(host), "-s", "-j", "link", "show", "dev", "lan"])?;
        let shown: Value = serde_json::from_str(&lines.concat())?;
        let count = |direction: &str| shown[0]["stats64"][direction]["bytes"].as_u64().context("no byte count");
        Ok(Traffic { received_bytes: count("rx")?, sent_bytes: count("tx")? })
    }

    fn switch(&self) -> String {
        format!("{}-switch", self.prefix)
    }

    fn namespace(&self, host: Host) -> String {
        format!("{}-{}", self.prefix, host as u8)
    }

    fn join(&self, host: Host) -> Result<()> {
        let (namespace, switch, port) = (self.namespace(host), self.switch(), format!("port{}", host as u8));
        let [a, b, c, d] = Self::address(host);
        ip(&["netns", "add", &namespace])?;
        ip(&["-n", &switch, "link", "add", &port, "type", "veth", "peer", "name", "lan", "netns", &namespace])?;
        ip(&["-n", &switch, "link", "set", &port, "master", "bridge", "up"])?;
        ip(&["-n", &namespace, "address", "add", &format!("{a}.{b}.{c}.{d}/24"), "dev", "lan"])?;
        ip(&["-n", &namespace, "link", "set", "lan", "up"])?;
        ip(&["-n", &namespace, "link", "set", "lo", "up"])?;
        Ok(())
    }
}

impl Drop for NetNs {
    fn drop(&mut self) {
        let hosts = [Host::Server, Host::First, Host::Second].map(|host| self.namespace(host));
        for namespace in hosts.into_iter().chain([self.switch()]) {
            let _ = ip(&["netns", "delete", &namespace]);
        }
    }
}

fn ip(arguments: &[&str]) -> Result<Vec<String>> {
    let mut command = Command::new(binary::installed("ip", &["/usr/sbin", "/sbin"])?);
    command.args(arguments);
    let finished = Process::run("ip", command, step())?.success(&format!("ip {} (needs root)", arguments.join(" ")))?;
    Ok(finished.stdout)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    #[test]
    fn hosts_reach_each_other_and_every_byte_is_counted() -> Result<()> {
        let network = NetNs::start()?;
        let before = network.traffic(Host::Server)?;
        let [a, b, c, d] = NetNs::address(Host::Server);
        let mut knock = network.place(Host::First).command(Path::new("bash"));
        knock.args(["-c", &format!("exec 3<>/dev/tcp/{a}.{b}.{c}.{d}/9")]);
        let refused = Process::run("bash", knock, step())?;
        assert!(refused.stderr.contains("refused"), "{}", refused.stderr);
        let spent = network.traffic(Host::Server)?.since(before);
        assert!((1..4096).contains(&spent), "{spent} bytes for one refused connection");
        Ok(())
    }

    #[test]
    fn a_dropped_network_is_gone() -> Result<()> {
        let network = NetNs::start()?;
        let name = network.switch();
        assert!(ip(&["netns", "list"])?.concat().contains(&name));
        drop(network);
        assert!(!ip(&["netns", "list"])?.concat().contains(&name));
        Ok(())
    }
}
