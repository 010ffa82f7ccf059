//! How much of a TCP stream the other machine has not acknowledged, as the kernel's table of connections says it (proc(5), `net/tcp`:
//! the same number as SIOCOUTQ, without an `unsafe` call). It must never guess: whoever is not in the table is told.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::Path;

/// Of this process's network.
const TABLES: [&str; 2] = ["/proc/self/net/tcp", "/proc/self/net/tcp6"];

/// Bytes between these two ends; none if the kernel lists no such connection.
pub(super) fn unacknowledged_bytes(local: SocketAddr, remote: SocketAddr) -> Option<u64> {
    let queued = |table: &str| queued(&std::fs::read_to_string(Path::new(table)).ok()?, local, remote);
    TABLES.into_iter().find_map(queued)
}

fn queued(table: &str, local: SocketAddr, remote: SocketAddr) -> Option<u64> {
    table.lines().skip(1).find_map(|line| {
        let mut fields = line.split_ascii_whitespace().skip(1);
        let is_it = end(fields.next()?)? == local && end(fields.next()?)? == remote;
        let (sending, _) = fields.nth(1)?.split_once(':')?;
        is_it.then(|| u64::from_str_radix(sending, 16).ok()).flatten()
    })
}

/// `0100007F:1F90`: words of the address in this machine's order of bytes, and the port.
fn end(text: &str) -> Option<SocketAddr> {
    let (address, port) = text.split_once(':')?;
    let words: Vec<[u8; 4]> = address
        .as_bytes()
        .chunks(8)
        .map(|word| u32::from_str_radix(std::str::from_utf8(word).ok()?, 16).ok().map(u32::to_ne_bytes))
        .collect::<Option<_>>()?;
    let bytes = words.concat();
    let address = match <[u8; 4]>::try_from(bytes.as_slice()) {
        Ok(four) => IpAddr::V4(Ipv4Addr::from(four)),
        Err(_) => IpAddr::V6(Ipv6Addr::from(<[u8; 16]>::try_from(bytes).ok()?)),
    };
    Some(SocketAddr::new(address, u16::from_str_radix(port, 16).ok()?))
}

#[cfg(test)]
mod tests {
    use std::io::{Read as _, Write as _};
    use std::net::{TcpListener, TcpStream};

    use super::*;

    #[test]
    fn what_nobody_has_taken_is_counted() {
        for host in ["127.0.0.1:0", "[::1]:0"] {
            let listener = TcpListener::bind(host).expect("a port");
            let mut here = TcpStream::connect(listener.local_addr().expect("bound")).expect("connects");
            let (mut there, _) = listener.accept().expect("accepted");
            let ends = (here.local_addr().expect("bound"), here.peer_addr().expect("connected"));
            here.set_nonblocking(true).expect("set");
            // Until both machines' buffers are full.
            let mut written = 0;
            while let Ok(count) = here.write(&[0; 64 * 1_024]) {
                written += count;
            }
            assert!(unacknowledged_bytes(ends.0, ends.1).is_some_and(|bytes| bytes > 0), "{host}");
            assert_eq!(unacknowledged_bytes(ends.0, ends.0), None, "no such connection");
            let mut taken = vec![0; written];
            there.read_exact(&mut taken).expect("read");
            // The other end's answer says that all before it has arrived.
            there.write_all(&[1]).expect("written");
            here.set_nonblocking(false).expect("set");
            here.read_exact(&mut [0]).expect("read");
            assert_eq!(unacknowledged_bytes(ends.0, ends.1), Some(0), "{host}");
        }
    }

    #[test]
    fn a_table_of_something_else_says_nothing() {
        let end = SocketAddr::from(([127, 0, 0, 1], 1));
        for table in
            ["", "x\n", "head\n 0: 0100007F:0001", "head\n 0: 0100007F 0100007F:0001 01 0:0", "head\n\u{e9} \u{e9}:1"]
        {
            assert_eq!(queued(table, end, end), None, "{table}");
        }
        assert_eq!(queued("head\n 0: 0100007F:0001 0100007F:0001 01 0000000A:00000000 x", end, end), Some(10));
    }
}
