//! What we read ourselves in a session description: its size and its certificate fingerprint, before the WebRTC stack
//! sees a byte of it. It must never accept two different fingerprints, nor one made by another hash. RFC 8122 §5.

use super::{CertificateFingerprint, Refused, SDP_BYTES_MAX};

const FINGERPRINT_ATTRIBUTE: &str = "a=fingerprint:";

/// The one SHA-256 fingerprint the description names.
pub(super) fn fingerprint(sdp: &str) -> Result<CertificateFingerprint, Refused> {
    if sdp.len() > SDP_BYTES_MAX {
        return Err(Refused::Description);
    }
    let mut found = None;
    for line in sdp.lines() {
        let Some(value) = line.strip_prefix(FINGERPRINT_ATTRIBUTE) else {
            continue;
        };
        let parsed = parse(value).ok_or(Refused::Description)?;
        if *found.get_or_insert(parsed) != parsed {
            return Err(Refused::Fingerprint);
        }
    }
    found.ok_or(Refused::Description)
}

/// `sha-256 AA:BB:…`, 32 octets.
fn parse(value: &str) -> Option<CertificateFingerprint> {
    let (hash, octets) = value.trim().split_once(' ')?;
    if !hash.eq_ignore_ascii_case("sha-256") {
        return None;
    }
    let mut fingerprint = [0; 32];
    let mut filled = 0;
    for octet in octets.trim().split(':') {
        if octet.len() != 2 || octet.starts_with('+') {
            return None;
        }
        *fingerprint.get_mut(filled)? = u8::from_str_radix(octet, 16).ok()?;
        filled += 1;
    }
    (filled == fingerprint.len()).then_some(fingerprint)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn line(fingerprint: &CertificateFingerprint) -> String {
        let octets: Vec<String> = fingerprint.iter().map(|b| format!("{b:02X}")).collect();
        format!("a=fingerprint:sha-256 {}\r\n", octets.join(":"))
    }

    #[test]
    fn two_fingerprints_are_refused_and_one_repeated_is_not() {
        let (one, two) = ([1; 32], [2; 32]);
        let repeated = format!("v=0\r\n{}{}", line(&one), line(&one));
        assert_eq!(fingerprint(&repeated), Ok(one));
        let differing = format!("v=0\r\n{}{}", line(&one), line(&two));
        assert_eq!(fingerprint(&differing), Err(Refused::Fingerprint));
    }

    #[test]
    fn another_hash_no_hash_and_bulk_are_refused() {
        let other = "a=fingerprint:sha-1 00:11\r\n";
        assert_eq!(fingerprint(other), Err(Refused::Description));
        assert_eq!(fingerprint("v=0\r\n"), Err(Refused::Description));
        let bulk = line(&[7; 32]) + &"a".repeat(SDP_BYTES_MAX);
        assert_eq!(fingerprint(&bulk), Err(Refused::Description));
    }

    proptest! {
        #[test]
        fn reads_back_any_fingerprint(bytes: [u8; 32]) {
            prop_assert_eq!(fingerprint(&line(&bytes)), Ok(bytes));
        }

        #[test]
        fn never_panics(text in ".{0,400}") {
            let _ = fingerprint(&format!("a=fingerprint:sha-256 {text}"));
            let _ = fingerprint(&text);
        }
    }
}
