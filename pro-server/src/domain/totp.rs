//! Time-based one-time passwords (RFC 6238 over RFC 4226, HMAC-SHA-1, six digits, 30 seconds: what every authenticator speaks).
//! A step that was spent, or lies before one that was, never counts again. It must never tell which step was missed.

use data_encoding::BASE32_NOPAD;
use hmac::{Hmac, Mac as _};
use protocol::secret::Secret;
use protocol::time::Timestamp;
use sha1::Sha1;

/// RFC 4226 §4 recommends 160 bits.
pub const SECRET_BYTES: usize = 20;
/// RFC 6238 §5.2: the length of a step.
const STEP_MS: u64 = 30_000;
/// Steps before and after the present one, for clocks that differ and slow fingers.
const STEPS_AROUND: u64 = 1;
const DIGITS: usize = 6;
const MODULUS: u32 = 1_000_000;
/// Shown by the authenticator above the account.
const ISSUER: &str = "Isoloir";

/// The key that server and authenticator share.
pub type TotpSecret = Secret<[u8; SECRET_BYTES]>;

/// The code is wrong, too old, or was used before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the one-time password is wrong or was used already")]
pub struct WrongCode;

/// The step that `code` is for. `spent` is the newest step that was used; the caller stores the new one before it believes.
pub fn verify(secret: &TotpSecret, code: &str, spent: u64, now: Timestamp) -> Result<u64, WrongCode> {
    let code = parse(code).ok_or(WrongCode)?;
    let present = now.as_millis() / STEP_MS;
    let steps = present.saturating_sub(STEPS_AROUND)..=present.saturating_add(STEPS_AROUND);
    // All are computed, whichever fits: the time it takes says nothing.
    let fitting = steps.filter(|step| u8::from(code_at(secret, *step) == code) & u8::from(*step > spent) == 1);
    fitting.max().ok_or(WrongCode)
}

/// What authenticators read as a QR code (Key Uri Format of Google Authenticator).
pub fn key_uri(secret: &TotpSecret, host: &str) -> Secret<String> {
    let label = [ISSUER, ":", host].concat();
    let label = encode(&label);
    let key = base32(secret);
    Secret::new(format!("otpauth://totp/{label}?secret={}&issuer={ISSUER}", key.expose()))
}

/// The key as somebody types it into an authenticator.
pub fn base32(secret: &TotpSecret) -> Secret<String> {
    Secret::new(BASE32_NOPAD.encode(secret.expose()))
}

/// RFC 3986 §2.1: everything but unreserved characters.
fn encode(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            encoded.push_str(&format!("%{byte:02X}"));
        }
    }
    encoded
}

/// People type spaces between the groups that an authenticator shows.
fn parse(text: &str) -> Option<u32> {
    let digits: String = text.chars().filter(|c| !c.is_whitespace()).take(DIGITS + 1).collect();
    let plain = digits.len() == DIGITS && digits.bytes().all(|byte| byte.is_ascii_digit());
    digits.parse().ok().filter(|_| plain)
}

/// RFC 4226 §5.3: HMAC, dynamic truncation, modulus.
pub fn code_at(secret: &TotpSecret, step: u64) -> u32 {
    let Ok(mut mac) = Hmac::<Sha1>::new_from_slice(secret.expose()) else {
        unreachable!("HMAC takes keys of any length");
    };
    mac.update(&step.to_be_bytes());
    let digest: [u8; 20] = mac.finalize().into_bytes().into();
    let offset = usize::from(digest[19] & 0x0f);
    let word = digest.iter().skip(offset).take(4).fold(0_u32, |word, byte| (word << 8) | u32::from(*byte));
    (word & 0x7fff_ffff) % MODULUS
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &[u8; 20] = b"12345678901234567890";

    fn secret() -> TotpSecret {
        Secret::new(*TEXT)
    }

    fn at(seconds: u64) -> Timestamp {
        Timestamp::from_millis(seconds * 1_000)
    }

    /// RFC 6238, Appendix B, SHA-1; the last six of their eight digits.
    #[test]
    fn the_vectors_of_the_standard() {
        for (seconds, code) in [
            (59, "287082"),
            (1_111_111_109, "081804"),
            (1_111_111_111, "050471"),
            (1_234_567_890, "005924"),
            (2_000_000_000, "279037"),
            (20_000_000_000, "353130"),
        ] {
            assert_eq!(verify(&secret(), code, 0, at(seconds)), Ok(seconds / 30), "{seconds}");
        }
    }

    #[test]
    fn one_step_around_counts_and_no_further() {
        let code = "081804";
        let step = 1_111_111_109 / 30;
        for (seconds, outcome) in [
            ((step - 1) * 30, Ok(step)),
            ((step + 1) * 30 + 29, Ok(step)),
            ((step - 1) * 30 - 1, Err(WrongCode)),
            ((step + 2) * 30, Err(WrongCode)),
        ] {
            assert_eq!(verify(&secret(), code, 0, at(seconds)), outcome, "{seconds}");
        }
    }

    #[test]
    fn a_spent_step_and_those_before_it_never_count_again() {
        let now = at(1_111_111_109);
        let step = verify(&secret(), "081804", 0, now).expect("right");
        assert_eq!(verify(&secret(), "081804", step, now), Err(WrongCode));
        let before = format!("{:06}", code_at(&secret(), step - 1));
        assert_eq!(verify(&secret(), &before, step, now), Err(WrongCode));
        let after = format!("{:06}", code_at(&secret(), step + 1));
        assert_eq!(verify(&secret(), &after, step, now), Ok(step + 1));
    }

    #[test]
    fn what_is_no_code_is_wrong() {
        let now = at(1_111_111_109);
        assert_eq!(verify(&secret(), " 081 804 ", 0, now), Ok(37_037_036));
        for bad in ["", "81804", "0818040", "+81804", "08180a", "٠٨١٨٠٤"] {
            assert_eq!(verify(&secret(), bad, 0, now), Err(WrongCode), "{bad}");
        }
    }

    #[test]
    fn the_uri_is_what_authenticators_read() {
        let uri = key_uri(&secret(), "chat.zoë.example");
        let expected =
            "otpauth://totp/Isoloir%3Achat.zo%C3%AB.example?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Isoloir";
        assert_eq!(uri.expose(), expected);
    }
}
