//! Distinguished names made comparable (RFC 4514, RFC 4518 in what matters here): two spellings of one name are equal.
//! Whatever a directory sends becomes some name; nothing here can fail or panic.

use data_encoding::HEXLOWER_PERMISSIVE;
use protocol::secret::Personal;

/// A longer name is cut: it then equals nothing that anybody means.
const BYTES_MAX: usize = 8 * 1024;

/// A distinguished name in one spelling: lower case, without escapes and without spaces that mean nothing.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Dn(Personal<String>);

impl Dn {
    pub fn of(text: &str) -> Self {
        let cut = text.char_indices().take_while(|(at, c)| at + c.len_utf8() <= BYTES_MAX).last();
        let text = cut.map_or("", |(at, c)| &text[..at + c.len_utf8()]);
        let mut folded = String::with_capacity(text.len());
        let mut rest = text;
        while !rest.is_empty() {
            let (part, after) = first_part(rest);
            let (kind, value) = part.split_once('=').unwrap_or(("", part));
            folded.push_str(&kind.trim().to_lowercase());
            folded.push('=');
            fold_value(&unescaped(value), &mut folded);
            // Never part of a value as it is folded: a value's own control characters are blanks by then.
            folded.push('\n');
            rest = after;
        }
        Self(Personal::new(folded))
    }

    /// Whether this entry stands at or below `base`.
    pub fn is_within(&self, base: &Self) -> bool {
        let (own, base) = (self.0.expose(), base.0.expose());
        own == base || own.strip_suffix(base.as_str()).is_some_and(|above| above.is_empty() || above.ends_with('\n'))
    }
}

/// The value of the first RDN, if this is a distinguished name; else the text itself.
pub fn first_value(text: &str) -> String {
    let is_type = |kind: &str| {
        kind.starts_with(|c: char| c.is_ascii_alphabetic())
            && kind.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
    };
    match text.split_once('=').filter(|(kind, _)| is_type(kind)) {
        Some((_, rest)) => unescaped(first_part(rest).0),
        None => text.to_owned(),
    }
}

/// Up to the first separator that is not escaped, and what comes after it.
fn first_part(text: &str) -> (&str, &str) {
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
fn unescaped(value: &str) -> String {
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
    String::from_utf8_lossy(&bytes_out).into_owned()
}

/// Lower case, one space for several.
fn fold_value(value: &str, folded: &mut String) {
    let mut words = value.split(|c: char| c.is_whitespace() || c.is_control()).filter(|word| !word.is_empty());
    if let Some(first) = words.next() {
        folded.push_str(&first.to_lowercase());
    }
    for word in words {
        folded.push(' ');
        folded.push_str(&word.to_lowercase());
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
    fn below_a_base_is_below_whole_names_only() {
        let base = Dn::of("OU=Staff,DC=example");
        assert!(Dn::of("cn=a,ou=staff,dc=example").is_within(&base));
        assert!(base.is_within(&base));
        assert!(!Dn::of("cn=a,ou=not staff,dc=example").is_within(&base));
        assert!(!Dn::of("cn=a,ou=notstaff,dc=example").is_within(&Dn::of("staff,dc=example")));
        assert!(!Dn::of("dc=example").is_within(&base));
    }

    proptest! {
        #[test]
        fn any_text_is_some_name_and_case_never_matters(text in ".{0,80}", ascii in "[A-Za-z=,+;\\\\ 0-9]{0,60}") {
            let _ = first_value(&text);
            prop_assert_eq!(Dn::of(&text), Dn::of(&text));
            prop_assert_eq!(Dn::of(&ascii.to_uppercase()), Dn::of(&ascii.to_lowercase()));
        }
    }
}
