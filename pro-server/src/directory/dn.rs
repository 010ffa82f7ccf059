//! Distinguished names made comparable (RFC 4514, RFC 4518 in what matters here): two spellings of one name are equal.
//! Whatever a directory sends becomes some name; nothing here can fail or panic.

use std::borrow::Cow;

use data_encoding::HEXLOWER_PERMISSIVE;
use protocol::secret::Personal;
use sha2::{Digest as _, Sha256};
use unicode_normalization::UnicodeNormalization as _;

/// A longer name is cut: it then equals nothing that anybody means.
const BYTES_MAX: usize = 8 * 1024;
/// Of the digest that stands for a name: a large directory names its people half a million times.
const DIGEST_BYTES: usize = 16;

/// A distinguished name: of its one spelling (lower case, composed, without escapes and without spaces that mean nothing) the first
/// half of SHA-256.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Dn(Personal<[u8; DIGEST_BYTES]>);

impl Dn {
    pub fn of(text: &str) -> Self {
        let digest: [u8; 32] = Sha256::digest(folded(text)).into();
        let mut half = [0; DIGEST_BYTES];
        half.copy_from_slice(&digest[..DIGEST_BYTES]);
        Self(Personal::new(half))
    }
}

/// The one spelling.
fn folded(text: &str) -> String {
    let text = text.get(..text.floor_char_boundary(BYTES_MAX)).unwrap_or_default();
    // Nearly all names: nothing in them has to be looked at twice.
    if is_settled(text) {
        return text.replace(',', "\n") + "\n";
    }
    let mut folded = String::with_capacity(text.len() + 1);
    let mut rest = text;
    while !rest.is_empty() {
        let (part, after) = first_part(rest);
        let (kind, value) = part.split_once('=').unwrap_or(("", part));
        fold_word(kind.trim(), &mut folded);
        folded.push('=');
        fold_value(&unescaped(value), &mut folded);
        // Never part of a value as it is folded: a value's own control characters are blanks by then.
        folded.push('\n');
        rest = after;
    }
    folded
}

/// Whether folding would change nothing but the separators: lower case, no escape, no blank, one `=` in each part.
fn is_settled(text: &str) -> bool {
    let mut values = 0_u32;
    let plain = text.bytes().all(|byte| match byte {
        b'=' => {
            values += 1;
            values == 1
        }
        b',' => {
            let ends_a_value = values == 1;
            values = 0;
            ends_a_value
        }
        b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'@' => true,
        _ => false,
    });
    plain && values == 1
}

/// The value of the first RDN, if this is a distinguished name; else the text itself.
pub fn first_value(text: &str) -> String {
    let is_type = |kind: &str| {
        kind.starts_with(|c: char| c.is_ascii_alphabetic())
            && kind.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
    };
    match text.split_once('=').filter(|(kind, _)| is_type(kind)) {
        Some((_, rest)) => unescaped(first_part(rest).0).into_owned(),
        None => text.to_owned(),
    }
}

/// Up to the first separator that is not escaped, and what comes after it.
fn first_part(text: &str) -> (&str, &str) {
    if !text.contains('\\') {
        return text.split_once([',', '+', ';']).unwrap_or((text, ""));
    }
    let mut escaped = false;
    for (at, c) in text.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            ',' | '+' | ';' => return (&text[..at], &text[at + c.len_utf8()..]),
            _ => {}
        }
    }
    (text, "")
}

/// Without the escapes of RFC 4514 §2.4, and without the blanks around that are not escaped.
fn unescaped(value: &str) -> Cow<'_, str> {
    if !value.contains('\\') {
        return Cow::Borrowed(value.trim_start().trim_end_matches(' '));
    }
    let value = value.trim_start();
    let (mut bytes_out, mut bytes) = (Vec::with_capacity(value.len()), value.bytes());
    let mut kept = 0;
    while let Some(byte) = bytes.next() {
        match byte {
            b'\\' => {
                match (bytes.next(), bytes.clone().next()) {
                    (Some(high), Some(low)) if high.is_ascii_hexdigit() && low.is_ascii_hexdigit() => {
                        bytes.next();
                        bytes_out.extend(HEXLOWER_PERMISSIVE.decode(&[high, low]).unwrap_or_default());
                    }
                    (escaped, _) => bytes_out.extend(escaped),
                }
                kept = bytes_out.len();
            }
            b' ' => bytes_out.push(byte),
            byte => {
                bytes_out.push(byte);
                kept = bytes_out.len();
            }
        }
    }
    bytes_out.truncate(kept);
    Cow::Owned(String::from_utf8_lossy(&bytes_out).into_owned())
}

/// One space for several, each word folded.
fn fold_value(value: &str, folded: &mut String) {
    let words = value.split(|c: char| c.is_whitespace() || c.is_control()).filter(|word| !word.is_empty());
    for (at, word) in words.enumerate() {
        if at > 0 {
            folded.push(' ');
        }
        fold_word(word, folded);
    }
}

/// Lower case; of the ways to write an accent, one (RFC 4518 §2.3).
fn fold_word(word: &str, folded: &mut String) {
    if word.is_ascii() {
        let from = folded.len();
        folded.push_str(word);
        if let Some(pushed) = folded.get_mut(from..) {
            pushed.make_ascii_lowercase();
        }
    } else {
        folded.extend(word.nfkc().flat_map(char::to_lowercase).nfkc());
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn spellings_of_one_name_are_equal_and_others_are_not() {
        let dn = Dn::of("CN=Doe\\, Jane,OU=People,DC=example,DC=test");
        for same in [
            "cn=doe\\2C jane,ou=people,dc=example,dc=test",
            "cn = Doe\\,  Jane , ou=People, dc=Example,dc=test",
            "cn=Doe\\, Jane;ou=people;dc=example;dc=test",
        ] {
            assert_eq!(Dn::of(same), dn, "{same}");
        }
        for other in ["cn=Doe,cn=Jane,ou=people,dc=example,dc=test", "cn=Doe\\, Jane,dc=example,dc=test", ""] {
            assert_ne!(Dn::of(other), dn, "{other}");
        }
        assert_eq!(Dn::of("cn=\\C3\\89tude"), Dn::of("CN=étude"));
    }

    #[test]
    fn an_accent_is_the_same_however_it_is_written() {
        assert_eq!(Dn::of("uid=zoe\u{301},ou=people"), Dn::of("UID=ZO\u{c9},ou=people"));
        assert_ne!(Dn::of("uid=zoe,ou=people"), Dn::of("uid=zo\u{e9},ou=people"));
    }

    proptest! {
        /// The short way says what the long one says.
        #[test]
        fn a_settled_name_is_its_own_spelling(text in "[a-c=,A +]{0,24}") {
            if is_settled(&text) {
                prop_assert_eq!(folded(&text), folded(&format!("{text} ")));
                prop_assert_eq!(Dn::of(&text), Dn::of(&text.to_uppercase()));
            }
        }

        #[test]
        fn any_text_is_some_name_and_case_never_matters(text in ".{0,80}", ascii in "[A-Za-z=,+;\\\\ 0-9]{0,60}") {
            let _ = first_value(&text);
            prop_assert_eq!(Dn::of(&text), Dn::of(&text));
            prop_assert_eq!(Dn::of(&ascii.to_uppercase()), Dn::of(&ascii.to_lowercase()));
        }
    }
}
