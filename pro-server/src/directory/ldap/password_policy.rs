//! What a directory with a password policy says beside the result of a sign-in (draft-behera-ldap-password-policy §6.2): that a
//! password has ended, has to be changed, or that the account is locked. OpenLDAP says it only to whoever asks. Pure.

use ldap3::LdapResult;
use ldap3::asn1::{PL, StructureTag, TagClass, parse_tag};
use ldap3::controls::{Control, RawControl};

const OID: &str = "1.3.6.1.4.1.42.2.27.8.5.1";
/// `error [1] ENUMERATED`.
const ERROR: u64 = 1;
/// An answer is some ten bytes long.
const ANSWER_BYTES_MAX: usize = 64;

/// What is told of a password.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Told {
    Expired,
    Locked,
    /// The sign-in may be a success, and nothing else is allowed before.
    MustChange,
}

/// The question. Whoever does not know it answers as without it.
pub(super) fn question() -> RawControl {
    RawControl { ctype: OID.to_owned(), crit: false, val: None }
}

/// The answer, if there is one that says no.
pub(super) fn told(result: &LdapResult) -> Option<Told> {
    let Control(_, raw) = result.ctrls.iter().find(|Control(_, raw)| raw.ctype == OID)?;
    let answer = raw.val.as_deref().filter(|answer| answer.len() <= ANSWER_BYTES_MAX)?;
    let (_, StructureTag { payload: PL::C(parts), .. }) = parse_tag(answer).ok()? else { return None };
    let error = parts.into_iter().find(|part| part.class == TagClass::Context && part.id == ERROR)?;
    match error.expect_primitive()?.as_slice() {
        [0] => Some(Told::Expired),
        [1] => Some(Told::Locked),
        [2] => Some(Told::MustChange),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn result(answer: &[u8]) -> LdapResult {
        let raw = RawControl { ctype: OID.to_owned(), crit: false, val: Some(answer.to_vec()) };
        let (matched, text, refs) = (String::new(), String::new(), Vec::new());
        LdapResult { rc: 0, matched, text, refs, ctrls: vec![Control(None, raw)] }
    }

    #[test]
    fn errors_are_told_and_warnings_are_not() {
        assert_eq!(told(&result(&[0x30, 3, 0x81, 1, 0])), Some(Told::Expired));
        assert_eq!(told(&result(&[0x30, 3, 0x81, 1, 1])), Some(Told::Locked));
        let warned_too = [0x30, 8, 0xa0, 3, 0x80, 1, 9, 0x81, 1, 2];
        assert_eq!(told(&result(&warned_too)), Some(Told::MustChange));
        assert_eq!(told(&result(&[0x30, 5, 0xa0, 3, 0x80, 1, 9])), None, "it expires some day");
        assert_eq!(told(&result(&[0x30, 3, 0x81, 1, 6])), None, "of a change of passwords");
        assert_eq!(told(&result(&[0x30, 0])), None);
    }

    proptest! {
        #[test]
        fn no_answer_can_panic(answer in prop::collection::vec(any::<u8>(), 0..80)) {
            let _ = told(&result(&answer));
        }
    }
}
