//! The organization's own STUN server over UDP: answers Binding requests (RFC 8489 §3, §6.3) and nothing else.
//! Never keeps, logs or counts by address; an answer is hardly longer than its request, so nobody can be flooded through it.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use rtc_stun::attributes::ATTR_XORMAPPED_ADDRESS;
use rtc_stun::fingerprint::FINGERPRINT;
use rtc_stun::message::{BINDING_REQUEST, BINDING_SUCCESS, Message, Setter as _, is_stun_message};
use rtc_stun::xoraddr::XorMappedAddress;
use tokio::net::UdpSocket;
use tokio_util::sync::CancellationToken;

use crate::telemetry::{count, names};

/// Longer datagrams are no Binding request of a client of ours.
const REQUEST_BYTES_MAX: usize = 512;

/// Answers until cancelled.
pub async fn serve(socket: Arc<UdpSocket>, stop: CancellationToken) {
    // One byte more than the cap, so that a cut datagram is seen as too long.
    let mut buffer = [0; REQUEST_BYTES_MAX + 1];
    loop {
        let received = tokio::select! {
            received = socket.recv_from(&mut buffer) => received,
            () = stop.cancelled() => return,
        };
        // Errors here are those of earlier answers (ICMP): nothing to do about them.
        let Ok((length, source)) = received else { continue };
        let answer = buffer.get(..length).and_then(|request| answer(request, source));
        match answer {
            Some(answer) => {
                let _ = socket.send_to(&answer, source).await;
                count(names::STUN_ANSWERED);
            }
            None => count(names::STUN_DROPPED),
        }
    }
}

/// The Binding success response for `request`, if it is one.
fn answer(request: &[u8], source: SocketAddr) -> Option<Vec<u8>> {
    if request.len() > REQUEST_BYTES_MAX || !is_stun_message(request) {
        return None;
    }
    let mut message = Message::new();
    message.unmarshal_binary(request).ok()?;
    if message.typ != BINDING_REQUEST {
        return None;
    }
    let ip = match source.ip() {
        IpAddr::V6(ip) => ip.to_ipv4_mapped().map_or(IpAddr::V6(ip), IpAddr::V4),
        v4 => v4,
    };
    let mut response = Message::new();
    response.typ = BINDING_SUCCESS;
    response.transaction_id = message.transaction_id;
    response.write_header();
    let mapped = XorMappedAddress { ip, port: source.port() };
    mapped.add_to_as(&mut response, ATTR_XORMAPPED_ADDRESS).ok()?;
    FINGERPRINT.add_to(&mut response).ok()?;
    Some(response.raw)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rtc_stun::message::Getter as _;

    use super::*;

    fn request() -> Message {
        let mut message = Message::new();
        message.build(&[Box::new(BINDING_REQUEST)]).expect("built");
        message.transaction_id.0 = [7; 12];
        message.write_header();
        message
    }

    #[test]
    fn a_binding_request_learns_its_address() {
        for source in ["192.0.2.9:4711", "[2001:db8::9]:4711"] {
            let source: SocketAddr = source.parse().expect("an address");
            let bytes = answer(&request().raw, source).expect("answered");
            let mut response = Message::new();
            response.unmarshal_binary(&bytes).expect("STUN");
            assert_eq!(response.typ, BINDING_SUCCESS);
            assert_eq!(response.transaction_id.0, [7; 12]);
            FINGERPRINT.check(&response).expect("fingerprint");
            let mut mapped = XorMappedAddress::default();
            mapped.get_from(&response).expect("mapped address");
            assert_eq!(SocketAddr::new(mapped.ip, mapped.port), source);
        }
    }

    #[test]
    fn nothing_else_is_answered() {
        let source: SocketAddr = "192.0.2.9:4711".parse().expect("an address");
        let indication = answer(&request().raw, source).expect("answered");
        assert_eq!(answer(&indication, source), None, "an answer is no request: no loops");
        assert_eq!(answer(b"GET / HTTP/1.1\r\n\r\n", source), None);
        assert_eq!(answer(&[0; REQUEST_BYTES_MAX + 1], source), None);
    }

    proptest! {
        #[test]
        fn no_datagram_panics(mut bytes in proptest::collection::vec(any::<u8>(), 0..600), cookie in any::<bool>()) {
            if cookie && bytes.len() >= 8 {
                bytes[4..8].copy_from_slice(&[0x21, 0x12, 0xa4, 0x42]);
            }
            let source: SocketAddr = "192.0.2.9:4711".parse().expect("an address");
            let answered = answer(&bytes, source);
            prop_assert!(answered.is_none_or(|answer| answer.len() <= 64));
        }
    }
}
