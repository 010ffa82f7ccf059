//! An authenticator (RFC 6238 over RFC 4226), written apart from the server's so that both have to be right.

use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::{Context as _, Result};
use data_encoding::BASE32_NOPAD;
use hmac::{Hmac, Mac as _};
use sha1::Sha1;

const STEP_S: u64 = 30;

/// What a telephone holds after scanning. Each code counts once, so it gives the next one each time: a server takes the
/// present one and the one after it.
pub struct Authenticator {
    secret: Vec<u8>,
    spent: u64,
}

impl Authenticator {
    /// From the secret as it is shown for typing.
    pub fn typed(secret: &str) -> Result<Self> {
        let plain: String = secret.chars().filter(|c| !c.is_whitespace()).collect();
        Ok(Self { secret: BASE32_NOPAD.decode(plain.as_bytes()).context("base32")?, spent: 0 })
    }

    /// A code that was not given before.
    pub fn code(&mut self) -> Result<String> {
        #[expect(clippy::disallowed_methods, reason = "an authenticator has a clock of its own")]
        let now = SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs();
        self.spent = (now / STEP_S).max(self.spent + 1);
        at(&self.secret, self.spent)
    }
}

fn at(secret: &[u8], step: u64) -> Result<String> {
    let mut mac = Hmac::<Sha1>::new_from_slice(secret)?;
    mac.update(&step.to_be_bytes());
    let digest = mac.finalize().into_bytes();
    let offset = usize::from(digest[19] & 0xf);
    let word = u32::from_be_bytes([digest[offset], digest[offset + 1], digest[offset + 2], digest[offset + 3]]);
    Ok(format!("{:06}", (word & 0x7fff_ffff) % 1_000_000))
}

#[test]
fn the_vectors_of_the_standard() -> Result<()> {
    let secret = b"12345678901234567890";
    for (seconds, code) in [(59, "287082"), (1_111_111_109, "081804"), (20_000_000_000, "353130")] {
        assert_eq!(at(secret, seconds / STEP_S)?, code);
    }
    Ok(())
}
