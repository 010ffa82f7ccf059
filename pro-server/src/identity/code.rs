//! One-time enrollment codes: 128 random bits as letters and digits. Only their hash is kept, so a stolen database
//! enrolls nobody, and the look-up by hash takes the same time whatever part of a code was guessed.

use std::fmt;

use data_encoding::{Encoding, Specification};
use protocol::ids::Hash32;
use protocol::secret::Secret;
use zeroize::Zeroizing;

use crate::clock::Ambient;

/// A code is worth something for this long.
pub const CODE_LIFETIME_MS: u64 = 7 * protocol::time::DAY_MS;

const CODE_BYTES: usize = 16;
const LABEL: &[u8] = b"isoloir enrollment code v1\0";

/// A one-time code. Its text goes to the person; only [`Code::hash`] is kept.
#[derive(Clone)]
pub struct Code(Secret<[u8; CODE_BYTES]>);

impl Code {
    /// A fresh code.
    pub fn draw(ambient: &Ambient) -> Self {
        Self(Secret::new(ambient.bytes()))
    }

    /// Reads a code as a person may have typed it: any case, hyphens or not.
    pub fn parse(text: &Secret<String>) -> Option<Self> {
        let mut symbols = Zeroizing::new(String::with_capacity(32));
        symbols.extend(text.expose().chars().filter(|c| *c != '-').take(64));
        let bytes = Zeroizing::new(alphabet().decode(symbols.as_bytes()).ok()?);
        bytes.as_slice().try_into().ok().map(|bytes| Self(Secret::new(bytes)))
    }

    /// The code as it goes into a link, for example `7m2k-…`.
    pub fn text(&self) -> Secret<String> {
        let symbols = Zeroizing::new(alphabet().encode(self.0.expose()));
        let mut text = String::with_capacity(symbols.len() + symbols.len() / 4);
        for (index, symbol) in symbols.chars().enumerate() {
            if index > 0 && index % 4 == 0 {
                text.push('-');
            }
            text.push(symbol);
        }
        Secret::new(text)
    }

    /// What is stored.
    pub fn hash(&self) -> Hash32 {
        let mut input = Zeroizing::new(LABEL.to_vec());
        input.extend_from_slice(self.0.expose());
        Hash32::sha256(&input)
    }
}

impl fmt::Debug for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Code(…)")
    }
}

/// Base 32 without letters that are taken for digits (Crockford); those are read as the digits.
fn alphabet() -> Encoding {
    let mut specification = Specification::new();
    specification.symbols.push_str("0123456789abcdefghjkmnpqrstvwxyz");
    specification.translate.from.push_str("ABCDEFGHJKMNPQRSTVWXYZoOiIlL");
    specification.translate.to.push_str("abcdefghjkmnpqrstvwxyz001111");
    match specification.encoding() {
        Ok(encoding) => encoding,
        Err(error) => unreachable!("the alphabet is well-formed: {error}"),
    }
}

#[cfg(test)]
mod tests {
    use protocol::time::Timestamp;

    use super::*;

    #[test]
    fn a_code_is_read_back_however_it_is_typed() {
        let code = Code::draw(&Ambient::fixed(Timestamp::ZERO, [3; 32]));
        let text = code.text().expose().clone();
        for typed in
            [text.clone(), text.to_uppercase(), text.replace('-', ""), text.replace('0', "O").replace('1', "l")]
        {
            assert!(Code::parse(&Secret::new(typed)).is_some_and(|read| read.hash() == code.hash()));
        }
        assert!(text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-'));
    }

    #[test]
    fn other_text_is_no_code() {
        for text in ["", "7m2k", "not a code", &"7".repeat(200)] {
            assert!(Code::parse(&Secret::new(text.to_owned())).is_none());
        }
    }
}
